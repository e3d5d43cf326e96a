"""Groups as a whole: making one, changing one of its properties, deleting one, and the licences it hands on."""

from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import StringConstraints, model_validator

from agent.actions.action import Action, GroupName, ObjectId, UserName
from agent.actions.licenses import (
    GROUP_PATIENCE_SECONDS,
    DisabledPlans,
    SkuId,
    SkuName,
    holds_without,
    lacks,
    licence,
)
from agent.actions.parameters import NAMED, PROSE, Told
from agent.lookups.quoting import literal
from agent.model.expectation import AllOf, Expectation, FieldEquals, Gone, ItemHas, ListHolds, ListHoldsCreated
from agent.model.graph_call import GraphCall
from agent.model.plan import Check, Fact, Step, TargetKind, Undo

_USERS: Final = "https://graph.microsoft.com/v1.0/users"

# Lists by filter are index reads, which lag behind reads by id (Graph docs, advanced queries).
_INDEX_PATIENCE_SECONDS = 180

# Lengths and characters are Graph's (Graph reference, resource type group); no controls and no line breaks.
GroupTitle = Annotated[
    str, StringConstraints(strict=True, min_length=1, max_length=256, pattern=r"^[^\x00-\x1f\x7f]*$")
]
Description = Annotated[
    str, StringConstraints(strict=True, min_length=1, max_length=1024, pattern=r"^[^\x00-\x1f\x7f]*$")
]
Nickname = Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]

_KINDS: Final[dict[str, dict[str, Any]]] = {
    "security": {"mailEnabled": False, "securityEnabled": True, "groupTypes": []},
    "microsoft365": {"mailEnabled": True, "securityEnabled": False, "groupTypes": ["Unified"]},
}


class CreateGroup(Action):
    """Make one group with one owner. Names need not be unique in Graph, so no group may have the name or nickname yet.

    The undo deletes the group; a Microsoft 365 group then lies among the deleted ones for 30 days. Its mailbox and
    site are there some minutes later only. A tenant's naming policy answers 422. `Group.Create` makes a group and does
    not delete it: the undo takes `Group.ReadWrite.All`. Source: Graph reference, group-post-groups and group-delete.
    """

    id: ClassVar[str] = "entra.group.create"
    target_kind: ClassVar[TargetKind] = "tenant"
    title: ClassVar[str] = "Create the {kind} group {group}, owned by {user}"
    risk: ClassVar[int] = 35
    repeatable: ClassVar[bool] = False
    delegated_permissions: ClassVar[tuple[str, ...]] = ("Group.ReadWrite.All",)
    application_permissions: ClassVar[tuple[str, ...]] = ("Group.Create",)
    undo_permissions: ClassVar[tuple[str, ...]] = ("Group.ReadWrite.All",)

    kind: Annotated[Literal["security", "microsoft365"], Told("params.group_kind")]
    called: Annotated[GroupTitle, PROSE]
    nickname: Annotated[Nickname, PROSE]
    description: Annotated[Description, PROSE]
    # Who may see what is in a Microsoft 365 group; a security group has no such setting.
    visibility: Annotated[Literal["Private", "Public"] | None, Told("params.visibility", str.lower)] = None
    user_id: ObjectId
    user_name: UserName = ""

    @model_validator(mode="after")
    def _visibility_fits(self) -> "CreateGroup":
        if (self.kind == "microsoft365") != (self.visibility is not None):
            raise ValueError("a Microsoft 365 group needs a visibility, and a security group has none")
        return self

    def step(self) -> Step:
        """As `Action.step`."""
        wanted = f"displayName eq {literal(self.called)} or mailNickname eq {literal(self.nickname)}"
        query = (("$filter", wanted), ("$select", "id,displayName,mailNickname"))
        namesakes = GraphCall(method="GET", path="/groups", query=query)
        return self._built(
            title=self.title.format(
                kind="security" if self.kind == "security" else "Microsoft 365",
                group=self.called,
                user=self.user_name or self.user_id,
            ),
            target=("tenant", ""),
            beneficiary_id=self.user_id,
            beneficiary_label=self.user_name,
            call=GraphCall(method="POST", path="/groups", body=self._body()),
            check=self._check(namesakes, present=True),
            capture=namesakes,
            precondition=FieldEquals(field="value", value=[]),
            undo=Undo(
                call=GraphCall(method="DELETE", path="/groups/{created}"), check=self._check(namesakes, present=False)
            ),
        )

    def _body(self) -> dict[str, Any]:
        names = {"displayName": self.called, "mailNickname": self.nickname, "description": self.description}
        seen_by = {"visibility": self.visibility} if self.visibility else {}
        return {**names, **_KINDS[self.kind], **seen_by, "owners@odata.bind": [f"{_USERS}/{self.user_id}"]}

    def _check(self, read: GraphCall, *, present: bool) -> Check:
        expect = ListHoldsCreated(field="value", present=present)
        return Check(call=read, expect=expect, patience_seconds=_INDEX_PATIENCE_SECONDS)


