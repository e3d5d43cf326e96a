"""Questions about files and sites: which item this is, who may open it, whose drive is full, which sites there are."""

import re
from collections.abc import Mapping
from typing import Any

from agent.errors import DirectoryError
from agent.lookups.lookup import Lookup
from agent.lookups.quoting import is_object_id, object_id
from agent.lookups.reading import UnreadableError, id_of, inside, picked, records, texts
from agent.model.graph_call import GraphCall

_ITEM = "id,name,webUrl,parentReference,shared,lastModifiedDateTime"
_ITEM_SUBJECT = re.compile(r"([A-Za-z0-9!_-]{1,200})/([A-Za-z0-9!_-]{1,200})", re.ASCII)
_SITE_SUBJECT = re.compile(r"[a-z0-9.-]{1,200}(?:,[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}){2}", re.ASCII)
_WORDS = re.compile(r"[^\W_]+")

# More sites of one name than this are not told apart by reading on.
MAX_CANDIDATES = 25


def _path_of(subject: str) -> str:
    match = _ITEM_SUBJECT.fullmatch(subject)
    if match is None:
        raise DirectoryError("expected `drive id/item id` to look up a file, got something else")
    return f"/drives/{match[1]}/items/{match[2]}"


def _item_of(subject: str) -> GraphCall:
    return GraphCall(method="GET", path=_path_of(subject), query=(("$select", _ITEM),))


