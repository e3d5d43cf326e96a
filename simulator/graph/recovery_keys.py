"""BitLocker recovery keys and local administrator passwords: listed by anybody allowed, shown only by name and audited.

Source: Graph reference, bitlockerRecoveryKey-get, bitlocker-list-recoveryKeys and deviceLocalCredentialInfo-get.
"""

from dataclasses import dataclass, replace

from simulator.directory import Resource
from simulator.graph import audits, collection, rights_devices
from simulator.graph.audits import Event
from simulator.graph.calls import SELECT_ONLY, Answer, Call, Route, any_of, denied
from simulator.graph.collection import Kind
from simulator.graph.entra_devices import device_of
from simulator.graph.schema import EQUAL, Schema
from simulator.site import not_simulated

_REGISTRATION = "Device Registration Service"
_KEY_READ = Event("Read BitLocker key", "KeyManagement", "Read", _REGISTRATION)
_PASSWORD_READ = Event("Recover device local administrator password", "Device", "Read", _REGISTRATION)
_KEY_FIELDS = frozenset({"id", "createdDateTime", "deviceId", "volumeType"})
_PASSWORD_FIELDS = frozenset({"id", "deviceName", "lastBackupDateTime", "refreshDateTime"})

KEYS = Kind(
    "bitlockerRecoveryKeys",
    "informationProtection/bitlocker/recoveryKeys",
    Schema(
        name="BitlockerRecoveryKey",
        properties=_KEY_FIELDS | {"key"},
        defaults=_KEY_FIELDS,
        filters={"deviceId": EQUAL},
        guarded={"key": frozenset({"BitlockerKey.Read.All"})},
    ),
)
PASSWORDS = Kind(
    "deviceLocalCredentials",
    "directory/deviceLocalCredentials",
    Schema(
        name="DeviceLocalCredentialInfo",
        properties=_PASSWORD_FIELDS | {"credentials"},
        defaults=_PASSWORD_FIELDS,
        filters={},
        guarded={"credentials": frozenset({"DeviceLocalCredential.Read.All"})},
    ),
)


@dataclass(frozen=True, slots=True)
class _AuditedRead(Route):
    """A read that leaves an entry in the audit log, so it happens in the present, as a write does."""

    @property
    def writes(self) -> bool:
        """Always: the log changes."""
        return True


def _list_keys(call: Call) -> Answer:
    if "key" in call.query.get("$select", ""):
        raise not_simulated("$select=key on a list of recovery keys")
    held = collection.everything(call, KEYS).values()
    own = [one for one in held if rights_devices.sees_keys_of(call, device_of(call, one["deviceId"]))]
    return collection.listed(call, KEYS, resources=own)


def _get_key(call: Call) -> Answer:
    key = collection.found(call, KEYS, parameter="key")
    device = device_of(call, key["deviceId"])
    if not rights_devices.sees_keys_of(call, device):
        raise denied()
    answer = collection.shown(call, key, kind=KEYS)
    if answer.body is not None and "key" in answer.body:
        # Public queries read the key's id from the target's name; the rest of the entry's shape is unverified.
        _record(call, _KEY_READ, target={"id": key["id"], "displayName": key["id"], "type": "Other"})
    return answer


def _get_password(call: Call) -> Answer:
    held = collection.found(call, PASSWORDS, parameter="device")
    answer = collection.shown(call, held, kind=PASSWORDS)
    if answer.body is not None and "credentials" in answer.body:
        target = {"id": held["id"], "displayName": held["deviceName"], "type": "Device"}
        _record(call, _PASSWORD_READ, target=target)
    return answer


def _record(call: Call, event: Event, *, target: Resource) -> None:
    whole = {**target, "userPrincipalName": None, "groupType": None, "modifiedProperties": []}
    # Whether this service takes over the caller's id is unknown, so nobody can rely on it here.
    audits.record(replace(call, correlation_id=call.ids.guid()), [event], targets=[whole])


_KEY_METADATA = any_of("BitlockerKey.ReadBasic.All", "BitlockerKey.Read.All")
_PASSWORD_METADATA = any_of("DeviceLocalCredential.ReadBasic.All", "DeviceLocalCredential.Read.All")
_KEYS_PATH = "/informationProtection/bitlocker/recoveryKeys"

ROUTES = (
    Route(
        "GET",
        _KEYS_PATH,
        _list_keys,
        (_KEY_METADATA,),
        options=frozenset({"$filter", "$select", "$top", "$skiptoken"}),
    ),
    _AuditedRead("GET", _KEYS_PATH + "/{key}", _get_key, (_KEY_METADATA,), options=SELECT_ONLY),
    _AuditedRead(
        "GET",
        "/directory/deviceLocalCredentials/{device}",
        _get_password,
        (_PASSWORD_METADATA,),
        right=rights_devices.look_at_local_passwords,
        options=SELECT_ONLY,
    ),
)
