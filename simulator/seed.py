"""Turns a tenant file into a directory: resolves every reference and writes objects in Graph's own shape."""

from collections.abc import Iterable
from typing import Any

from simulator import methods, roles, shapes
from simulator.directory import Directory, Resource
from simulator.errors import TenantFileError
from simulator.estate import administrative_units, devices, files, governance, mailboxes, security, teams
from simulator.ids import stable
from simulator.tenant_file import Group, Person, Sku, TenantFile


def directory_of(file: TenantFile) -> Directory:
    """The directory that the file describes.

    Raises:
        TenantFileError: a reference names nobody; the message names the key.
    """
    directory = Directory(
        tenant_id=file.organization.id,
        password_writeback=file.organization.password_writeback,
        organization=shapes.organization(file),
    )
    names = _Names(file)
    _add_people(directory, file)
    _add_groups(directory, file, names=names)
    _add_managers_and_sponsors(directory, file, names=names)
    _add_skus(directory, file)
    _add_licences(directory, file, names=names)
    _add_roles(directory, file, names=names)
    directory.index_names()
    for area in (devices, mailboxes, files, teams, security, governance, administrative_units):
        area.add(directory, file)
    return directory


class _Names:
    """What the references in one file mean. People win over groups; names are compared without case."""

    def __init__(self, file: TenantFile) -> None:
        self.people: dict[str, str] = {}
        self.groups = {group.display_name.casefold(): _group_id(file, group) for group in file.groups}
        self.skus = {name.casefold(): sku.sku_id for sku in file.subscribed_skus for name in _sku_names(sku)}
        for key, person in file.people():
            if person.user_principal_name.casefold() in self.people:
                raise TenantFileError(f"`{key}.userPrincipalName`: `{person.user_principal_name}` stands there twice")
            for name in (person.user_principal_name, person.mail, person.id):
                if name:
                    self.people.setdefault(name.casefold(), _person_id(file, person))

    def person(self, name: str, *, key: str) -> str:
        """The id of the person `name`; `key` says where the reference stands."""
        if name.casefold() not in self.people:
            raise TenantFileError(f"`{key}`: expected a person of this file, got `{name}`")
        return self.people[name.casefold()]

    def member(self, name: str, *, key: str) -> str:
        """The id of a person or group."""
        found = self.people.get(name.casefold()) or self.groups.get(name.casefold())
        if found is None:
            raise TenantFileError(f"`{key}`: expected a person or group of this file, got `{name}`")
        return found

    def sku(self, name: str, *, key: str) -> str:
        """The id of a product, by part number or id."""
        if name.casefold() not in self.skus:
            raise TenantFileError(f"`{key}`: expected one of `subscribedSkus`, got `{name}`")
        return self.skus[name.casefold()]


def _sku_names(sku: Sku) -> tuple[str, str]:
    return sku.sku_part_number, sku.sku_id


def _person_id(file: TenantFile, person: Person) -> str:
    return (person.id or stable("user", file.organization.id, person.user_principal_name)).lower()


def _group_id(file: TenantFile, group: Group) -> str:
    return (group.id or stable("group", file.organization.id, group.display_name)).lower()


def _add_people(directory: Directory, file: TenantFile) -> None:
    for key, person in file.people():
        user = shapes.user(_person_id(file, person), person)
        directory.users[user["id"]] = user
        directory.authentication_methods[user["id"]] = [
            methods.of_file(method, user["id"], key=f"{key}.authenticationMethods[{place}]")
            for place, method in enumerate(person.authentication_methods)
        ]
        if person.risk.risk_state != "none":
            directory.risky_users[user["id"]] = shapes.risky_user(user, person)


def _add_groups(directory: Directory, file: TenantFile, *, names: _Names) -> None:
    for place, group in enumerate(file.groups):
        made = shapes.group(_group_id(file, group), group, domain=file.organization.default_domain)
        directory.groups[made["id"]] = made
        key = f"groups[{place}]"
        directory.members[made["id"]] = _linked(group.members, names, key=f"{key}.members")
        directory.owners[made["id"]] = _linked(group.owners, names, key=f"{key}.owners")


def _linked(references: Iterable[str], names: _Names, *, key: str) -> list[str]:
    found = (names.member(reference, key=f"{key}[{place}]") for place, reference in enumerate(references))
    return list(dict.fromkeys(found))


