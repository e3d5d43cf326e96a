"""Who approves in IT's name could make every change without Remit: by a role, active today, that reaches the target."""

from typing import Any

import pytest

from agent.actions import parse_step
from agent.model.plan import Step
from agent.ports import Answer
from tests.agent.approvers_world import STAFF, UNIT, Staffed, asking, people_asked
from tests.agent.world import ANN, BOB, EVE, READERS, WRITERS, add_member, asked_as, reset_password

_REFUSED = Answer(status=403, body={}, request_id="r")


@pytest.mark.parametrize(
    ("role", "step", "could"),
    [
        ("User Administrator", add_member(READERS), True),
        ("Groups Administrator", add_member(READERS), True),
        ("Global Administrator", add_member(READERS), True),
        ("Helpdesk Administrator", add_member(READERS), False),
        ("Global Reader", add_member(READERS), False),
        ("Helpdesk Administrator", reset_password(), True),
        ("Groups Administrator", reset_password(), False),
        ("", reset_password(), False),
    ],
)
async def test_only_who_could_do_it_is_asked(role: str, step: Step, could: bool) -> None:
    world = Staffed()
    world.give_roles(EVE, role)
    case = await world.asked(step)
    assert people_asked(case) == ({EVE} if could else set())
    assert could or "2 of 2 holds no active directory role" in case.why


@pytest.mark.parametrize(
    ("roles", "could"),
    [
        (("Groups Administrator",), False),
        (("Helpdesk Administrator",), False),
        (("Groups Administrator", "Helpdesk Administrator"), True),
    ],
)
async def test_one_could_do_every_step_and_not_only_some(roles: tuple[str, ...], could: bool) -> None:
    world = Staffed()
    world.give_roles(EVE, *roles)
    case = await world.asked(add_member(READERS), reset_password())
    assert people_asked(case) == ({EVE} if could else set())


async def test_a_role_that_a_group_holds_counts_for_those_in_it_if_the_group_can_hold_roles() -> None:
    for can_hold in (True, False):
        world = Staffed()
        world.put_into(STAFF, EVE, can_hold_roles=can_hold)
        world.give_roles(STAFF, "User Administrator")
        assert people_asked(await world.asked()) == ({EVE} if can_hold else set())


async def test_a_role_that_somebody_is_only_eligible_for_counts_nothing() -> None:
    world = Staffed()
    eligible = {"principalId": EVE, "roleDefinitionId": "62e90394-69f5-4237-9190-012177145e10", "directoryScopeId": "/"}
    world.directory.put(asked_as("user.roles_eligible", EVE), {"value": [eligible]})
    assert people_asked(await world.asked()) == set()


@pytest.mark.parametrize(
    ("scope", "units", "could"),
    [
        (f"/administrativeUnits/{UNIT}", [UNIT], True),
        (f"/administrativeUnits/{UNIT}", [STAFF], False),
        (f"/administrativeUnits/{UNIT}", [], False),
        (f"/administrativeUnits/{UNIT}", None, False),
        (f"/{STAFF}", [STAFF], False),
        (None, [UNIT], False),
    ],
    ids=["in the unit", "in another", "in none", "nobody knows", "an application", "no scope is told"],
)
async def test_a_role_over_a_part_of_the_tenant_reaches_who_stands_in_it(scope: Any, units: Any, could: bool) -> None:
    world = Staffed()
    world.give_roles(EVE, "Helpdesk Administrator", scope=scope)
    if units is not None:
        world.directory.put(asked_as("user.units", ANN), {"value": [{"id": one} for one in units]})
    else:
        world.directory.refuse("GET", asked_as("user.units", ANN).partition("?")[0], _REFUSED)
    assert people_asked(await world.asked(reset_password())) == ({EVE} if could else set())


async def test_a_role_over_a_unit_reaches_no_group() -> None:
    world = Staffed()
    world.give_roles(EVE, "Groups Administrator", scope=f"/administrativeUnits/{UNIT}")
    world.directory.put(asked_as("user.units", ANN), {"value": [{"id": UNIT}]})
    assert people_asked(await world.asked()) == set()


