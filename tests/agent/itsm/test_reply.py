"""Answers reach the ticket system signed, at its configured address, and nowhere else."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from agent.errors import ChannelError, VaultError
from agent.itsm.reply import TicketReplies
from agent.itsm.source import SourceProfile
from agent.itsm.standard_webhooks import verify
from agent.model.handoff import Handoff
from agent.model.service_request import Assurance, ServiceRequest

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
SECRET = "whsec_" + base64.b64encode(b"the way back has its own secret").decode()
DESK = SourceProfile(
    id="desk",
    tenant_id="tenant-a",
    assurance=Assurance.EMAIL,
    secret_name="in",
    reply_url="https://desk.example:8443/tickets/{id}/events",
    reply_secret_name="out",
)
MUTE = SourceProfile(id="mute", tenant_id="tenant-a", assurance=Assurance.EMAIL, secret_name="in")


class Clock:
    def now(self) -> datetime:
        return NOW


class Vault:
    """One secret per (tenant, name)."""

    def __init__(self, secrets: dict[tuple[str, str], str]) -> None:
        self.secrets = secrets

    async def read(self, tenant_id: str, name: str) -> str:
        if (tenant_id, name) not in self.secrets:
            raise VaultError(f"no secret `{name}`")
        return self.secrets[tenant_id, name]


class Desk:
    """A ticket system that verifies signatures, keeps one of each id and can be made to fail."""

    def __init__(self) -> None:
        self.events: dict[str, dict[str, Any]] = {}
        self.urls: list[str] = []
        self.status = 202
        self.broken: Exception | None = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.urls.append(str(request.url))
        if self.broken:
            raise self.broken
        delivery = verify(dict(request.headers), request.content, secrets=(SECRET,), now=NOW)
        self.events[delivery.id] = json.loads(request.content)
        return httpx.Response(self.status, headers={"location": "https://evil.example/"}, text="ignored")


def request(**changes: Any) -> ServiceRequest:
    fields: dict[str, Any] = {
        "tenant_id": "tenant-a",
        "source": "desk",
        "external_id": "T-1",
        "channel": "itsm",
        "requester": "megan@contoso.example",
        "assurance": Assurance.EMAIL,
        "received_at": NOW,
    }
    return ServiceRequest(**{**fields, **changes})


def replies(desk: Desk, vault: Vault | None = None) -> TicketReplies:
    vault = vault or Vault({("tenant-a", "out"): SECRET})
    client = httpx.AsyncClient(transport=httpx.MockTransport(desk), follow_redirects=True)
    return TicketReplies(client, sources={"desk": DESK, "mute": MUTE}, secret=vault.read, clock=Clock())


async def test_a_comment_arrives_signed_at_the_tickets_own_address() -> None:
    desk = Desk()
    await replies(desk).comment(request(external_id="T/1 ?"), text="Done and checked.", resolved=True)
    assert desk.urls == ["https://desk.example:8443/tickets/T%2F1%20%3F/events"]
    (event,) = desk.events.values()
    assert event == {
        "type": "ticket.comment",
        "timestamp": "2026-11-21T09:00:00Z",
        "data": {"ticket": {"id": "T/1 ?"}, "comment": {"text": "Done and checked.", "resolved": True}},
    }


async def test_a_question_says_that_the_ticket_waits_for_its_requester() -> None:
    desk = Desk()
    assert await replies(desk).ask(request(external_id="T1"), text="Which group?", question_id="q1")
    (event,) = desk.events.values()
    question = {"id": "q1", "text": "Which group?"}
    assert event["type"] == "ticket.question"
    assert event["data"] == {"ticket": {"id": "T1"}, "question": question, "state": "waiting_for_requester"}


async def test_a_hand_over_arrives_whole() -> None:
    desk = Desk()
    handoff = Handoff(
        case_id="c",
        asked="a",
        requester="r",
        seen=("s",),
        would_have_done=("w",),
        done=(),
        why_stopped="no rule",
        queue="l2",
    )
    await replies(desk).hand_over(request(), handoff=handoff)
    (event,) = desk.events.values()
    assert event["type"] == "ticket.handoff" and Handoff(**event["data"]["handoff"]) == handoff


async def test_a_repeated_answer_has_the_same_id_and_another_answer_has_another() -> None:
    desk = Desk()
    for text in ("one", "one", "two"):
        await replies(desk).comment(request(), text=text, resolved=False)
    assert len(desk.events) == 2


async def test_a_source_without_a_way_back_is_left_alone() -> None:
    desk = Desk()
    await replies(desk).comment(request(source="mute"), text="x", resolved=True)
    await replies(desk).comment(request(source="teams", channel="teams"), text="x", resolved=True)
    assert desk.urls == []


async def test_an_answer_never_goes_to_another_tenants_source() -> None:
    desk = Desk()
    for stranger in (request(tenant_id="tenant-b"), request(source="nowhere")):
        with pytest.raises(ChannelError):
            await replies(desk).comment(stranger, text="x", resolved=True)
    assert desk.urls == []


async def test_a_ticket_id_cannot_climb_out_of_the_configured_path() -> None:
    desk = Desk()
    for climbing in (".", ".."):
        with pytest.raises(ChannelError):
            await replies(desk).comment(request(external_id=climbing), text="x", resolved=True)
    await replies(desk).comment(request(external_id="../../admin@evil.example"), text="x", resolved=True)
    assert desk.urls == ["https://desk.example:8443/tickets/..%2F..%2Fadmin%40evil.example/events"]


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 410, 500])
async def test_a_refusal_or_redirect_is_an_error_and_is_not_followed(status: int) -> None:
    desk = Desk()
    desk.status = status
    with pytest.raises(ChannelError, match=str(status)):
        await replies(desk).comment(request(), text="x", resolved=True)
    assert len(desk.urls) == 1


@pytest.mark.parametrize("broken", [httpx.ConnectError("down"), httpx.ReadTimeout("slow"), TimeoutError()])
async def test_a_silent_ticket_system_is_an_error_that_holds_no_text(broken: Exception) -> None:
    desk = Desk()
    desk.broken = broken
    with pytest.raises(ChannelError) as caught:
        await replies(desk).comment(request(), text="private words", resolved=True)
    assert caught.value.__context__ is None and "private" not in str(caught.value)


@pytest.mark.parametrize("secret", [None, "short", "whsec_c2hvcnQ="])
async def test_without_a_usable_secret_nothing_is_sent(secret: str | None) -> None:
    desk = Desk()
    vault = Vault({("tenant-a", "out"): secret} if secret else {})
    with pytest.raises(ChannelError) as caught:
        await replies(desk, vault).comment(request(), text="x", resolved=True)
    assert desk.urls == [] and "c2hvcnQ" not in str(caught.value)