def _item(subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    if id_of(body) != subject.partition("/")[2]:
        raise UnreadableError("the answer is about another item")
    parent, shared = body.get("parentReference"), body.get("shared")
    place = picked(parent, driveType=str, path=str, siteId=str) if isinstance(parent, Mapping) else {}
    reach = {"shared_scope": shared.get("scope")} if isinstance(shared, Mapping) else {}
    names = picked(body, name=str, webUrl=str, lastModifiedDateTime=str)
    return {"id": id_of(body), **names, **place, **picked(reach, shared_scope=str)}


def _permissions_of(subject: str) -> GraphCall:
    return GraphCall(method="GET", path=f"{_path_of(subject)}/permissions")


def _permissions(_subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    return {"permissions": [_permission(one) for one in records(body)]}


def _permission(record: Mapping[str, Any]) -> dict[str, Any]:
    found = {"id": id_of(record), "roles": texts(record, "roles"), **picked(record, expirationDateTime=str)}
    if isinstance(holders := record.get("grantedToV2"), Mapping):
        # Whoever it is, one of them: a person, a directory group, or a group of the site.
        kinds = {
            kind: holders[kind] for kind in ("user", "group", "siteGroup") if isinstance(holders.get(kind), Mapping)
        }
        found |= {kind: picked(one, id=str, displayName=str) for kind, one in kinds.items()}
    if isinstance(link := record.get("link"), Mapping):
        found["link"] = _link(link)
    return {**found, "is_inherited": isinstance(record.get("inheritedFrom"), Mapping)}


def _link(link: Mapping[str, Any]) -> dict[str, Any]:
    shown = picked(link, type=str, scope=str, webUrl=str)
    # Whoever has the address of such a link has the file, so it is kept nowhere.
    return shown if shown.get("scope") in ("organization", "users") else {**shown, "webUrl": None}


def _versions_of(subject: str) -> GraphCall:
    query = (("$select", "id,lastModifiedDateTime,lastModifiedBy"),)
    return GraphCall(method="GET", path=f"{_path_of(subject)}/versions", query=query)


def _versions(_subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    return {"versions": [_version(one) for one in records(body)]}


def _version(record: Mapping[str, Any]) -> dict[str, Any]:
    by = record.get("lastModifiedBy")
    user = by.get("user") if isinstance(by, Mapping) else None
    who = {"lastModifiedBy": picked(user, id=str, displayName=str)} if isinstance(user, Mapping) else {}
    return {"id": id_of(record), **picked(record, lastModifiedDateTime=str), **who}


def _drive_of(subject: str) -> GraphCall:
    path = f"/users/{object_id(subject)}/drive"
    return GraphCall(method="GET", path=path, query=(("$select", "id,webUrl,quota"),))


def _drive(_subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    quota = inside(body, "quota")
    space = picked(quota, total=int, used=int, remaining=int, deleted=int, state=str)
    return {"id": id_of(body), **picked(body, webUrl=str), **space}


def _sites_of(subject: str) -> GraphCall:
    # Words only, in small letters: in the search language of SharePoint all else could be an operator.
    words = [word.lower() for word in _WORDS.findall(subject)]
    if not words:
        raise DirectoryError("expected a name to search for, got nothing")
    query = (("$search", " ".join(words)), ("$select", "id,displayName,webUrl"), ("$top", "25"))
    return GraphCall(method="GET", path="/sites", query=query)


def _sites(subject: str, body: Mapping[str, Any]) -> dict[str, Any] | None:
    found = [{"id": id_of(one), **picked(one, displayName=str, webUrl=str)} for one in records(body)]
    if not found:
        return None
    # Asked by an id, the one site of that id lends its name to a step that is about it.
    own = [one for one in found if one["id"] == subject]
    name = {"displayName": own[0].get("displayName")} if len(own) == 1 else {}
    return {"candidates": found[:MAX_CANDIDATES], "complete": len(found) <= MAX_CANDIDATES, **name}


def _applications_of(subject: str) -> GraphCall:
    if not _SITE_SUBJECT.fullmatch(subject):
        raise DirectoryError("expected a site's id to look up its permissions, got something else")
    return GraphCall(method="GET", path=f"/sites/{subject}/permissions")


def _applications(_subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    return {"permissions": [_application(one) for one in records(body)]}


def _workers_of(subject: str) -> GraphCall:
    if not _SITE_SUBJECT.fullmatch(subject):
        raise DirectoryError("expected a site's id to look up who works in it, got something else")
    return GraphCall(method="GET", path=f"/sites/{subject}/drive/items/root/permissions")


def _workers(_subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    # A site's own groups are known to SharePoint only; what a directory group may do, its members may.
    held = [_permission(one) for one in records(body)]
    groups = [{**one["group"], "roles": one["roles"]} for one in held if "group" in one]
    return {"groups": [one for one in groups if is_object_id(str(one.get("id")))]}


def _application(record: Mapping[str, Any]) -> dict[str, Any]:
    holders = record.get("grantedToIdentities")
    if not isinstance(holders, list):
        raise UnreadableError("expected a list in `grantedToIdentities`")
    apps = [
        one["application"]
        for one in holders
        if isinstance(one, Mapping) and isinstance(one.get("application"), Mapping)
    ]
    return {"id": id_of(record), "applications": [picked(one, id=str, displayName=str) for one in apps]}


# Subject: `drive id/item id`, for these three. Facts: `name`, where it is, and in `shared_scope` how far it is shared.
FILE_ITEM = Lookup("file.item", _item_of, _item, permission="Files.Read.All", throttle_class="sharepoint")

# Facts: `permissions`, each an id, `roles`, the holder or the link, and `is_inherited`.
FILE_PERMISSIONS = Lookup(
    "file.permissions", _permissions_of, _permissions, permission="Files.Read.All", throttle_class="sharepoint"
)

# Facts: `versions`, each an id such as `2.0`, when and by whom; SharePoint lists the newest first.
FILE_VERSIONS = Lookup(
    "file.versions", _versions_of, _versions, permission="Files.Read.All", throttle_class="sharepoint"
)

# Subject: a user's object id. Facts: the drive's id and its space in bytes. Absent: no OneDrive was ever opened.
USER_DRIVE = Lookup("user.drive", _drive_of, _drive, permission="Files.Read.All", throttle_class="sharepoint")

# Subject: words of a name. Facts: `candidates` and `complete`; none at all is absent.
SITE_SEARCH = Lookup("site.search", _sites_of, _sites, permission="Sites.Read.All", throttle_class="sharepoint")

# Subject: a site's id. Facts: `permissions`, the applications that were let into this one site.
SITE_PERMISSIONS = Lookup(
    "site.permissions", _applications_of, _applications, permission="Sites.FullControl.All", throttle_class="sharepoint"
)

# Subject: a site's id. Facts: `groups` of the directory that have the site's library, each id, displayName and roles.
# That the group of a site is listed under `grantedToV2.group` is not tried on a real tenant.
SITE_GROUPS = Lookup("site.groups", _workers_of, _workers, permission="Sites.Read.All", throttle_class="sharepoint")
