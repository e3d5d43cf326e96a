"""Questions about a mailbox: its settings, its inbox rules, and who sees its calendar."""

from collections.abc import Mapping
from typing import Any

from agent.lookups.lookup import Lookup
from agent.lookups.quoting import object_id
from agent.lookups.reading import UnreadableError, id_of, inside, picked, records
from agent.model.graph_call import GraphCall
from policy.canonical import NotCanonicalError, canonical_json

_SETTINGS = "automaticRepliesSetting,timeZone,language,dateFormat,timeFormat,userPurpose"


def _settings_of(subject: str) -> GraphCall:
    path = f"/users/{object_id(subject)}/mailboxSettings"
    return GraphCall(method="GET", path=path, query=(("$select", _SETTINGS),))


def _settings(_subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    language = body.get("language")
    locale = picked(language, locale=str) if isinstance(language, Mapping) else {}
    plain = picked(body, timeZone=str, dateFormat=str, timeFormat=str, userPurpose=str)
    return {"automaticRepliesSetting": _replies(body.get("automaticRepliesSetting")), **plain, **locale}


def _replies(found: Any) -> dict[str, Any]:
    if not isinstance(found, Mapping) or not isinstance(found.get("status"), str):
        raise UnreadableError("expected automatic replies with a `status`")
    texts = picked(found, status=str, externalAudience=str, internalReplyMessage=str, externalReplyMessage=str)
    times = {
        name: picked(found[name], dateTime=str, timeZone=str)
        for name in ("scheduledStartDateTime", "scheduledEndDateTime")
        if isinstance(found.get(name), Mapping)
    }
    return {**texts, **times}


def _rules_of(subject: str) -> GraphCall:
    return GraphCall(method="GET", path=f"/users/{object_id(subject)}/mailFolders/inbox/messageRules")


def _rules(_subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    return {"rules": [_rule(one) for one in records(body)]}


def _rule(record: Mapping[str, Any]) -> dict[str, Any]:
    plain = picked(record, displayName=str, sequence=int, isEnabled=bool, hasError=bool, isReadOnly=bool)
    parts = {name: _parts(record[name], name) for name in _PARTS if record.get(name) is not None}
    return {"id": id_of(record), **plain, **parts}


_PARTS = ("conditions", "actions", "exceptions")


def _parts(found: Any, name: str) -> dict[str, Any]:
    """Return a part of a rule as it is: what a rule does is for people and for putting it back, whatever it says."""
    if not isinstance(found, Mapping):
        raise UnreadableError(f"expected an object in `{name}`")
    try:
        canonical_json(dict(found))
    except NotCanonicalError as error:
        raise UnreadableError(f"expected plain values in `{name}`") from error
    return dict(found)


def _calendar_of(subject: str) -> GraphCall:
    return GraphCall(method="GET", path=f"/users/{object_id(subject)}/calendar/calendarPermissions")


def _calendar(_subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    return {"permissions": [_permission(one) for one in records(body)]}


def _permission(record: Mapping[str, Any]) -> dict[str, Any]:
    holder = inside(record, "emailAddress")
    plain = picked(record, role=str, isRemovable=bool, isInsideOrganization=bool)
    return {"id": id_of(record), **picked(holder, name=str, address=str), **plain}


# Subject: an object id, for all of them. Absent: no mailbox in the cloud.
# Facts: `automaticRepliesSetting` with its texts in HTML, `timeZone`, `locale`, `dateFormat`, `timeFormat`, and
# `userPurpose`, which tells a shared mailbox or a room from a person's.
MAILBOX_SETTINGS = Lookup(
    "mailbox.settings", _settings_of, _settings, permission="MailboxSettings.Read", throttle_class="outlook"
)

# Facts: `rules`, each with its id, name, place and what it does.
MAILBOX_RULES = Lookup("mailbox.rules", _rules_of, _rules, permission="MailboxSettings.Read", throttle_class="outlook")

# Facts: `permissions`, each an id, `address`, `name`, `role` and `isRemovable`. The entry of the whole organisation has
# no address.
MAILBOX_CALENDAR_PERMISSIONS = Lookup(
    "mailbox.calendar_permissions", _calendar_of, _calendar, permission="Calendars.Read", throttle_class="outlook"
)
