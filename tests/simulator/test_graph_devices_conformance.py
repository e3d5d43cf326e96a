"""Every exchange about devices, judged by a validator made from Graph's published metadata."""

from typing import Any

import pytest

from tests.simulator.devices import (
    KEYS,
    MANAGED,
    OWNER,
    PASSWORDS,
    an_hour_ago,
    app_path,
    assignment,
    computer,
    entra_id,
    key_id,
    managed,
    phone,
    tell,
)
from tests.simulator.test_conformance import _judged, _send, judge

# A fixture is found where it is imported.
__all__ = ["judge"]

DEEDS: list[tuple[Any, str, Any]] = [
    (computer, "syncDevice", None),
    (computer, "rebootNow", None),
    (phone, "remoteLock", None),
    (phone, "resetPasscode", None),
    (phone, "locateDevice", None),
    (computer, "windowsDefenderScan", {"quickScan": True}),
]


READS = [
    lambda w: f"/devices/{entra_id(w)}",
    lambda w: f"/users/{OWNER}/registeredDevices?$select=id,deviceId,displayName,accountEnabled",
    lambda w: f"/users/{OWNER}/managedDevices",
    lambda _: MANAGED,
    computer,
    phone,
    lambda w: f"{computer(w)}/deviceCompliancePolicyStates",
    lambda w: f"{KEYS}?$filter=deviceId eq '{managed(w)['azureADDeviceId']}'",
    lambda w: f"{KEYS}/{key_id(w)}?$select=key",
    lambda w: f"{PASSWORDS}/{managed(w)['azureADDeviceId']}",
    lambda w: f"{PASSWORDS}/{managed(w)['azureADDeviceId']}?$select=credentials",
    app_path,
    lambda w: f"{app_path(w)}/assignments",
    lambda _: "/deviceManagement/auditEvents",
]


@pytest.mark.parametrize("path", READS)
def test_a_read_conforms_also_after_everything_was_done(world: Any, app: str, judge: Any, path: Any) -> None:
    where = path(world)
    for device, operation, body in DEEDS:
        tell(world, device(world), operation, token=app, body=body)
    an_hour_ago(world, phone(world))
    _send(world, app, "POST", f"{app_path(world)}/assignments", assignment(world))
    answer = _send(world, app, "GET", where)
    assert answer.status_code == 200, answer.text
    assert _judged(judge, answer, body=None, action=None) == []


@pytest.mark.parametrize(("device", "operation", "body"), [*DEEDS, (computer, "retire", None), (phone, "wipe", {})])
def test_a_deed_conforms(world: Any, app: str, judge: Any, device: Any, operation: str, body: Any) -> None:
    answer = _send(world, app, "POST", f"{device(world)}/{operation}", body)
    assert answer.status_code == 204, answer.text
    assert _judged(judge, answer, body=body, action=None) == []


def test_the_other_writes_and_their_refusals_conform(world: Any, app: str, judge: Any) -> None:
    assignments, made = f"{app_path(world)}/assignments", {**assignment(world), "settings": None}
    exchanges: list[tuple[str, str, Any, int]] = [
        ("POST", assignments, made, 201),
        ("DELETE", f"{assignments}/{world.group_id('QG-Recipes')}_0_0", None, 204),
        ("DELETE", f"{assignments}/{world.group_id('QG-Recipes')}_0_0", None, 404),
        ("PATCH", f"/devices/{entra_id(world)}", {"accountEnabled": False}, 204),
        ("DELETE", computer(world), None, 204),
        ("POST", f"{phone(world)}/windowsDefenderScan", {"quickScan": True}, 400),
    ]
    for method, path, body, status in exchanges:
        answer = _send(world, app, method, path, body)
        assert answer.status_code == status, answer.text
        assert _judged(judge, answer, body=body, action=None) == []
