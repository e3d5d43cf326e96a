"""Services that take one request a second get one, and no other service waits for them."""

import asyncio

import pytest

from agent.graph.pace import Pace


class Time:
    """A clock that only sleeping moves."""

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
    await pace.keep(path)
    assert clock.slept == []
    await pace.keep(path)
    assert clock.slept == [1.1]
    clock.now += 5
    await pace.keep(path)
    assert clock.slept == [1.1]


async def test_several_at_once_go_one_after_the_other(pace: Pace, clock: Time) -> None:
    await asyncio.gather(*(pace.keep("/identityProtection/riskyUsers/u") for _ in range(4)))
    assert clock.slept == [1.1, 2.2, 3.3]


@pytest.mark.parametrize("path", ["/users/u", "/identityGovernance/x", "/groups?$filter=x"])
async def test_other_services_do_not_wait(pace: Pace, clock: Time, path: str) -> None:
    for _ in range(5):
        await pace.keep(path)
    assert clock.slept == []
