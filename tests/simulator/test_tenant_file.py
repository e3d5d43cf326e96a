"""Tenant files: any whole one loads, a broken one is refused with the key named."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulator.directory import Directory
from simulator.errors import TenantFileError
from simulator.seed import directory_of
from simulator.tenant_file import parse, read

TENANT_FILE = Path(__file__).parents[2] / "samples" / "tenant.json"
TENANT = json.loads(TENANT_FILE.read_text())
TINY = {
    "schema": "corpus-tenant/1",
    "organization": {
        "id": "0161082c-fbe2-5695-a02a-8868ae87e1fc",
        "displayName": "Tiny",
        "defaultDomain": "tiny.example",
    },
    "users": [{"userPrincipalName": "a@tiny.example", "displayName": "A"}],
}


def _load(document: dict[str, Any]) -> Directory:
    return directory_of(parse(document))


def test_the_sample_tenant_loads_whole() -> None:
    directory = directory_of(read(TENANT_FILE))
    people = [one for key in ("users", "specialAccounts", "guests", "mailboxes") for one in TENANT[key]]
    assert set(directory.users) == {one["id"] for one in people}
    of_apps = {f"APP-{one['displayName']}" for one in TENANT["intuneApps"]}
    named = {one["displayName"] for one in TENANT["groups"]}
    assert {one["displayName"] for one in directory.groups.values()} == named | of_apps
    paul = directory.user("PAUL.verity@quillmere.example")
    assert paul is not None
    assert (paul["accountEnabled"], paul["employeeLeaveDateTime"]) == (False, "2026-10-30T17:00:00Z")


def test_a_file_with_only_what_is_required_loads_and_its_ids_are_stable() -> None:
    first, second = _load(TINY), _load(TINY)
    assert first == second
    [user] = first.users.values()
    assert (user["accountEnabled"], user["userType"], user["mail"]) == (True, "Member", None)


def test_unknown_keys_are_kept_out_of_the_way() -> None:
    document = {**TINY, "futureSection": [1], "users": [{**TINY["users"][0], "vip": True, "futureKey": {}}]}  # type: ignore[index]
    [user] = _load(document).users.values()
    assert "vip" not in user
    assert "futureKey" not in user


def test_kinds_of_groups_follow_from_the_type_when_the_flags_are_missing() -> None:
    kinds = ("security", "m365", "distribution", "mail_security")
    groups = [{"displayName": kind, "type": kind} for kind in kinds]
    groups.append({"displayName": "dynamic", "membershipRule": 'user.department -eq "x"'})
    made = {one["displayName"]: one for one in _load({**TINY, "groups": groups}).groups.values()}
    flags = {name: (one["mailEnabled"], one["securityEnabled"], one["groupTypes"]) for name, one in made.items()}
    assert flags == {
        "security": (False, True, []),
        "m365": (True, False, ["Unified"]),
        "distribution": (True, False, []),
        "mail_security": (True, True, []),
        "dynamic": (False, True, ["DynamicMembership"]),
    }


def test_a_licence_that_a_persons_group_carries_came_from_that_group() -> None:
    directory = directory_of(read(TENANT_FILE))
    theo = directory.user("theo.blanc@quillmere.example")
    assert theo is not None
    visio = next(one["skuId"] for one in TENANT["subscribedSkus"] if one["skuPartNumber"] == "VISIOCLIENT")
    by_group = {one["skuId"]: one["assignedByGroup"] for one in theo["licenseAssignmentStates"]}
    group = next(one["id"] for one in TENANT["groups"] if one["displayName"] == "QG-Visio-Lic")
    assert by_group.pop(visio) == group
    assert set(by_group.values()) == {None}


def test_a_role_given_to_a_group_is_held_by_its_members() -> None:
    changed = copy.deepcopy(TENANT)
    gunther = next(one for one in changed["users"] if one["userPrincipalName"].startswith("gunther"))
    gunther["directoryRoles"] = []
    for role in changed["directoryRoles"]:
        role["members"] = []
    directory = _load(changed)
    assert directory.roles_of(gunther["id"]) == {"Helpdesk Administrator"}


def test_eligible_members_are_eligible_and_not_assigned() -> None:
    roles = [{"displayName": "User Administrator", "eligibleMembers": ["a@tiny.example"]}]
    directory = _load({**TINY, "directoryRoles": roles})
    [entry] = directory.role_eligibilities.values()
    assert directory.role_definitions[entry["roleDefinitionId"]]["displayName"] == "User Administrator"
    assert directory.role_assignments == {}


def _set(*path: str | int, value: object) -> Callable[[dict[str, Any]], None]:
    def change(document: Any) -> None:
        for step in path[:-1]:
            document = document[step]
        document[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (_set("schema", value="corpus-tenant/2"), "schema"),
        (_set("organization", "id", value="quillmere"), "organization.id"),
        (_set("users", 3, "userPrincipalName", value=None), "users[3].userPrincipalName"),
        (_set("users", 3, "accountEnabled", value="maybe"), "users[3].accountEnabled"),
        (_set("users", 3, "manager", value="nobody@x.example"), "users[3].manager"),
        (_set("users", 3, "assignedLicenses", value=["NOPE"]), "users[3].assignedLicenses"),
        (_set("users", 3, "directoryRoles", value=["King"]), "users[3].directoryRoles"),
        (_set("users", 3, "authenticationMethods", value=[{"type": "psychic"}]), "users[3].authenticationMethods[0]"),
        (_set("users", 3, "userPrincipalName", value="gunther.pils@quillmere.example"), "userPrincipalName"),
        (_set("groups", 2, "members", value=["gwen.tallow@quillmere.example", "x@x"]), "groups[2].members[1]"),
        (_set("groups", 2, "owners", value=["x@x"]), "groups[2].owners[0]"),
        (_set("groups", 2, "assignedLicenses", value=["NOPE"]), "groups[2].assignedLicenses"),
        (_set("groups", 2, "assignedRole", value="King"), "groups[2].assignedRole"),
        (_set("directoryRoles", 1, "members", value=["x@x"]), "directoryRoles[1].members[0]"),
        (_set("subscribedSkus", 0, "enabled", value=-1), "subscribedSkus[0].enabled"),
    ],
)
def test_a_wrong_key_or_broken_reference_is_named(change: Callable[[dict[str, Any]], None], key: str) -> None:
    document = copy.deepcopy(TENANT)
    change(document)
    with pytest.raises(TenantFileError) as refused:
        _load(document)
    assert f"{key}" in str(refused.value)


@pytest.mark.parametrize("text", ["", "[]", "{", "null"])
def test_what_is_no_tenant_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "file.json").write_text(text)
    with pytest.raises(TenantFileError):
        read(tmp_path / "file.json")
