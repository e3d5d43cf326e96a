"""Who may open a file or folder: letting a person in, making a link for the organisation, taking either away."""

from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import Field, StringConstraints, model_validator

from agent.actions.action import Action, Label, ObjectId, UserName
from agent.actions.parameters import BOUND, NameOf, Told, Where
from agent.lookups.quoting import segment
from agent.model.expectation import AllOf, Expectation, FieldEquals, HasItem, ListHolds, ListHoldsCreated
from agent.model.frozen import Frozen
from agent.model.graph_call import GraphCall
from agent.model.plan import Check, Fact, Step, TargetKind, Undo

# Ids of drives and items. They have no slash, so `drive id/item id` names one item.
DriveKey = Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Za-z0-9!_-]{1,200}$")]

# Ids of permissions: GUIDs of links, base 64 of whoever holds one, or short numbers.
PermissionKey = Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Za-z0-9!+/=_-]{1,512}$")]

Role = Literal["read", "write"]
LinkType = Literal["view", "edit"]

# The docs say that a removed permission may work on for a while; they give no bound (unverified).
_PATIENCE_SECONDS = 180


class ItemAction(Action):
    """An action on one file or folder of a drive, whose name the look-up `file.item` tells."""

    target_kind: ClassVar[TargetKind] = "site"
    throttle_class: ClassVar[str] = "sharepoint"
    delegated_permissions: ClassVar[tuple[str, ...]] = ("Files.ReadWrite",)
    application_permissions: ClassVar[tuple[str, ...]] = ("Files.ReadWrite.All",)

    drive_id: DriveKey
    item_id: DriveKey
    target_name: Annotated[Label, NameOf(Where("file.item", "{drive_id}/{item_id}", field="name"))] = ""

    @property
    def _item(self) -> dict[str, Any]:
        return {"target": (f"{self.drive_id}/{self.item_id}", self.target_name)}

    @property
    def _path(self) -> str:
        return f"/drives/{self.drive_id}/items/{self.item_id}"

    @property
    def _permissions(self) -> str:
        return f"{self._path}/permissions"

    @property
    def _list(self) -> GraphCall:
        return GraphCall(method="GET", path=self._permissions)

    def _check(self, expect: Expectation) -> Check:
        return Check(call=self._list, expect=expect, patience_seconds=_PATIENCE_SECONDS)

    @property
    def _take_back(self) -> Undo:
        gone = ListHoldsCreated(field="value", present=False)
        call = GraphCall(method="DELETE", path=f"{self._permissions}/{{created}}")
        return Undo(call=call, check=self._check(gone))

    def _invite(self, user_id: str, role: Role) -> GraphCall:
        # By object id: an address could be somebody else's tomorrow, and could be outside of the tenant.
        body = {
            "recipients": [{"objectId": user_id}],
            "requireSignIn": True,
            "sendInvitation": False,
            "roles": [role],
        }
        return GraphCall(method="POST", path=f"{self._path}/invite", body=body)

    def _link(self, kind: str, scope: str) -> GraphCall:
        return GraphCall(method="POST", path=f"{self._path}/createLink", body={"type": kind, "scope": scope})

    def _titled(self, **more: str) -> str:
        return self.title.format(target=self.target_name or self.item_id, **more)


# What says of a permission that it is no person's own (Graph reference, permission and sharePointIdentitySet).
_NOT_A_PERSONS = ("link", *(f"grantedToV2.{kind}" for kind in ("group", "siteGroup", "application", "device")))
_NOT_A_LINK = ("grantedToV2", "grantedTo")


def _is_let_in(user_id: str, *, present: bool = True) -> HasItem:
    who = {"grantedToV2.user.id": user_id}
    return HasItem(field="value", where=who, present=present, other_kinds=_NOT_A_PERSONS)


def _has_role(user_id: str, role: Role, *, present: bool = True) -> HasItem:
    can = {"grantedToV2.user.id": user_id, "roles": [role]}
    return HasItem(field="value", where=can, present=present, other_kinds=_NOT_A_PERSONS)


