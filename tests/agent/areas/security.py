"""The actions and look-ups of the area "security": Conditional Access, risk, Defender, Microsoft's logs and health."""

from typing import Any

from simulator.directory import Directory
from tests.agent.areas.example import Example

USER = "a568c719-7c70-5207-96f9-f39ffc875fb5"
OTHER_USER = "89489c1c-40aa-5d1f-b196-51b0c8af8319"
GROUP = "98f09a14-2690-529e-b409-e6157c9fcdcd"
POLICY = "99b63883-f157-5690-980a-0a78bf7a381d"
LOCATION = "3c1a7d4e-51f0-4b7e-9e7a-0d2a4b6c8e10"
ALERT = "da637551227677560813_-961444813"
INCIDENT = "2972395"
REQUEST = "11111111-2222-4333-8444-555555555555"
SINCE = "2026-11-22T08:00:00Z"

_USERS: dict[str, Any] = {
    "includeUsers": ["All"],
    "excludeUsers": [OTHER_USER],
    "includeGroups": [],
    "excludeGroups": [GROUP],
    "includeRoles": [],
    "excludeRoles": [],
}
_OPEN = {"status": "new", "assigned_to": None, "classification": "unknown", "determination": None}
_CLOSED = {
    "status": "resolved",
    "assigned_to": "soc@quillmere.example",
    "classification": "falsePositive",
    "determination": "notMalicious",
}


def _was(state: dict[str, Any]) -> dict[str, Any]:
    return {f"was_{name}": value for name, value in state.items()}


def _lists(users: dict[str, Any]) -> dict[str, Any]:
    """The parameters with the six lists of a policy's users, which Graph calls `includeUsers` and so on."""
    return {f"was_{name[:7]}_{name[7:].lower()}": list(users[name]) for name in _USERS}


# Per action parameters that fit.
PARAMS: dict[str, dict[str, Any]] = {
    "entra.ca.policy.state": {
        "policy_id": POLICY,
        "state": "enabledForReportingButNotEnforced",
        "was_state": "enabled",
    },
    "entra.ca.policy.exclude_user": {"policy_id": POLICY, "user_id": USER, **_lists(_USERS)},
    "entra.ca.namedlocation.update": {
        "location_id": LOCATION,
        "ip_ranges": ["203.0.113.0/24", "2001:db8::/32"],
        "is_trusted": True,
        "was_ip_ranges": ["198.51.100.0/24"],
        "was_trusted": False,
    },
    "entra.ca.namedlocation.create": {"called": "Leeds' office", "ip_ranges": ["203.0.113.0/24"], "user_id": USER},
    "entra.risk.user.dismiss": {"user_id": USER, "was_state": "atRisk"},
    "entra.risk.user.confirm_compromised": {"user_id": USER, "was_state": "unknown"},
    "sec.alert.update": {"alert_id": ALERT, **_CLOSED, **_was(_OPEN)},
    "sec.incident.update": {
        "incident_id": INCIDENT,
        **_OPEN,
        "status": "inProgress",
        **_was({**_OPEN, "status": "active"}),
    },
}

