"""Facts about Conditional Access, Microsoft's logs, Defender and service health, from good and from wrong answers."""

from datetime import UTC, datetime
from typing import Any

import pytest

from agent.errors import DirectoryError
from agent.lookups import LOOKUPS
from agent.model.observation import Observation
from policy.canonical import digest
from tests.agent.areas.security import ALERT, GROUP, INCIDENT, LOCATION, OTHER_USER, POLICY, REQUEST, SUBJECTS, USER

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
LISTS = ("includeUsers", "excludeUsers", "includeGroups", "excludeGroups", "includeRoles", "excludeRoles")
USERS = {**dict.fromkeys(LISTS, ()), "includeUsers": ["All"], "excludeGroups": [GROUP]}
GUESTS = {"includeGuestsOrExternalUsers": None, "excludeGuestsOrExternalUsers": None}
PLACES = {"includeLocations": ["All"], "excludeLocations": [LOCATION]}
RULE = {
    "id": POLICY,
    "displayName": "MFA for everyone",
    "state": "enabled",
    "conditions": {"users": {**{name: list(one) for name, one in USERS.items()}, **GUESTS}, "locations": PLACES},
    "grantControls": {"operator": "OR", "builtInControls": ["mfa"]},
}
IP_PLACE = {
    "@odata.type": "#microsoft.graph.ipNamedLocation",
    "id": LOCATION,
    "displayName": "Offices",
    "isTrusted": True,
    "ipRanges": [{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "203.0.113.0/24"}],
}
COUNTRIES = {
    "@odata.type": "#microsoft.graph.countryNamedLocation",
    "id": LOCATION,
    "displayName": "Home",
    "countriesAndRegions": ["GB"],
}
SIGN_IN = {
    "id": "s1",
    "userId": USER.upper(),
    "createdDateTime": "2026-11-23T08:00:00Z",
    "appDisplayName": "Office 365",
    "status": {"errorCode": 53003, "failureReason": "Blocked by Conditional Access."},
    "location": {"city": "Leeds", "countryOrRegion": "GB", "geoCoordinates": {"latitude": 53.8}},
    "appliedConditionalAccessPolicies": [{"id": POLICY, "displayName": "Country block", "result": "failure"}],
}
ENTRY = {
    "id": f"Directory_{REQUEST}_ABCDE_12345678",
    "correlationId": REQUEST,
    "activityDisplayName": "DismissUser",
    "activityDateTime": "2026-11-23T08:00:00.1234567Z",
    "result": "success",
    "initiatedBy": {"user": None, "app": {"appId": None, "servicePrincipalId": OTHER_USER}},
    "targetResources": [{"id": USER.upper(), "displayName": None}, {"id": None}],
}
ALARM = {
    "id": ALERT,
    "title": "Risky sign-in",
    "severity": "high",
    "status": "new",
    "assignedTo": None,
    "evidence": [
        {"@odata.type": "#microsoft.graph.security.userEvidence", "userAccount": {"azureAdUserId": USER.upper()}},
        {"@odata.type": "#microsoft.graph.security.ipEvidence", "ipAddress": "198.51.100.77"},
    ],
}


def seen(name: str, body: Any, *, subject: str = "") -> Observation:
    return LOOKUPS[name].observe(subject or SUBJECTS[name], 200, body=body, request_id="r-1", now=NOW)


def _facts(name: str, body: Any) -> dict[str, Any]:
    one = seen(name, body)
    assert one.state == "known", one.problem
    assert digest(one.facts)
    return one.facts


def test_a_policy_tells_whom_it_covers_where_and_what_it_asks_for() -> None:
    facts = _facts("ca.policy.get", RULE)
    assert facts["users"] == {name: list(one) for name, one in USERS.items()}
    assert (facts["displayName"], facts["state"], facts["grants"]) == ("MFA for everyone", "enabled", ["mfa"])
    assert (facts["locations"], facts["distinguishesGuests"]) == (PLACES, False)
    assert _facts("ca.policies", {"value": [RULE]}) == {"policies": [facts]}


def test_a_policy_that_tells_guests_apart_says_so() -> None:
    users = {**RULE["conditions"]["users"], "excludeGuestsOrExternalUsers": {}}  # type: ignore[index]
    changed = {**RULE, "conditions": {"users": users}}
    assert _facts("ca.policy.get", changed)["distinguishesGuests"] is True
    assert "locations" not in _facts("ca.policy.get", changed)


@pytest.mark.parametrize(
    "change",
    [
        {"id": GROUP},
        {"state": True},
        {"conditions": None},
        {"conditions": {"users": None}},
        {"conditions": {"users": {"includeUsers": ["All"]}}},
        {"grantControls": {"builtInControls": "mfa"}},
    ],
)
def test_a_policy_of_another_shape_or_id_is_unknown(change: dict[str, Any]) -> None:
    assert seen("ca.policy.get", {**RULE, **change}).state == "unknown"


def test_locations_are_ranges_or_countries_and_nothing_else() -> None:
    facts = _facts("ca.locations", {"value": [IP_PLACE, COUNTRIES]})["locations"]
    assert facts[0]["ipRanges"] == ["203.0.113.0/24"]
    assert (facts[0]["kind"], facts[0]["isTrusted"]) == ("ip", True)
    assert (facts[1]["kind"], facts[1]["countriesAndRegions"]) == ("country", ["GB"])
    wrong: list[dict[str, Any]] = [{"@odata.type": "#microsoft.graph.namedLocation"}, {"ipRanges": [{}]}, {"id": GROUP}]
    for change in wrong:
        assert seen("ca.location.get", {**IP_PLACE, **change}).state == "unknown", change


