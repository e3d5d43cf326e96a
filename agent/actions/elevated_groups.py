"""Membership of a group for some hours, by Privileged Identity Management for groups."""

from typing import Annotated, ClassVar

from pydantic import Field

from agent.actions.action import GroupName, ObjectId, UserName
from agent.actions.parameters import Told, minutes_of_hours
from agent.actions.recipients import is_enabled_user, recipient_call
from agent.actions.references import TicketedAction, starting_now
from agent.lookups.quoting import literal
from agent.model.expectation import ListHolds
from agent.model.graph_call import GraphCall
from agent.model.plan import Check, Step, TargetKind, Undo

_GROUPS = "/identityGovernance/privilegedAccess/group"


class AssignMembership(TicketedAction):
    """Make a user a member of a group for some hours; PIM takes them out again.

    PIM answers 201 before the membership is there, and 400 `RoleAssignmentExists` when the user is a member already.
    The group has to be brought under PIM first, which synchronised and dynamic groups cannot be (Entra docs, PIM for
    groups). It is the group that changes: it is judged like any other change of its members. Nothing is sent unless
    the account is a user's and may sign in.
    """

    id: ClassVar[str] = "entra.pim.group.assign"
    target_kind: ClassVar[TargetKind] = "group"
    title: ClassVar[str] = "Make {user} a member of the group {group} for {hours} h"
    risk: ClassVar[int] = 55
    delegated_permissions: ClassVar[tuple[str, ...]] = ("PrivilegedAssignmentSchedule.ReadWrite.AzureADGroup",)
    application_permissions: ClassVar[tuple[str, ...]] = ("PrivilegedAssignmentSchedule.ReadWrite.AzureADGroup",)

    group_id: ObjectId
    user_id: ObjectId
    group_name: GroupName = ""
    user_name: UserName = ""
    hours: Annotated[int, Field(strict=True, ge=1, le=24), Told("params.lifetime_minutes", minutes_of_hours)] = 8

    def step(self) -> Step:
        """As `Action.step`."""
        people = {"user": self.user_name or self.user_id, "group": self.group_name or self.group_id}
        assign = self._request("adminAssign", scheduleInfo=starting_now(f"PT{self.hours}H"))
        return self._built(
            title=self.title.format(**people, hours=self.hours),
            target=(self.group_id, self.group_name),
            beneficiary_id=self.user_id,
            beneficiary_label=self.user_name,
            call=assign,
            check=self._check(present=True),
            capture=recipient_call(self.user_id),
            precondition=is_enabled_user(self.user_id),
            # Roles are not taken away in their first five minutes; whether that holds for groups is unverified.
            undo=Undo(call=self._request("adminRemove"), check=self._check(present=False)),
        )

    def _request(self, action: str, **more: object) -> GraphCall:
        link = {"accessId": "member", "principalId": self.user_id, "groupId": self.group_id}
        body = {"action": action, **link, **more, **self._reference}
        return GraphCall(method="POST", path=f"{_GROUPS}/assignmentScheduleRequests", body=body)

    @property
    def _list(self) -> GraphCall:
        wanted = f"groupId eq {literal(self.group_id)} and principalId eq {literal(self.user_id)}"
        query = (("$filter", wanted), ("$select", "id,accessId,principalId,groupId"))
        return GraphCall(method="GET", path=f"{_GROUPS}/assignmentScheduleInstances", query=query)

    def _check(self, *, present: bool) -> Check:
        # The filter leaves this person in this group, who may also own it.
        expect = ListHolds(field="value", key="accessId", value="member", present=present)
        return Check(call=self._list, expect=expect, patience_seconds=180)
