"""Sign-in methods and licences: telephones, deletions, the policy, swapping and processing anew, as documented."""

from types import ModuleType
from typing import Any

import pytest

from tests.simulator.test_conformance import MINE, _judged, _send
from tests.simulator.test_conformance import judge as judge  # The fixture is used by its name.

NUNO = "/users/nuno.teles@quillmere.example"
PHONES = f"{NUNO}/authentication/phoneMethods"
MOBILE, OFFICE = "3179e48a-750b-4051-897c-87b9720928f7", "e37fc753-ff3b-4958-9484-eaa9425c82bc"
OFFICE_PHONE = {"phoneNumber": "+44 1134960123x4", "phoneType": "office"}
PLAN = "57ff2da0-773e-42df-b2af-ffb7a2317929"


def _error(answer: Any) -> tuple[int, str]:
    return answer.status_code, str(answer.json()["error"]["code"])


def _sku(world: Any, part_number: str) -> str:
    return next(str(one["skuId"]) for one in world.file["subscribedSkus"] if one["skuPartNumber"] == part_number)


def _held(world: Any, name: str = "nuno.teles") -> dict[str, list[str]]:
    return {one["skuId"]: one["disabledPlans"] for one in world.user(name)["assignedLicenses"]}


def _taken(world: Any, token: str) -> dict[str, int]:
    return {one["skuId"]: one["consumedUnits"] for one in world.get("/subscribedSkus", token=token)["value"]}


def test_a_telephone_is_added_once_of_each_kind_and_deleted_by_the_fixed_id_of_its_kind(world: Any, app: str) -> None:
    made = world.graph("POST", PHONES, token=app, body=OFFICE_PHONE)
    assert (made.status_code, made.json()["id"]) == (201, OFFICE)
    assert _error(world.graph("POST", PHONES, token=app, body=OFFICE_PHONE)) == (400, "badRequest")
    assert {one["id"] for one in world.get(PHONES, token=app)["value"]} == {MOBILE, OFFICE}
    assert world.graph("DELETE", f"{PHONES}/{OFFICE}", token=app).status_code == 204
    assert _error(world.graph("DELETE", f"{PHONES}/{OFFICE}", token=app)) == (404, "Request_ResourceNotFound")


def test_every_person_with_a_telephone_has_a_number_in_the_form_that_graph_takes(world: Any, app: str) -> None:
    [phone] = world.get(PHONES, token=app)["value"]
    world.graph("DELETE", f"{PHONES}/{MOBILE}", token=app)
    body = {name: phone[name] for name in ("phoneNumber", "phoneType")}
    assert world.graph("POST", PHONES, token=app, body=body).json() | {"@odata.context": ""} == (
        phone | {"@odata.context": ""}
    )


def test_a_second_mobile_phone_needs_a_first_one(world: Any, app: str) -> None:
    second = {"phoneNumber": "+351 955501234", "phoneType": "alternateMobile"}
    world.graph("DELETE", f"{PHONES}/{MOBILE}", token=app)
    assert _error(world.graph("POST", PHONES, token=app, body=second)) == (400, "badRequest")
    world.graph("POST", PHONES, token=app, body=second | {"phoneType": "mobile"})
    assert world.graph("POST", PHONES, token=app, body=second).status_code == 201


@pytest.mark.parametrize(
    "change",
    [
        {"phoneNumber": "+44 113 496 0123"},
        {"phoneNumber": "01134960123"},
        {"phoneNumber": None},
        {"phoneType": "home"},
        {"phone_number": "+44 1134960123"},
        {"smsSignInState": "ready"},
        {"id": MOBILE},
    ],
)
def test_a_telephone_that_is_none_or_has_unknown_or_read_only_properties_is_refused(
    world: Any, app: str, change: dict[str, Any]
) -> None:
    assert world.graph("POST", PHONES, token=app, body=OFFICE_PHONE | change).status_code == 400
    assert len(world.get(PHONES, token=app)["value"]) == 1
    assert world.audits() == []


