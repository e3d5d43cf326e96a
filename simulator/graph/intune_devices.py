"""Devices that Intune manages: reading them and deleting their records. What is done to them is in `intune_actions`.

A device carries out what it was told some seconds later, at its next check-in; one that is not online never does. What
it was told is stored, and how far it got is worked out whenever somebody looks. After a retire or wipe the record
disappears, some minutes after the device has done it.
"""

from datetime import datetime, timedelta

from simulator.clock import parse, stamp
from simulator.directory import Resource
from simulator.errors import GraphError
from simulator.graph import collection, intune_audits, listing
from simulator.graph.calls import NO_CONTENT, SELECT_ONLY, Answer, Call, Route, any_of, find_user
from simulator.graph.collection import Kind
from simulator.graph.rights_devices import manage_intune, read_intune, read_own_intune
from simulator.graph.schema import EQUAL, ORDERED, TEXT, Schema, plain
from simulator.ids import stable

CHECK_IN_SECONDS = 30
REMOVAL_SECONDS = 900
_LEAVING = {
    "retire": {"pending": "retirePending", "done": "retireIssued", "canceled": "retireCanceled"},
    "wipe": {"pending": "wipePending", "done": "wipeIssued", "canceled": "wipeCanceled"},
}
_FAILED = {"retire": "retireFailed", "wipe": "wipeFailed"}
# What only a device that has carried the action out can have told.
_TOLD = ("passcode", "deviceLocation")

_PROPERTIES = """
id activationLockBypassCode androidSecurityPatchLevel azureADDeviceId azureADRegistered
complianceGracePeriodExpirationDateTime complianceState configurationManagerClientEnabledFeatures deviceActionResults
deviceCategoryDisplayName deviceEnrollmentType deviceHealthAttestationState deviceName deviceRegistrationState
easActivated easActivationDateTime easDeviceId emailAddress enrolledDateTime enrollmentProfileName ethernetMacAddress
exchangeAccessState exchangeAccessStateReason exchangeLastSuccessfulSyncDateTime freeStorageSpaceInBytes iccid imei
isEncrypted isSupervised jailBroken lastSyncDateTime managedDeviceName managedDeviceOwnerType managementAgent
managementCertificateExpirationDate managementState manufacturer meid model notes operatingSystem osVersion
partnerReportedThreatState phoneNumber physicalMemoryInBytes remoteAssistanceSessionErrorDetails
remoteAssistanceSessionUrl requireUserEnrollmentApproval serialNumber subscriberCarrier totalStorageSpaceInBytes udid
userDisplayName userId userPrincipalName wiFiMacAddress
"""
_DEVICE: Schema = plain(
    "ManagedDevice",
    _PROPERTIES,
    filters={
        **dict.fromkeys(("azureADDeviceId", "complianceState", "id", "operatingSystem", "serialNumber"), EQUAL),
        **dict.fromkeys(("deviceName", "userPrincipalName"), TEXT),
        **dict.fromkeys(("userId", "managedDeviceOwnerType"), EQUAL),
        "lastSyncDateTime": ORDERED,
    },
    sortable=("deviceName", "lastSyncDateTime"),
)
KIND = Kind("managedDevices", "deviceManagement/managedDevices", _DEVICE)
_POLICY_STATE = plain(
    "DeviceCompliancePolicyState", "id displayName platformType settingCount settingStates state version"
)
_PLATFORMS = {"Windows": "windows10AndLater", "iOS": "iOS", "Android": "android", "macOS": "macOS"}
_STATES = {"compliant": "compliant", "noncompliant": "nonCompliant", "conflict": "conflict", "error": "error"}
_READERS = any_of("DeviceManagementManagedDevices.Read.All", "DeviceManagementManagedDevices.ReadWrite.All")
_WRITERS = any_of("DeviceManagementManagedDevices.ReadWrite.All")
_LISTED = frozenset({"$filter", "$select", "$top", "$orderby", "$skiptoken"})


def missing(name: str) -> GraphError:
    """404, as Intune says it; the wording is not published."""
    return GraphError(404, "ResourceNotFound", message=f"Resource '{name}' could not be found.")


def find_device(call: Call) -> Resource:
    """The device that the path names, as it is stored.

    Raises:
        GraphError: (404) there is none, or it is gone after a retire or wipe.
    """
    wanted = call.parameters["device"]
    device = collection.everything(call, KIND).get(wanted.lower())
    if device is None or _is_gone(device, call.now):
        raise missing(wanted)
    return device


def _check_in(device: Resource, result: Resource) -> datetime | None:
    """When the device carried out, or will carry out, what it was told; None for one that is not online."""
    told_at = parse(result["startDateTime"])
    return told_at + timedelta(seconds=CHECK_IN_SECONDS) if device["online"] else None


