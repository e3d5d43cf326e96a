"""Entitlement management: access packages, who has one, and an administrator's requests to give or take one.

A request is answered 201 as submitted and delivered a moment later. What a package contains is not simulated: it
gives nobody a membership or a role. Errors marked (u) are not documented.
"""

from datetime import timedelta

from simulator.clock import parse, stamp
from simulator.directory import Resource
from simulator.graph import audits, collection, listing, rights_governance
from simulator.graph.audits import Event
from simulator.graph.calls import SELECT_ONLY, Answer, Call, Route, any_of, bad_request, not_found
from simulator.graph.collection import Kind
from simulator.graph.schema import EQUAL, Schema, plain
from simulator.site import not_simulated

SERVICE = "Entitlement Management"
# How long a delivery takes here; the service takes minutes and promises nothing.
DELIVERY = timedelta(seconds=4)
_PATH = "/identityGovernance/entitlementManagement"
_OF = "identityGovernance/entitlementManagement"
PACKAGE = Kind(
    "accessPackages",
    f"{_OF}/accessPackages",
    plain(
        "AccessPackage",
        "id createdDateTime description displayName isHidden modifiedDateTime",
        filters={"displayName": frozenset({"eq"})},
    ),
)
_POLICY_SHOWN = frozenset({"id", "displayName", "description", "createdDateTime", "modifiedDateTime"})
# Beside what Graph shows, an assignment keeps whose it is, of what, and when its latest change takes effect.
ASSIGNMENT = Kind(
    "accessPackageAssignments",
    f"{_OF}/assignments",
    plain(
        "AccessPackageAssignment",
        "id customExtensionCalloutInstances expiredDateTime schedule state status",
        filters=dict.fromkeys(("id", "state", "target/objectId", "accessPackage/id", "assignmentPolicy/id"), EQUAL),
    ),
)
_REQUEST_SHOWN = """
id answers completedDateTime createdDateTime customExtensionCalloutInstances justification requestType schedule state
status
"""
_WRITABLE: dict[str, type] = {
    **dict.fromkeys(("requestType", "justification"), str),
    **dict.fromkeys(("assignment", "schedule"), dict),
    "answers": list,
}
_REQUEST = Kind(
    "accessPackageAssignmentRequests",
    f"{_OF}/assignmentRequests",
    Schema(
        name="AccessPackageAssignmentRequest",
        properties=frozenset(_REQUEST_SHOWN.split()) | {"assignment"},
        defaults=frozenset(_REQUEST_SHOWN.split()),
        filters={},
        writable=_WRITABLE,
    ),
)
_READERS = any_of("EntitlementManagement.Read.All", "EntitlementManagement.ReadWrite.All")
_WRITERS = any_of("EntitlementManagement.ReadWrite.All")
_EXPANDED = ("target", "accessPackage", "assignmentPolicy")


def assignment(assignment_id: str, user_id: str, *, policy: Resource, due_at: str) -> Resource:
    """An assignment as it is kept; `due_at` is when it is delivered."""
    kept: Resource = {"id": assignment_id, "userId": user_id, "policyId": policy["id"]}
    return {**kept, "packageId": policy["packageId"], "isEnding": False, "dueAt": due_at}


def _packages(call: Call) -> Answer:
    names = listing.selected(call, PACKAGE.schema)
    expanded = _expanded(call, ("assignmentPolicies",))
    kept = listing.chosen(call, collection.everything(call, PACKAGE).values(), schema=PACKAGE.schema)

    def show(one: Resource) -> Resource:
        policies = [_policy(policy) for policy in _policies(call).values() if policy["packageId"] == one["id"]]
        return listing.shown(one, names, schema=PACKAGE.schema) | dict.fromkeys(expanded, policies)

    return listing.paged(call, kept, show=show, of=PACKAGE.of)


def _expanded(call: Call, offered: tuple[str, ...]) -> list[str]:
    names = [name.strip() for name in call.query.get("$expand", "").split(",") if name.strip()]
    for name in names:
        if "(" in name:
            raise not_simulated("options inside $expand")
        if name not in offered:
            raise listing.not_expandable(name)
    return names