@pytest.mark.parametrize(
    ("segment", "name", "kind"),
    [
        ("microsoftAuthenticatorMethods", "nuno.teles", "microsoftAuthenticatorAuthenticationMethod"),
        ("fido2Methods", "eag-one", "fido2AuthenticationMethod"),
    ],
)
def test_a_method_is_deleted_below_its_own_kind_only(world: Any, app: str, segment: str, name: str, kind: str) -> None:
    base = f"/users/{name}@quillmere.example/authentication"
    methods = world.get(f"{base}/methods", token=app)["value"]
    wanted = next(one["id"] for one in methods if one["@odata.type"] == f"#microsoft.graph.{kind}")
    assert world.graph("DELETE", f"{base}/softwareOathMethods/{wanted}", token=app).status_code == 404
    assert world.graph("DELETE", f"{base}/{segment}/{wanted}", token=app).status_code == 204
    left = world.get(f"{base}/methods", token=app)["value"]
    assert len(left) == len(methods) - 1 and wanted not in {one["id"] for one in left}


def test_each_kind_of_method_has_a_permission_of_its_own(world: Any) -> None:
    world.control("POST", "/apps", {"revoke": ["UserAuthMethod-Phone.ReadWrite.All"]})
    token = world.app_token()
    assert _error(world.graph("POST", PHONES, token=token, body=OFFICE_PHONE)) == (403, "Authorization_RequestDenied")
    [one] = [x for x in world.user("nuno.teles")["authenticationMethods"] if "Authenticator" in x["@odata.type"]]
    path = f"{NUNO}/authentication/microsoftAuthenticatorMethods/{one['id']}"
    assert world.graph("DELETE", path, token=token).status_code == 204


def test_a_user_changes_methods_of_others_only_with_a_role_that_reaches_over_them(world: Any) -> None:
    own = world.user_token("nuno.teles@quillmere.example")
    desk = world.user_token("gunther.pils@quillmere.example")
    boss = "/users/nate.bellweather@quillmere.example/authentication/phoneMethods"
    assert world.graph("POST", PHONES, token=desk, body=OFFICE_PHONE).status_code == 201
    for path, token in ((f"{boss}/{MOBILE}", desk), (f"{PHONES}/{OFFICE}", own)):
        assert _error(world.graph("DELETE", path, token=token)) == (403, "Authorization_RequestDenied")
    assert world.graph("GET", boss, token=own).status_code == 403


def test_the_audit_log_takes_over_the_callers_id_for_sign_in_methods(world: Any, app: str) -> None:
    _send(world, app, "POST", PHONES, OFFICE_PHONE)
    _send(world, app, "DELETE", f"{PHONES}/{OFFICE}")
    assert [(one["activityDisplayName"], one["correlationId"]) for one in world.audits()] == [
        ("Admin registered security info", MINE),
        ("Admin deleted security info", MINE),
    ]


def test_the_policy_allows_a_pass_as_long_as_one_can_be_made(world: Any, app: str) -> None:
    policy = world.get("/policies/authenticationMethodsPolicy", token=app)
    states = {one["id"]: one for one in policy["authenticationMethodConfigurations"]}
    longest = states["TemporaryAccessPass"]["maximumLifetimeInMinutes"]
    passes = f"{NUNO}/authentication/temporaryAccessPassMethods"
    assert world.graph("POST", passes, token=app, body={"lifetimeInMinutes": longest}).status_code == 201
    assert world.graph("POST", passes, token=app, body={"lifetimeInMinutes": longest + 1}).status_code == 400
    reader, employee = world.user_token("sushila.menon@quillmere.example"), world.user_token(NUNO[7:])
    assert world.graph("GET", "/policies/authenticationMethodsPolicy", token=reader).status_code == 200
    assert world.graph("GET", "/policies/authenticationMethodsPolicy", token=employee).status_code == 403