class _GroupAction(Action):
    target_kind: ClassVar[TargetKind] = "group"
    delegated_permissions: ClassVar[tuple[str, ...]] = ("Group.ReadWrite.All",)
    application_permissions: ClassVar[tuple[str, ...]] = ("Group.ReadWrite.All",)

    group_id: ObjectId
    group_name: GroupName = ""

    @property
    def _target(self) -> tuple[str, str]:
        return self.group_id, self.group_name

    @property
    def _path(self) -> str:
        return f"/groups/{self.group_id}"

    def _read(self, *fields: str) -> GraphCall:
        return GraphCall(method="GET", path=self._path, query=(("$select", ",".join(("id", *fields))),))


def _alone(attribute: str) -> tuple[str, ...]:
    return (attribute,)


class UpdateGroup(_GroupAction):
    """Give one property of one group another value. `was` is what it was; the undo writes that back.

    Only a description can be cleared. The rule of a dynamic group is not among the properties: it moves people by
    the hundred. Doing it twice is harmless. Source: Graph reference, group-update.
    """

    id: ClassVar[str] = "entra.group.update"
    title: ClassVar[str] = "Change the {attribute} of the group {group}"
    risk: ClassVar[int] = 35
    also_tells: ClassVar[tuple[str, ...]] = ("params.visibility",)

    attribute: Annotated[Literal["displayName", "description", "visibility"], Told("params.attributes", _alone)]
    value: Annotated[Description | None, NAMED]
    was: Description | None

    @model_validator(mode="after")
    def _values_fit(self) -> "UpdateGroup":
        for value in (self.value, self.was):
            if value is None and self.attribute != "description":
                raise ValueError("only a description can be empty")
            if self.attribute == "visibility" and value not in ("Private", "Public"):
                raise ValueError("a group is `Private` or `Public`")
            if self.attribute == "displayName" and len(value or "") > 256:
                raise ValueError("a name has at most 256 characters")
        if self.value == self.was:
            raise ValueError("the value is what it was")
        return self

    def step(self) -> Step:
        """As `Action.step`."""
        return self._built(
            title=self.title.format(attribute=_WORDS[self.attribute], group=self.group_name or self.group_id),
            target=self._target,
            call=self._patch(self.value),
            check=self._check(self.value),
            capture=self._read(self.attribute),
            precondition=FieldEquals(field=self.attribute, value=self.was),
            undo=Undo(call=self._patch(self.was), check=self._check(self.was)),
        )

    def _told(self) -> dict[str, Fact]:
        seen_by: dict[str, Fact] = {}
        if self.attribute == "visibility" and self.value is not None:
            seen_by = {"params.visibility": self.value.lower()}
        return {**super()._told(), **seen_by}

    def _patch(self, value: str | None) -> GraphCall:
        return GraphCall(method="PATCH", path=self._path, body={self.attribute: value})

    def _check(self, value: str | None) -> Check:
        return Check(call=self._read(self.attribute), expect=FieldEquals(field=self.attribute, value=value))


_WORDS: Final = {"displayName": "name", "description": "description", "visibility": "visibility"}


