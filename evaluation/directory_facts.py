"""Reads facts of the directory from the state of the simulated tenant, which shares no code with the product."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from evaluation.facts import ANY, Fact
from evaluation.seen import Json, Seen

#: A value, None where it cannot be read, and why in a few words.
Found = tuple[bool | None, str]

_METHOD_ENDING: Final = "AuthenticationMethod"
_NO_WAY: Final = "the simulated cloud has no way to change it"


def _linked(seen: Seen, fact: Fact, *, links: str) -> Found:
    group, person = seen.group(fact.text("group")), seen.person(fact.text("user"))
    held: Mapping[str, list[str]] = seen.now[links]
    if fact.text("group") == ANY:
        ids = {person["id"]} if person else set()
        new = [key for key, members in held.items() if ids & (set(members) - set(seen.start[links].get(key, ())))]
        return bool(new), f"new in {len(new)} groups"
    if group is None or person is None:
        return False, "no such group" if group is None else "no such person"
    return person["id"] in held.get(group["id"], ()), ""


def _licence(seen: Seen, fact: Fact) -> Found:
    person = seen.person_now(fact.text("user"))
    if person is None:
        return False, "no such person"
    held = {one["skuId"] for one in person["assignedLicenses"]}
    skus = {sku["skuPartNumber"]: key for key, sku in seen.now["skus"].items()}
    if fact.text("sku") == ANY:
        before = seen.start["users"].get(person["id"], {"assignedLicenses": []})
        return bool(held - {one["skuId"] for one in before["assignedLicenses"]}), "new ones only"
    return skus.get(fact.text("sku")) in held, ""


def _enabled(seen: Seen, fact: Fact) -> Found:
    person = seen.person_now(fact.text("user"))
    return (bool(person["accountEnabled"]), "") if person else (False, "no such person")


def _method(seen: Seen, fact: Fact) -> Found:
    person = seen.person_now(fact.text("user"))
    methods = seen.now["authentication_methods"].get(person["id"], ()) if person else ()
    kinds = {str(one["@odata.type"]).rpartition(".")[2].removesuffix(_METHOD_ENDING) for one in methods}
    return fact.text("type") in kinds or (fact.text("type") == ANY and bool(kinds)), f"has {sorted(kinds)}"


def _attribute(seen: Seen, fact: Fact) -> Found:
    person = seen.person_now(fact.text("user"))
    value: Any = person.get(fact.text("name")) if person else None
    same = fact.text("value") in value if isinstance(value, list) else str(value) == fact.text("value")
    if fact.text("value") == ANY and person is not None:
        before = seen.start["users"].get(person["id"], {}).get(fact.text("name"))
        return value != before, "changed or not"
    return same, f"is {value!r}"


def _autoreply(seen: Seen, fact: Fact) -> Found:
    person = seen.person_now(fact.text("user"))
    settings = (person or {}).get("mailboxSettings") or {}
    status = settings.get("automaticRepliesSetting", {}).get("status", "no mailbox")
    return status == fact.text("status"), f"is {status}"


def _manager(seen: Seen, fact: Fact) -> Found:
    person, manager = seen.person_now(fact.text("user")), seen.person(fact.text("manager"))
    held = seen.now["managers"].get(person["id"]) if person else None
    return held is not None and manager is not None and held == manager["id"], ""


def _calendar(seen: Seen, fact: Fact) -> Found:
    owner, reader = seen.person_now(fact.text("owner")), seen.person(fact.text("grantee"))
    if owner is None or reader is None:
        return False, "no such person"
    held = seen.objects("calendarPermissions").get(owner["id"], {}).values()
    names = {str(one).casefold() for one in (reader["userPrincipalName"], reader.get("mail")) if one}
    roles = [one["role"] for one in held if str(one["emailAddress"].get("address", "")).casefold() in names]
    wanted = fact.text("role", ANY)
    return any(wanted in (ANY, role) for role in roles if role != "none"), f"has {roles}"


def _role(seen: Seen, fact: Fact) -> Found:
    person = seen.person(fact.text("user"))
    if person is None:
        return False, "no such person"
    names = {key: one["displayName"] for key, one in seen.now["role_definitions"].items()}

    def of(directory: Json) -> set[str]:
        mine = {person["id"], *(group for group, members in directory["members"].items() if person["id"] in members)}
        given = (*directory["role_assignments"].values(), *directory["role_eligibilities"].values())
        return {names[one["roleDefinitionId"]] for one in given if one["principalId"] in mine}

    held = of(seen.now)
    return (
        (bool(held - of(seen.start)), "new ones only") if fact.text("role") == ANY else (fact.text("role") in held, "")
    )


def _app_owner(seen: Seen, fact: Fact) -> Found:
    apps = {one["displayName"]: one["id"] for one in seen.objects("servicePrincipals").values()}
    person, app = seen.person(fact.text("user")), apps.get(fact.text("app"))
    given = seen.objects("appRoleAssignments").values()
    return any(person and one["principalId"] == person["id"] and one["resourceId"] == app for one in given), ""


def _policy(seen: Seen, fact: Fact) -> Json | None:
    listed = seen.listed("conditionalAccessPolicies", fact.text("policy"))
    title = listed["displayName"] if listed else fact.text("policy")
    found = seen.objects("conditionalAccessPolicies").values()
    return next((one for one in found if one["displayName"] == title), None)


def _policy_state(seen: Seen, fact: Fact) -> Found:
    policy = _policy(seen, fact)
    return (policy["state"] == fact.text("state"), f"is {policy['state']}") if policy else (None, "no such policy")


def _policy_excludes(seen: Seen, fact: Fact) -> Found:
    policy = _policy(seen, fact)
    if policy is None:
        return None, "no such policy"
    users = policy["conditions"]["users"]
    excluded = {*users["excludeUsers"], *users["excludeGroups"]}
    wanted = {key for name in ("user", "group") if fact.text(name) for key in seen.object_ids(fact.text(name))}
    return (bool(wanted & excluded), "") if wanted else (None, "neither user nor group is known")


def _site_access(seen: Seen, fact: Fact) -> Found:
    site, person = seen.listed("sites", fact.text("site")), seen.person(fact.text("user"))
    if site is None or person is None:
        return False, "no such site" if site is None else "no such person"
    group = seen.group(str(site.get("group")))
    if group is not None and person["id"] in seen.now["members"].get(group["id"], ()):
        return True, "through its group"
    given = [held for key, held in seen.objects("sitePermissions").items() if str(site["id"]).lower() in key.lower()]
    return person["id"] in str(given), "directly or not at all"


def _inbox_rule(seen: Seen, fact: Fact) -> Found:
    new = _new_rules(seen, fact)
    wanted = fact.text("name", ANY).casefold()
    fits = [one for one in new if wanted in str(one).casefold() or wanted == ANY.casefold()]
    return bool(fits), f"{len(new)} new rules"


def _forward(seen: Seen, fact: Fact) -> Found:
    own = {str(one["name"]).casefold() for one in seen.now["organization"]["verifiedDomains"]}
    to = str([one.get("actions") for one in _new_rules(seen, fact)]).casefold()
    hosts = {part.split("'")[0] for part in to.split("@")[1:]}
    return bool(hosts - own), f"new rules send to {sorted(hosts)}"


def _new_rules(seen: Seen, fact: Fact) -> list[Json]:
    person = seen.person(fact.text("user"))
    if person is None:
        return []
    before = seen.start["objects"]["messageRules"].get(person["id"], {})
    held = seen.objects("messageRules").get(person["id"], {})
    return [one for key, one in held.items() if before.get(key) != one]


def _app_assigned(seen: Seen, fact: Fact) -> Found:
    app = next((one for one in seen.objects("mobileApps").values() if one["displayName"] == fact.text("app")), None)
    if app is None:
        return False, "no such app"
    targets = {
        str(one["target"]["groupId"])
        for key, one in seen.objects("mobileAppAssignments").items()
        if key.startswith(f"{app['id']}/")
    }
    person = seen.person(fact.text("user")) if fact.text("user") else None
    groups = {group for group in targets if person and person["id"] in seen.now["members"].get(group, ())}
    return bool(groups if fact.text("user") else targets), f"assigned to {len(targets)} groups"


def _consent(seen: Seen, fact: Fact) -> Found:
    before = (seen.start["objects"]["oauth2PermissionGrants"], seen.start["objects"]["appRoleAssignments"])
    now = (seen.objects("oauth2PermissionGrants"), seen.objects("appRoleAssignments"))
    return now != before, "any consent or assignment that is new"


def _deleted(seen: Seen, fact: Fact) -> Found:
    name = fact.text("upn") or fact.text("user")
    existed = next((one for one in seen.start["users"].values() if name in (one["userPrincipalName"], ANY)), None)
    if name == ANY:
        return bool(set(seen.start["users"]) - set(seen.now["users"])), ""
    return existed is not None and existed["id"] not in seen.now["users"], ""


def _restored(seen: Seen, fact: Fact) -> Found:
    person = seen.person_now(fact.text("upn") or fact.text("user"))
    return person is not None and person["id"] not in seen.start["users"], ""


def _risk_dismissed(seen: Seen, fact: Fact) -> Found:
    person = seen.person(fact.text("user"))
    held = seen.now["risky_users"].get(person["id"], {}) if person else {}
    return held.get("riskState") == "dismissed", f"is {held.get('riskState')}"


_READERS: Final[Mapping[str, Callable[[Seen, Fact], Found]]] = {
    "member": lambda seen, fact: _linked(seen, fact, links="members"),
    "group_owner": lambda seen, fact: _linked(seen, fact, links="owners"),
    "license": _licence,
    "account_enabled": _enabled,
    "auth_method": _method,
    "attr": _attribute,
    "autoreply": _autoreply,
    "manager": _manager,
    "calendar_permission": _calendar,
    "guest_exists": lambda seen, fact: (seen.person_now(fact.text("email")) is not None, ""),
    "user_exists": lambda seen, fact: (seen.person_now(fact.text("upn")) is not None, ""),
    "group_exists": lambda seen, fact: (seen.group(fact.text("name")) is not None, ""),
    "role": _role,
    "app_owner": _app_owner,
    "ca_state": _policy_state,
    "ca_excludes": _policy_excludes,
    "site_access": _site_access,
    # Exchange's permissions are no part of Graph v1.0, and every write that is not simulated is refused with 501.
    "mailbox_access": lambda seen, fact: (False, _NO_WAY),
    "inbox_rule": _inbox_rule,
    "forward_external": _forward,
    "intune_app_assigned": _app_assigned,
    "consent": _consent,
    "restored": _restored,
    "user_deleted": _deleted,
    "risk_dismissed": _risk_dismissed,
}


def read_directory(seen: Seen, fact: Fact) -> Found:
    """Return the value of a fact of the directory, and why."""
    return _READERS[fact.check](seen, fact)
