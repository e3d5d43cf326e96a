"""What Exchange adds to every call about a mailbox: who may make it, the errors it answers, and lists of entries.

A user's token reaches that user's mailbox; an application's reaches all, unless the tenant limits it, which is not
simulated. Exchange has error codes of its own, in answers of Graph's usual shape. Source: Graph documentation,
"Limiting application permissions to specific mailboxes"; the texts are not documented.
"""

from dataclasses import dataclass

from simulator.directory import Resource
from simulator.errors import GraphError
from simulator.graph.calls import SELECT_ONLY, Answer, Call, Handler, Right, Route, bad_request, find_user
from simulator.graph.collection import Kind, listed, shown

SETTINGS_READERS = frozenset({"MailboxSettings.Read", "MailboxSettings.ReadWrite"})
SETTINGS_WRITERS = frozenset({"MailboxSettings.ReadWrite"})
CALENDAR_READERS = frozenset({"Calendars.Read", "Calendars.ReadWrite"})
CALENDAR_WRITERS = frozenset({"Calendars.ReadWrite"})


def access_denied() -> GraphError:
    """403: the token lacks the permission, or the mailbox is somebody else's."""
    return GraphError(403, "ErrorAccessDenied", message="Access is denied. Check credentials and try again.")


def item_not_found() -> GraphError:
    """404: nothing in the mailbox has that id."""
    return GraphError(404, "ErrorItemNotFound", message="The specified object was not found in the store.")


def no_mailbox() -> GraphError:
    """404: the person has no mailbox in the cloud."""
    message = "The mailbox is either inactive, soft-deleted, or is hosted on-premise."
    return GraphError(404, "MailboxNotEnabledForRESTAPI", message=message)


def invalid(message: str) -> GraphError:
    """400 with the code that Exchange uses."""
    return bad_request(message, code="ErrorInvalidRequest")


def owner_with(permissions: frozenset[str]) -> Right:
    """The right of whoever has one of `permissions`: an application alone, or the mailbox's owner."""

    def right(call: Call) -> None:
        if not permissions & call.caller.permissions:
            raise access_denied()
        if not call.caller.app_only and find_user(call)["id"] != call.caller.object_id:
            raise access_denied()

    return right


def mailbox_owner(call: Call) -> Resource:
    """The user whom the path names, who has a mailbox.

    Raises:
        GraphError: (404) nobody, or no mailbox.
    """
    user = find_user(call)
    if user.get("mailboxSettings") is None:
        raise no_mailbox()
    return user


@dataclass(frozen=True, slots=True)
class Entries:
    """The entries of one kind in a mailbox: `path` is that of their list and `parameter` names one of them.

    `check` refuses a place in the mailbox that has no such entries.
    """

    kind: Kind
    path: str
    parameter: str
    check: Right = lambda _call: None

    def held(self, call: Call) -> dict[str, Resource]:
        """The entries of the path's mailbox by id.

        Raises:
            GraphError: (404) nobody, no mailbox, or no such entries there.
        """
        self.check(call)
        owner_id = mailbox_owner(call)["id"]
        held: dict[str, Resource] = call.directory.objects.setdefault(self.kind.name, {}).setdefault(owner_id, {})
        return held

    def found(self, call: Call) -> Resource:
        """The entry that the path names.

        Raises:
            GraphError: (404) none.
        """
        held, wanted = self.held(call), call.parameters[self.parameter]
        if wanted not in held:
            raise item_not_found()
        return held[wanted]

    def routes(
        self, *, create: Handler, update: Handler, delete: Handler, readers: frozenset[str], writers: frozenset[str]
    ) -> tuple[Route, ...]:
        """The five operations, of which what changes an entry is each kind's own."""
        one, read, write = f"{self.path}/{{{self.parameter}}}", owner_with(readers), owner_with(writers)
        return (
            Route("GET", self.path, self._list, (), right=read, options=SELECT_ONLY | {"$top", "$skiptoken"}),
            Route("GET", one, self._get, (), right=read, options=SELECT_ONLY),
            Route("POST", self.path, create, (), right=write),
            Route("PATCH", one, update, (), right=write),
            Route("DELETE", one, delete, (), right=write),
        )

    def _list(self, call: Call) -> Answer:
        return listed(call, self.kind, resources=list(self.held(call).values()))

    def _get(self, call: Call) -> Answer:
        return shown(call, self.found(call), kind=self.kind)
