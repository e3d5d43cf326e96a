"""The bot connector's REST interface: open a one-to-one conversation, post to it, update what was posted.

Source: Bot Framework "Bot Connector REST API reference" (v3/conversations). Our token is sent only to hosts
on the allow-list, over https, and no redirect is followed: an address from elsewhere must not collect it.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from agent.channels.short_answer import short_answer
from agent.errors import ChannelError, RemitError, SettingsError

#: The host of the connector for Teams in the public cloud.
PUBLIC_HOST = "smba.trafficmanager.net"

#: Returns a bearer token for the scope https://api.botframework.com/.default; raises a RemitError.
TokenReader = Callable[[], Awaitable[str]]

_TIMEOUT_SECONDS = 10
_MAX_ANSWER_BYTES = 65_536


class Connector:
    """Speaks to the connector at `base_url` (`https://smba.trafficmanager.net/teams/`) for one bot.

    Raises:
        SettingsError: `base_url` is not an https address, or the bot's app id is empty.
    """

    def __init__(self, client: httpx.AsyncClient, *, base_url: str, bot_app_id: str, token: TokenReader) -> None:
        host = _host(base_url)
        if not host or not bot_app_id:
            raise SettingsError("the connector needs an https address and the bot's app id")
        self._client = client
        self._base_url = base_url
        self._bot_app_id = bot_app_id
        self._token = token
        self._hosts = frozenset({PUBLIC_HOST, host})

    async def open_conversation(self, tenant_id: str, person_id: str) -> str:
        """Return the id of the one-to-one conversation with a person (object id); the same one every time.

        Raises:
            ChannelError: the connector did not open it.
        """
        wanted = {
            "bot": {"id": f"28:{self._bot_app_id}"},
            "members": [{"id": person_id}],
            "isGroup": False,
            "tenantId": tenant_id,
            "channelData": {"tenant": {"id": tenant_id}},
        }
        return _id_of(await self._send("POST", "v3/conversations", body=wanted))

    async def post(self, conversation_id: str, activity: Mapping[str, Any], *, service_url: str = "") -> str:
        """Post an activity and return its id. `service_url` overrides the configured address (same allow-list).

        Raises:
            ChannelError: it was not accepted, or the address is not allowed.
        """
        path = f"v3/conversations/{quote(conversation_id, safe='')}/activities"
        return _id_of(await self._send("POST", path, body=activity, service_url=service_url))

    async def update(
        self, conversation_id: str, activity_id: str, *, activity: Mapping[str, Any], service_url: str = ""
    ) -> None:
        """Replace a posted activity for everybody who sees it.

        Raises:
            ChannelError: as above.
        """
        path = f"v3/conversations/{quote(conversation_id, safe='')}/activities/{quote(activity_id, safe='')}"
        await self._send("PUT", path, body={**activity, "id": activity_id}, service_url=service_url)

    async def _send(self, method: str, path: str, *, body: Mapping[str, Any], service_url: str = "") -> bytes:
        address = service_url or self._base_url
        # INVARIANT: the host is checked before a token is even asked for.
        if _host(address) not in self._hosts:
            raise ChannelError("the connector's address is not on the list of allowed hosts")
        try:
            token = await self._token()
        except RemitError:
            raise ChannelError("no token for the connector can be had") from None
        status, answer = await self._exchange(method, f"{address.rstrip('/')}/{path}", body=body, token=token)
        # Raised outside any handler: an exception kept as context would hold the request, and so the message.
        if not 200 <= status < 300:
            raise ChannelError(
                f"expected the connector to accept the message, got {f'status {status}' if status else 'no answer'}"
            )
        return answer

    async def _exchange(self, method: str, url: str, *, body: Mapping[str, Any], token: str) -> tuple[int, bytes]:
        """Return status and answer; status 0 without an answer or with one that is too long."""
        content = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        request = self._client.build_request(method, url, content=content, headers=headers)
        return await short_answer(self._client, request, timeout_seconds=_TIMEOUT_SECONDS, max_bytes=_MAX_ANSWER_BYTES)


def _host(address: str) -> str:
    """Return `host[:port]` of an https address without user name, or "" for anything else."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme != "https" or not parts.hostname or "@" in parts.netloc or "\\" in address:
        return ""
    return parts.hostname if port in (None, 443) else f"{parts.hostname}:{port}"


def _id_of(answer: bytes) -> str:
    try:
        found = json.loads(answer)
    except (ValueError, RecursionError):
        found = None
    given = found.get("id") if isinstance(found, dict) else None
    if not isinstance(given, str) or not 1 <= len(given) <= 512:
        raise ChannelError("expected an id in the connector's answer, got none")
    return given