def _is_linked(kind: str, scope: str, *, present: bool = True, own: bool = False) -> HasItem:
    where = {"link.type": kind, "link.scope": scope}
    return HasItem(field="value", where=where, present=present, own=own, other_kinds=_NOT_A_LINK)


class InviteToItem(ItemAction):
    """Let a person of the tenant, guests included, open a file or folder. No mail is sent.

    Who can do it already is left alone. SharePoint keeps one entry for a person, so an invitation to write raises an
    older one to read: `was_role` says so, nothing is sent unless that is still true, and the undo puts that role back
    instead of taking the whole entry away. A failure for a recipient may stand inside a 200 and shows as no effect.
    Source: Graph reference, driveitem-invite and permission-update.
    """

    id: ClassVar[str] = "spo.item.invite"
    title: ClassVar[str] = "Let {user} {role} {target}"
    risk: ClassVar[int] = 38
    created_field: ClassVar[str] = "value.0.id"

    user_id: ObjectId
    user_name: UserName = ""
    role: Annotated[Role, Told("params.access")]
    was_role: Literal["read"] | None = None

    @model_validator(mode="after")
    def _raises_a_lesser_role(self) -> "InviteToItem":
        if self.was_role is not None and self.role == "read":
            raise ValueError("an invitation to read changes nothing for who can read it")
        return self

    def step(self) -> Step:
        """As `Action.step`."""
        can = _has_role(self.user_id, "write") if self.role == "write" else _is_let_in(self.user_id)
        raised = self.was_role is not None
        return self._built(
            title=self._titled(user=self.user_name or self.user_id, role=self.role),
            **self._item,
            beneficiary_id=self.user_id,
            beneficiary_label=self.user_name,
            call=self._invite(self.user_id, self.role),
            check=self._check(can),
            capture=self._list,
            precondition=_has_role(self.user_id, "read") if raised else _is_let_in(self.user_id, present=False),
            undo=self._lower_again if raised else self._take_back,
        )

    @property
    def _lower_again(self) -> Undo:
        call = GraphCall(method="PATCH", path=f"{self._permissions}/{{created}}", body={"roles": ["read"]})
        only_reads = (_has_role(self.user_id, "read"), _has_role(self.user_id, "write", present=False))
        return Undo(call=call, check=self._check(AllOf(of=only_reads)))


def _access_by(link: LinkType) -> str:
    return "write" if link == "edit" else "read"


class CreateItemLink(ItemAction):
    """Make a link by which everybody in the organisation can open a file or folder.

    An equal link of the application is returned instead of a second one (200, not 201), so nothing is sent where the
    item has such a link. Links for anybody at all are not made here: whoever has their address has the file. Source:
    Graph reference, driveitem-createlink.
    """

    id: ClassVar[str] = "spo.item.link.create"
    title: ClassVar[str] = "Make a link for everybody in the organisation to {link} {target}"
    risk: ClassVar[int] = 40
    also_tells: ClassVar[tuple[str, ...]] = ("params.link_scope",)

    link_type: Annotated[LinkType, Told("params.access", _access_by)] = "view"

    def _told(self) -> dict[str, Fact]:
        return {**super()._told(), "params.link_scope": "organization"}

    def step(self) -> Step:
        """As `Action.step`."""
        return self._built(
            title=self._titled(link=self.link_type),
            **self._item,
            call=self._link(self.link_type, "organization"),
            # Once the answer has named our link, only that one will do.
            check=self._check(_is_linked(self.link_type, "organization", own=True)),
            capture=self._list,
            # Graph answers with an older link of ours instead of making one, and the undo would remove that.
            precondition=_is_linked(self.link_type, "organization", present=False),
            undo=self._take_back,
        )


class WasGrant(Frozen):
    """A permission that one person holds in their own name."""

    kind: Literal["grant"]
    user_id: ObjectId
    role: Role


