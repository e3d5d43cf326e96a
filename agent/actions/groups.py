"""Adding a member or an owner to a group and removing one."""

from typing import ClassVar

from agent.actions.action import Action, GroupName, ObjectId, UserName
from agent.actions.recipients import is_user, recipient_call
from agent.lookups.groups import membership_call
from agent.model.expectation import Expectation, HasItem, ListHolds
from agent.model.graph_call import GraphCall
from agent.model.plan import Check, Step, TargetKind, Undo

# A reference body names the object by its absolute v1.0 address, whatever host the call goes to.
_GRAPH = "https://graph.microsoft.com/v1.0"

# Membership by filter is an index read, which lags behind reads by id (Graph docs, advanced queries).
_INDEX_PATIENCE_SECONDS = 180


class _LinkAction(Action):
    """One person's place in one group. `link` is the segment of the path, `address` how a person is named there.

    Groups have members and owners that are no people. Who is added must be a user, and so must who is removed, as the
    list of the group tells; otherwise nothing is sent.
    """

    target_kind: ClassVar[TargetKind] = "group"
    link: ClassVar[str]
    address: ClassVar[str]
    patience_seconds: ClassVar[int] = 120

    group_id: ObjectId
    user_id: ObjectId
    group_name: GroupName = ""
    user_name: UserName = ""

    @property
    def _add(self) -> GraphCall:
        body = {"@odata.id": f"{_GRAPH}/{self.address}/{self.user_id}"}
        return GraphCall(method="POST", path=f"/groups/{self.group_id}/{self.link}/$ref", body=body)

    @property
    def _remove(self) -> GraphCall:
        # INVARIANT: the path ends in /$ref. Without it the call would delete the user, not the membership.
        return GraphCall(method="DELETE", path=f"/groups/{self.group_id}/{self.link}/{self.user_id}/$ref")

    @property
    def _read(self) -> GraphCall:
        query = (("$select", "id"),)
        return GraphCall(method="GET", path=f"/groups/{self.group_id}/{self.link}", query=query)

    def _is_there(self) -> Check:
        return self._check(ListHolds(field="value", key="id", value=self.user_id, present=True))

    def _is_not_there(self) -> Check:
        return self._check(ListHolds(field="value", key="id", value=self.user_id, present=False))

    def _check(self, expect: ListHolds) -> Check:
        return Check(call=self._read, expect=expect, patience_seconds=self.patience_seconds)

    def _added(self) -> Step:
        return self._changed(
            self._add,
            check=self._is_there(),
            undo=Undo(call=self._remove, check=self._is_not_there()),
            capture=recipient_call(self.user_id),
            precondition=is_user(self.user_id),
        )

    def _removed(self) -> Step:
        person = {"id": self.user_id, "@odata.type": "#microsoft.graph.user"}
        return self._changed(
            self._remove,
            check=self._is_not_there(),
            undo=Undo(call=self._add, check=self._is_there()),
            capture=self._read,
            precondition=HasItem(field="value", where=person),
        )

    def _changed(
        self, call: GraphCall, *, check: Check, undo: Undo, capture: GraphCall, precondition: Expectation
    ) -> Step:
        return self._built(
            title=self.title.format(user=self.user_name or self.user_id, group=self.group_name or self.group_id),
            target=(self.group_id, self.group_name),
            beneficiary_id=self.user_id,
            beneficiary_label=self.user_name,
            call=call,
            check=check,
            capture=capture,
            precondition=precondition,
            undo=undo,
        )


class _MembershipAction(_LinkAction):
    link: ClassVar[str] = "members"
    # The form for users that the reference has in each of its lists and examples (group-post-members).
    address: ClassVar[str] = "directoryObjects"
    patience_seconds: ClassVar[int] = _INDEX_PATIENCE_SECONDS
    delegated_permissions: ClassVar[tuple[str, ...]] = ("GroupMember.ReadWrite.All",)
    application_permissions: ClassVar[tuple[str, ...]] = ("GroupMember.ReadWrite.All",)

    @property
    def _read(self) -> GraphCall:
        return membership_call(self.group_id, self.user_id)


class _OwnershipAction(_LinkAction):
    # A group has 100 owners at most, so the list is read whole (Graph reference, group-post-owners).
    link: ClassVar[str] = "owners"
    address: ClassVar[str] = "users"
    delegated_permissions: ClassVar[tuple[str, ...]] = ("Group.ReadWrite.All",)
    application_permissions: ClassVar[tuple[str, ...]] = ("Group.ReadWrite.All",)


class AddMember(_MembershipAction):
    """Add one user to one group. Graph answers 400 when the user is a member already."""

    id: ClassVar[str] = "entra.group.member.add"
    title: ClassVar[str] = "Add {user} to the group {group}"
    risk: ClassVar[int] = 30

    def step(self) -> Step:
        """As `Action.step`."""
        return self._added()


class RemoveMember(_MembershipAction):
    """Remove one direct member from one group. Graph answers 404 when the user is not a member."""

    id: ClassVar[str] = "entra.group.member.remove"
    title: ClassVar[str] = "Remove {user} from the group {group}"
    risk: ClassVar[int] = 30

    def step(self) -> Step:
        """As `Action.step`."""
        return self._removed()


class AddOwner(_OwnershipAction):
    """Make one user an owner of one group, who may then add anybody. Graph answers 400 to an owner already there.

    An owner of a team's group owns the team too, up to two hours later. Source: Graph reference, group-post-owners.
    """

    id: ClassVar[str] = "entra.group.owner.add"
    title: ClassVar[str] = "Make {user} an owner of the group {group}"
    risk: ClassVar[int] = 55

    def step(self) -> Step:
        """As `Action.step`."""
        return self._added()


class RemoveOwner(_OwnershipAction):
    """Take one user from the owners of one group. The last owner stays: Graph answers 400.

    Who is a member besides stays a member. Source: Graph reference, group-delete-owners.
    """

    id: ClassVar[str] = "entra.group.owner.remove"
    title: ClassVar[str] = "Take {user} from the owners of the group {group}"
    risk: ClassVar[int] = 35

    def step(self) -> Step:
        """As `Action.step`."""
        return self._removed()
