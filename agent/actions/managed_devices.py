"""What Intune does to one managed device when told from afar, and deleting its record.

Intune answers 204 as soon as an action is queued (Graph reference, managedDevice actions); the device carries it out
at its next check-in, which may be days away. A verified step therefore means that Intune has taken the action on for
this device. Each call queues one action more, so none of these is repeated blindly.

That is read from Intune's audit log. The device's own `deviceActionResults` would tell more, but the same list has the
passcodes, unlock PINs and places of earlier actions, and no documented query leaves them out: reading it reveals a
secret (`agent.model.graph_call.reveals_secret`), so no look-up, before-image or check asks for it.

INVARIANT: a step is about the device of the person it names as its beneficiary. The before-image must show that
person as the device's user, or nothing is sent; who asks for an own device cannot reach another one that way.
Devices without a user are left to people.
"""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from agent.actions.action import Action, Label, ObjectId, UserName
from agent.actions.parameters import NameOf, Untold, Where
from agent.lookups.intune_apps import audited_call
from agent.lookups.managed_devices import managed_device_call
from agent.model.expectation import ChangedSince, Expectation, FieldEquals, Gone, HasItem
from agent.model.graph_call import GraphCall
from agent.model.plan import Check, Fact, Step, TargetKind

# How long Intune may take to show a change, and its audit log an entry; Microsoft documents no bounds (unverified).
REPORT_SECONDS = 600
_AUDIT_SECONDS = 900

_BEFORE = ("deviceName", "userId", "userPrincipalName", "azureADDeviceId", "serialNumber", "managementState")

_PRIVILEGED = ("DeviceManagementManagedDevices.PrivilegedOperations.All",)

_Flag = Annotated[bool, Field(strict=True)]


class ManagedDeviceAction(Action):
    """An action on one device that Intune manages, for the person who uses it."""

    target_kind: ClassVar[TargetKind] = "device"
    throttle_class: ClassVar[str] = "intune"

    device_id: ObjectId
    user_id: ObjectId
    target_name: Annotated[Label, NameOf(Where("device.managed.get", "{device_id}", field="deviceName"))] = ""
    user_name: UserName = ""

    @property
    def _path(self) -> str:
        return f"/deviceManagement/managedDevices/{self.device_id}"

    @property
    def _title(self) -> str:
        return self.title.format(target=self.target_name or self.device_id, user=self.user_name or self.user_id)

    @property
    def _of_the_user(self) -> Expectation:
        return FieldEquals(field="userId", value=self.user_id)

    def _step(self, *, call: GraphCall, check: Check, precondition: Expectation | None = None) -> Step:
        return self._built(
            title=self._title,
            target=(self.device_id, self.target_name),
            beneficiary_id=self.user_id,
            beneficiary_label=self.user_name,
            call=call,
            check=check,
            capture=managed_device_call(self.device_id, *_BEFORE),
            precondition=precondition or self._of_the_user,
            owner_id=self.user_id,
        )


class _RemoteAction(ManagedDeviceAction):
    """`operation` is the last segment of the path, and begins the `activityType` under which Intune logs it.

    Microsoft gives no list of these names. `rebootNow ManagedDevice` and `syncDevice ManagedDevice` are in logs that
    others published; that the rest are made alike is unverified.
    """

    operation: ClassVar[str]
    delegated_permissions: ClassVar[tuple[str, ...]] = _PRIVILEGED
    application_permissions: ClassVar[tuple[str, ...]] = _PRIVILEGED

    @property
    def _body(self) -> dict[str, Any] | None:
        return None

    @property
    def _reported(self) -> Check:
        activity = f"{self.operation} ManagedDevice"
        return Check(
            call=audited_call(activity),
            expect=HasItem(
                field="value",
                where={"activityType": activity, "resources.0.resourceId": self.device_id},
                since="activityDateTime",
                # An administrator may do the same to the device in these minutes; this says which act was ours
                # (Graph reference, auditEvent: "the client request Id").
                request_in="correlationId",
            ),
            patience_seconds=_AUDIT_SECONDS,
        )

    def step(self) -> Step:
        """As `Action.step`."""
        call = GraphCall(method="POST", path=f"{self._path}/{self.operation}", body=self._body)
        return self._step(call=call, check=self._reported)


class SyncDevice(_RemoteAction):
    """Ask a device to check in now. Seen by the time of its last check-in, so a device that is off refutes it."""

    id: ClassVar[str] = "intune.device.sync"
    title: ClassVar[str] = "Make the device {target} of {user} check in now"
    risk: ClassVar[int] = 10
    operation: ClassVar[str] = "syncDevice"
    irreversible: ClassVar[str] = "a check-in leaves nothing that could be taken back"

    @property
    def _reported(self) -> Check:
        call = managed_device_call(self.device_id, "lastSyncDateTime")
        return Check(call=call, expect=ChangedSince(field="lastSyncDateTime"), patience_seconds=REPORT_SECONDS)


class RebootDevice(_RemoteAction):
    """Restart a device. Whoever works on it loses what is not saved."""

    id: ClassVar[str] = "intune.device.reboot"
    title: ClassVar[str] = "Restart the device {target} of {user}"
    risk: ClassVar[int] = 35
    repeatable: ClassVar[bool] = False
    operation: ClassVar[str] = "rebootNow"
    irreversible: ClassVar[str] = "a restart cannot be taken back"


