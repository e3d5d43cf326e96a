"""Mailbox settings, inbox rules, calendar permissions and mail on its way.

Who has a mailbox: people whom the file gives `mailboxSettings`, or, where it says nothing of them, members with a
licence; and the file's shared `mailboxes` and rooms, each with a disabled account of its own, as in the service.
"""

import base64
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from simulator import shapes
from simulator.clock import parse, stamp
from simulator.directory import Directory, Resource
from simulator.errors import TenantFileError
from simulator.ids import stable
from simulator.tenant_file import Person, TenantFile

RULES, CALENDARS, TRACES = "messageRules", "calendarPermissions", "messageTraces"
# The entry for the whole organisation has the same id in every calendar.
EVERYBODY = base64.b64encode(b"Default").decode()
_ROLES = ("none", "freeBusyRead", "limitedRead", "read", "write")
_NOBODY_SET = "2024-01-15T08:00:00.0000000"
_KINDS = {"shared": "shared", "room": "room", "equipment": "equipment"}


class SharedMailbox(BaseModel):
    """A mailbox of the file that is nobody's own. `kind` is shared, room or equipment."""

    model_config = ConfigDict(extra="allow", frozen=True, alias_generator=to_camel)

    address: str = Field(min_length=3)
    display_name: str = Field(min_length=1)
    id: str | None = None
    kind: str = "shared"


def add(directory: Directory, file: TenantFile) -> None:
    """Add them to `directory`, whose people and groups are there already.

    Raises:
        TenantFileError: a mailbox is wrong; the key is named.
    """
    for place, mailbox in enumerate(file.extras().get("mailboxes", [])):
        _add_shared(directory, mailbox, key=f"mailboxes[{place}]")
    directory.index_names()
    zone = str(dict(file.organization.extras()).get("timeZone", "UTC"))
    objects = directory.objects
    objects[RULES], objects[CALENDARS], objects[TRACES] = {}, {}, {}
    given = {person.user_principal_name.casefold(): person.extras() for _, person in file.people()}
    sent_at = _present(file) - timedelta(hours=2)
    for user in directory.users.values():
        extras = given.get(user["userPrincipalName"].casefold(), {})
        user["mailboxSettings"] = _settings(user, zone) if _has_mailbox(user) else None
        if user["mailboxSettings"] is not None:
            objects[CALENDARS][user["id"]] = {EVERYBODY: _everybody()}
            objects[RULES][user["id"]] = {one["id"]: one for one in _rules(user["id"], extras.get("inboxRules", []))}
            _add_message(directory, user, sent_at=sent_at)


def _add_shared(directory: Directory, described: object, *, key: str) -> None:
    try:
        mailbox = SharedMailbox.model_validate(described)
    except ValidationError as wrong:
        raise TenantFileError(f"`{key}`: {wrong.errors()[0]['msg'].lower()}") from wrong
    if directory.user(mailbox.address) is not None:
        return
    fields: dict[str, Any] = {
        "userPrincipalName": mailbox.address,
        "displayName": mailbox.display_name,
        "mail": mailbox.address,
        "accountEnabled": False,
        "mailboxSettings": {"userPurpose": _KINDS.get(mailbox.kind, "others")},
    }
    user_id = (mailbox.id or stable("user", directory.tenant_id, mailbox.address)).lower()
    directory.users[user_id] = shapes.user(user_id, Person.model_validate(fields))
    directory.authentication_methods[user_id] = []
    directory.index_names()


def _has_mailbox(user: Resource) -> bool:
    if "mailboxSettings" in user:
        return user["mailboxSettings"] is not None
    return user["userType"] == "Member" and bool(user["assignedLicenses"])


def _settings(user: Resource, zone: str) -> Resource:
    """What a new mailbox shows, under what the file says."""
    given = dict(user.get("mailboxSettings") or {})
    locale = user.get("preferredLanguage") or "en-GB"
    return {
        "archiveFolder": None,
        "timeZone": zone,
        "delegateMeetingMessageDeliveryOptions": "sendToDelegateOnly",
        "dateFormat": "dd/MM/yyyy",
        "timeFormat": "HH:mm",
        "userPurpose": "user",
        "language": {"locale": locale, "displayName": locale},
        "workingHours": {
            "daysOfWeek": ["monday", "tuesday", "wednesday", "thursday", "friday"],
            "startTime": "08:00:00.0000000",
            "endTime": "17:00:00.0000000",
            "timeZone": {"name": zone},
        },
        **given,
        "automaticRepliesSetting": {**_no_replies(), **given.get("automaticRepliesSetting", {})},
    }


def _no_replies() -> Resource:
    return {
        "status": "disabled",
        "externalAudience": "all",
        "internalReplyMessage": "",
        "externalReplyMessage": "",
        "scheduledStartDateTime": {"dateTime": _NOBODY_SET, "timeZone": "UTC"},
        "scheduledEndDateTime": {"dateTime": _NOBODY_SET.replace("-15T", "-16T"), "timeZone": "UTC"},
    }


def _everybody() -> Resource:
    return {
        "id": EVERYBODY,
        "isRemovable": False,
        "isInsideOrganization": True,
        "role": "freeBusyRead",
        "allowedRoles": list(_ROLES),
        "emailAddress": {"name": "My Organization"},
    }


def _rules(user_id: str, described: list[Resource]) -> list[Resource]:
    """Rules that the file gives a person under `inboxRules`, in Graph's own shape but for the id."""
    made: Resource = {"isEnabled": True, "hasError": False, "isReadOnly": False, "conditions": None, "exceptions": None}
    return [
        {**made, "sequence": place + 1, **one, "id": rule_id(user_id, str(place))}
        for place, one in enumerate(described)
    ]


def rule_id(*names: str) -> str:
    """An id as Exchange gives one to a rule: eight bytes in base 64, the same for the same names."""
    return base64.urlsafe_b64encode(bytes.fromhex(stable("rule", *names).replace("-", ""))[:8]).decode()


def _present(file: TenantFile) -> datetime:
    return parse(str(file.extras().get("now", shapes.CREATED_AT)))


def _add_message(directory: Directory, user: Resource, *, sent_at: datetime) -> None:
    """One message that reached the mailbox, so that there is something to trace."""
    if not user["mail"]:
        return
    trace_id = stable("message", directory.tenant_id, user["id"])
    domain = user["userPrincipalName"].rpartition("@")[2]
    directory.objects[TRACES][trace_id] = {
        "id": trace_id,
        "messageId": f"<{trace_id[:8]}@news.{domain}>",
        "receivedDateTime": stamp(sent_at),
        "senderAddress": f"news@{domain}",
        "recipientAddress": user["mail"],
        "subject": "The week ahead",
        "status": "delivered",
        "size": 24_576,
        "fromIP": "192.0.2.10",
        "toIP": None,
    }
