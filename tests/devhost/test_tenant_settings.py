"""The settings of a local stack: any valid tenant file gives a function app that starts."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from agent.settings import read_settings
from agent.wiring import Stack
from devhost.errors import StartError
from devhost.tenant_settings import app_settings, names_in, read_tenant
from tests.journeys import tenants
from tests.journeys.stacks import SAMPLES

SAMPLE: dict[str, Any] = json.loads((SAMPLES / "tenant.json").read_text(encoding="utf-8"))


def settings_of(tenant: dict[str, Any], folder: Path) -> dict[str, str]:
    """The environment for a tenant file, made as a stack makes it."""
    read = read_tenant(tenants.written(folder, tenant))
    names = ("entra", "msi", "msi_header", "graph", "connector", "connector_openid", "itsm", "slack", "ca")
    cloud: dict[str, Any] = dict.fromkeys(names, "https://localhost:1")
    cloud["smtp"] = "smtp://localhost:4"
    cloud["vaults"] = {read["organization"]["id"].lower(): "https://localhost:2"}
    return app_settings(read, cloud, storage="UseDevelopmentStorage=true", public_url="https://localhost:3")


def without(tenant: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in tenant.items() if name not in names}


def with_organization(**changes: Any) -> dict[str, Any]:
    return {**SAMPLE, "organization": {**SAMPLE["organization"], **changes}}


AWKWARD = {
    "nothing that is optional": tenants.awkward(),
    "no guests": without(SAMPLE, "guests", "groups", "sites", "conditionalAccessPolicies"),
    "no special accounts": without(
        SAMPLE, "specialAccounts", "directoryRoles", "policyData", "groups", "sites", "conditionalAccessPolicies"
    ),
    "no policy data": without(SAMPLE, "policyData"),
    "policy data of nothing": {**SAMPLE, "policyData": None},
    "policy data of nulls": {**SAMPLE, "policyData": {"vip": None, "admin_approvers": None, "protected_users": None}},
    "policy data of strangers": {**SAMPLE, "policyData": {"vip": ["nobody@x.example"], "admin_approvers": [""]}},
    "an unknown time zone": with_organization(timeZone="Mars Standard Time"),
    "no time zone": with_organization(timeZone=None),
    "a tenant id in capitals": with_organization(id=SAMPLE["organization"]["id"].upper()),
    "nobody": {"schema": SAMPLE["schema"], "organization": SAMPLE["organization"], "users": []},
}


@pytest.mark.parametrize("name", AWKWARD)
def test_a_valid_file_gives_settings_that_start_the_app(name: str, tmp_path: Path) -> None:
    settings = read_settings(settings_of(AWKWARD[name], tmp_path))
    Stack(settings)
    (tenant,) = settings.tenants
    assert tenant.tenant_id == str(AWKWARD[name]["organization"]["id"]).lower()


def test_people_of_the_policy_data_are_named_by_their_object_ids(tmp_path: Path) -> None:
    (tenant,) = read_settings(settings_of(SAMPLE, tmp_path)).tenants
    ids = {one["userPrincipalName"]: one["id"] for one in (*SAMPLE["users"], *SAMPLE["specialAccounts"])}
    admins = tuple(ids[name] for name in SAMPLE["policyData"]["admin_approvers"])
    assert tenant.people == {"tenant_admin": admins, "security": admins, "oncall": admins}
    assert tenant.vip_ids == tuple(ids[name] for name in SAMPLE["policyData"]["vip"])
    assert set(tenant.break_glass_ids) == {ids[name] for name in SAMPLE["policyData"]["protected_users"]}


def test_a_file_without_ids_means_the_people_that_the_simulator_means(tmp_path: Path) -> None:
    plain = copy.deepcopy(SAMPLE)
    for one in plain["users"]:
        del one["id"]
    (tenant,) = read_settings(settings_of(plain, tmp_path)).tenants
    names = names_in(read_tenant(tenants.written(tmp_path, plain)))
    assert {names[one] for one in tenant.vip_ids} == {"Harriet Osgood", "Anton Feiler"}


def test_emergency_accounts_are_known_without_policy_data(tmp_path: Path) -> None:
    (tenant,) = read_settings(settings_of(without(SAMPLE, "policyData"), tmp_path)).tenants
    purposes = {one["id"]: one["accountPurpose"] for one in SAMPLE["specialAccounts"]}
    assert set(tenant.break_glass_ids) == {key for key, purpose in purposes.items() if purpose == "breakglass"}


@pytest.mark.parametrize(
    ("zone", "meant"),
    [("GMT Standard Time", "Europe/London"), ("Asia/Kathmandu", "Asia/Kathmandu"), ("Nowhere", "Etc/UTC")],
)
def test_a_time_zone_is_read_by_either_of_its_names(zone: str, meant: str, tmp_path: Path) -> None:
    (tenant,) = read_settings(settings_of(with_organization(timeZone=zone), tmp_path)).tenants
    assert tenant.time_zone == meant


BROKEN = {
    "no JSON": ("{", "cannot be read: Expecting property name"),
    "a section twice": ('{"schema": "corpus-tenant/1", "users": [], "users": [1]}', "key `users` stands twice"),
    "a flag twice": (json.dumps(SAMPLE)[:-1] + ', "x": {"vip": [], "vip": 1}}', "key `vip` stands twice in one object"),
    "no end of lists": ("[" * 100_000, "cannot be read: RecursionError"),
    "a list": ("[]", "`schema`"),
    "another schema": ('{"schema": "corpus-tenant/2"}', "corpus-tenant/1"),
    "no organization": ('{"schema": "corpus-tenant/1", "users": []}', "`organization`"),
    "an unknown member": (json.dumps({**SAMPLE, "groups": [{"displayName": "G", "members": ["x"]}]}), "groups[0]"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_that_is_not_valid_is_refused_before_anything_is_started(name: str, tmp_path: Path) -> None:
    text, reason = BROKEN[name]
    file = tmp_path / "tenant.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(StartError) as refused:
        read_tenant(file)
    assert "`tenant.json`" in str(refused.value) and reason in str(refused.value)
    assert "\n" not in str(refused.value)
