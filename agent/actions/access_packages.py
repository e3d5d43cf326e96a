"""Access packages of entitlement management: giving one to a user, and taking one away."""

from typing import Annotated, Any, ClassVar

from agent.actions.action import Label, ObjectId, UserAction
from agent.actions.parameters import BOUND, PACKAGE_NAME, PROSE, Told
from agent.actions.references import Justification
from agent.lookups.entitlement import ENTITLEMENT, assignments_call
from agent.model.expectation import AllOf, FieldEquals, ListHolds
from agent.model.graph_call import GraphCall
from agent.model.plan import Check, Step, Undo

# Delivery takes minutes (Graph reference, accessPackageAssignmentRequest); the bound is ours, unverified.
_PATIENCE_SECONDS = 600


class _PackageAction(UserAction):
    package_id: Annotated[ObjectId, Told("params.package_id")]
    package_name: Annotated[Label, PACKAGE_NAME] = ""
    policy_id: Annotated[ObjectId, Told("params.policy_id")]
    justification: Annotated[Justification, PROSE]

    delegated_permissions: ClassVar[tuple[str, ...]] = ("EntitlementManagement.ReadWrite.All",)
    application_permissions: ClassVar[tuple[str, ...]] = ("EntitlementManagement.ReadWrite.All",)

    @property
    def _give(self) -> GraphCall:
        assignment = {
            "targetId": self.user_id,
            "assignmentPolicyId": self.policy_id,
            "accessPackageId": self.package_id,
        }
        return self._request("adminAdd", assignment)

    def _take(self, assignment_id: str) -> GraphCall:
        return self._request("adminRemove", {"id": assignment_id})

    def _request(self, kind: str, assignment: dict[str, Any]) -> GraphCall:
        body = {"requestType": kind, "assignment": assignment, "justification": self.justification}
        return GraphCall(method="POST", path=f"{ENTITLEMENT}/assignmentRequests", body=body)

    @property
    def _list(self) -> GraphCall:
        return assignments_call(self.user_id, package_id=self.package_id)

    def _delivered(self) -> Check:
        # An earlier assignment of the package stays in the list as expired.
        expect = ListHolds(field="value", key="state", value="delivered", present=True)
        return Check(call=self._list, expect=expect, patience_seconds=_PATIENCE_SECONDS)

    def _package_step(self, **parts: Any) -> Step:
        return self._built(
            title=self.title.format(user=self.user_name or self.user_id, package=self.package_name or self.package_id),
            target=self._target,
            beneficiary_id=self.user_id,
            beneficiary_label=self.user_name,
            **parts,
        )


class AssignAccessPackage(_PackageAction):
    """Give an access package to a user under one of its policies, without the approval that the policy asks of users.

    Entitlement management answers 201 with a request that is only submitted; the assignment is delivered minutes
    later, and the answer does not name it. A second request for the same user and package is refused with 400.
    """

    id: ClassVar[str] = "entra.accesspackage.assign"
    title: ClassVar[str] = "Give the access package {package} to {user}"
    # Policy is told which package it is, and not what is in it; that may be an administrator's role.
    risk: ClassVar[int] = 85
    irreversible: ClassVar[str] = "its removal names the assignment by an id that nobody knows before the delivery"

    def step(self) -> Step:
        """As `Action.step`."""
        return self._package_step(call=self._give, check=self._delivered(), capture=self._list)


class RemoveAccessPackage(_PackageAction):
    """Take an access package from a user, by the id of the assignment.

    Nothing is sent unless that assignment is delivered, and is of this package, under this policy, to this user. The
    undo asks for a new assignment under the same policy: it has
    another id, its end is counted anew, and the old one stays as expired.
    """

    id: ClassVar[str] = "entra.accesspackage.remove"
    title: ClassVar[str] = "Take the access package {package} from {user}"
    risk: ClassVar[int] = 40
    removes_by_id: ClassVar[bool] = True

    assignment_id: Annotated[ObjectId, BOUND]

    def step(self) -> Step:
        """As `Action.step`."""
        read = GraphCall(
            method="GET",
            path=f"{ENTITLEMENT}/assignments/{self.assignment_id}",
            query=(("$expand", "target,accessPackage,assignmentPolicy"),),
        )
        gone = Check(call=read, expect=FieldEquals(field="state", value="expired"), patience_seconds=_PATIENCE_SECONDS)
        return self._package_step(
            call=self._take(self.assignment_id),
            check=gone,
            capture=read,
            precondition=self._as_planned(),
            undo=Undo(call=self._give, check=self._delivered()),
        )

    def _as_planned(self) -> AllOf:
        wanted = {
            "state": "delivered",
            "target.objectId": self.user_id,
            "accessPackage.id": self.package_id,
            "assignmentPolicy.id": self.policy_id,
        }
        return AllOf(of=tuple(FieldEquals(field=name, value=value) for name, value in wanted.items()))
