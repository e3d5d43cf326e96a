"""Signs an event as Slack does and posts it to the app; or signs or makes it wrongly, on purpose."""

import hashlib
import hmac
import json
from typing import Any, Literal
from urllib.parse import urlsplit

from aiohttp import ClientError, ClientSession, ClientTimeout

from simulator.cloud import Cloud
from simulator.connector.delivery import Outcome
from simulator.errors import ControlError
from simulator.slack.workspace import APP_ID, TEAM_ID, Message

Tamper = Literal["unsigned", "other_secret", "other_body", "old", "future", "other_team", "other_app"]
Event = dict[str, Any]

_OLD_SECONDS = 301
# Slack waits three seconds; how long an app on a busy machine may take says nothing about it.
_ANSWER_SECONDS = 20.0
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def message_event(cloud: Cloud, message: Message, *, event_id: str) -> Event:
    """The event of a direct message, as the Events API sends it."""
    event = {
        "type": "message",
        "channel_type": "im",
        "user": message["user_id"],
        "team": TEAM_ID,
        "text": message["text"],
        "channel": message["channel"],
        "ts": message["ts"],
        "event_ts": message["ts"],
        "client_msg_id": cloud.ids.guid(),
    }
    return {
        "token": "deprecated",
        "team_id": TEAM_ID,
        "api_app_id": APP_ID,
        "type": "event_callback",
        "event_id": event_id,
        "event_time": cloud.clock.unix(),
        "event": event,
        "authorizations": [{"team_id": TEAM_ID, "user_id": "U0REMITBOT", "is_bot": True}],
        "is_ext_shared_channel": False,
    }


async def deliver(cloud: Cloud, event: Event, *, tamper: Tamper | None, retry: int) -> Outcome:
    """Post a signed event to the app's endpoint; `retry` is the number of the repetition, 0 for the first.

    Raises:
        ControlError: (400) there is no secret or no address on loopback; (502) nobody answers there.
    """
    address = cloud.slack.endpoint
    if not address or urlsplit(address).hostname not in _LOOPBACK or cloud.slack.signing_secret is None:
        raise ControlError(400, "NoApp", message="expected a secret and an endpoint on loopback; POST /slack")
    changed = {"other_team": {"team_id": "T0ELSEWHERE"}, "other_app": {"api_app_id": "A0ELSEWHERE"}}
    body = json.dumps({**event, **changed.get(tamper or "", {})}, ensure_ascii=False).encode()
    headers = _headers(cloud, body, secret=cloud.slack.signing_secret, tamper=tamper)
    if retry:
        headers |= {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": "http_timeout"}
    try:
        async with (
            ClientSession(timeout=ClientTimeout(total=_ANSWER_SECONDS)) as session,
            session.post(address, data=body, headers=headers, allow_redirects=False) as answer,
        ):
            return Outcome(status=answer.status, body=_json(await answer.text()))
    except (ClientError, TimeoutError) as gone:
        raise ControlError(502, "NoAnswer", message=f"no answer from the app: {type(gone).__name__}") from gone


def _headers(cloud: Cloud, body: bytes, *, secret: str, tamper: Tamper | None) -> dict[str, str]:
    away = {"old": -_OLD_SECONDS, "future": _OLD_SECONDS}
    time = str(cloud.clock.unix() + away.get(tamper or "", 0))
    key = "0" * 32 if tamper == "other_secret" else secret
    signed = b"{}" if tamper == "other_body" else body
    signature = hmac.new(key.encode(), b"v0:" + time.encode() + b":" + signed, hashlib.sha256).hexdigest()
    proof = {"X-Slack-Request-Timestamp": time, "X-Slack-Signature": f"v0={signature}"}
    return {"Content-Type": "application/json", **({} if tamper == "unsigned" else proof)}


def _json(text: str) -> Any:
    try:
        return json.loads(text) if text else None
    except ValueError:
        return text
