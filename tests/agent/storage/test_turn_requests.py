"""What each turn costs in storage requests when the whole loop runs on real tables and queues."""

import copy
from uuid import uuid4

import pytest

from agent.loop import Loop
from agent.model.case import Stage
from agent.model.service_request import Assurance, ServiceRequest
from agent.storage.cases import TableCaseStore
from agent.storage.connections import StorageConnections
from agent.storage.controls import TableControls
from agent.storage.payloads import BlobPayloads
from agent.storage.wakeups import QueueWakeups
from tests.agent.world import ALLOW_ALL, ANN_UPN, ASK_OWNER, BOB, READERS, TENANT, World, add_member, approval_of
from tests.conformance.storage_fixtures import RequestCount

# A turn reads the case, commits it and puts the next message. A write stores its intent before, and asks in one more
# request whether it was stopped. A case that closes moves in the index instead of being woken.
REQUESTS = {
    "open": 3,
    Stage.INVESTIGATE: 3,
    Stage.PLAN: 3,
    Stage.AUTHORIZE: 3,
    Stage.EXECUTE: 5,
    Stage.VERIFY: 3,
    Stage.CLOSE: 3,
}


class Counted:
    """A world whose loop stands on real storage, and what each of its turns cost."""

    def __init__(self, storage: StorageConnections, payloads: BlobPayloads, *, count: RequestCount) -> None:
        self.world = World()
        self.world.controls = TableControls(storage.tables)
        self.store = TableCaseStore(storage.tables, sealer=self.world.sealer, payloads=payloads)
        self.loop: Loop = copy.copy(self.world.loop)
        self.loop._store, self.loop._wakeups = self.store, QueueWakeups(storage.queues)
        self.count = count
        self.world.plan(add_member(READERS))

    async def open(self) -> tuple[str, int]:
        """Open a case; return its id and the requests."""
        now = self.world.clock.now()
        request = ServiceRequest(
            tenant_id=TENANT,
            source="desk",
            external_id=f"T-{uuid4()}",
            channel="itsm",
            requester=ANN_UPN,
            assurance=Assurance.PORTAL,
            text="please",
            received_at=now,
        )
        self.count.reset()
        opened = await self.loop.open(request)
        return opened.case_id, self.count.value

    async def turn(self, case_id: str) -> tuple[Stage, int]:
        """Run the next turn; return its stage and the requests."""
        held = await self.store.load(case_id)
        assert held is not None
        self.count.reset()
        await self.loop.advance(held.case.stage, case_id, seq=held.seq)
        return held.case.stage, self.count.value

    async def until(self, case_id: str, stage: Stage) -> int:
        """Run turns until the case is at `stage`; return its seq."""
        while True:
            held = await self.store.load(case_id)
            assert held is not None
            if held.case.stage is stage:
                return held.seq
            await self.turn(case_id)


@pytest.fixture
def counted(storage: StorageConnections, payloads: BlobPayloads, request_count: RequestCount) -> Counted:
    return Counted(storage, payloads, count=request_count)


async def test_every_stage_of_a_case_costs_what_the_documents_say(counted: Counted) -> None:
    await counted.world.publish(ALLOW_ALL)
    case_id, opening = await counted.open()
    costs: dict[object, int] = {"open": opening}
    while Stage.CLOSE not in costs:
        stage, requests = await counted.turn(case_id)
        assert costs.setdefault(stage, requests) == requests
    assert costs == REQUESTS


async def test_a_write_costs_four_requests_and_one_more_that_asks_whether_it_was_stopped(counted: Counted) -> None:
    await counted.world.publish(ALLOW_ALL)
    case_id, _ = await counted.open()
    await counted.until(case_id, Stage.EXECUTE)
    assert await counted.turn(case_id) == (Stage.EXECUTE, 5)
    asked = [url for url in counted.count.urls if "/controls" in url]
    assert len(counted.world.directory.written) == len(asked) == 1


async def test_a_case_that_waits_for_people_costs_two_requests_and_an_answer_three(counted: Counted) -> None:
    await counted.world.publish(ASK_OWNER)
    case_id, _ = await counted.open()
    await counted.until(case_id, Stage.APPROVE)
    assert await counted.turn(case_id) == (Stage.APPROVE, 2)
    counted.count.reset()
    held = await counted.store.load(case_id)
    assert held is not None
    await counted.loop.answer(held, approval_of(held.case, person=BOB, now=counted.world.clock.now()))
    assert counted.count.value == 3


async def test_a_message_that_comes_twice_costs_one_request_in_every_stage(counted: Counted) -> None:
    await counted.world.publish(ALLOW_ALL)
    case_id, _ = await counted.open()
    seq = 0
    while (held := await counted.store.load(case_id)) is not None and held.case.stage is not Stage.CLOSED:
        await counted.turn(case_id)
        counted.count.reset()
        await counted.loop.advance(held.case.stage, case_id, seq=seq)
        assert counted.count.value == 1
        seq += 1
    assert len(counted.world.directory.written) == 1


async def test_losing_a_race_costs_two_requests_and_nothing_else(counted: Counted) -> None:
    await counted.world.publish(ALLOW_ALL)
    case_id, _ = await counted.open()
    seq = await counted.until(case_id, Stage.PLAN)
    late = copy.copy(counted.loop)
    load = counted.store.load

    # Between the read and the commit of the one, the other does the whole turn.
    async def load_and_be_overtaken(one: str) -> object:
        held = await load(one)
        counted.store.load = load  # type: ignore[method-assign]
        await late.advance(Stage.PLAN, one, seq=seq)
        counted.count.reset()
        return held

    counted.store.load = load_and_be_overtaken  # type: ignore[assignment,method-assign]
    await counted.loop.advance(Stage.PLAN, case_id, seq=seq)
    # Its read came before the other's turn, which is not counted; the refused commit is its second request.
    assert 1 + counted.count.value == 2
    held = await load(case_id)
    assert held is not None and held.seq == seq + 1
