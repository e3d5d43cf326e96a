"""The patterns of standing grants hold what was seen and nothing else, whatever the request was."""

from typing import Any

import pytest

from agent.actions import parse_step
from agent.standing.kept import newly_given
from agent.standing.matching import naming_all
from agent.standing.patterns import patterns_for
from policy import AuthorizationRequest
from policy.evidence.grant import certainly_holds, parse_grant
from policy.registry import ATTRIBUTES
from tests.agent.granted import ADD
from tests.agent.world import ANN, BOB, EVE, READERS, START, TENANT, WRITERS, add_member

SKU = "66666666-0000-4000-8000-000000000001"
STEP = add_member(READERS, user=EVE)
FACTS: dict[str, Any] = {
    "identity.kind": "workload",
    "request.channel": "itsm",
    "request.on_self": False,
    "requester.id": ANN,
    "requester.department": "Sales",
    "requester.assurance": "portal",
    "requester.at_risk": False,
    "requester.kind": "member",
    "beneficiary.id": EVE,
    "beneficiary.department": "HR",
    "beneficiary.at_risk": False,
    "beneficiary.kind": "member",
    "target.id": READERS,
    "target.kind": "group",
    "target.is_break_glass": False,
    "target.holds_directory_role": False,
    "target.is_vip": False,
    "plan.steps": 1,
    "plan.takes_access_away": False,
    "plan.makes_requester_manager": False,
    "risk": 30,
    "is_rollback": False,
    "time.day": 738000,
}
OTHER: dict[str, Any] = {"target.id": WRITERS, "requester.id": BOB, "requester.assurance": "email", "risk": 31}


def request(**changes: Any) -> AuthorizationRequest:
    given = {**FACTS, **{name.replace("__", "."): value for name, value in changes.items()}}
    return AuthorizationRequest(ADD, {name: value for name, value in given.items() if value is not None})


def another(name: str, value: Any) -> Any:
    if name in OTHER:
        return OTHER[name]
    values = ATTRIBUTES[name].values
    return not value if isinstance(value, bool) else next((one for one in values or () if one != value), "Other")


def test_the_narrower_pattern_stands_first_and_both_cover_the_request() -> None:
    patterns = patterns_for(STEP, request())
    assert [one.name for one in patterns] == ["requester", "department"]
    narrow, wide = (dict(one.when.predicates) for one in patterns)
    assert narrow.keys() ^ wide.keys() == {"requester.id", "requester.department"}
    assert not {"time.day", "plan.steps", "is_rollback", "beneficiary.id"} & narrow.keys()


@pytest.mark.parametrize("which", [0, 1])
def test_whatever_else_a_request_says_in_place_of_one_value_it_is_not_covered(which: int) -> None:
    when = patterns_for(STEP, request())[which].when
    assert certainly_holds(when, request())
    for name, _ in when.predicates:
        for value in (another(name, FACTS[name]), None):
            assert not certainly_holds(when, request(**{name: value})), (name, value)
    # What was asked for may do less harm than then, and the undo of what was done is covered.
    assert certainly_holds(when, request(risk=5, is_rollback=True, **{"beneficiary.id": BOB}))


@pytest.mark.parametrize(
    "unsafe",
    [
        {"requester.at_risk": True},
        {"requester.at_risk": None},
        {"beneficiary.at_risk": None},
        {"beneficiary.kind": None},
        {"requester.kind": None},
        {"target.holds_directory_role": None},
        {"target.is_break_glass": True},
    ],
    ids=str,
)
def test_where_what_protects_people_is_not_known_there_is_no_pattern(unsafe: dict[str, Any]) -> None:
    assert patterns_for(STEP, request(**unsafe)) == ()


def test_a_guest_of_another_domain_is_not_covered_by_what_was_seen_of_one() -> None:
    """What a parameter tells is told under another name here: who is invited is not there yet."""
    invited = parse_step("entra.guest.invite", {"mail": "kay@partner.example"})
    there = {"beneficiary.id": None, "beneficiary.department": None, "target.kind": "tenant"}
    facts = {**there, "target.id": "tenant", "beneficiary.kind": "guest", "beneficiary.mail_domain": "partner.example"}
    patterns = patterns_for(invited, request(**facts))
    assert patterns and all(certainly_holds(one.when, request(**facts)) for one in patterns)
    other = {**facts, "beneficiary.mail_domain": "elsewhere.example"}
    assert not any(certainly_holds(one.when, request(**other)) for one in patterns)


