"""Who is asked: the people of a resolver as they are today, never one human twice, and never who it concerns."""

from dataclasses import replace
from typing import Any

import pytest

from agent.errors import DirectoryError
from agent.model.case import Stage
from agent.outcomes import Answered
from agent.people import MAX_PEOPLE
from agent.ports import Answer
from tests.agent.approvers_world import ADM_ANN, DAN, Staffed, asking, people_asked
from tests.agent.world import ANN, BOB, EVE, GUEST, READERS, add_member, asked_as, reset_password

GROUP = "6a6a6a6a-0000-4000-8000-0000000000cc"
_REFUSED = Answer(status=403, body={}, request_id="r")
_ABLE = "Global Administrator"


def staffed(*people: str) -> Staffed:
    """A world in which these people, Eve and Dan could do everything themselves."""
    world = Staffed()
    for one in (EVE, DAN, *people):
        world.give_roles(one, _ABLE)
    return world


async def test_a_group_is_asked_through_its_people_who_may_answer() -> None:
    world = staffed(BOB, GUEST, ANN)
    world.put_into(GROUP, ANN, BOB, DAN, GUEST)
    world.change_user(DAN, accountEnabled=False)
    case = await world.asked(policy=asking(f"group:{GROUP}"))
    assert people_asked(case) == {BOB}
    (resolved,) = await world.logged(case, "approvers.resolved")
    assert resolved["candidates"] == 4 and resolved["approver_ids"] == [BOB]
    assert sorted(resolved["unfit"]) == sorted([[ANN, "own_request"], [DAN, "disabled"], [GUEST, "guest"]])


@pytest.mark.parametrize("answer", [_REFUSED, DirectoryError("no answer")], ids=["forbidden", "silent"])
async def test_a_group_that_cannot_be_read_has_nobody(answer: Any) -> None:
    world = staffed()
    world.put_into(GROUP, EVE)
    world.directory.refuse("GET", asked_as("group.people", GROUP).partition("?")[0], answer)
    assert people_asked(await world.asked(policy=asking(f"group:{GROUP}"))) == set()


async def test_of_a_large_group_the_first_hundred_are_asked_and_the_log_says_of_how_many() -> None:
    world = Staffed()
    people = [f"cccccccc-0000-4000-8000-{number:012d}" for number in range(3000)]
    world.put_into(GROUP, *people)
    for number, one in enumerate(people[: MAX_PEOPLE + 5]):
        world.add_user(one, f"c{number}")
        world.give_roles(one, _ABLE)
    case = await world.asked(policy=asking(f"group:{GROUP}"))
    assert people_asked(case) == set(people[:MAX_PEOPLE])
    (resolved,) = await world.logged(case, "approvers.resolved")
    assert resolved["candidates"] == 3000
    # Nobody beyond them was even looked up.
    assert f"/users/{people[MAX_PEOPLE]}" not in world.directory.read_paths


async def test_who_left_the_group_since_the_yes_opens_no_gate() -> None:
    world = staffed(BOB)
    world.put_into(GROUP, BOB)
    case = await world.asked(policy=asking(f"group:{GROUP}"))
    await world.answer(case.id, person=BOB)
    world.put_into(GROUP)
    world.directory.put(asked_as("user.in_group", f"{GROUP}/{BOB}"), {"value": []})
    closed = await world.run(case.id)
    assert closed.outcome == "escalated" and world.directory.written == []


async def test_before_a_write_the_people_of_a_group_are_asked_about_one_by_one() -> None:
    world = staffed(BOB)
    world.put_into(GROUP, BOB, EVE)
    case = await world.asked(policy=asking(f"group:{GROUP}"))
    await world.answer(case.id, person=BOB)
    world.directory.read_paths.clear()
    assert (await world.run(case.id)).outcome == "resolved"
    assert asked_as("group.people", GROUP).partition("?")[0] not in world.directory.read_paths
    assert f"/users/{EVE}" not in world.directory.read_paths


TIES = ["employeeId", "onPremisesImmutableId", "same_person"]


def tied(world: Staffed, how: str, *people: str) -> None:
    """Make these accounts one human's."""
    if how == "same_person":
        world.tenant = replace(world.tenant, same_person=(frozenset(people),))
    else:
        world.share(how, "QM'7", *people)


@pytest.mark.parametrize("how", TIES)
async def test_nobody_is_asked_about_their_own_request_by_another_account(how: str) -> None:
    world = staffed(ADM_ANN)
    world.tenant = replace(world.tenant, people={"tenant_admin": (ADM_ANN, EVE)})
    assert people_asked(await world.asked()) == {ADM_ANN, EVE}
    again = staffed(ADM_ANN)
    again.tenant = world.tenant
    tied(again, how, ANN, ADM_ANN)
    assert people_asked(await again.asked()) == {EVE}


async def test_nor_about_what_another_account_of_theirs_gains_or_is_changed_by() -> None:
    for step in (add_member(READERS, user=BOB), reset_password(BOB)):
        world = staffed(ADM_ANN)
        world.tenant = replace(world.tenant, people={"tenant_admin": (ADM_ANN, EVE)})
        tied(world, "employeeId", BOB, ADM_ANN)
        assert people_asked(await world.asked(step)) == {EVE}


