"""The starter documents: nothing runs without a tenant administrator, and protected objects never."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import policy
from policy import ATTRIBUTES, AuthorizationRequest, Bundle, Decision, Engine, Layer, Verdict, parse_document
from policy.compile import compile_bundle
from tests.policy.test_laws import SETTINGS

FOLDER = Path(policy.__file__).parent / "starter"
CATALOGUE = frozenset(
    {
        "entra.user.password.reset",
        "entra.user.sessions.revoke",
        "entra.auth.tap.create",
        "entra.auth.tap.delete",
        "entra.group.member.add",
        "entra.group.member.remove",
        "entra.license.assign",
        "entra.license.remove",
    }
)
ON_GROUPS = frozenset({"entra.group.member.add", "entra.group.member.remove"})
CREDENTIALS = frozenset({"entra.user.password.reset", "entra.auth.tap.create", "entra.auth.tap.delete"})
FILES = sorted(FOLDER.glob("*.yaml"))
BUNDLE = Bundle.of(
    parse_document(yaml.safe_load(one.read_text(encoding="utf-8")), source=one.name, catalogue=CATALOGUE)
    for one in FILES
)
ENGINE = Engine(BUNDLE, tenant_id="contoso", catalogue=CATALOGUE)

EMPLOYEE: dict[str, Any] = {
    "identity.kind": "workload",
    "requester.role": "employee",
    "requester.kind": "member",
    "requester.account_enabled": True,
    "requester.assurance": "sso",
    "requester.at_risk": False,
    "requester.owns_target": False,
    "beneficiary.at_risk": False,
    "request.on_self": True,
    "request.channel": "teams",
    "target.is_break_glass": False,
    "target.holds_directory_role": False,
    "target.is_role_assignable": False,
    "risk": 20,
    "plan.distinct_targets": 1,
}
IT_DESK = {"requester.role": "helpdesk", "request.channel": "console", "request.on_self": False}


def decided(action: str, **changes: Any) -> Decision:
    kind = {"target.kind": "group" if action in ON_GROUPS else "user"}
    named = {name.replace("__", "."): value for name, value in changes.items()}
    return ENGINE.decide(AuthorizationRequest(action, {**EMPLOYEE, **kind, **named}))


def _values(name: str) -> st.SearchStrategy[Any]:
    attribute = ATTRIBUTES[name]
    known = {"flag": (True, False), "number": (0, 1, 10, 11, 50, 51, 90), "set": (frozenset({"g1"}),)}
    return st.sampled_from((*known.get(attribute.kind, attribute.values or ("x",)), None))


# What no rule names makes no difference.
NAMED = sorted(
    {
        condition.attribute
        for rule in compile_bundle(BUNDLE, tenant_id="contoso", catalogue=CATALOGUE)
        for conjunction in rule.conjunctions
        for condition in conjunction
    }
)
FACTS = st.fixed_dictionaries({}, optional={name: _values(name) for name in NAMED})


def test_there_is_one_document_per_layer() -> None:
    assert [one.stem for one in FILES] == sorted(Layer)
    assert sorted(document.layer for document in BUNDLE.documents) == sorted(Layer)


@SETTINGS
@given(action=st.sampled_from(sorted(CATALOGUE)), facts=FACTS)
def test_nothing_is_ever_allowed_without_a_tenant_admin(action: str, facts: dict[str, Any]) -> None:
    decision = ENGINE.decide(AuthorizationRequest(action, {**EMPLOYEE, **facts}))
    assert decision.verdict is not Verdict.ALLOW
    if decision.verdict is Verdict.APPROVAL:
        assert [(one.resolver, one.standing) for one in decision.requirements] == [("tenant_admin", "never")]


@pytest.mark.parametrize("action", sorted(CATALOGUE))
def test_every_action_can_be_reached_for_oneself_and_undone(action: str) -> None:
    assert decided(action).verdict is Verdict.APPROVAL


@pytest.mark.parametrize("action", sorted(CATALOGUE))
def test_it_asks_for_others_on_the_console_only(action: str) -> None:
    others = {name.replace(".", "__"): value for name, value in IT_DESK.items()}
    assert decided(action, **others).verdict is Verdict.APPROVAL
    assert decided(action, **{**others, "request__channel": "teams"}).verdict is Verdict.DENY


@pytest.mark.parametrize("action", sorted(CATALOGUE - ON_GROUPS))
@pytest.mark.parametrize("fact", ["target__is_break_glass", "target__holds_directory_role"])
@pytest.mark.parametrize("value", [True, None])
def test_a_protected_account_is_never_touched(action: str, fact: str, value: object) -> None:
    assert decided(action, **{fact: value}).verdict is Verdict.DENY


@pytest.mark.parametrize("value", [True, None])
def test_a_role_assignable_group_is_never_touched(value: object) -> None:
    for action in ON_GROUPS:
        assert decided(action, target__is_role_assignable=value).verdict is Verdict.DENY


def test_an_employee_cannot_act_on_somebody_else() -> None:
    for action in CATALOGUE:
        assert decided(action, request__on_self=False).verdict is Verdict.DENY


def test_an_owner_can_ask_for_members_of_the_own_group() -> None:
    for action in ON_GROUPS:
        asked = decided(action, request__on_self=False, requester__owns_target=True)
        assert asked.verdict is Verdict.APPROVAL


def test_an_email_recovers_no_credential() -> None:
    for action in CREDENTIALS:
        assert decided(action, requester__assurance="email").verdict is Verdict.DENY


def test_an_account_at_risk_gets_nothing_but_can_be_contained() -> None:
    for who in ("requester__at_risk", "beneficiary__at_risk"):
        assert decided("entra.group.member.add", **{who: True}).verdict is Verdict.DENY
        assert decided("entra.auth.tap.create", **{who: None}).verdict is Verdict.DENY
        assert decided("entra.user.sessions.revoke", **{who: True}).verdict is Verdict.APPROVAL


@pytest.mark.parametrize(("targets", "people"), [(10, 1), (11, 2), (50, 2)])
def test_many_targets_need_two_people(targets: int, people: int) -> None:
    (one,) = decided("entra.license.assign", plan__distinct_targets=targets).requirements
    assert one.count == people


def test_an_identity_that_the_tenant_did_not_name_does_nothing() -> None:
    assert decided("entra.license.assign", identity__kind="delegated").verdict is Verdict.DENY
    assert decided("entra.license.assign", identity__kind=None).verdict is Verdict.DENY


def test_too_many_targets_and_too_much_risk_are_denied() -> None:
    assert decided("entra.license.assign", plan__distinct_targets=51).verdict is Verdict.DENY
    assert decided("entra.license.assign", risk=89).verdict is Verdict.APPROVAL
    assert decided("entra.license.assign", risk=90).verdict is Verdict.DENY
    assert decided("entra.license.assign", risk=None).verdict is Verdict.DENY
