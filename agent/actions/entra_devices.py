"""Disabling a device's account in Entra, and enabling it again: two actions, so that policy can tell them apart."""

from typing import Annotated, ClassVar

from agent.actions.action import Action, Label, ObjectId
from agent.actions.parameters import NameOf, Where
from agent.lookups.entra_devices import device_call
from agent.model.expectation import FieldEquals
from agent.model.graph_call import GraphCall
from agent.model.plan import Check, Step, TargetKind, Undo


class _DeviceAccountAction(Action):
    """`device_id` is the object's id, not its `deviceId`.

    No user is named: Graph shows a device's owners only as a relation, so whose it is cannot be demanded of the
    before-image.
    """

    target_kind: ClassVar[TargetKind] = "device"
    delegated_permissions: ClassVar[tuple[str, ...]] = ("Directory.AccessAsUser.All",)
    application_permissions: ClassVar[tuple[str, ...]] = ("Device.ReadWrite.All",)

    device_id: ObjectId
    target_name: Annotated[Label, NameOf(Where("device.entra", "{device_id}"))] = ""

    def _switched(self, *, enabled: bool) -> Step:
        return self._built(
            title=self.title.format(target=self.target_name or self.device_id),
            target=(self.device_id, self.target_name),
            call=self._set(enabled),
            check=self._is(enabled),
            capture=device_call(self.device_id, "deviceId", "displayName", "accountEnabled", "trustType"),
            precondition=FieldEquals(field="accountEnabled", value=not enabled),
            undo=Undo(call=self._set(not enabled), check=self._is(not enabled)),
        )

    def _set(self, enabled: bool) -> GraphCall:
        return GraphCall(method="PATCH", path=f"/devices/{self.device_id}", body={"accountEnabled": enabled})

    def _is(self, enabled: bool) -> Check:
        call = device_call(self.device_id, "accountEnabled")
        return Check(call=call, expect=FieldEquals(field="accountEnabled", value=enabled))


class DisableDevice(_DeviceAccountAction):
    """Stop a device from signing in. Repeating it changes nothing.

    It ends the device's single sign-on at its next use (unverified); the undo gives that back, but not the sessions.
    """

    id: ClassVar[str] = "entra.device.disable"
    title: ClassVar[str] = "Disable the device {target} in Entra"
    risk: ClassVar[int] = 55
    contains: ClassVar[bool] = True

    def step(self) -> Step:
        """As `Action.step`."""
        return self._switched(enabled=False)


class EnableDevice(_DeviceAccountAction):
    """Let a disabled device sign in again, which matters most where it was disabled because it was lost."""

    id: ClassVar[str] = "entra.device.enable"
    title: ClassVar[str] = "Enable the device {target} in Entra"
    risk: ClassVar[int] = 60

    def step(self) -> Step:
        """As `Action.step`."""
        return self._switched(enabled=True)
