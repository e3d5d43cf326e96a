"""One tenant as its rules need it: every name of the file resolved to an object id, every list as it is."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from devhost.errors import StartError
from devhost.reference_policy.freezes import Freeze, freeze_of
from devhost.reference_policy.names import Names
from devhost.reference_policy.policy_data import PolicyData, read_policy_data
from devhost.tenant_settings import time_zone_of
from simulator import seed, tenant_file
from simulator.directory import Directory
from simulator.errors import TenantFileError

# What the personnel department is called where a file does not say (`policyData.hr_departments`).
_HR_NAMES = frozenset(
    {
        "hr",
        "human resources",
        "people",
        "people & culture",
        "people and culture",
        "people operations",
        "personnel",
        "personal",
        "personalabteilung",
        "ressources humaines",
        "rh",
        "recursos humanos",
    }
)


@dataclass(frozen=True, slots=True)
class App:
    """One entry of the software catalogue. `terms` is `open`, `department`, `licensed` or another word.

    `group_ids` are the groups whose members get it.
    """

    id: str
    name: str
    terms: str
    departments: tuple[str, ...]
    approver_id: str
    group_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tenant:
    """Everything that the rules of one tenant are made of. Ids are in lower case, and so are its own mail `domains`.

    `special_ids` are emergency and service accounts; `role_people_ids` own or belong to groups that can hold
    roles. `exempting_ids` are groups that some Conditional Access policy leaves out. `licence_group_ids` carry
    a licence that costs money, and `group_skus` are the part numbers that come from groups.
    """

    id: str
    data: PolicyData
    domains: tuple[str, ...]
    password_writeback: bool
    group_names: Mapping[str, str]
    hr_departments: tuple[str, ...]
    open_ids: tuple[str, ...]
    auto: Mapping[str, tuple[str, ...]]
    peers: Mapping[str, tuple[str, ...]]
    closed: Mapping[str, tuple[str, ...]]
    protected_group_ids: tuple[str, ...]
    protected_app_ids: tuple[str, ...]
    prohibited_app_ids: tuple[str, ...]
    special_ids: tuple[str, ...]
    role_people_ids: tuple[str, ...]
    exempting_ids: tuple[str, ...]
    licence_group_ids: tuple[str, ...]
    group_skus: tuple[str, ...]
    apps: tuple[App, ...]
    freezes: tuple[Freeze, ...]

    def named(self, ids: Iterable[str]) -> str:
        """Return the display names of groups, for a note."""
        return ", ".join(sorted(self.group_names[one] for one in ids))


def tenant_of(file: Mapping[str, Any]) -> Tenant:
    """Resolve a tenant file of schema `corpus-tenant/1`.

    Raises:
        StartError: the file is not of that schema, or a name in `policyData` is nobody's, or a group has two entries
            under one key; the message names the key.
    """
    try:
        directory = seed.directory_of(tenant_file.parse(file))
    except TenantFileError as problem:
        raise StartError(f"tenant file: {problem}") from problem
    data = read_policy_data(file.get("policyData"))
    names = Names(file, directory)
    # These two become settings, not rules; a name that is nobody's is refused here all the same.
    names.people(data.vip, key="vip")
    names.people(data.admin_approvers, key="admin_approvers")
    auto = _by_group(data.auto_departments, names, key="auto_departments")
    closed = _by_group(data.closed_groups, names, key="closed_groups")
    departments = _departments(directory)
    return Tenant(
        id=directory.tenant_id,
        data=data,
        domains=tuple(str(one["name"]).lower() for one in directory.organization["verifiedDomains"]),
        password_writeback=directory.password_writeback,
        group_names={key: str(one["displayName"]) for key, one in directory.groups.items()},
        hr_departments=_hr(data, departments=departments),
        open_ids=names.groups(data.open_groups, key="open_groups"),
        auto=auto,
        peers=_by_group(data.peer_departments, names, key="peer_departments"),
        closed=closed,
        protected_group_ids=names.groups(data.protected_groups, key="protected_groups"),
        protected_app_ids=names.apps(data.protected_apps, key="protected_apps"),
        prohibited_app_ids=names.shop_ids(data.prohibited_software),
        special_ids=_special(file, names, data=data),
        role_people_ids=_role_people(directory),
        exempting_ids=_exempting(file, names),
        licence_group_ids=_carrying(directory, free=data.free_skus),
        group_skus=_carried(directory),
        apps=tuple(
            _app(one, names, place=place, offers=_offers(directory, file))
            for place, one in enumerate(file.get("intuneApps") or ())
        ),
        freezes=_freezes(file, directory, names=names, data=data, related=(auto, closed)),
    )


def _by_group(named: Mapping[str, tuple[str, ...]], names: Names, *, key: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    spellings: dict[str, str] = {}
    for name, departments in named.items():
        group = names.group(name, key=key)
        if group in found:
            raise StartError(
                f"`policyData.{key}`: expected one entry a group, got `{spellings[group]}` and `{name}`, which are one"
                " group; leave one of them out"
            )
        found[group], spellings[group] = departments, name
    return found


def _hr(data: PolicyData, *, departments: Iterable[str]) -> tuple[str, ...]:
    # A list that is there says who is HR, also when it is empty; only without the key the names tell.
    if "hr_departments" in data.model_fields_set:
        return data.hr_departments
    return tuple(one for one in departments if one.casefold() in _HR_NAMES)


def _departments(directory: Directory) -> tuple[str, ...]:
    return tuple(sorted({str(one["department"]) for one in directory.users.values() if one.get("department")}))


def _special(file: Mapping[str, Any], names: Names, *, data: PolicyData) -> tuple[str, ...]:
    accounts = [str(one["userPrincipalName"]) for one in file.get("specialAccounts") or ()]
    ids = (*names.people(data.protected_users, key="protected_users"), *names.people(accounts, key="specialAccounts"))
    return tuple(dict.fromkeys(ids))


def _role_people(directory: Directory) -> tuple[str, ...]:
    return tuple(one for one in directory.users if directory.holds_role_assignable_group(one))


def _exempting(file: Mapping[str, Any], names: Names) -> tuple[str, ...]:
    left_out = [
        str(name)
        for one in file.get("conditionalAccessPolicies") or ()
        for name in (one.get("conditions") or {}).get("excludeGroups") or ()
    ]
    return tuple(dict.fromkeys(names.groups(left_out, key="conditionalAccessPolicies.excludeGroups")))


def _carried(directory: Directory) -> tuple[str, ...]:
    """Return the part numbers of all licences that groups carry."""
    carried = {licence["skuId"] for one in directory.groups.values() for licence in one["assignedLicenses"]}
    return tuple(sorted(str(directory.skus[sku]["skuPartNumber"]) for sku in carried))


def _carrying(directory: Directory, *, free: tuple[str, ...]) -> tuple[str, ...]:
    def costs(licence: Mapping[str, Any]) -> bool:
        return directory.skus[licence["skuId"]]["skuPartNumber"] not in free

    return tuple(key for key, one in directory.groups.items() if any(map(costs, one["assignedLicenses"])))


def _offers(directory: Directory, file: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return, by the id of an app, the groups that serve to give it to people, and nothing else.

    A group of the tenant's own that gets an app besides is joined by its own terms, never by those of the app.
    """
    own = {str(one.get("displayName")) for one in file.get("groups") or ()}
    found: dict[str, tuple[str, ...]] = {}
    for key, one in directory.objects["mobileAppAssignments"].items():
        app_id = key.partition("/")[0]
        group = directory.groups.get(str(one["target"].get("groupId")))
        if group is None or group["displayName"] in own or one.get("intent") == "uninstall":
            continue
        found[app_id] = (*found.get(app_id, ()), str(one["target"]["groupId"]))
    return found