async def test_accounts_are_followed_from_what_is_listed_to_who_has_the_same_number_and_on() -> None:
    world = staffed(ADM_ANN)
    # Listed with Eve's, whose number Bob has, who is listed with who asks.
    lists = (frozenset({ADM_ANN, EVE}), frozenset({BOB, ANN}))
    world.tenant = replace(world.tenant, people={"tenant_admin": (ADM_ANN, DAN)}, same_person=lists)
    tied(world, "employeeId", EVE, BOB)
    assert people_asked(await world.asked()) == {DAN}


@pytest.mark.parametrize("how", ["no number is told", "the account is silent", "who else is silent", "another answer"])
async def test_whose_other_accounts_are_not_known_is_not_asked(how: str) -> None:
    world = staffed()
    world.share("employeeId", "QM7", EVE)
    if how == "no number is told":
        del world.directory.objects[f"/users/{EVE}"]["employeeId"]
    elif how == "the account is silent":
        world.directory.refuse("GET", f"/users/{EVE}", DirectoryError("no answer"))
    elif how == "who else is silent":
        del world.directory.objects[asked_as("user.filter", "employeeId:QM7")]
    else:
        world.directory.put(asked_as("user.filter", "employeeId:QM7"), {"value": [{"id": BOB}]})
    assert people_asked(await world.asked()) == {DAN}


@pytest.mark.parametrize("value", ["", "   ", None])
async def test_an_empty_number_ties_nobody(value: str | None) -> None:
    world = staffed()
    for one in (ANN, EVE, DAN):
        world.change_user(one, employeeId=value, onPremisesImmutableId=value)
    assert people_asked(await world.asked()) == {EVE, DAN}


@pytest.mark.parametrize("how", TIES)
async def test_two_accounts_of_one_human_are_not_two_people(how: str) -> None:
    world = staffed()
    tied(world, how, EVE, DAN)
    case = await world.asked(policy=asking("tenant_admin", count=2))
    assert case.outcome == "escalated" and "only 1 can give it" in case.why
    assert people_asked(await staffed().asked(policy=asking("tenant_admin", count=2))) == {EVE, DAN}


async def test_a_plan_for_two_people_waits_for_the_second_one() -> None:
    world = staffed()
    case = await world.asked(policy=asking("tenant_admin", count=2))
    assert isinstance(await world.press(case, EVE), Answered)
    assert (await world.run(case.id)).stage is Stage.APPROVE and world.directory.written == []
    assert isinstance(await world.press(case, DAN), Answered)
    assert (await world.run(case.id)).outcome == "resolved"
    assert world.directory.written[0].permit.approver_ids == (DAN, EVE)


async def test_who_turns_out_to_be_one_human_before_the_write_counts_once() -> None:
    world = staffed()
    case = await world.asked(policy=asking("tenant_admin", count=2))
    for one in (EVE, DAN):
        await world.answer(case.id, person=one)
    tied(world, "employeeId", EVE, DAN)
    assert (await world.run(case.id)).outcome == "escalated" and world.directory.written == []


async def test_an_account_that_turns_out_to_be_the_requesters_before_the_write_counts_nothing() -> None:
    world = staffed()
    case = await world.asked()
    await world.answer(case.id, person=EVE)
    tied(world, "employeeId", EVE, ANN)
    closed = await world.run(case.id)
    assert world.directory.written == [] and closed.stage is Stage.APPROVE and people_asked(closed) == {DAN}


async def test_the_identity_that_executes_is_never_asked_wherever_it_is_named() -> None:
    """It is an application: it has no account that could be enabled, a member, or anybody's."""
    robot = "0f3e5d1c-2a9b-4f77-a1de-6c8e9b0d3f33"
    world = staffed(robot)
    world.tenant = replace(world.tenant, people={"tenant_admin": (robot, EVE)})
    assert people_asked(await world.asked()) == {EVE}
    for shown in ({"@odata.type": "#microsoft.graph.servicePrincipal"}, {}):
        world = staffed(robot)
        owners = [{"id": robot, "displayName": "Remit", **shown}, {"id": BOB, "accountEnabled": True}]
        world.directory.put(f"/groups/{READERS}/owners", {"value": owners})
        assert people_asked(await world.asked(policy=asking("group_owner"))) == {BOB}


async def test_the_requester_in_whose_name_a_step_runs_never_approves_it() -> None:
    world = staffed(ANN)
    world.tenant = replace(world.tenant, people={"tenant_admin": (ANN,)})
    assert people_asked(await world.asked()) == set()


async def test_no_number_of_an_employee_stands_in_the_log() -> None:
    world = staffed()
    world.share("employeeId", "QM-SECRET-7", EVE)
    case = await world.asked()
    assert EVE in people_asked(case)
    said = "".join(one.model_dump_json() for one in await world.store.events(case.id))
    assert "user.filter" in said and "QM-SECRET-7" not in said
