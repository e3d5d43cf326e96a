"""Telling people of alerts: nobody who hangs, and nothing that is damaged, keeps others from hearing of theirs."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from agent import alarms
from agent.alarms import WatchedDirectory
from agent.errors import StorageError
from agent.model.alert import Alert
from agent.model.graph_call import GraphCall
from agent.ports import Ports
from tests.agent.world import ANN, EVE, START, TENANT, World

OTHER = "22222222-2222-4222-8222-222222222222"
FIRST, SECOND = "5ec00000-0000-4000-8000-000000000001", "5ec00000-0000-4000-8000-000000000002"


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """A world whose people have little time to answer."""
    monkeypatch.setattr(alarms, "TELL_SECONDS", 0.2)
    monkeypatch.setattr(alarms, "DRAIN_SECONDS", 0.4)
    return World()


def alert(tenant_id: str = TENANT) -> Alert:
    return Alert(tenant_id=tenant_id, case_id=uuid4().hex, kind="effect_refuted", at=START)


async def left(world: World) -> list[Alert]:
    return [one async for one in world.alerts.waiting()]


def tell_with(world: World, ends: Any, *, of: str) -> None:
    """Make telling one person end otherwise."""
    tell = world.people.tell

    async def other(tenant_id: str, person_id: str, *, text: str) -> None:
        if person_id == of:
            await ends()
        await tell(tenant_id, person_id, text=text)

    world.people.tell = other  # type: ignore[method-assign]


async def never() -> None:
    await asyncio.Event().wait()


async def broken() -> None:
    raise TypeError("nobody thought of this")


@pytest.mark.parametrize("ends", [never, broken])
async def test_one_of_two_people_is_told_although_the_other_cannot_be(world: World, ends: Any) -> None:
    world.tenant.people["security"] = (FIRST, SECOND)  # type: ignore[index]
    tell_with(world, ends, of=FIRST)
    await world.alarms.raise_now(alert())
    assert [person for person, _ in world.people.told] == [SECOND] and await left(world) == []


@pytest.mark.parametrize("ends", [never, broken])
async def test_who_cannot_be_told_keeps_neither_the_case_from_going_on_nor_the_alert_from_staying(
    world: World, ends: Any
) -> None:
    tell_with(world, ends, of=EVE)
    await world.alarms.raise_now(alert())
    assert await world.alarms.drain() == 0 and len(await left(world)) == 1


async def gone() -> None:
    raise KeyError(OTHER)


@pytest.mark.parametrize("ends", [never, gone])
async def test_a_tenant_that_cannot_be_reached_keeps_no_other_from_hearing(world: World, ends: Any) -> None:
    for tenant_id in (*[OTHER] * 20, TENANT):
        await world.alerts.keep(alert(tenant_id))
    ports_for = world.alarms._ports_for

    async def other(tenant_id: str) -> Ports:
        if tenant_id == OTHER:
            await ends()
        return await ports_for(tenant_id)

    world.alarms._ports_for = other
    # Twenty times the patience with one would be four seconds.
    assert await asyncio.wait_for(world.alarms.drain(), 3) == 1
    assert [one.tenant_id for one in await left(world)] == [OTHER] * 20


async def test_an_alert_that_cannot_be_read_is_no_reason_to_be_silent_about_the_others(world: World) -> None:
    readable = alert()

    async def waiting() -> AsyncIterator[Alert]:
        yield readable
        raise StorageError("the next alert is damaged")

    world.alerts.waiting = waiting  # type: ignore[method-assign]
    with pytest.raises(StorageError, match="damaged"):
        await world.alarms.drain()
    assert len(world.people.told) == 1


async def test_one_person_who_hangs_keeps_no_later_alert_waiting(world: World) -> None:
    world.tenant.people["security"] = (FIRST, SECOND)  # type: ignore[index]
    tell_with(world, never, of=FIRST)
    for _ in range(20):
        await world.alerts.keep(alert())
    # One behind the other there would be time for two.
    assert await world.alarms.drain() == 20 and await left(world) == []


async def test_a_write_among_many_reads_is_an_alert_as_a_single_one_is(world: World) -> None:
    stopped: list[str] = []
    watched = WatchedDirectory(world.directory, stopped)
    write = GraphCall(method="DELETE", path=f"/users/{ANN}")
    read = GraphCall(method="GET", path=f"/users/{ANN}")
    with pytest.raises(ValueError):
        await watched.read(write)
    with pytest.raises(ValueError):
        await watched.read_many([read, write])
    assert len(stopped) == 2 and stopped[0] == stopped[1]
