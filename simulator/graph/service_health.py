"""Service health: how Microsoft's own services are, which issues are open, and the message centre."""

from simulator.graph import collection, rights_security
from simulator.graph.calls import Answer, Call, Route, any_of
from simulator.graph.collection import Kind
from simulator.graph.schema import EQUAL, ORDERED, plain

_OVERVIEW = plain("ServiceHealth", "id service status", filters={"service": EQUAL, "status": EQUAL}, advanced=False)
_ISSUE = plain(
    "ServiceHealthIssue",
    """
    id details endDateTime lastModifiedDateTime startDateTime title classification feature featureGroup
    impactDescription isResolved origin posts service status
    """,
    filters={
        **dict.fromkeys(("id", "classification", "isResolved", "service", "status"), EQUAL),
        **dict.fromkeys(("startDateTime", "endDateTime", "lastModifiedDateTime"), ORDERED),
    },
    sortable=("lastModifiedDateTime", "startDateTime"),
    advanced=False,
)
_MESSAGE = plain(
    "ServiceUpdateMessage",
    """
    id details endDateTime lastModifiedDateTime startDateTime title actionRequiredByDateTime body category
    hasAttachments isMajorChange services severity tags viewPoint
    """,
    filters={
        **dict.fromkeys(("id", "category", "isMajorChange", "severity"), EQUAL),
        **dict.fromkeys(("startDateTime", "endDateTime", "lastModifiedDateTime"), ORDERED),
    },
    sortable=("lastModifiedDateTime", "startDateTime"),
    advanced=False,
)
OVERVIEWS = Kind("serviceHealthOverviews", "admin/serviceAnnouncement/healthOverviews", _OVERVIEW)
ISSUES = Kind("serviceHealthIssues", "admin/serviceAnnouncement/issues", _ISSUE)
MESSAGES = Kind("serviceUpdateMessages", "admin/serviceAnnouncement/messages", _MESSAGE)


def _overviews(call: Call) -> Answer:
    return collection.listed(call, OVERVIEWS)


def _issues(call: Call) -> Answer:
    return collection.listed(call, ISSUES)


def _messages(call: Call) -> Answer:
    return collection.listed(call, MESSAGES)


_LISTED = frozenset({"$select", "$filter", "$top", "$skiptoken", "$orderby"})
_READERS = any_of("ServiceHealth.Read.All")
_READ = rights_security.read_health

ROUTES = (
    Route("GET", "/" + OVERVIEWS.of, _overviews, (_READERS,), right=_READ, options=_LISTED),
    Route("GET", "/" + ISSUES.of, _issues, (_READERS,), right=_READ, options=_LISTED),
    Route("GET", "/" + MESSAGES.of, _messages, (any_of("ServiceMessage.Read.All"),), right=_READ, options=_LISTED),
)
