"""What the look-ups about sign-in methods, licences, groups and units make of good, empty and foreign answers."""

from typing import Any

import pytest

from policy.canonical import digest
from tests.agent.lookups.test_observations import GROUP, SKU, USER, seen

PLAN = "57ff2da0-773e-42df-b2af-ffb7a2317929"
PHONE = "3179e48a-750b-4051-897c-87b9720928f7"
PERSON = {"@odata.type": "#microsoft.graph.user", "id": USER.upper(), "displayName": "Ed O'Shea", "mail": "x"}
SUBJECTS = {"user.in_group": f"{GROUP}/{USER}", "policy.auth_methods": "all"}
LISTS = ("user.phones", "user.in_group", "user.license_details", "user.units", "group.members", "group.approles")


@pytest.mark.parametrize("name", [*LISTS, "group.license_errors", "sku.holders"])
def test_a_list_with_pages_left_unread_is_unknown_and_an_empty_one_is_known(name: str) -> None:
    subject = SUBJECTS.get(name, GROUP)
    assert seen(name, {"value": [], "@odata.nextLink": "more"}, subject=subject).state == "unknown"
    assert seen(name, {"value": []}, subject=subject).state == "known"


def test_telephones_are_told_with_their_numbers_and_nothing_else() -> None:
    phone = {"id": PHONE.upper(), "phoneType": "mobile", "phoneNumber": "+44 55501077", "smsSignInState": "ready"}
    assert seen("user.phones", {"value": [phone]}).facts == {
        "phones": [{"id": PHONE, "phoneType": "mobile", "phoneNumber": "+44 55501077"}]
    }
    assert seen("user.phones", {"value": [phone | {"phoneNumber": 44}]}).state == "unknown"


def test_the_policy_tells_each_methods_state_and_the_lifetimes_of_passes() -> None:
    passes = {"id": "TemporaryAccessPass", "state": "enabled", "maximumLifetimeInMinutes": 480, "isUsableOnce": True}
    body = {"authenticationMethodConfigurations": [{"id": "Sms", "state": "disabled"}, passes]}
    facts = seen("policy.auth_methods", body, subject="all").facts
    assert facts["methods"] == [
        {"id": "sms", "state": "disabled"},
        {"id": "temporaryaccesspass", "state": "enabled", "isUsableOnce": True, "maximumLifetimeInMinutes": 480},
    ]
    assert digest(facts)
    assert seen("policy.auth_methods", {"id": "authenticationMethodsPolicy"}, subject="all").state == "unknown"


def test_members_are_named_with_their_kind_and_hidden_ones_make_the_list_incomplete() -> None:
    robot = {"@odata.type": "#microsoft.graph.device", "id": SKU, "displayName": None}
    facts = seen("group.members", {"value": [PERSON, robot]}, subject=GROUP).facts
    assert facts["members"][0] == {"id": USER, "displayName": "Ed O'Shea", "kind": "user"}
    assert (facts["members"][1]["kind"], facts["count"], facts["complete"]) == ("device", 2, True)
    hidden = {"@odata.type": "#microsoft.graph.user", "id": None}
    facts = seen("group.members", {"value": [PERSON, hidden]}, subject=GROUP).facts
    assert (len(facts["members"]), facts["count"], facts["complete"]) == (1, 2, False)
    assert seen("group.members", {"value": [{"id": USER}]}, subject=GROUP).state == "unknown"


def test_of_a_large_group_some_members_are_named_and_all_are_counted() -> None:
    many = [PERSON | {"id": f"{number}"} for number in range(1_000)]
    facts = seen("group.members", {"value": many}, subject=GROUP).facts
    assert (len(facts["members"]), facts["count"], facts["complete"]) == (999, 1_000, False)