@pytest.mark.parametrize(
    ("role", "could"), [("Helpdesk Administrator", False), ("Privileged Authentication Administrator", True)]
)
@pytest.mark.parametrize("how", ["holds a role", "is in a group that can", "nobody knows"])
async def test_an_administrators_password_is_for_those_who_reach_administrators(
    role: str, could: bool, how: str
) -> None:
    world = Staffed()
    world.give_roles(EVE, role)
    if how == "holds a role":
        world.give_roles(BOB, "Global Reader")
    elif how == "is in a group that can":
        world.put_into(STAFF, BOB, can_hold_roles=True)
    else:
        world.directory.refuse("GET", f"/users/{BOB}/transitiveMemberOf/graph.group", _REFUSED)
    assert people_asked(await world.asked(reset_password(BOB))) == ({EVE} if could else set())


@pytest.mark.parametrize(("role", "could"), [("Groups Administrator", False), ("Privileged Role Administrator", True)])
@pytest.mark.parametrize("assignable", [True, "nobody knows"])
async def test_who_comes_into_a_group_that_can_hold_roles_is_for_those_who_give_roles(
    role: str, could: bool, assignable: Any
) -> None:
    world = Staffed()
    world.give_roles(EVE, role)
    if assignable is True:
        world.directory.objects[f"/groups/{READERS}"]["isAssignableToRole"] = True
    else:
        del world.directory.objects[f"/groups/{READERS}"]["isAssignableToRole"]
    assert people_asked(await world.asked()) == ({EVE} if could else set())


async def test_of_many_targets_each_counts_as_an_administrator() -> None:
    people = [f"cccccccc-0000-4000-8000-{number:012d}" for number in range(21)]
    for names, could in ((("User Administrator",), False), (("Privileged Authentication Administrator",), True)):
        for count, is_enough in ((20, True), (21, could)):
            world = Staffed()
            world.give_roles(EVE, *names)
            for number, one in enumerate(people):
                world.add_user(one, f"c{number}")
            case = await world.asked(*(parse_step("entra.user.disable", {"user_id": one}) for one in people[:count]))
            assert people_asked(case) == ({EVE} if is_enough else set())


@pytest.mark.parametrize("question", ["/roleManagement/directory/roleAssignments", "groups"])
async def test_roles_that_cannot_be_read_make_nobody_able(question: str) -> None:
    world = Staffed()
    path = f"/users/{EVE}/transitiveMemberOf/graph.group" if question == "groups" else question
    world.directory.refuse("GET", path, _REFUSED)
    assert people_asked(await world.asked()) == set()


async def test_a_right_that_is_known_is_enough_where_the_rest_cannot_be_read() -> None:
    world = Staffed()
    world.give_roles(EVE, "User Administrator")
    world.directory.refuse("GET", f"/users/{EVE}/transitiveMemberOf/graph.group", _REFUSED)
    assert people_asked(await world.asked()) == {EVE}


async def test_an_owner_and_a_manager_decide_about_what_is_theirs_without_a_role() -> None:
    world = Staffed()
    assert people_asked(await world.asked(policy=asking("group_owner"))) == {BOB}
    world = Staffed()
    world.directory.put(f"/users/{ANN}/manager", {"id": BOB, "displayName": "bob", "accountEnabled": True})
    assert people_asked(await world.asked(policy=asking("manager"))) == {BOB}


async def test_who_lost_the_role_since_the_yes_opens_no_gate() -> None:
    world = Staffed()
    world.give_roles(EVE, "User Administrator")
    case = await world.asked()
    await world.answer(case.id, person=EVE)
    world.give_roles(EVE, "Helpdesk Administrator")
    closed = await world.run(case.id)
    assert closed.outcome == "escalated" and world.directory.written == []
    assert "permit.refused" in await world.codes(case.id)


async def test_before_each_write_the_role_for_that_very_step_is_looked_up_again() -> None:
    world = Staffed()
    world.give_roles(EVE, "User Administrator")
    case = await world.asked(add_member(READERS), add_member(WRITERS))
    await world.answer(case.id, person=EVE)
    while not world.members[READERS]:
        await world.turn(case.id)
        world.clock.pass_(1)
    world.give_roles(EVE)
    closed = await world.run(case.id)
    assert closed.outcome == "rolled_back" and world.members == {READERS: set(), WRITERS: set()}
