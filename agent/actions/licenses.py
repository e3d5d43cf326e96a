"""Assigning a licence to a user directly and taking one away."""

from typing import Annotated, ClassVar

from pydantic import Field

from agent.actions.action import Label, ObjectId, UserAction
from agent.model.expectation import ListHolds
from agent.model.graph_call import GraphCall
from agent.model.plan import Check, Step, Undo

# JSON has no tuples, so this one field also takes a list.
_Plans = Annotated[tuple[ObjectId, ...], Field(strict=False, max_length=200)]


class _LicenseAction(UserAction):
    sku_id: ObjectId
    sku_name: Label = ""
    disabled_plans: _Plans = ()

    @property
    def _give(self) -> GraphCall:
        one = {"skuId": self.sku_id, "disabledPlans": list(self.disabled_plans)}
        return self._call({"addLicenses": [one], "removeLicenses": []})

    @property
    def _take(self) -> GraphCall:
        return self._call({"addLicenses": [], "removeLicenses": [self.sku_id]})

    def _call(self, body: dict[str, object]) -> GraphCall:
        return GraphCall(method="POST", path=f"{self._path}/assignLicense", body=body)

    def _has(self) -> Check:
        return self._check(ListHolds(field="assignedLicenses", key="skuId", value=self.sku_id, present=True))

    def _has_not(self) -> Check:
        return self._check(ListHolds(field="assignedLicenses", key="skuId", value=self.sku_id, present=False))

    def _check(self, expect: ListHolds) -> Check:
        return Check(call=self._read("assignedLicenses"), expect=expect)

    @property
    def _title(self) -> str:
        return self.title.format(user=self.user_name or self.user_id, sku=self.sku_name or self.sku_id)


class AssignLicense(_LicenseAction):
    """Assign one licence directly. Graph answers 400 without a free seat or without a usage location."""

    id: ClassVar[str] = "entra.license.assign"
    title: ClassVar[str] = "Assign the licence {sku} to {user}"
    risk: ClassVar[int] = 30
    delegated_permissions: ClassVar[tuple[str, ...]] = ("LicenseAssignment.ReadWrite.All",)
    application_permissions: ClassVar[tuple[str, ...]] = ("LicenseAssignment.ReadWrite.All",)

    def step(self) -> Step:
        """As `Action.step`."""
        return self._built(
            title=self._title,
            target=self._target,
            beneficiary_id=self.user_id,
            beneficiary_label=self.user_name,
            call=self._give,
            check=self._has(),
            capture=self._read("usageLocation", "assignedLicenses"),
            undo=Undo(call=self._take, check=self._has_not()),
        )


class RemoveLicense(_LicenseAction):
    """Take away one directly assigned licence. A licence inherited from a group is refused by Graph with 400.

    `disabled_plans` are the service plans that were switched off before; the undo switches them off again.
    Mailbox and files outlive the licence only for Microsoft's grace period.
    """

    id: ClassVar[str] = "entra.license.remove"
    title: ClassVar[str] = "Take the licence {sku} from {user}"
    risk: ClassVar[int] = 50
    delegated_permissions: ClassVar[tuple[str, ...]] = ("LicenseAssignment.ReadWrite.All",)
    application_permissions: ClassVar[tuple[str, ...]] = ("LicenseAssignment.ReadWrite.All",)

    def step(self) -> Step:
        """As `Action.step`."""
        return self._built(
            title=self._title,
            target=self._target,
            beneficiary_id=self.user_id,
            beneficiary_label=self.user_name,
            call=self._take,
            check=self._has_not(),
            capture=self._read("assignedLicenses"),
            undo=Undo(call=self._give, check=self._has()),
        )
