"""Sharing a user's calendar: granting a person a role in it, changing the role, and taking it away."""

from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import StringConstraints

from agent.actions.action import Label
from agent.actions.mailboxes import ExchangeKey, MailboxAction
from agent.actions.parameters import BOUND, NameOf, OtherPerson, Told, Where
from agent.lookups.quoting import segment
from agent.model.expectation import AllOf, FieldEquals, HasItem, ItemHas, ListHolds, ListHoldsCreated
from agent.model.graph_call import GraphCall
from agent.model.plan import Check, Step, Undo
from policy.closed_lists import SharedRole

# A mail address as calendars name a person by; one at sign, and nothing that could be read as something else.
Address = Annotated[
    str, StringConstraints(strict=True, pattern=r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,191}$")
]

# A `SharedRole`, or one to act for the owner: that is more than sharing and is not granted, but it can be put back.
HeldRole = Literal[
    "freeBusyRead",
    "limitedRead",
    "read",
    "write",
    "delegateWithoutPrivateEventAccess",
    "delegateWithPrivateEventAccess",
]


class _CalendarAction(MailboxAction):
    """`address` is the person for whom the calendar is opened, or to whom it was open."""

    delegated_permissions: ClassVar[tuple[str, ...]] = ("Calendars.ReadWrite",)
    application_permissions: ClassVar[tuple[str, ...]] = ("Calendars.ReadWrite",)

    address: Annotated[Address, OtherPerson()]
    reader_name: Annotated[Label, NameOf(Where("user.get", "{address}"))] = ""

    @property
    def _reader(self) -> str:
        # The address stays on the card: it is what Exchange goes by.
        return f"{self.reader_name} ({self.address})" if self.reader_name else self.address

    @property
    def _permissions(self) -> str:
        return f"{self._path}/calendar/calendarPermissions"

    @property
    def _list(self) -> GraphCall:
        return GraphCall(method="GET", path=self._permissions)

    def _one(self, permission_id: str) -> GraphCall:
        return GraphCall(method="GET", path=f"{self._permissions}/{segment(permission_id)}")

    def _post(self, address: str, role: str) -> GraphCall:
        body = {"emailAddress": {"address": address}, "role": role}
        return GraphCall(method="POST", path=self._permissions, body=body)

    def _has(self, address: str, role: str) -> Check:
        # The entry for the whole organisation has no address, so the lack of an address proves nothing.
        item = ItemHas(field="value", key="emailAddress.address", value=address, within="role", wanted=role)
        return Check(call=self._list, expect=item)


class GrantCalendarPermission(_CalendarAction):
    """Give a person a role in a user's calendar. An address that has one already is refused (unverified: with 409).

    The address is shown as it is and may be outside of the organisation; Exchange then decides by its sharing policy.
    Source: Graph reference, calendar-post-calendarpermissions.
    """

    id: ClassVar[str] = "exo.calendar.permission.grant"
    title: ClassVar[str] = "Let {address} {role} the calendar of {user}"
    risk: ClassVar[int] = 38
    repeatable: ClassVar[bool] = False

    role: Annotated[SharedRole, Told("params.access")]

    def step(self) -> Step:
        """As `Action.step`."""
        gone = ListHoldsCreated(field="value", present=False)
        # The undo takes the whole entry away, so there must be none. That of the whole organisation has no address.
        nobody = HasItem(
            field="value",
            where={"emailAddress.address": self.address},
            present=False,
            other_kinds=("emailAddress.name",),
        )
        return self._built(
            title=self._titled(address=self._reader, role=_SPOKEN[self.role]),
            **self._owner,
            call=self._post(self.address, self.role),
            check=self._has(self.address, self.role),
            capture=self._list,
            precondition=nobody,
            undo=Undo(
                call=GraphCall(method="DELETE", path=f"{self._permissions}/{{created}}"),
                check=Check(call=self._list, expect=gone),
            ),
        )


class _HeldPermissionAction(_CalendarAction):
    permission_id: Annotated[ExchangeKey, BOUND]
    was_role: HeldRole

    def _before(self, **more: Any) -> AllOf:
        wanted = {"emailAddress.address": self.address, "role": self.was_role, **more}
        return AllOf(of=tuple(FieldEquals(field=name, value=value) for name, value in wanted.items()))

    @property
    def _entry(self) -> str:
        return f"{self._permissions}/{segment(self.permission_id)}"


class UpdateCalendarPermission(_HeldPermissionAction):
    """Change the role that a person has in a user's calendar. Doing it twice changes nothing.

    Not for the entry of the whole organisation, which has no address. Exchange takes the roles in the entry's
    `allowedRoles` only. Source: Graph reference, calendarpermission-update.
    """

    id: ClassVar[str] = "exo.calendar.permission.update"
    title: ClassVar[str] = "Let {address} {role} the calendar of {user}, not {was} it"
    risk: ClassVar[int] = 36

    role: Annotated[SharedRole, Told("params.access")]

    def step(self) -> Step:
        """As `Action.step`."""
        read = self._one(self.permission_id)
        was = FieldEquals(field="role", value=self.was_role)
        spoken = {"role": _SPOKEN[self.role], "was": _SPOKEN[self.was_role]}
        return self._built(
            title=self._titled(address=self._reader, **spoken),
            **self._owner,
            call=GraphCall(method="PATCH", path=self._entry, body={"role": self.role}),
            check=Check(call=read, expect=FieldEquals(field="role", value=self.role)),
            capture=read,
            precondition=self._before(),
            undo=Undo(
                call=GraphCall(method="PATCH", path=self._entry, body={"role": self.was_role}),
                check=Check(call=read, expect=was),
            ),
        )


class RevokeCalendarPermission(_HeldPermissionAction):
    """Take a person's role in a user's calendar away. A second time is answered with 404.

    The entry of the whole organisation cannot be removed. The undo shares the calendar anew: the person has the same
    role again, the entry may have another id. Source: Graph reference, calendarpermission-delete.
    """

    id: ClassVar[str] = "exo.calendar.permission.revoke"
    title: ClassVar[str] = "Take the calendar of {user} from {address}, who could {was} it"
    risk: ClassVar[int] = 30
    removes_by_id: ClassVar[bool] = True

    def step(self) -> Step:
        """As `Action.step`."""
        gone = ListHolds(field="value", key="id", value=self.permission_id, present=False)
        return self._built(
            title=self._titled(address=self._reader, was=_SPOKEN[self.was_role]),
            **self._owner,
            call=GraphCall(method="DELETE", path=self._entry),
            check=Check(call=self._list, expect=gone),
            capture=self._one(self.permission_id),
            precondition=self._before(isRemovable=True),
            undo=Undo(call=self._post(self.address, self.was_role), check=self._has(self.address, self.was_role)),
        )


_SPOKEN: Final[dict[HeldRole, str]] = {
    "freeBusyRead": "see free and busy times in",
    "limitedRead": "see titles and places in",
    "read": "read",
    "write": "write",
    "delegateWithoutPrivateEventAccess": "act for the owner, without private events, in",
    "delegateWithPrivateEventAccess": "act for the owner in",
}
