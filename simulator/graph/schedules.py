"""What the requests of Privileged Identity Management have in common, for directory roles and for groups.

A request is answered 201 at once and takes effect a moment later. Codes and texts of refusals are those that public
reports quote; the rules behind them are PIM's settings as a tenant has them at first.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from simulator.clock import parse, stamp
from simulator.directory import Resource
from simulator.errors import GraphError
from simulator.graph import audits
from simulator.graph.audits import Event
from simulator.graph.calls import Call, bad_request
from simulator.site import not_simulated

SERVICE = "PIM"
# How long a granted request takes to show; the service promises nothing.
SETTLING = timedelta(seconds=2)
# What a request may say, beside what it is about.
WRITABLE: dict[str, type] = {
    **dict.fromkeys(("action", "principalId", "justification", "targetScheduleId", "customData"), str),
    **dict.fromkeys(("scheduleInfo", "ticketInfo"), dict),
    "isValidationOnly": bool,
}
READ_ONLY = frozenset({"id", "status", "approvalId", "createdBy", "createdDateTime", "completedDateTime"})
_DURATION = re.compile(r"P(?:(?P<days>\d{1,4})D)?(?:T(?:(?P<hours>\d{1,4})H)?(?:(?P<minutes>\d{1,5})M)?)?")


def exists() -> GraphError:
    """400: what is asked for is there already."""
    return bad_request("The Role assignment already exists.", code="RoleAssignmentExists")


def missing() -> GraphError:
    """400: what is to be taken away is not there."""
    return bad_request("The Role assignment does not exist.", code="RoleAssignmentDoesNotExist")


def too_early() -> GraphError:
    """400: what is active stays so for five minutes at least."""
    text = "The Active duration is too short. Miniumum Required is 5 minutes."
    return bad_request(text, code="ActiveDurationTooShort")


def against_rules(*rules: str) -> GraphError:
    """400: the settings of the role or group do not allow it."""
    listed = ",".join(f'"{rule}"' for rule in rules)
    text = f"The following policy rules failed: [{listed}]"
    return bad_request(text, code="RoleAssignmentRequestPolicyValidationFailed")


def nobody(kind: str) -> GraphError:
    """404: the request names a subject, role or group that does not exist."""
    return GraphError(404, f"{kind}NotFound", message=f"The {kind.lower()} is not found.")


def in_force(entry: Resource, now: datetime) -> bool:
    """Whether a schedule has started and not ended."""
    start, end = entry.get("startDateTime"), entry.get("endDateTime")
    return (start is None or parse(start) <= now) and (end is None or now < parse(end))


def ended(entry: Resource, now: datetime) -> bool:
    """Whether a schedule is over."""
    return entry.get("endDateTime") is not None and parse(entry["endDateTime"]) <= now


def span(call: Call, fields: Resource) -> tuple[str, str | None]:
    """When what a request asks for starts and ends; None for never.

    Raises:
        GraphError: (400) the schedule is missing, malformed, or ends before it starts.
    """
    info = _object(fields.get("scheduleInfo"), "scheduleInfo")
    if info.get("recurrence") is not None:
        raise not_simulated("a recurring schedule")
    asked = _time(info["startDateTime"]) if info.get("startDateTime") is not None else call.now
    start = max(asked, call.now + SETTLING)
    end = _end(start, _object(info.get("expiration"), "expiration"))
    if end is not None and end <= start:
        raise against_rules("ExpirationRule")
    return stamp(start), None if end is None else stamp(end)


def _end(start: datetime, expiration: Resource) -> datetime | None:
    match expiration.get("type"):
        case "noExpiration":
            return None
        case "afterDateTime":
            return _time(expiration.get("endDateTime"))
        case "afterDuration":
            return start + _duration(expiration.get("duration"))
    raise _unreadable("expiration")


def _duration(text: object) -> timedelta:
    found = _DURATION.fullmatch(text) if isinstance(text, str) else None
    length = timedelta(**{unit: int(count) for unit, count in found.groupdict("0").items()}) if found else timedelta()
    if not length:
        raise _unreadable("duration")
    return length


def _time(text: object) -> datetime:
    try:
        return parse(text if isinstance(text, str) else "")
    except ValueError as wrong:
        raise _unreadable("scheduleInfo") from wrong


def _object(value: object, name: str) -> Resource:
    if not isinstance(value, dict):
        raise _unreadable(name)
    return value


def _unreadable(name: str) -> GraphError:
    return bad_request(f"Invalid value specified for property '{name}'.")


def refuse_what_is_not_simulated(fields: Resource) -> None:
    """Dry runs and changes of an existing schedule are answered 501."""
    for name in ("isValidationOnly", "targetScheduleId"):
        if fields.get(name):
            raise not_simulated(f"{name} of a schedule request")


def request(call: Call, fields: Resource, *, status: str, schedule_id: str) -> Resource:
    """The request as the service keeps and answers it."""
    user = call.directory.users.get(call.caller.object_id)
    who = {"id": call.caller.object_id, "displayName": user["displayName"] if user else call.caller.app_name}
    answered: dict[str, Any] = dict.fromkeys((*WRITABLE, *READ_ONLY))
    return {
        **answered,
        "isValidationOnly": False,
        **fields,
        "id": call.ids.guid(),
        "status": status,
        "targetScheduleId": schedule_id,
        "createdBy": {"application": None, "device": None, "user": who},
        "createdDateTime": stamp(call.now),
        "completedDateTime": stamp(call.now + SETTLING),
    }


def as_seen(kept: Resource, now: datetime) -> Resource:
    """A request as a later read shows it: what was pending is provisioned, once it took effect."""
    settled = kept["status"] == "PendingProvisioning" and parse(kept["completedDateTime"]) <= now
    return {**kept, "status": "Provisioned"} if settled else kept


def record(call: Call, activity: str, *, operation: str, asked: Resource, targets: Sequence[Resource]) -> None:
    """PIM's entry in the native log: a correlation id of its own, and our reference in the details."""
    event = Event(activity, "RoleManagement", operation, SERVICE)
    audits.record(replace(call, correlation_id=call.ids.guid()), [event], targets=targets)
    ticket = asked.get("ticketInfo") or {}
    said = {
        "RequestId": asked.get("id"),
        "Justification": asked.get("justification"),
        "TicketNumber": ticket.get("ticketNumber"),
        "TicketSystem": ticket.get("ticketSystem"),
    }
    details = [{"key": name, "value": value} for name, value in said.items() if value]
    call.directory.audits[-1]["additionalDetails"] = details
