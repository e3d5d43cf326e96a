"""Applies the patches of an item to a tenant file, before the item or half way through a conversation."""

import copy
from collections.abc import Iterable, Mapping
from typing import Any, Final

from evaluation.items import Patch
from evaluation.seen import Json
from simulator import seed, tenant_file
from simulator.errors import TenantFileError

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


def _apply(tenant: Json, patch: Patch) -> str:
    kind, _, name = patch.object.partition(":")
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


__all__ = ["TenantFileError", "directory_of", "overlaid", "patched"]
