"""What Teams administrators assign to people: a telephone number and a policy."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from agent.actions.action import ObjectId, UserAction
from agent.actions.parameters import BOUND, Told, Untold
from agent.lookups.quoting import literal
from agent.lookups.teams import policies_call
from agent.model.expectation import AllOf, Expectation, FieldEquals, ItemHas, ListHolds
from agent.model.graph_call import GraphCall
from agent.model.plan import Check, Step, Undo
from policy.closed_lists import TeamsPolicyType

# Digits in E.164 form without the plus sign, as Graph shows them (ITU-T E.164: 15 at most).
Digits = Annotated[str, StringConstraints(strict=True, pattern=r"^[1-9][0-9]{6,14}$")]

_NUMBERS = "/admin/teams/telephoneNumberManagement/numberAssignments"
_POLICIES = "/admin/teams/policy/userAssignments"

# Assigning a number is an order that is carried out later (Graph reference, numberassignment-assignnumber), and a
# policy takes its time to reach a user; neither time is documented.
_PATIENCE_SECONDS = 600


_NUMBER = Untold("nothing is sent unless the number is the tenant's own and free")


class AssignPhoneNumber(UserAction):
    """Assign a free telephone number to a person, who needs a Teams Phone licence, as their primary number.

    Not idempotent. Nothing is sent unless the number is the tenant's and nobody has it. The undo takes the number away
    again; the location that it was given stays. Source: Graph reference, numberassignment-assignnumber.
    """

    id: ClassVar[str] = "teams.phone.assign"
    title: ClassVar[str] = "Assign the telephone number +{number} to {user}"
    risk: ClassVar[int] = 35
    delegated_permissions: ClassVar[tuple[str, ...]] = ("TeamsTelephoneNumber.ReadWrite.All",)
    application_permissions: ClassVar[tuple[str, ...]] = ("TeamsTelephoneNumber.ReadWrite.All",)
    throttle_class: ClassVar[str] = "teams"

    number: Annotated[Digits, _NUMBER]
    number_type: Annotated[Literal["directRouting", "callingPlan", "operatorConnect"], BOUND]
    location_id: Annotated[ObjectId | None, Told("params.location_id")] = None

    def step(self) -> Step:
        """As `Action.step`."""
        return self._built(
            title=self.title.format(number=self.number, user=self.user_name or self.user_id),
            target=self._target,
            beneficiary_id=self.user_id,
            beneficiary_label=self.user_name,
            call=GraphCall(method="POST", path=f"{_NUMBERS}/assignNumber", body=self._order()),
            check=self._check(self._shows("assignmentTargetId", self.user_id)),
            capture=self._look,
            precondition=self._free(),
            undo=Undo(
                call=GraphCall(
                    method="POST",
                    path=f"{_NUMBERS}/unassignNumber",
                    body={"telephoneNumber": self.number, "numberType": self.number_type},
                ),
                check=self._check(self._shows("assignmentStatus", "unassigned")),
            ),
        )

    @property
    def _look(self) -> GraphCall:
        wanted = f"telephoneNumber eq {literal(self.number)}"
        return GraphCall(method="GET", path=_NUMBERS, query=(("$filter", wanted),))

    def _order(self) -> dict[str, object]:
        order = {
            "telephoneNumber": self.number,
            "assignmentTargetId": self.user_id,
            "numberType": self.number_type,
            "assignmentCategory": "primary",
        }
        # Numbers of a calling plan need an emergency location; others may do without, and null is not "none".
        return {**order, **({"locationId": self.location_id} if self.location_id else {})}

    def _free(self) -> AllOf:
        kind = FieldEquals(field="value.0.numberType", value=self.number_type)
        return AllOf(of=(kind, self._shows("assignmentStatus", "unassigned")))

    def _shows(self, field: str, value: str) -> AllOf:
        number = FieldEquals(field="value.0.telephoneNumber", value=self.number)
        return AllOf(of=(number, FieldEquals(field=f"value.0.{field}", value=value)))

    def _check(self, expect: Expectation) -> Check:
        return Check(call=self._look, expect=expect, patience_seconds=_PATIENCE_SECONDS)


class AssignTeamsPolicy(UserAction):
    """Assign a Teams policy of one type to a person directly, in the place of what was in force. Idempotent.

    `was_policy_id` is the policy of this type that was in force before, or null when only the tenant's default was; the
    undo assigns it again if it was assigned directly, and takes the direct assignment away if it came from a group
    (`was_by_group`) or from the default. Policies for recording and compliance are as easily changed as any other
    here, so policy should look at `policy_type`. Source: Graph reference, teamspolicyuserassignment.
    """

    id: ClassVar[str] = "teams.policy.assign"
    title: ClassVar[str] = "Assign the Teams policy {policy} ({kind}) to {user}"
    risk: ClassVar[int] = 40
    delegated_permissions: ClassVar[tuple[str, ...]] = ("TeamsPolicyUserAssign.ReadWrite.All",)
    application_permissions: ClassVar[tuple[str, ...]] = ("TeamsPolicyUserAssign.ReadWrite.All",)
    throttle_class: ClassVar[str] = "teams"

    policy_type: Annotated[TeamsPolicyType, Told("params.policy_type")]
    policy_id: Annotated[ObjectId, Told("params.policy_id")]
    was_policy_id: ObjectId | None = None
    was_by_group: Annotated[bool, Field(strict=True)] = False

    def step(self) -> Step:
        """As `Action.step`."""
        read = policies_call(self.user_id)
        return self._built(
            title=self.title.format(policy=self.policy_id, kind=self.policy_type, user=self.user_name or self.user_id),
            target=self._target,
            beneficiary_id=self.user_id,
            beneficiary_label=self.user_name,
            call=self._call("assign", self.policy_id),
            check=Check(
                call=read,
                expect=self._has(self.policy_id, "policyType", wanted=self.policy_type),
                patience_seconds=_PATIENCE_SECONDS,
            ),
            capture=read,
            precondition=self._before(),
            undo=Undo(
                call=self._call("unassign", None) if self._returns_alone else self._call("assign", self.was_policy_id),
                check=Check(call=read, expect=self._before(), patience_seconds=_PATIENCE_SECONDS),
            ),
        )

    @property
    def _returns_alone(self) -> bool:
        return self.was_policy_id is None or self.was_by_group

    def _call(self, verb: str, policy_id: str | None) -> GraphCall:
        one = {
            "@odata.type": "#microsoft.graph.teamsAdministration.teamsPolicyUserAssignment",
            "userId": self.user_id,
            "policyType": self.policy_type,
            **({"policyId": policy_id} if policy_id else {}),
        }
        return GraphCall(method="POST", path=f"{_POLICIES}/{verb}", body={"value": [one]})

    def _before(self) -> Expectation:
        if self.was_policy_id is None:
            return ListHolds(field=_IN_FORCE, key="policyType", value=self.policy_type, present=False)
        way = "group" if self.was_by_group else "direct"
        kind = self._has(self.was_policy_id, "policyType", wanted=self.policy_type)
        return AllOf(of=(kind, self._has(self.was_policy_id, "policyAssignment.assignmentType", wanted=way)))

    def _has(self, policy_id: str, within: str, *, wanted: str) -> ItemHas:
        # A policy's id is a GUID (Graph reference, teamspolicyuserassignment), so no two types share one.
        return ItemHas(field=_IN_FORCE, key="policyAssignment.policyId", value=policy_id, within=within, wanted=wanted)


_IN_FORCE = "effectivePolicyAssignments"
