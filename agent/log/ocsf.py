"""Entries of the log as OCSF events, one JSON object an entry, for a SIEM.

OCSF 1.1.0, class API Activity (class_uid 6003, category 6): https://schema.ocsf.io/1.1.0/classes/api_activity
Only attributes of that version are used. What has no attribute there stands in `unmapped` as it is in the log, with
`prev` and `hash`, so that an event leads back to the entry that can be verified.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from agent.model.activity_event import EventCode
from agent.model.sealed_log import LogEntry, writable

VERSION: Final = "1.1.0"
CLASS_UID: Final = 6003

# activity_id of API Activity.
_OTHER, _CREATE, _READ, _UPDATE, _DELETE = 99, 1, 2, 3, 4
_ACTIVITIES: Final = {_CREATE: "Create", _READ: "Read", _UPDATE: "Update", _DELETE: "Delete", _OTHER: "Other"}
# severity_id and status_id of every event.
_NOTICE, _MEDIUM, _HIGH, _CRITICAL = 1, 3, 4, 5
_SEVERITIES: Final = {_NOTICE: "Informational", _MEDIUM: "Medium", _HIGH: "High", _CRITICAL: "Critical"}
_UNKNOWN, _SUCCESS, _FAILURE = 0, 1, 2
_STATUSES: Final = {_UNKNOWN: "Unknown", _SUCCESS: "Success", _FAILURE: "Failure"}
# type_id of a user.
_PERSON, _SYSTEM = 1, 3


@dataclass(frozen=True, slots=True)
class Kind:
    """What entries of one code are in OCSF: `activity_id`, `severity_id` and `status_id` as the schema numbers them."""

    activity: int
    severity: int = _NOTICE
    status: int = _SUCCESS


KINDS: Final[Mapping[EventCode, Kind]] = MappingProxyType(
    {
        EventCode.CASE_OPENED: Kind(_CREATE),
        EventCode.LOOKUP_ANSWERED: Kind(_READ),
        EventCode.REASONED: Kind(_OTHER),
        EventCode.QUESTION_ASKED: Kind(_CREATE),
        EventCode.QUESTION_ANSWERED: Kind(_UPDATE),
        EventCode.QUESTION_EXPIRED: Kind(_OTHER, status=_FAILURE),
        EventCode.PLAN_MADE: Kind(_CREATE),
        EventCode.STEP_DECIDED: Kind(_OTHER),
        EventCode.APPROVERS_RESOLVED: Kind(_READ),
        EventCode.APPROVER_UNFIT: Kind(_READ),
        EventCode.APPROVAL_ASKED: Kind(_CREATE),
        EventCode.APPROVAL_GIVEN: Kind(_UPDATE),
        EventCode.APPROVAL_REFUSED: Kind(_UPDATE, status=_FAILURE),
        EventCode.APPROVAL_EXPIRED: Kind(_OTHER, status=_FAILURE),
        EventCode.GRANT_GIVEN: Kind(_CREATE, _MEDIUM),
        EventCode.GRANT_APPLIED: Kind(_READ),
        EventCode.GRANT_USED: Kind(_UPDATE),
        EventCode.GRANT_SUSPENDED: Kind(_UPDATE, _MEDIUM),
        EventCode.GRANT_REVOKED: Kind(_DELETE, _MEDIUM),
        EventCode.DELEGATION_KEPT: Kind(_CREATE, _MEDIUM),
        EventCode.DELEGATION_LOST: Kind(_DELETE, _MEDIUM, _FAILURE),
        EventCode.DELEGATION_ERASED: Kind(_DELETE),
        EventCode.PERMIT_GRANTED: Kind(_OTHER),
        EventCode.PERMIT_REFUSED: Kind(_OTHER, _HIGH, _FAILURE),
        EventCode.WRITE_ATTEMPTED: Kind(_UPDATE, status=_UNKNOWN),
        # That Graph accepted a call proves nothing; what came of it says `effect.verified`.
        EventCode.WRITE_ANSWERED: Kind(_UPDATE, status=_UNKNOWN),
        EventCode.WRITE_FAILED: Kind(_UPDATE, _MEDIUM, _FAILURE),
        EventCode.WRITE_BLOCKED: Kind(_UPDATE, _CRITICAL, _FAILURE),
        EventCode.WRITE_FOUND_DONE: Kind(_UPDATE, _MEDIUM),
        EventCode.EFFECT_VERIFIED: Kind(_UPDATE),
        EventCode.EFFECT_REFUTED: Kind(_UPDATE, _HIGH, _FAILURE),
        EventCode.EFFECT_UNKNOWN: Kind(_UPDATE, _HIGH, _UNKNOWN),
        EventCode.ROLLBACK_STARTED: Kind(_UPDATE, _MEDIUM),
        EventCode.ROLLBACK_DONE: Kind(_UPDATE),
        EventCode.ROLLBACK_FAILED: Kind(_UPDATE, _CRITICAL, _FAILURE),
        EventCode.SECRET_DELIVERED: Kind(_READ, _MEDIUM),
        EventCode.CASE_REFUSED: Kind(_OTHER, status=_FAILURE),
        EventCode.CASE_ESCALATED: Kind(_OTHER, _MEDIUM, _FAILURE),
        EventCode.CASE_CLOSED: Kind(_UPDATE),
        EventCode.STAGE_TROUBLED: Kind(_OTHER, _MEDIUM, _FAILURE),
        EventCode.REPLY_FAILED: Kind(_OTHER, _MEDIUM, _FAILURE),
        EventCode.CONTROL_PAUSED: Kind(_UPDATE, _MEDIUM),
        EventCode.CONTROL_RESUMED: Kind(_UPDATE, _MEDIUM),
        EventCode.CONTROL_STOPPED: Kind(_UPDATE, _HIGH),
        EventCode.CONTROL_MODIFIED: Kind(_UPDATE, _MEDIUM),
        EventCode.CONTROL_DRILLED: Kind(_OTHER),
        EventCode.ALERT_RAISED: Kind(_OTHER, _CRITICAL, _FAILURE),
    }
)
# An entry that cannot be read, or of a code that a newer version wrote.
_STRANGE: Final = Kind(_UNKNOWN, _HIGH, _UNKNOWN)


def ocsf_event(entry: LogEntry, *, tenant_id: str, case_id: str) -> dict[str, Any]:
    """Return an entry of a case as an OCSF event; one that cannot be read becomes an event of unknown activity."""
    event = entry.event if isinstance(entry.event, dict) else {"unreadable": True}
    code, at = str(event.get("code", "")), str(event.get("at", ""))
    given = event.get("data")
    data: dict[str, Any] = given if isinstance(given, dict) else {}
    kind = KINDS[EventCode(code)] if code in KINDS else _STRANGE
    return {
        "activity_id": kind.activity,
        "activity_name": _ACTIVITIES.get(kind.activity, "Unknown"),
        "category_uid": 6,
        "category_name": "Application Activity",
        "class_uid": CLASS_UID,
        "class_name": "API Activity",
        "type_uid": CLASS_UID * 100 + kind.activity,
        "severity_id": kind.severity,
        "severity": _SEVERITIES[kind.severity],
        "status_id": kind.status,
        "status": _STATUSES[kind.status],
        "time": _milliseconds(at),
        "message": code,
        "actor": {"user": _user(data)},
        "api": _api(code, data),
        "src_endpoint": {"svc_name": "Remit"},
        **_resources(data),
        "metadata": {
            "version": VERSION,
            "product": {"name": "Remit", "vendor_name": "Remit"},
            "log_name": "activity",
            "event_code": code,
            "original_time": at,
            "tenant_uid": tenant_id,
            "correlation_uid": case_id,
            "uid": f"{case_id}-{entry.number:06d}",
            "sequence": entry.number,
        },
        "unmapped": {"data": event.get("data", event), "prev": writable(entry.prev), "hash": writable(entry.hash)},
    }


def ocsf_line(entry: LogEntry, *, tenant_id: str, case_id: str) -> str:
    """Return an entry as one line of JSON without its end.

    It is ASCII: some readers take U+2028 or U+0085 for the end of a line, and a terminal takes U+009B for a command.
    """
    event = ocsf_event(entry, tenant_id=tenant_id, case_id=case_id)
    return json.dumps(event, sort_keys=True, separators=(",", ":"))


def _milliseconds(at: str) -> int:
    try:
        moment = datetime.fromisoformat(at)
        # Without an offset it would be a time of this machine.
        return int(moment.timestamp() * 1000) if moment.tzinfo else 0
    except (ValueError, OverflowError):
        return 0


def _user(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return who acted: the person that the entry names as acting, or else the agent."""
    if requester := data.get("requester"):
        return {"name": str(requester), "email_addr": str(requester), "type_id": _PERSON}
    if person := data.get("approver_id") or data.get("by"):
        return {"uid": str(person), "type_id": _PERSON}
    return {"name": "Remit", "type_id": _SYSTEM}


def _api(code: str, data: Mapping[str, Any]) -> dict[str, Any]:
    method, path = data.get("method"), data.get("path")
    api: dict[str, Any] = {"operation": f"{method} {path}" if method and path else code}
    if method or data.get("lookup") or "request_id" in data:
        api["service"] = {"name": "Microsoft Graph"}
    if request := data.get("client_request_id") or data.get("request_id"):
        api["request"] = {"uid": str(request)}
    if isinstance(data.get("status"), int):
        api["response"] = {"code": data["status"]}
    return api


def _resources(data: Mapping[str, Any]) -> dict[str, Any]:
    found = data.get("target_id") or data.get("object_id")
    return {"resources": [{"uid": str(found)}]} if found else {}
