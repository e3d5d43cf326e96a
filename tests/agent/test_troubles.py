"""Trouble is not all the same: who is told to come back later does so, who fails again and again is handed over."""

from typing import Any

import pytest

from agent.errors import ThrottledError
from agent.model.activity_event import ActivityEvent, EventCode
from agent.model.case import Case, Stage
from agent.ports import Turn
from agent.stages import execute
from agent.troubles import MAX_THROTTLED, MAX_TROUBLES, in_trouble, throttled
from tests.agent.halfway import until
from tests.agent.world import START, allowed

LOOKED = ActivityEvent(code=EventCode.LOOKUP_ANSWERED, at=START, data={"lookup": "user.get"})


async def opened(*, troubles: int = 0, throttles: int = 0, stage: Stage = Stage.EXECUTE) -> Case:
    world, case_id = await allowed()
    return (await world.case(case_id)).evolve(troubles=troubles, throttles=throttles, stage=stage)


def told_to_wait(case: Case, *, seconds: float) -> Turn:
    error = ThrottledError("Graph is throttling look-ups", retry_after_seconds=seconds, events=(LOOKED,))
    return throttled(case, error, now=START, attempt=None)


async def test_who_is_told_to_come_back_comes_back_then_however_often_it_was_told_so() -> None:
    waits = {told_to_wait(await opened(throttles=n), seconds=15.0).after_seconds for n in (0, 4, 20)}
    assert len(waits) == 1 and 15 < waits.pop() <= 24
    turn = told_to_wait(await opened(throttles=20), seconds=15.0)
    assert (turn.case.stage, turn.case.throttles) == (Stage.EXECUTE, 21)
    assert [one.code.value for one in turn.events] == ["lookup.answered", "stage.troubled"]


async def test_who_is_never_let_in_is_handed_over_in_the_end() -> None:
    turn = told_to_wait(await opened(throttles=MAX_THROTTLED - 1), seconds=15.0)
    assert turn.case.stage is Stage.ESCALATE and "throttling" in turn.case.why


async def test_nobody_waits_for_a_day_or_for_nothing_because_a_service_asked_for_it() -> None:
    assert told_to_wait(await opened(), seconds=86_400.0).after_seconds == 600
    assert told_to_wait(await opened(), seconds=0.0).after_seconds > 10


async def test_cases_that_were_told_the_same_come_back_apart() -> None:
    case = await opened()
    others = [case.model_copy(update={"id": f"{number * 0x0444_4444:032x}"}) for number in range(60)]
    assert len({told_to_wait(one, seconds=15.0).after_seconds for one in others}) > 4


async def test_who_fails_waits_longer_each_time_and_is_handed_over_at_the_fifth() -> None:
    turns = [in_trouble(await opened(troubles=n), "it broke", now=START, attempt=None) for n in range(5)]
    assert [one.after_seconds for one in turns[:4]] == [10, 20, 40, 80]
    assert turns[4].case.stage is Stage.ESCALATE and "failed 5 times" in turns[4].case.why


async def test_who_was_told_to_wait_has_not_failed_and_who_failed_was_not_told_to_wait() -> None:
    failed = in_trouble(await opened(throttles=MAX_THROTTLED - 1), "it broke", now=START, attempt=None)
    assert (failed.case.stage, failed.case.troubles, failed.after_seconds) == (Stage.EXECUTE, 1, 10)
    waits = told_to_wait(await opened(troubles=MAX_TROUBLES - 1), seconds=15.0)
    assert (waits.case.stage, waits.case.throttles) == (Stage.EXECUTE, 1)


async def test_a_stage_that_comes_through_begins_both_counts_anew() -> None:
    world, case_id = await allowed()
    held = await world.store.load(case_id)
    assert held is not None
    counted = held.case.evolve(troubles=3, throttles=7)
    saved = await world.store.commit(held, counted, events=(), attempts=(), due_at=START)
    await world.loop.advance(counted.stage, case_id, seq=saved.seq)
    case = await world.case(case_id)
    assert (case.troubles, case.throttles) == (0, 0)


async def test_what_led_to_a_throttled_look_up_of_approvers_stays_in_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    world, case_id = await allowed()
    await until(world, case_id, Stage.EXECUTE)
    before = len(await world.codes(case_id))

    async def throttling(*_: Any, **__: Any) -> Any:
        raise ThrottledError("Graph is throttling look-ups", retry_after_seconds=1, events=())

    monkeypatch.setattr(execute, "with_fit_approvers", throttling)
    await world.turn(case_id)
    codes = (await world.codes(case_id))[before:]
    assert "step.decided" in codes and codes[-1] == "stage.troubled"
