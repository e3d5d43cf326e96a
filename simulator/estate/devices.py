"""Devices of Entra and Intune, recovery keys, local administrator passwords and Intune's apps.

A file without `devices` gives every enabled member one Windows computer; one without `intuneApps` has one app. Each app
that a file lists is available to a group of its own, `APP-` and its name.
"""

import base64
import hashlib
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from simulator import shapes
from simulator.directory import Directory, Resource
from simulator.errors import TenantFileError
from simulator.estate import device_shapes
from simulator.ids import stable
from simulator.shapes import CREATED_AT
from simulator.tenant_file import Group, TenantFile

Compliance = Literal["unknown", "compliant", "noncompliant", "conflict", "error", "inGracePeriod"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True, alias_generator=to_camel, populate_by_name=True)


class Device(_Part):
    """A device as a tenant file describes it. One that is not `online` never checks in."""

    id: str | None = None
    device_name: str = Field(min_length=1)
    user_principal_name: str | None = None
    operating_system: str = "Windows 11"
    compliance_state: Literal["unknown", "compliant", "noncompliant", "conflict", "error", "inGracePeriod"] = (
        "compliant"
    )
    last_sync_date_time: str = CREATED_AT
    managed_device_owner_type: Literal["unknown", "company", "personal"] = "company"
    is_encrypted: bool = True
    has_recovery_key: bool = False
    has_local_password: bool | None = None
    serial_number: str | None = None
    online: bool = True


class App(_Part):
    """An app that Intune can install. `approver` is who decides about its licences, by principal name."""

    id: str | None = None
    display_name: str = Field(min_length=1)
    publisher: str | None = None
    approver: str | None = None


_Model = TypeVar("_Model", bound=_Part)


def add(directory: Directory, file: TenantFile) -> None:
    """Add them to `directory`, whose people and groups are there already.

    Raises:
        TenantFileError: a device or app is wrong, or a device is somebody's whom nobody knows; the key is named.
    """
    objects = directory.objects
    for name in ("managedDevices", "devices", "bitlockerRecoveryKeys", "deviceLocalCredentials", "mobileApps"):
        objects[name] = {}
    objects["mobileAppAssignments"], objects["auditEvents"] = {}, {}
    for place, device in enumerate(_devices(directory, file)):
        _add_device(directory, device, key=f"devices[{place}]")
    for app in _read(file, "intuneApps", model=App) or [App(display_name="Company Portal", publisher="Microsoft")]:
        made = device_shapes.mobile_app(_id("app", directory, name=app.id or app.display_name), app.display_name)
        objects["mobileApps"][made["id"]] = {**made, "publisher": app.publisher}
        if "intuneApps" in file.extras():
            _offer(directory, file, app=app, app_id=made["id"])


def _offer(directory: Directory, file: TenantFile, *, app: App, app_id: str) -> None:
    """Let an app that the file lists be available to a group of its own, as tenants do that give apps out one by one.

    Nobody is in the group yet; whoever decides about the app owns it.
    """
    named = {"displayName": f"APP-{app.display_name}", "description": f"Gets {app.display_name}"}
    described = Group.model_validate({**named, "type": "security"})
    group_id = stable("group of an app", directory.tenant_id, app_id)
    approver = directory.user(app.approver) if app.approver else None
    directory.groups[group_id] = shapes.group(group_id, described, domain=file.organization.default_domain)
    directory.members[group_id] = []
    directory.owners[group_id] = [approver["id"]] if approver else []
    made = device_shapes.app_offer(group_id)
    directory.objects["mobileAppAssignments"][f"{app_id}/{made['id']}"] = made


def _devices(directory: Directory, file: TenantFile) -> list[Device]:
    if "devices" in file.extras():
        return _read(file, "devices", model=Device)
    people = [one for one in directory.users.values() if one["accountEnabled"] and one["userType"] == "Member"]
    return [
        Device(device_name=f"PC-{number:03}", user_principal_name=one["userPrincipalName"], has_recovery_key=True)
        for number, one in enumerate(people, start=1)
    ]


def _read(file: TenantFile, key: str, *, model: type[_Model]) -> list[_Model]:
    described = file.extras().get(key, [])
    if not isinstance(described, list):
        raise TenantFileError(f"`{key}`: expected a list, got `{type(described).__name__}`")
    read = []
    for place, one in enumerate(described):
        try:
            read.append(model.model_validate(one))
        except ValidationError as wrong:
            names = (".".join(str(part) for part in fault["loc"]) for fault in wrong.errors())
            faults = sorted(f"`{key}[{place}]{f'.{name}' if name else ''}`" for name in names)
            raise TenantFileError(f"{', '.join(faults)}: expected what `{model.__name__}` has, got another") from wrong
    return read


