"""Questions about Microsoft's own services: whether one has trouble, and what the message centre announces."""

from collections.abc import Mapping
from typing import Any

from agent.lookups.conditional_access import only_all
from agent.lookups.lookup import Lookup
from agent.lookups.reading import id_of, picked, records, texts
from agent.model.graph_call import GraphCall

_ANNOUNCEMENTS = "/admin/serviceAnnouncement"
_MESSAGE = "id,title,services,actionRequiredByDateTime,lastModifiedDateTime"

# The newest of so many messages are facts; `complete` says whether these are all.
MAX_MESSAGES = 50


def _overviews(subject: str) -> GraphCall:
    only_all(subject)
    # The issues come with `health.issues`; expanding them here would bring every post of every issue.
    return GraphCall(method="GET", path=f"{_ANNOUNCEMENTS}/healthOverviews", query=(("$select", "id,service,status"),))


def _read_overviews(_subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    return {"services": [_told(one, "service", "status") for one in records(body)]}


def _told(record: Mapping[str, Any], *names: str) -> dict[str, Any]:
    # Ids are numbers of announcements and names of services, not GUIDs; their case is kept.
    id_of(record)
    return {"id": record["id"], **picked(record, **dict.fromkeys(names, str))}


def _issues(subject: str) -> GraphCall:
    only_all(subject)
    query = (("$filter", "isResolved eq false"), ("$select", "id,title,service,status,startDateTime"))
    return GraphCall(method="GET", path=f"{_ANNOUNCEMENTS}/issues", query=query)


def _read_issues(_subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    return {"issues": [_told(one, "title", "service", "status", "startDateTime") for one in records(body)]}


def _messages(subject: str) -> GraphCall:
    only_all(subject)
    return GraphCall(method="GET", path=f"{_ANNOUNCEMENTS}/messages", query=(("$select", _MESSAGE), ("$top", "100")))


def _read_messages(_subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    found = [_message(one) for one in records(body)]
    found.sort(key=lambda one: str(one.get("lastModifiedDateTime") or ""), reverse=True)
    return {"messages": found[:MAX_MESSAGES], "complete": len(found) <= MAX_MESSAGES}


def _message(record: Mapping[str, Any]) -> dict[str, Any]:
    told = _told(record, "title", "actionRequiredByDateTime", "lastModifiedDateTime")
    return {**told, "services": texts(record, "services")}


# Subject: `all`, for all of them. Facts: `services`, each id, service and status.
HEALTH_OVERVIEWS = Lookup(
    "health.overviews", _overviews, _read_overviews, permission="ServiceHealth.Read.All", throttle_class="servicecomms"
)

# Facts: `issues` that are not resolved (id, title, service, status, startDateTime).
HEALTH_ISSUES = Lookup(
    "health.issues", _issues, _read_issues, permission="ServiceHealth.Read.All", throttle_class="servicecomms"
)

# Facts: `messages` of the message centre, newest first (id, title, services, actionRequiredByDateTime), `complete`.
HEALTH_MESSAGES = Lookup(
    "health.messages", _messages, _read_messages, permission="ServiceMessage.Read.All", throttle_class="servicecomms"
)