def test_a_swap_does_both_or_nothing(world: Any, app: str) -> None:
    old, new, full = _sku(world, "SPE_E3"), _sku(world, "SPE_E5"), _sku(world, "VISIOCLIENT")
    before, seats = _held(world), _taken(world, app)
    for body in (
        {"addLicenses": [{"skuId": full, "disabledPlans": []}], "removeLicenses": [old]},
        {"addLicenses": [{"skuId": new, "disabledPlans": []}], "removeLicenses": [full]},
        {"addLicenses": [{"skuId": new}, {"skuId": old}], "removeLicenses": [old]},
    ):
        assert _error(world.graph("POST", f"{NUNO}/assignLicense", token=app, body=body))[0] == 400
        assert (_held(world), _taken(world, app)) == (before, seats)
    swap = {"addLicenses": [{"skuId": new, "disabledPlans": [PLAN.upper()]}], "removeLicenses": [old]}
    assert world.graph("POST", f"{NUNO}/assignLicense", token=app, body=swap).status_code == 200
    assert _held(world) == {new: [PLAN]}
    assert _taken(world, app) == seats | {old: seats[old] - 1, new: seats[new] + 1}


@pytest.mark.parametrize(
    "body",
    [
        {"addLicenses": []},
        {"addLicenses": [], "removeLicenses": [], "force": True},
        {"addLicenses": [{"skuID": PLAN}], "removeLicenses": []},
        {"addLicenses": [{"skuId": "SPE", "disabled": []}], "removeLicenses": []},
        {"addLicenses": [{"skuId": "SPE", "disabledPlans": [5]}], "removeLicenses": []},
        {"addLicenses": [{"skuId": PLAN}], "removeLicenses": []},
    ],
)
def test_a_licence_call_of_another_shape_is_refused(world: Any, app: str, body: dict[str, Any]) -> None:
    for path in (NUNO, f"/groups/{world.group_id('QG-Recipes')}"):
        assert world.graph("POST", f"{path}/assignLicense", token=app, body=body).status_code == 400


def test_a_licence_of_a_group_is_applied_anew_once_there_is_a_seat(world: Any, app: str) -> None:
    group, nuno, theo = world.group_id("QG-Visio-Lic"), world.user("nuno.teles")["id"], world.user("theo.blanc")["id"]
    reference = {"@odata.id": f"https://graph.microsoft.com/v1.0/directoryObjects/{nuno}"}
    world.graph("POST", f"/groups/{group}/members/$ref", token=app, body=reference)
    failing = f"/groups/{group}/membersWithLicenseErrors?$select=id,displayName,licenseAssignmentStates"
    [person] = world.get(failing, token=app)["value"]
    assert (person["id"], person["licenseAssignmentStates"][-1]["error"]) == (nuno, "CountViolation")
    anew = f"{NUNO}/reprocessLicenseAssignment"
    assert world.graph("POST", anew, token=app).status_code == 200
    assert len(world.get(failing, token=app)["value"]) == 1, "there is still no seat"
    world.graph("DELETE", f"/groups/{group}/members/{theo}/$ref", token=app)
    assert world.graph("POST", anew, token=app).json()["id"] == nuno
    assert world.get(failing, token=app)["value"] == []
    assert _sku(world, "VISIOCLIENT") in _held(world)
    assert [one["activityDisplayName"] for one in world.audits()[-2:]] == [
        "Trigger group license recalculation",
        "Finish applying group based license to user",
    ]


