"""What is asked to know whose role is enough, and what is made of the answers: what is not known is never a pass."""

from typing import Any

import pytest

from agent.actions import parse_step
from agent.actions.role_names import BUILT_IN_ROLES
from agent.model.observation import Observation
from agent.own_right import MAX_TARGETS, Need, further_questions, is_able, lacking, needs_of, target_questions
from tests.agent.approvers_world import STAFF, UNIT
from tests.agent.test_same_person import Known, answer
from tests.agent.world import ANN, EVE, READERS, add_member, reset_password

ROLES = {name: role_id for role_id, name in BUILT_IN_ROLES.items()}
USERS, GROUPS = "User Administrator", "Groups Administrator"
OF_UNIT = f"/administrativeUnits/{UNIT}"


def need(role: str, user: str = ANN) -> Need:
    return Need((role,), frozenset({ROLES[role]}), user)


def holds(principal: str, *held: tuple[str, str | None]) -> Observation:
    roles = [{"roleDefinitionId": ROLES[name], "directoryScopeId": scope} for name, scope in held]
    return answer("user.directory_roles", principal, {"roles": roles})


def within(person: str, *groups: str) -> Observation:
    return answer("user.groups", person, {"role_assignable": list(groups)})


def eve(*held: tuple[str, str | None], groups: tuple[str, ...] = (), more: tuple[Observation, ...] = ()) -> Known:
    return Known(holds(EVE, *held), within(EVE, *groups), *more)


def test_a_target_is_looked_at_only_where_it_changes_whose_role_is_enough() -> None:
    one_of = ("user.directory_roles", "user.groups")
    assert target_questions([reset_password()]) == [(name, ANN) for name in one_of]
    restore = parse_step("entra.user.restore", {"user_id": ANN})
    assert target_questions([restore]) == [(name, ANN) for name in (*one_of, "user.get", "deleted.user")]
    assert target_questions([add_member(READERS)]) == [("group.get", READERS)]
    leave = parse_step("entra.license.assign", {"user_id": ANN, "sku_id": "0" * 8 + "-0000-4000-8000-" + "0" * 12})
    assert target_questions([leave]) == []


def test_a_group_of_which_nothing_is_known_counts_as_one_that_can_hold_roles() -> None:
    def needs(*seen: Observation) -> frozenset[Need]:
        return needs_of([add_member(READERS)], Known(*seen))

    plain, strict = (answer("group.get", READERS, {"isAssignableToRole": one}) for one in (None, True))
    assert needs() == needs(strict) == needs(answer("group.get", READERS, {})) != needs(plain)
    # Nobody reaches a group by a unit in which a user stands.
    assert {one.user_id for one in needs(plain)} == {""}


@pytest.mark.parametrize(
    ("notes", "asked"),
    [
        (eve((USERS, "/")), []),
        (eve(), []),
        (eve((GROUPS, OF_UNIT)), []),
        (eve((USERS, OF_UNIT)), [("user.units", ANN)]),
        (eve((USERS, None)), [("user.units", ANN)]),
        (eve(groups=(STAFF,)), [("user.directory_roles", STAFF), ("user.units", ANN)]),
    ],
    ids=["for all", "none", "another role", "for a unit", "for what is not told", "by a group"],
)
def test_units_are_asked_after_only_where_a_role_may_be_held_for_one(notes: Known, asked: list[Any]) -> None:
    assert further_questions(EVE, frozenset({need(USERS)}), notes=notes) == asked
    without_user = frozenset({need(USERS, user="")})
    assert further_questions(EVE, without_user, notes=notes) == [one for one in asked if one[0] != "user.units"]


def test_of_too_many_targets_no_unit_is_asked_after() -> None:
    notes = eve((USERS, OF_UNIT))
    for count in (MAX_TARGETS, MAX_TARGETS + 1):
        needs = frozenset(need(USERS, user=f"{number:08d}-0000-4000-8000-{0:012d}") for number in range(count))
        asked = further_questions(EVE, needs, notes=notes)
        assert len(asked) == (count if count == MAX_TARGETS else 0)


def test_what_somebody_lacks_is_named_in_a_stable_order_and_only_where_it_is_certain() -> None:
    both = frozenset({need(USERS), need(GROUPS, user="")})
    assert lacking(EVE, both, notes=eve()) == need(GROUPS, user="")
    assert lacking(EVE, both, notes=eve((GROUPS, "/"))) == need(USERS)
    assert lacking(EVE, both, notes=eve((GROUPS, "/"), (USERS, "/"))) is None
    # A role for a unit may reach her: whether it does was not told.
    assert lacking(EVE, both, notes=eve((GROUPS, "/"), (USERS, OF_UNIT))) is None
    assert lacking(EVE, both, notes=eve((GROUPS, OF_UNIT), (USERS, OF_UNIT))) == need(GROUPS, user="")
    # Nor is anything certain while the roles of a group that she is in are not known.
    assert lacking(EVE, both, notes=eve(groups=(STAFF,))) is None
    assert lacking(EVE, both, notes=Known()) is None


def test_nobody_is_able_to_do_nothing_or_what_is_not_known() -> None:
    assert not is_able(EVE, frozenset(), notes=eve((USERS, "/")))
    assert is_able(EVE, frozenset({need(USERS)}), notes=eve((USERS, "/")))
    assert not is_able(EVE, frozenset({need(USERS)}), notes=eve((USERS, OF_UNIT)))
    told = answer("user.units", ANN, {"units": [{"id": UNIT}]})
    for scope in (OF_UNIT, f"/administrativeUnits/{UNIT.upper()}"):
        assert is_able(EVE, frozenset({need(USERS)}), notes=eve((USERS, scope), more=(told,)))
