"""Questions about devices as Entra knows them: one of them, and which ones a user has registered."""

from collections.abc import Mapping
from typing import Any

from agent.lookups.lookup import Lookup
from agent.lookups.quoting import object_id
from agent.lookups.reading import UnreadableError, id_of, picked, records
from agent.model.graph_call import GraphCall

_FIELDS: dict[str, type] = {
    "deviceId": str,
    "displayName": str,
    "accountEnabled": bool,
    "isCompliant": bool,
    "isManaged": bool,
    "trustType": str,
    "approximateLastSignInDateTime": str,
}


def device_call(object_id_of_device: str, *fields: str) -> GraphCall:
    """Return the read of some fields of one device, by its object id.

    Raises:
        DirectoryError: it is no object id.
    """
    query = (("$select", ",".join(("id", *fields))),)
    return GraphCall(method="GET", path=f"/devices/{object_id(object_id_of_device)}", query=query)


def _get(subject: str) -> GraphCall:
    return device_call(subject, *_FIELDS)


def _device(subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    if id_of(body) != subject.lower():
        raise UnreadableError("the answer is about another device")
    return {"id": id_of(body), **picked(body, **_FIELDS)}


def _registered_by(subject: str) -> GraphCall:
    query = (("$select", ",".join(("id", *_FIELDS))),)
    return GraphCall(method="GET", path=f"/users/{object_id(subject)}/registeredDevices", query=query)


def _devices(_subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    return {"devices": [{"id": id_of(one), **picked(one, **_FIELDS)} for one in records(body)]}


# Subject: the device's object id, not its `deviceId`. Facts: the selected properties.
DEVICE_ENTRA = Lookup("device.entra", _get, _device, permission="Device.Read.All")

# Subject: a user's object id. Facts: `devices`; an empty list is known to be empty.
USER_DEVICES = Lookup("user.devices", _registered_by, _devices, permission="User.Read.All")
