"""Enterprise applications: who is assigned to one, whether it works at all, and what was consented to it."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, StringConstraints, model_validator

from agent.actions.action import Action, GraphKey, Label, ObjectId, UserName
from agent.actions.parameters import BOUND, NameOf, Told, Where
from agent.lookups.quoting import literal, segment
from agent.model.expectation import AllOf, FieldEquals, Gone, ListHolds
from agent.model.graph_call import GraphCall
from agent.model.plan import Check, Step, TargetKind, Undo

# What Graph takes for an application that declares no roles of its own (Graph reference, appRoleAssignment).
DEFAULT_ACCESS = "00000000-0000-0000-0000-000000000000"

# Filtered lists are index reads, which lag behind reads by id (Graph docs, advanced queries).
_PATIENCE_SECONDS = 180

_APP_ROLE = Where("app.sp", "{app_id}", within="appRoles", value="{app_role_id}")

# Names of delegated permissions, separated by spaces; 3,850 characters is Graph's limit (oAuth2PermissionGrant).
_Scope = Annotated[str, StringConstraints(strict=True, pattern=r"^[!-~ ]*$", max_length=3850)]


class _AppAction(Action):
    target_kind: ClassVar[TargetKind] = "app"

    app_id: ObjectId = Field(description="the object id of the service principal, not the client id")
    target_name: Annotated[Label, NameOf(Where("app.sp", "{app_id}"))] = ""

    @property
    def _path(self) -> str:
        return f"/servicePrincipals/{self.app_id}"

    def _app_step(self, *, user: str = "", role: str = "", **parts: Any) -> Step:
        return self._built(
            title=self.title.format(app=self.target_name or self.app_id, user=user, role=role),
            target=(self.app_id, self.target_name),
            **parts,
        )


class _AssignmentAction(_AppAction):
    user_id: ObjectId
    user_name: UserName = ""
    app_role_id: Annotated[ObjectId, Told("params.app_role_id")] = DEFAULT_ACCESS
    app_role_name: Annotated[Label, NameOf(_APP_ROLE)] = ""

    @property
    def _link(self) -> dict[str, Any]:
        return {"principalId": self.user_id, "resourceId": self.app_id, "appRoleId": self.app_role_id}

    @property
    def _assign(self) -> GraphCall:
        return GraphCall(method="POST", path=f"{self._path}/appRoleAssignedTo", body=self._link)

    @property
    def _held(self) -> GraphCall:
        # Asked from the user's side: an application can have thousands of people. Only users have this path, so a
        # service principal, to which the same call would grant an application permission, is never read nor written.
        query = (("$filter", f"resourceId eq {self.app_id}"), ("$select", "id,appRoleId,principalId,resourceId"))
        return GraphCall(method="GET", path=f"/users/{self.user_id}/appRoleAssignments", query=query)

    @property
    def _role(self) -> str:
        if self.app_role_id == DEFAULT_ACCESS and not self.app_role_name:
            return ""
        return f" in the role {self.app_role_name or self.app_role_id}"

    def _check(self, *, present: bool) -> Check:
        return Check(call=self._held, expect=self._holds(present=present), patience_seconds=_PATIENCE_SECONDS)

    def _holds(self, *, present: bool) -> ListHolds:
        return ListHolds(field="value", key="appRoleId", value=self.app_role_id, present=present)

    def _assignment_step(self, **parts: Any) -> Step:
        return self._app_step(
            user=self.user_name or self.user_id,
            role=self._role,
            beneficiary_id=self.user_id,
            beneficiary_label=self.user_name,
            **parts,
        )


class AssignApp(_AssignmentAction):
    """Assign a user to an enterprise application, in one of its roles or with the default access.

    Only users: the precondition reads the user's own assignments, which a service principal or group does not have
    there. Graph answers 400 when the assignment exists, and when the application has no such role for users.
    """

    id: ClassVar[str] = "entra.app.role.assign"
    title: ClassVar[str] = "Assign {user} to the application {app}{role}"
    risk: ClassVar[int] = 40
    delegated_permissions: ClassVar[tuple[str, ...]] = ("AppRoleAssignment.ReadWrite.All", "Application.Read.All")
    application_permissions: ClassVar[tuple[str, ...]] = ("AppRoleAssignment.ReadWrite.All", "Application.Read.All")

    def step(self) -> Step:
        """As `Action.step`."""
        remove = GraphCall(method="DELETE", path=f"{self._path}/appRoleAssignedTo/{{created}}")
        return self._assignment_step(
            call=self._assign,
            check=self._check(present=True),
            capture=self._held,
            precondition=self._holds(present=False),
            undo=Undo(call=remove, check=self._check(present=False)),
        )


class UnassignApp(_AssignmentAction):
    """Take a user's assignment to an enterprise application away, by its id. Graph answers 404 when it is gone.

    Nothing is sent unless that assignment is this user's, to this application, in this role. Where the application
    is provisioned automatically the user's account in it may be deleted, which the undo does not bring back.
    """

    id: ClassVar[str] = "entra.app.role.remove"
    title: ClassVar[str] = "Take the assignment to the application {app}{role} from {user}"
    risk: ClassVar[int] = 40
    removes_by_id: ClassVar[bool] = True
    delegated_permissions: ClassVar[tuple[str, ...]] = ("AppRoleAssignment.ReadWrite.All",)
    application_permissions: ClassVar[tuple[str, ...]] = ("AppRoleAssignment.ReadWrite.All",)
    undo_permissions: ClassVar[tuple[str, ...]] = ("Application.Read.All",)

    assignment_id: Annotated[GraphKey, BOUND]

    def step(self) -> Step:
        """As `Action.step`."""
        path = f"{self._path}/appRoleAssignedTo/{segment(self.assignment_id)}"
        read = GraphCall(method="GET", path=path)
        same = {**self._link, "principalType": "User"}
        return self._assignment_step(
            call=GraphCall(method="DELETE", path=path),
            check=Check(call=read, expect=Gone()),
            capture=read,
            precondition=AllOf(of=tuple(FieldEquals(field=name, value=value) for name, value in same.items())),
            undo=Undo(call=self._assign, check=self._check(present=True)),
        )


class DisableApp(_AppAction):
    """Switch an enterprise application off for everybody: Entra gives no more tokens for it; those given live on.

    Idempotent. `Application.ReadWrite.OwnedBy` would be less, but reaches only applications that the caller owns.
    """

    id: ClassVar[str] = "entra.app.disable"
    title: ClassVar[str] = "Disable the application {app} for everybody"
    risk: ClassVar[int] = 80
    contains: ClassVar[bool] = True
    delegated_permissions: ClassVar[tuple[str, ...]] = ("Application.ReadWrite.All",)
    application_permissions: ClassVar[tuple[str, ...]] = ("Application.ReadWrite.All",)

    def step(self) -> Step:
        """As `Action.step`."""
        return self._app_step(
            call=self._enabled(False),
            check=self._check(False),
            capture=self._read,
            precondition=self._check(True).expect,
            undo=Undo(call=self._enabled(True), check=self._check(True)),
        )

    def _enabled(self, value: bool) -> GraphCall:
        return GraphCall(method="PATCH", path=self._path, body={"accountEnabled": value})

    @property
    def _read(self) -> GraphCall:
        return GraphCall(method="GET", path=self._path, query=(("$select", "id,appId,displayName,accountEnabled"),))

    def _check(self, value: bool) -> Check:
        return Check(call=self._read, expect=FieldEquals(field="accountEnabled", value=value))


class RevokeConsent(_AppAction):
    """Delete one delegated consent: what an application may do on behalf of one user, or of everybody.

    `app_id` is the client. Tokens that were given live on until they expire; to end those too, revoke the user's
    sessions. Graph answers 404 when the consent is gone. Nothing is sent unless it says exactly what the plan says,
    because the undo consents to that again; Graph documents delays of replication after a change.
    """

    id: ClassVar[str] = "entra.app.consent.revoke"
    title: ClassVar[str] = "Revoke the consent of {user} to the application {app}"
    risk: ClassVar[int] = 60
    removes_by_id: ClassVar[bool] = True
    contains: ClassVar[bool] = True
    delegated_permissions: ClassVar[tuple[str, ...]] = ("DelegatedPermissionGrant.ReadWrite.All",)
    application_permissions: ClassVar[tuple[str, ...]] = ("DelegatedPermissionGrant.ReadWrite.All",)

    grant_id: Annotated[GraphKey, BOUND]
    resource_id: Annotated[ObjectId, BOUND]
    consent_type: Annotated[Literal["AllPrincipals", "Principal"], Told("params.consent_type")]
    user_id: ObjectId | None
    user_name: UserName = ""
    was_scope: _Scope

    @model_validator(mode="after")
    def _names_whose_consent_it_is(self) -> "RevokeConsent":
        if (self.consent_type == "Principal") != (self.user_id is not None):
            raise ValueError("expected a user for the consent of one user, and null for that of everybody")
        if self.user_name and self.user_id is None:
            raise ValueError("expected no name of a user for the consent of everybody")
        return self

    def step(self) -> Step:
        """As `Action.step`."""
        path = f"/oauth2PermissionGrants/{segment(self.grant_id)}"
        read = GraphCall(method="GET", path=path)
        give_back = GraphCall(method="POST", path="/oauth2PermissionGrants", body=self._grant)
        return self._app_step(
            user=self.user_name or self.user_id or "everybody",
            beneficiary_id=self.user_id or "",
            beneficiary_label=self.user_name,
            call=GraphCall(method="DELETE", path=path),
            check=Check(call=read, expect=Gone(), patience_seconds=_PATIENCE_SECONDS),
            capture=read,
            precondition=AllOf(of=tuple(FieldEquals(field=name, value=value) for name, value in self._grant.items())),
            undo=Undo(call=give_back, check=self._given_back),
        )

    @property
    def _grant(self) -> dict[str, Any]:
        return {
            "clientId": self.app_id,
            "consentType": self.consent_type,
            "principalId": self.user_id,
            "resourceId": self.resource_id,
            "scope": self.was_scope,
        }

    @property
    def _given_back(self) -> Check:
        wanted = {"clientId": self.app_id, "consentType": self.consent_type, "resourceId": self.resource_id}
        if self.user_id is not None:
            wanted["principalId"] = self.user_id
        text = " and ".join(f"{name} eq {literal(value)}" for name, value in wanted.items())
        read = GraphCall(method="GET", path="/oauth2PermissionGrants", query=(("$filter", text),))
        expect = ListHolds(field="value", key="scope", value=self.was_scope, present=True)
        return Check(call=read, expect=expect, patience_seconds=_PATIENCE_SECONDS)
