"""Violations: each is logged, counted and told to the security people, at least once and once a case and kind."""

import json
import logging
from typing import Any

import pytest

from agent.alarms import WatchedDirectory, with_alerts, with_stopped
from agent.errors import DirectoryError, RepeatedWriteError, StorageError, TripwireError
from agent.model.activity_event import ActivityEvent, EventCode
from agent.model.alert import Alert
from agent.model.case import Stage
from agent.model.graph_call import GraphCall
from agent.ports import Answer, Turn
from tests.agent.halfway import until
from tests.agent.test_secret_reads import READ_KEY
from tests.agent.world import ALLOW_ALL, ANN, EVE, READERS, START, TENANT, WRITERS, World, add_member, allowed
from tests.conformance.fake_directory import FakeDirectory


def told(world: World) -> list[str]:
    """What the tenant's administrator, who stands in for the security people, was told."""
    return [text for person, text in world.people.told if person == EVE]


async def kinds(world: World, case_id: str) -> list[str]:
    return [one.data["kind"] for one in await world.store.events(case_id) if one.code.value == "alert.raised"]


async def refused_at_the_gate() -> tuple[World, str]:
    world, case_id = await allowed()
    await until(world, case_id, Stage.EXECUTE)
    deny = {"id": "target.no", "effect": "deny", "actions": ["*"], "when": {"target.id": READERS}}
    await world.publish(ALLOW_ALL, {"layer": "target", "rules": [deny]})
    return world, case_id


async def refuted() -> tuple[World, str]:
    world, case_id = await allowed()
    world.directory.on("POST", f"/groups/{READERS}/members/$ref", lambda body: (204, {}))
    return world, case_id


async def not_undone() -> tuple[World, str]:
    world, case_id = await allowed(add_member(READERS), add_member(WRITERS))
    world.directory.refuse("POST", f"/groups/{WRITERS}/members/$ref", Answer(403, {}, "r"))
    world.directory.refuse("DELETE", f"/groups/{READERS}/members/{ANN}/$ref", Answer(403, {}, "r"))
    return world, case_id


async def tripped() -> tuple[World, str]:
    world, case_id = await allowed()
    stopped = TripwireError("the body is not the permitted one")
    world.directory.refuse("POST", f"/groups/{READERS}/members/$ref", stopped)
    return world, case_id


STORIES = {
    "write_refused": refused_at_the_gate,
    "effect_refuted": refuted,
    "rollback_failed": not_undone,
    "tripwire": tripped,
}


