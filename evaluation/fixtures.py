"""Applies the patches of an item to a tenant file, before the item or half way through a conversation."""

import copy
from collections.abc import Iterable, Mapping
from typing import Any, Final

from evaluation.items import Patch
from evaluation.seen import Json
from simulator import seed, tenant_file
from simulator.errors import TenantFileError
from simulator.slack.workspace import user_of

#: Where each kind of object stands in a tenant file, and by what it is called there.
_SECTIONS: Final[Mapping[str, tuple[tuple[str, ...], str]]] = {
    "user": (("users", "specialAccounts"), "userPrincipalName"),
    "guest": (("guests",), "mail"),
    "group": (("groups",), "displayName"),
    "device": (("devices",), "deviceName"),
    "site": (("sites",), "key"),
    "app": (("applications",), "displayName"),
    "intuneApp": (("intuneApps",), "displayName"),
    "ca": (("conditionalAccessPolicies",), "key"),
}


# Which account in Slack is whose: a corpus says it of a person, and the simulated workspace by the account's address.
_SLACK: Final = "slack-mapping"
_SLACK_PERSON: Final = frozenset({"email", "mail", "userPrincipalName", "upn", "user", "person", "mapsTo", "entraUser"})
_SLACK_PROVEN: Final = frozenset({"mapped", "linked", "verified", "confirmed", "email_verified", "emailVerified"})


def patched(tenant: Json, patches: Iterable[Patch]) -> tuple[Json, list[str]]:
    """Return the tenant file with the patches, and in words which of them could not be applied."""
    changed, problems = copy.deepcopy(tenant), []
    for patch in patches:
        problem = _apply(changed, patch)
        if problem:
            problems.append(f"fixture `{patch.object}` is not applied: {problem}")
    return changed, problems


def directory_of(tenant: Json) -> Json:
    """Return the directory that the simulator makes of a tenant file.

    Raises:
        TenantFileError: a patch made it unusable.
    """
    return seed.directory_of(tenant_file.parse(tenant)).dump()


def overlaid(present: Json, before: Json, *, after: Json) -> Json:
    """Return the present directory with everything in which `after` differs from `before`, and nothing else."""
    result = copy.deepcopy(present)
    for section, entries in after.items():
        if not isinstance(entries, dict):
            continue
        if section == "objects":
            result[section] = overlaid(result[section], before[section], after=entries)
        else:
            new = {key: one for key, one in entries.items() if before[section].get(key) != one}
            result[section] = {**result[section], **copy.deepcopy(new)}
    return result


def slack_accounts(
    tenant: Json, patches: Iterable[Patch], *, people: Mapping[str, Json]
) -> tuple[dict[str, Json], list[str]]:
    """Return what accounts in Slack say differently, by Slack user, and in words which of that could not be read."""
    found: dict[str, Json] = {}
    problems = []
    for patch in patches:
        kind, _, name = patch.object.partition(":")
        if kind != _SLACK:
            continue
        domain = tenant["organization"]["defaultDomain"]
        wanted = _address(name, domain)
        person = next((one for one in people.values() if one["userPrincipalName"] == wanted), None)
        if person is None:
            problems.append(f"fixture `{patch.object}` is not applied: nobody of that name has an account in Slack")
            continue
        found[user_of(person)] = {
            field: one
            for given, value in {**(patch.create or {}), **(patch.set or {})}.items()
            for field, one in _slack_field(given, value, domain=domain).items()
        }
    return found, problems


def _slack_field(name: str, value: Any, *, domain: str) -> Json:
    """Return a change of an account as Slack would say it; a mapping that is none is an address that is not proven."""
    if name in _SLACK_PERSON:
        return {"email": _address(value, domain) if isinstance(value, str) and value else None}
    return {"is_email_confirmed": bool(value)} if name in _SLACK_PROVEN else {name: value}


def _address(name: str, domain: str) -> str:
    return name if "@" in name else f"{name}@{domain}"


def _apply(tenant: Json, patch: Patch) -> str:
    kind, _, name = patch.object.partition(":")
    if kind == _SLACK:
        return ""
    if kind not in _SECTIONS:
        return f"the simulated cloud knows no `{kind}`"
    sections, key = _SECTIONS[kind]
    wanted = f"{name}@{tenant['organization']['defaultDomain']}" if kind == "user" and "@" not in name else name
    if patch.create is not None:
        tenant[sections[0]].append({key: wanted, **patch.create})
        return ""
    entry = next((one for section in sections for one in tenant.get(section, ()) if one.get(key) == wanted), None)
    if entry is None:
        return "there is no such object"
    _merge(entry, patch.set or {})
    if patch.inboxRules is not None:
        entry["inboxRules"] = patch.inboxRules
    return ""


def _merge(entry: dict[str, Any], changes: Mapping[str, Any]) -> None:
    for name, value in changes.items():
        if isinstance(value, dict) and isinstance(entry.get(name), dict):
            _merge(entry[name], value)
        else:
            entry[name] = copy.deepcopy(value)


__all__ = ["TenantFileError", "directory_of", "overlaid", "patched", "slack_accounts"]
