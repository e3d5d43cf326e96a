"""Conditional Access, risk, alerts, incidents, sign-ins and service health.

A file may list `conditionalAccessPolicies` and `namedLocations`; what it leaves out is filled in: a policy covers
everybody and every application, asks for MFA, or blocks where its name says so. Without these sections the tenant has
one policy and one location. The rest is derived from what the file says about people.
"""

from typing import Any

from pydantic import TypeAdapter, ValidationError

from simulator import shapes
from simulator.directory import Directory, Resource
from simulator.errors import TenantFileError
from simulator.estate import incidents, service_health
from simulator.estate.policies import ListedLocation, ListedPolicy
from simulator.graph.conditional_access import POLICIES
from simulator.graph.identity_protection import DETECTIONS, detection
from simulator.graph.named_locations import COUNTRY_LOCATION, IP_LOCATION, LOCATIONS, RANGE_TYPES
from simulator.graph.sign_ins import SIGN_INS
from simulator.ids import stable
from simulator.tenant_file import TenantFile

# Blocks of addresses that are set aside for documentation (RFC 5737).
_OFFICE, _ELSEWHERE = "203.0.113.0/24", "198.51.100.77"
_PORTAL = ("Office 365 Exchange Online", "00000002-0000-0ff1-ce00-000000000000")
# What a file calls a detection in words, and what Identity Protection calls it.
_EVENTS = {
    "leaked credentials": "leakedCredentials",
    "unfamiliar sign-in properties": "unfamiliarFeatures",
    "anonymous ip address": "anonymizedIPAddress",
    "atypical travel": "unlikelyTravel",
    "password spray": "passwordSpray",
}


def add(directory: Directory, file: TenantFile) -> None:
    """Add them to `directory`, whose people and groups are there already.

    Raises:
        TenantFileError: a section is wrong; the key is named.
    """
    _add_locations(directory, file)
    _add_policies(directory, file)
    _add_detections(directory, file)
    _add_sign_ins(directory)
    incidents.add(directory)
    service_health.add(directory)


def _section(file: TenantFile, name: str, *, kind: Any) -> list[Any]:
    try:
        return list(TypeAdapter(list[kind]).validate_python(file.extras().get(name, [])))
    except ValidationError as wrong:
        where = ".".join(str(part) for part in wrong.errors()[0]["loc"])
        raise TenantFileError(f"`{name}.{where}`: {wrong.errors()[0]['msg'].lower()}") from wrong


def _add_locations(directory: Directory, file: TenantFile) -> None:
    listed = _section(file, "namedLocations", kind=ListedLocation)
    held = directory.objects.setdefault(LOCATIONS.name, {})
    for one in listed or [ListedLocation(display_name="Offices", ip_ranges=[_OFFICE], is_trusted=True)]:
        made = _location(one.display_name, one.id or stable("named location", directory.tenant_id, one.display_name))
        if one.countries:
            held[made["id"]] = _by_country(made, one.countries)
        else:
            ranges = [
                {"@odata.type": RANGE_TYPES[6 if ":" in text else 4], "cidrAddress": text} for text in one.ip_ranges
            ]
            held[made["id"]] = {
                "@odata.type": IP_LOCATION,
                **made,
                "ipRanges": ranges,
                "isTrusted": one.is_trusted,
            }


def _location(name: str, location_id: str) -> Resource:
    times = {"createdDateTime": shapes.CREATED_AT, "modifiedDateTime": shapes.CREATED_AT, "deletedDateTime": None}
    return {"id": location_id.lower(), "displayName": name, **times}


def _by_country(made: Resource, countries: list[str]) -> Resource:
    return {
        "@odata.type": COUNTRY_LOCATION,
        **made,
        "countriesAndRegions": countries,
        "includeUnknownCountriesAndRegions": False,
        "countryLookupMethod": "clientIpAddress",
    }