def _id(kind: str, directory: Directory, *, name: str) -> str:
    """Ids of the file are kept; other names become ids."""
    return name.lower() if device_shapes.is_guid(name) else stable(kind, directory.tenant_id, name)


def _add_device(directory: Directory, device: Device, *, key: str) -> None:
    user = None if device.user_principal_name is None else directory.user(device.user_principal_name)
    if device.user_principal_name is not None and user is None:
        raise TenantFileError(
            f"`{key}.userPrincipalName`: expected a person of this file, got `{device.user_principal_name}`"
        )
    managed_id = _id("managed device", directory, name=device.id or device.device_name)
    if managed_id in directory.objects["managedDevices"]:
        raise TenantFileError(f"`{key}`: device `{device.device_name}` stands there twice")
    device_id = stable("device id", directory.tenant_id, managed_id)
    system, _, version = device.operating_system.partition(" ")
    managed = device_shapes.managed_device(managed_id, user)
    directory.objects["managedDevices"][managed_id] = managed | {
        "azureADDeviceId": device_id,
        "complianceState": device.compliance_state,
        "deviceName": device.device_name,
        "isEncrypted": device.is_encrypted,
        "lastSyncDateTime": device.last_sync_date_time,
        "managedDeviceOwnerType": device.managed_device_owner_type,
        "operatingSystem": system,
        "osVersion": version,
        "serialNumber": device.serial_number or managed_id.replace("-", "")[:10].upper(),
        # Not a property of Graph's; no answer shows it.
        "online": device.online,
    }
    _add_to_entra(directory, device, managed=directory.objects["managedDevices"][managed_id])


def _add_to_entra(directory: Directory, device: Device, *, managed: Resource) -> None:
    windows, device_id = managed["operatingSystem"] == "Windows", managed["azureADDeviceId"]
    made = device_shapes.entra_device(stable("device", directory.tenant_id, device_id), managed)
    directory.objects["devices"][made["id"]] = made
    if device.has_recovery_key:
        key_id = stable("recovery key", directory.tenant_id, device_id)
        directory.objects["bitlockerRecoveryKeys"][key_id] = {
            "id": key_id,
            "createdDateTime": CREATED_AT,
            "deviceId": device_id,
            "volumeType": "operatingSystemVolume",
            "key": _recovery_key(key_id),
        }
    if windows if device.has_local_password is None else device.has_local_password:
        directory.objects["deviceLocalCredentials"][device_id] = {
            "id": device_id,
            "deviceName": device.device_name,
            "lastBackupDateTime": "2026-11-01T08:00:00Z",
            "refreshDateTime": "2026-12-01T08:00:00Z",
            "credentials": _credentials(device_id),
        }


def _digits(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest(), "big")


def _recovery_key(key_id: str) -> str:
    """Eight groups of six digits, each a multiple of eleven, as BitLocker makes them."""
    groups = (_digits(f"{key_id}/{place}") % 65_536 * 11 for place in range(8))
    return "-".join(f"{group:06}" for group in groups)


def _credentials(device_id: str) -> list[dict[str, Any]]:
    """The password in force and two before, in the encoding of the reference's example.

    Which comes first is said nowhere, so they come in an order that says nothing, another for each device.
    """
    sid = "-".join(str(_digits(f"{device_id}/{place}") % 4_294_967_296) for place in range(3))
    made = [
        {
            "accountName": "Administrator",
            "accountSid": f"S-1-5-21-{sid}-500",
            "backupDateTime": backed_up_at,
            "passwordBase64": base64.b64encode(local_password(device_id, backed_up_at).encode("utf-16-le")).decode(),
        }
        for backed_up_at in ("2026-11-01T08:00:00Z", "2026-10-02T08:00:00Z", "2026-09-02T08:00:00Z")
    ]
    return sorted(made, key=lambda one: _digits(f"{device_id}/order/{one['backupDateTime']}"))


def local_password(device_id: str, backed_up_at: str) -> str:
    """The local administrator's password that a device backed up at a time."""
    return f"Lp#{_digits(f'{device_id}/{backed_up_at}') % 10**12:012}"
