"""What SharePoint and OneDrive add to every call about a file or site: who may make it, errors, and finding things.

A user's token reaches what the user may open: their own drive, the libraries of sites whose group they are in, and
items they were let into. An application's permission reaches everything. Source: Graph documentation, "Microsoft
Graph error responses" for the codes; the texts are not documented.
"""

from collections.abc import Callable
from dataclasses import dataclass

from simulator.directory import Resource
from simulator.errors import GraphError
from simulator.estate.files import DRIVES, ITEMS, PERMISSIONS, SITES
from simulator.graph.calls import Call, bad_request, find_user

_READ = frozenset({"Files.Read.All", "Files.ReadWrite.All", "Sites.Read.All", "Sites.ReadWrite.All"})
_WRITE = frozenset({"Files.ReadWrite.All", "Sites.ReadWrite.All"})
SITE_READERS = frozenset({"Sites.Read.All", "Sites.ReadWrite.All"})
SITE_OWNERS = frozenset({"Sites.FullControl.All"})


@dataclass(frozen=True, slots=True)
class Need:
    """What a call needs: `alone` of an application, `delegated` of a user's token, and whether it changes things."""

    alone: frozenset[str]
    delegated: frozenset[str]
    writes: bool


READ = Need(_READ, _READ | {"Files.Read", "Files.ReadWrite"}, writes=False)
WRITE = Need(_WRITE, _WRITE | {"Files.ReadWrite"}, writes=True)
RESTORE = Need(frozenset({"Files.ReadWrite.All"}), frozenset({"Files.ReadWrite.All"}), writes=True)


def access_denied() -> GraphError:
    """403: the token lacks the permission, or the user has no right over the item."""
    return GraphError(403, "accessDenied", message="The caller does not have permission to perform the action.")


def item_not_found() -> GraphError:
    """404: no such drive, item, permission, version or site."""
    return GraphError(404, "itemNotFound", message="The resource could not be found.")


def invalid(message: str) -> GraphError:
    """400 with the code that SharePoint uses."""
    return bad_request(message, code="invalidRequest")


def drive_of(call: Call) -> Resource:
    """The drive that the path names, by its id or by its owner.

    Raises:
        GraphError: (404) there is none.
    """
    drives = call.directory.objects.get(DRIVES, {})
    if "drive" in call.parameters:
        drive = drives.get(call.parameters["drive"])
    else:
        owner_id = find_user(call)["id"]
        drive = next((one for one in drives.values() if one["ownerId"] == owner_id), None)
    if drive is None:
        raise item_not_found()
    return drive


def item_of(call: Call) -> Resource:
    """The file or folder that the path names, which is not deleted.

    Raises:
        GraphError: (404) there is none.
    """
    items: dict[str, Resource] = call.directory.objects[ITEMS].get(drive_of(call)["id"], {})
    if call.parameters["item"] not in items:
        raise item_not_found()
    return items[call.parameters["item"]]


def permissions_of(call: Call) -> dict[str, Resource]:
    """The permissions of the path's item by id."""
    held: dict[str, Resource] = call.directory.objects[PERMISSIONS].setdefault(item_of(call)["id"], {})
    return held


def site_of(call: Call) -> Resource:
    """The site that the path names.

    Raises:
        GraphError: (404) there is none.
    """
    site = call.directory.objects.get(SITES, {}).get(call.parameters["site"].lower())
    if site is None:
        raise item_not_found()
    return site


def may(need: Need) -> Callable[[Call], None]:
    """The right of whoever has the permission and, as a user, the item."""

    def right(call: Call) -> None:
        wanted = need.alone if call.caller.app_only else need.delegated
        if not wanted & call.caller.permissions:
            raise access_denied()
        if not call.caller.app_only and not _reaches(call, writes=need.writes):
            raise access_denied()

    return right


def _reaches(call: Call, *, writes: bool) -> bool:
    drive, me = drive_of(call), call.caller.object_id
    if drive["ownerId"] == me:
        return True
    site = call.directory.objects[SITES].get(drive["siteId"] or "")
    if site is not None and (me in site["ownerIds"] or me in _members(call, site)):
        return True
    held = call.directory.objects[PERMISSIONS].get(call.parameters.get("item", ""), {}).values()
    mine = [one["roles"] for one in held if one.get("grantedToV2", {}).get("user", {}).get("id") == me]
    return any("write" in roles or not writes for roles in mine)


def _members(call: Call, site: Resource) -> list[str]:
    group_id = site["groupId"]
    return [*call.directory.members.get(group_id, []), *call.directory.owners.get(group_id, [])] if group_id else []


def check_match(call: Call, resource: Resource) -> None:
    """Only an object that is still as the caller saw it may be changed, when the caller says so by `If-Match`.

    Raises:
        GraphError: (412) it has changed.
    """
    if call.if_match not in ("", "*", resource.get("eTag")):
        raise GraphError(412, "resourceModified", message="ETag does not match current item's value.")


def touched(resource: Resource) -> None:
    """Give a changed item a new tag."""
    for name in ("eTag", "cTag"):
        head, _, number = resource[name].strip('"').rpartition(",")
        resource[name] = f'"{head},{int(number) + 1}"'
