"""Reads a directory snapshot: Remit's own small format, or a whole tenant file of schema `corpus-tenant/1`."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from policy.command.errors import InputError
from policy.command.yaml_file import read_yaml
from policy.directory.snapshot import SCHEMA, Snapshot, SnapshotError, parse_snapshot

TENANT_SCHEMA: Final = "corpus-tenant/1"

# The closed list of riskState values (Graph reference, riskyUser); any other value stays unknown.
_OPEN_RISK: Final = frozenset({"atRisk", "confirmedCompromised"})
_NO_RISK: Final = frozenset({"none", "confirmedSafe", "remediated", "dismissed"})
_KINDS: Final = {"Member": "member", "Guest": "guest"}


def read_snapshot(file: Path) -> Snapshot:
    """Return the snapshot in `file`.

    Raises:
        InputError: it cannot be read, or is neither a snapshot nor a tenant file; every mistake is named.
    """
    data = read_yaml(file, "directory snapshot")
    if isinstance(data, dict) and data.get("schema") == TENANT_SCHEMA:
        data = _from_tenant_file(data, file.name)
    elif not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise InputError([f"directory snapshot `{file.name}`: expected `schema` to be `{SCHEMA}` or `{TENANT_SCHEMA}`"])
    try:
        return parse_snapshot(data, source=file.name)
    except SnapshotError as problem:
        raise InputError(str(problem).splitlines()) from None


def _from_tenant_file(data: Mapping[str, Any], source: str) -> dict[str, Any]:
    """Return a tenant file as snapshot data. The simulator's own reader is used, because ids may be left out in it."""
    from simulator import seed, tenant_file
    from simulator.directory import Directory
    from simulator.errors import TenantFileError

    try:
        directory: Directory = seed.directory_of(tenant_file.parse(data))
    except TenantFileError as problem:
        raise InputError([f"tenant file `{source}`: {problem}"]) from None
    policy_data = data.get("policyData") or {}
    admins = _ids(directory, policy_data.get("admin_approvers"))
    vip = frozenset(_ids(directory, policy_data.get("vip")))
    special = (one for one in data.get("specialAccounts") or () if one.get("accountPurpose") == "breakglass")
    protected = [*(policy_data.get("protected_users") or ()), *(one["userPrincipalName"] for one in special)]
    break_glass = frozenset(_ids(directory, protected))
    users = [_user(one, directory, vip=vip, break_glass=break_glass) for one in directory.users.values()]
    groups = [_group(one, directory) for one in directory.groups.values()]
    people = dict.fromkeys(("tenant_admin", "security", "oncall"), admins)
    return {"schema": SCHEMA, "users": users, "groups": groups, "people": people}


def _ids(directory: Any, names: Iterable[str] | None) -> list[str]:
    """Return the object ids of people named by principal name or id, each once; other names are nobody's."""
    found = (directory.user(str(name)) for name in names or ())
    return list(dict.fromkeys(str(one["id"]) for one in found if one is not None))


def _user(
    account: Mapping[str, Any], directory: Any, *, vip: frozenset[str], break_glass: frozenset[str]
) -> dict[str, Any]:
    user_id = account["id"]
    # As the agent looks it up: a role held directly, or a group (nested ones too) that can hold roles.
    roles = any(one["principalId"] == user_id for one in directory.role_assignments.values())
    groups = directory.all_groups_of(user_id)
    assignable = any(group.get("isAssignableToRole") for group in groups)
    return {
        "id": user_id,
        "name": account["displayName"],
        "department": account.get("department") or None,
        "role": "it_admin" if roles else "employee" if not assignable else None,
        "kind": _KINDS.get(account.get("userType", "")),
        "enabled": account.get("accountEnabled"),
        "at_risk": _at_risk(directory, user_id),
        "vip": user_id in vip,
        "break_glass": user_id in break_glass,
        "holds_directory_role": roles or assignable,
        "synced": bool(account.get("onPremisesSyncEnabled")),
        "manager": directory.managers.get(user_id),
        "groups": sorted(group["id"] for group in groups),
    }


def _at_risk(directory: Any, user_id: str) -> bool | None:
    known = directory.risky_users.get(user_id)
    if known is None:
        return False
    state = known.get("riskState")
    return True if state in _OPEN_RISK else False if state in _NO_RISK else None


def _group(group: Mapping[str, Any], directory: Any) -> dict[str, Any]:
    group_id = group["id"]
    return {
        "id": group_id,
        "name": group["displayName"],
        # An owner may be another object than a user; only people can be asked.
        "owners": [one for one in directory.owners.get(group_id, ()) if one in directory.users],
        "role_assignable": bool(group.get("isAssignableToRole")),
        "dynamic": "DynamicMembership" in (group.get("groupTypes") or ()),
        "synced": bool(group.get("onPremisesSyncEnabled")),
    }
