"""Devices of Intune: told from afar, retired and wiped, found, and whose business they are."""

from typing import Any

import pytest

from tests.simulator.devices import (
    AUDITOR,
    KEYS,
    MANAGED,
    OWNER,
    PASSWORDS,
    STRANGER,
    TECHNICIAN,
    an_hour_ago,
    app_path,
    computer,
    entra_id,
    error_of,
    key_id,
    managed,
    objects,
    phone,
    results,
    tell,
)


def test_an_action_is_pending_until_the_device_checks_in_and_then_done(world: Any, app: str) -> None:
    """Resource type `deviceActionResult`: 204 only says that it is queued."""
    path = computer(world)
    before = world.get(path, token=app)["lastSyncDateTime"]
    answer = tell(world, path, "windowsDefenderScan", token=app, body={"quickScan": False})
    assert (answer.status_code, answer.content) == (204, b"")
    [pending] = results(world, path, token=app)
    assert (pending["actionName"], pending["actionState"], pending["scanType"]) == (
        "windowsDefenderScan",
        "pending",
        "full",
    )
    assert world.get(path, token=app)["lastSyncDateTime"] == before
    an_hour_ago(world, path)
    [done] = results(world, path, token=app)
    assert (done["actionState"], done["lastUpdatedDateTime"]) == ("done", "2024-06-01T12:00:30Z")


@pytest.mark.parametrize("outcome", ["failed", "notSupported", "canceled"])
def test_a_device_may_end_what_it_was_told_otherwise(world: Any, app: str, outcome: str) -> None:
    """Resource type `deviceActionResult`, values of `actionState`: Graph's 204 says nothing of it."""
    path = phone(world)
    world.control(
        "POST", "/faults", {"method": "POST", "path": "/(resetPasscode|wipe)$", "times": 2, "outcome": outcome}
    )
    for operation in ("resetPasscode", "wipe"):
        assert tell(world, path, operation, token=app).status_code == 204
    assert [one["actionState"] for one in results(world, path, token=app)] == ["pending", "pending"]
    an_hour_ago(world, path)
    reset, wipe = results(world, path, token=app)
    assert (reset["actionState"], reset["passcode"], wipe["actionState"]) == (outcome, None, outcome)
    assert "outcome" not in reset
    state = "wipeCanceled" if outcome == "canceled" else "wipeFailed"
    assert world.get(path, token=app)["managementState"] == state
    assert tell(world, path, "wipe", token=app).status_code == 204
    an_hour_ago(world, path)
    assert world.graph("GET", path, token=app).status_code == 404


def test_a_device_that_is_not_online_never_carries_anything_out(world: Any, app: str) -> None:
    path = computer(world)
    state = world.control("GET", "/state")
    objects(world, state)["managedDevices"][path.rpartition("/")[2]]["online"] = False
    world.control("POST", "/state", state)
    tell(world, path, "wipe", token=app, body={})
    an_hour_ago(world, path)
    assert [one["actionState"] for one in results(world, path, token=app)] == ["pending"]
    assert world.get(path, token=app)["managementState"] == "wipePending"


@pytest.mark.parametrize("operation", ["retire", "wipe"])
def test_a_retired_or_wiped_device_leaves_every_list_some_time_later(world: Any, app: str, operation: str) -> None:
    path, mine = computer(world), f"/users/{OWNER}/managedDevices"
    assert tell(world, path, operation, token=app).status_code == 204
    assert world.get(path, token=app)["managementState"] == f"{operation}Pending"
    an_hour_ago(world, path)
    assert error_of(world.graph("GET", path, token=app)) == (404, "ResourceNotFound")
    assert error_of(tell(world, path, "syncDevice", token=app)) == (404, "ResourceNotFound")
    assert world.get(mine, token=app)["value"] == []
    assert len(world.get(MANAGED, token=app)["value"]) == len(world.file["devices"]) - 1


def test_only_a_phone_that_has_done_it_tells_its_new_passcode(world: Any, app: str) -> None:
    """Type `resetPasscodeActionResult`."""
    path = phone(world)
    assert tell(world, path, "resetPasscode", token=app).status_code == 204
    assert results(world, path, token=app)[0]["passcode"] is None
    an_hour_ago(world, path)
    assert results(world, path, token=app)[0]["passcode"].isdecimal()


