"""What policy is told about requester and beneficiary, how they stand to each other, and who could be asked."""

from typing import Any

import pytest

from agent.actions import parse_step
from agent.lookups.facts import needed_lookups
from agent.model.plan import Plan, Step
from policy.request import FactValue
from tests.agent.lookups.observed import (
    ADD_OTHER,
    ADDRESS,
    ASSIGN,
    GROUP,
    JOIN,
    MONA,
    OTHER,
    REQUEST,
    RESET,
    SKU,
    profile,
    told,
    world,
)

RESET_OTHER = parse_step("entra.user.password.reset", {"user_id": OTHER})
PASS = parse_step("entra.auth.tap.create", {"user_id": MONA, "lifetime_minutes": 30})
LEAVE = parse_step("entra.group.member.remove", {"group_id": GROUP, "user_id": MONA})
LEAVE_OTHER = parse_step("entra.group.member.remove", {"group_id": GROUP, "user_id": OTHER})
THIRD = "33333333-0000-4000-8000-000000000003"


@pytest.mark.parametrize(
    ("manager", "manages"), [({"id": MONA}, True), ({"id": THIRD}, False), ("absent", False), ("unknown", None)]
)
def test_the_requester_manages_somebody_only_when_the_directory_says_so(manager: Any, manages: bool | None) -> None:
    facts = told(RESET_OTHER, world(**{f"user.manager:{OTHER}": manager}))
    assert facts.get("requester.manages_beneficiary") is manages


def test_nobody_is_their_own_manager_and_nothing_is_looked_up_for_it() -> None:
    assert told(RESET, world(**{f"user.manager:{MONA}": {"id": MONA}}))["requester.manages_beneficiary"] is False
    assert not [pair for pair in needed_lookups(RESET, REQUEST, requester_id=MONA) if pair[0] == "user.manager"]
    assert ("user.manager", OTHER) in needed_lookups(ADD_OTHER, REQUEST, requester_id=MONA)


@pytest.mark.parametrize(
    ("roles", "held"),
    [
        ([{"roleDefinitionId": SKU, "directoryScopeId": "/"}], frozenset({SKU})),
        ([{"roleDefinitionId": SKU, "directoryScopeId": f"/administrativeUnits/{THIRD}"}], frozenset()),
        ([{"roleDefinitionId": SKU, "directoryScopeId": "/"}, {"roleDefinitionId": THIRD}], None),
        ([], frozenset()),
    ],
)
def test_only_roles_over_the_whole_tenant_are_told_and_a_scope_that_is_not_told_makes_them_unknown(
    roles: list[Any], held: frozenset[str] | None
) -> None:
    facts = told(RESET_OTHER, world(**{f"user.directory_roles:{MONA}": {"roles": roles}}))
    assert facts.get("requester.directory_roles") == held


@pytest.mark.parametrize(
    ("owners", "somebody"),
    [
        ([], False),
        ([{"id": THIRD, "accountEnabled": True}], True),
        ([{"id": THIRD, "accountEnabled": False}], False),
        ([{"id": THIRD, "accountEnabled": None}], None),
        ([{"id": THIRD}], None),
        ([{"id": THIRD}, {"id": GROUP, "accountEnabled": True}], True),
        ([{"id": MONA, "accountEnabled": True}, {"id": OTHER, "accountEnabled": True}], False),
    ],
)
def test_an_owner_can_be_asked_who_is_enabled_and_not_concerned(owners: list[Any], somebody: bool | None) -> None:
    facts = told(ADD_OTHER, world(**{f"group.owners:{GROUP}": {"owners": owners}}))
    assert facts.get("target.has_owner_to_ask") is somebody


def test_owners_that_could_not_be_read_leave_open_whether_somebody_can_be_asked() -> None:
    assert "target.has_owner_to_ask" not in told(JOIN, world(**{f"group.owners:{GROUP}": "unknown"}))
    assert told(RESET, world())["target.has_owner_to_ask"] is False
    device = RESET.model_copy(update={"target": RESET.target.model_copy(update={"kind": "device"})})
    assert not {"target.has_owner_to_ask", "requester.owns_target"} & set(told(device, world()))


@pytest.mark.parametrize(
    ("change", "managed"),
    [
        ({"mailEnabled": True, "groupTypes": []}, True),
        ({"mailEnabled": True, "groupTypes": ["Unified"]}, False),
        ({"mailEnabled": False, "groupTypes": []}, False),
        ({"mailEnabled": None, "groupTypes": []}, None),
    ],
)
def test_a_group_of_exchange_is_one_with_mail_that_is_no_microsoft_365_group(
    change: dict[str, Any], managed: bool | None
) -> None:
    group = world()[f"group.get:{GROUP}"].facts | change
    assert told(JOIN, world(**{f"group.get:{GROUP}": group})).get("target.is_exchange_managed") is managed