def test_a_sign_in_tells_error_place_and_policies_and_no_coordinates() -> None:
    facts = _facts("user.signins", {"value": [SIGN_IN]})
    [one] = facts["sign_ins"]
    assert (one["errorCode"], one["countryOrRegion"]) == (53003, "GB")
    assert one["policies"] == [{"id": POLICY, "displayName": "Country block", "result": "failure"}]
    assert (facts["complete"], "latitude" in str(facts)) == (True, False)


def test_a_long_list_is_cut_at_the_newest_and_says_so() -> None:
    many = [{**SIGN_IN, "id": f"s{number}"} for number in range(51)]
    facts = _facts("user.signins", {"value": many})
    assert (len(facts["sign_ins"]), facts["complete"]) == (50, False)
    entries = [{**ENTRY, "activityDateTime": f"2026-11-23T08:{minute:02}:00Z"} for minute in range(51)]
    facts = _facts("user.audits", {"value": entries})
    assert (len(facts["entries"]), facts["complete"]) == (50, False)
    assert facts["entries"][0]["activityDateTime"] == "2026-11-23T08:50:00Z"


def test_an_audit_entry_names_who_did_it_to_whom() -> None:
    [one] = _facts("user.audits", {"value": [ENTRY]})["entries"]
    assert (one["by_service_principal_id"], one["target_ids"]) == (OTHER_USER, [USER])
    assert _facts("reconcile.by_correlation", {"value": [ENTRY]})["entries"] == [one]


def test_no_trace_of_a_request_is_absent_and_no_entry_about_a_user_is_known() -> None:
    assert seen("reconcile.by_correlation", {"value": []}).state == "absent"
    assert _facts("user.audits", {"value": []}) == {"entries": [], "complete": True}
    assert _facts("user.risk_detections", {"value": []}) == {"detections": [], "complete": True}


@pytest.mark.parametrize(
    ("name", "record"),
    [
        ("user.signins", {**SIGN_IN, "userId": GROUP}),
        ("user.audits", {**ENTRY, "targetResources": [{"id": GROUP}]}),
        ("user.audits", {**ENTRY, "activityDateTime": None}),
        ("user.risk_detections", {"id": "r", "userId": GROUP}),
        ("reconcile.by_correlation", {**ENTRY, "correlationId": GROUP}),
        ("sec.alerts", {"id": ALERT, "title": 5}),
        ("health.messages", {"id": "MC1", "title": "x", "services": "Exchange Online"}),
        ("health.issues", {"title": "x"}),
    ],
)
def test_an_answer_about_others_or_of_another_shape_is_unknown(name: str, record: dict[str, Any]) -> None:
    assert seen(name, {"value": [record]}).state == "unknown"


def test_an_alert_names_the_people_in_its_evidence_and_keeps_its_ids_case() -> None:
    key = "daABCDEF1234567890_-1"
    facts = seen("sec.alert.get", {**ALARM, "id": key}, subject=key).facts
    assert (facts["id"], facts["user_ids"], facts["title"]) == (key, [USER], "Risky sign-in")
    assert "198.51.100.77" not in str(facts)
    assert seen("sec.alert.get", {**ALARM, "id": "da0000000000000000"}).state == "unknown"
    assert seen("sec.alert.get", {**ALARM, "evidence": None}).state == "unknown"


def test_an_incident_of_another_number_is_unknown() -> None:
    body = {"id": INCIDENT, "displayName": "Risky sign-in", "status": "active", "severity": "low"}
    assert _facts("sec.incident.get", body)["displayName"] == "Risky sign-in"
    assert seen("sec.incident.get", {**body, "id": "1"}).state == "unknown"


def test_health_tells_services_open_issues_and_messages_newest_first() -> None:
    service = {"id": "Exchange", "service": "Exchange Online", "status": "serviceOperational"}
    assert _facts("health.overviews", {"value": [service]}) == {"services": [service]}
    issue = {"id": "TM1", "title": "Late", "service": "Microsoft Teams", "status": "investigating"}
    assert _facts("health.issues", {"value": [issue]}) == {"issues": [issue]}
    old = {"id": "MC1", "title": "a", "services": [], "lastModifiedDateTime": "2026-01-01T00:00:00Z"}
    new = {**old, "id": "MC2", "lastModifiedDateTime": "2026-02-01T00:00:00Z"}
    assert [one["id"] for one in _facts("health.messages", {"value": [old, new]})["messages"]] == ["MC2", "MC1"]


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("user.signins", USER),
        ("user.signins", f"{USER}/"),
        ("user.signins", f"{USER}/2026-11-23"),
        ("user.signins", f"{USER}/2026-11-23T08:00:00Z or userId ne ''"),
        ("user.audits", f"{USER}/2026-11-23T08:00:00Z/x"),
        ("user.audits", f"{USER}/2026-11-23T08:00:00Z\n"),
        ("user.audits", f"me/{NOW:%Y-%m-%dT%H:%M:%SZ}"),
        ("sec.alert.get", "../incidents/12345678901"),
        ("sec.alert.get", f"{ALERT}\n"),
        ("sec.alert.get", f"{ALERT}?$expand=x"),
        ("sec.incident.get", "١٢٣"),
        ("sec.incident.get", "1/comments"),
        ("ca.policies", "ALL"),
        ("health.issues", USER),
    ],
)
def test_a_subject_that_cannot_be_asked_about_is_not_asked(name: str, subject: str) -> None:
    with pytest.raises(DirectoryError):
        LOOKUPS[name].call(subject)
