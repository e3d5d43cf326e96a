"""What answers about devices, their keys and Intune's apps become; and what of them never becomes a fact."""

from datetime import UTC, datetime
from typing import Any

import pytest

from agent.errors import DirectoryError
from agent.lookups import LOOKUPS
from agent.model.observation import Observation
from policy.canonical import digest
from tests.agent.areas.devices import APP, DEVICE, ENTRA_DEVICE, KEY, SUBJECTS
from tests.agent.areas.first import GROUP, USER

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
LISTS = {
    "user.devices": "devices",
    "user.managed_devices": "devices",
    "device.compliance": "policies",
    "device.bitlocker.list": "keys",
    "intune.app.assignments": "assignments",
    "intune.audit": "events",
}
ABOUT_ONE = ("device.managed.get", "device.entra", "device.laps.meta", "intune.app.get")


def seen(name: str, body: Any, *, subject: str = "") -> Observation:
    return LOOKUPS[name].observe(subject or SUBJECTS[name], 200, body=body, request_id="r-1", now=NOW)


@pytest.mark.parametrize("name", LISTS)
def test_an_empty_list_is_known_to_be_empty_and_a_part_of_one_is_unknown(name: str) -> None:
    assert seen(name, {"value": []}).facts == {LISTS[name]: []}
    assert seen(name, {"value": [], "@odata.nextLink": "more"}).state == "unknown"


@pytest.mark.parametrize("name", ABOUT_ONE)
def test_an_answer_about_something_else_is_unknown(name: str) -> None:
    assert seen(name, {"id": SUBJECTS[name].upper()}).facts == {"id": SUBJECTS[name]}
    assert seen(name, {"id": GROUP}).state == "unknown"


def test_what_a_device_was_told_is_not_asked_for_and_never_becomes_a_fact() -> None:
    assert "deviceActionResults" not in dict(LOOKUPS["device.managed.get"].call(DEVICE).query)["$select"]
    told = {"actionName": "resetPasscode", "actionState": "done", "startDateTime": "2026-11-23T09:00:00Z"}
    private = {"passcode": "482913", "unlockPin": "7777", "deviceLocation": {"latitude": 53.8, "longitude": -1.5}}
    body = {
        "id": DEVICE,
        "deviceName": "QM-BIO-PH1",
        "userId": USER,
        "isEncrypted": True,
        "activationLockBypassCode": "AAAA-BBBB",
        "phoneNumber": "+44 555 0100",
        "deviceActionResults": [told | private],
    }
    facts = seen("device.managed.get", body).facts
    assert "deviceActionResults" not in facts
    assert (facts["deviceName"], facts["userId"], facts["isEncrypted"]) == ("QM-BIO-PH1", USER, True)
    for secret in ("482913", "7777", "53.8", "AAAA-BBBB", "0100"):
        assert secret not in repr(facts)
    assert digest(facts)


@pytest.mark.parametrize(("field", "value"), [("isEncrypted", "true"), ("deviceName", 7)])
def test_a_field_of_another_type_makes_the_answer_unknown(field: str, value: Any) -> None:
    assert seen("device.managed.get", {"id": DEVICE, field: value}).state == "unknown"


def test_a_serial_number_finds_its_devices_or_none_and_others_are_not_believed() -> None:
    one = {"id": DEVICE, "serialNumber": "pf-3abcde", "deviceName": "QM-LDS-07", "complianceState": "compliant"}
    assert seen("device.managed.find", {"value": [one]}).facts == {"candidates": [one]}
    assert seen("device.managed.find", {"value": []}).state == "absent"
    assert seen("device.managed.find", {"value": [one, {"id": GROUP, "serialNumber": "X1"}]}).state == "unknown"
    assert seen("device.managed.find", {"value": [{"id": DEVICE}]}).state == "unknown"


def test_devices_of_a_name_are_told_by_that_exact_name() -> None:
    one = {"id": DEVICE, "deviceName": "qm-lds-07", "userId": USER}
    assert seen("device.managed.named", {"value": [one]}).facts == {"devices": [one]}
    assert seen("device.managed.named", {"value": []}).state == "absent"
    assert seen("device.managed.named", {"value": [{**one, "deviceName": "QM-LDS-077"}]}).state == "unknown"
    for name in ("PF-1/../PF-2", "PF-1' or '1", "PF\N{CYRILLIC CAPITAL LETTER ER}-1", "", "x" * 70):
        with pytest.raises(DirectoryError):
            LOOKUPS["device.managed.named"].call(name)


