"""The webhook of a running stack: what is not proven or not readable gets one line back and leaves nothing behind."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from agent.itsm.standard_webhooks import sign
from agent.model.case import case_id_for
from devhost.desk import Desk
from devhost.stack import LocalStack
from devhost.tenant_settings import SOURCE_ID

MARK = "zebra-4711"
REQUESTER = "petra.lowe@quillmere.example"
OTHER_SECRET = "whsec_" + "WFla" * 11


@dataclass(frozen=True)
class Delivery:
    """One request to the webhook. `ticket` is the id in its body, `id` what its sender calls it."""

    ticket: str
    body: bytes
    id: str
    secret: str
    sent_at: datetime
    source: str = SOURCE_ID
    signed_body: bytes | None = None
    signed: bool = True

    @property
    def headers(self) -> dict[str, str]:
        if not self.signed:
            return {}
        body = self.body if self.signed_body is None else self.signed_body
        return sign(body, self.secret, message_id=self.id, sent_at=self.sent_at)


class Door:
    """The webhook and everything that a delivery could leave behind."""

    def __init__(self, stack: LocalStack, desk: Desk) -> None:
        self._stack = stack
        self._client = httpx.Client(timeout=30)
        self.desk = desk

    def close(self) -> None:
        self._client.close()

    def delivery(self, **fields: Any) -> Delivery:
        """A good delivery of a fresh ticket; `fields` change the ticket."""
        ticket_id = f"HK-{uuid4().hex[:8]}"
        ticket = {
            "id": ticket_id,
            "summary": f"Printer {MARK}",
            "requester": {"email": REQUESTER},
            **fields,
        }
        kept = {name: value for name, value in ticket.items() if value is not None}
        body = json.dumps({"type": "ticket.created", "data": {"ticket": kept}}).encode()
        secret = self._stack.webhook_secret
        return Delivery(ticket_id, body, f"msg_{uuid4().hex}", secret, datetime.now(UTC))

    def knock(self, sent: Delivery, method: str = "POST") -> httpx.Response:
        url = f"{self._stack.url}/api/hooks/{sent.source}"
        return self._client.request(method, url, content=sent.body, headers=sent.headers)

    def case_id(self, sent: Delivery) -> str:
        return case_id_for(tenant_id=self._stack.tenant_id, source=SOURCE_ID, external_id=sent.ticket)

    def cases(self) -> set[str]:
        headers = {"x-functions-key": self._stack.key, "accept": "application/json"}
        answer = self._client.get(f"{self._stack.url}/api/cases", headers=headers)
        return {one["id"] for one in answer.json()["cases"]}

    def graph_requests(self) -> int:
        return len(self.desk.control("GET", "/requests?site=graph")["requests"])

    def wait(self, sent: Delivery) -> dict[str, Any]:
        return self.desk.wait(self.case_id(sent), until=lambda one: one["stage"] == "closed", seconds=60)


@pytest.fixture(scope="module")
def door(stack: LocalStack, desk: Desk) -> Iterator[Door]:
    opened = Door(stack, desk)
    yield opened
    opened.close()


def with_body(body: bytes) -> Callable[[Delivery], Delivery]:
    return lambda good: replace(good, body=body)


def late(minutes: int) -> Callable[[Delivery], Delivery]:
    return lambda good: replace(good, sent_at=good.sent_at + timedelta(minutes=minutes))


NOT_PROVEN: dict[str, Callable[[Delivery], Delivery]] = {
    "unsigned": lambda good: replace(good, signed=False),
    "signed with another secret": lambda good: replace(good, secret=OTHER_SECRET),
    "six minutes old": late(-6),
    "six minutes in the future": late(6),
    "the headers of another body": lambda good: replace(good, signed_body=good.body, body=good.body + b" "),
    "of a source nobody knows": lambda good: replace(good, source="no-such-desk"),
}
NOT_READABLE: dict[str, Callable[[Delivery], Delivery]] = {
    "cut JSON": lambda good: replace(good, body=good.body[:-2]),
    "nothing": with_body(b""),
    "a list": with_body(f'["{MARK}"]'.encode()),
    "no UTF-8": with_body(b'{"type": "ticket.created \xff"}'),
    "brackets without end": with_body(b"[" * 100_000),
    "a key twice": with_body(f'{{"type": "ticket.created", "type": "{MARK}"}}'.encode()),
    "an event nobody knows": with_body(f'{{"type": "{MARK}"}}'.encode()),
    "no ticket": with_body(f'{{"type": "ticket.created", "data": {{"{MARK}": 1}}}}'.encode()),
}
WRONG_FIELDS: dict[str, dict[str, Any]] = {
    "a number for an id": {"id": 4711},
    "a list for a summary": {"summary": [MARK]},
    "no requester": {"requester": None},
    "a requester without a name": {"requester": {"name": MARK}},
    "a requester of the wrong type": {"requester": MARK},
    "an address that is none": {"requester": {"email": f"{MARK} at home"}},
    "an id that is none": {"requester": {"email": REQUESTER, "entraObjectId": MARK}},
    "a control character in the id": {"id": f"{MARK}\n"},
    "not a word of what is wanted": {"summary": " ", "description": ""},
    "a summary too long": {"summary": MARK * 200},
}


def refused(door: Door, sent: Delivery, status: int) -> None:
    """Deliver, and see one line of reason and nothing left behind."""
    cases, requests = door.cases(), door.graph_requests()
    answer = door.knock(sent)
    assert answer.status_code == status, answer.text
    assert list(answer.json()) == ["error"]
    reason = answer.json()["error"]
    assert reason and "\n" not in reason and len(reason) < 200
    assert MARK not in answer.text and sent.ticket not in answer.text and sent.secret not in answer.text
    assert door.desk.case(door.case_id(sent)) is None
    assert (door.cases(), door.graph_requests()) == (cases, requests)


@pytest.mark.parametrize("name", NOT_PROVEN)
def test_a_delivery_that_is_not_proven_is_401(door: Door, name: str) -> None:
    refused(door, NOT_PROVEN[name](door.delivery()), 401)


@pytest.mark.parametrize("name", NOT_READABLE)
def test_a_delivery_that_cannot_be_read_is_400(door: Door, name: str) -> None:
    refused(door, NOT_READABLE[name](door.delivery()), 400)


@pytest.mark.parametrize("name", WRONG_FIELDS)
def test_a_ticket_with_a_wrong_field_is_400(door: Door, name: str) -> None:
    refused(door, door.delivery(**WRONG_FIELDS[name]), 400)


@pytest.mark.parametrize("signed", [True, False])
def test_an_oversized_delivery_is_413_whoever_signed_it(door: Door, signed: bool) -> None:
    refused(door, replace(door.delivery(description=MARK * 30_000), signed=signed), 413)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_another_method_is_404(door: Door, method: str) -> None:
    sent = door.delivery()
    assert door.knock(sent, method).status_code == 404
    assert door.desk.case(door.case_id(sent)) is None


def test_a_good_delivery_opens_a_case_so_the_refusals_above_mean_something(door: Door) -> None:
    sent = door.delivery()
    answer = door.knock(sent)
    assert (answer.status_code, answer.json()) == (202, {"case": door.case_id(sent), "created": True})
    assert door.wait(sent)["ticket"] == sent.ticket


def test_a_replay_returns_the_same_case_while_it_is_open_and_after_it_closed(door: Door) -> None:
    sent = door.delivery()
    first, second = door.knock(sent).json(), door.knock(sent).json()
    closed = door.wait(sent)
    third = door.knock(sent).json()
    assert first["created"] is True
    assert second == third == {"case": first["case"], "created": False}
    assert door.desk.case(door.case_id(sent)) == closed


def test_parallel_replays_open_one_case(door: Door) -> None:
    sent = door.delivery()
    with ThreadPoolExecutor(5) as pool:
        answers = [one.json() for one in pool.map(door.knock, [sent] * 5)]
    assert sorted(one["created"] for one in answers) == [False] * 4 + [True]
    assert [one["code"] for one in door.wait(sent)["events"]].count("case.opened") == 1


def test_an_id_that_named_another_ticket_is_400_and_opens_nothing(door: Door) -> None:
    first, second = door.delivery(), door.delivery()
    assert door.knock(first).status_code == 202
    door.wait(first)
    refused(door, replace(second, id=first.id), 400)
    assert door.knock(second).status_code == 202
    door.wait(second)


def test_the_id_of_a_refused_delivery_is_not_used_up(door: Door) -> None:
    good = door.delivery()
    assert door.knock(replace(good, body=good.body[:-2])).status_code == 400
    assert door.knock(good).json()["created"] is True
    door.wait(good)
