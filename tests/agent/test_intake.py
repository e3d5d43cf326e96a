"""Intake: a proven delivery becomes one case, a refused one leaves nothing, and a crash is healed by the next."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from agent.errors import StorageError, VaultError
from agent.intake import Intake, Reply
from agent.itsm.source import SourceProfile
from agent.itsm.standard_webhooks import sign
from agent.model.case import case_id_for
from agent.model.service_request import Assurance
from agent.ticket_answers import TicketAnswers
from tests.agent.world import ANN_UPN, START, TENANT, World
from tests.conformance.memory_deliveries import MemoryDeliveries

SECRET = "whsec_" + "QUJD" * 11
OTHER_SECRET = "whsec_" + "WFla" * 11
SOURCE = SourceProfile(id="desk", tenant_id=TENANT, assurance=Assurance.EMAIL, secret_name="desk-webhook")


class Door:
    """An intake over a world in memory, and the ticket system that knocks on it."""

    def __init__(self) -> None:
        self.world = World()
        self.deliveries = MemoryDeliveries()
        self.secret: str | None = SECRET
        self.intake = Intake(
            self.world.loop,
            sources={SOURCE.id: SOURCE},
            secret=self._read_secret,
            deliveries=self.deliveries,
            answers=TicketAnswers(
                self.world.loop,
                store=self.world.store,
                remembered=self.deliveries,
                ports_for=self.world._ports,
            ),
            clock=self.world.clock,
        )

    async def knock(self, body: bytes | None = None, *, source: str = "desk", **signing: Any) -> Reply:
        body = ticket() if body is None else body
        return await self.intake.receive(source, signed(body, **signing), body=body)

    async def cases(self) -> list[str]:
        return [held.case.id async for held in self.world.store.recent(100)]

    @property
    def messages(self) -> list[tuple[str, int]]:
        return self.world.wakeups.messages.get("investigate", [])

    async def _read_secret(self, tenant_id: str, name: str) -> str:
        assert (tenant_id, name) == (TENANT, "desk-webhook")
        if self.secret is None:
            raise VaultError("the vault is down")
        return self.secret


@pytest.fixture
def door() -> Door:
    return Door()


def ticket(ticket_id: str = "T-1", **changes: Any) -> bytes:
    fields = {"id": ticket_id, "summary": "Password", "requester": {"email": ANN_UPN}, **changes}
    return json.dumps({"type": "ticket.created", "data": {"ticket": fields}}).encode()


def signed(body: bytes, *, secret: str = SECRET, message_id: str = "msg_1", late: float = 0) -> dict[str, str]:
    return sign(body, secret, message_id=message_id, sent_at=START + timedelta(seconds=late))


def case_of(ticket_id: str) -> str:
    return case_id_for(tenant_id=TENANT, source="desk", external_id=ticket_id)


async def test_a_proven_delivery_opens_one_case_and_wakes_it(door: Door) -> None:
    reply = await door.knock()
    assert (reply.status, reply.body) == (202, {"case": case_of("T-1"), "created": True})
    assert await door.cases() == [case_of("T-1")]
    assert door.messages == [(case_of("T-1"), 0)]


async def test_tenant_source_and_assurance_come_from_the_record_and_never_from_the_body(door: Door) -> None:
    await door.knock(ticket(tenant_id="someone-elses", assurance="sso", source="portal", channel="teams"))
    request = (await door.world.case(case_of("T-1"))).request
    assert (request.tenant_id, request.source, request.assurance) == (TENANT, "desk", Assurance.EMAIL)
    assert request.channel == "itsm"


REFUSED: dict[str, tuple[int, Callable[[bytes], tuple[dict[str, str], bytes]]]] = {
    "unsigned": (401, lambda body: ({}, body)),
    "another secret": (401, lambda body: (signed(body, secret=OTHER_SECRET), body)),
    "another body": (401, lambda body: (signed(body), body + b" ")),
    "stale": (401, lambda body: (signed(body, late=-301), body)),
    "from the future": (401, lambda body: (signed(body, late=301), body)),
    "another id": (401, lambda body: (signed(body) | {"webhook-id": "msg_2"}, body)),
    "too large": (413, lambda body: (signed(body + b" " * 300_000), body + b" " * 300_000)),
    "no JSON": (400, lambda body: (signed(body[:-1]), body[:-1])),
    "no requester": (400, lambda body: (signed(ticket(requester={})), ticket(requester={}))),
    "a number for an id": (400, lambda body: (signed(ticket(id=7)), ticket(id=7))),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_a_refused_delivery_leaves_no_case_no_memory_and_no_message(door: Door, name: str) -> None:
    status, make = REFUSED[name]
    headers, body = make(ticket())
    reply = await door.intake.receive("desk", headers, body=body)
    assert reply.status == status
    assert list(reply.body) == ["error"] and "\n" not in str(reply.body["error"])
    assert (await door.cases(), door.deliveries.known, door.messages) == ([], {}, [])


@pytest.mark.parametrize("name", [name for name, (status, _) in REFUSED.items() if status != 400])
async def test_nobody_can_try_out_the_names_of_sources(door: Door, name: str) -> None:
    headers, body = REFUSED[name][1](ticket())
    known = await door.intake.receive("desk", headers, body=body)
    assert await door.intake.receive("no-such-desk", headers, body=body) == known


async def test_a_right_signature_of_one_source_opens_nothing_for_another(door: Door) -> None:
    assert (await door.knock(source="no-such-desk")).status == 401
    assert await door.cases() == []


async def test_a_replay_returns_the_same_case_and_wakes_nobody_again(door: Door) -> None:
    first, second = await door.knock(), await door.knock()
    assert second.status == 202 and second.body == {"case": first.body["case"], "created": False}
    assert len(door.messages) == 1 and len(await door.cases()) == 1


async def test_another_delivery_of_the_same_ticket_finds_its_case(door: Door) -> None:
    await door.knock(message_id="msg_1")
    assert (await door.knock(message_id="msg_2")).body == {"case": case_of("T-1"), "created": False}


async def test_an_id_that_named_another_ticket_is_refused_and_opens_nothing(door: Door) -> None:
    await door.knock(ticket("T-1"))
    reply = await door.knock(ticket("T-2"))
    assert reply.status == 400 and "`webhook-id`" in reply.text
    assert await door.cases() == [case_of("T-1")]


async def test_a_refused_id_is_not_used_up(door: Door) -> None:
    assert (await door.knock(ticket()[:-1])).status == 400
    assert (await door.knock()).body["created"] is True


async def test_an_event_that_concerns_nobody_is_accepted_and_forgotten(door: Door) -> None:
    reply = await door.knock(json.dumps({"type": "ticket.updated", "data": {}}).encode())
    assert reply.status == 202 and "case" not in reply.body
    assert (await door.cases(), door.deliveries.known) == ([], {})


async def test_the_delivery_is_remembered_before_its_case_exists(door: Door) -> None:
    seen: list[dict[tuple[str, str], str]] = []
    create = door.world.store.create

    async def watching(*arguments: Any, **named: Any) -> bool:
        seen.append(dict(door.deliveries.known))
        return await create(*arguments, **named)

    door.world.store.create = watching  # type: ignore[method-assign]
    await door.knock()
    assert seen == [{("desk", "msg_1"): case_of("T-1")}]


async def test_a_crash_between_delivery_and_case_is_healed_by_the_redelivery(door: Door) -> None:
    create, door.world.store.create = door.world.store.create, _down  # type: ignore[method-assign]
    assert (await door.knock()).status == 503
    assert door.deliveries.known and await door.cases() == []
    door.world.store.create = create  # type: ignore[method-assign]
    assert (await door.knock()).body == {"case": case_of("T-1"), "created": True}
    assert door.messages == [(case_of("T-1"), 0)]


async def test_a_crash_between_case_and_wake_up_is_healed_by_the_sweep(door: Door) -> None:
    put, door.world.wakeups.put = door.world.wakeups.put, _down  # type: ignore[method-assign]
    assert (await door.knock()).status == 503
    door.world.wakeups.put = put  # type: ignore[method-assign]
    assert (await door.knock()).body == {"case": case_of("T-1"), "created": False}
    assert door.messages == []
    door.world.clock.pass_(61)
    assert await door.world.loop.sweep() == 1
    assert door.messages == [(case_of("T-1"), 0)]


@pytest.mark.parametrize("secret", [None, "", "whsec_short", "whsec_not base64!"])
async def test_a_vault_without_a_usable_secret_is_503_because_senders_retry_that(
    door: Door, secret: str | None
) -> None:
    door.secret = secret
    reply = await door.knock()
    assert reply.status == 503 and "again" in reply.text
    assert (await door.cases(), door.deliveries.known) == ([], {})


async def test_a_table_that_is_down_is_503_and_opens_nothing(door: Door) -> None:
    door.deliveries.down = True
    assert (await door.knock()).status == 503
    assert await door.cases() == []


@pytest.mark.parametrize("used", [SECRET, OTHER_SECRET])
async def test_while_a_secret_is_rotated_both_are_accepted(door: Door, used: str) -> None:
    door.secret = f"{OTHER_SECRET}\n{SECRET}\n"
    assert (await door.knock(secret=used)).status == 202


async def _down(*_arguments: Any, **_named: Any) -> Any:
    raise StorageError("storage is down")
