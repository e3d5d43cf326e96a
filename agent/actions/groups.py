"""Adding a member to a group and removing one."""

from typing import ClassVar

from agent.actions.action import Action, Label, ObjectId
from agent.lookups.groups import membership_call
from agent.model.expectation import ListHolds
from agent.model.graph_call import GraphCall
from agent.model.plan import Check, Step, TargetKind, Undo

# A reference body names the object by its absolute v1.0 address, whatever host the call goes to.
_OBJECTS = "https://graph.microsoft.com/v1.0/directoryObjects"

# Membership by filter is an index read, which lags behind reads by id (Graph docs, advanced queries).
_PATIENCE_SECONDS = 180


class _MembershipAction(Action):
    target_kind: ClassVar[TargetKind] = "group"

    group_id: ObjectId
    user_id: ObjectId
    group_name: Label = ""
    user_name: Label = ""

    @property
    def _add(self) -> GraphCall:
        body = {"@odata.id": f"{_OBJECTS}/{self.user_id}"}
        return GraphCall(method="POST", path=f"/groups/{self.group_id}/members/$ref", body=body)

    @property
    def _remove(self) -> GraphCall:
        # INVARIANT: the path ends in /$ref. Without it the call would delete the user, not the membership.
        return GraphCall(method="DELETE", path=f"/groups/{self.group_id}/members/{self.user_id}/$ref")

    @property
    def _read(self) -> GraphCall:
        return membership_call(self.group_id, self.user_id)

    def _is_member(self) -> Check:
        return self._check(ListHolds(field="value", key="id", value=self.user_id, present=True))

    def _is_no_member(self) -> Check:
        return self._check(ListHolds(field="value", key="id", value=self.user_id, present=False))

    def _check(self, expect: ListHolds) -> Check:
        return Check(call=self._read, expect=expect, patience_seconds=_PATIENCE_SECONDS)

    @property
    def _title(self) -> str:
        return self.title.format(user=self.user_name or self.user_id, group=self.group_name or self.group_id)

    @property
    def _target(self) -> tuple[str, str]:
        return self.group_id, self.group_name


class AddMember(_MembershipAction):
    """Add one user to one group. Graph answers 400 when the user is a member already."""

    id: ClassVar[str] = "entra.group.member.add"
    title: ClassVar[str] = "Add {user} to the group {group}"
    risk: ClassVar[int] = 30
    delegated_permissions: ClassVar[tuple[str, ...]] = ("GroupMember.ReadWrite.All",)
    application_permissions: ClassVar[tuple[str, ...]] = ("GroupMember.ReadWrite.All",)

    def step(self) -> Step:
        """As `Action.step`."""
        return self._built(
            title=self._title,
            target=self._target,
            beneficiary_id=self.user_id,
            beneficiary_label=self.user_name,
            call=self._add,
            check=self._is_member(),
            capture=self._read,
            undo=Undo(call=self._remove, check=self._is_no_member()),
        )


class RemoveMember(_MembershipAction):
    """Remove one direct member from one group. Graph answers 404 when the user is not a member."""

    id: ClassVar[str] = "entra.group.member.remove"
    title: ClassVar[str] = "Remove {user} from the group {group}"
    risk: ClassVar[int] = 30
    delegated_permissions: ClassVar[tuple[str, ...]] = ("GroupMember.ReadWrite.All",)
    application_permissions: ClassVar[tuple[str, ...]] = ("GroupMember.ReadWrite.All",)

    def step(self) -> Step:
        """As `Action.step`."""
        return self._built(
            title=self._title,
            target=self._target,
            beneficiary_id=self.user_id,
            beneficiary_label=self.user_name,
            call=self._remove,
            check=self._is_no_member(),
            capture=self._read,
            undo=Undo(call=self._add, check=self._is_member()),
        )
