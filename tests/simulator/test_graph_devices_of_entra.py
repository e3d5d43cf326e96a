"""Devices of Entra: switched off and on, and whose they are."""

from typing import Any

import pytest

from tests.simulator.devices import (
    OWNER,
    STRANGER,
    TECHNICIAN,
    entra_id,
    error_of,
    managed,
)


def test_a_device_is_switched_off_by_its_keepers_with_the_one_delegated_permission(world: Any) -> None:
    path, body = f"/devices/{entra_id(world)}", {"accountEnabled": False}
    assert world.graph("PATCH", path, token=world.user_token(TECHNICIAN), body=body).status_code == 403
    world.control("POST", "/apps", {"grant_scopes": ["Directory.AccessAsUser.All"]})
    assert world.graph("PATCH", path, token=world.user_token(OWNER), body=body).status_code == 403
    assert world.graph("PATCH", path, token=world.user_token(TECHNICIAN), body=body).status_code == 204
    assert world.get(path, token=world.app_token())["accountEnabled"] is False


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"enabled": False}, "Invalid property 'enabled'"),
        ({"trustType": "AzureAd"}, "read-only"),
        ({"accountEnabled": "false"}, "expected Edm.Boolean"),
        ({"accountEnabled": None}, "accountEnabled"),
        ({}, "Empty Payload"),
    ],
)
def test_a_device_takes_only_what_may_be_written(world: Any, app: str, body: dict[str, Any], text: str) -> None:
    answer = world.graph("PATCH", f"/devices/{entra_id(world)}", token=app, body=body)
    assert (answer.status_code, text in answer.json()["error"]["message"]) == (400, True)
    assert world.audits() == []


def test_switching_a_device_is_audited_with_what_was_and_what_is(world: Any, app: str) -> None:
    device = entra_id(world)
    assert world.graph("PATCH", f"/devices/{device}", token=app, body={"accountEnabled": False}).status_code == 204
    [entry] = world.audits()
    assert (entry["activityDisplayName"], entry["loggedByService"]) == ("Update device", "Core Directory")
    [target] = entry["targetResources"]
    assert (target["id"], target["type"]) == (device, "Device")
    assert target["modifiedProperties"] == [
        {"displayName": "AccountEnabled", "oldValue": "[true]", "newValue": "[false]"}
    ]
    # The reference wants the object's id here, and a `deviceId` is none.
    other = world.graph("GET", f"/devices/{managed(world)['azureADDeviceId']}", token=app)
    assert error_of(other) == (404, "Request_ResourceNotFound")


def test_a_user_has_the_devices_that_are_registered_to_them(world: Any, app: str) -> None:
    [device] = world.get(f"/users/{OWNER}/registeredDevices", token=app)["value"]
    assert (device["@odata.type"], device["id"]) == ("#microsoft.graph.device", entra_id(world))
    assert world.get(f"/users/{STRANGER}/registeredDevices", token=app)["value"] == []
