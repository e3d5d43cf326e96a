"""Reading a device's BitLocker recovery key and its local administrator's password, for the person who uses it.

Both are GETs that reveal a secret, so they need a permit like a write, and Microsoft audits them. They go to the
device's user only: the before-image must show that person and that Entra device on the record in Intune, or nothing
is asked. A secret that was shown cannot be taken back, and v1.0 has no call that would renew it (Graph reference:
rotation is beta only).
"""

from typing import Annotated, ClassVar, Literal

from agent.actions.action import ObjectId
from agent.actions.managed_devices import ManagedDeviceAction
from agent.actions.parameters import BOUND
from agent.lookups.quoting import literal
from agent.lookups.recovery_keys import recovery_keys_call
from agent.model.expectation import AllOf, Expectation, FieldEquals, HasItem, ListHoldsCreated
from agent.model.graph_call import GraphCall
from agent.model.plan import Check, Step

_RECOVERED = "Recover device local administrator password"

# Audit entries show after minutes, and Microsoft names no bound (Graph reference, directoryAudit).
_AUDIT_SECONDS = 900


class _DeviceSecretAction(ManagedDeviceAction):
    """`device_id` is the record in Intune, `entra_device_id` the `deviceId` under which Entra keeps the secret."""

    throttle_class: ClassVar[str] = "entra-read"
    code_from: ClassVar[Literal["none", "generated", "returned"]] = "returned"
    irreversible: ClassVar[str] = "a secret that somebody has seen cannot be taken back"

    entra_device_id: Annotated[ObjectId, BOUND]

    @property
    def _same_device(self) -> Expectation:
        return AllOf(of=(self._of_the_user, FieldEquals(field="azureADDeviceId", value=self.entra_device_id)))


class ReadRecoveryKey(_DeviceSecretAction):
    """Read one BitLocker recovery key by the id that the locked screen shows, and give it to the device's user.

    The check is that the key which was answered is one of this very device's, so the key of another device is read
    but never given to anybody. The audit entry cannot be relied on for it: how it names key and device is not
    documented, and the person stands before a locked screen.
    """

    id: ClassVar[str] = "secret.bitlocker.read"
    title: ClassVar[str] = "Give {user} the BitLocker recovery key of the device {target}"
    risk: ClassVar[int] = 60
    delegated_permissions: ClassVar[tuple[str, ...]] = ("BitlockerKey.Read.All",)
    application_permissions: ClassVar[tuple[str, ...]] = ("BitlockerKey.Read.All",)
    code_field: ClassVar[str] = "key"

    key_id: Annotated[ObjectId, BOUND]

    def step(self) -> Step:
        """As `Action.step`."""
        path = f"/informationProtection/bitlocker/recoveryKeys/{self.key_id}"
        return self._step(
            # The key comes only when it is selected by name (Graph reference, bitlockerRecoveryKey-get).
            call=GraphCall(method="GET", path=path, query=(("$select", "id,key"),)),
            check=Check(
                call=recovery_keys_call(self.entra_device_id), expect=ListHoldsCreated(field="value", present=True)
            ),
            precondition=self._same_device,
        )


class ReadAdministratorPassword(_DeviceSecretAction):
    """Read the newest password that Windows LAPS has backed up for a device, and give it to the device's user.

    The check is Entra's own entry about the reading (Entra documentation, "Manage Windows LAPS"), so what nobody
    could reconstruct later is not given to anybody. The entry is not asked for by device: which of the device's ids
    it bears is not documented.
    """

    id: ClassVar[str] = "secret.laps.read"
    title: ClassVar[str] = "Give {user} the local administrator's password of the device {target}"
    risk: ClassVar[int] = 65
    delegated_permissions: ClassVar[tuple[str, ...]] = ("DeviceLocalCredential.Read.All",)
    application_permissions: ClassVar[tuple[str, ...]] = ("DeviceLocalCredential.Read.All",)
    # The reference names no order, so the time of the backup tells which one is in force; `agent.dispatch` decodes it.
    code_field: ClassVar[str] = "credentials.latest(backupDateTime).passwordBase64"

    def step(self) -> Step:
        """As `Action.step`."""
        path = f"/directory/deviceLocalCredentials/{self.entra_device_id}"
        audited = f"activityDisplayName eq {literal(_RECOVERED)}"
        return self._step(
            call=GraphCall(method="GET", path=path, query=(("$select", "credentials"),)),
            check=Check(
                call=GraphCall(method="GET", path="/auditLogs/directoryAudits", query=(("$filter", audited),)),
                expect=HasItem(field="value", where={"activityDisplayName": _RECOVERED}, since="activityDateTime"),
                patience_seconds=_AUDIT_SECONDS,
            ),
            precondition=self._same_device,
        )
