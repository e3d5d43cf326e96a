"""The connector's HTTP face: its OpenID metadata and keys, and the calls a bot makes to Teams.

Every call needs a token of this Entra for `https://api.botframework.com`, of the bot's own app id.
"""

import json
from typing import Any

from aiohttp import web

from simulator.cloud import Cloud
from simulator.connector.chats import Conversation
from simulator.errors import ConnectorError, TokenError
from simulator.site import application, bearer, plain_envelope, read_json

ISSUER = "https://api.botframework.com"
_AUDIENCES = frozenset({ISSUER})
# Teams counts a message as UTF-16 with everything in it (Teams documentation, "Format your bot messages").
_MESSAGE_BYTES = 100 * 1024


def site(cloud: Cloud) -> web.Application:
    """The connector as a site."""
    face = _Face(cloud)
    routes = [
        web.get("/v1/.well-known/openidconfiguration", face.metadata),
        web.get("/v1/.well-known/keys", face.keys),
        web.post("/teams/v3/conversations", face.open),
        web.post("/teams/v3/conversations/{conversation}/activities", face.post),
        web.put("/teams/v3/conversations/{conversation}/activities/{activity}", face.update),
    ]
    return application(cloud, "connector", routes=routes, render=plain_envelope)


def service_url(cloud: Cloud) -> str:
    """The address that activities name as their `serviceUrl`."""
    return f"{cloud.addresses.connector}/teams/"


class _Face:
    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    async def metadata(self, _request: web.Request) -> web.Response:
        """The OpenID metadata of the connector."""
        base = self._cloud.addresses.connector
        shown = {
            "issuer": ISSUER,
            "authorization_endpoint": "https://invalid.botframework.com",
            "jwks_uri": f"{base}/v1/.well-known/keys",
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        }
        return web.json_response(shown)

    async def keys(self, _request: web.Request) -> web.Response:
        """The keys, each with the channels that endorse it."""
        keys = self._cloud.keys
        return web.json_response({"keys": [keys.connector.jwk(), keys.unendorsed.jwk()]})

    async def open(self, request: web.Request) -> web.Response:
        """Open the chat with one person of a tenant."""
        app_id = self._authorize(request)
        body = await self._json(request)
        tenant_id, member = _named(body)
        tenant = self._cloud.tenants.get(tenant_id)
        user = None if tenant is None else tenant.directory.users.get(member.removeprefix("29:"))
        if user is None or user["id"] in self._cloud.chats.without_app:
            raise _not_in_roster()
        conversation = self._cloud.chats.open(tenant_id, user["id"], bot_id=app_id)
        return web.json_response({"id": conversation["id"]}, status=201)

    async def post(self, request: web.Request) -> web.Response:
        """Post a message."""
        conversation = self._conversation(request)
        message = self._cloud.chats.post(conversation, await self._activity(request), sender="bot")
        return web.json_response({"id": message["id"]}, status=201)

    async def update(self, request: web.Request) -> web.Response:
        """Put another message in the place of one."""
        conversation = self._conversation(request)
        activity = await self._activity(request)
        message = self._cloud.chats.update(conversation, request.match_info["activity"], activity=activity)
        return web.json_response({"id": message["id"]})

    def _authorize(self, request: web.Request) -> str:
        token = bearer(request)
        try:
            claims = self._cloud.verifier.claims(token, _AUDIENCES, now=self._cloud.clock.unix())
        except TokenError as wrong:
            message = f"Authorization has been denied for this request: {wrong.reason}."
            raise ConnectorError(401, "Unauthorized", message=message) from wrong
        if claims.get("appid") != self._cloud.names.bot_app_id:
            raise ConnectorError(403, "Forbidden", message="The token is not of a bot that is registered here.")
        return str(claims["appid"])

    def _conversation(self, request: web.Request) -> Conversation:
        app_id = self._authorize(request)
        conversation = self._cloud.chats.conversation(request.match_info["conversation"])
        if conversation["bot_id"] != app_id:
            raise ConnectorError(403, "Forbidden", message="The conversation is another bot's.")
        if conversation["user_id"] in self._cloud.chats.without_app:
            raise _not_in_roster()
        return conversation

    async def _activity(self, request: web.Request) -> dict[str, Any]:
        activity = await self._json(request)
        if len(json.dumps(activity, ensure_ascii=False).encode("utf-16-le", "replace")) > _MESSAGE_BYTES:
            raise ConnectorError(413, "MessageSizeTooBig", message="Message size too large.")
        if not isinstance(activity.get("type"), str):
            raise ConnectorError(400, "BadSyntax", message="Activity resulted into multiple skype activities.")
        return activity

    async def _json(self, request: web.Request) -> dict[str, Any]:
        body = await read_json(request, ConnectorError)
        if not isinstance(body, dict):
            raise ConnectorError(400, "BadSyntax", message="Expected a JSON object.")
        return body


def _not_in_roster() -> ConnectorError:
    return ConnectorError(403, "BotNotInConversationRoster", message="The bot is not part of the roster.")


def _named(body: dict[str, Any]) -> tuple[str, str]:
    """The tenant and the one member that a request to open a conversation names."""
    channel = body.get("channelData") or {}
    tenant_id = body.get("tenantId") or (channel.get("tenant") or {}).get("id")
    members = body.get("members")
    if not isinstance(tenant_id, str) or not isinstance(members, list) or len(members) != 1:
        raise ConnectorError(400, "BadSyntax", message="Expected `tenantId` and exactly one of `members`.")
    return tenant_id.lower(), str(members[0].get("id") if isinstance(members[0], dict) else "")
