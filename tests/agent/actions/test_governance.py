"""Roles, access packages and applications: what is refused, what must still be so, and what a card may say."""

from typing import Any

import pytest

from agent.actions import UnknownActionError, judge, parse_step, seen
from agent.actions.role_names import BUILT_IN_ROLES
from agent.model.plan import Step
from simulator import roles
from tests.agent.areas.governance import (
    APP,
    ASSIGNMENT,
    DEFAULT_ACCESS,
    GROUP,
    KEY,
    LINK,
    PACKAGE,
    PARAMS,
    POLICY,
    RESOURCE,
    ROLE,
    USER,
)
from tests.conformance.action_world import START as NOW

OTHER = "d102d87a-bce6-5ad0-8b1d-73976d1eaa00"
ELIGIBLE = {"directoryScopeId": "/", "memberType": "Direct", "endDateTime": "2027-03-01T08:00:00Z"}
DELIVERED = {
    "state": "delivered",
    "target": {"objectId": USER},
    "accessPackage": {"id": PACKAGE, "displayName": "Project workspace"},
    "assignmentPolicy": {"id": POLICY},
}
ASSIGNED = {"principalId": USER, "resourceId": APP, "appRoleId": DEFAULT_ACCESS, "principalType": "User"}
GRANTED = {
    "clientId": APP,
    "consentType": "Principal",
    "principalId": USER,
    "resourceId": RESOURCE,
    "scope": "Mail.Read offline_access",
}


def _step(action: str, **changes: Any) -> Step:
    return parse_step(action, PARAMS[action] | changes)


def _allows(step: Step, body: dict[str, Any], status: int = 200) -> bool:
    assert step.precondition is not None
    return seen(step.precondition, status, body=body, attempted_at=NOW) == "verified"


@pytest.mark.parametrize(
    ("action", "change"),
    [
        ("entra.pim.role.eligible.assign", {"justification": ""}),
        ("entra.pim.role.eligible.assign", {"justification": "two\nlines"}),
        ("entra.pim.role.eligible.assign", {"justification": "x" * 501}),
        ("entra.pim.role.eligible.assign", {"ticket_number": "INC 7\n"}),
        ("entra.pim.role.eligible.assign", {"ticket_number": "<b>INC</b>"}),
        ("entra.pim.role.eligible.assign", {"ticket_number": "x" * 65}),
        ("entra.pim.role.eligible.assign", {"days": 0}),
        ("entra.pim.role.eligible.assign", {"days": 366}),
        ("entra.pim.role.eligible.assign", {"days": "30"}),
        ("entra.pim.role.eligible.assign", {"role_name": "Directory\nReaders"}),
        ("entra.pim.role.eligible.assign", {"role_id": "Global Administrator"}),
        ("entra.pim.role.eligible.remove", {"was_end": "tomorrow"}),
        ("entra.pim.role.eligible.remove", {"was_end": "2027-03-01T08:00:00"}),
        ("entra.pim.role.activate_self", {"hours": 9}),
        ("entra.pim.role.activate_self", {"hours": True}),
        ("entra.pim.group.assign", {"hours": 25}),
        ("entra.role.assign_direct", {"directory_scope_id": "/administrativeUnits/x"}),
        ("entra.role.remove_direct", {"assignment_id": ""}),
        ("entra.role.remove_direct", {"assignment_id": "a b"}),
        ("entra.role.remove_direct", {"assignment_id": "a/b"}),
        ("entra.accesspackage.remove", {"assignment_id": "../assignments"}),
        ("entra.app.role.assign", {"app_role_id": "admin"}),
        ("entra.app.consent.revoke", {"consent_type": "Everybody"}),
        ("entra.app.consent.revoke", {"was_scope": "Mail.Read\n"}),
        ("entra.app.consent.revoke", {"was_scope": "x" * 3851}),
    ],
)
def test_parameters_that_do_not_fit_are_refused(action: str, change: dict[str, Any]) -> None:
    with pytest.raises(UnknownActionError) as refusal:
        _step(action, **change)
    assert next(iter(change)) in str(refusal.value)


@pytest.mark.parametrize("missing", ["justification", "ticket_number"])
@pytest.mark.parametrize("action", [name for name in PARAMS if ".pim." in name])
def test_pim_is_never_asked_without_our_reference(action: str, missing: str) -> None:
    with pytest.raises(UnknownActionError):
        parse_step(action, {name: value for name, value in PARAMS[action].items() if name != missing})


@pytest.mark.parametrize(
    "change",
    [
        {"user_id": None},
        {"consent_type": "AllPrincipals"},
        {"consent_type": "AllPrincipals", "user_id": None, "user_name": "Ed"},
    ],
)
def test_a_consent_is_of_one_user_or_of_everybody(change: dict[str, Any]) -> None:
    with pytest.raises(UnknownActionError):
        _step("entra.app.consent.revoke", **change)


def test_the_consent_of_everybody_is_for_nobody_and_is_given_back_with_a_null() -> None:
    step = _step("entra.app.consent.revoke", consent_type="AllPrincipals", user_id=None, target_name="Label Service")
    assert (step.beneficiary_id, step.target.id) == ("", APP)
    assert [(one.name, one.source.lookup, one.source.subject) for one in step.names] == [
        ("Label Service", "app.sp", APP)
    ]
    assert step.title == "Revoke the consent of everybody to the application Label Service"
    assert step.undo is not None and step.undo.call.body is not None
    assert step.undo.call.body["principalId"] is None
    assert "principalId" not in dict(step.undo.check.call.query)["$filter"]