def test_who_holds_a_licence_is_told_with_its_switched_off_plans_and_where_it_comes_from() -> None:
    plan = "a0000000-0000-4000-8000-00000000000a"
    held = [{"skuId": SKU.upper(), "disabledPlans": [plan.upper()]}, {"skuId": GROUP, "disabledPlans": []}]
    way = {"skuId": SKU, "assignedByGroup": None}
    person = PERSON | {"accountEnabled": True, "usageLocation": None, "assignedLicenses": held}
    direct = person | {"licenseAssignmentStates": [way, {"skuId": GROUP, "assignedByGroup": GROUP}]}
    through = person | {"licenseAssignmentStates": [way, way | {"assignedByGroup": GROUP}]}
    facts = seen("sku.holders", {"value": [direct, through]}, subject=SKU).facts
    known = {"id": USER, "displayName": "Ed O'Shea", "accountEnabled": True, "usageLocation": None}
    shown = known | {"disabledPlans": [plan], "skus": sorted([SKU, GROUP])}
    assert facts["holders"] == [shown | {"is_from_group": False}, shown | {"is_from_group": True}]
    assert (facts["count"], facts["complete"]) == (2, True)
    # Somebody without it, or of whom it is not told where it comes from, makes the whole answer unusable.
    for odd in (direct | {"assignedLicenses": held[1:]}, person):
        assert seen("sku.holders", {"value": [through, odd]}, subject=SKU).state == "unknown"
    many = [direct | {"id": f"{number}"} for number in range(1_000)]
    facts = seen("sku.holders", {"value": many}, subject=SKU).facts
    assert (len(facts["holders"]), facts["count"], facts["complete"]) == (999, 1_000, False)


def test_a_membership_through_other_groups_is_believed_of_the_asked_group_only() -> None:
    subject = SUBJECTS["user.in_group"]
    assert seen("user.in_group", {"value": [{"id": GROUP.upper()}]}, subject=subject).facts == {"is_member": True}
    assert seen("user.in_group", {"value": []}, subject=subject).facts == {"is_member": False}
    assert seen("user.in_group", {"value": [{"id": SKU}]}, subject=subject).state == "unknown"


def test_what_a_group_opens_keeps_the_case_of_the_assignments_id() -> None:
    one = {"id": "aBc_D", "principalId": GROUP, "appRoleId": SKU, "resourceId": USER, "resourceDisplayName": "Books"}
    assert seen("group.approles", {"value": [one]}, subject=GROUP).facts["assignments"] == [
        {"id": "aBc_D", "resourceDisplayName": "Books", "appRoleId": SKU, "resourceId": USER}
    ]
    assert seen("group.approles", {"value": [one | {"principalId": USER}]}, subject=GROUP).state == "unknown"


def test_service_plans_are_told_with_their_state() -> None:
    plan = {"servicePlanId": PLAN.upper(), "servicePlanName": "TEAMS1", "provisioningStatus": "Disabled"}
    body = {"value": [{"skuId": SKU, "skuPartNumber": "SPE_E3", "servicePlans": [plan | {"appliesTo": "User"}]}]}
    [licence] = seen("user.license_details", body).facts["licences"]
    assert licence["servicePlans"] == [plan | {"servicePlanId": PLAN}]
    assert seen("user.license_details", {"value": [{"skuId": SKU}]}).state == "unknown"


def test_a_groups_licences_tell_their_processing_only_once_there_was_any() -> None:
    body: dict[str, Any] = {"id": GROUP, "assignedLicenses": [{"skuId": SKU.upper(), "disabledPlans": [PLAN.upper()]}]}
    facts = seen("group.licenses", body | {"licenseProcessingState": None}, subject=GROUP).facts
    assert facts == {"assignedLicenses": [{"skuId": SKU, "disabledPlans": [PLAN]}]}
    state = {"licenseProcessingState": {"state": "QueuedForProcessing"}}
    assert seen("group.licenses", body | state, subject=GROUP).facts["state"] == "QueuedForProcessing"
    assert seen("group.licenses", body | {"licenseProcessingState": "x"}, subject=GROUP).state == "unknown"
    assert seen("group.licenses", body | {"id": USER}, subject=GROUP).state == "unknown"


def test_errors_are_those_of_the_asked_group() -> None:
    own = {"skuId": SKU, "assignedByGroup": GROUP.upper(), "state": "Error", "error": "CountViolation"}
    others = [own | {"assignedByGroup": USER}, own | {"assignedByGroup": None}, own | {"state": "Active"}]
    body = {"value": [PERSON | {"licenseAssignmentStates": [*others, own]}, {"id": SKU}]}
    assert seen("group.license_errors", body, subject=GROUP).facts["members"] == [
        {"id": USER, "displayName": "Ed O'Shea", "errors": [{"skuId": SKU, "error": "CountViolation"}]},
        {"id": SKU},
    ]


def test_a_unit_tells_whether_its_management_is_restricted() -> None:
    body = {"id": GROUP, "displayName": "Office Leeds", "isMemberManagementRestricted": True, "membershipType": None}
    facts = seen("unit.get", body | {"visibility": "x"}, subject=GROUP).facts
    assert facts == body
    assert seen("unit.get", body | {"id": USER}, subject=GROUP).state == "unknown"
    assert seen("user.units", {"value": [body]}).facts == {"units": [{"id": GROUP, "displayName": "Office Leeds"}]}
