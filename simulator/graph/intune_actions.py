"""What Intune tells a device to do from afar. Each is answered 204, listed as pending, and done at the next check-in,
or ended there as a fault says.

Source: Graph reference, actions of `managedDevice` and the types derived from `deviceActionResult`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from simulator.clock import stamp
from simulator.directory import Resource
from simulator.graph import intune_audits
from simulator.graph.calls import NO_CONTENT, Answer, Call, Route, any_of, bad_request
from simulator.graph.intune_devices import find_device
from simulator.graph.rights_devices import manage_intune

_EVERYTHING = frozenset({"Windows", "iOS", "Android", "macOS"})
_PHONES = frozenset({"iOS", "Android"})
_NEEDED = (any_of("DeviceManagementManagedDevices.PrivilegedOperations.All"),)


def _nothing(_call: Call, _fields: Resource) -> Resource:
    return {"@odata.type": "#microsoft.graph.deviceActionResult"}


def _new_passcode(call: Call, _fields: Resource) -> Resource:
    kind = "#microsoft.graph.resetPasscodeActionResult"
    return {"@odata.type": kind, "errorCode": 0, "passcode": str(call.ids.number())}


def _unlock_pin(_call: Call, _fields: Resource) -> Resource:
    return {"@odata.type": "#microsoft.graph.remoteLockActionResult", "unlockPin": None}


def _place(call: Call, _fields: Resource) -> Resource:
    place = {
        "latitude": 53.8,
        "longitude": -1.55,
        "horizontalAccuracy": 20.0,
        "lastCollectedDateTime": stamp(call.now),
    }
    return {"@odata.type": "#microsoft.graph.locateDeviceActionResult", "deviceLocation": place}


def _scan(_call: Call, fields: Resource) -> Resource:
    scan = "quick" if fields["quickScan"] else "full"
    return {"@odata.type": "#microsoft.graph.windowsDefenderScanActionResult", "scanType": scan}


@dataclass(frozen=True, slots=True)
class _Action:
    """One action: `systems` that know it, the types of its `fields`, which are `required`, and what it reports."""

    name: str
    systems: frozenset[str] = _EVERYTHING
    fields: dict[str, type] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    reports: Callable[[Call, Resource], Resource] = _nothing

    def tell(self, call: Call) -> Answer:
        """Queue the action for the device of the path.

        Raises:
            GraphError: (404) no such device; (400) the body is wrong, or the device's system does not know the action.
        """
        device = find_device(call)
        fields = self._read(call.body)
        if device["operatingSystem"] not in self.systems:
            raise bad_request(f"{self.name} is not supported on {device['operatingSystem']}.", code="BadRequest")
        result = {"actionName": self.name, "startDateTime": stamp(call.now), **self.reports(call, fields)}
        if call.outcome:
            result["outcome"] = call.outcome
        # Of each action the record keeps the latest.
        others = [one for one in device["deviceActionResults"] if one["actionName"] != self.name]
        device["deviceActionResults"] = [*others, result]
        activity = f"{self.name} ManagedDevice"
        intune_audits.record(call, activity, operation="Action", resource=device, name=device["deviceName"])
        return NO_CONTENT

    def _read(self, body: Any) -> Resource:
        if body is not None and not isinstance(body, dict):
            raise bad_request("Unable to read JSON request payload.", code="BadRequest")
        fields = {name: value for name, value in (body or {}).items() if not name.startswith("@odata.")}
        for name, value in fields.items():
            if name not in self.fields:
                raise bad_request(f"The parameter '{name}' does not exist on {self.name}.", code="BadRequest")
            if value is not None and type(value) is not self.fields[name]:
                raise bad_request(f"The parameter '{name}' has a value of another type.", code="BadRequest")
        for name in sorted(self.required):
            if fields.get(name) is None:
                raise bad_request(f"The parameter '{name}' is required.", code="BadRequest")
        return fields


_ACTIONS = (
    _Action("syncDevice"),
    _Action("rebootNow", systems=_EVERYTHING - {"Android"}),
    _Action("remoteLock", systems=_EVERYTHING - {"Windows"}, reports=_unlock_pin),
    _Action("resetPasscode", systems=_PHONES, reports=_new_passcode),
    _Action("locateDevice", reports=_place),
    _Action(
        "windowsDefenderScan",
        systems=frozenset({"Windows"}),
        fields={"quickScan": bool},
        required=frozenset({"quickScan"}),
        reports=_scan,
    ),
    _Action("retire"),
    _Action(
        "wipe",
        fields={
            "keepEnrollmentData": bool,
            "keepUserData": bool,
            "macOsUnlockCode": str,
            "persistEsimDataPlan": bool,
        },
    ),
)

ROUTES = tuple(
    Route("POST", f"/deviceManagement/managedDevices/{{device}}/{one.name}", one.tell, _NEEDED, right=manage_intune)
    for one in _ACTIONS
)
