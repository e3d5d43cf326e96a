"""Devices as Entra knows them: reading them, whose they are, and switching their account off and on."""

from simulator.directory import Resource
from simulator.graph import audits, collection, rights, rights_devices
from simulator.graph.audits import Event, changed
from simulator.graph.calls import (
    LIST_OPTIONS,
    NO_CONTENT,
    SELECT_ONLY,
    Answer,
    Call,
    Route,
    any_of,
    bad_request,
    find_user,
)
from simulator.graph.collection import Kind
from simulator.graph.schema import EQUAL, TEXT, Schema

_PROPERTIES = """
id accountEnabled alternativeSecurityIds approximateLastSignInDateTime complianceExpirationDateTime deletedDateTime
deviceCategory deviceId deviceMetadata deviceOwnership deviceVersion displayName enrollmentProfileName enrollmentType
isCompliant isManaged isRooted managementType manufacturer mdmAppId model onPremisesLastSyncDateTime
onPremisesSyncEnabled operatingSystem operatingSystemVersion physicalIds profileType registrationDateTime systemLabels
trustType
"""
_ON_DEMAND = "isManagementRestricted onPremisesSecurityIdentifier"
_NAMES = frozenset(_PROPERTIES.split())
# What the reference lets a caller change; here only the account's switch has an effect that is simulated.
_WRITABLE = {"accountEnabled": bool, "displayName": str, "operatingSystem": str, "operatingSystemVersion": str}
DEVICE = Schema(
    name="Device",
    properties=_NAMES | frozenset(_ON_DEMAND.split()),
    defaults=_NAMES,
    filters={
        **dict.fromkeys(("id", "deviceId", "accountEnabled", "isCompliant", "isManaged", "trustType"), EQUAL),
        **dict.fromkeys(("displayName", "operatingSystem"), TEXT),
    },
    sortable=frozenset({"displayName"}),
    writable=_WRITABLE,
)
KIND = Kind("devices", "devices", DEVICE)
# A user's devices are declared as directoryObjects, so each says what it is.
_LINKED = Kind("devices", "directoryObjects", DEVICE, odata_type="#microsoft.graph.device")
_READERS = any_of("Device.Read.All", "Device.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All")
_USER_READERS = any_of("User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All")
_WRITERS = any_of("Device.ReadWrite.All", "Directory.ReadWrite.All", "Directory.AccessAsUser.All")
_UPDATED = Event("Update device", "Device", "Update")


def device_of(call: Call, device_id: str) -> Resource | None:
    """The device of that `deviceId`, or None."""
    held = collection.everything(call, KIND).values()
    return next((one for one in held if one["deviceId"] == device_id), None)


def device_target(device: Resource, changes: list[Resource] | None = None) -> Resource:
    """A device as `targetResources` of the directory audit shows one."""
    shown: Resource = {"id": device["id"], "displayName": device["displayName"], "type": "Device"}
    return {**shown, "userPrincipalName": None, "groupType": None, "modifiedProperties": changes or []}


def _get(call: Call) -> Answer:
    return collection.shown(call, collection.found(call, KIND, parameter="device"), kind=KIND)


def _registered(call: Call) -> Answer:
    user = find_user(call)
    own = [one for one in collection.everything(call, _LINKED).values() if user["id"] in one["registeredOwners"]]
    return collection.listed(call, _LINKED, resources=own)


def _update(call: Call) -> Answer:
    device = collection.found(call, KIND, parameter="device")
    fields = collection.written(call, KIND)
    if not fields:
        raise bad_request("Empty Payload. JSON content expected.")
    if "accountEnabled" in fields and fields["accountEnabled"] is None:
        raise bad_request("Invalid value specified for property 'accountEnabled' of resource 'Device'.")
    changes = [changed(_logged(name), [device.get(name)], new=[value]) for name, value in sorted(fields.items())]
    device.update(fields)
    audits.record(call, [_UPDATED], targets=[device_target(device, changes)])
    return NO_CONTENT


def _logged(name: str) -> str:
    return name[0].upper() + name[1:]


ROUTES = (
    Route("GET", "/devices/{device}", _get, (_READERS,), right=rights.read_directory, options=SELECT_ONLY),
    Route("PATCH", "/devices/{device}", _update, (_WRITERS,), right=rights_devices.change_device),
    Route(
        "GET",
        "/users/{user}/registeredDevices",
        _registered,
        (_USER_READERS,),
        right=rights.read_directory,
        options=LIST_OPTIONS,
    ),
)