def test_a_card_names_built_in_roles_by_our_own_list_and_others_by_the_tenants_name_or_their_id() -> None:
    assert "directory role Reports Reader for 30 days" in _step("entra.pim.role.eligible.assign").title
    assert f"directory role {OTHER}" in _step("entra.role.assign_direct", role_id=OTHER).title
    assert "role Printers" in _step("entra.role.assign_direct", role_id=OTHER, role_name="Printers").title
    assert "role Reports Reader" in _step("entra.role.assign_direct", role_name="Printers").title
    # The simulator has a list of its own, and no two ids bear one name.
    assert {name: own_id for own_id, name in BUILT_IN_ROLES.items()}.items() <= roles.TEMPLATE_IDS.items()
    assert len(set(BUILT_IN_ROLES.values())) == len(BUILT_IN_ROLES)


def test_braces_in_a_justification_are_no_template() -> None:
    step = _step("entra.pim.role.eligible.assign", justification="{user} {0} %s", user_name="{role}")
    assert step.title == "Make {role} eligible for the directory role Reports Reader for 30 days"


@pytest.mark.parametrize(
    ("action", "answer"),
    [
        ("entra.role.remove_direct", LINK),
        ("entra.app.role.remove", ASSIGNED),
        ("entra.app.consent.revoke", GRANTED),
        ("entra.app.disable", {"accountEnabled": True}),
    ],
)
def test_nothing_is_sent_unless_every_part_is_as_planned(action: str, answer: dict[str, Any]) -> None:
    step = _step(action)
    assert _allows(step, answer)
    assert not _allows(step, answer, status=404)
    for name in answer:
        assert not _allows(step, answer | {name: OTHER}), name
        assert not _allows(step, {key: value for key, value in answer.items() if key != name}), name


@pytest.mark.parametrize(
    "change", [{"memberType": "Group"}, {"endDateTime": None}, {"directoryScopeId": "/administrativeUnits/x"}]
)
def test_an_eligibility_is_taken_only_if_it_is_the_users_own_and_ends_as_planned(change: dict[str, Any]) -> None:
    step = _step("entra.pim.role.eligible.remove")
    assert _allows(step, {"value": [ELIGIBLE]})
    assert not _allows(step, {"value": [ELIGIBLE | change]})
    assert not _allows(step, {"value": []})


def test_an_eligibility_without_an_end_comes_back_without_one() -> None:
    step = _step("entra.pim.role.eligible.remove", was_end=None)
    assert _allows(step, {"value": [ELIGIBLE | {"endDateTime": None}]})
    assert step.undo is not None and step.undo.call.body is not None
    assert step.undo.call.body["scheduleInfo"] == {"expiration": {"type": "noExpiration"}}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("state", "delivering"),
        ("target", {"objectId": OTHER}),
        ("accessPackage", {"id": OTHER, "displayName": "Project workspace"}),
        ("assignmentPolicy", {"id": OTHER}),
    ],
)
def test_a_package_is_taken_only_from_whom_and_under_which_policy_the_plan_says(name: str, value: Any) -> None:
    step = _step("entra.accesspackage.remove", package_name="Project workspace")
    assert _allows(step, DELIVERED)
    assert not _allows(step, DELIVERED | {name: value})


def test_only_a_user_is_assigned_to_an_application_because_only_users_have_the_path_that_is_read_before() -> None:
    step = _step("entra.app.role.assign")
    assert step.capture is not None
    assert step.capture.path == f"/users/{USER}/appRoleAssignments"
    assert _allows(step, {"value": []})
    # That is what Graph answers about a service principal: it is no user.
    assert not _allows(step, {"error": {"code": "Request_ResourceNotFound"}}, status=404)
    assert not _allows(step, {"value": [{"appRoleId": DEFAULT_ACCESS}]})


@pytest.mark.parametrize(
    ("body", "effect"),
    [
        ({"value": [{"directoryScopeId": "/"}]}, "verified"),
        ({"value": [{"directoryScopeId": "/administrativeUnits/x"}]}, "refuted"),
        ({"value": []}, "refuted"),
        ({"value": [{}]}, "unknown"),
        ({"value": [], "@odata.nextLink": "more"}, "unknown"),
    ],
)
def test_a_role_over_a_part_of_the_tenant_proves_nothing_about_the_whole(body: dict[str, Any], effect: str) -> None:
    assert judge(_step("entra.role.assign_direct").check, 200, body=body, attempted_at=NOW) == effect


@pytest.mark.parametrize(("how", "effect"), [("Activated", "verified"), ("Assigned", "refuted")])
def test_a_role_held_anyway_is_no_activation(how: str, effect: str) -> None:
    body = {"value": [{"directoryScopeId": "/", "assignmentType": how}]}
    assert judge(_step("entra.pim.role.activate_self").check, 200, body=body, attempted_at=NOW) == effect


def test_a_group_stays_the_target_of_a_membership_for_hours_so_that_it_is_judged_as_one() -> None:
    step = _step("entra.pim.group.assign")
    assert (step.target.kind, step.target.id, step.beneficiary_id) == ("group", GROUP, USER)


def test_ids_with_capitals_and_marks_reach_the_path_as_they_are() -> None:
    step = _step("entra.role.remove_direct", assignment_id="aB+c-d_e=?#")
    assert step.call.path == "/roleManagement/directory/roleAssignments/aB%2Bc-d_e%3D%3F%23"
    assert _step("entra.app.consent.revoke").call.path.endswith(KEY)
    assert _step("entra.accesspackage.remove").call.body == {
        "requestType": "adminRemove",
        "assignment": {"id": ASSIGNMENT},
        "justification": "Covers for Ed O'Shea",
    }
    assert ROLE in dict(step.undo.check.call.query if step.undo else ())["$filter"]
