"""A chat in memory with a workspace of Slack in front of it, and what Slack was told."""

import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import httpx

from agent.channels.slack import SlackPeople, TeamsAndSlack
from agent.channels.slack_api import SlackApi
from agent.chat_cases import ChatCases
from agent.errors import VaultError
from agent.intake import Reply
from agent.slack_door import SlackDoor, Workspace
from tests.agent.chat_room import Room
from tests.agent.stand_ins import People
from tests.agent.world import ANN, ASK_OWNER, TENANT

TEAM, APP = "T0REMIT", "A0REMIT"
ANNA, MAILED = "U0ANNA", "U0MAILED"  # listed in the settings; known by mail only
SECRET, OLD_SECRET, TOKEN = "5e" * 16, "0d" * 16, "xoxb-the-token-of-the-app"


class FakeSlack(httpx.AsyncBaseTransport):
    """Slack's Web API for `users`; `posted` is (user, text) of what arrived there."""

    def __init__(self) -> None:
        self.users: dict[str, dict[str, Any]] = {ANNA: account(ANNA), MAILED: account(MAILED)}
        self.posted: list[tuple[str, str]] = []
        self.asked: list[str] = []
        self.is_down = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        method = request.url.path.rpartition("/")[2]
        self.asked.append(method)
        form = {name: found[0] for name, found in parse_qs((await request.aread()).decode()).items()}
        if self.is_down or request.headers["authorization"] != f"Bearer {TOKEN}":
            return httpx.Response(200, json={"ok": False, "error": "invalid_auth"})
        return httpx.Response(200, json=self._answer(method, form))

    def _answer(self, method: str, form: dict[str, str]) -> dict[str, Any]:
        if method == "users.info" and form["user"] in self.users:
            return {"ok": True, "user": self.users[form["user"]]}
        if method == "conversations.open":
            return {"ok": True, "channel": {"id": f"D{form['users'][1:]}"}}
        if method == "chat.postMessage":
            self.posted.append((f"U{form['channel'][1:]}", form["text"]))
            return {"ok": True}
        return {"ok": False, "error": "user_not_found"}


def account(user: str, **changes: Any) -> dict[str, Any]:
    """A full member of the workspace with Ann's address; a change to None leaves the field out."""
    flags = dict.fromkeys(("deleted", "is_bot", "is_restricted", "is_ultra_restricted"), False)
    said = {"id": user, "team_id": TEAM, **flags, "is_email_confirmed": True, "email": "ann@contoso.example", **changes}
    mail = said.pop("email")
    kept = {name: value for name, value in said.items() if value is not None}
    return {**kept, "profile": {"email": mail} if mail else {}}


class SlackRoom(Room):
    """The room, and the door by which Slack comes to it."""

    def __init__(self) -> None:
        super().__init__()
        self.slack, self.teams, self.secrets = FakeSlack(), self.world.people, f"{OLD_SECRET}\n{SECRET}"
        api = SlackApi(httpx.AsyncClient(transport=self.slack), base_url="https://slack.test/api", token=self._token)
        self.world.people = TeamsAndSlack(self.teams, api)  # type: ignore[assignment]  # The real one, in front.
        people = SlackPeople(api, TEAM, listed={ANNA: ANN}, by_mail=True)
        self.door = SlackDoor(
            {TEAM: Workspace(TENANT, TEAM, APP, signing_secret="slack-signing", people=people)},
            conversation=self.conversation,
            cases=ChatCases(self.world.store, self.chats),
            secret=self._secret,
            ports_for=self.world._ports,
            clock=self.world.clock,
        )

    async def knock(self, body: bytes, *, team: str = TEAM, runs: bool = True, **signing: Any) -> Reply:
        """Slack sends a body; what comes of it is worked off until it waits."""
        now = self.world.clock.now()
        reply = await self.door.receive(team, signed(body, at=now.timestamp(), **signing), body=body)
        if runs:
            await self.run()
        return reply

    async def types(self, text: str, *, by: str = ANNA, ts: str = "", **changes: Any) -> bytes:
        """Somebody writes in the app's direct chat; returns the body that Slack sent, once it was taken."""
        self.world.clock.pass_(1)
        body = event(text, by=by, ts=ts or f"{self.world.clock.now().timestamp():.6f}", **changes)
        assert (await self.knock(body)).status == 200
        return body

    def texts(self, user: str = ANNA) -> list[str]:
        """What was posted in the direct chat of an account."""
        return [text for whom, text in self.slack.posted if whom == user]

    async def _token(self) -> str:
        return TOKEN

    async def _secret(self, tenant_id: str, name: str) -> str:
        assert (tenant_id, name) == (TENANT, "slack-signing")
        if not self.secrets:
            raise VaultError("the vault is down")
        return self.secrets


async def slack_room() -> SlackRoom:
    """A room in which Bob is asked about his groups, and nothing else is allowed."""
    made = SlackRoom()
    assert isinstance(made.teams, People)
    await made.world.publish(ASK_OWNER)
    return made


def event(text: str, *, by: str = ANNA, ts: str = "1795221023.000200", **changes: Any) -> bytes:
    """The body of a direct message; `outer` changes what is around the event, a change to None leaves a field out."""
    outer = changes.pop("outer", {})
    said = {"type": "message", "channel_type": "im", "user": by, "team": TEAM, "text": text, "ts": ts}
    said |= {"channel": f"D{by[1:]}", **changes}
    sent = {"type": "event_callback", "team_id": TEAM, "api_app_id": APP, "event_id": "Ev01", "token": "deprecated"}
    whole = {**sent, "event": {name: one for name, one in said.items() if one is not None}, **outer}
    return json.dumps({name: one for name, one in whole.items() if one is not None}).encode()


def signed(body: bytes, *, at: float, secret: str = SECRET, late: float = 0, **headers: str) -> dict[str, str]:
    """The headers with which Slack would send `body`, `late` seconds ago; `headers` are put in their places."""
    time = str(int(at - timedelta(seconds=late).total_seconds()))
    mac = hmac.new(secret.encode(), f"v0:{time}:".encode() + body, hashlib.sha256).hexdigest()
    usual = {"X-Slack-Request-Timestamp": time, "X-Slack-Signature": f"v0={mac}"}
    return {**usual, **{name.replace("_", "-"): value for name, value in headers.items()}}