def _policies(call: Call) -> dict[str, Resource]:
    return call.directory.objects.setdefault("accessPackageAssignmentPolicies", {})


def _policy(policy: Resource) -> Resource:
    shown = {name: policy.get(name) for name in sorted(_POLICY_SHOWN)}
    return {**shown, "specificAllowedTargets": []}


def _assignments(call: Call) -> Answer:
    every = [_as_seen(call, one) for one in collection.everything(call, ASSIGNMENT).values()]
    names, expanded = listing.selected(call, ASSIGNMENT.schema), _expanded(call, _EXPANDED)
    kept = listing.chosen(call, every, schema=ASSIGNMENT.schema)
    return listing.paged(call, kept, show=lambda one: _drawn(one, names, expanded=expanded), of=ASSIGNMENT.of)


def _drawn(one: Resource, names: frozenset[str] | None, *, expanded: list[str]) -> Resource:
    return listing.shown(one, names, schema=ASSIGNMENT.schema) | {name: one[name] for name in expanded}


def _get_assignment(call: Call) -> Answer:
    one = _as_seen(call, collection.found(call, ASSIGNMENT, parameter="assignment"))
    drawn = _drawn(one, listing.selected(call, ASSIGNMENT.schema), expanded=_expanded(call, _EXPANDED))
    return Answer(body={"@odata.context": call.context(f"{ASSIGNMENT.of}/$entity"), **drawn})


def _as_seen(call: Call, kept: Resource) -> Resource:
    """An assignment at this moment: what was asked for takes effect when it is due."""
    due = parse(kept["dueAt"]) <= call.now
    before, after = ("delivered", "expired") if kept["isEnding"] else ("delivering", "delivered")
    state = after if due else before
    user = call.directory.users.get(kept["userId"], {})
    schedule = {"startDateTime": kept["dueAt"], "recurrence": None, "expiration": _NO_END}
    return {
        "id": kept["id"],
        "state": state,
        "status": state[0].upper() + state[1:],
        "schedule": schedule,
        "expiredDateTime": kept["dueAt"] if state == "expired" else None,
        "customExtensionCalloutInstances": [],
        "target": _subject(kept["userId"], user),
        "accessPackage": collection.everything(call, PACKAGE)[kept["packageId"]],
        "assignmentPolicy": _policy(_policies(call)[kept["policyId"]]),
    }


_NO_END = {"type": "noExpiration", "duration": None, "endDateTime": None}


def _subject(user_id: str, user: Resource) -> Resource:
    names = {"displayName": user.get("displayName"), "email": user.get("mail")}
    shown = {**names, "principalName": user.get("userPrincipalName"), "onPremisesSecurityIdentifier": None}
    return {"id": user_id, "objectId": user_id, "subjectType": "user", "subjectLifecycle": "notDefined", **shown}


def _request(call: Call) -> Answer:
    fields = collection.written(call, _REQUEST)
    asked = fields.get("assignment") or {}
    match fields.get("requestType"):
        case "adminAdd":
            _give(call, asked)
            activity = "Administrator directly assigns user to access package"
        case "adminRemove":
            asked = _take(call, asked)
            activity = "Administrator directly removes user access package assignment"
        case kind:
            raise not_simulated(f"the request type {kind}")
    if fields.get("schedule") is not None:
        raise not_simulated("the schedule of an assignment request")
    made = _submitted(call, fields)
    _record(call, activity, user_id=asked["targetId"], package_id=asked["accessPackageId"])
    collection.everything(call, _REQUEST)[made["id"]] = made
    shown = collection.shown(call, _request_as_seen(call, made), kind=_REQUEST)
    return Answer(status=201, body=shown.body)


