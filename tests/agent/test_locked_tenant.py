"""A tenant whose data key cannot be had: its cases wait and say so, nothing is lost, and others go on."""

import logging
from datetime import timedelta
from typing import Any

import pytest

from agent.errors import KeyUnavailableError
from agent.held_attempts import LEASE_SECONDS
from agent.loop import OVERDUE_SECONDS
from agent.model.activity_event import EventCode
from agent.model.case import Stage
from agent.ports import Answer
from tests.agent.world import TENANT, World, allowed


async def test_a_case_waits_for_its_tenants_key_and_goes_on_by_itself_when_it_is_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world, case_id = await allowed()
    await world.turn(case_id)
    before = await world.case(case_id)
    world.store.sealer.lost_tenants.add(TENANT)
    with caplog.at_level(logging.ERROR, "remit.loop"):
        assert await world.turn(case_id)
    assert "waits for its tenant's key" in caplog.text and case_id in caplog.text
    # The message is used up: the host must not count it as poison. From here on only the sweep can help.
    assert not await world.turn(case_id)
    world.clock.pass_(timedelta(seconds=OVERDUE_SECONDS + 1).total_seconds())
    with pytest.raises(KeyUnavailableError, match=case_id):
        await world.loop.sweep()
    assert not await world.turn(case_id)
    world.store.sealer.lost_tenants.clear()
    assert await world.case(case_id) == before
    assert await world.loop.sweep() == 1
    case = await world.run(case_id)
    assert (case.stage, case.outcome, case.troubles) == (Stage.CLOSED, "resolved", 0)


async def test_a_key_that_goes_while_a_write_is_under_way_costs_no_poison_and_doubles_nothing() -> None:
    world, case_id = await allowed()
    while (await world.case(case_id)).stage is not Stage.EXECUTE:
        await world.turn(case_id)
    write = world.directory.write

    async def last(*given: Any, **more: Any) -> Answer:
        world.store.sealer.lost_tenants.add(TENANT)
        return await write(*given, **more)

    world.directory.write = last  # type: ignore[method-assign]
    assert await world.turn(case_id)
    assert len(world.directory.written) == 1 and not await world.turn(case_id)
    world.store.sealer.lost_tenants.clear()
    world.clock.pass_(LEASE_SECONDS + 1)
    assert await world.loop.sweep() == 1
    case = await world.run(case_id)
    codes = [one.code for one in await world.store.events(case_id)]
    assert (case.outcome, len(world.directory.written)) == ("resolved", 1)
    assert codes.count(EventCode.WRITE_ATTEMPTED) == codes.count(EventCode.WRITE_FOUND_DONE) == 1


async def test_a_request_of_a_tenant_without_a_key_opens_no_case_that_could_be_lost() -> None:
    world = World()
    world.store.sealer.lost_tenants.add(TENANT)
    with pytest.raises(KeyUnavailableError):
        await world.open()
    assert world.wakeups.messages == {}
    world.store.sealer.lost_tenants.clear()
    assert (await world.case(await world.open())).stage is Stage.INVESTIGATE