def _is_gone(device: Resource, now: datetime) -> bool:
    leaving = (one for one in device["deviceActionResults"] if one["actionName"] in _LEAVING and "outcome" not in one)
    times = (_check_in(device, one) for one in leaving)
    return any(done_at is not None and now >= done_at + timedelta(seconds=REMOVAL_SECONDS) for done_at in times)


def _seen(device: Resource, now: datetime) -> Resource:
    """The device as it is at `now`."""
    results, last_sync_at, state = [], parse(device["lastSyncDateTime"]), device["managementState"]
    for result in device["deviceActionResults"]:
        done_at = _check_in(device, result)
        done = done_at is not None and now >= done_at
        results.append(_result(result, done_at if done else None))
        if done_at is not None and done:
            last_sync_at = max(last_sync_at, done_at)
        if result["actionName"] in _LEAVING:
            name, ended = result["actionName"], results[-1]["actionState"]
            state = _LEAVING[name].get(ended, _FAILED[name])
    shown = {"deviceActionResults": results, "lastSyncDateTime": stamp(last_sync_at), "managementState": state}
    return {**device, **shown}


def _result(result: Resource, done_at: datetime | None) -> Resource:
    shown = {name: value for name, value in result.items() if name != "outcome"}
    if done_at is not None and "outcome" not in result:
        return {**shown, "actionState": "done", "lastUpdatedDateTime": stamp(done_at)}
    hidden = {name: None for name in _TOLD if name in result}
    if done_at is not None:
        return {**shown, **hidden, "actionState": result["outcome"], "lastUpdatedDateTime": stamp(done_at)}
    return {**shown, **hidden, "actionState": "pending", "lastUpdatedDateTime": result["startDateTime"]}


def _get(call: Call) -> Answer:
    return collection.shown(call, _seen(find_device(call), call.now), kind=KIND)


def _list(call: Call) -> Answer:
    return _listed(call, list(collection.everything(call, KIND).values()))


def _of_user(call: Call) -> Answer:
    user = find_user(call)
    return _listed(call, [one for one in collection.everything(call, KIND).values() if one["userId"] == user["id"]])


def _listed(call: Call, devices: list[Resource]) -> Answer:
    there = [_seen(one, call.now) for one in devices if not _is_gone(one, call.now)]
    return collection.listed(call, KIND, resources=there)


def _delete(call: Call) -> Answer:
    device = find_device(call)
    del collection.everything(call, KIND)[device["id"]]
    intune_audits.record(call, "Delete ManagedDevice", operation="Delete", resource=device, name=device["deviceName"])
    return NO_CONTENT


def _compliance(call: Call) -> Answer:
    """One policy a platform, which asks for an encrypted disk and a recent check-in."""
    device = _seen(find_device(call), call.now)
    of = f"deviceManagement/managedDevices('{device['id']}')/deviceCompliancePolicyStates"
    return listing.listed(call, [_policy_state(call, device)], schema=_POLICY_STATE, of=of)


def _policy_state(call: Call, device: Resource) -> Resource:
    system, state = device["operatingSystem"], _STATES.get(device["complianceState"], "unknown")
    encrypted = "compliant" if device["isEncrypted"] else "nonCompliant"
    settings = {"Encryption": encrypted, "LastCheckIn": state if device["isEncrypted"] else "compliant"}
    return {
        "id": stable("compliance policy", call.directory.tenant_id, system),
        "displayName": f"Baseline for {system}",
        "platformType": _PLATFORMS.get(system, "all"),
        "settingCount": len(settings),
        "settingStates": [_setting(device, name, state=one) for name, one in settings.items()],
        "state": state,
        "version": 1,
    }


def _setting(device: Resource, name: str, *, state: str) -> Resource:
    return {
        "setting": f"Baseline.{name}",
        "settingName": name,
        "state": state,
        "errorCode": 0,
        "sources": [],
        "userId": device["userId"],
        "userPrincipalName": device["userPrincipalName"],
    }


_DEVICES = "/deviceManagement/managedDevices"

ROUTES = (
    Route("GET", _DEVICES, _list, (_READERS,), right=read_intune, options=_LISTED),
    Route("GET", _DEVICES + "/{device}", _get, (_READERS,), right=read_intune, options=SELECT_ONLY),
    Route("DELETE", _DEVICES + "/{device}", _delete, (_WRITERS,), right=manage_intune),
    Route("GET", _DEVICES + "/{device}/deviceCompliancePolicyStates", _compliance, (_READERS,), right=read_intune),
    Route(
        "GET",
        "/users/{user}/managedDevices",
        _of_user,
        (_READERS,),
        right=read_own_intune,
        options=_LISTED,
    ),
)
