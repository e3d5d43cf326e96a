"""A user's own licences: assigning one, taking one away, swapping two, and what comes through groups done again."""

from dataclasses import replace
from typing import Annotated, ClassVar

from pydantic import Field, model_validator

from agent.actions.action import Label, ObjectId, UserAction
from agent.actions.parameters import BOUND, SKU, NameOf, ToldByName, Untold
from agent.model.expectation import AllOf, Expectation, ItemHas, ListHolds
from agent.model.graph_call import GraphCall
from agent.model.plan import Check, Step, Undo

# JSON has no tuples, so this one field also takes a list.
Plans = Annotated[tuple[ObjectId, ...], Field(strict=False, max_length=200)]

SkuId = Annotated[ObjectId, ToldByName("params.sku", SKU)]
SkuName = Annotated[Label, NameOf(SKU)]
_OLD_SKU = replace(SKU, value="{old_sku_id}")
DisabledPlans = Annotated[Plans, Untold("fewer services of one licence give nobody more")]

# Licences that come through groups are applied in the background; how long that takes is not documented (unverified).
GROUP_PATIENCE_SECONDS = 600


def holds(sku_id: str) -> ListHolds:
    """Expect a user or a group to have the licence."""
    return ListHolds(field="assignedLicenses", key="skuId", value=sku_id, present=True)


def lacks(sku_id: str) -> ListHolds:
    """Expect a user or a group not to have the licence."""
    return ListHolds(field="assignedLicenses", key="skuId", value=sku_id, present=False)


def holds_without(sku_id: str, disabled_plans: tuple[str, ...]) -> ItemHas:
    """Expect a user or a group to have the licence with exactly these service plans switched off."""
    plans = list(disabled_plans)
    return ItemHas(field="assignedLicenses", key="skuId", value=sku_id, within="disabledPlans", wanted=plans)


def licence(sku_id: str, disabled_plans: tuple[str, ...]) -> dict[str, object]:
    """Return a licence as `assignLicense` takes it."""
    return {"skuId": sku_id, "disabledPlans": list(disabled_plans)}


class _LicenseAction(UserAction):
    sku_id: SkuId
    sku_name: SkuName = ""
    disabled_plans: DisabledPlans = ()

    @property
    def _give(self) -> GraphCall:
        return self._call({"addLicenses": [licence(self.sku_id, self.disabled_plans)], "removeLicenses": []})

    @property
    def _take(self) -> GraphCall:
        return self._call({"addLicenses": [], "removeLicenses": [self.sku_id]})

    def _call(self, body: dict[str, object]) -> GraphCall:
        return GraphCall(method="POST", path=f"{self._path}/assignLicense", body=body)

    def _check(self, expect: Expectation) -> Check:
        return Check(call=self._read("assignedLicenses"), expect=expect)

    @property
    def _title(self) -> str:
        return self.title.format(user=self.user_name or self.user_id, sku=self.sku_name or self.sku_id)


class AssignLicense(_LicenseAction):
    """Assign one licence directly. Graph answers 400 without a free seat or without a usage location.

    Graph takes a licence that is held already and changes its plans; the undo would take such a licence away, so
    the user must not have it before.
    """

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
            check=self._check(holds(self.sku_id)),
            capture=self._read("usageLocation", "assignedLicenses"),
            precondition=lacks(self.sku_id),
            undo=Undo(call=self._take, check=self._check(lacks(self.sku_id))),
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
        before = holds_without(self.sku_id, self.disabled_plans)
        return self._built(
            title=self._title,
            target=self._target,
            beneficiary_id=self.user_id,
            beneficiary_label=self.user_name,
            call=self._take,
            check=self._check(lacks(self.sku_id)),
            capture=self._read("assignedLicenses"),
            precondition=before,
            undo=Undo(call=self._give, check=self._check(before)),
        )


class SwapLicense(_LicenseAction):
    """Give one licence in place of another in a single call, so that no moment is without mailbox and files.

    Either both happen or neither (Graph reference, user-assignlicense). `old_disabled_plans` are the service plans
    of the old licence that were switched off; the undo gives it back with them. Plans of the old licence that the
    new one does not contain are lost to the user until then.
    """

    id: ClassVar[str] = "entra.license.swap"
    title: ClassVar[str] = "Give {user} the licence {sku} in place of {old}"
    risk: ClassVar[int] = 40
    delegated_permissions: ClassVar[tuple[str, ...]] = ("LicenseAssignment.ReadWrite.All",)
    application_permissions: ClassVar[tuple[str, ...]] = ("LicenseAssignment.ReadWrite.All",)

    old_sku_id: Annotated[ObjectId, ToldByName("params.old_sku", _OLD_SKU)]
    old_sku_name: Annotated[Label, NameOf(_OLD_SKU)] = ""
    old_disabled_plans: Annotated[Plans, BOUND] = ()

    @model_validator(mode="after")
    def _licences_differ(self) -> "SwapLicense":
        if self.sku_id == self.old_sku_id:
            raise ValueError("a licence is not swapped for itself")
        return self

    def step(self) -> Step:
        """As `Action.step`."""
        old = licence(self.old_sku_id, self.old_disabled_plans)
        after = AllOf(of=(holds_without(self.sku_id, self.disabled_plans), lacks(self.old_sku_id)))
        before = AllOf(of=(holds_without(self.old_sku_id, self.old_disabled_plans), lacks(self.sku_id)))
        return self._built(
            title=self.title.format(
                user=self.user_name or self.user_id,
                sku=self.sku_name or self.sku_id,
                old=self.old_sku_name or self.old_sku_id,
            ),
            target=self._target,
            beneficiary_id=self.user_id,
            beneficiary_label=self.user_name,
            call=self._call(
                {
                    "addLicenses": [licence(self.sku_id, self.disabled_plans)],
                    "removeLicenses": [self.old_sku_id],
                }
            ),
            check=self._check(after),
            capture=self._read("usageLocation", "assignedLicenses"),
            precondition=before,
            undo=Undo(
                call=self._call({"addLicenses": [old], "removeLicenses": [self.sku_id]}), check=self._check(before)
            ),
        )


class ReprocessLicenses(UserAction):
    """Apply the licences of a user's groups once more, after the cause of an error is gone. Doing it twice is harmless.

    The cause, for instance too few seats, has to be removed before. Source: user-reprocesslicenseassignment.
    """

    id: ClassVar[str] = "entra.license.reprocess"
    title: ClassVar[str] = "Apply the licences of the groups of {user} once more"
    risk: ClassVar[int] = 15
    delegated_permissions: ClassVar[tuple[str, ...]] = ("User.ReadWrite.All",)
    application_permissions: ClassVar[tuple[str, ...]] = ("User.ReadWrite.All",)
    irreversible: ClassVar[str] = "it only gives what the user's groups grant already"

    def step(self) -> Step:
        """As `Action.step`."""
        read = self._read("licenseAssignmentStates")
        failures = ("Error", "ActiveWithError")
        clean = tuple(
            ListHolds(field="licenseAssignmentStates", key="state", value=one, present=False) for one in failures
        )
        return self._built(
            title=self._title,
            target=self._target,
            beneficiary_id=self.user_id,
            beneficiary_label=self.user_name,
            call=GraphCall(method="POST", path=f"{self._path}/reprocessLicenseAssignment"),
            check=Check(call=read, expect=AllOf(of=clean), patience_seconds=GROUP_PATIENCE_SECONDS),
            capture=read,
        )
