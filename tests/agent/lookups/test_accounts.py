"""Look-ups about accounts and the tenant: what they ask, and what good, malformed, empty and foreign answers say."""

from datetime import UTC, datetime
from typing import Any

import pytest

from agent.errors import DirectoryError
from agent.lookups import LOOKUPS
from agent.model.observation import Observation
from policy.canonical import digest

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
USER = "a568c719-7c70-5207-96f9-f39ffc875fb5"
OTHER = "8272451c-0789-5c5e-8b19-8ed1992695b8"
PERSON = {"id": USER, "displayName": "Ed O'Shea", "userPrincipalName": "ed.oshea@quillmere.example"}
DELETED = {
    "@odata.type": "#microsoft.graph.user",
    **PERSON,
    "userPrincipalName": f"{USER.replace('-', '')}ed.oshea@quillmere.example",
    "deletedDateTime": "2026-11-20T09:00:00Z",
    "mobilePhone": "+44 555 01077",
}
REGISTERED = {"id": USER, "isMfaCapable": True, "isAdmin": False, "methodsRegistered": ["mobilePhone"]}
ORGANIZATION = {
    "id": OTHER,
    "displayName": "Quillmere Foods",
    "onPremisesSyncEnabled": None,
    "verifiedDomains": [{"name": "Quillmere.example", "isDefault": True, "isInitial": False, "type": "Managed"}],
}


def _seen(name: str, body: Any, *, subject: str = USER, status: int = 200) -> Observation:
    return LOOKUPS[name].observe(subject, status, body=body, request_id="r-1", now=NOW)


@pytest.mark.parametrize(
    ("subject", "wanted"),
    [
        ("userPrincipalName:ed.o'shea@q.example", "userPrincipalName eq 'ed.o''shea@q.example'"),
        ("mail:a@q.example", "mail eq 'a@q.example' or otherMails/any(m:m eq 'a@q.example')"),
        ("employeeId:QM'1:7", "employeeId eq 'QM''1:7'"),
        ("onPremisesImmutableId:aB'/+==", "onPremisesImmutableId eq 'aB''/+=='"),
        (
            "mail:x'or'a'eq'a@q.example",
            "mail eq 'x''or''a''eq''a@q.example' or otherMails/any(m:m eq 'x''or''a''eq''a@q.example')",
        ),
    ],
)
def test_a_value_is_asked_for_as_a_whole_and_inside_quotes(subject: str, wanted: str) -> None:
    call = LOOKUPS["user.filter"].call(subject)
    assert (call.path, dict(call.query)["$filter"]) == ("/users", wanted)


@pytest.mark.parametrize(
    "subject",
    [
        "ed@q.example",
        "displayName:Ed",
        "mail:",
        "mail:Ed",
        "mail:a b@q.example",
        "employeeId:",
        "employeeId:" + "1" * 17,
        "employeeId:1\n",
        "MAIL:a@q.example",
    ],
)
def test_what_is_no_address_and_no_employee_id_is_not_asked_for(subject: str) -> None:
    with pytest.raises(DirectoryError):
        LOOKUPS["user.filter"].call(subject)


@pytest.mark.parametrize("name", ["tenant.org", "tenant.domains", "deleted.users"])
@pytest.mark.parametrize("subject", ["", "all", "Tenant", USER])
def test_the_tenant_is_asked_about_as_tenant_only(name: str, subject: str) -> None:
    with pytest.raises(DirectoryError):
        LOOKUPS[name].call(subject)


def test_candidates_keep_what_was_asked_for_and_nobody_is_absent() -> None:
    found = _seen("user.filter", {"value": [PERSON | {"mobilePhone": "+44 555", "employeeId": None}]})
    assert found.facts == {"candidates": [PERSON | {"employeeId": None}]}
    assert _seen("user.filter", {"value": []}).state == "absent"
    assert _seen("user.filter", {"value": [PERSON], "@odata.nextLink": "more"}).state == "unknown"


def test_sign_in_activity_tells_never_from_not_told() -> None:
    times = {"lastSignInDateTime": "2026-11-22T17:00:00Z", "lastNonInteractiveSignInDateTime": None}
    known = _seen("user.signin_activity", {"id": USER, "signInActivity": {**times, "lastSignInRequestId": "r"}})
    assert known.facts == {"has_signed_in": True, **times}
    assert _seen("user.signin_activity", {"id": USER, "signInActivity": None}).facts == {"has_signed_in": False}
    assert _seen("user.signin_activity", {"id": USER, "signInActivity": {}}).facts == {"has_signed_in": False}
    assert _seen("user.signin_activity", {"id": USER}).state == "unknown"
    assert _seen("user.signin_activity", {"id": USER, "signInActivity": "yesterday"}).state == "unknown"


def test_reports_are_people_and_an_empty_list_is_known() -> None:
    contact = {"@odata.type": "#microsoft.graph.orgContact", "id": OTHER}
    found = _seen("user.direct_reports", {"value": [{"@odata.type": "#microsoft.graph.user", **PERSON}, contact]})
    assert found.facts == {"reports": [PERSON]}
    assert _seen("user.direct_reports", {"value": []}).facts == {"reports": []}


def test_registration_keeps_flags_and_methods_and_nothing_else() -> None:
    found = _seen("user.registration", REGISTERED | {"userDisplayName": "Ed"})
    assert found.facts == REGISTERED
    assert digest(found.facts)
    assert _seen("user.registration", {}, status=404).state == "absent"
    assert _seen("user.registration", REGISTERED | {"isMfaCapable": "true"}).state == "unknown"
    assert _seen("user.registration", {"id": USER}).state == "unknown"


def test_a_deleted_user_has_the_sign_in_name_of_before() -> None:
    wanted = {**PERSON, "deletedDateTime": "2026-11-20T09:00:00Z"}
    assert _seen("deleted.user", {"value": [DELETED]}).facts == wanted
    assert _seen("deleted.user", {"value": []}).state == "absent"
    assert _seen("deleted.user", {"value": [DELETED, DELETED]}).state == "unknown"
    assert _seen("deleted.users", {"value": [DELETED]}).facts == {"users": [wanted]}
    assert _seen("deleted.users", {"value": []}).facts == {"users": []}


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("user.signin_activity", {"id": OTHER, "signInActivity": None}),
        ("user.registration", REGISTERED | {"id": OTHER}),
        ("deleted.user", {"value": [DELETED | {"id": OTHER}]}),
    ],
)
def test_an_answer_about_somebody_else_is_unknown(name: str, body: dict[str, Any]) -> None:
    assert _seen(name, body).state == "unknown"


def test_the_tenant_has_one_name_and_its_domains() -> None:
    known = _seen("tenant.org", {"value": [ORGANIZATION | {"technicalNotificationMails": ["a@q.example"]}]})
    domain = {"name": "quillmere.example", "isDefault": True, "isInitial": False, "type": "Managed"}
    assert known.facts == ORGANIZATION | {"verifiedDomains": [domain]}
    assert _seen("tenant.org", {"value": []}).state == "unknown"
    assert _seen("tenant.org", {"value": [ORGANIZATION, ORGANIZATION]}).state == "unknown"
    assert _seen("tenant.org", {"value": [ORGANIZATION | {"verifiedDomains": None}]}).state == "unknown"


def test_a_federated_domain_says_so() -> None:
    one = {"id": "quillmere.example", "isDefault": True, "isVerified": True, "authenticationType": "Federated"}
    assert _seen("tenant.domains", {"value": [one | {"state": None}]}).facts == {"domains": [one]}
    assert _seen("tenant.domains", {"value": [{"id": 5}]}).state == "unknown"
