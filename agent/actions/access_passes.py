"""Issuing and deleting Temporary Access Passes, with which a user registers a new sign-in method."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from agent.actions.action import ObjectId, UserAction
from agent.actions.parameters import BOUND, Told
from agent.model.expectation import ListHolds, ListHoldsCreated
from agent.model.graph_call import GraphCall
from agent.model.plan import Check, Step, Undo

# Graph takes 10 to 43,200 minutes; this product never issues a pass that lives longer than an hour.
LIFETIME_MINUTES = (10, 60)


class _AccessPassAction(UserAction):
    @property
    def _passes(self) -> str:
        return f"{self._path}/authentication/temporaryAccessPassMethods"

    @property
    def _list(self) -> GraphCall:
        return GraphCall(method="GET", path=self._passes)


class CreateAccessPass(_AccessPassAction):
    """Issue a one-time pass. A pass that the user already has is replaced and cannot be put back.

    Graph returns the code once, in the answer to this call. The pass has no id before that, so the check and
    the undo name it by the id in the same answer.
    """

    id: ClassVar[str] = "entra.auth.tap.create"
    title: ClassVar[str] = "Issue a one-time Temporary Access Pass to {user}"
    risk: ClassVar[int] = 70
    repeatable: ClassVar[bool] = False
    delegated_permissions: ClassVar[tuple[str, ...]] = ("UserAuthMethod-TAP.ReadWrite.All",)
    application_permissions: ClassVar[tuple[str, ...]] = ("UserAuthMethod-TAP.ReadWrite.All",)
    code_from: ClassVar[Literal["none", "generated", "returned"]] = "returned"
    code_field: ClassVar[str] = "temporaryAccessPass"

    lifetime_minutes: Annotated[
        int, Field(strict=True, ge=LIFETIME_MINUTES[0], le=LIFETIME_MINUTES[1]), Told("params.lifetime_minutes")
    ] = 60

    def step(self) -> Step:
        """As `Action.step`."""
        gone = Check(call=self._list, expect=ListHoldsCreated(field="value", present=False))
        return self._built(
            title=self._title,
            target=self._target,
            beneficiary_id=self.user_id,
            beneficiary_label=self.user_name,
            call=GraphCall(
                method="POST",
                path=self._passes,
                body={"lifetimeInMinutes": self.lifetime_minutes, "isUsableOnce": True},
            ),
            check=Check(call=self._list, expect=ListHoldsCreated(field="value", present=True)),
            capture=self._list,
            undo=Undo(call=GraphCall(method="DELETE", path=f"{self._passes}/{{created}}"), check=gone),
        )


class DeleteAccessPass(_AccessPassAction):
    """Delete one Temporary Access Pass by its id."""

    id: ClassVar[str] = "entra.auth.tap.delete"
    title: ClassVar[str] = "Delete a Temporary Access Pass of {user}"
    risk: ClassVar[int] = 20
    removes_by_id: ClassVar[bool] = True
    delegated_permissions: ClassVar[tuple[str, ...]] = ("UserAuthMethod-TAP.ReadWrite.All",)
    application_permissions: ClassVar[tuple[str, ...]] = ("UserAuthMethod-TAP.ReadWrite.All",)
    irreversible: ClassVar[str] = "the code of a deleted pass cannot be read, so it cannot be put back"

    pass_id: Annotated[ObjectId, BOUND]

    def step(self) -> Step:
        """As `Action.step`."""
        gone = ListHolds(field="value", key="id", value=self.pass_id, present=False)
        return self._built(
            title=self._title,
            target=self._target,
            beneficiary_id=self.user_id,
            beneficiary_label=self.user_name,
            call=GraphCall(method="DELETE", path=f"{self._passes}/{self.pass_id}"),
            check=Check(call=self._list, expect=gone),
            capture=self._list,
        )
