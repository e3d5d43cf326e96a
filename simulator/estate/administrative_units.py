"""Administrative units: the file's own, or one for each office, and one of all guests whose members follow a rule."""

from typing import Any

from simulator.directory import Directory, Resource
from simulator.errors import TenantFileError
from simulator.ids import stable
from simulator.tenant_file import AdministrativeUnit, TenantFile

# The key of the units in `Directory.objects`. Each has its `members` (ids of people) besides what Graph shows.
UNITS = "administrativeUnits"


def add(directory: Directory, file: TenantFile) -> None:
    """Add them to `directory`, whose people and groups are there already.

    Raises:
        TenantFileError: a member of a unit is nobody of the file.
    """
    told = file.administrative_units
    made = (
        _derived(directory) if told is None else [_told(directory, one, place=place) for place, one in enumerate(told)]
    )
    directory.objects[UNITS] = {one["id"]: one for one in made}


def _told(directory: Directory, unit: AdministrativeUnit, *, place: int) -> Resource:
    members = []
    for number, name in enumerate(unit.members):
        person = directory.user(name)
        if person is None:
            key = f"administrativeUnits[{place}].members[{number}]"
            raise TenantFileError(f"`{key}`: expected a person of this file, got `{name}`")
        members.append(person["id"])
    return _unit(
        directory,
        unit.display_name,
        members=members,
        id=(unit.id or stable("administrative unit", directory.tenant_id, unit.display_name)).lower(),
        description=unit.description,
        isMemberManagementRestricted=unit.is_member_management_restricted,
        membershipRule=unit.membership_rule,
    )


def _derived(directory: Directory) -> list[Resource]:
    people = list(directory.users.values())
    offices = sorted({str(one["officeLocation"]) for one in people if one.get("officeLocation")})
    units = [
        _unit(
            directory, f"Office {office}", members=[one["id"] for one in people if one.get("officeLocation") == office]
        )
        for office in offices or ["1"]
    ]
    guests = [one["id"] for one in people if one["userType"] == "Guest"]
    return [*units, _unit(directory, "All guests", members=guests, membershipRule='(user.userType -eq "Guest")')]


def _unit(directory: Directory, name: str, *, members: list[str], **more: Any) -> Resource:
    rule = more.get("membershipRule")
    return {
        "id": stable("administrative unit", directory.tenant_id, name),
        "deletedDateTime": None,
        "description": None,
        "displayName": name,
        "isMemberManagementRestricted": False,
        "membershipRule": None,
        "membershipRuleProcessingState": "On" if rule else None,
        "membershipType": "Dynamic" if rule else "Assigned",
        "visibility": None,
        **more,
        "members": members,
    }
