"""Slack as the app sees it: for its own token only, for people who are there, and signed so that it can be checked."""

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
import pytest

SECRET, TOKEN = "5e" * 16, "xoxb-of-the-app"
WHO = "ulrike.zang@quillmere.example"


class Endpoint(HTTPServer):
    """An app that keeps what it was sent."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: Endpoint

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.got.append(({name.lower(): one for name, one in self.headers.items()}, body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def app(world: Any) -> Iterator[Endpoint]:
    served = Endpoint()
    thread = threading.Thread(target=served.serve_forever, args=(0.01,))
    thread.start()
    endpoint = f"http://127.0.0.1:{served.server_port}/events"
    world.control("POST", "/slack", {"token": TOKEN, "signing_secret": SECRET, "endpoint": endpoint})
    yield served
    served.shutdown()
    thread.join()
    served.server_close()


def call(world: Any, method: str, *, token: str = TOKEN, **form: str) -> dict[str, Any]:
    headers = {"authorization": f"Bearer {token}"}
    answer: httpx.Response = world.client.post(f"{world.ready['slack']}/{method}", data=form, headers=headers)
    assert answer.status_code == 200
    return dict(answer.json())


def typed(world: Any, **more: Any) -> dict[str, Any]:
    return dict(world.control("POST", "/slack/say", {"user": WHO, "text": "hello", **more}))


def test_a_message_arrives_signed_over_time_and_body_and_again_with_its_number(world: Any, app: Endpoint) -> None:
    first = typed(world)
    typed(world, ts=first["ts"], retry=1)
    for headers, body in app.got:
        signed = f"v0:{headers['x-slack-request-timestamp']}:".encode() + body
        mac = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
        assert headers["x-slack-signature"] == f"v0={mac}"
    (_, one), (headers, again) = app.got
    assert json.loads(one)["event"]["ts"] == json.loads(again)["event"]["ts"] == first["ts"]
    assert headers["x-slack-retry-num"] == "1"


def test_an_account_says_the_persons_address_until_it_is_told_otherwise(world: Any, app: Endpoint) -> None:
    typed(world)
    user = json.loads(app.got[0][1])["event"]["user"]
    assert call(world, "users.info", user=user)["user"]["profile"]["email"] == WHO
    world.control("POST", "/slack/accounts", {"user": WHO, "changes": {"email": None, "deleted": True}})
    found = call(world, "users.info", user=user)["user"]
    assert "email" not in found["profile"] and found["deleted"] is True
    assert call(world, "conversations.open", users=user) == {"ok": False, "error": "user_not_found"}


def test_nobody_posts_with_another_token_or_where_nobody_is(world: Any, app: Endpoint) -> None:
    typed(world)
    chat = json.loads(app.got[0][1])["event"]["channel"]
    assert call(world, "chat.postMessage", token="xoxb-another", channel=chat, text="x")["error"] == "invalid_auth"
    assert call(world, "chat.postMessage", channel="D0NOBODY", text="x")["error"] == "channel_not_found"
    assert call(world, "chat.postMessage", channel=chat, text="done")["ok"] is True
    shown = world.control("GET", f"/slack/{WHO}/messages")["messages"]
    assert [(one["from"] == "bot", one["text"]) for one in shown] == [(False, "hello"), (True, "done")]


def test_what_was_said_in_slack_is_part_of_the_state_and_gone_after_a_reset(world: Any, app: Endpoint) -> None:
    typed(world)
    state = world.control("GET", "/state")
    world.control("POST", "/reset")
    assert world.control("GET", f"/slack/{WHO}/messages")["messages"] == []
    world.control("POST", "/state", state)
    assert len(world.control("GET", f"/slack/{WHO}/messages")["messages"]) == 1
