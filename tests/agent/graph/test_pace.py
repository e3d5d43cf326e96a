"""Services that take one request a second get one, and no other service waits for them."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from agent.errors import DirectoryError, WriteUnknownError
from agent.graph.pace import Pace
from agent.graph.sender import GraphDirectory
from agent.model.graph_call import GraphCall
from agent.ports import Answer
from tests.agent.graph.permits import permit_for
from tests.agent.graph.stub_graph import TENANT, FakeCredential, Script, StubGraph

PATIENT = 60.0
RISKY = "/identityProtection/riskyUsers/u"
POLICIES = tuple(
    GraphCall(method="GET", path=f"/identity/conditionalAccess/policies/p-{number}") for number in range(3)
)
DISABLE = GraphCall(method="PATCH", path=POLICIES[0].path, body={"state": "disabled"})


class Time:
    """A clock that stands still, also while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 3))
        await asyncio.sleep(0)


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture
def pace(clock: Time) -> Pace:
    return Pace(sleep=clock.sleep, monotonic=clock.monotonic)


@pytest.mark.parametrize(
    "path",
    ["/identity/conditionalAccess/policies/p", "/identityProtection/riskyUsers/dismiss", "/IDENTITYPROTECTION/x"],
)
async def test_the_second_request_waits_until_a_second_is_over(pace: Pace, clock: Time, path: str) -> None:
    await pace.keep(path, at_most_seconds=PATIENT)
    assert clock.slept == []
    await pace.keep(path, at_most_seconds=PATIENT)
    assert clock.slept == [1.1]
    clock.now += 5
    await pace.keep(path, at_most_seconds=PATIENT)
    assert clock.slept == [1.1]


async def test_several_at_once_go_one_after_the_other(pace: Pace, clock: Time) -> None:
    await asyncio.gather(*(pace.keep(RISKY, at_most_seconds=PATIENT) for _ in range(4)))
    assert clock.slept == [1.1, 2.2, 3.3]


@pytest.mark.parametrize("path", ["/users/u", "/identityGovernance/x", "/groups?$filter=x"])
async def test_other_services_do_not_wait(pace: Pace, clock: Time, path: str) -> None:
    for _ in range(5):
        await pace.keep(path, at_most_seconds=PATIENT)
    assert clock.slept == []


async def test_whose_turn_is_too_far_away_does_not_wait_and_takes_nobodys_place(pace: Pace, clock: Time) -> None:
    for _ in range(3):
        await pace.keep(RISKY, at_most_seconds=PATIENT)
    with pytest.raises(DirectoryError, match="one a second") as told:
        await pace.keep(RISKY, at_most_seconds=3.0)
    assert told.value.retry_after_seconds == pytest.approx(3.3)
    await pace.keep(RISKY, at_most_seconds=3.5)
    assert clock.slept == [1.1, 2.2, 3.3]


class Moving(Time):
    """A clock that only sleeping moves; of what was slept, `share` really passes."""

    share = 0.0

    async def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 3))
        self.now += seconds
        await asyncio.sleep(seconds * self.share)


class Timed(GraphDirectory):
    """A directory with such a clock, whose requests may take half a second."""

    def __init__(self, graph: StubGraph) -> None:
        self.clock = Moving()
        sleep, monotonic = self.clock.sleep, self.clock.monotonic
        base_url = graph.base_url
        super().__init__(
            TENANT, FakeCredential(), base_url=base_url, sleep=sleep, monotonic=monotonic, send_seconds=0.5
        )

    async def held_up(self, *, requests: int) -> None:
        """Let others have taken so many turns."""
        now = self.clock.now
        for _ in range(requests):
            await self._pace.keep(RISKY, at_most_seconds=PATIENT)
        self.clock.now, self.clock.slept = now, []


@pytest.fixture
async def timed(graph: StubGraph) -> AsyncIterator[Timed]:
    for call in POLICIES:
        graph.answers("GET", call.path, Script(200, {"id": call.path}))
    graph.answers("GET", "/users/u", Script(200, {"id": "u"}))
    graph.answers("PATCH", DISABLE.path, Script(204))
    made = Timed(graph)
    yield made
    await made.close()


async def test_the_parts_of_a_batch_are_counted_too(graph: StubGraph, timed: Timed) -> None:
    others = [GraphCall(method="GET", path="/users/u")] * 2
    answers = await timed.read_many((POLICIES[0], others[0], POLICIES[1], others[1], POLICIES[2]))
    assert [one.body["id"] for one in answers if isinstance(one, Answer)] == [
        POLICIES[0].path,
        "u",
        POLICIES[1].path,
        "u",
        POLICIES[2].path,
    ]
    assert [[part["url"] for part in one.json()["requests"]] for one in graph.received if "$batch" in one.target] == [
        [POLICIES[0].path, "/users/u", "/users/u"]
    ]
    assert timed.clock.slept == [1.1, 1.1]
    await timed.write(permit_for(DISABLE), client_request_id="rq-1", secret=None)
    assert timed.clock.slept == [1.1, 1.1, 1.1]


async def test_a_part_whose_turn_is_too_far_away_says_when_to_come_back(graph: StubGraph, timed: Timed) -> None:
    await timed.held_up(requests=19)
    first, second = await timed.read_many((POLICIES[0], GraphCall(method="GET", path="/users/u")))
    assert isinstance(first, DirectoryError) and first.retry_after_seconds == pytest.approx(20.9)
    assert isinstance(second, Answer) and second.status == 200
    assert [one.target for one in graph.parts] == ["/users/u"]


async def test_waiting_for_ones_turn_is_no_write_in_doubt(graph: StubGraph, timed: Timed) -> None:
    await timed.held_up(requests=2)
    # The wait is longer than a request may take as a whole.
    timed.clock.share = 0.3
    assert (await timed.write(permit_for(DISABLE), client_request_id="rq-1", secret=None)).status == 204
    assert timed.clock.slept == [2.2]
    timed.clock.share = 0.0
    await timed.held_up(requests=19)
    with pytest.raises(DirectoryError) as told:
        await timed.write(permit_for(DISABLE), client_request_id="rq-2", secret=None)
    assert not isinstance(told.value, WriteUnknownError) and told.value.retry_after_seconds is not None
    assert len(graph.received) == 1