class LockDevice(_RemoteAction):
    """Lock a device's screen. Its user opens it with the passcode again."""

    id: ClassVar[str] = "intune.device.remotelock"
    title: ClassVar[str] = "Lock the device {target} of {user}"
    risk: ClassVar[int] = 50
    repeatable: ClassVar[bool] = False
    operation: ClassVar[str] = "remoteLock"
    irreversible: ClassVar[str] = "only the device's user can open it again"


class ResetPasscode(_RemoteAction):
    """Remove or renew the passcode of a phone or tablet. Windows knows no such action: Graph answers 400.

    A new passcode is shown to administrators in Intune's own pages; it is never read here.
    """

    id: ClassVar[str] = "intune.device.passcode.reset"
    title: ClassVar[str] = "Reset the passcode of the device {target} of {user}"
    risk: ClassVar[int] = 60
    repeatable: ClassVar[bool] = False
    operation: ClassVar[str] = "resetPasscode"
    irreversible: ClassVar[str] = "the old passcode is known to nobody but the user"


class LocateDevice(_RemoteAction):
    """Ask a lost device where it is. The place is shown in Intune's own pages; it is never read here."""

    id: ClassVar[str] = "intune.device.locate"
    title: ClassVar[str] = "Locate the device {target} of {user}"
    risk: ClassVar[int] = 60
    operation: ClassVar[str] = "locateDevice"
    irreversible: ClassVar[str] = "what became known of somebody's whereabouts cannot be unlearned"


class ScanDevice(_RemoteAction):
    """Scan a Windows device with Microsoft Defender, quickly or in full. Others cannot: Graph answers 400."""

    id: ClassVar[str] = "intune.device.defender.scan"
    title: ClassVar[str] = "Scan the device {target} of {user} for malware ({scan})"
    risk: ClassVar[int] = 15
    operation: ClassVar[str] = "windowsDefenderScan"
    irreversible: ClassVar[str] = "a scan leaves nothing that could be taken back"

    scan: Annotated[Literal["quick", "full"], Untold("a long scan harms no more than a short one")] = "quick"

    @property
    def _title(self) -> str:
        named = {"target": self.target_name or self.device_id, "user": self.user_name or self.user_id}
        return self.title.format(scan=self.scan, **named)

    @property
    def _body(self) -> dict[str, Any]:
        return {"quickScan": self.scan == "quick"}


class RetireDevice(_RemoteAction):
    """Take company data and management off a device and leave the rest. Its record disappears some time later."""

    id: ClassVar[str] = "intune.device.retire"
    title: ClassVar[str] = "Retire the device {target} of {user}: company data is removed"
    risk: ClassVar[int] = 80
    repeatable: ClassVar[bool] = False
    operation: ClassVar[str] = "retire"
    irreversible: ClassVar[str] = "the device must be enrolled again by hand"


_KEPT = Untold("`params.keeps` says it")


class WipeDevice(_RemoteAction):
    """Set a device back to how it left the factory. Its record disappears some time later.

    Macs that want an unlock code are left to people: the code would be a secret in the plan.
    """

    id: ClassVar[str] = "intune.device.wipe"
    title: ClassVar[str] = "Wipe the device {target} of {user}: {keeping}"
    risk: ClassVar[int] = 89
    repeatable: ClassVar[bool] = False
    operation: ClassVar[str] = "wipe"
    also_tells: ClassVar[tuple[str, ...]] = ("params.keeps",)
    irreversible: ClassVar[str] = "what was on the device is gone"

    keep_user_data: Annotated[_Flag, _KEPT] = False
    keep_enrollment_data: Annotated[_Flag, _KEPT] = False
    keep_esim_plan: Annotated[_Flag, _KEPT] = True

    def _told(self) -> dict[str, Fact]:
        kept = {
            "user_data": self.keep_user_data,
            "enrollment_data": self.keep_enrollment_data,
            "esim_plan": self.keep_esim_plan,
        }
        return {**super()._told(), "params.keeps": tuple(sorted(name for name, keeps in kept.items() if keeps))}

    @property
    def _title(self) -> str:
        keeping = "the user's data is kept" if self.keep_user_data else "all data is lost"
        named = {"target": self.target_name or self.device_id, "user": self.user_name or self.user_id}
        return self.title.format(keeping=keeping, **named)

    @property
    def _body(self) -> dict[str, Any]:
        return {
            "keepEnrollmentData": self.keep_enrollment_data,
            "keepUserData": self.keep_user_data,
            "persistEsimDataPlan": self.keep_esim_plan,
        }


class DeleteDevice(ManagedDeviceAction):
    """Delete a device's record in Intune; the device itself keeps what it has until its next check-in.

    A device that still checks in may come back as a new record (unverified). Graph answers 404 when there is none.
    """

    id: ClassVar[str] = "intune.device.delete"
    title: ClassVar[str] = "Delete the record of the device {target} of {user} in Intune"
    risk: ClassVar[int] = 80
    delegated_permissions: ClassVar[tuple[str, ...]] = ("DeviceManagementManagedDevices.ReadWrite.All",)
    application_permissions: ClassVar[tuple[str, ...]] = ("DeviceManagementManagedDevices.ReadWrite.All",)
    irreversible: ClassVar[str] = "the device must be enrolled again by hand"

    def step(self) -> Step:
        """As `Action.step`."""
        gone = Check(call=managed_device_call(self.device_id), expect=Gone(), patience_seconds=REPORT_SECONDS)
        return self._step(call=GraphCall(method="DELETE", path=self._path), check=gone)
