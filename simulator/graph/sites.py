"""Sites, who works in the library of one, and which applications were let in.

Source: Graph reference, `site` and its `permissions`, and "List permissions" of a driveItem.
"""

import base64
import re
from typing import Any

from simulator.directory import Resource
from simulator.estate.files import DRIVES, ITEMS, PERMISSIONS, SITE_PERMISSIONS, SITES
from simulator.graph import listing, sharepoint
from simulator.graph.calls import NO_CONTENT, SELECT_ONLY, Answer, Call, Route
from simulator.graph.collection import Kind, checked, created, everything, listed
from simulator.graph.schema import Schema, plain
from simulator.graph.sharepoint import invalid, site_of
from simulator.site import not_simulated

_SITE = Kind(
    SITES,
    "sites",
    plain("Site", "id name displayName webUrl createdDateTime lastModifiedDateTime isPersonalSite siteCollection"),
)
_WRITABLE: dict[str, type] = {"roles": list, "grantedToIdentities": list, "grantedToIdentitiesV2": list}
_NAMES = frozenset(_WRITABLE) | {"id"}
_PERMISSION = Kind(
    SITE_PERMISSIONS, "permissions", Schema("Permission", _NAMES, _NAMES, filters={}, writable=_WRITABLE)
)
_ROLES = (["read"], ["write"], ["manage"], ["fullcontrol"], ["owner"])
_WORDS = re.compile(r"[^\W_]+")
_GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def _search(call: Call) -> Answer:
    """Sites whose name or address has all the words, or all sites for `*`."""
    if "$search" not in call.query:
        raise not_simulated("GET /sites without $search")
    text = call.query["$search"].strip('"')
    words = _WORDS.findall(text.casefold())
    sites = everything(call, _SITE).values()
    found = [one for one in sites if text == "*" or (words and _has(one, words))]
    names = listing.selected(call, _SITE.schema)
    return listing.paged(call, found, show=lambda one: listing.shown(one, names, schema=_SITE.schema), of=_SITE.of)


def _has(site: Resource, words: list[str]) -> bool:
    said = _WORDS.findall(f"{site['displayName']} {site['name']}".casefold())
    return all(any(one.startswith(word) for one in said) for word in words)


def _who_works_in(call: Call) -> Answer:
    """The permissions of the root of the site's library: groups of the site, and groups and people of the directory."""
    site, objects = site_of(call), call.directory.objects
    drive = next(one for one in objects[DRIVES].values() if one["siteId"] == site["id"])
    root = next(one for one in objects[ITEMS][drive["id"]].values() if "root" in one)
    held = list(objects[PERMISSIONS].get(root["id"], {}).values())
    return listing.paged(call, held, show=dict, of="permissions")


def _list(call: Call) -> Answer:
    """The applications; which role each has is shown with the one permission only."""
    listed_ones = [{**one, "roles": []} for one in _held(call).values()]
    return listed(call, _PERMISSION, resources=listed_ones)


def _held(call: Call) -> dict[str, Resource]:
    held: dict[str, Resource] = call.directory.objects[SITE_PERMISSIONS].setdefault(site_of(call)["id"], {})
    return held


def _grant(call: Call) -> Answer:
    fields = checked(call.fields(), _PERMISSION.schema)
    given = fields.get("grantedToIdentitiesV2") or fields.get("grantedToIdentities") or []
    apps: list[Any] = [one.get("application") for one in given if isinstance(one, dict)]
    if fields.get("roles") not in _ROLES or len(apps) != 1 or not _is_app(apps[0]):
        raise invalid("A permission of a site needs one role and one application.")
    app_id = apps[0]["id"].lower()
    login = f"i:0i.t|ms.sp.ext|{app_id}@{call.caller.tenant_id}"
    who = [{"application": {"id": app_id, "displayName": apps[0].get("displayName")}}]
    made = {
        "id": base64.urlsafe_b64encode(login.encode()).decode().rstrip("="),
        "roles": fields["roles"],
        "grantedToIdentities": who,
        "grantedToIdentitiesV2": who,
    }
    # An application has one entry in a site; granting again changes its role.
    return created(call, _PERMISSION, resource=made, held=_held(call))


def _is_app(app: object) -> bool:
    return isinstance(app, dict) and isinstance(app.get("id"), str) and _GUID.fullmatch(app["id"]) is not None


def _revoke(call: Call) -> Answer:
    held = _held(call)
    if call.parameters["permission"] not in held:
        raise sharepoint.item_not_found()
    sharepoint.check_match(call, site_of(call))
    del held[call.parameters["permission"]]
    return NO_CONTENT


def _read_sites(call: Call) -> None:
    if not sharepoint.SITE_READERS & call.caller.permissions:
        raise sharepoint.access_denied()


def _control(call: Call) -> None:
    """Full control of all sites, of an application alone."""
    if not call.caller.app_only or not sharepoint.SITE_OWNERS & call.caller.permissions:
        raise sharepoint.access_denied()


_ALL = "/sites/{site}/permissions"
_OPTIONS = SELECT_ONLY | {"$top", "$skiptoken"}

ROUTES = (
    Route("GET", "/sites", _search, (), right=_read_sites, options=_OPTIONS | {"$search"}),
    Route("GET", "/sites/{site}/drive/items/root/permissions", _who_works_in, (), right=_read_sites),
    Route("GET", _ALL, _list, (), right=_control, options=_OPTIONS),
    Route("POST", _ALL, _grant, (), right=_control),
    Route("DELETE", _ALL + "/{permission}", _revoke, (), right=_control),
)
