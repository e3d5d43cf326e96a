"""Setting and removing a user's manager."""

from typing import Annotated, ClassVar, Self

from pydantic import model_validator

from agent.actions.action import Label, ObjectId, UserAction
from agent.actions.parameters import NameOf, OtherPerson, Where
from agent.model.expectation import Expectation, FieldEquals, Gone
from agent.model.graph_call import GraphCall
from agent.model.plan import Check, Step, Undo

# A reference body names the object by its absolute v1.0 address, whatever host the call goes to.
_USERS = "https://graph.microsoft.com/v1.0/users"


class _ManagerAction(UserAction):
    @property
    def _capture(self) -> GraphCall:
        return GraphCall(method="GET", path=f"{self._path}/manager", query=(("$select", "id"),))

    def _put(self, manager_id: str) -> GraphCall:
        return GraphCall(method="PUT", path=f"{self._path}/manager/$ref", body={"@odata.id": f"{_USERS}/{manager_id}"})

    @property
    def _delete(self) -> GraphCall:
        # INVARIANT: the path ends in /$ref: what is removed is the link and never the manager's account.
        return GraphCall(method="DELETE", path=f"{self._path}/manager/$ref")

    def _check(self, expect: Expectation) -> Check:
        return Check(call=self._capture, expect=expect)


def _is(manager_id: str | None) -> Expectation:
    """Return the expectation that the answer is this manager; a user without one answers 404 (Graph reference)."""
    return Gone() if manager_id is None else FieldEquals(field="id", value=manager_id)


class SetManager(_ManagerAction):
    """Make one user the manager of another. The old manager is replaced; sending it again changes nothing more.

    Approvals and access reviews follow the manager, so policy is told how that person stands.
    """

    id: ClassVar[str] = "entra.user.manager.set"
    title: ClassVar[str] = "Make {manager} the manager of {user}"
    risk: ClassVar[int] = 40
    delegated_permissions: ClassVar[tuple[str, ...]] = ("User.ReadWrite.All",)
    application_permissions: ClassVar[tuple[str, ...]] = ("User.ReadWrite.All",)

    manager_id: Annotated[ObjectId, OtherPerson()]
    manager_name: Annotated[Label, NameOf(Where("user.get", "{manager_id}"))] = ""
    was_manager_id: ObjectId | None

    @model_validator(mode="after")
    def _is_somebody_else(self) -> Self:
        if self.manager_id in (self.user_id, self.was_manager_id):
            raise ValueError("expected another manager than the present one, and nobody as their own")
        return self

    def step(self) -> Step:
        """As `Action.step`."""
        was = self.was_manager_id
        back = self._delete if was is None else self._put(was)
        return self._built(
            title=self.title.format(manager=self.manager_name or self.manager_id, user=self.user_name or self.user_id),
            target=self._target,
            beneficiary_id=self.user_id,
            beneficiary_label=self.user_name,
            call=self._put(self.manager_id),
            check=self._check(_is(self.manager_id)),
            capture=self._capture,
            precondition=_is(was),
            undo=Undo(call=back, check=self._check(_is(was))),
        )


class RemoveManager(_ManagerAction):
    """Leave a user without a manager, so that approvals by the manager reach nobody. Without one Graph answers 404."""

    id: ClassVar[str] = "entra.user.manager.remove"
    title: ClassVar[str] = "Leave {user} without a manager"
    risk: ClassVar[int] = 35
    delegated_permissions: ClassVar[tuple[str, ...]] = ("User.ReadWrite.All",)
    application_permissions: ClassVar[tuple[str, ...]] = ("User.ReadWrite.All",)

    was_manager_id: ObjectId

    def step(self) -> Step:
        """As `Action.step`."""
        was = self.was_manager_id
        return self._built(
            title=self._title,
            target=self._target,
            beneficiary_id=self.user_id,
            beneficiary_label=self.user_name,
            call=self._delete,
            check=self._check(_is(None)),
            capture=self._capture,
            precondition=_is(was),
            undo=Undo(call=self._put(was), check=self._check(_is(was))),
        )