_POLICY_PATH = f"/identity/conditionalAccess/policies/{POLICY}"
_LOCATIONS = "/identity/conditionalAccess/namedLocations"
_IP_LOCATION = {"@odata.type": "#microsoft.graph.ipNamedLocation"}
_OLD = {"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "198.51.100.0/24"}
_NEW = {"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "203.0.113.0/24"}
_NEW_6 = {"@odata.type": "#microsoft.graph.iPv6CidrRange", "cidrAddress": "2001:db8::/32"}
_DISMISS = ("POST", "/identityProtection/riskyUsers/dismiss", {"userIds": [USER]})
_CONFIRM = ("POST", "/identityProtection/riskyUsers/confirmCompromised", {"userIds": [USER]})

# Per action the exact call and the exact inverse, or None when there is none: method, path, body.
CALLS: dict[str, tuple[tuple[str, str, Any], tuple[str, str, Any] | None]] = {
    "entra.ca.policy.state": (
        ("PATCH", _POLICY_PATH, {"state": "enabledForReportingButNotEnforced"}),
        ("PATCH", _POLICY_PATH, {"state": "enabled"}),
    ),
    "entra.ca.policy.exclude_user": (
        ("PATCH", _POLICY_PATH, {"conditions": {"users": {**_USERS, "excludeUsers": [OTHER_USER, USER]}}}),
        ("PATCH", _POLICY_PATH, {"conditions": {"users": _USERS}}),
    ),
    "entra.ca.namedlocation.update": (
        ("PATCH", f"{_LOCATIONS}/{LOCATION}", {**_IP_LOCATION, "ipRanges": [_NEW, _NEW_6], "isTrusted": True}),
        ("PATCH", f"{_LOCATIONS}/{LOCATION}", {**_IP_LOCATION, "ipRanges": [_OLD], "isTrusted": False}),
    ),
    "entra.ca.namedlocation.create": (
        ("POST", _LOCATIONS, {**_IP_LOCATION, "displayName": "Leeds' office", "isTrusted": False, "ipRanges": [_NEW]}),
        ("DELETE", f"{_LOCATIONS}/{{created}}", None),
    ),
    "entra.risk.user.dismiss": (_DISMISS, _CONFIRM),
    "entra.risk.user.confirm_compromised": (_CONFIRM, _DISMISS),
    "sec.alert.update": (
        (
            "PATCH",
            f"/security/alerts_v2/{ALERT}",
            {
                "status": "resolved",
                "assignedTo": "soc@quillmere.example",
                "classification": "falsePositive",
                "determination": "notMalicious",
            },
        ),
        (
            "PATCH",
            f"/security/alerts_v2/{ALERT}",
            {"status": "new", "assignedTo": None, "classification": "unknown", "determination": None},
        ),
    ),
    "sec.incident.update": (
        ("PATCH", f"/security/incidents/{INCIDENT}", {"status": "inProgress"}),
        ("PATCH", f"/security/incidents/{INCIDENT}", {"status": "active"}),
    ),
}

# Per look-up a subject.
SUBJECTS: dict[str, str] = {
    "user.signins": f"{USER}/{SINCE}",
    "user.audits": f"{USER}/{SINCE}",
    "user.risk_detections": USER,
    "reconcile.by_correlation": REQUEST,
    "ca.policies": "all",
    "ca.policy.get": POLICY,
    "ca.locations": "all",
    "ca.location.get": LOCATION,
    "sec.alerts": "all",
    "sec.alert.get": ALERT,
    "sec.incidents": "all",
    "sec.incident.get": INCIDENT,
    "health.overviews": "all",
    "health.issues": "all",
    "health.messages": "all",
}


def _first(directory: Directory, kind: str) -> dict[str, Any]:
    return next(iter(directory.objects[kind].values()))


def _switch(directory: Directory) -> dict[str, Any]:
    policy = _first(directory, "conditionalAccessPolicies")
    return {"policy_id": policy["id"], "state": "disabled", "was_state": policy["state"]}


def _exclude(directory: Directory) -> dict[str, Any]:
    policy = _first(directory, "conditionalAccessPolicies")
    policy["conditions"]["users"]["excludeUsers"].append(OTHER_USER)
    return {"policy_id": policy["id"], "user_id": USER, **_lists(policy["conditions"]["users"])}


def _office(directory: Directory) -> dict[str, Any]:
    return next(one for one in directory.objects["namedLocations"].values() if "ipRanges" in one)


def _relocate(directory: Directory) -> dict[str, Any]:
    office = _office(directory)
    return {
        "location_id": office["id"],
        "ip_ranges": ["192.0.2.0/28", "2001:db8:7::/48"],
        "is_trusted": False,
        "was_ip_ranges": [one["cidrAddress"] for one in office["ipRanges"]],
        "was_trusted": office["isTrusted"],
    }


def _distrust(directory: Directory) -> dict[str, Any]:
    ranges = [one["cidrAddress"] for one in _office(directory)["ipRanges"]]
    return {**_relocate(directory), "ip_ranges": ranges}


def _at_risk(directory: Directory) -> dict[str, Any]:
    risky = next(one for one in directory.risky_users.values() if one["riskState"] == "atRisk")
    return {"user_id": risky["id"], "was_state": "atRisk"}


def _triaged(directory: Directory, kind: str, *, key: str, status: str) -> dict[str, Any]:
    one = _first(directory, kind)
    was = {name: one[graph] for name, graph in zip(_OPEN, _GRAPH_NAMES, strict=True)}
    return {key: one["id"], **_CLOSED, "status": status, **_was(was)}


_GRAPH_NAMES = ("status", "assignedTo", "classification", "determination")

EXAMPLES: tuple[Example, ...] = (
    Example("entra.ca.policy.state", _switch),
    Example("entra.ca.policy.exclude_user", _exclude),
    Example("entra.ca.namedlocation.update", _relocate),
    Example("entra.ca.namedlocation.update", _distrust),
    Example("entra.ca.namedlocation.create", lambda _: PARAMS["entra.ca.namedlocation.create"]),
    # The undo confirms what was at risk only, so the level and each detection's own state are lost.
    Example("entra.risk.user.dismiss", _at_risk, lost=("risky_users", "objects.riskDetections")),
    # The undo leaves a record of a dismissed risk where there was none.
    Example(
        "entra.risk.user.confirm_compromised",
        lambda _: PARAMS["entra.risk.user.confirm_compromised"],
        lost=("risky_users", "objects.riskDetections"),
    ),
    Example("entra.risk.user.confirm_compromised", _at_risk),
    Example("sec.alert.update", lambda held: _triaged(held, "alerts", key="alert_id", status="resolved")),
    Example("sec.incident.update", lambda held: _triaged(held, "incidents", key="incident_id", status="inProgress")),
)
