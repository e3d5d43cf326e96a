"""Which directory roles let a user read and manage devices, their secrets and Intune's apps.

Source: Entra documentation, "Least privileged roles by task" (devices) and "Microsoft Entra built-in roles"; Graph
reference, bitlockerRecoveryKey-get and deviceLocalCredentialInfo-get. Intune has roles of its own besides, which are
not simulated. An application needs its permissions only.
"""

from simulator import roles
from simulator.directory import Resource
from simulator.errors import GraphError
from simulator.graph.calls import Call, denied

_INTUNE = frozenset({"Intune Administrator", roles.GLOBAL_ADMINISTRATOR})
_INTUNE_READERS = _INTUNE | {roles.GLOBAL_READER}
_DEVICE_KEEPERS = _INTUNE | {"Cloud Device Administrator"}
_KEY_READERS = _DEVICE_KEEPERS | {
    roles.HELPDESK_ADMINISTRATOR,
    roles.SECURITY_ADMINISTRATOR,
    roles.SECURITY_READER,
}
_PASSWORD_LOOKERS = _KEY_READERS | {roles.GLOBAL_READER}


def _holds(call: Call, wanted: frozenset[str]) -> bool:
    return call.caller.app_only or bool(call.directory.roles_of(call.caller.object_id) & wanted)


def _forbidden() -> GraphError:
    # The wording of Intune's own refusal is not published.
    return GraphError(403, "Forbidden", message="User is not authorized to perform this operation.")


def manage_intune(call: Call) -> None:
    """An administrator of Intune.

    Raises:
        GraphError: (403) the caller is none.
    """
    if not _holds(call, _INTUNE):
        raise _forbidden()


def read_intune(call: Call) -> None:
    """An administrator of Intune or a reader of everything.

    Raises:
        GraphError: (403) the caller is neither.
    """
    if not _holds(call, _INTUNE_READERS):
        raise _forbidden()


def read_own_intune(call: Call) -> None:
    """Oneself, or as `read_intune`."""
    user = call.directory.user(call.parameters["user"])
    if user is None or user["id"] != call.caller.object_id:
        read_intune(call)


def change_device(call: Call) -> None:
    """An administrator of devices; a user's token needs the one permission that acts as the user.

    Raises:
        GraphError: (403) the caller is none, or the token lacks it.
    """
    as_user = call.caller.app_only or "Directory.AccessAsUser.All" in call.caller.permissions
    if not (as_user and _holds(call, _DEVICE_KEEPERS)):
        raise denied()


def sees_keys_of(call: Call, device: Resource | None) -> bool:
    """Whether the caller may see the recovery keys of a device: by a role, or as its registered owner."""
    owns = device is not None and call.caller.object_id in device["registeredOwners"]
    return owns or _holds(call, _KEY_READERS)


def look_at_local_passwords(call: Call) -> None:
    """A role that may see which passwords there are; to see one takes an administrator of devices.

    Raises:
        GraphError: (403) the caller holds no such role.
    """
    reveals = "credentials" in call.query.get("$select", "")
    if not _holds(call, _DEVICE_KEEPERS if reveals else _PASSWORD_LOOKERS):
        raise denied()
