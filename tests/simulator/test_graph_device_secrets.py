"""Recovery keys and local passwords: shown only by name, to few, and on record."""

import base64
from typing import Any

import pytest

from simulator.estate.devices import local_password
from tests.simulator.devices import (
    AUDITOR,
    KEYS,
    OWNER,
    PASSWORDS,
    STRANGER,
    TECHNICIAN,
    entra_id,
    error_of,
    key_id,
    managed,
    objects,
)


def test_a_recovery_key_is_shown_only_when_selected_by_name_and_that_is_audited(world: Any, app: str) -> None:
    """Reference page bitlockerRecoveryKey-get."""
    device, path = managed(world)["azureADDeviceId"], f"{KEYS}/{key_id(world)}"
    [listed] = world.get(f"{KEYS}?$filter=deviceId eq '{device}'", token=app)["value"]
    assert set(listed) == {"id", "createdDateTime", "deviceId", "volumeType"}
    assert "key" not in world.get(path, token=app)
    assert world.graph("GET", f"{KEYS}?$select=key", token=app).status_code == 501
    assert world.audits() == []
    key = world.get(f"{path}?$select=id,key", token=app)["key"]
    assert [len(group) for group in key.split("-")] == [6] * 8
    assert all(int(group) % 11 == 0 for group in key.split("-"))
    [entry] = world.audits()
    assert (entry["activityDisplayName"], entry["category"]) == ("Read BitLocker key", "KeyManagement")
    assert entry["targetResources"][0]["displayName"] == key_id(world)
    assert key not in repr(entry)


@pytest.mark.parametrize(("caller", "status"), [(TECHNICIAN, 200), (OWNER, 200), (STRANGER, 403), (AUDITOR, 200)])
def test_a_recovery_key_is_for_its_devices_owner_and_for_certain_roles(world: Any, caller: str, status: int) -> None:
    token = world.user_token(caller)
    assert world.graph("GET", f"{KEYS}/{key_id(world)}?$select=key", token=token).status_code == status
    assert len(world.get(KEYS, token=token)["value"]) == (1 if caller == OWNER else 0 if status == 403 else 7)


def test_a_local_password_is_shown_only_when_selected_by_name_and_that_is_audited(world: Any, app: str) -> None:
    """Reference page deviceLocalCredentialInfo-get; the activity's name is from Entra's page on Windows LAPS."""
    device = managed(world)["azureADDeviceId"]
    path = f"{PASSWORDS}/{device}"
    assert "credentials" not in world.get(path, token=app)
    assert world.audits() == []
    held = world.get(f"{path}?$select=credentials", token=app)["credentials"]
    assert held == world.get(f"{path}?$select=credentials", token=app)["credentials"] and len(held) == 3
    newest = max(held, key=lambda one: str(one["backupDateTime"]))
    plain = base64.b64decode(newest["passwordBase64"]).decode("utf-16-le")
    assert plain == local_password(device, newest["backupDateTime"])
    entry = world.audits()[0]
    assert entry["activityDisplayName"] == "Recover device local administrator password"
    assert plain not in repr(entry)
    assert newest["passwordBase64"] not in repr(entry)
    no_windows = managed(world, "QM-BIO-PH1")["azureADDeviceId"]
    assert error_of(world.graph("GET", f"{PASSWORDS}/{no_windows}", token=app)) == (404, "Request_ResourceNotFound")


def test_nothing_says_which_password_comes_first(world: Any) -> None:
    """The reference names no order, and its only example has one entry."""
    held = objects(world)["deviceLocalCredentials"].values()
    firsts = [[one["backupDateTime"] for one in each["credentials"]] for each in held]
    places = {times.index(max(times)) for times in firsts}
    assert len(places) > 1, "each device has them in an order of its own"


@pytest.mark.parametrize(("caller", "looks", "reads"), [(TECHNICIAN, 200, 200), (AUDITOR, 200, 403), (OWNER, 403, 403)])
def test_a_local_password_is_for_administrators_of_devices(world: Any, caller: str, looks: int, reads: int) -> None:
    path, token = f"{PASSWORDS}/{managed(world)['azureADDeviceId']}", world.user_token(caller)
    assert world.graph("GET", path, token=token).status_code == looks
    assert world.graph("GET", f"{path}?$select=credentials", token=token).status_code == reads


def test_a_secret_that_is_read_while_reads_lag_behind_is_on_record_all_the_same(world: Any, app: str) -> None:
    world.control("POST", "/staleness", {"seconds": 30})
    world.graph("PATCH", f"/devices/{entra_id(world)}", token=app, body={"accountEnabled": False})
    world.get(f"{KEYS}/{key_id(world)}?$select=key", token=app)
    assert [one["activityDisplayName"] for one in world.audits()] == ["Update device", "Read BitLocker key"]