def test_where_the_tenant_does_not_say_what_a_parameter_names_there_is_no_pattern() -> None:
    """A pattern that does not name the licence would cover every other one that the tenant does not name."""
    assigned = parse_step("entra.license.assign", {"user_id": EVE, "sku_id": SKU, "disabled_plans": []})
    to_eve = {"target.kind": "user", "target.id": EVE}
    assert patterns_for(assigned, request(**to_eve, **{"params.sku": "VISIO"}))
    assert patterns_for(assigned, request(**to_eve)) == ()


@pytest.mark.parametrize("at_risk", [True, None])
def test_another_person_whom_the_step_names_must_not_be_at_risk_either(at_risk: bool | None) -> None:
    share = {"user_id": EVE, "address": "bob@contoso.example", "role": "read"}
    step = parse_step("exo.calendar.permission.grant", share)
    shared = {"target.kind": "user", "target.id": EVE, "params.access": "read", "other_person.id": BOB}
    safe = {**shared, "other_person.at_risk": False, "other_person.kind": "member"}
    patterns = patterns_for(step, request(**safe))
    assert patterns and patterns_for(step, request(**{**safe, "other_person.at_risk": at_risk})) == ()
    assert not any(certainly_holds(one.when, request(**{**safe, "other_person.at_risk": at_risk})) for one in patterns)


def test_who_asks_for_themselves_gives_a_pattern_for_people_of_their_department_only() -> None:
    own = {"request.on_self": True, "beneficiary.id": ANN, "beneficiary.department": "Sales"}
    (pattern,) = patterns_for(add_member(READERS), request(**own))
    assert pattern.name == "department" and not certainly_holds(pattern.when, request())
    assert patterns_for(add_member(READERS), request(**{**own, "beneficiary.department": None})) == ()


def test_without_a_department_only_the_same_person_and_the_same_object_are_left_or_nothing() -> None:
    (pattern,) = patterns_for(STEP, request(**{"beneficiary.department": None}))
    assert pattern.name == "requester" and {"target.id", "requester.id"} <= dict(pattern.when.predicates).keys()
    assigned = parse_step("entra.user.sessions.revoke", {"user_id": EVE})
    of_user = {"target.id": EVE, "target.kind": "user", "beneficiary.department": None}
    assert assigned.target.id == assigned.beneficiary_id
    assert patterns_for(assigned, request(**of_user)) == ()


def test_parameters_are_held_to_what_was_seen_and_one_that_was_never_spoken_of_is_not_covered() -> None:
    params = {"params.sku": "E3", "params.lifetime_minutes": 60, "params.keeps": frozenset({"user_data"})}
    pattern = patterns_for(STEP, request(**params))[0]
    for change in ({"params.sku": "E5"}, {"params.lifetime_minutes": 61}, {"params.sku": None}):
        assert not certainly_holds(pattern.when, request(**{**params, **change}))
    more = {**params, "params.keeps": frozenset({"user_data", "esim_plan"})}
    assert not certainly_holds(pattern.when, request(**more))
    assert certainly_holds(pattern.when, request(**{**params, "params.lifetime_minutes": 1}))
    record = {
        "id": "gr-1",
        "tenant_id": TENANT,
        "actions": [ADD],
        "when": pattern.when.authored(),
        "discharges": "group_owner",
        "rules": [{"id": "action.ask", "digest": "d" * 64}],
        "granted_by": BOB,
        "not_before": START,
        "expires": START.replace(day=5),
        "max_uses": 1,
        "revoked": False,
    }
    kept = newly_given(parse_grant(record, source="t", catalogue=frozenset({ADD})), case_id="c" * 32)
    assert naming_all([kept], request(**params)) != ()
    assert naming_all([kept], request(**params, **{"params.seats_left": 3})) != ()
    assert naming_all([kept], request(**params, **{"params.department": "HR"})) == ()
