"""Sites, drives, their items, versions and who may open them.

Everybody with a mailbox has a OneDrive with one file in it. Sites are the file's `sites`, or, where it has no such
section, one for every Microsoft 365 group; each has one library with one file.
"""

import base64
import hashlib
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from simulator import shapes
from simulator.directory import Directory, Resource
from simulator.errors import TenantFileError
from simulator.ids import stable
from simulator.tenant_file import TenantFile

SITES, DRIVES, ITEMS, VERSIONS, PERMISSIONS = "sites", "drives", "driveItems", "driveItemVersions", "itemPermissions"
DELETED, SITE_PERMISSIONS = "deletedDriveItems", "sitePermissions"
_DOCUMENT = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_QUOTA_BYTES = 1_099_511_627_776
_USED_BYTES = 2_147_483_648


class Site(BaseModel):
    """A site of the file. `group` is the display name of the group whose members work in it."""

    model_config = ConfigDict(extra="allow", frozen=True, alias_generator=to_camel)

    title: str = Field(min_length=1)
    path: str = Field(min_length=2)
    id: str | None = None
    group: str | None = None
    owners: list[str] = []


def add(directory: Directory, file: TenantFile) -> None:
    """Add them to `directory`, whose people, groups and mailboxes are there already.

    Raises:
        TenantFileError: a site is wrong, or names a group or a person whom nobody knows; the key is named.
    """
    for name in (SITES, DRIVES, ITEMS, VERSIONS, PERMISSIONS, DELETED, SITE_PERMISSIONS):
        directory.objects[name] = {}
    host = f"{file.organization.default_domain.partition('.')[0]}.sharepoint.example"
    for user in directory.users.values():
        if user.get("mailboxSettings") is not None and user["userType"] == "Member" and user["assignedLicenses"]:
            _add_own_drive(directory, user, host=host)
    for place, site in enumerate(_sites(directory, file)):
        _add_site(directory, site, host=host, key=f"sites[{place}]")


def _sites(directory: Directory, file: TenantFile) -> list[Site]:
    if "sites" not in file.extras():
        unified = (one for one in directory.groups.values() if "Unified" in one["groupTypes"])
        return [
            Site.model_validate(
                {"title": one["displayName"], "path": f"/sites/{one['mailNickname']}", "group": one["displayName"]}
            )
            for one in unified
        ]
    try:
        return [Site.model_validate(one) for one in file.extras()["sites"]]
    except ValidationError as wrong:
        raise TenantFileError(f"`sites`: {wrong.errors()[0]['msg'].lower()}") from wrong


def _add_own_drive(directory: Directory, user: Resource, *, host: str) -> None:
    who = {"user": _identity(user)}
    # As SharePoint names a personal site: the sign-in name with its marks as underscores.
    plain = "".join(char if char.isalnum() else "_" for char in user["userPrincipalName"])
    drive = _drive("OneDrive", f"https://{host}/personal/{plain}/Documents", names=("drive", user["id"]))
    drive |= {"driveType": "business", "owner": who, "ownerId": user["id"], "siteId": None}
    directory.objects[DRIVES][drive["id"]] = drive
    root, document = _filled(directory, drive, by=who, name="Notes.docx")
    owner: Resource = {"id": grant_id(user), "roles": ["owner"], "grantedToV2": who, "grantedTo": who}
    for item in (root, document):
        inherited: Resource = {"inheritedFrom": _place(drive, root)} if item is document else {}
        directory.objects[PERMISSIONS][item["id"]] = {owner["id"]: {**owner, **inherited}}


def _add_site(directory: Directory, site: Site, *, host: str, key: str) -> None:
    named = {group["displayName"].casefold(): group["id"] for group in directory.groups.values()}
    if site.group is not None and site.group.casefold() not in named:
        raise TenantFileError(f"`{key}.group`: expected a group of this file, got `{site.group}`")
    collection = (site.id or stable("site", directory.tenant_id, site.path)).lower()
    site_id = f"{host},{collection},{stable('web', collection)}"
    address = f"https://{host}{site.path}"
    shown = {"id": site_id, "name": site.path.rpartition("/")[2], "displayName": site.title, "webUrl": address}
    times = dict.fromkeys(("createdDateTime", "lastModifiedDateTime"), shapes.CREATED_AT)
    hidden = {"groupId": named.get((site.group or "").casefold()), "ownerIds": _people(directory, site.owners, key=key)}
    directory.objects[SITES][site_id] = {
        **shown,
        **times,
        "isPersonalSite": False,
        "siteCollection": {"hostname": host},
        **hidden,
    }
    directory.objects[SITE_PERMISSIONS][site_id] = {}
    drive = _drive("Documents", f"{address}/Shared Documents", names=("library", site_id))
    who: Resource = {"user": {"displayName": "System Account"}}
    drive |= {"driveType": "documentLibrary", "owner": who, "ownerId": None, "siteId": site_id}
    directory.objects[DRIVES][drive["id"]] = drive
    root, document = _filled(directory, drive, by=who, name="Plan.docx")
    members = directory.groups.get(named.get((site.group or "").casefold(), ""))
    own = [*_site_groups(site.title), *([_of_group(members)] if members else [])]
    groups = {one["id"]: one for one in own}
    directory.objects[PERMISSIONS][root["id"]] = groups
    below = {name: {**one, "inheritedFrom": _place(drive, root)} for name, one in groups.items()}
    directory.objects[PERMISSIONS][document["id"]] = below


