"""A mailbox's settings: automatic replies, time zone, language and formats."""

import zoneinfo
from collections.abc import Callable
from datetime import datetime
from typing import Any

from simulator.directory import Resource
from simulator.graph import listing, outlook
from simulator.graph.calls import SELECT_ONLY, Answer, Call, Route
from simulator.graph.collection import checked
from simulator.graph.outlook import invalid
from simulator.graph.schema import Schema

_WRITABLE: dict[str, type] = {
    "archiveFolder": str,
    "automaticRepliesSetting": dict,
    "dateFormat": str,
    "delegateMeetingMessageDeliveryOptions": str,
    "language": dict,
    "timeFormat": str,
    "timeZone": str,
    "workingHours": dict,
}
_PROPERTIES = frozenset(_WRITABLE) | {"userPurpose"}
_SETTINGS = Schema("MailboxSettings", _PROPERTIES, _PROPERTIES, filters={}, writable=_WRITABLE)
_ZONES = frozenset(zoneinfo.available_timezones())
_DELIVERIES = frozenset({"sendToDelegateAndInformationToPrincipal", "sendToDelegateAndPrincipal", "sendToDelegateOnly"})


def _get(call: Call) -> Answer:
    return _shown(call, outlook.mailbox_owner(call))


def _shown(call: Call, user: Resource) -> Answer:
    names = listing.selected(call, _SETTINGS)
    # Settings are no entity, so they have no id.
    wanted = _PROPERTIES if names is None else names
    shown = {name: user["mailboxSettings"].get(name) for name in sorted(wanted)}
    return Answer(body={"@odata.context": call.context(f"users('{user['id']}')/mailboxSettings"), **shown})


def _patch(call: Call) -> Answer:
    user = outlook.mailbox_owner(call)
    fields = checked(call.fields(), _SETTINGS)
    changes = {name: _CHECKS[name](value) if name in _CHECKS else value for name, value in fields.items()}
    settings = user["mailboxSettings"]
    for name, value in changes.items():
        # What is inside of a setting and not given stays as it is.
        settings[name] = {**settings[name], **value} if isinstance(value, dict) else value
    return _shown(call, user)


def _replies(given: Any) -> Resource:
    replies = _only(given, _REPLY_PARTS, of="automaticRepliesSetting")
    for name, value in replies.items():
        if not _REPLY_PARTS[name](value):
            raise invalid(f"The value of property '{name}' is invalid.")
    for name in ("internalReplyMessage", "externalReplyMessage"):
        if name in replies:
            replies[name] = _kept_html(replies[name])
    return replies


def _only(given: Any, parts: dict[str, Callable[[Any], bool]], *, of: str) -> Resource:
    if not isinstance(given, dict):
        raise invalid(f"The value of property '{of}' is invalid.")
    fields = {name: value for name, value in given.items() if not name.startswith("@odata.")}
    if unknown := sorted(fields.keys() - parts.keys()):
        raise invalid(f"The property '{unknown[0]}' does not exist on type '{of}'.")
    return fields


def _kept_html(text: str) -> str:
    """Exchange keeps replies as documents: a bare text comes back inside of one (Graph, "Get mailboxSettings")."""
    if not text or text.startswith("<html>"):
        return text
    return f"<html>\n<body>\n{text}\n</body>\n</html>\n"


def _is_moment(value: Any) -> bool:
    if not isinstance(value, dict) or set(value) - {"dateTime", "timeZone", "@odata.type"}:
        return False
    try:
        datetime.fromisoformat(value["dateTime"])
    except (KeyError, TypeError, ValueError):
        return False
    # Other zones are converted by the service, which is not simulated, so they are refused.
    return value.get("timeZone") == "UTC" and len(value["dateTime"]) == len("2026-11-21T08:00:00.0000000")


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _one_of(*names: str) -> Callable[[Any], bool]:
    return lambda value: value in names


_REPLY_PARTS: dict[str, Callable[[Any], bool]] = {
    "status": _one_of("disabled", "alwaysEnabled", "scheduled"),
    "externalAudience": _one_of("none", "contactsOnly", "all"),
    "internalReplyMessage": _is_text,
    "externalReplyMessage": _is_text,
    "scheduledStartDateTime": _is_moment,
    "scheduledEndDateTime": _is_moment,
}


def _language(given: Any) -> Resource:
    fields = _only(given, {"locale": _is_text, "displayName": _is_text}, of="language")
    locale = fields.get("locale")
    if not isinstance(locale, str) or not locale:
        raise invalid("The value of property 'locale' is invalid.")
    # The name follows from the language; here it is the language's own code.
    return {"locale": locale, "displayName": locale}


def _zone(given: Any) -> str:
    known = isinstance(given, str) and (given in _ZONES or given == "UTC" or given.endswith(" Standard Time"))
    if not known:
        raise invalid("The time zone is not supported.")
    return str(given)


def _hours(given: Any) -> Resource:
    parts = ("daysOfWeek", "startTime", "endTime", "timeZone")
    return _only(given, dict.fromkeys(parts, lambda _value: True), of="workingHours")


def _delivery(given: Any) -> str:
    if given not in _DELIVERIES:
        raise invalid("The value of property 'delegateMeetingMessageDeliveryOptions' is invalid.")
    return str(given)


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "automaticRepliesSetting": _replies,
    "delegateMeetingMessageDeliveryOptions": _delivery,
    "language": _language,
    "timeZone": _zone,
    "workingHours": _hours,
}

_READ = outlook.owner_with(outlook.SETTINGS_READERS)
_WRITE = outlook.owner_with(outlook.SETTINGS_WRITERS)

ROUTES = (
    Route("GET", "/users/{user}/mailboxSettings", _get, (), right=_READ, options=SELECT_ONLY),
    Route("PATCH", "/users/{user}/mailboxSettings", _patch, (), right=_WRITE),
)