class DeleteGroup(_GroupAction):
    """Delete one Microsoft 365 group, with its mailbox, site and team; for 30 days it can be restored.

    The undo restores the group under its id with members, owners and content. What is lost: licences and roles in
    apps that came through the group come back late or not at all (unverified), and a name that somebody took
    meanwhile. Groups of other kinds are refused: of lists the service keeps nothing, and of security groups not
    every reference says that it does. Source: group-delete, directory-deleteditems-restore.
    """

    id: ClassVar[str] = "entra.group.delete"
    title: ClassVar[str] = "Delete the Microsoft 365 group {group} with its mailbox, site and team"
    risk: ClassVar[int] = 85

    def step(self) -> Step:
        """As `Action.step`."""
        restored = Check(call=self._read(), expect=FieldEquals(field="id", value=self.group_id))
        return self._built(
            title=self.title.format(group=self.group_name or self.group_id),
            target=self._target,
            call=GraphCall(method="DELETE", path=self._path),
            check=Check(call=self._read(), expect=Gone()),
            capture=self._read("displayName", "groupTypes", "mail", "assignedLicenses", "isAssignableToRole"),
            precondition=ListHolds(field="groupTypes", key="", value="Unified", present=True),
            undo=Undo(
                call=GraphCall(method="POST", path=f"/directory/deletedItems/{self.group_id}/restore"), check=restored
            ),
        )


class _GroupLicenseAction(_GroupAction):
    """A group's licence, given or taken away in the background: Graph answers 202 and works through the members.

    `disabled_plans` are the service plans switched off: those to be when it is given, those that were when it is
    taken. Doing it twice is harmless. Source: Graph reference, group-assignlicense.
    """

    delegated_permissions: ClassVar[tuple[str, ...]] = ("LicenseAssignment.ReadWrite.All",)
    application_permissions: ClassVar[tuple[str, ...]] = ("LicenseAssignment.ReadWrite.All",)

    sku_id: SkuId
    sku_name: SkuName = ""
    disabled_plans: DisabledPlans = ()

    def _title(self) -> str:
        sku, group = self.sku_name or self.sku_id, self.group_name or self.group_id
        return self.title.format(sku=sku, group=group)

    @property
    def _has(self) -> ItemHas:
        return holds_without(self.sku_id, self.disabled_plans)

    @property
    def _given(self) -> Undo:
        processed = FieldEquals(field="licenseProcessingState.state", value="ProcessingComplete")
        body = {"addLicenses": [licence(self.sku_id, self.disabled_plans)], "removeLicenses": []}
        return Undo(call=self._call(body), check=self._check(AllOf(of=(self._has, processed))))

    @property
    def _taken(self) -> Undo:
        body = {"addLicenses": [], "removeLicenses": [self.sku_id]}
        return Undo(call=self._call(body), check=self._check(lacks(self.sku_id)))

    def _from(self, before: Expectation, *, change: Undo, back: Undo) -> Step:
        return self._built(
            title=self._title(),
            target=self._target,
            call=change.call,
            check=change.check,
            capture=change.check.call,
            precondition=before,
            undo=back,
        )

    def _call(self, body: dict[str, Any]) -> GraphCall:
        return GraphCall(method="POST", path=f"{self._path}/assignLicense", body=body)

    def _check(self, expect: Expectation) -> Check:
        read = self._read("assignedLicenses", "licenseProcessingState")
        return Check(call=read, expect=expect, patience_seconds=GROUP_PATIENCE_SECONDS)


class AssignGroupLicense(_GroupLicenseAction):
    """Give a group a licence, which every member then gets.

    Who gets none, for want of a seat or of a usage location, is in the look-up `group.license_errors`.
    """

    id: ClassVar[str] = "entra.group.license.assign"
    title: ClassVar[str] = "Give the licence {sku} to the group {group} and all its members"
    risk: ClassVar[int] = 60

    def step(self) -> Step:
        """As `Action.step`."""
        return self._from(lacks(self.sku_id), change=self._given, back=self._taken)


class RemoveGroupLicense(_GroupLicenseAction):
    """Take a licence away from a group, and so from every member who has it through this group alone."""

    id: ClassVar[str] = "entra.group.license.remove"
    title: ClassVar[str] = "Take the licence {sku} from the group {group} and all its members"
    risk: ClassVar[int] = 70

    def step(self) -> Step:
        """As `Action.step`."""
        return self._from(self._has, change=self._taken, back=self._given)