def test_a_licence_given_to_a_group_reaches_its_direct_members_as_far_as_there_are_seats(world: Any, app: str) -> None:
    group, bi = world.group_id("QG-Finance-Ledger"), _sku(world, "POWER_BI_PRO")
    before = _taken(world, app)[bi]
    give = {"addLicenses": [{"skuId": bi, "disabledPlans": [PLAN]}], "removeLicenses": []}
    answer = world.graph("POST", f"/groups/{group}/assignLicense", token=app, body=give)
    assert (answer.status_code, answer.json()["id"]) == (202, group)
    # Who had it directly without a plan switched off keeps every plan and takes no second seat.
    assert (_held(world, "mona.vasey")[bi], _held(world, "ulrike.zang")[bi]) == ([], [PLAN])
    assert _taken(world, app)[bi] == before + 1
    shown = world.get(f"/groups/{group}?$select=id,assignedLicenses,licenseProcessingState", token=app)
    assert shown["licenseProcessingState"] == {"state": "ProcessingComplete"}
    take = {"addLicenses": [], "removeLicenses": [bi]}
    assert world.graph("POST", f"/groups/{group}/assignLicense", token=app, body=take).status_code == 202
    assert (_taken(world, app)[bi], bi in _held(world, "mona.vasey")) == (before, True)
    assert world.graph("POST", f"/groups/{group}/assignLicense", token=app, body=take).status_code == 400
    assert {one["activityDisplayName"] for one in world.audits()} == {
        "Set group license",
        "Start applying group based license to users",
    }


def test_a_group_without_security_carries_no_licence(world: Any, app: str) -> None:
    give = {"addLicenses": [{"skuId": _sku(world, "POWER_BI_PRO")}], "removeLicenses": []}
    path = f"/groups/{world.group_id('QT-Finance')}/assignLicense"
    assert world.graph("POST", path, token=app, body=give).status_code == 400


@pytest.mark.parametrize(
    ("method", "path"), [("POST", f"{NUNO}/reprocessLicenseAssignment"), ("POST", "/groups/{}/assignLicense")]
)
def test_licences_need_an_administrator_of_licences(world: Any, method: str, path: str) -> None:
    body = {"addLicenses": [], "removeLicenses": []} if "groups" in path else None
    path = path.format(world.group_id("QG-Recipes"))
    for name, fits in (("nuno.teles", False), ("gunther.pils", True)):
        answer = world.graph(method, path, token=world.user_token(f"{name}@quillmere.example"), body=body)
        assert answer.is_success == fits and answer.status_code in (200, 202, 403)


def test_every_exchange_conforms(world: Any, app: str, judge: ModuleType) -> None:
    group, bi = world.group_id("QG-Finance-Ledger"), _sku(world, "POWER_BI_PRO")
    zoe = "/users/zoe.minto@quillmere.example"
    [one] = [x for x in world.user("zoe.minto")["authenticationMethods"] if "Authenticator" in x["@odata.type"]]
    give = {"addLicenses": [{"skuId": bi, "disabledPlans": []}], "removeLicenses": []}
    swap = give | {"removeLicenses": [_sku(world, "SPE_E3")]}
    exchanges: list[tuple[str, str, Any, str | None]] = [
        ("GET", PHONES, None, None),
        ("POST", PHONES, OFFICE_PHONE, "entra.auth.method.phone.add"),
        ("DELETE", f"{PHONES}/{OFFICE}", None, "entra.auth.method.phone.delete"),
        ("DELETE", f"{zoe}/authentication/microsoftAuthenticatorMethods/{one['id']}", None, None),
        ("GET", "/policies/authenticationMethodsPolicy", None, None),
        ("POST", f"{zoe}/assignLicense", swap, "entra.license.swap"),
        ("GET", f"{zoe}/licenseDetails", None, None),
        ("POST", f"/groups/{group}/assignLicense", give, "entra.group.license.assign"),
        ("GET", f"/groups/{group}?$select=id,assignedLicenses,licenseProcessingState", None, None),
        ("GET", f"/groups/{group}/membersWithLicenseErrors?$select=id,displayName", None, None),
        ("POST", f"{zoe}/reprocessLicenseAssignment", None, "entra.license.reprocess"),
    ]
    for method, path, body, action in exchanges:
        answer = _send(world, app, method, path, body)
        assert answer.is_success, answer.text
        assert _judged(judge, answer, body=body, action=action) == [], path
    refused = _send(world, app, "POST", PHONES, {"phoneNumber": "5", "phoneType": "office"})
    assert [x for x in _judged(judge, refused, body=None, action=None) if not x[1].startswith("request")] == []