def _add_managers_and_sponsors(directory: Directory, file: TenantFile, *, names: _Names) -> None:
    for key, person in file.people():
        if person.manager:
            manager = names.person(person.manager, key=f"{key}.manager")
            directory.managers[_person_id(file, person)] = manager
        if person.sponsor:
            directory.sponsors[_person_id(file, person)] = [names.person(person.sponsor, key=f"{key}.sponsor")]


def _add_skus(directory: Directory, file: TenantFile) -> None:
    for sku in file.subscribed_skus:
        directory.skus[sku.sku_id] = shapes.subscribed_sku(sku, file.organization)


def _add_licences(directory: Directory, file: TenantFile, *, names: _Names) -> None:
    for place, group in enumerate(file.groups):
        given = [names.sku(sku, key=f"groups[{place}].assignedLicenses") for sku in group.assigned_licenses]
        licences = [{"skuId": sku, "disabledPlans": []} for sku in given]
        directory.groups[_group_id(file, group)]["assignedLicenses"] = licences
    for key, person in file.people():
        user = directory.users[_person_id(file, person)]
        held = [names.sku(sku, key=f"{key}.assignedLicenses") for sku in person.assigned_licenses]
        user["assignedLicenses"] = [{"skuId": sku, "disabledPlans": []} for sku in held]
        user["licenseAssignmentStates"] = [_licence_state(directory, user["id"], sku=sku) for sku in held]
    for sku_id, product in directory.skus.items():
        if product["consumedUnits"] is None:
            product["consumedUnits"] = sum(_holds(user, sku_id) for user in directory.users.values())


def _holds(user: Resource, sku_id: str) -> bool:
    return any(licence["skuId"] == sku_id for licence in user["assignedLicenses"])


def _licence_state(directory: Directory, user_id: str, *, sku: str) -> Resource:
    """A licence that one of the user's groups carries came from that group; any other was given directly."""
    carriers = (group["id"] for group in directory.groups_of(user_id) if _holds(group, sku))
    return {
        "skuId": sku,
        "disabledPlans": [],
        "assignedByGroup": next(carriers, None),
        "state": "Active",
        "error": "None",
        "lastUpdatedDateTime": shapes.CREATED_AT,
    }


def _add_roles(directory: Directory, file: TenantFile, *, names: _Names) -> None:
    listed = {role.display_name for role in file.directory_roles}
    for name in sorted(listed | set(roles.TEMPLATE_IDS)):
        defined = roles.definition(name)
        directory.role_definitions[defined["id"]] = defined
    for place, role in enumerate(file.directory_roles):
        for member in _linked(role.members, names, key=f"directoryRoles[{place}].members"):
            assign_role(directory, role.display_name, principal_id=member)
        for member in _linked(role.eligible_members, names, key=f"directoryRoles[{place}].eligibleMembers"):
            _make_eligible(directory, role.display_name, principal_id=member)
    for key, person in file.people():
        for role_name in person.directory_roles:
            _known_role(role_name, listed, key=f"{key}.directoryRoles")
            assign_role(directory, role_name, principal_id=_person_id(file, person))
    for place, group in enumerate(file.groups):
        if group.assigned_role:
            _known_role(group.assigned_role, listed, key=f"groups[{place}].assignedRole")
            assign_role(directory, group.assigned_role, principal_id=_group_id(file, group))


def _known_role(name: str, listed: set[str], *, key: str) -> None:
    if name not in listed and name not in roles.TEMPLATE_IDS:
        raise TenantFileError(f"`{key}`: expected a role of `directoryRoles` or a built-in one, got `{name}`")


def assign_role(directory: Directory, role_name: str, *, principal_id: str) -> None:
    """Give a principal a directory role over the whole tenant. Giving it twice changes nothing."""
    entry = _role_entry(directory, role_name, principal_id=principal_id)
    directory.role_assignments[entry["id"]] = {**entry, "appScopeId": None}


def _make_eligible(directory: Directory, role_name: str, *, principal_id: str) -> None:
    entry = _role_entry(directory, role_name, principal_id=principal_id)
    schedule = {"memberType": "Direct", "startDateTime": shapes.CREATED_AT, "endDateTime": None}
    directory.role_eligibilities[entry["id"]] = {**entry, **schedule, "roleEligibilityScheduleId": entry["id"]}


def _role_entry(directory: Directory, role_name: str, *, principal_id: str) -> dict[str, Any]:
    role_id = roles.definition(role_name)["id"]
    return {
        "id": roles.assignment_id(directory.tenant_id, role_id, principal_id=principal_id),
        "directoryScopeId": "/",
        "principalId": principal_id,
        "roleDefinitionId": role_id,
    }
