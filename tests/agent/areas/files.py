"""The actions and look-ups of the area "files": files, who may open them, and sites."""

from typing import Any

from simulator.directory import Directory
from simulator.estate import files
from tests.agent.areas.example import Example
from tests.agent.areas.first import USER
from tests.agent.areas.mail import OTHER

APP = "6b4c6b26-b39e-5b9a-a6c2-2fe7374468bc"
DRIVE, ITEM = "b!t18F8ybHHUq1z3O8PqvFG", "01NKDM7HMOJTVYMDOSXFDK2QJDXCDI3WUK"
SITE = "quillmere.sharepoint.example,961947d5-8cad-594f-a024-e6110a43462e,bc3f739c-b3cc-5aa6-b7e5-624cb874e1d8"
GRANT = "aTowIy5mfG1lbWJlcnNoaXB8YW50b24"

# Per action parameters that fit.
PARAMS: dict[str, dict[str, Any]] = {
    "spo.item.invite": {"drive_id": DRIVE, "item_id": ITEM, "user_id": OTHER, "role": "write"},
    "spo.item.link.create": {"drive_id": DRIVE, "item_id": ITEM, "link_type": "edit"},
    "spo.item.permission.remove": {
        "drive_id": DRIVE,
        "item_id": ITEM,
        "permission_id": GRANT,
        "was": {"kind": "grant", "user_id": OTHER, "role": "read"},
    },
    "spo.site.permission.grant": {"site_id": SITE, "app_id": APP, "role": "write"},
    "spo.item.restore": {"user_id": USER, "item_id": ITEM},
    "spo.item.version.restore": {"drive_id": DRIVE, "item_id": ITEM, "version": "1.0", "current_version": "3.0"},
}

_FILE = f"/drives/{DRIVE}/items/{ITEM}"
_OWN_FILE = f"/users/{USER}/drive/items/{ITEM}"


def _invite(role: str) -> dict[str, Any]:
    return {"recipients": [{"objectId": OTHER}], "requireSignIn": True, "sendInvitation": False, "roles": [role]}


# Per action the exact call and the exact inverse, or None when there is none: method, path, body.
CALLS: dict[str, tuple[tuple[str, str, Any], tuple[str, str, Any] | None]] = {
    "spo.item.invite": (
        ("POST", f"{_FILE}/invite", _invite("write")),
        ("DELETE", f"{_FILE}/permissions/{{created}}", None),
    ),
    "spo.item.link.create": (
        ("POST", f"{_FILE}/createLink", {"type": "edit", "scope": "organization"}),
        ("DELETE", f"{_FILE}/permissions/{{created}}", None),
    ),
    "spo.item.permission.remove": (
        ("DELETE", f"{_FILE}/permissions/{GRANT}", None),
        ("POST", f"{_FILE}/invite", _invite("read")),
    ),
    "spo.site.permission.grant": (
        (
            "POST",
            f"/sites/{SITE}/permissions",
            {"roles": ["write"], "grantedToIdentities": [{"application": {"id": APP}}]},
        ),
        ("DELETE", f"/sites/{SITE}/permissions/{{created}}", None),
    ),
    "spo.item.restore": (("POST", f"{_OWN_FILE}/restore", {}), ("DELETE", _OWN_FILE, None)),
    "spo.item.version.restore": (
        ("POST", f"{_FILE}/versions/1.0/restoreVersion", None),
        ("POST", f"{_FILE}/versions/3.0/restoreVersion", None),
    ),
}

# Per look-up a subject.
SUBJECTS: dict[str, str] = {
    "file.item": f"{DRIVE}/{ITEM}",
    "file.permissions": f"{DRIVE}/{ITEM}",
    "file.versions": f"{DRIVE}/{ITEM}",
    "user.drive": USER,
    "site.search": "Sales Room",
    "site.permissions": SITE,
    "site.groups": SITE,
}


def file_of(directory: Directory, owner_id: str = USER) -> tuple[str, str]:
    """The drive of a person and the one file in it."""
    drives = directory.objects[files.DRIVES].values()
    drive_id = next(str(one["id"]) for one in drives if one["ownerId"] == owner_id)
    items = directory.objects[files.ITEMS][drive_id].values()
    return drive_id, next(str(one["id"]) for one in items if "file" in one)


