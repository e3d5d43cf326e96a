"""Directory roles: held outright, held as eligible, and activated for some hours.

All of them are for the whole tenant. A built-in role has its own name on the card, which is the same everywhere; of any
other role the tenant's name for it may be given.

INVARIANT: a role is given only to an account that is a user's of this tenant and may sign in; roles go to groups and
applications by the same body. For taking one away the list of holders cannot tell a user from a group, and a disabled
account must lose it too: there the before-image binds the very assignment.
"""

from typing import Annotated, Any, ClassVar

from pydantic import Field, StringConstraints

from agent.actions.action import GraphKey, Label, ObjectId, UserAction
from agent.actions.parameters import BOUND, ROLE_NAME, Told, minutes_of_days, minutes_of_hours
from agent.actions.recipients import is_enabled_user, recipient_call
from agent.actions.references import TicketedAction, starting_now, until
from agent.actions.role_names import BUILT_IN_ROLES
from agent.lookups.quoting import literal, segment
from agent.model.expectation import AllOf, FieldEquals, Gone, ListHolds
from agent.model.graph_call import GraphCall
from agent.model.plan import Check, Step, Undo

_ROLES = "/roleManagement/directory"
WHOLE_TENANT = "/"

# A time as Graph writes it: UTC, with up to seven digits of a second.
_Time = Annotated[
    str, StringConstraints(strict=True, pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?Z$", max_length=28)
]

# Lists of roles are filtered, hence index reads, which lag behind reads by id (Graph docs, advanced queries).
_PATIENCE_SECONDS = 180


class _RoleAction(UserAction):
    role_id: Annotated[ObjectId, Told("params.role_id")]
    role_name: Annotated[Label, ROLE_NAME] = ""

    @property
    def _title(self) -> str:
        role = BUILT_IN_ROLES.get(self.role_id) or self.role_name or self.role_id
        words = {"user": self.user_name or self.user_id, "role": role}
        return self.title.format(**words, **self.model_dump(exclude={"user_name", "user_id", "role_id", "role_name"}))

    @property
    def _link(self) -> dict[str, Any]:
        return {"principalId": self.user_id, "roleDefinitionId": self.role_id, "directoryScopeId": WHOLE_TENANT}

    def _held(self, collection: str, fields: str = "") -> GraphCall:
        wanted = f"principalId eq {literal(self.user_id)} and roleDefinitionId eq {literal(self.role_id)}"
        select = f"id,principalId,roleDefinitionId,directoryScopeId{fields}"
        return GraphCall(method="GET", path=f"{_ROLES}/{collection}", query=(("$filter", wanted), ("$select", select)))

    def _check(self, read: GraphCall, *, present: bool) -> Check:
        # The filter leaves this role of this person; the same role over a part of the tenant is another one.
        expect = ListHolds(field="value", key="directoryScopeId", value=WHOLE_TENANT, present=present)
        return Check(call=read, expect=expect, patience_seconds=_PATIENCE_SECONDS)

    @property
    def _to_a_user(self) -> dict[str, Any]:
        return {"capture": recipient_call(self.user_id), "precondition": is_enabled_user(self.user_id)}

    def _role_step(self, **parts: Any) -> Step:
        return self._built(
            title=self._title,
            target=self._target,
            beneficiary_id=self.user_id,
            beneficiary_label=self.user_name,
            **parts,
        )


class _DirectAction(_RoleAction):
    delegated_permissions: ClassVar[tuple[str, ...]] = ("RoleManagement.ReadWrite.Directory",)
    application_permissions: ClassVar[tuple[str, ...]] = ("RoleManagement.ReadWrite.Directory",)

    @property
    def _assign(self) -> GraphCall:
        return GraphCall(method="POST", path=f"{_ROLES}/roleAssignments", body=self._link)

    @property
    def _list(self) -> GraphCall:
        return self._held("roleAssignments")


class AssignRole(_DirectAction):
    """Give a user a directory role outright, with no end. Graph answers 400 when they hold it already.

    Eligibility (`entra.pim.role.eligible.assign`) is the better way wherever the tenant has PIM.
    """

    id: ClassVar[str] = "entra.role.assign_direct"
    title: ClassVar[str] = "Give {user} the directory role {role} permanently"
    risk: ClassVar[int] = 89

    def step(self) -> Step:
        """As `Action.step`."""
        remove = GraphCall(method="DELETE", path=f"{_ROLES}/roleAssignments/{{created}}")
        return self._role_step(
            call=self._assign,
            check=self._check(self._list, present=True),
            **self._to_a_user,
            undo=Undo(call=remove, check=self._check(self._list, present=False)),
        )


class RemoveRole(_DirectAction):
    """Take a directly held directory role from a user, by the assignment's id. Graph answers 404 when it is gone.

    Nothing is sent unless that assignment gives this role to this user over the whole tenant. Nobody checks here
    whether it is the last Global Administrator; emergency accounts are the policy's concern.
    """

    id: ClassVar[str] = "entra.role.remove_direct"
    title: ClassVar[str] = "Take the directory role {role} from {user}"
    risk: ClassVar[int] = 75
    removes_by_id: ClassVar[bool] = True

    assignment_id: Annotated[GraphKey, BOUND]

    def step(self) -> Step:
        """As `Action.step`."""
        path = f"{_ROLES}/roleAssignments/{segment(self.assignment_id)}"
        read = GraphCall(method="GET", path=path)
        same = tuple(FieldEquals(field=name, value=value) for name, value in self._link.items())
        return self._role_step(
            call=GraphCall(method="DELETE", path=path),
            check=Check(call=read, expect=Gone()),
            capture=read,
            precondition=AllOf(of=same),
            undo=Undo(call=self._assign, check=self._check(self._list, present=True)),
        )


class _EligibilityAction(_RoleAction, TicketedAction):
    delegated_permissions: ClassVar[tuple[str, ...]] = ("RoleEligibilitySchedule.ReadWrite.Directory",)
    application_permissions: ClassVar[tuple[str, ...]] = ("RoleEligibilitySchedule.ReadWrite.Directory",)

    @property
    def _eligible(self) -> GraphCall:
        return self._held("roleEligibilityScheduleInstances", ",memberType,endDateTime")

    def _request(self, action: str, **more: Any) -> GraphCall:
        body = {"action": action, **self._link, **more, **self._reference}
        return GraphCall(method="POST", path=f"{_ROLES}/roleEligibilityScheduleRequests", body=body)


class MakeEligible(_EligibilityAction):
    """Make a user eligible for a directory role for some days; they still have to activate it.

    PIM answers 201 before the eligibility is there, and 400 `RoleAssignmentExists` when it is there already. A role
    whose settings ask for an approval stays pending, so the check does not pass.
    """

    id: ClassVar[str] = "entra.pim.role.eligible.assign"
    title: ClassVar[str] = "Make {user} eligible for the directory role {role} for {days} days"
    risk: ClassVar[int] = 78

    # A year at most is our own limit: PIM's settings allow more at first, but an eligibility is to be looked at again.
    days: Annotated[int, Field(strict=True, ge=1, le=365), Told("params.lifetime_minutes", minutes_of_days)] = 90

    def step(self) -> Step:
        """As `Action.step`."""
        return self._role_step(
            call=self._request("adminAssign", scheduleInfo=starting_now(f"P{self.days}D")),
            check=self._check(self._eligible, present=True),
            **self._to_a_user,
            undo=Undo(call=self._request("adminRemove"), check=self._check(self._eligible, present=False)),
        )


class RemoveEligibility(_EligibilityAction):
    """Take a user's own eligibility for a directory role away, and with it an activation of it.

    `was_end` is when it would have ended, null for never; nothing is sent unless that is still so and the user has it
    directly, not through a group. The undo makes an eligibility with the same end, which starts anew; an activation
    that was running does not come back.
    """

    id: ClassVar[str] = "entra.pim.role.eligible.remove"
    title: ClassVar[str] = "Take the eligibility for the directory role {role} from {user}"
    risk: ClassVar[int] = 60

    was_end: _Time | None

    def step(self) -> Step:
        """As `Action.step`."""
        first = {"directoryScopeId": WHOLE_TENANT, "memberType": "Direct", "endDateTime": self.was_end}
        same = tuple(FieldEquals(field=f"value.0.{name}", value=value) for name, value in first.items())
        give_back = self._request("adminAssign", scheduleInfo=until(self.was_end))
        return self._role_step(
            call=self._request("adminRemove"),
            check=self._check(self._eligible, present=False),
            capture=self._eligible,
            precondition=AllOf(of=same),
            undo=Undo(call=give_back, check=self._check(self._eligible, present=True)),
        )


class ActivateRole(_RoleAction, TicketedAction):
    """Activate, with the user's own token, a directory role that the user is eligible for.

    Only the holder can: no application's token, and nobody else's. PIM may demand multi-factor authentication in the
    user's session, or an approval, and answers 400 with the rules that failed. The role is in new tokens only. PIM
    refuses to end an activation within five minutes of its start (400 `ActiveDurationTooShort`, public reports).
    """

    id: ClassVar[str] = "entra.pim.role.activate_self"
    title: ClassVar[str] = "Activate the directory role {role} of {user} for {hours} h"
    risk: ClassVar[int] = 65
    delegated_permissions: ClassVar[tuple[str, ...]] = ("RoleAssignmentSchedule.ReadWrite.Directory",)
    application_permissions: ClassVar[tuple[str, ...]] = ()
    serves_me: ClassVar[bool] = True
    irreversible: ClassVar[str] = "PIM ends no activation in its first five minutes; it ends by itself"

    # Eight hours is what PIM allows unless an administrator changed it (Entra docs, PIM role settings).
    hours: Annotated[int, Field(strict=True, ge=1, le=8), Told("params.lifetime_minutes", minutes_of_hours)] = 1

    def step(self) -> Step:
        """As `Action.step`."""
        body = {"action": "selfActivate", **self._link, "scheduleInfo": starting_now(f"PT{self.hours}H")}
        active = self._held("roleAssignmentScheduleInstances", ",assignmentType")
        there = ListHolds(field="value", key="assignmentType", value="Activated", present=True)
        here = self._check(active, present=True)
        return self._role_step(
            call=GraphCall(
                method="POST", path=f"{_ROLES}/roleAssignmentScheduleRequests", body={**body, **self._reference}
            ),
            check=Check(call=active, expect=AllOf(of=(there, here.expect)), patience_seconds=_PATIENCE_SECONDS),
            **self._to_a_user,
        )
