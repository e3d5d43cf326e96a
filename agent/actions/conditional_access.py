"""Switching a Conditional Access policy and excluding one user from one."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from agent.actions.action import Action, Label, ObjectId, UserName
from agent.actions.parameters import NameOf, Told, Where
from agent.model.expectation import AllOf, Expectation, FieldEquals
from agent.model.graph_call import GraphCall
from agent.model.plan import Check, Step, TargetKind, Undo

PolicyState = Literal["enabled", "disabled", "enabledForReportingButNotEnforced"]

# Reads of policies are by id; how soon they show a change is not documented (unverified).
_PATIENCE_SECONDS = 180

_PERMISSIONS = ("Policy.Read.All", "Policy.ReadWrite.ConditionalAccess")


class _PolicyAction(Action):
    target_kind: ClassVar[TargetKind] = "policy"
    delegated_permissions: ClassVar[tuple[str, ...]] = _PERMISSIONS
    application_permissions: ClassVar[tuple[str, ...]] = _PERMISSIONS
    throttle_class: ClassVar[str] = "entra-ca"

    policy_id: ObjectId
    target_name: Annotated[Label, NameOf(Where("ca.policy.get", "{policy_id}"))] = ""

    @property
    def _path(self) -> str:
        return f"/identity/conditionalAccess/policies/{self.policy_id}"

    @property
    def _target(self) -> tuple[str, str]:
        return self.policy_id, self.target_name

    def _patch(self, body: dict[str, Any]) -> GraphCall:
        return GraphCall(method="PATCH", path=self._path, body=body)

    def _read(self, fields: str) -> GraphCall:
        return GraphCall(method="GET", path=self._path, query=(("$select", f"id,{fields}"),))


def _told_state(state: PolicyState) -> str:
    return _TOLD_STATES.get(state, state)


_TOLD_STATES = {"enabledForReportingButNotEnforced": "report_only"}


class SetPolicyState(_PolicyAction):
    """Enable a policy, disable it, or let it only report.

    Safe to repeat. Graph has no ETag for policies, so the last writer wins; nothing is sent unless the state is still
    the one that was planned from. Sessions that run already follow later (unverified). Source: Graph reference,
    conditionalAccessPolicy-update.
    """

    id: ClassVar[str] = "entra.ca.policy.state"
    title: ClassVar[str] = "Set the Conditional Access policy {target} to {state}"
    risk: ClassVar[int] = 85

    state: Annotated[PolicyState, Told("params.policy_state", _told_state)]
    was_state: PolicyState

    @model_validator(mode="after")
    def _changes_something(self) -> "SetPolicyState":
        if self.state == self.was_state:
            raise ValueError("expected another state than the policy has")
        return self

    def step(self) -> Step:
        """As `Action.step`."""
        return self._built(
            title=self.title.format(target=self.target_name or self.policy_id, state=_STATES[self.state]),
            target=self._target,
            call=self._patch({"state": self.state}),
            check=self._shows(self.state),
            capture=self._read("displayName,state"),
            precondition=FieldEquals(field="state", value=self.was_state),
            undo=Undo(call=self._patch({"state": self.was_state}), check=self._shows(self.was_state)),
        )

    def _shows(self, state: PolicyState) -> Check:
        expect = FieldEquals(field="state", value=state)
        return Check(call=self._read("state"), expect=expect, patience_seconds=_PATIENCE_SECONDS)


_STATES: dict[PolicyState, str] = {
    "enabled": "enabled",
    "disabled": "disabled",
    "enabledForReportingButNotEnforced": "report-only",
}

# Beside ids a list may have these words (Graph reference, conditionalAccessUsers).
_User = ObjectId | Literal["All", "None", "GuestsOrExternalUsers"]

# JSON has no tuples, so these fields also take lists.
_Users = Annotated[tuple[_User, ...], Field(strict=False, max_length=2000)]
_Ids = Annotated[tuple[ObjectId, ...], Field(strict=False, max_length=2000)]


# Graph's names of the lists of whom a policy covers, as `ca.policy.get` shows them.
_LISTS = ("includeUsers", "excludeUsers", "includeGroups", "excludeGroups", "includeRoles", "excludeRoles")


class ExcludeUser(_PolicyAction):
    """Exclude one user from one policy. The undo takes only this user from the exclusions again.

    Graph takes the list of exclusions as a whole. What it keeps of the other lists in `users` is not documented (its
    example shows only that other conditions stay), so all six lists are sent as they are, with the one user more,
    and the check wants to see all six. Policies that tell apart kinds of guests are left to people: the step's
    precondition fails for them. Source: Graph reference, conditionalAccessPolicy-update.
    """

    id: ClassVar[str] = "entra.ca.policy.exclude_user"
    title: ClassVar[str] = "Exclude {user} from the Conditional Access policy {target}"
    risk: ClassVar[int] = 80

    user_id: ObjectId
    user_name: UserName = ""
    was_include_users: _Users
    was_exclude_users: _Users
    was_include_groups: _Ids
    was_exclude_groups: _Ids
    was_include_roles: _Ids
    was_exclude_roles: _Ids

    @model_validator(mode="after")
    def _changes_something(self) -> "ExcludeUser":
        if self.user_id in self.was_exclude_users:
            raise ValueError("expected a user who is not excluded yet")
        return self

    def step(self) -> Step:
        """As `Action.step`."""
        was: dict[str, Any] = dict(zip(_LISTS, map(list, self._lists()), strict=True))
        wanted = {**was, "excludeUsers": [*was["excludeUsers"], self.user_id]}
        names = {"user": self.user_name or self.user_id, "target": self.target_name or self.policy_id}
        return self._built(
            title=self.title.format(**names),
            target=self._target,
            beneficiary_id=self.user_id,
            beneficiary_label=self.user_name,
            call=self._patch({"conditions": {"users": wanted}}),
            check=self._shows(wanted),
            capture=self._read("displayName,conditions"),
            precondition=_has(was),
            undo=Undo(call=self._patch({"conditions": {"users": was}}), check=self._shows(was)),
        )

    def _lists(self) -> tuple[tuple[str, ...], ...]:
        users = (self.was_include_users, self.was_exclude_users)
        return (
            *users,
            self.was_include_groups,
            self.was_exclude_groups,
            self.was_include_roles,
            self.was_exclude_roles,
        )

    def _shows(self, users: dict[str, Any]) -> Check:
        return Check(call=self._read("conditions"), expect=_has(users), patience_seconds=_PATIENCE_SECONDS)


def _has(users: dict[str, Any]) -> Expectation:
    kinds = dict.fromkeys(("includeGuestsOrExternalUsers", "excludeGuestsOrExternalUsers"))
    shown = {**users, **kinds}
    return AllOf(of=tuple(FieldEquals(field=f"conditions.users.{name}", value=shown[name]) for name in shown))
