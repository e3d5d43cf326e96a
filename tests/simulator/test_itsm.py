"""The fake ticket system: it stores what is signed, once, and nothing else."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import httpx
import pytest

KEY = b"a key of the right length, 32by."
SECRET = "whsec_" + base64.b64encode(KEY).decode()


def _send(world: Any, *, key: bytes = KEY, at: int | None = None, signed: bytes | None = None, **headers: str) -> Any:
    body = json.dumps({"type": "comment", "text": "done"}).encode()
    sent_at = str(int(time.time()) if at is None else at)
    content = f"msg_1.{sent_at}.".encode() + (signed or body)
    signature = "v1," + base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()
    usual = {"webhook-id": "msg_1", "webhook-timestamp": sent_at, "webhook-signature": f"v1,AAAA {signature}"}
    answer: httpx.Response = world.client.post(
        f"{world.ready['itsm']}/tickets/INC1/events", content=body, headers={**usual, **headers}
    )
    return answer.status_code


@pytest.fixture
def signed(world: Any) -> Any:
    """The world with a webhook secret set."""
    world.control("POST", "/itsm", {"secret": SECRET})
    return world


def _events(world: Any) -> list[dict[str, Any]]:
    return list(world.control("GET", "/itsm/tickets/INC1")["events"])


def test_a_signed_event_is_stored_once_however_often_it_comes(signed: Any) -> None:
    assert [_send(signed), _send(signed)] == [202, 202]
    [event] = _events(signed)
    assert (event["webhook_id"], event["deliveries"], event["body"]["text"]) == ("msg_1", 2, "done")


def test_what_is_not_signed_now_by_the_right_key_leaves_no_event(signed: Any) -> None:
    now = int(time.time())
    refused = [
        _send(signed, key=b"another key"),
        _send(signed, signed=b"another body"),
        _send(signed, at=now - 600),
        _send(signed, at=now + 600),
        _send(signed, **{"webhook-signature": "v1,"}),
        _send(signed, **{"webhook-signature": "garbage"}),
        _send(signed, **{"webhook-timestamp": "abc"}),
        _send(signed, **{"webhook-id": "msg_2"}),
    ]
    assert refused == [401] * len(refused)
    assert _events(signed) == []


def test_a_secret_that_is_no_webhook_secret_is_refused(world: Any) -> None:
    world.control("POST", "/itsm", {"secret": "plain"}, expect=400)