@pytest.mark.parametrize("kind", STORIES)
async def test_a_violation_is_logged_counted_and_told_within_its_own_turn(
    kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    world, case_id = await STORIES[kind]()
    with caplog.at_level(logging.ERROR, logger="remit.metrics"):
        while kind not in await kinds(world, case_id):
            assert await world.turn(case_id)
            world.clock.pass_(20)
        assert len(told(world)) == 1 and case_id in told(world)[0]
        await world.run(case_id, seconds_per_turn=20)
    assert (await kinds(world, case_id)).count(kind) == 1
    lines = [json.loads(one.getMessage()) for one in caplog.records if one.name == "remit.metrics"]
    mine = [one for one in lines if one["kind"] == kind]
    assert [(one["metric"], one["value"], one["tenant"], one["case"]) for one in mine] == [
        ("remit.alert", 1, TENANT, case_id)
    ]
    assert [one async for one in world.alerts.waiting()] == []


async def test_security_people_are_told_before_administrators() -> None:
    world, case_id = await refuted()
    security = "5ec00000-0000-4000-8000-000000000005"
    world.tenant.people["security"] = (security,)  # type: ignore[index]
    await world.run(case_id, seconds_per_turn=20)
    assert [person for person, text in world.people.told if "alert" in text] == [security]


async def test_what_nobody_could_be_told_is_told_by_a_later_sweep_once() -> None:
    world, case_id = await refuted()
    world.people.unreachable = True
    await world.run(case_id, seconds_per_turn=20)
    assert told(world) == [] and await world.alarms.drain() == 0
    world.people.unreachable = False
    assert (await world.alarms.drain(), await world.alarms.drain()) == (1, 0)
    assert len(told(world)) == 1


async def test_an_alert_that_cannot_be_kept_keeps_its_turn_from_being_saved() -> None:
    world, case_id = await refused_at_the_gate()
    world.alerts.is_down = True
    with pytest.raises(StorageError):
        await world.turn(case_id)
    assert (await world.case(case_id)).stage is Stage.EXECUTE
    world.alerts.is_down = False
    world.clock.pass_(600)
    await world.loop.sweep()
    await world.run(case_id)
    assert await kinds(world, case_id) == ["write_refused"] and len(told(world)) == 1


async def test_a_crash_between_saving_and_telling_is_healed_by_the_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    world, case_id = await refused_at_the_gate()

    async def die(alert: Alert) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(world.alarms, "tell", die)
        with pytest.raises(KeyboardInterrupt):
            await world.turn(case_id)
    assert told(world) == [] and await kinds(world, case_id) == ["write_refused"]
    assert await world.alarms.drain() == 1 and len(told(world)) == 1


async def test_a_request_that_differs_from_its_permit_is_no_reason_to_try_again() -> None:
    world, case_id = await tripped()
    case = await world.run(case_id)
    assert case.outcome == "escalated"
    codes = await world.codes(case_id)
    assert codes.count("write.blocked") == codes.count("write.attempted") == 1


async def test_a_second_request_under_one_permit_is_an_alert_and_its_first_is_read_back() -> None:
    world, case_id = await allowed()
    write = world.directory.write

    async def twice(*given: Any, **named: Any) -> Any:
        await write(*given, **named)
        raise RepeatedWriteError("a second request under one permit was stopped")

    world.directory.write = twice  # type: ignore[method-assign]
    case = await world.run(case_id, seconds_per_turn=10)
    assert case.outcome == "resolved" and len(world.directory.written) == 1
    assert await kinds(world, case_id) == ["tripwire"]


async def test_a_tenant_with_nobody_to_tell_keeps_no_alert_for_ever() -> None:
    world, case_id = await refuted()
    world.tenant.people.clear()  # type: ignore[attr-defined]
    await world.run(case_id, seconds_per_turn=20)
    assert [one async for one in world.alerts.waiting()] == []


async def test_an_alert_outside_of_any_turn_is_kept_and_told() -> None:
    world = World()
    await world.alarms.raise_now(Alert(tenant_id=TENANT, case_id="f" * 32, kind="log_broken", at=START))
    assert len(told(world)) == 1 and "activity log" in told(world)[0]


async def test_of_one_case_people_hear_of_each_kind_once() -> None:
    world, case_id = await allowed()
    case = await world.case(case_id)
    data = {"step": 0, "problem": "no"}
    refused = tuple(ActivityEvent(code=EventCode.PERMIT_REFUSED, at=START, data=data) for _ in range(3))
    first, alerts = with_alerts(case, Turn(case, events=refused))
    assert [one.kind for one in alerts] == ["write_refused"] and first.case.alerts == ("write_refused",)
    assert [one.code.value for one in first.events].count("alert.raised") == 1
    again, none = with_alerts(first.case, Turn(first.case, events=refused))
    assert none == () and again.events == refused


class TestStoppedLookUps:
    """A look-up that was stopped before it left is an alert, although the stage goes on without its answer."""

    async def watched(self, call: GraphCall, *, ends: Exception) -> tuple[list[str], FakeDirectory]:
        stopped: list[str] = []
        inner = FakeDirectory(TENANT)

        async def refused(_call: GraphCall) -> Answer:
            raise ends

        inner.read = refused  # type: ignore[method-assign]
        directory = WatchedDirectory(inner, stopped)
        with pytest.raises(type(ends)):
            await directory.read(call)
        if isinstance(ends, DirectoryError):
            assert await directory.read_many((call,)) == (ends,)
        return stopped, inner

    async def test_whatever_stopped_it_and_however_it_was_asked(self) -> None:
        plain, secret = GraphCall(method="GET", path="/users/x"), READ_KEY.call
        assert secret.reveals and not plain.reveals
        for call, ends, count in (
            (plain, TripwireError("a `GET` to another host was stopped"), 2),
            (secret, DirectoryError("expected a read that reveals no secret"), 1),
            (secret, ValueError("expected a GET that reveals no secret"), 1),
            (plain, DirectoryError("no answer within 30 seconds"), 0),
        ):
            stopped, _ = await self.watched(call, ends=ends)
            assert len(stopped) == count, ends

    async def test_one_entry_and_one_alert_of_all_that_were_stopped_in_a_turn_and_before(self) -> None:
        world, case_id = await allowed()
        case = await world.case(case_id)
        turn = with_stopped(Turn(case), ["a `GET` was stopped", "another"], now=START)
        raised, alerts = with_alerts(case, turn)
        assert [(one.kind, one.problem) for one in alerts] == [("tripwire", "a `GET` was stopped")]
        assert [one.code.value for one in raised.events] == ["alert.raised"]
        again, none = with_alerts(raised.case, with_stopped(Turn(raised.case), ["more"], now=START))
        assert none == () and again.events == ()
        assert with_stopped(turn, [], now=START) is turn

    async def test_a_write_that_was_stopped_in_the_same_turn_is_no_second_alert(self) -> None:
        world, case_id = await allowed()
        case = await world.case(case_id)
        data = {"step": 0, "kind": "do", "problem": "the body is not the permitted one"}
        blocked = Turn(case, events=(ActivityEvent(code=EventCode.WRITE_BLOCKED, at=START, data=data),))
        raised, alerts = with_alerts(case, with_stopped(blocked, ["a `GET` was stopped"], now=START))
        assert len(alerts) == 1 and [one.code.value for one in raised.events] == ["write.blocked", "alert.raised"]

    async def test_people_hear_of_it_within_the_turn(self) -> None:
        world, case_id = await allowed()
        world.directory.refuse("GET", f"/groups/{READERS}/members", TripwireError("a `GET` was stopped"))
        while "tripwire" not in await kinds(world, case_id):
            assert await world.turn(case_id), "the case ended and nobody heard of it"
        assert len(told(world)) == 1