@pytest.mark.parametrize(
    ("change", "name", "fact"),
    [
        ({"userType": "Guest"}, "beneficiary.kind", "guest"),
        ({"userType": None}, "beneficiary.kind", None),
        ({"accountEnabled": False}, "beneficiary.account_enabled", False),
        ({"mail": "Otto@PostBasket.example"}, "beneficiary.mail_domain", "postbasket.example"),
        ({"mail": None}, "beneficiary.mail_domain", None),
        ({"mail": "no address"}, "beneficiary.mail_domain", None),
        ({"usageLocation": None}, "beneficiary.has_usage_location", False),
    ],
)
def test_the_beneficiary_is_told_as_the_directory_shows_them(
    change: dict[str, Any], name: str, fact: FactValue | None
) -> None:
    assert told(ADD_OTHER, world(**{f"user.get:{OTHER}": profile(OTHER, **change)})).get(name) == fact


def test_a_usage_location_that_was_not_read_is_unknown_and_not_missing() -> None:
    read = {key: value for key, value in profile(MONA).items() if key != "usageLocation"}
    assert "beneficiary.has_usage_location" not in told(ASSIGN, world(**{f"user.get:{ADDRESS}": read}))


def test_an_earlier_step_of_the_plan_gives_the_usage_location_and_nothing_else_does() -> None:
    def located(step: Step, *steps: Step) -> FactValue:
        nowhere = {
            f"user.get:{one}": profile(who, usageLocation=None) for one, who in ((ADDRESS, MONA), (OTHER, OTHER))
        }
        plan = Plan(summary="s", reason="r", steps=steps)
        return told(step, world(**nowhere), plan=plan)["beneficiary.has_usage_location"]

    def change(who: str, field: str) -> Step:
        changes = [{"field": field, "to": "GB", "was": None}]
        return parse_step("entra.user.profile.update", {"user_id": who, "changes": changes})

    mine = change(MONA, "usageLocation")
    assert located(ASSIGN, mine, ASSIGN) is True
    assert located(ASSIGN, ASSIGN, mine) is False
    assert located(ASSIGN, mine) is False
    assert located(ASSIGN, change(OTHER, "usageLocation"), ASSIGN) is False
    assert located(ASSIGN, change(MONA, "state"), ASSIGN) is False
    assert located(mine, mine, ASSIGN) is False


def test_a_plan_that_also_takes_access_away_is_told_of_the_same_person_only() -> None:
    def taken(*steps: Step) -> FactValue:
        return told(steps[0], world(), plan=Plan(summary="s", reason="r", steps=steps))["plan.takes_access_away"]

    assert taken(ADD_OTHER, LEAVE_OTHER) is True
    assert taken(ADD_OTHER, LEAVE) is False
    assert taken(ADD_OTHER, ASSIGN) is False


def test_whose_manager_the_requester_becomes_is_told_of_that_person_only_also_of_one_who_is_yet_to_come() -> None:
    def led(step: Step, *steps: Step) -> FactValue:
        plan = Plan(summary="s", reason="r", steps=(step, *steps))
        return told(step, world(), plan=plan)["plan.makes_requester_manager"]

    mine = parse_step("entra.user.manager.set", {"user_id": OTHER, "manager_id": MONA, "was_manager_id": None})
    theirs = parse_step("entra.user.manager.set", {"user_id": OTHER, "manager_id": THIRD, "was_manager_id": None})
    assert (led(ADD_OTHER, mine), led(ADD_OTHER, theirs), led(JOIN, mine)) == (True, False, False)
    new = {"upn": "wanda.moor@contoso.example", "called": "Wanda Moor", "nickname": "wanda.moor", "receiver_id": THIRD}
    created = parse_step("entra.user.create", new)
    assert created.creates is not None
    for_new = {"user_id": created.creates.stand_in, "manager_id": MONA, "was_manager_id": None}
    assert (led(created, parse_step("entra.user.manager.set", for_new)), led(created, mine)) == (True, False)


def test_the_life_of_a_pass_is_told_from_the_step_and_of_nothing_else() -> None:
    assert told(PASS, world())["params.lifetime_minutes"] == 30
    assert "params.lifetime_minutes" not in told(RESET, world())
