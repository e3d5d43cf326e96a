"""Questions about devices that Intune manages: one of them, which one bears a serial number or a name, a
user's, and why one does not comply.

What earlier actions on a device brought (a new passcode, an unlock PIN, a place on a map) is never asked for.
"""

import re
from collections.abc import Mapping
from typing import Any

from agent.errors import DirectoryError
from agent.lookups.lookup import Lookup
from agent.lookups.quoting import literal, object_id
from agent.lookups.reading import UnreadableError, id_of, picked, records
from agent.model.graph_call import GraphCall

_DEVICES = "/deviceManagement/managedDevices"
_DEVICE = (
    "deviceName",
    "operatingSystem",
    "osVersion",
    "complianceState",
    "managementState",
    "managedDeviceOwnerType",
    "userId",
    "userPrincipalName",
    "azureADDeviceId",
    "serialNumber",
    "lastSyncDateTime",
    "isEncrypted",
)
_TEXTS: dict[str, type] = dict.fromkeys((one for one in _DEVICE if one != "isEncrypted"), str)

_LISTED = ("deviceName", "operatingSystem", "complianceState", "lastSyncDateTime")

# What the name of a device has; whatever else stands in a text is looked up nowhere.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
# Serial numbers are made by many; letters, digits and these few marks are all that is asked for.
_SERIAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{2,63}")


def managed_device_call(device_id: str, *fields: str) -> GraphCall:
    """Return the read of some fields of one managed device, and of its id.

    Raises:
        DirectoryError: `device_id` is no object id.
    """
    selected = ",".join(("id", *fields))
    return GraphCall(method="GET", path=f"{_DEVICES}/{object_id(device_id)}", query=(("$select", selected),))


def _get(subject: str) -> GraphCall:
    return managed_device_call(subject, *_DEVICE)


def _device(subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    if id_of(body) != subject.lower():
        raise UnreadableError("the answer is about another device")
    return {"id": id_of(body), **picked(body, isEncrypted=bool, **_TEXTS)}


def _find(subject: str) -> GraphCall:
    if not _SERIAL.fullmatch(subject):
        raise DirectoryError("expected a serial number to look up a device, got something else")
    selected = "id,deviceName,serialNumber,userPrincipalName,complianceState"
    query = (("$filter", f"serialNumber eq {literal(subject)}"), ("$select", selected))
    return GraphCall(method="GET", path=_DEVICES, query=query)


def _found(subject: str, body: Mapping[str, Any]) -> dict[str, Any] | None:
    texts: dict[str, type] = dict.fromkeys(("deviceName", "serialNumber", "userPrincipalName", "complianceState"), str)
    found = [{"id": id_of(one), **picked(one, **texts)} for one in records(body)]
    # An answer with another serial number did not honour the filter and says nothing about this one.
    if any(str(one.get("serialNumber", "")).casefold() != subject.casefold() for one in found):
        raise UnreadableError("the answer is about other devices")
    return {"candidates": found} if found else None


def _named(subject: str) -> GraphCall:
    if not _NAME.fullmatch(subject):
        raise DirectoryError("expected the name of a device to look up, got something else")
    selected = "id,deviceName,operatingSystem,complianceState,lastSyncDateTime,userId"
    query = (("$filter", f"deviceName eq {literal(subject)}"), ("$select", selected))
    return GraphCall(method="GET", path=_DEVICES, query=query)


def _with_name(subject: str, body: Mapping[str, Any]) -> dict[str, Any] | None:
    texts: dict[str, type] = dict.fromkeys((*_LISTED, "userId"), str)
    found = [{"id": id_of(one), **picked(one, **texts)} for one in records(body)]
    if any(str(one.get("deviceName", "")).casefold() != subject.casefold() for one in found):
        raise UnreadableError("the answer is about other devices")
    return {"devices": found} if found else None


def _of_user(subject: str) -> GraphCall:
    selected = "id,deviceName,operatingSystem,complianceState,lastSyncDateTime"
    path = f"/users/{object_id(subject)}/managedDevices"
    return GraphCall(method="GET", path=path, query=(("$select", selected),))


def _devices(_subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    texts: dict[str, type] = dict.fromkeys(_LISTED, str)
    return {"devices": [{"id": id_of(one), **picked(one, **texts)} for one in records(body)]}


def _compliance_of(subject: str) -> GraphCall:
    return GraphCall(method="GET", path=f"{_DEVICES}/{object_id(subject)}/deviceCompliancePolicyStates")


def _compliance(_subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    return {"policies": [_policy(one) for one in records(body)]}


def _policy(record: Mapping[str, Any]) -> dict[str, Any]:
    facts = {"id": id_of(record), **picked(record, displayName=str, state=str)}
    if "settingStates" in record:
        states = records({"value": record["settingStates"]})
        facts["settings"] = [picked(one, setting=str, settingName=str, state=str) for one in states]
    return facts


# Subject: the device's id in Intune. Facts: the selected properties.
MANAGED_DEVICE_GET = Lookup(
    "device.managed.get",
    _get,
    _device,
    permission="DeviceManagementManagedDevices.Read.All",
    throttle_class="intune",
)

# Subject: a serial number. Facts: `candidates`; no device at all is absent.
MANAGED_DEVICE_FIND = Lookup(
    "device.managed.find",
    _find,
    _found,
    permission="DeviceManagementManagedDevices.Read.All",
    throttle_class="intune",
)

# Subject: a device's name. Facts: `devices` of exactly this name, with `userId`; no device at all is absent.
MANAGED_DEVICE_NAMED = Lookup(
    "device.managed.named",
    _named,
    _with_name,
    permission="DeviceManagementManagedDevices.Read.All",
    throttle_class="intune",
)

# Subject: a user's object id. Facts: `devices`; an empty list is known to be empty.
USER_MANAGED_DEVICES = Lookup(
    "user.managed_devices",
    _of_user,
    _devices,
    permission="DeviceManagementManagedDevices.Read.All",
    throttle_class="intune",
)

# Subject: the device's id in Intune. Facts: `policies`, each with its `state` and the `settings` it judged.
# The permission is that of the device itself: the reference of 2021 names another, the permission data none.
DEVICE_COMPLIANCE = Lookup(
    "device.compliance",
    _compliance_of,
    _compliance,
    permission="DeviceManagementManagedDevices.Read.All",
    throttle_class="intune",
)
