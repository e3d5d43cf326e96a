"""Bulk work: one plan of many steps, decided over several turns, shown as one list, undone as a whole."""

from dataclasses import replace
from typing import Any

import pytest

from agent.actions import parse_step
from agent.errors import DoesNotFitError
from agent.model.case import MAX_SEEN, Case, Stage
from agent.model.plan import Step
from agent.model.receipt import Attempt
from agent.ports import Answer, Held
from agent.stages.authorize import STEPS_A_TURN
from agent.stages.escalate import MAX_LINES
from agent.stages.plan import MAX_STEPS
from tests.agent.world import ALLOW_ALL, ANN, ASK_OWNER, BOB, EVE, READERS, World, add_member, by_address, user

OLD = "05e9a617-0261-4cee-bb44-138d3ef5d965"
NEW = "06ebc4ee-1bb5-47dd-8120-11324bc54e06"

ASK_ADMIN = {
    "layer": "action",
    "rules": [
        {
            "id": "action.ask-admin",
            "effect": "require_approval",
            "actions": ["entra.license.*"],
            "approval": {"from": ["tenant_admin"], "count": 1, "standing": "never"},
        }
    ],
}


def person(number: int) -> str:
    return f"cccccccc-0000-4000-8000-{number:012d}"


def held(sku: str) -> list[dict[str, Any]]:
    return [{"skuId": sku, "disabledPlans": []}]


def swap(number: int) -> Step:
    return parse_step(
        "entra.license.swap",
        {"user_id": person(number), "user_name": f"person {number}", "sku_id": NEW, "old_sku_id": OLD},
    )


def office(people: int) -> World:
    """A world in which so many people hold the old licence."""
    world = World()
    skus = [
        {"skuId": sku, "skuPartNumber": name, "prepaidUnits": {"enabled": 999}, "consumedUnits": 0}
        for sku, name in ((OLD, "SPE_E3"), (NEW, "SPE_E5"))
    ]
    world.directory.put("/subscribedSkus", {"value": skus})
    for number in range(people):
        _employ(world, number)
    world.plan(*(swap(number) for number in range(people)))
    return world


