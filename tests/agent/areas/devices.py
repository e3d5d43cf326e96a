"""The actions and look-ups of the area "devices"."""

from typing import Any

from simulator.directory import Directory, Resource
from tests.agent.areas.example import Example
from tests.agent.areas.first import GROUP, USER

DEVICE = "446f1630-907f-57cb-a252-973ef0f7f6ec"
ENTRA_DEVICE = "b59a6c60-0a52-5a5b-9f0a-6f4f1d7d8a01"
KEY = "2f0a6c60-0a52-4a5b-8f0a-6f4f1d7d8a02"
APP = "f6fcc538-035e-5427-8411-44e6c94c2bdc"

_OF_DEVICE = {"device_id": DEVICE, "user_id": USER}

# Per action parameters that fit.
PARAMS: dict[str, dict[str, Any]] = {
    "entra.device.disable": {"device_id": DEVICE},
    "entra.device.enable": {"device_id": DEVICE},
    "intune.device.sync": _OF_DEVICE,
    "intune.device.reboot": _OF_DEVICE,
    "intune.device.remotelock": _OF_DEVICE,
    "intune.device.passcode.reset": _OF_DEVICE,
    "intune.device.locate": _OF_DEVICE,
    "intune.device.defender.scan": _OF_DEVICE,
    "intune.device.retire": _OF_DEVICE,
    "intune.device.wipe": _OF_DEVICE,
    "intune.device.delete": _OF_DEVICE,
    "intune.app.assign": {"app_id": APP, "group_id": GROUP},
    "secret.bitlocker.read": {**_OF_DEVICE, "entra_device_id": ENTRA_DEVICE, "key_id": KEY},
    "secret.laps.read": {**_OF_DEVICE, "entra_device_id": ENTRA_DEVICE},
}

_PATH = f"/deviceManagement/managedDevices/{DEVICE}"
_ASSIGNMENTS = f"/deviceAppManagement/mobileApps/{APP}/assignments"
_WIPED = {"keepEnrollmentData": False, "keepUserData": False, "persistEsimDataPlan": True}
_ASSIGNMENT = {
    "@odata.type": "#microsoft.graph.mobileAppAssignment",
    "intent": "available",
    "target": {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": GROUP},
    "settings": None,
}

# Per action the exact call and the exact inverse, or None when there is none: method, path, body.
CALLS: dict[str, tuple[tuple[str, str, Any], tuple[str, str, Any] | None]] = {
    "entra.device.disable": (
        ("PATCH", f"/devices/{DEVICE}", {"accountEnabled": False}),
        ("PATCH", f"/devices/{DEVICE}", {"accountEnabled": True}),
    ),
    "entra.device.enable": (
        ("PATCH", f"/devices/{DEVICE}", {"accountEnabled": True}),
        ("PATCH", f"/devices/{DEVICE}", {"accountEnabled": False}),
    ),
    "intune.device.sync": (("POST", f"{_PATH}/syncDevice", None), None),
    "intune.device.reboot": (("POST", f"{_PATH}/rebootNow", None), None),
    "intune.device.remotelock": (("POST", f"{_PATH}/remoteLock", None), None),
    "intune.device.passcode.reset": (("POST", f"{_PATH}/resetPasscode", None), None),
    "intune.device.locate": (("POST", f"{_PATH}/locateDevice", None), None),
    "intune.device.defender.scan": (("POST", f"{_PATH}/windowsDefenderScan", {"quickScan": True}), None),
    "intune.device.retire": (("POST", f"{_PATH}/retire", None), None),
    "intune.device.wipe": (("POST", f"{_PATH}/wipe", _WIPED), None),
    "intune.device.delete": (("DELETE", _PATH, None), None),
    "intune.app.assign": (("POST", _ASSIGNMENTS, _ASSIGNMENT), ("DELETE", f"{_ASSIGNMENTS}/{{created}}", None)),
    "secret.bitlocker.read": (("GET", f"/informationProtection/bitlocker/recoveryKeys/{KEY}", None), None),
    "secret.laps.read": (("GET", f"/directory/deviceLocalCredentials/{ENTRA_DEVICE}", None), None),
}

# Per look-up a subject.
SUBJECTS: dict[str, str] = {
    "user.devices": USER,
    "user.managed_devices": USER,
    "device.managed.get": DEVICE,
    "device.managed.find": "PF-3ABCDE",
    "device.managed.named": "QM-LDS-07",
    "device.compliance": DEVICE,
    "device.entra": DEVICE,
    "device.bitlocker.list": ENTRA_DEVICE,
    "device.laps.meta": ENTRA_DEVICE,
    "intune.audit": "2026-11-23T09:00:00+00:00",
    "intune.app.get": APP,
    "intune.apps": "all",
    "intune.app.assignments": APP,
}


def _somebodys(directory: Directory, system: str) -> Resource:
    held = directory.objects["managedDevices"].values()
    return next(one for one in held if one["operatingSystem"] == system and one["userId"] in directory.users)


def _device(system: str, **more: Any) -> Any:
    def arrange(directory: Directory) -> dict[str, Any]:
        device = _somebodys(directory, system)
        return {"device_id": device["id"], "user_id": device["userId"], **more}

    return arrange


def _secret(directory: Directory) -> dict[str, Any]:
    device = _somebodys(directory, "Windows")
    named = {"device_id": device["id"], "user_id": device["userId"]}
    return {**named, "entra_device_id": device["azureADDeviceId"]}


def _recovery_key(directory: Directory) -> dict[str, Any]:
    params = _secret(directory)
    keys = directory.objects["bitlockerRecoveryKeys"].values()
    return {**params, "key_id": next(one["id"] for one in keys if one["deviceId"] == params["entra_device_id"])}


def _entra_device(directory: Directory, *, enabled: bool = False) -> dict[str, Any]:
    device = next(iter(directory.objects["devices"].values()))
    device["accountEnabled"] = not enabled
    return {"device_id": device["id"]}


def _app_for_a_group(directory: Directory) -> dict[str, Any]:
    return {"app_id": next(iter(directory.objects["mobileApps"])), "group_id": next(iter(directory.groups))}


EXAMPLES: tuple[Example, ...] = (
    Example("entra.device.disable", _entra_device),
    Example("entra.device.enable", lambda directory: _entra_device(directory, enabled=True)),
    Example("intune.device.sync", _device("Windows")),
    Example("intune.device.reboot", _device("Windows")),
    Example("intune.device.remotelock", _device("iOS")),
    Example("intune.device.passcode.reset", _device("iOS")),
    Example("intune.device.locate", _device("Windows")),
    Example("intune.device.defender.scan", _device("Windows", scan="full")),
    Example("intune.device.retire", _device("iOS")),
    Example("intune.device.wipe", _device("Windows", keep_user_data=True)),
    Example("intune.device.delete", _device("Windows")),
    # Intune's audit log is only ever added to, as the directory's is.
    Example("intune.app.assign", _app_for_a_group, lost=("objects.auditEvents",)),
    Example("secret.bitlocker.read", _recovery_key),
    Example("secret.laps.read", _secret),
)
