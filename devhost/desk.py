"""The people around a local stack: they file signed tickets, click cards and look at cases, all over HTTP."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx

from agent.itsm.standard_webhooks import sign
from devhost.errors import StoryError

_POLL_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket as a person writes it. `requester` is the address that the ticket system authenticated."""

    id: str
    requester: str
    summary: str
    description: str

    @property
    def body(self) -> bytes:
        """The webhook body of this ticket's creation."""
        ticket = {
            "id": self.id,
            "summary": self.summary,
            "description": self.description,
            "requester": {"email": self.requester},
        }
        event = {
            "type": "ticket.created",
            "timestamp": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "data": {"ticket": ticket},
        }
        return json.dumps(event).encode()


@dataclass(frozen=True, slots=True)
class Address:
    """Where a local stack is reached. `key` opens the case pages; `webhook_secret` signs for `source`.

    `public_url` is the address that people would see, and `ca` the file of the authority that vouches for it; only a
    browser needs them.
    """

    functions: str
    key: str
    control: str
    source: str
    webhook_secret: str
    public_url: str = ""
    ca: str = ""


class Desk:
    """Requester, approver and onlooker of one local stack."""

    def __init__(self, address: Address) -> None:
        self._at = address
        self._client = httpx.Client(timeout=30)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def file(self, ticket: Ticket) -> str:
        """File a ticket through the signed webhook and return the id of its case.

        Raises:
            StoryError: the webhook was not accepted.
        """
        answer = self.deliver(ticket.body)
        if answer.status_code != 202:
            raise StoryError(f"expected the webhook to be accepted with 202, got {answer.status_code} {answer.text}")
        return str(answer.json()["case"])

    def deliver(self, body: bytes, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """Send a webhook body; without `headers` it is signed as the ticket system would sign it now."""
        if headers is None:
            headers = self.signed(body)
        return self._client.post(
            f"{self._at.functions}/api/hooks/{self._at.source}", content=body, headers=dict(headers)
        )

    def signed(self, body: bytes) -> dict[str, str]:
        """Return fresh Standard Webhooks headers for `body`."""
        return sign(body, self._at.webhook_secret, message_id=f"msg_{uuid4().hex}", sent_at=datetime.now(UTC))

    def case(self, case_id: str) -> dict[str, Any] | None:
        """Return a case with its log as JSON, or None while there is none."""
        headers = {"x-functions-key": self._at.key, "accept": "application/json"}
        answer = self._client.get(f"{self._at.functions}/api/cases/{case_id}", headers=headers)
        if answer.status_code == 404:
            return None
        answer.raise_for_status()
        return dict(answer.json())

    def wait(self, case_id: str, *, until: Callable[[dict[str, Any]], bool], seconds: float) -> dict[str, Any]:
        """Return the case as soon as `until` holds of it.

        Raises:
            StoryError: it did not within `seconds`; the message says where the case stands.
        """
        ends = time.monotonic() + seconds
        while True:
            case = self.case(case_id)
            if case is not None and until(case):
                return case
            if time.monotonic() > ends:
                stage = case["stage"] if case else "nowhere"
                raise StoryError(f"case `{case_id}` still stands at `{stage}` after {seconds:.0f} s")
            time.sleep(_POLL_SECONDS)

    def cases(self) -> list[str]:
        """Return the ids of the newest cases."""
        return [str(one["id"]) for one in self.listed()]

    def listed(self) -> list[dict[str, Any]]:
        """Return the newest cases as the console lists them."""
        headers = {"x-functions-key": self._at.key, "accept": "application/json"}
        answer = self._client.get(f"{self._at.functions}/api/cases", headers=headers)
        answer.raise_for_status()
        return list(answer.json()["cases"])

    def say(self, user: str, text: str) -> None:
        """Write to the bot in the person's own chat, as Teams would deliver it.

        Raises:
            StoryError: the message was not accepted.
        """
        answer = self._client.post(f"{self._at.control}/teams/say", json={"user": user, "text": text})
        answer.raise_for_status()
        if (status := answer.json()["status"]) != 202:
            raise StoryError(f"expected the message to be accepted with 202, got {status}")

    def say_in_slack(self, user: str, text: str, **more: Any) -> dict[str, Any]:
        """Write to the app in the person's own chat in Slack; `more` is what else the simulator shall do about it.

        Returns {"status": HTTP status of our answer, "body": its JSON, "ts": the message's time}.
        """
        return dict(self.control("POST", "/slack/say", body={"user": user, "text": text, **more}))

    def slack_texts(self, user: str) -> list[str]:
        """Return what a person has in Slack from the app, oldest first."""
        found = self.control("GET", f"/slack/{quote(user, safe='')}/messages")["messages"]
        return [str(one["text"]) for one in found if one["from"] == "bot"]

    def messages(self, user: str) -> list[dict[str, Any]]:
        """Return what a person has in Teams from the bot, oldest first."""
        # The principal name of a guest holds `#`.
        answer = self._client.get(f"{self._at.control}/teams/{quote(user, safe='')}/messages")
        answer.raise_for_status()
        return list(answer.json()["messages"])

    def click(self, user: str, verb: str, *, inputs: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Click a button of the newest card that a person has, as Teams would deliver it.

        Returns {"status": HTTP status of our answer, "body": its JSON}.
        """
        order = {"user": user, "latest": True, "verb": verb, "inputs": dict(inputs or {})}
        answer = self._client.post(f"{self._at.control}/teams/click", json=order)
        answer.raise_for_status()
        return dict(answer.json())

    def control(self, method: str, path: str, *, body: Any = None) -> Any:
        """Ask the simulator's own control interface and return its JSON."""
        answer = self._client.request(method, f"{self._at.control}{path}", json=body)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def object_id(self, name: str) -> str:
        """Return the object id of the user (by principal name) or group (by display name) in the simulator.

        Raises:
            KeyError: there is no such object.
        """
        return str(self._object(name)["id"])

    def is_member(self, person: str, group: str) -> bool:
        """Return whether a person is a direct member of a group in the simulator's own state."""
        person_id, group_id = self.object_id(person), self.object_id(group)
        return any(person_id in one["members"].get(group_id, ()) for one in self._directories())

    def _object(self, name: str) -> dict[str, Any]:
        for directory in self._directories():
            for one in (*directory["users"].values(), *directory["groups"].values()):
                if name in (one.get("userPrincipalName"), one.get("displayName")):
                    return dict(one)
        raise KeyError(name)

    def _directories(self) -> list[dict[str, Any]]:
        return [tenant["directory"] for tenant in self.control("GET", "/state")["tenants"].values()]
