"""Bulk work that meets trouble in the middle: what was done is put back, or the case waits; nothing is done twice."""

from dataclasses import replace
from typing import Any

import pytest

from agent.errors import DoesNotFitError
from agent.model.case import Stage
from agent.model.receipt import Attempt
from agent.ports import Answer, Held
from agent.stages.escalate import MAX_LINES
from tests.agent.office import ASK_ADMIN, OLD, held, licences, office, person
from tests.agent.world import ALLOW_ALL, ASK_OWNER, EVE


async def test_the_first_failure_stops_the_plan_and_everything_is_put_back() -> None:
    people, broken = 60, 40
    world = office(people)
    await world.publish(ALLOW_ALL)
    refusal = Answer(status=403, body={"error": {"code": "Authorization_RequestDenied"}}, request_id="r")
    world.directory.refuse("POST", f"/users/{person(broken)}/assignLicense", refusal)
    case_id = await world.open()
    case = await world.run(case_id, turns=1_000)
    assert (case.stage, case.outcome) == (Stage.CLOSED, "rolled_back")
    assert licences(world, people) == ["o"] * people
    # Newest first, each once, and nobody after the failure was touched at all.
    order = [one.path.split("/")[2] for one in world.directory.written]
    assert order == [person(n) for n in range(broken)] + [person(n) for n in reversed(range(broken))]
    told = world.tickets.handoffs[0]
    assert max(map(len, (told.seen, told.would_have_done, told.done))) <= MAX_LINES
    assert any("steps 1-40" in line and "undone" in line for line in told.done)
    assert any("steps 41:" in line and "nothing changed" in line for line in told.done)


@pytest.mark.parametrize("policy", [ALLOW_ALL, ASK_ADMIN, ASK_OWNER])
async def test_a_crash_between_any_two_turns_loses_and_doubles_nothing(policy: dict[str, Any]) -> None:
    """The sweep wakes the case from storage alone; every message is lost once and delivered twice once."""
    world = office(11)
    world.tenant = replace(world.tenant, approval_seconds=86_400)
    await world.publish(policy)
    case_id = await world.open()
    for _ in range(120):
        case = await world.case(case_id)
        if case.stage is Stage.CLOSED:
            break
        if case.stage is Stage.APPROVE and not case.approvals and case.approval_asked:
            await world.answer(case_id, person=EVE)
        world.wakeups.messages.clear()
        world.clock.pass_(700)
        await world.loop.sweep()
        for messages in world.wakeups.messages.values():
            messages.extend(list(messages))
        await world.turn(case_id)
    wanted = "o" if policy is ASK_OWNER else "n"
    assert (await world.case(case_id)).stage is Stage.CLOSED
    assert licences(world, 11) == [wanted] * 11
    assert len(world.directory.written) == (0 if policy is ASK_OWNER else 11)


async def test_a_before_image_of_any_length_is_cut_and_never_stops_a_case() -> None:
    world = office(3)
    await world.publish(ALLOW_ALL)
    world.directory.objects[f"/users/{person(1)}"]["extra"] = "x" * 2_000_000
    case = await world.run(await world.open())
    assert case.outcome == "resolved" and licences(world, 3) == ["n"] * 3


async def test_an_attempt_that_can_never_be_stored_stops_the_plan_and_puts_it_back() -> None:
    world = office(3)
    await world.publish(ALLOW_ALL)
    begin = world.store.begin

    async def full(held: Held, attempt: Attempt, **saved: Any) -> Held:
        if attempt.step_index == 2 and attempt.kind == "do":
            raise DoesNotFitError("expected at most `1` bytes, got `2`")
        return await begin(held, attempt, **saved)

    world.store.begin = full  # type: ignore[method-assign]
    case = await world.run(await world.open(), seconds_per_turn=700)
    assert case.outcome == "rolled_back" and licences(world, 3) == ["o"] * 3


async def test_a_plan_that_no_card_can_show_is_handed_over_and_waits_for_nobody() -> None:
    world = office(2)
    await world.publish(ASK_ADMIN)
    world.people.cannot_show = True
    case = await world.run(await world.open())
    assert case.outcome == "escalated" and "cannot be shown exactly" in case.why


async def test_a_throttled_look_up_delays_a_case_and_refuses_nobody() -> None:
    world = office(2)
    careful = {
        "layer": "target",
        "rules": [{"id": "target.risk", "effect": "deny", "actions": ["*"], "when": {"beneficiary.at_risk": True}}],
    }
    await world.publish(ALLOW_ALL, careful)
    busy = f"/identityProtection/riskyUsers/{person(0)}"
    world.directory.refuse("GET", busy, Answer(429, {}, "r", retry_after_seconds=45))
    case_id = await world.open()
    while "stage.troubled" not in await world.codes(case_id):
        assert await world.turn(case_id)
    case = await world.case(case_id)
    assert case.stage is Stage.AUTHORIZE and case.decisions == () and world.wakeups.delays[-1] >= 45
    # What was looked up in that turn stands in the log all the same.
    codes = await world.codes(case_id)
    assert codes[codes.index("stage.troubled") - 1] == "lookup.answered"
    world.directory.allow("GET", busy)
    world.directory.put(busy, {"id": person(0), "riskState": "none", "riskLevel": "none"})
    world.directory.put(f"/identityProtection/riskyUsers/{person(1)}", {"id": person(1), "riskState": "none"})
    assert (await world.run(case_id)).outcome == "resolved"


async def test_a_rollback_says_once_that_it_began_and_the_hand_over_tells_what_is_in_effect_no_more() -> None:
    people = 40
    world = office(people)
    await world.publish(ALLOW_ALL)
    refusal = Answer(status=403, body={"error": {"code": "Authorization_RequestDenied"}}, request_id="r")
    world.directory.refuse("POST", f"/users/{person(39)}/assignLicense", refusal)
    case_id = await world.open()
    while "write.failed" not in await world.codes(case_id):
        await world.turn(case_id)
        world.clock.pass_(1)
    # An administrator was faster with three of them.
    for number in (36, 37, 38):
        world.directory.objects[f"/users/{person(number)}"]["assignedLicenses"] = held(OLD)
    case = await world.run(case_id, turns=1_000)
    assert case.outcome == "rolled_back" and licences(world, people) == ["o"] * people
    assert (await world.codes(case_id)).count("rollback.started") == 1
    told = "\n".join(world.tickets.handoffs[0].done)
    assert "steps 37-39: was found as it was before, without a call of ours" in told
    assert "in effect, and is not any more" in told
    assert "written: steps 1-39: was in effect, and is not any more" in told