class WasLink(Frozen):
    """A permission that a link gives."""

    kind: Literal["link"]
    type: LinkType
    scope: Literal["organization", "users", "anonymous"]


def _access_of(was: WasGrant | WasLink) -> str:
    return was.role if isinstance(was, WasGrant) else _access_by(was.type)


def _scope_of(was: WasGrant | WasLink) -> str | None:
    return was.scope if isinstance(was, WasLink) else None


class RemoveItemPermission(ItemAction):
    """Take one person's permission or one link away from a file or folder. A second time is answered with 404.

    The undo lets a person in as before, and makes a link for the organisation anew: under another address, while the
    old one stays dead, and without its password and its end. Other links have no undo (`_NO_WAY_BACK`). An inherited
    permission is refused with 403; it is removed where it was given. Source: Graph reference, permission-delete.
    """

    id: ClassVar[str] = "spo.item.permission.remove"
    title: ClassVar[str] = "Take {what} away from {target}"
    risk: ClassVar[int] = 36
    removes_by_id: ClassVar[bool] = True

    permission_id: Annotated[PermissionKey, BOUND]
    user_name: Annotated[Label, NameOf(Where("user.get", "{was.user_id}"))] = ""
    was: Annotated[
        WasGrant | WasLink,
        Field(discriminator="kind"),
        Told("params.access", _access_of),
        Told("params.link_scope", _scope_of),
    ]

    @model_validator(mode="after")
    def _names_a_holder(self) -> "RemoveItemPermission":
        if self.user_name and isinstance(self.was, WasLink):
            raise ValueError("a link has no holder to name")
        return self

    def step(self) -> Step:
        """As `Action.step`."""
        path = f"{self._permissions}/{segment(self.permission_id)}"
        holder_id = self.was.user_id if isinstance(self.was, WasGrant) else ""
        gone = ListHolds(field="value", key="id", value=self.permission_id, present=False)
        lost = _NO_WAY_BACK.get(self.was.scope, "") if isinstance(self.was, WasLink) else ""
        step = self._built(
            title=self._titled(what=self._what),
            **self._item,
            beneficiary_id=holder_id,
            beneficiary_label=self.user_name,
            call=GraphCall(method="DELETE", path=path),
            check=self._check(gone),
            capture=GraphCall(method="GET", path=path),
            precondition=self._before,
            undo=None if lost else self._put_back,
        )
        return step.model_copy(update={"irreversible": lost}) if lost else step

    @property
    def _what(self) -> str:
        if isinstance(self.was, WasLink):
            return f"the link to {self.was.type} for {_FOR_WHOM[self.was.scope]}"
        return f"the permission to {self.was.role} of {self.user_name or self.was.user_id}"

    @property
    def _before(self) -> AllOf:
        if isinstance(self.was, WasLink):
            wanted: dict[str, Any] = {"link.type": self.was.type, "link.scope": self.was.scope}
        else:
            wanted = {"grantedToV2.user.id": self.was.user_id, "roles": [self.was.role]}
        return AllOf(of=tuple(FieldEquals(field=name, value=value) for name, value in wanted.items()))

    @property
    def _put_back(self) -> Undo:
        if isinstance(self.was, WasLink):
            expect = _is_linked(self.was.type, self.was.scope)
            return Undo(call=self._link(self.was.type, self.was.scope), check=self._check(expect))
        expect = _has_role(self.was.user_id, self.was.role)
        return Undo(call=self._invite(self.was.user_id, self.was.role), check=self._check(expect))


_NO_WAY_BACK: Final[dict[str, str]] = {
    "users": "the people whom the link was for are not known to a link that is made anew",
    "anonymous": "a new link has another address, and would open the item to anybody who gets hold of that",
}

_FOR_WHOM: Final[dict[str, str]] = {
    "organization": "everybody in the organisation",
    "users": "some people",
    "anonymous": "anybody at all",
}