def _item(directory: Directory, shared_with: str = "") -> dict[str, Any]:
    drive_id, item_id = file_of(directory)
    directory.objects[files.ITEMS][drive_id][item_id]["shared"] = {"scope": shared_with} if shared_with else None
    return {"drive_id": drive_id, "item_id": item_id}


def _invite_to(directory: Directory, role: str) -> dict[str, Any]:
    return {**_item(directory), "user_id": OTHER, "role": role}


def _raise_reader(directory: Directory) -> dict[str, Any]:
    """Somebody who may read the file is to write it; others have a link."""
    item, _permission_id = _grant(directory, "read")
    _link_to(directory, item, "organization")
    return {**item, "user_id": OTHER, "role": "write", "was_role": "read"}


def _grant(directory: Directory, role: str) -> tuple[dict[str, Any], str]:
    item, other = _item(directory, "users"), directory.users[OTHER]
    permission_id = files.grant_id(other)
    who = files.holder(other)
    directory.objects[files.PERMISSIONS][item["item_id"]][permission_id] = {
        "id": permission_id,
        "roles": [role],
        "grantedTo": who,
        "grantedToV2": who,
        "invitation": {"email": other["mail"], "signInRequired": True},
    }
    return item, permission_id


def _remove_grant(directory: Directory) -> dict[str, Any]:
    item, permission_id = _grant(directory, "write")
    return {**item, "permission_id": permission_id, "was": {"kind": "grant", "user_id": OTHER, "role": "write"}}


def _remove_link(directory: Directory, scope: str) -> dict[str, Any]:
    item = _item(directory, scope)
    link_id = _link_to(directory, item, scope)
    return {**item, "permission_id": link_id, "was": {"kind": "link", "type": "view", "scope": scope}}


def _link_to(directory: Directory, item: dict[str, Any], scope: str) -> str:
    link_id = "8f1c0b52-3a7e-4c0d-9f0e-6a3d2f0c9b11"
    address = "https://quillmere.sharepoint.example/:w:/g/OLD"
    directory.objects[files.PERMISSIONS][item["item_id"]][link_id] = {
        "id": link_id,
        "roles": ["read"],
        "link": {"type": "view", "scope": scope, "webUrl": address},
    }
    return link_id


def _let_app_in(directory: Directory) -> dict[str, Any]:
    site_id = next(iter(directory.objects[files.SITES]))
    app = next(iter(directory.objects["servicePrincipals"].values()))
    return {"site_id": site_id, "app_id": app["appId"], "role": "read"}


def _deleted_item(directory: Directory) -> dict[str, Any]:
    """A personal OneDrive, the only kind in which Graph restores, with its file in the recycle bin."""
    drive_id, item_id = file_of(directory)
    directory.objects[files.DRIVES][drive_id]["driveType"] = "personal"
    directory.objects[files.DELETED][drive_id][item_id] = directory.objects[files.ITEMS][drive_id].pop(item_id)
    return {"user_id": USER, "item_id": item_id}


def _old_version(directory: Directory) -> dict[str, Any]:
    return {**_item(directory), "version": "1.0", "current_version": "2.0"}


EXAMPLES: tuple[Example, ...] = (
    Example("spo.item.invite", lambda directory: _invite_to(directory, "read")),
    Example("spo.item.invite", lambda directory: _invite_to(directory, "write")),
    # Who could read before shows in the item as shared with people; the link, first, as shared with everybody.
    Example("spo.item.invite", _raise_reader, lost=(f"objects.{files.ITEMS}",)),
    Example("spo.item.link.create", lambda directory: _item(directory)),
    Example("spo.item.permission.remove", _remove_grant),
    # A link that is made again has another address and another id.
    Example(
        "spo.item.permission.remove",
        lambda directory: _remove_link(directory, "organization"),
        lost=(f"objects.{files.PERMISSIONS}",),
    ),
    Example("spo.item.permission.remove", lambda directory: _remove_link(directory, "anonymous")),
    Example("spo.site.permission.grant", _let_app_in),
    Example("spo.item.restore", _deleted_item),
    # Both restores add a version, who did it last is us, and a file that was written has other tags.
    Example("spo.item.version.restore", _old_version, lost=(f"objects.{files.VERSIONS}", f"objects.{files.ITEMS}")),
)