def _employ(world: World, number: int) -> None:
    who = person(number)
    profile = {**user(who, f"person {number}"), "usageLocation": "DE", "assignedLicenses": held(OLD)}
    world.directory.put(f"/users/{who}", profile)
    world.directory.put(f"/users/{who}/transitiveMemberOf/graph.group", {"value": []})

    def assign(body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        taken = set(body["removeLicenses"])
        shown = world.directory.objects[f"/users/{who}"]
        kept = [one for one in shown["assignedLicenses"] if one["skuId"] not in taken]
        shown["assignedLicenses"] = kept + body["addLicenses"]
        return 200, {"id": who}

    world.directory.on("POST", f"/users/{who}/assignLicense", assign)


def licences(world: World, people: int) -> list[str]:
    """Who has the old licence, who the new one, as one letter each."""
    letters = {OLD: "o", NEW: "n"}
    found = [world.directory.objects[f"/users/{person(number)}"]["assignedLicenses"] for number in range(people)]
    return ["".join(letters[one["skuId"]] for one in each) for each in found]


async def until(world: World, case_id: str, stage: Stage) -> Case:
    while (case := await world.case(case_id)).stage is not stage:
        assert await world.turn(case_id), f"the case rests in {case.stage}"
        world.clock.pass_(1)
    return case


async def test_a_licence_swap_for_three_hundred_people_is_one_plan_with_one_question() -> None:
    world = office(MAX_STEPS)
    assert MAX_STEPS >= 300
    await world.publish(ASK_ADMIN)
    case_id = await world.open()
    asked = await world.run(case_id)
    assert asked.stage is Stage.APPROVE and len(asked.decisions) == MAX_STEPS and len(world.people.asked) == 1
    assert licences(world, MAX_STEPS) == ["o"] * MAX_STEPS
    await world.answer(case_id, person=EVE)
    case = await world.run(case_id, turns=5 * MAX_STEPS)
    assert (case.stage, case.outcome) == (Stage.CLOSED, "resolved")
    assert case.effects == ("verified",) * MAX_STEPS
    assert licences(world, MAX_STEPS) == ["n"] * MAX_STEPS
    # Every write was sent once, each under the one answer.
    assert len(world.directory.written) == MAX_STEPS
    assert {one.permit.approver_ids for one in world.directory.written} == {(EVE,)}
    # Nothing sealed outlives the case, however many attempts there were.
    attempts = await world.store.attempts(case_id)
    assert len(attempts) == MAX_STEPS and not any(one.sealed_before or one.sealed_secret for one in attempts)
    said = world.people.told[-1][1]
    assert "and 296 more steps" in said and len(said) < 1_000


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


async def test_one_denied_step_refuses_the_whole_plan_before_anybody_is_asked_or_anything_written() -> None:
    people, denied = 30, 23
    world = office(people)
    forbid = {
        "layer": "target",
        "rules": [{"id": "target.no", "effect": "deny", "actions": ["*"], "when": {"target.id": person(denied)}}],
    }
    await world.publish(ASK_ADMIN, forbid)
    case_id = await world.open()
    case = await world.run(case_id)
    assert (case.outcome, world.directory.written, world.people.asked) == ("refused", [], [])
    # The steps behind it were not even looked up.
    assert len(case.decisions) == -(-(denied + 1) // STEPS_A_TURN) * STEPS_A_TURN


async def test_a_plan_of_many_steps_sees_every_step_in_its_facts() -> None:
    world = office(12)
    careful = {
        "layer": "runtime",
        "rules": [
            {"id": "runtime.bulk", "effect": "deny", "actions": ["*"], "when": {"plan.distinct_targets": {"min": 11}}}
        ],
    }
    await world.publish(ALLOW_ALL, careful)
    case = await world.run(await world.open())
    assert case.outcome == "refused" and world.directory.written == []


async def test_a_policy_published_between_two_turns_decides_the_plan_from_its_start() -> None:
    world = office(20)
    await world.publish(ALLOW_ALL)
    case_id = await world.open()
    await until(world, case_id, Stage.AUTHORIZE)
    await world.turn(case_id)
    half = await world.case(case_id)
    assert 0 < len(half.decisions) < 20
    await world.publish(ASK_ADMIN)
    case = await world.run(case_id)
    assert case.stage is Stage.APPROVE and world.directory.written == []
    assert len({one.bundle_digest for one in case.decisions}) == 1
    assert (await world.codes(case_id)).count("step.decided") == 20 + 20


async def test_rules_that_come_in_force_after_the_answer_stop_the_plan_and_put_it_back() -> None:
    world = office(10)
    await world.publish(ALLOW_ALL)
    case_id = await world.open()
    await until(world, case_id, Stage.EXECUTE)
    for _ in range(8):
        await world.turn(case_id)
    done = licences(world, 10).count("n")
    assert 0 < done < 10
    forbid = {
        "layer": "target",
        "rules": [{"id": "target.no", "effect": "deny", "actions": ["*"], "when": {"target.id": person(done)}}],
    }
    await world.publish(ALLOW_ALL, forbid)
    case = await world.run(case_id)
    assert case.outcome == "rolled_back" and licences(world, 10) == ["o"] * 10


async def test_what_a_case_remembers_stays_small_and_the_log_keeps_every_look_up() -> None:
    people = 120
    world = office(people)
    await world.publish(ASK_ADMIN)
    case_id = await world.open()
    asked = await world.run(case_id)
    assert len(asked.seen) == MAX_SEEN
    # The one who asks is looked up with every turn, so the card always has the name.
    assert "user.get:ann@contoso.example" in asked.seen
    events = await world.store.events(case_id)
    looked = {one.data.get("object_id") for one in events if one.data.get("lookup") == "user.get"}
    assert {person(number) for number in range(people)} <= looked


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


async def test_a_group_with_a_hundred_owners_is_asked_and_written_like_any_other() -> None:
    world = World()
    owners = [f"dddddddd-0000-4000-8000-{number:012d}" for number in range(100)]
    for number, owner in enumerate(owners):
        world.directory.put(f"/users/{owner}", user(owner, f"owner {number}"))
    shown = [{"id": one, "displayName": "o", "accountEnabled": True} for one in owners]
    world.directory.put(f"/groups/{READERS}/owners", {"value": shown})
    world.plan(*(add_member(READERS, person) for person in (ANN, BOB)))
    await world.publish(ASK_OWNER)
    case_id = await world.open()
    asked = await world.run(case_id)
    assert asked.stage is Stage.APPROVE and len(asked.approval_request.asked[0].approver_ids) == 100
    before = len(world.directory.read_paths)
    await world.answer(case_id, person=owners[7])
    case = await world.run(case_id)
    assert case.outcome == "resolved" and world.members[READERS] == {ANN, BOB}
    # Before a write only those who said yes are looked up again.
    again = [path for path in world.directory.read_paths[before:] if path.startswith("/users/dddd")]
    assert set(again) == {f"/users/{owners[7]}"}


async def test_a_reader_by_address_does_not_approve_however_long_the_plan_is() -> None:
    world = World()
    share = [
        parse_step("exo.calendar.permission.grant", {"user_id": ANN, "address": address, "role": "read"})
        for address in ("eve@contoso.example", *(f"out{number}@elsewhere.example" for number in range(79)))
    ]
    for number in range(79):
        world.directory.put(by_address(f"out{number}@elsewhere.example"), {"value": []})
    world.plan(*share)
    await world.publish({**ASK_ADMIN, "rules": [{**ASK_ADMIN["rules"][0], "actions": ["*"]}]})
    case = await world.run(await world.open())
    assert len(case.decisions) == 80 and len(case.seen) <= MAX_SEEN
    assert case.outcome == "escalated" and "only 0 can give it" in case.why


async def test_an_address_that_could_not_be_looked_up_is_for_a_person() -> None:
    world = World()
    address = "eve@contoso.example"
    world.plan(parse_step("exo.calendar.permission.grant", {"user_id": ANN, "address": address, "role": "read"}))
    world.directory.put(by_address(address), {"value": "broken"})
    await world.publish({**ASK_ADMIN, "rules": [{**ASK_ADMIN["rules"][0], "actions": ["*"]}]})
    case = await world.run(await world.open())
    assert case.outcome == "escalated" and "cannot be told" in case.why and world.people.asked == []


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
