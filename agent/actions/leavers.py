"""Deleting a user account, bringing a deleted one back, and deleting it for good."""

from typing import ClassVar

from agent.actions.action import UserAction
from agent.model.expectation import AllOf, FieldEquals, Gone
from agent.model.graph_call import GraphCall
from agent.model.plan import Check, Step, Undo

# `User.ReadWrite.All` does too, but also writes every profile (Graph reference, permissions).
_DELETE_AND_RESTORE = ("User.DeleteRestore.All",)


class _LeaverAction(UserAction):
    @property
    def _item(self) -> str:
        return f"/directory/deletedItems/{self.user_id}"

    @property
    def _read_item(self) -> GraphCall:
        # The declared type is `directoryObject`, which knows no names: without `$select` all of it comes.
        return GraphCall(method="GET", path=self._item)

    @property
    def _restore(self) -> GraphCall:
        return GraphCall(method="POST", path=f"{self._item}/restore")

    @property
    def _delete(self) -> GraphCall:
        return GraphCall(method="DELETE", path=self._path)

    def _is_there(self) -> Check:
        return Check(call=self._read(), expect=FieldEquals(field="id", value=self.user_id))

    def _is_gone(self) -> Check:
        return Check(call=self._read(), expect=Gone())

    @property
    def _is_a_deleted_user(self) -> AllOf:
        # Deleted groups and applications lie in the same place, under the same path.
        kind = FieldEquals(field="@odata.type", value="#microsoft.graph.user")
        return AllOf(of=(FieldEquals(field="id", value=self.user_id), kind))


class DeleteUser(_LeaverAction):
    """Delete an account. For 30 days it lies among the deleted items, with mailbox and licences; then it is gone.

    The undo restores it with its groups and its licences while seats are free. Not promised, and so perhaps lost:
    directory roles, eligibility for roles, ownership of groups, and sessions (Graph reference, user-delete and
    directory-deleteditems-restore). The second time Graph answers 404. An administrator as the target takes a
    higher role. Accounts synchronised from on-premises are deleted there.
    """

    id: ClassVar[str] = "entra.user.delete"
    title: ClassVar[str] = "Delete the account {user}"
    risk: ClassVar[int] = 85
    delegated_permissions: ClassVar[tuple[str, ...]] = _DELETE_AND_RESTORE
    application_permissions: ClassVar[tuple[str, ...]] = _DELETE_AND_RESTORE

    def step(self) -> Step:
        """As `Action.step`."""
        before = ("userPrincipalName", "displayName", "mail", "accountEnabled", "assignedLicenses", "proxyAddresses")
        return self._built(
            title=self._title,
            target=self._target,
            beneficiary_id=self.user_id,
            beneficiary_label=self.user_name,
            call=self._delete,
            check=self._is_gone(),
            capture=self._read(*before),
            undo=Undo(call=self._restore, check=self._is_there()),
        )


class RestoreUser(_LeaverAction):
    """Bring a deleted account back within 30 days; see `DeleteUser` for what comes with it.

    Graph answers 400 when somebody has the sign-in name by now. The undo deletes it again, for another 30 days
    (Graph reference, directory-deleteditems-restore).
    """

    id: ClassVar[str] = "entra.user.restore"
    title: ClassVar[str] = "Restore the deleted account {user}"
    risk: ClassVar[int] = 60
    delegated_permissions: ClassVar[tuple[str, ...]] = _DELETE_AND_RESTORE
    application_permissions: ClassVar[tuple[str, ...]] = _DELETE_AND_RESTORE

    def step(self) -> Step:
        """As `Action.step`."""
        return self._built(
            title=self._title,
            target=self._target,
            beneficiary_id=self.user_id,
            beneficiary_label=self.user_name,
            call=self._restore,
            check=self._is_there(),
            capture=self._read_item,
            precondition=self._is_a_deleted_user,
            undo=Undo(call=self._delete, check=self._is_gone()),
        )


class PurgeUser(_LeaverAction):
    """Delete a deleted account for good, before its 30 days are over. Nothing and nobody brings it back.

    Graph's permission tables have no row for this call; the reference page directory-deleteditems-delete gives it
    the permission of restoring. Whether anything must be kept by law is for people to know.
    """

    id: ClassVar[str] = "entra.user.purge"
    title: ClassVar[str] = "Delete the deleted account {user} for good"
    risk: ClassVar[int] = 89
    delegated_permissions: ClassVar[tuple[str, ...]] = _DELETE_AND_RESTORE
    application_permissions: ClassVar[tuple[str, ...]] = _DELETE_AND_RESTORE
    irreversible: ClassVar[str] = "Microsoft keeps no copy of an account that was deleted for good"

    def step(self) -> Step:
        """As `Action.step`."""
        return self._built(
            title=self._title,
            target=self._target,
            beneficiary_id=self.user_id,
            beneficiary_label=self.user_name,
            call=GraphCall(method="DELETE", path=self._item),
            check=Check(call=self._read_item, expect=Gone()),
            capture=self._read_item,
            precondition=self._is_a_deleted_user,
        )
