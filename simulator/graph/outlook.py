"""What Exchange adds to every call about a mailbox: who may make it, and the errors it answers.

A user's token reaches that user's mailbox; an application's reaches all, unless the tenant limits it, which is not
simulated. Exchange has error codes of its own, in answers of Graph's usual shape. Source: Graph documentation,
"Limiting application permissions to specific mailboxes"; the texts are not documented.
"""

from collections.abc import Mapping

from simulator.directory import Resource
from simulator.errors import GraphError
from simulator.graph.calls import Call, Right, bad_request, find_user

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


def kept_for(call: Call, name: str) -> dict[str, Resource]:
    """What the owner's mailbox has of one kind, by id."""
    owner_id = mailbox_owner(call)["id"]
    held: dict[str, Resource] = call.directory.objects.setdefault(name, {}).setdefault(owner_id, {})
    return held


def entry(held: Mapping[str, Resource], wanted: str) -> Resource:
    """One of them.

    Raises:
        GraphError: (404) none.
    """
    if wanted not in held:
        raise item_not_found()
    return held[wanted]
