"""Storage that fails at any request: cases go through it with each effect once, none lost, and every log whole."""

import copy
import random
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from azure.core.exceptions import ServiceRequestError, ServiceResponseError
from azure.core.pipeline.transport import AioHttpTransport
from azure.data.tables.aio import TableServiceClient

from agent.errors import StorageError
from agent.loop import Loop
from agent.model.case import Case, Stage
from agent.model.clarification import Reply
from agent.model.observation import Observation
from agent.model.plan import Plan
from agent.model.service_request import Assurance, ServiceRequest
from agent.ports import Answer, Proposal
from agent.storage.cases import TableCaseStore
from agent.storage.connections import StorageConnections
from tests.agent.world import ALLOW_ALL, ANN, ANN_UPN, BOB, TENANT, World, add_member
from tests.conformance.memory_payloads import MemoryPayloads

CASES = 6
# What goes wrong with a request: it never arrives, its answer never comes, or comes as one that the SDK sends again.
ARRIVAL, LINE, AGAIN = "arrival", "line", "again"


class Weather(AioHttpTransport):
    """Sends requests through a storm of its own seed. Calm until `chance` is set."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._random = random.Random(seed)
        self.chance = 0.0
        self.troubles: tuple[str, ...] = ()
        self.only = ""
        self.met: Counter[str] = Counter()

    async def send(self, request: Any, **kwargs: Any) -> Any:
        trouble = self._trouble(request.url)
        if trouble == ARRIVAL:
            raise ServiceRequestError("nobody answers the telephone")
        answer = await super().send(request, **kwargs)
        if trouble == LINE:
            raise ServiceResponseError("the line broke")
        if trouble == AGAIN:
            answer.status_code = 503
        return answer

    def _trouble(self, url: str) -> str:
        if not url.endswith(self.only) or self._random.random() >= self.chance:
            return ""
        trouble = self._random.choice(self.troubles)
        self.met[trouble] += 1
        return trouble


class LeakyQueue:
    """ports.Wakeups: a message may be lost without a word, or be there although the sender was told that it is not."""

    def __init__(self, weather: Weather) -> None:
        self._weather = weather
        self._random = random.Random(7)
        self.waiting: list[tuple[Stage, str, int]] = []

    async def put(self, stage: str, case_id: str, *, seq: int, delay_seconds: int = 0) -> None:
        """See ports.Wakeups."""
        if not self._weather.only and self._random.random() < self._weather.chance:
            self.waiting += self._random.choice(([], [(Stage(stage), case_id, seq)]))
            raise StorageError("the queue did not answer")
        self.waiting.append((Stage(stage), case_id, seq))


class GroupsOfTheTicket:
    """A planner that adds the requester to each group that the ticket names."""

    def count_wishes(self, request: ServiceRequest, seen: Mapping[str, Observation]) -> int:
        return 1

    def propose(
        self,
        request: ServiceRequest,
        seen: Mapping[str, Observation],
        *,
        requester_id: str,
        replies: tuple[Reply, ...] = (),
    ) -> Proposal:
        """See ports.Planner."""
        steps = tuple(add_member(group) for group in request.text.split())
        return Proposal(why="as asked", plan=Plan(summary="s", reason="r", steps=steps))


class Stormy(World):
    """A world on real tables: half of its cases end well, half are put back because their second step is refused."""

    def __init__(self, tables: TableServiceClient, weather: Weather) -> None:
        super().__init__()
        self.planner: Any = GroupsOfTheTicket()
        self.weather = weather
        self.stored = TableCaseStore(tables, sealer=self.sealer, payloads=MemoryPayloads())
        self.queue = LeakyQueue(weather)
        self.storm_loop: Loop = copy.copy(self.loop)
        self.storm_loop._store, self.storm_loop._wakeups = self.stored, self.queue

    async def open_through_it(self, ticket: str, *, is_refused: bool) -> str:
        """Deliver a webhook until it is taken, as its sender does; return the case's id."""
        groups = [self._new_group(), self._new_group()]
        if is_refused:
            refusal = Answer(status=403, body={"error": {"code": "Denied"}}, request_id="r")
            self.directory.refuse("POST", f"/groups/{groups[1]}/members/$ref", refusal)
        request = ServiceRequest(
            tenant_id=TENANT,
            source="desk",
            external_id=ticket,
            channel="itsm",
            requester=ANN_UPN,
            assurance=Assurance.PORTAL,
            text=" ".join(groups),
            received_at=self.clock.now(),
        )
        while True:
            try:
                return (await self.storm_loop.open(request)).case_id
            except StorageError:
                continue

    async def settle(self, case_ids: list[str]) -> list[Case]:
        """Deliver messages, again after a failure, and sweep when none is left, until every case is closed."""
        for _ in range(400):
            while self.queue.waiting:
                stage, case_id, seq = self.queue.waiting.pop(0)
                try:
                    await self.storm_loop.advance(stage, case_id, seq=seq)
                except StorageError:
                    self.queue.waiting.append((stage, case_id, seq))
                self.clock.pass_(0.1)
            if (cases := await self._closed(case_ids)) is not None:
                return cases
            self.clock.pass_(61)
            try:
                await self.storm_loop.sweep()
            except StorageError:
                continue
        raise AssertionError("a case was lost: nothing wakes it any more")

    async def _closed(self, case_ids: list[str]) -> list[Case] | None:
        chance, self.weather.chance = self.weather.chance, 0.0
        held = [await self.stored.load(one) for one in case_ids]
        self.weather.chance = chance
        cases = [one.case for one in held if one is not None]
        return cases if all(one.stage is Stage.CLOSED for one in cases) and len(cases) == len(case_ids) else None

    def _new_group(self) -> str:
        group = str(UUID(int=len(self.members) + 1))
        self.members[group] = set()
        shape = {"groupTypes": [], "isAssignableToRole": None, "onPremisesSyncEnabled": None}
        self.directory.put(f"/groups/{group}", {"id": group, "displayName": "one of many", **shape})
        owner = {"id": BOB, "displayName": "bob", "accountEnabled": True}
        self.directory.put(f"/groups/{group}/owners", {"value": [owner]})
        self._memberships(group)
        return group