def _app(one: Mapping[str, Any], names: Names, *, place: int, offers: Mapping[str, tuple[str, ...]]) -> App:
    where = f"intuneApps[{place}]"
    if not one.get("id") or not one.get("displayName"):
        raise StartError(f"`{where}`: expected `id` and `displayName`, got {sorted(one)}")
    approver = [str(one["approver"])] if one.get("approver") else []
    return App(
        id=str(one["id"]).lower(),
        name=str(one["displayName"]),
        terms=str(one.get("catalogue") or ""),
        departments=tuple(str(name) for name in one.get("departments") or ()),
        approver_id=next(iter(names.people(approver, key=f"{where}.approver")), ""),
        group_ids=offers.get(str(one["id"]).lower(), ()),
    )


def _freezes(
    file: Mapping[str, Any],
    directory: Directory,
    *,
    names: Names,
    data: PolicyData,
    related: tuple[Mapping[str, tuple[str, ...]], ...],
) -> tuple[Freeze, ...]:
    def groups_of(department: str) -> tuple[str, ...]:
        listed = {group for one in related for group, spelt in one.items() if department in map(str.casefold, spelt)}
        named = {key for key, one in directory.groups.items() if _speaks_of(str(one["displayName"]), department)}
        return tuple(sorted(listed | named))

    zone = ZoneInfo(time_zone_of(file))
    departments = _departments(directory)
    return tuple(
        freeze_of(one, zone=zone, departments=departments, groups_of=groups_of, group_ids=names.group_ids)
        for one in data.freeze
    )


def _speaks_of(group_name: str, department: str) -> bool:
    """Whether a group's name holds the department's as words of its own: `QG-IT-Tools` is of IT, `Kitchen` is not."""
    return f" {_words(department)} " in f" {_words(group_name)} "


def _words(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))