def _give(call: Call, asked: Resource) -> None:
    wanted = {name: asked.get(name) for name in ("targetId", "assignmentPolicyId", "accessPackageId")}
    if set(asked) - set(wanted) or not all(isinstance(value, str) for value in wanted.values()):
        raise bad_request("Invalid value specified for property 'assignment'.")  # (u)
    policy = _policies(call).get(asked["assignmentPolicyId"])
    for name, held in (("targetId", call.directory.users), ("accessPackageId", collection.everything(call, PACKAGE))):
        if asked[name] not in held:
            raise not_found(asked[name])
    if policy is None or policy["packageId"] != asked["accessPackageId"]:
        raise not_found(asked["assignmentPolicyId"])
    every = collection.everything(call, ASSIGNMENT)
    pair = (asked["targetId"], asked["accessPackageId"])
    if any((one["userId"], one["packageId"]) == pair and not one["isEnding"] for one in every.values()):
        raise bad_request("The user already has an assignment to the access package.", code="InvalidRequest")  # (u)
    due = stamp(call.now + DELIVERY)
    made = assignment(call.ids.guid(), asked["targetId"], policy=policy, due_at=due)
    every[made["id"]] = made


def _take(call: Call, asked: Resource) -> Resource:
    if set(asked) != {"id"}:
        raise bad_request("Invalid value specified for property 'assignment'.")  # (u)
    held = collection.everything(call, ASSIGNMENT).get(str(asked["id"]))
    if held is None:
        raise not_found(str(asked["id"]))
    if held["isEnding"]:
        raise bad_request("The assignment is not active.", code="InvalidRequest")  # (u)
    held |= {"isEnding": True, "dueAt": stamp(call.now + DELIVERY)}
    return {"targetId": held["userId"], "accessPackageId": held["packageId"]}


def _submitted(call: Call, fields: Resource) -> Resource:
    return {
        "id": call.ids.guid(),
        "requestType": fields["requestType"],
        "justification": fields.get("justification"),
        "answers": fields.get("answers") or [],
        "customExtensionCalloutInstances": [],
        "createdDateTime": stamp(call.now),
        "completedDateTime": stamp(call.now + DELIVERY),
        "schedule": None,
    }


def _get_request(call: Call) -> Answer:
    kept = collection.found(call, _REQUEST, parameter="request")
    return collection.shown(call, _request_as_seen(call, kept), kind=_REQUEST)


def _request_as_seen(call: Call, kept: Resource) -> Resource:
    done = parse(kept["completedDateTime"])
    if done <= call.now:
        return {**kept, "state": "delivered", "status": "Delivered"}
    at_first = call.now < done - DELIVERY / 2
    state, status = ("submitted", "Accepted") if at_first else ("delivering", "Delivering")
    return {**kept, "completedDateTime": None, "state": state, "status": status}


def _record(call: Call, activity: str, *, user_id: str, package_id: str) -> None:
    package = collection.everything(call, PACKAGE)[package_id]
    other: Resource = {"id": package_id, "displayName": package["displayName"], "type": "Other"}
    other |= {"userPrincipalName": None, "groupType": None, "modifiedProperties": []}
    names = (activity, "Fulfill access package assignment request")
    events = [Event(name, "EntitlementManagement", "Add", SERVICE) for name in names]
    user = call.directory.users.get(user_id)
    audits.record(call, events, targets=[*([audits.user_target(user)] if user else []), other])


_READ = rights_governance.read_governance
_LISTED = frozenset({"$filter", "$select", "$expand", "$top", "$skiptoken"})
_BY_ID = f"{_PATH}/assignments/{{assignment}}"
_REQUESTS = f"{_PATH}/assignmentRequests"

ROUTES = (
    Route("GET", f"{_PATH}/accessPackages", _packages, (_READERS,), right=_READ, options=_LISTED),
    Route("GET", f"{_PATH}/assignments", _assignments, (_READERS,), right=_READ, options=_LISTED),
    Route("GET", _BY_ID, _get_assignment, (_READERS,), right=_READ, options=SELECT_ONLY | {"$expand"}),
    Route("GET", f"{_REQUESTS}/{{request}}", _get_request, (_READERS,), right=_READ, options=SELECT_ONLY),
    Route("POST", _REQUESTS, _request, (_WRITERS,), right=rights_governance.govern),
)