@pytest.fixture
async def weather() -> Weather:
    return Weather(seed=5)


@pytest.fixture
async def world(storage: StorageConnections, azurite_connection: str, weather: Weather) -> AsyncIterator[Stormy]:
    """A world whose tables are reached through the storm; the SDK repeats at once, and once only."""
    async with TableServiceClient.from_connection_string(
        azurite_connection, transport=weather, retry_total=1, retry_backoff_factor=0.001
    ) as tables:
        yield Stormy(tables, weather)


async def logs(storage: StorageConnections, case_ids: list[str]) -> list[list[str]]:
    """The codes of every case's log, the chain of which is whole."""
    found = []
    for case_id in case_ids:
        rows = storage.tables.get_table_client("cases").query_entities(
            "PartitionKey eq @id and RowKey ge 'ev' and RowKey lt 'ew'", parameters={"id": case_id}
        )
        logged = [dict(row) async for row in rows]
        assert [row["RowKey"] for row in logged] == [f"ev{number:06d}" for number in range(len(logged))]
        assert all(one["hash"] == other["prev"] for one, other in pairwise(logged))
        found.append([str(row["code"]) for row in logged])
    return found


async def through(world: Stormy, name: str) -> list[str]:
    """Take all cases through the storm; each effect is there once, and nothing is left half done in silence."""
    await world.publish(ALLOW_ALL)
    # Of the same names every time, because the sweep takes cases in the order of their ids.
    tickets = [f"{name}-{number}" for number in range(CASES)]
    case_ids = [await world.open_through_it(one, is_refused=number % 2 == 1) for number, one in enumerate(tickets)]
    cases = await world.settle(case_ids)
    urgent = {one.case_id for one in world.tickets.handoffs if one.urgent}
    for number, case in enumerate(cases):
        # A write whose answer was not kept is not undone but handed over urgently: it may be somebody else's.
        refused = "escalated" if case.id in urgent else "rolled_back"
        assert case.outcome == (refused if number % 2 else "resolved")
        groups = [step.target.id for step in case.plan.steps] if case.plan else []
        wanted = {"resolved": [True, True], "rolled_back": [False, False], "escalated": [True, False]}[case.outcome]
        assert [ANN in world.members[one] for one in groups] == wanted
    sent = Counter((one.method, one.path) for one in world.directory.written)
    assert set(sent.values()) == {1}, "a write was sent twice"
    return case_ids


async def test_whatever_fails_nothing_is_done_twice_lost_or_left_half_done(
    world: Stormy, storage: StorageConnections, weather: Weather
) -> None:
    weather.chance, weather.troubles = 0.12, (ARRIVAL, LINE, AGAIN)
    case_ids = await through(world, "ANYTHING")
    assert all(weather.met[one] >= CASES // 2 for one in weather.troubles), "the storm was a breeze"
    for codes in await logs(storage, case_ids):
        once = Counter(codes)
        assert [once[one] for one in ("case.opened", "plan.made", "case.closed")] == [1, 1, 1]
        assert once["rollback.started"] == once["rollback.done"] + once["rollback.failed"] <= 1
        assert codes[0] == "case.opened" and codes[-1] == "case.closed"


async def test_answers_that_are_lost_leave_no_trace_while_storage_can_still_be_read(
    world: Stormy, storage: StorageConnections, weather: Weather
) -> None:
    weather.only, weather.chance, weather.troubles = "/$batch", 0.3, (LINE, AGAIN)
    case_ids = await through(world, "TRACELESS")
    assert all(weather.met[one] >= CASES // 2 for one in weather.troubles), "the storm was a breeze"
    well, back = await logs(storage, case_ids[:2])
    assert well.count("write.attempted") == 2 and "write.found_done" not in well
    # A turn whose answer was lost is neither done again nor left to the sweep: every log is as in calm weather.
    assert await logs(storage, case_ids) == [well, back] * (CASES // 2)