def _add_policies(directory: Directory, file: TenantFile) -> None:
    listed = _section(file, "conditionalAccessPolicies", kind=ListedPolicy)
    held = directory.objects.setdefault(POLICIES.name, {})
    for place, one in enumerate(listed or [ListedPolicy(display_name="MFA for everyone")]):
        if one.conditions.allowed:
            name = f"{one.display_name}: allowed countries"
            made = _location(name, stable("named location", directory.tenant_id, name))
            directory.objects[LOCATIONS.name][made["id"]] = _by_country(made, one.conditions.allowed)
            locations = {"includeLocations": ["All"], "excludeLocations": [made["id"]]}
        else:
            locations = None
        policy = one.shape(directory, key=f"conditionalAccessPolicies[{place}]", locations=locations)
        held[policy["id"]] = policy


def _add_detections(directory: Directory, file: TenantFile) -> None:
    """One detection for each thing that a file tells about a person at risk, or one that says no more than that."""
    held = directory.objects.setdefault(DETECTIONS.name, {})
    for _, person in file.people():
        user = directory.user(person.user_principal_name)
        risk = directory.risky_users.get(user["id"]) if user else None
        if user is None or risk is None:
            continue
        for told in (person.risk.risk_detail or "generic").split(";"):
            event = _EVENTS.get(told.strip().casefold(), "generic")
            number = "".join(stable("risk", user["id"], told, half).replace("-", "") for half in ("1", "2"))
            held[number] = detection(
                user,
                event=event,
                level=risk["riskLevel"],
                state=risk["riskState"],
                detail=risk["riskDetail"],
                at=risk["riskLastUpdatedDateTime"],
                number=number,
            )


def _add_sign_ins(directory: Directory) -> None:
    """The last sign-in of everybody whose last sign-in the file knows; a disabled account tried and failed."""
    held = directory.objects.setdefault(SIGN_INS.name, {})
    for user in directory.users.values():
        at = (user.get("signInActivity") or {}).get("lastSignInDateTime")
        if at is not None:
            one = _sign_in(directory, user, at=at)
            held[one["id"]] = one


def _sign_in(directory: Directory, user: Resource, *, at: str) -> Resource:
    fails = not user["accountEnabled"]
    risk = directory.risky_users.get(user["id"], {})
    status = {"errorCode": 0, "failureReason": "Other.", "additionalDetails": None}
    if fails:
        status = {"errorCode": 50057, "failureReason": "The user account is disabled.", "additionalDetails": None}
    return {
        "id": stable("sign-in", user["id"], at),
        "appDisplayName": _PORTAL[0],
        "appId": _PORTAL[1],
        "appliedConditionalAccessPolicies": [_applied(one) for one in directory.objects[POLICIES.name].values()],
        "clientAppUsed": "Browser",
        "conditionalAccessStatus": "notApplied" if fails else "success",
        "correlationId": stable("sign-in request", user["id"], at),
        "createdDateTime": at,
        "deviceDetail": {"deviceId": "", "displayName": "", "operatingSystem": "Windows", "browser": "Edge"},
        "ipAddress": _ELSEWHERE if risk else _OFFICE.replace(".0/24", ".10"),
        "isInteractive": True,
        "location": {"city": user.get("officeLocation"), "state": None, "countryOrRegion": user.get("usageLocation")},
        "resourceDisplayName": _PORTAL[0],
        "resourceId": _PORTAL[1],
        "riskDetail": "none",
        "riskEventTypes_v2": ["unfamiliarFeatures"] if risk else [],
        "riskLevelAggregated": risk.get("riskLevel", "none"),
        "riskLevelDuringSignIn": risk.get("riskLevel", "none"),
        "riskState": risk.get("riskState", "none"),
        "status": status,
        "userDisplayName": user["displayName"],
        "userId": user["id"],
        "userPrincipalName": user["userPrincipalName"],
    }


def _applied(policy: Resource) -> Resource:
    enforced = policy["state"] == "enabled" and policy["grantControls"]["builtInControls"] == ["mfa"]
    return {
        "id": policy["id"],
        "displayName": policy["displayName"],
        "enforcedGrantControls": ["Mfa"] if enforced else [],
        "enforcedSessionControls": [],
        "result": "success" if enforced else "notEnabled" if policy["state"] == "disabled" else "notApplied",
    }
