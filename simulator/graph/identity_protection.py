"""Identity Protection: risk detections, dismissing a user's risk and confirming that a user is compromised."""

from dataclasses import dataclass

from simulator.clock import fine_stamp
from simulator.directory import Resource
from simulator.graph import audits, collection, rights_security
from simulator.graph.audits import Event, changed
from simulator.graph.calls import NO_CONTENT, Answer, Call, Route, any_of, bad_request, not_found
from simulator.graph.collection import Kind, everything
from simulator.graph.schema import EQUAL, ORDERED, TEXT, plain

IDENTITY_PROTECTION = "Identity Protection"
# Graph reference, riskyUser-dismiss and riskyUser-confirmCompromised: so many users in one request.
_MOST_USERS = 60

_DETECTION = plain(
    "RiskDetection",
    """
    id activity activityDateTime additionalInfo correlationId detectedDateTime detectionTimingType ipAddress
    lastUpdatedDateTime location requestId riskDetail riskEventType riskLevel riskState source tokenIssuerType
    userDisplayName userId userPrincipalName
    """,
    filters={
        **dict.fromkeys(("id", "userId", "riskEventType", "riskLevel", "riskState", "riskDetail"), EQUAL),
        **dict.fromkeys(("userPrincipalName", "userDisplayName", "ipAddress"), TEXT),
        **dict.fromkeys(("activityDateTime", "detectedDateTime", "lastUpdatedDateTime"), ORDERED),
    },
    sortable=("activityDateTime", "detectedDateTime"),
    advanced=False,
)
DETECTIONS = Kind("riskDetections", "identityProtection/riskDetections", _DETECTION)


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What an administrator's word makes of a user's risk."""

    event: Event
    state: str
    level: str
    detail: str


_DISMISSED = _Verdict(
    Event("DismissUser", "Other", "Update", IDENTITY_PROTECTION),
    state="dismissed",
    level="none",
    detail="adminDismissedAllRiskForUser",
)
_COMPROMISED = _Verdict(
    Event("ConfirmAccountCompromised", "Other", "Update", IDENTITY_PROTECTION),
    state="confirmedCompromised",
    level="high",
    detail="adminConfirmedUserCompromised",
)


def detection(user: Resource, *, event: str, level: str, state: str, detail: str, at: str, number: str) -> Resource:
    """A `riskDetection` about a user; `number` is its id, of 64 characters as the service has them."""
    return {
        "id": number,
        "activity": "user",
        "activityDateTime": at,
        "additionalInfo": "[]",
        "correlationId": None,
        "detectedDateTime": at,
        "detectionTimingType": "offline",
        "ipAddress": None,
        "lastUpdatedDateTime": at,
        "location": None,
        "requestId": None,
        "riskDetail": detail,
        "riskEventType": event,
        "riskLevel": level,
        "riskState": state,
        "source": "IdentityProtection",
        "tokenIssuerType": "AzureAD",
        "userDisplayName": user["displayName"],
        "userId": user["id"],
        "userPrincipalName": user["userPrincipalName"],
    }


def _detections(call: Call) -> Answer:
    return collection.listed(call, DETECTIONS)


def _dismiss(call: Call) -> Answer:
    """Only a user whom Identity Protection knows has a risk to be dismissed."""
    users = _users(call)
    for user in users:
        if user["id"] not in call.directory.risky_users:
            raise not_found(user["id"])
    for user in users:
        _judge(call, user, verdict=_DISMISSED)
    return NO_CONTENT


def _confirm_compromised(call: Call) -> Answer:
    for user in _users(call):
        _judge(call, user, verdict=_COMPROMISED)
        made = detection(
            user,
            event="adminConfirmedUserCompromised",
            level="high",
            state="confirmedCompromised",
            detail=_COMPROMISED.detail,
            at=fine_stamp(call.now),
            number=call.ids.hex() + call.ids.hex(),
        )
        everything(call, DETECTIONS)[made["id"]] = made
    return NO_CONTENT


def _users(call: Call) -> list[Resource]:
    fields = call.fields()
    if unknown := set(fields) - {"userIds"}:
        raise bad_request(f"The parameter '{min(unknown)}' does not exist for this action.", code="BadRequest")
    wanted = fields.get("userIds")
    if not isinstance(wanted, list) or not all(isinstance(one, str) for one in wanted):
        raise bad_request("The parameter 'userIds' must be a list of ids.", code="BadRequest")
    if not 1 <= len(wanted) <= _MOST_USERS:
        raise bad_request(f"The parameter 'userIds' must name 1 to {_MOST_USERS} users.", code="BadRequest")
    found = [(one, call.directory.users.get(one.lower())) for one in wanted]
    for name, user in found:
        if user is None:
            raise not_found(name)
    return [user for _, user in found if user is not None]


def _judge(call: Call, user: Resource, *, verdict: _Verdict) -> None:
    """Set the user's risk; detections that are still open follow it."""
    held = call.directory.risky_users.get(user["id"])
    before = held["riskState"] if held else "none"
    judged = {"riskState": verdict.state, "riskLevel": verdict.level, "riskDetail": verdict.detail}
    call.directory.risky_users[user["id"]] = {
        "id": user["id"],
        "isDeleted": False,
        "isProcessing": False,
        "userDisplayName": user["displayName"],
        "userPrincipalName": user["userPrincipalName"],
        **judged,
        "riskLastUpdatedDateTime": fine_stamp(call.now),
    }
    for one in everything(call, DETECTIONS).values():
        if one["userId"] == user["id"] and one["riskState"] in ("atRisk", "confirmedCompromised"):
            one.update({**judged, "lastUpdatedDateTime": fine_stamp(call.now)})
    change = changed("RiskState", before, new=verdict.state)
    audits.record(call, [verdict.event], targets=[audits.user_target(user, [change])])


_DETECTION_READERS = any_of("IdentityRiskEvent.Read.All", "IdentityRiskEvent.ReadWrite.All")
_WRITERS = (any_of("IdentityRiskyUser.ReadWrite.All"),)
_LISTED = frozenset({"$select", "$filter", "$top", "$skiptoken", "$orderby"})
_RISKY_USERS = "/identityProtection/riskyUsers"

ROUTES = (
    Route(
        "GET",
        "/identityProtection/riskDetections",
        _detections,
        (_DETECTION_READERS,),
        right=rights_security.read_risk,
        options=_LISTED,
    ),
    Route("POST", _RISKY_USERS + "/dismiss", _dismiss, _WRITERS, right=rights_security.change_risk),
    Route(
        "POST", _RISKY_USERS + "/confirmCompromised", _confirm_compromised, _WRITERS, right=rights_security.change_risk
    ),
)
