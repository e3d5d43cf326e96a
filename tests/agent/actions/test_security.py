"""What is special about Conditional Access, risk and triage: what is refused, demanded before, and put back."""

from datetime import UTC, datetime
from typing import Any

import pytest

from agent.actions import UnknownActionError, parse_step, seen
from agent.model.expectation import Gone
from agent.model.plan import Check, Step
from tests.agent.areas.security import ALERT, INCIDENT, LOCATION, OTHER_USER, PARAMS, POLICY, USER

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
KINDS = {"includeGuestsOrExternalUsers": None, "excludeGuestsOrExternalUsers": None}


def _step(action: str, **change: Any) -> Step:
    return parse_step(action, PARAMS[action] | change)


def _allows(step: Step, body: dict[str, Any], status: int = 200) -> str:
    assert step.precondition is not None
    return seen(step.precondition, status, body=body, attempted_at=NOW)


def _shows(check: Check, body: dict[str, Any]) -> str:
    return seen(check.expect, 200, body=body, attempted_at=NOW)


def _range(block: str) -> dict[str, str]:
    return {"@odata.type": f"#microsoft.graph.iPv{6 if ':' in block else 4}CidrRange", "cidrAddress": block}


@pytest.mark.parametrize(
    ("action", "change"),
    [
        ("entra.ca.policy.state", {"state": "report-only"}),
        ("entra.ca.policy.state", {"state": "enabled"}),
        ("entra.ca.policy.state", {"policy_id": "MFA for everyone"}),
        ("entra.ca.policy.exclude_user", {"user_id": OTHER_USER}),
        ("entra.ca.policy.exclude_user", {"user_id": "All"}),
        ("entra.ca.policy.exclude_user", {"was_exclude_users": None}),
        ("entra.ca.policy.exclude_user", {"was_exclude_users": ["everybody"]}),
        ("entra.ca.policy.exclude_user", {"was_include_groups": ["All"]}),
        ("entra.ca.namedlocation.update", {"ip_ranges": []}),
        ("entra.ca.namedlocation.update", {"ip_ranges": ["0.0.0.0/0"]}),
        ("entra.ca.namedlocation.update", {"ip_ranges": ["10.0.0.0/8"]}),
        ("entra.ca.namedlocation.update", {"ip_ranges": ["203.0.113.7/24"]}),
        ("entra.ca.namedlocation.update", {"ip_ranges": ["203.0.113.7"]}),
        ("entra.ca.namedlocation.update", {"ip_ranges": ["2001:DB8::/32"]}),
        ("entra.ca.namedlocation.update", {"ip_ranges": ["203.0.113.0/24"] * 2}),
        ("entra.ca.namedlocation.update", {"ip_ranges": ["198.51.100.0/24"], "is_trusted": False}),
        ("entra.ca.namedlocation.update", {"is_trusted": 1}),
        ("entra.ca.namedlocation.create", {"called": "two\nlines"}),
        ("entra.ca.namedlocation.create", {"called": ""}),
        ("entra.ca.namedlocation.create", {"called": "right \u202e to left"}),
        ("entra.ca.namedlocation.create", {"is_trusted": True}),
        ("entra.risk.user.dismiss", {"user_id": [USER]}),
        ("entra.risk.user.dismiss", {"was_state": "dismissed"}),
        ("entra.risk.user.confirm_compromised", {"was_state": "confirmedCompromised"}),
        ("sec.alert.update", {"alert_id": "../incidents/1234567890"}),
        ("sec.alert.update", {"alert_id": ALERT + "\n"}),
        ("sec.alert.update", {"alert_id": "..................."}),
        ("sec.alert.update", {"status": "active"}),
        ("sec.alert.update", {"classification": "harmless"}),
        ("sec.alert.update", {"assigned_to": ""}),
        ("sec.alert.update", {"assigned_to": "soc\u200b@quillmere.example"}),
        ("sec.incident.update", {"incident_id": ALERT}),
        ("sec.incident.update", {"status": "redirected"}),
        ("sec.incident.update", {"status": "active"}),
    ],
)
def test_parameters_that_do_not_fit_or_change_nothing_are_refused(action: str, change: dict[str, Any]) -> None:
    with pytest.raises(UnknownActionError):
        _step(action, **change)


def test_a_policy_in_another_state_than_planned_is_not_written() -> None:
    step = _step("entra.ca.policy.state")
    assert _allows(step, {"state": "enabled"}) == "verified"
    assert _allows(step, {"state": "disabled"}) == "refuted"
    assert _allows(step, {}) == "unknown"


def test_a_policy_whose_people_changed_meanwhile_or_that_tells_guests_apart_is_not_written() -> None:
    step = _step("entra.ca.policy.exclude_user")
    assert step.undo is not None and step.undo.call.body is not None
    was = step.undo.call.body["conditions"]["users"]
    assert _allows(step, {"conditions": {"users": {**was, **KINDS}}}) == "verified"
    for name in was:
        changed = {**was, **KINDS, name: [*was[name], USER]}
        assert _allows(step, {"conditions": {"users": changed}}) == "refuted", name
    for name in KINDS:
        assert _allows(step, {"conditions": {"users": {**was, **KINDS, name: {}}}}) == "refuted"
    assert _allows(step, {"conditions": {"users": was}}) == "unknown"


