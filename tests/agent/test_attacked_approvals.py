"""Approvals under attack: what was agreed to, by whom, and in whose name, stays so whatever happens in between."""

from dataclasses import replace
from typing import Any

import pytest

from agent.actions import CATALOGUE, parse_step
from agent.answer_rules import decide_answer
from agent.model.actor import acting_for
from agent.model.case import Stage
from agent.outcomes import Answered, PersonsAnswer, Unfit
from agent.ports import Answer
from tests.agent.approvers_world import DAN, Staffed, asking
from tests.agent.halfway import until
from tests.agent.world import ASK_OWNER, BOB, EVE, GUEST, READERS, TENANT, WRITERS, World, add_member

BOBS_NAME = acting_for(BOB, whose="approver")
EVES_NAME = acting_for(EVE, whose="approver")


@pytest.fixture
def only_people_add_members(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CATALOGUE["entra.group.member.add"], "application_permissions", ())


def asks(name: str, resolver: str, **when: str) -> dict[str, Any]:
    approval = {"from": [resolver], "count": 1, "standing": "never"}
    conditions = {field.replace("_", "."): value for field, value in when.items()}
    rule = {"id": f"action.{name}", "effect": "require_approval", "actions": ["*"], "approval": approval}
    return rule | ({"when": conditions} if conditions else {})


async def test_a_plan_that_is_changed_while_it_waits_for_a_sign_in_is_asked_of_everybody_anew(
    only_people_add_members: None,
) -> None:
    world = World()
    await world.publish(ASK_OWNER)
    world.plan(add_member(READERS))
    case_id = await world.open()
    await world.run(case_id)
    await world.answer(case_id)
    assert (await world.run(case_id)).sign_in_of == (BOB,)
    await world.order("modify", case=case_id, step=1, params={"group_id": WRITERS})
    case = await world.run(case_id)
    request = case.approval_request
    assert case.stage is Stage.APPROVE and request is not None and case.approvals == ()
    assert (case.sign_in_of, case.why) == ((), "")
    answer = PersonsAnswer(
        tenant_id=TENANT,
        person_id=BOB,
        verb="approve",
        approval_id=request.id,
        plan_digest=request.plan_digest,
        shows_whole=lambda _plan: True,
        proof="user_token",
        evidence={},
        user_token="a token",
    )
    outcome = decide_answer(case, answer, now=world.clock.now())
    assert isinstance(outcome, Answered), "whoever signs in again agrees to nothing that they were not asked before"


async def test_an_owner_answers_for_the_group_of_each_step_also_when_the_group_of_another_is_gone() -> None:
    world = World()
    await world.publish({"layer": "action", "rules": [asks("owner", "group_owner")]})
    delete = parse_step("entra.group.delete", {"group_id": READERS})
    world.plan(delete, add_member(WRITERS))

    world.directory.objects[f"/groups/{READERS}"]["groupTypes"] = ["Unified"]

    def gone(_body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        for path in (f"/groups/{READERS}", f"/groups/{READERS}/owners"):
            del world.directory.objects[path]
        return 204, {}

    world.directory.on("DELETE", f"/groups/{READERS}", gone)
    case_id = await world.open()
    await world.run(case_id)
    await world.answer(case_id)
    case = await world.run(case_id)
    assert (case.outcome, case.why) == ("resolved", "")


async def test_what_was_done_in_an_approvers_name_is_put_back_in_the_name_of_one_whose_yes_counts_for_it(
    only_people_add_members: None,
) -> None:
    world = World()
    rules = [asks("readers", "group_owner", target_id=READERS), asks("writers", "tenant_admin", target_id=WRITERS)]
    await world.publish({"layer": "action", "rules": rules})
    world.identities.people = (BOBS_NAME, EVES_NAME)
    world.plan(add_member(READERS), add_member(WRITERS), add_member(READERS, GUEST))
    case_id = await world.open()
    await world.run(case_id)
    await world.answer(case_id, person=BOB)
    await world.answer(case_id, person=EVE)
    await until(world, case_id, Stage.EXECUTE, written=2)
    world.directory.refuse("POST", f"/groups/{READERS}/members/$ref", Answer(403, {}, "r"))
    case = await world.run(case_id)
    assert (case.outcome, world.members) == ("rolled_back", {READERS: set(), WRITERS: set()}), case.why
    acting = [(one.method, one.path.split("/")[2], one.permit.actor) for one in world.directory.written]
    assert acting == [
        ("POST", READERS, BOBS_NAME),
        ("POST", WRITERS, EVES_NAME),
        ("DELETE", WRITERS, EVES_NAME),
        ("DELETE", READERS, BOBS_NAME),
    ]


async def test_a_yes_that_a_faster_clock_has_timed_is_waited_for_and_not_asked_for_again() -> None:
    world = World()
    await world.publish(ASK_OWNER)
    world.plan(add_member(READERS))
    case_id = await world.open()
    await world.run(case_id)
    await world.answer(case_id)
    world.clock.pass_(-3)
    case = await world.run(case_id)
    assert case.outcome == "resolved" and len(world.people.asked) == 1
    (attempted,) = [one for one in await world.store.events(case_id) if one.code.value == "write.attempted"]
    assert attempted.at >= case.approvals[0].answered_at


async def test_an_answer_that_comes_before_the_cards_keeps_nobody_else_from_being_asked() -> None:
    world = Staffed()
    for person in (EVE, DAN):
        world.give_roles(person, "Global Administrator")
    await world.publish(asking("tenant_admin", count=2))
    world.plan(add_member(READERS))
    case = await until(world, await world.open(), Stage.APPROVE)
    assert world.people.asked == [] and isinstance(await world.press(case, EVE), Answered)
    case = await world.run(case.id)
    assert len(world.people.asked) == 1, "the second person has to hear of it"
    assert isinstance(await world.press(case, DAN), Answered)
    assert (await world.run(case.id)).outcome == "resolved"


async def test_an_answer_of_whoever_lost_the_right_before_the_cards_keeps_nobody_from_being_asked() -> None:
    world = Staffed()
    for person in (EVE, DAN):
        world.give_roles(person, "Global Administrator")
    await world.publish(asking("tenant_admin"))
    world.plan(add_member(READERS))
    case = await until(world, await world.open(), Stage.APPROVE)
    world.give_roles(EVE)
    assert isinstance(await world.press(case, EVE), Unfit)
    await world.run(case.id)
    assert len(world.people.asked) == 1


async def test_a_yes_counts_for_what_it_was_given_for_whatever_another_account_of_that_human_is_fit_for_now() -> None:
    world = Staffed()
    world.tenant = replace(world.tenant, people={"tenant_admin": (BOB, DAN)}, same_person=(frozenset({BOB, DAN}),))
    for person in (BOB, DAN):
        world.give_roles(person, "Global Administrator")
    case = await world.asked(policy=asking("group_owner", "tenant_admin"))
    world.give_roles(BOB)
    assert isinstance(await world.press(case, BOB), Answered)
    assert isinstance(await world.press(case, DAN), Answered)
    given = {one.approver_id: one.resolvers for one in (await world.case(case.id)).approvals}
    assert given == {BOB: ("group_owner",), DAN: ("tenant_admin",)}
    world.give_roles(BOB, "Global Administrator")
    case = await world.run(case.id)
    assert case.outcome == "resolved" and len(world.people.asked) == 1
