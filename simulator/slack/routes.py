"""Slack's Web API: `users.info`, `conversations.open` and `chat.postMessage`, for the app's own token.

Slack answers 200 to what it refuses, with `"ok": false` and an error's name. Arguments come as a form.
"""

from typing import Any

from aiohttp import web

from simulator.cloud import Cloud
from simulator.site import application, bearer, plain_envelope
from simulator.slack.workspace import chat_of

# Slack, "chat.postMessage": messages longer than this are cut or refused.
_MAX_CHARS = 40_000


def site(cloud: Cloud) -> web.Application:
    """Slack as a site."""
    face = _Face(cloud)
    routes = [
        web.post("/api/users.info", face.user),
        web.post("/api/conversations.open", face.open),
        web.post("/api/chat.postMessage", face.post),
    ]
    return application(cloud, "slack", routes=routes, render=plain_envelope)


class _Face:
    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    async def user(self, request: web.Request) -> web.Response:
        """`users.info`."""
        form = await self._form(request)
        account = None if form is None else self._account(form.get("user", ""))
        return _refused("invalid_auth") if form is None else _ok("user", account, otherwise="user_not_found")

    async def open(self, request: web.Request) -> web.Response:
        """`conversations.open` with one of `users`."""
        form = await self._form(request)
        if form is None:
            return _refused("invalid_auth")
        account = self._account(form.get("users", ""))
        found = None if account is None or account["deleted"] else {"id": chat_of(account["id"])}
        return _ok("channel", found, otherwise="user_not_found")

    async def post(self, request: web.Request) -> web.Response:
        """`chat.postMessage` in a direct chat."""
        form = await self._form(request)
        if form is None:
            return _refused("invalid_auth")
        text = form.get("text", "")
        if not 1 <= len(text) <= _MAX_CHARS:
            return _refused("msg_too_long" if text else "no_text")
        directory = self._cloud.tenants[self._cloud.home_tenant_id].directory
        for user in self._cloud.slack.users_of(directory):
            if chat_of(user) == form.get("channel"):
                return _ok("ts", self._cloud.slack.say(user, text, sender="bot")["ts"], otherwise="")
        return _refused("channel_not_found")

    def _account(self, user: str) -> dict[str, Any] | None:
        return self._cloud.slack.account(self._cloud.tenants[self._cloud.home_tenant_id].directory, user)

    async def _form(self, request: web.Request) -> dict[str, str] | None:
        """The arguments, or None when the token is not the app's."""
        token = self._cloud.slack.token
        if token is None or bearer(request) != token:
            return None
        return {name: str(value) for name, value in (await request.post()).items()}


def _ok(name: str, found: Any, *, otherwise: str) -> web.Response:
    return _refused(otherwise) if found is None else web.json_response({"ok": True, name: found})


def _refused(error: str) -> web.Response:
    return web.json_response({"ok": False, "error": error})