def test_an_exclusion_that_lost_whom_the_policy_covers_is_not_taken_for_done() -> None:
    step = _step("entra.ca.policy.exclude_user")
    assert step.call.body is not None
    wanted = step.call.body["conditions"]["users"]
    assert _shows(step.check, {"conditions": {"users": {**wanted, **KINDS}}}) == "verified"
    emptied = {**wanted, **KINDS, "includeUsers": []}
    assert _shows(step.check, {"conditions": {"users": emptied}}) == "refuted"


def test_ranges_are_looked_for_in_any_order_and_a_range_that_should_be_gone_refutes() -> None:
    step = _step("entra.ca.namedlocation.update")
    new, old = ["2001:db8::/32", "203.0.113.0/24"], "198.51.100.0/24"
    found = {"isTrusted": True, "ipRanges": [_range(one) for one in new]}
    assert _shows(step.check, found) == "verified"
    assert _shows(step.check, {**found, "isTrusted": False}) == "refuted"
    assert _shows(step.check, {**found, "ipRanges": [_range(one) for one in (*new, old)]}) == "refuted"
    assert _shows(step.check, {**found, "ipRanges": [_range(new[0])]}) == "refuted"
    assert step.undo is not None
    assert _shows(step.undo.check, {"isTrusted": False, "ipRanges": [_range(old)]}) == "verified"


def test_a_location_with_a_range_more_than_planned_is_not_overwritten() -> None:
    step = _step("entra.ca.namedlocation.update")
    was = {"isTrusted": False, "ipRanges": [_range("198.51.100.0/24")]}
    assert _allows(step, was) == "verified"
    assert _allows(step, {**was, "ipRanges": [*was["ipRanges"], _range("192.0.2.0/24")]}) == "refuted"  # type: ignore[misc]
    assert _allows(step, {**was, "isTrusted": True}) == "refuted"


def test_a_second_location_of_a_name_is_not_made_and_a_hostile_name_stays_one_value() -> None:
    step = _step("entra.ca.namedlocation.create", called="x' or isTrusted eq true or displayName eq 'y")
    assert step.capture is not None
    quoted = "displayName eq 'x'' or isTrusted eq true or displayName eq ''y'"
    assert dict(step.capture.query)["$filter"] == quoted
    assert _allows(step, {"value": []}) == "verified"
    assert _allows(step, {"value": [{"id": LOCATION}]}) == "refuted"
    assert step.call.body is not None and step.call.body["isTrusted"] is False


def test_a_user_unknown_to_identity_protection_is_confirmed_only_while_unknown() -> None:
    step = _step("entra.risk.user.confirm_compromised")
    assert step.precondition == Gone()
    assert _allows(step, {}, 404) == "verified"
    assert _allows(step, {"riskState": "atRisk"}) == "refuted"


def test_who_was_at_risk_is_never_made_harmless_by_an_undo() -> None:
    step = _step("entra.risk.user.confirm_compromised", was_state="atRisk")
    assert step.undo is None
    assert "risk that was there before" in step.irreversible
    assert _step("entra.risk.user.confirm_compromised", was_state="none").undo is not None


def test_a_verdict_counts_only_once_identity_protection_has_finished() -> None:
    check = _step("entra.risk.user.dismiss").check
    assert _shows(check, {"riskState": "dismissed", "isProcessing": True}) == "refuted"
    assert _shows(check, {"riskState": "dismissed"}) == "unknown"
    assert _shows(check, {"riskState": "dismissed", "isProcessing": False}) == "verified"


def test_triage_sends_only_what_differs_and_puts_null_back_as_null() -> None:
    step = _step("sec.alert.update", status="new", classification="unknown", determination=None)
    assert step.call.body == {"assignedTo": "soc@quillmere.example"}
    assert step.undo is not None
    assert step.undo.call.body == {"assignedTo": None}
    assert _allows(step, {"assignedTo": None}) == "verified"
    assert _allows(step, {}) == "unknown"
    assert _allows(step, {"assignedTo": "somebody@quillmere.example"}) == "refuted"


@pytest.mark.parametrize(
    ("action", "named_by", "field", "target"),
    [
        ("entra.ca.policy.state", "ca.policy.get", "displayName", POLICY),
        ("entra.ca.policy.exclude_user", "ca.policy.get", "displayName", POLICY),
        ("entra.ca.namedlocation.update", "ca.location.get", "displayName", LOCATION),
        ("sec.alert.update", "sec.alert.get", "title", ALERT),
        ("sec.incident.update", "sec.incident.get", "displayName", INCIDENT),
    ],
)
def test_the_name_on_the_card_is_asked_of_the_tenant(action: str, named_by: str, field: str, target: str) -> None:
    step = _step(action, target_name="What it is called")
    (given,) = step.names
    assert (given.source.lookup, given.source.field, given.source.subject) == (named_by, field, target)
    assert given.name == step.target.label == "What it is called"
    assert step.target.id == target


def test_the_excluded_user_gains_by_it_and_the_policy_is_the_target() -> None:
    step = _step("entra.ca.policy.exclude_user", user_name="Harriet Osgood")
    assert (step.target.kind, step.beneficiary_id, step.beneficiary_label) == ("policy", USER, "Harriet Osgood")