@pytest.mark.parametrize(
    ("device", "operation", "body"),
    [
        (computer, "resetPasscode", None),
        (computer, "remoteLock", None),
        (phone, "windowsDefenderScan", {"quickScan": True}),
        (computer, "windowsDefenderScan", {}),
        (computer, "windowsDefenderScan", {"quickScan": "true"}),
        (computer, "windowsDefenderScan", [True]),
        (computer, "wipe", {"keepUserData": 1}),
        (computer, "wipe", {"keep_user_data": True}),
        (computer, "rebootNow", {"delay": 5}),
    ],
)
def test_what_a_device_does_not_know_or_a_wrong_body_is_400_and_queues_nothing(
    world: Any, app: str, device: Any, operation: str, body: object
) -> None:
    path = device(world)
    assert error_of(tell(world, path, operation, token=app, body=body)) == (400, "BadRequest")
    assert results(world, path, token=app) == []
    assert objects(world)["auditEvents"] == {}


def test_a_deleted_record_is_gone_and_cannot_be_deleted_twice(world: Any, app: str) -> None:
    path = computer(world)
    assert world.graph("DELETE", path, token=app).status_code == 204
    assert error_of(world.graph("DELETE", path, token=app)) == (404, "ResourceNotFound")
    assert error_of(world.graph("GET", path, token=app)) == (404, "ResourceNotFound")


def test_devices_are_found_by_serial_number_and_other_filters_are_refused(world: Any, app: str) -> None:
    device = managed(world)
    found = world.get(f"{MANAGED}?$filter=serialNumber eq '{device['serialNumber']}'", token=app)["value"]
    assert [one["id"] for one in found] == [device["id"]]
    assert world.graph("GET", f"{MANAGED}?$filter=imei eq '1'", token=app).status_code == 400
    assert world.graph("GET", f"{MANAGED}?$expand=users", token=app).status_code == 501
    assert "online" not in found[0]
    assert world.graph("GET", f"{MANAGED}?$select=online", token=app).status_code == 400


def test_a_device_that_does_not_comply_says_by_which_setting(world: Any, app: str) -> None:
    path = f"{MANAGED}/{managed(world, 'QM-LDS-09')['id']}/deviceCompliancePolicyStates"
    [policy] = world.get(path, token=app)["value"]
    assert policy["state"] == "nonCompliant"
    assert {one["settingName"]: one["state"] for one in policy["settingStates"]} == {
        "Encryption": "compliant",
        "LastCheckIn": "nonCompliant",
    }


@pytest.mark.parametrize(
    ("needed", "method", "path"),
    [
        ("DeviceManagementManagedDevices.PrivilegedOperations.All", "POST", lambda w: f"{computer(w)}/syncDevice"),
        ("DeviceManagementManagedDevices.ReadWrite.All", "DELETE", computer),
        ("DeviceManagementApps.ReadWrite.All", "POST", lambda w: f"{app_path(w)}/assignments"),
        ("Device.ReadWrite.All", "PATCH", lambda w: f"/devices/{entra_id(w)}"),
        ("BitlockerKey.Read.All", "GET", lambda w: f"{KEYS}/{key_id(w)}?$select=key"),
        (
            "DeviceLocalCredential.Read.All",
            "GET",
            lambda w: f"{PASSWORDS}/{managed(w)['azureADDeviceId']}?$select=credentials",
        ),
    ],
)
def test_each_operation_needs_its_own_permission(world: Any, needed: str, method: str, path: Any) -> None:
    wider = {"Directory.ReadWrite.All"}
    world.control("POST", "/apps", {"revoke": [needed, *wider]})
    answer = world.graph(method, path(world), token=world.app_token(), body={} if method != "GET" else None)
    assert answer.status_code == 403
    # To know which secrets there are is not to know the secrets.
    metadata = needed.replace(".Read.All", ".ReadBasic.All")
    world.control("POST", "/apps", {"grant": [metadata]})
    if metadata != needed:
        token = world.app_token()
        assert world.graph("GET", path(world), token=token).status_code == 403
        assert world.graph("GET", path(world).partition("?")[0], token=token).status_code == 200


@pytest.mark.parametrize(("caller", "status"), [(TECHNICIAN, 204), (OWNER, 403), (STRANGER, 403), (AUDITOR, 403)])
def test_a_user_tells_devices_only_as_an_administrator_of_intune(world: Any, caller: str, status: int) -> None:
    answer = tell(world, computer(world), "rebootNow", token=world.user_token(caller))
    assert answer.status_code == status
    assert status == 204 or error_of(answer) == (403, "Forbidden")


def test_users_read_their_own_managed_devices_and_no_others(world: Any) -> None:
    mine = world.user_token(OWNER)
    assert [one["deviceName"] for one in world.get("/me/managedDevices", token=mine)["value"]] == ["QM-LDS-07"]
    assert world.graph("GET", f"/users/{STRANGER}/managedDevices", token=mine).status_code == 403
    assert world.graph("GET", computer(world), token=mine).status_code == 403