@pytest.mark.parametrize(
    "serial", ["", "X1", "' or '1' eq '1", "PF3 or true'", "a/b/c", "PF3ABC\n", "Ünïcödé", "x" * 65]
)
def test_what_is_no_serial_number_is_not_asked_for(serial: str) -> None:
    with pytest.raises(DirectoryError):
        LOOKUPS["device.managed.find"].call(serial)


def test_keys_are_listed_without_the_key_and_those_of_another_device_are_not_believed() -> None:
    key = {"id": KEY, "deviceId": ENTRA_DEVICE, "volumeType": "operatingSystemVolume", "createdDateTime": "2024"}
    facts = seen("device.bitlocker.list", {"value": [key | {"key": "111111-222222"}]}).facts
    assert facts == {"keys": [{name: key[name] for name in ("id", "createdDateTime", "volumeType")}]}
    assert seen("device.bitlocker.list", {"value": [key | {"deviceId": GROUP}]}).state == "unknown"
    assert seen("device.bitlocker.list", {"value": [{"id": KEY}]}).state == "unknown"


def test_of_a_local_password_only_its_dates_become_facts() -> None:
    body = {"id": ENTRA_DEVICE, "deviceName": "QM-LDS-07", "refreshDateTime": "2026-12-01T08:00:00Z"}
    facts = seen("device.laps.meta", body | {"credentials": [{"passwordBase64": "UQBRAA=="}]}).facts
    assert facts == body


def test_compliance_says_which_settings_do_not_hold() -> None:
    setting = {"setting": "Baseline.Encryption", "state": "nonCompliant", "userEmail": "x@y.example"}
    body = {"value": [{"id": "P-1", "displayName": "Baseline", "state": "nonCompliant", "settingStates": [setting]}]}
    [policy] = seen("device.compliance", body).facts["policies"]
    assert policy["settings"] == [{"setting": "Baseline.Encryption", "state": "nonCompliant"}]
    assert seen("device.compliance", {"value": [{"id": "P-1", "settingStates": None}]}).state == "unknown"


def test_an_assignment_says_to_whom_and_keeps_its_own_id() -> None:
    kind = "#microsoft.graph.{}AssignmentTarget"
    target = {"@odata.type": kind.format("group"), "groupId": GROUP.upper()}
    to_group = {"id": f"{GROUP}_0_0", "intent": "required", "target": target}
    to_all = {"id": "x_1_0", "intent": "available", "target": {"@odata.type": kind.format("allDevices")}}
    assert seen("intune.app.assignments", {"value": [to_group, to_all]}).facts["assignments"] == [
        {"id": f"{GROUP}_0_0", "intent": "required", "target": "group", "groupId": GROUP},
        {"id": "x_1_0", "intent": "available", "target": "all devices"},
    ]
    for broken in ({"target": None}, {"id": None}, {"target": target | {"groupId": 5}}):
        assert seen("intune.app.assignments", {"value": [to_group | broken]}).state == "unknown"


@pytest.mark.parametrize("since", ["2026-11-23", "2026-11-23T09:00:00", "yesterday", "", "2026-11-23T09:00Z or true"])
def test_intunes_log_is_asked_only_since_a_certain_time(since: str) -> None:
    with pytest.raises(DirectoryError):
        LOOKUPS["intune.audit"].call(since)


def test_intunes_log_is_asked_in_utc_and_keeps_who_did_what_to_which() -> None:
    call = LOOKUPS["intune.audit"].call("2026-11-23T10:00:00+01:00")
    assert ("$filter", "activityDateTime ge 2026-11-23T09:00:00Z") in call.query
    event = {
        "id": GROUP,
        "activityType": "wipe ManagedDevice",
        "correlationId": KEY,
        "actor": {"userId": USER, "userPrincipalName": "x@y.example", "ipAddress": "192.0.2.1"},
        "resources": [{"resourceId": DEVICE, "displayName": "QM-LDS-07"}],
    }
    [found] = seen("intune.audit", {"value": [event]}).facts["events"]
    assert found == {
        "id": GROUP,
        "activityType": "wipe ManagedDevice",
        "correlationId": KEY,
        "actor": {"userId": USER},
        "resources": [{"resourceId": DEVICE}],
    }


def test_an_app_has_its_name() -> None:
    assert seen("intune.app.get", {"id": APP, "displayName": "VLC", "publisher": None}).facts["displayName"] == "VLC"