def _people(directory: Directory, names: list[str], *, key: str) -> list[str]:
    found = [(name, directory.user(name)) for name in names]
    if missing := [name for name, user in found if user is None]:
        raise TenantFileError(f"`{key}.owners`: expected a person of this file, got `{missing[0]}`")
    return [user["id"] for _, user in found if user is not None]


def _site_groups(title: str) -> list[Resource]:
    """What a site's own groups may do; their ids are the numbers of the groups in base 64."""
    rows = (("3", "Owners", "owner"), ("4", "Visitors", "read"), ("5", "Members", "write"))
    return [
        {
            "id": base64.b64encode(number.encode()).decode().rstrip("="),
            "roles": [role],
            "grantedToV2": {
                "siteGroup": {"id": number, "displayName": f"{title} {name}", "loginName": f"{title} {name}"}
            },
        }
        for number, name, role in rows
    ]


def _of_group(group: Resource) -> Resource:
    """What the group of the directory may do whose members work in a site."""
    login = f"c:0t.c|tenant|{group['id']}"
    shown = {"id": group["id"], "displayName": group["displayName"], "email": group["mail"]}
    return {
        "id": base64.urlsafe_b64encode(login.encode()).decode().rstrip("="),
        "roles": ["write"],
        "grantedToV2": {"group": shown},
    }


def _drive(name: str, address: str, *, names: tuple[str, ...]) -> Resource:
    digest = hashlib.sha256("/".join(names).encode()).digest()
    remaining = _QUOTA_BYTES - _USED_BYTES
    quota = {"total": _QUOTA_BYTES, "used": _USED_BYTES, "remaining": remaining, "deleted": 0, "state": "normal"}
    times = dict.fromkeys(("createdDateTime", "lastModifiedDateTime"), shapes.CREATED_AT)
    drive_id = "b!" + base64.urlsafe_b64encode(digest + digest[:16]).decode()
    return {"id": drive_id, "name": name, "webUrl": address, "quota": quota, **times}


def _filled(directory: Directory, drive: Resource, *, by: Resource, name: str) -> tuple[Resource, Resource]:
    """A root folder and one file with two versions in it."""
    address = drive["webUrl"]
    root = _item(drive, "root", by=by) | {"webUrl": address, "folder": {"childCount": 1}, "root": {}}
    root["parentReference"] = {"driveId": drive["id"], "driveType": drive["driveType"], "siteId": drive["siteId"]}
    document = _item(drive, name, by=by) | {"webUrl": f"{address}/{name}", "file": {"mimeType": _DOCUMENT}}
    document["parentReference"] = _place(drive, root)
    directory.objects[ITEMS][drive["id"]] = {root["id"]: root, document["id"]: document}
    directory.objects[DELETED][drive["id"]] = {}
    versions = [_version(number, size=document["size"] - 2 + number, by=by) for number in (2, 1)]
    directory.objects[VERSIONS][document["id"]] = {one["id"]: one for one in versions}
    return root, document


def _item(drive: Resource, name: str, *, by: Resource) -> Resource:
    digest = hashlib.sha256(f"{drive['id']}/{name}".encode()).digest()
    number = stable("item", drive["id"], name).upper()
    return {
        "id": "01" + base64.b32encode(digest[:20]).decode(),
        "name": name,
        "size": 20_480,
        "eTag": f'"{{{number}}},1"',
        "cTag": f'"c:{{{number}}},1"',
        "createdDateTime": shapes.CREATED_AT,
        "lastModifiedDateTime": shapes.CREATED_AT,
        "createdBy": by,
        "lastModifiedBy": by,
        "shared": None,
    }


def _version(number: int, *, size: int, by: Resource) -> Resource:
    return {
        "id": f"{number}.0",
        "lastModifiedDateTime": shapes.CREATED_AT,
        "lastModifiedBy": by,
        "size": size,
    }


def _place(drive: Resource, folder: Resource) -> Resource:
    return {
        "driveId": drive["id"],
        "driveType": drive["driveType"],
        "id": folder["id"],
        "path": f"/drives/{drive['id']}/root:",
        "siteId": drive["siteId"],
    }


def _identity(user: Resource) -> Resource:
    return {"id": user["id"], "displayName": user["displayName"], "email": user["mail"]}


def holder(user: Resource) -> dict[str, Any]:
    """A person as permissions name one."""
    return {"user": _identity(user)}


def grant_id(user: Resource) -> str:
    """The id of a person's permission: who they are to SharePoint, in base 64."""
    login = f"i:0#.f|membership|{user['userPrincipalName'].lower()}"
    return base64.urlsafe_b64encode(login.encode()).decode().rstrip("=")
