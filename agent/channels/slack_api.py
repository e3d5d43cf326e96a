"""Slack's Web API, as far as an app needs it that answers people: who is this, open their direct chat, post there.

Source: Slack "users.info", "conversations.open", "chat.postMessage". Slack answers 200 to almost everything, so only
`"ok": true` is a yes. The token goes to the one configured host, over https, and no redirect is followed.
"""

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import httpx

from agent.channels.short_answer import short_answer
from agent.errors import ChannelError, PortError

#: Returns the bot's token; raises a PortError.
TokenReader = Callable[[], Awaitable[str]]

# Slack itself waits three seconds for us, and an answer of ours that needs more comes with its next try.
_TIMEOUT_SECONDS = 5
_MAX_ANSWER_BYTES = 262_144
_CODE = re.compile(r"[a-z_]{1,60}")
_CHANNEL = re.compile(r"[CDG][A-Z0-9]{2,30}")


class SlackApi:
    """Speaks to Slack at `base_url` (`https://slack.com/api`) as one app of one workspace."""

    def __init__(self, client: httpx.AsyncClient, *, base_url: str, token: TokenReader) -> None:
        self._client = client
        self._base_url = base_url.rstrip("/")
        self._token = token

    async def user(self, user_id: str) -> Mapping[str, Any]:
        """Return what Slack says of a user.

        Raises:
            ChannelError: it did not say.
        """
        found = (await self._call("users.info", {"user": user_id})).get("user")
        return found if isinstance(found, dict) else {}

    async def open_chat(self, user_id: str) -> str:
        """Return the id of the direct chat of a user and the app; the same one every time. Raises as above."""
        channel = (await self._call("conversations.open", {"users": user_id})).get("channel")
        found = channel.get("id") if isinstance(channel, dict) else None
        if not isinstance(found, str) or not _CHANNEL.fullmatch(found):
            raise ChannelError("expected the id of a direct chat in Slack's answer, got none")
        return found

    async def post(self, channel_id: str, text: str) -> None:
        """Post a plain text: nothing in it becomes a link, a mention or a format. Raises as above."""
        plain = {"mrkdwn": "false", "parse": "none", "link_names": "false"}
        quiet = {"unfurl_links": "false", "unfurl_media": "false"}
        await self._call("chat.postMessage", {"channel": channel_id, "text": _escaped(text), **plain, **quiet})

    async def _call(self, method: str, form: Mapping[str, str]) -> Mapping[str, Any]:
        try:
            token = await self._token()
        except PortError:
            raise ChannelError("no token for Slack can be had") from None
        status, body = await self._exchange(method, form, token=token)
        answer = _json(body) if status == 200 else {}
        # Raised outside any handler: an exception kept as context would hold the request, and so the message.
        if answer.get("ok") is not True:
            code = str(answer.get("error", ""))
            reason = f"`{code}`" if _CODE.fullmatch(code) else f"status {status}" if status else "no answer"
            raise ChannelError(f"expected Slack to accept `{method}`, got {reason}")
        return answer

    async def _exchange(self, method: str, form: Mapping[str, str], *, token: str) -> tuple[int, bytes]:
        """Return status and answer; status 0 without an answer or with one that is too long."""
        # Every method takes a form; `users.info` takes nothing else.
        request = self._client.build_request(
            "POST", f"{self._base_url}/{method}", data=dict(form), headers={"authorization": f"Bearer {token}"}
        )
        return await short_answer(self._client, request, timeout_seconds=_TIMEOUT_SECONDS, max_bytes=_MAX_ANSWER_BYTES)


def _json(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _escaped(text: str) -> str:
    """Return text in which Slack sees no control sequence ("Formatting text for app surfaces", escaping)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
