"""Questions about the secrets that Entra keeps of a device: which there are, never what they are."""

from collections.abc import Mapping
from typing import Any

from agent.lookups.lookup import Lookup
from agent.lookups.quoting import literal, object_id
from agent.lookups.reading import UnreadableError, id_of, picked, records
from agent.model.graph_call import GraphCall

_KEYS = "/informationProtection/bitlocker/recoveryKeys"


def recovery_keys_call(device_id: str) -> GraphCall:
    """Return the read that lists a device's BitLocker keys by its Entra `deviceId`; without the keys themselves.

    Raises:
        DirectoryError: `device_id` is no GUID.
    """
    query = (("$filter", f"deviceId eq {literal(object_id(device_id))}"),)
    return GraphCall(method="GET", path=_KEYS, query=query)


def _recovery_keys(subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    found = records(body)
    if any(id_of(one, "deviceId") != subject.lower() for one in found):
        raise UnreadableError("the answer is about other devices")
    return {"keys": [{"id": id_of(one), **picked(one, createdDateTime=str, volumeType=str)} for one in found]}


def _password_of(subject: str) -> GraphCall:
    query = (("$select", "id,deviceName,lastBackupDateTime,refreshDateTime"),)
    return GraphCall(method="GET", path=f"/directory/deviceLocalCredentials/{object_id(subject)}", query=query)


def _password(subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    if id_of(body) != subject.lower():
        raise UnreadableError("the answer is about another device")
    return {"id": id_of(body), **picked(body, deviceName=str, lastBackupDateTime=str, refreshDateTime=str)}


# Subject: the device's Entra `deviceId`. Facts: `keys` with `id`, `createdDateTime` and `volumeType`.
BITLOCKER_LIST = Lookup(
    "device.bitlocker.list", recovery_keys_call, _recovery_keys, permission="BitlockerKey.ReadBasic.All"
)

# Subject: the device's Entra `deviceId`. Facts: its name, and when its password was backed up and is due for renewal;
# absent when Windows LAPS has backed up none.
LAPS_META = Lookup("device.laps.meta", _password_of, _password, permission="DeviceLocalCredential.ReadBasic.All")
