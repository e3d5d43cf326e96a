"""Bulk work: one plan of many steps, decided over several turns, shown as one list, approved by one answer."""

from agent.actions import parse_step
from agent.model.case import MAX_SEEN, Case, Stage
from agent.stages.authorize import STEPS_A_TURN
from agent.stages.plan import MAX_STEPS
from tests.agent.office import ASK_ADMIN, licences, office, person
from tests.agent.world import ALLOW_ALL, ANN, ASK_OWNER, BOB, EVE, READERS, World, add_member, by_address, user


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
