"""Who may open a file or folder: permissions, invitations and links.

Source: Graph reference, resource types `permission` and `sharingLink`, and the pages of `invite` and `createLink`.
Invitations are for people of the directory; mail to others, passwords and links for some people are not simulated.
"""

from typing import Any

from simulator.directory import Resource
from simulator.estate.files import PERMISSIONS, grant_id, holder
from simulator.graph import sharepoint
from simulator.graph.calls import NO_CONTENT, SELECT_ONLY, Answer, Call, Route
from simulator.graph.collection import Kind, checked, shown
from simulator.graph.listing import paged, selected
from simulator.graph.schema import Schema, plain
from simulator.graph.sharepoint import READ, WRITE, invalid, item_of, may, permissions_of
from simulator.site import not_simulated

_NAMES = """
id roles grantedTo grantedToV2 grantedToIdentities grantedToIdentitiesV2 invitation link inheritedFrom shareId
expirationDateTime hasPassword
"""
_KIND = Kind(PERMISSIONS, "permissions", plain("Permission", _NAMES))
_INVITE: dict[str, type] = {
    "expirationDateTime": str,
    "message": str,
    "password": str,
    "recipients": list,
    "requireSignIn": bool,
    "retainInheritedPermissions": bool,
    "roles": list,
    "sendInvitation": bool,
}
_LINK: dict[str, type] = {
    "expirationDateTime": str,
    "message": str,
    "password": str,
    "recipients": list,
    "retainInheritedPermissions": bool,
    "scope": str,
    "sendNotification": bool,
    "type": str,
}
_ROLES = {"view": "read", "edit": "write"}
_RANKS = ("read", "write", "owner")


def _takes(name: str, writable: dict[str, type]) -> Schema:
    return Schema(name, frozenset(writable), frozenset(writable), filters={}, writable=writable)


_CHANGE = _takes("Permission", {"expirationDateTime": str, "roles": list})


def _list(call: Call) -> Answer:
    names = selected(call, _KIND.schema)
    found = list(permissions_of(call).values())
    return paged(call, found, show=lambda one: _shown(one, names), of=_KIND.of)


def _shown(permission: Resource, names: frozenset[str] | None) -> Resource:
    """What a permission has; a facet that it lacks is left out."""
    return {
        name: value
        for name, value in permission.items()
        if value is not None and (names is None or name in {*names, "id"})
    }


def _get(call: Call) -> Answer:
    return _about(call, _found(call))


def _about(call: Call, permission: Resource, *, status: int = 200) -> Answer:
    body = shown(call, permission, kind=_KIND).body or {}
    kept = {name: value for name, value in body.items() if value is not None}
    return Answer(status=status, body=kept)


def _found(call: Call) -> Resource:
    held = permissions_of(call)
    if call.parameters["permission"] not in held:
        raise sharepoint.item_not_found()
    return held[call.parameters["permission"]]


def _delete(call: Call) -> Answer:
    found = _found(call)
    sharepoint.check_match(call, item_of(call))
    if "inheritedFrom" in found or "owner" in found["roles"]:
        raise sharepoint.access_denied()
    del permissions_of(call)[found["id"]]
    _tell_reach(call)
    return NO_CONTENT


def _update(call: Call) -> Answer:
    """Only the roles of people can be changed (Graph documentation, "Update sharing permission")."""
    found = _found(call)
    fields = checked(call.fields(), _CHANGE)
    sharepoint.check_match(call, item_of(call))
    if set(fields) != {"roles"} or fields["roles"] not in (["read"], ["write"]):
        raise invalid("The roles are invalid.")
    if "link" in found:
        raise invalid("The permission of a link cannot be changed.")
    if "inheritedFrom" in found or "owner" in found["roles"]:
        raise sharepoint.access_denied()
    found["roles"] = fields["roles"]
    return _about(call, found)


def _invite(call: Call) -> Answer:
    fields = checked(call.fields(), _takes("Invite", _INVITE))
    _refuse(fields, ("password", "expirationDateTime", "retainInheritedPermissions"), of="invite")
    recipients, roles = fields.get("recipients"), fields.get("roles")
    if not recipients or not isinstance(recipients, list) or roles not in (["read"], ["write"]):
        raise invalid("The recipients or roles are invalid.")
    if fields.get("requireSignIn") is not True:
        # Without it the invitation carries a link that works for anybody.
        raise not_simulated("`requireSignIn` other than true on invite")
    people = [_recipient(call, one) for one in recipients]
    if not any(people):
        # The code inside of the error is `noResolvedUsers`, from public issues.
        raise invalid("The users could not be resolved.")
    granted = [_granted(call, user, role=roles[0]) for user in people]
    context = call.context("Collection(permission)")
    return Answer(body={"@odata.context": context, "value": [_shown(one, None) for one in granted]})


def _granted(call: Call, user: Resource | None, *, role: str) -> Resource:
    """One person's permission; a person has one, and an invitation never makes it less."""
    if user is None:
        # One recipient's failure does not fail the call for the others (documentation of `invite`, partial success).
        return {"roles": [], "invitation": {"signInRequired": True}}
    held = permissions_of(call)
    permission_id = grant_id(user)
    old = held.get(permission_id, {"roles": ["read"]})["roles"]
    rank = max(*map(_RANKS.index, old), _RANKS.index(role))
    who = holder(user)
    mailed = {"email": user["mail"], "signInRequired": True}
    held[permission_id] = {
        "id": permission_id,
        "roles": [_RANKS[rank]],
        "grantedTo": who,
        "grantedToV2": who,
        "invitation": mailed,
    }
    _tell_reach(call)
    return held[permission_id]


def _recipient(call: Call, recipient: Any) -> Resource | None:
    if not isinstance(recipient, dict) or set(recipient) - {"alias", "email", "objectId", "@odata.type"}:
        raise invalid("A recipient is invalid.")
    wanted = str(recipient.get("objectId") or "").lower()
    address = str(recipient.get("email") or "").casefold()
    people = call.directory.users.values()
    return next((one for one in people if one["id"] == wanted or (address and address == _mail(one))), None)


def _mail(user: Resource) -> str:
    return (user["mail"] or "").casefold()


def _create_link(call: Call) -> Answer:
    fields = checked(call.fields(), _takes("CreateLink", _LINK))
    _refuse(fields, ("password", "expirationDateTime", "recipients", "retainInheritedPermissions"), of="createLink")
    kind, scope = fields.get("type"), fields.get("scope")
    if kind not in _ROLES or scope not in ("anonymous", "organization", "users"):
        raise invalid("The type or scope of the link is invalid.")
    held = permissions_of(call)
    mine = (one for one in held.values() if one.get("link", {}).get("application", {}).get("id") == call.caller.app_id)
    same = next((one for one in mine if (one["link"]["type"], one["link"]["scope"]) == (kind, scope)), None)
    if same is not None:
        return _about(call, same)
    made: Resource = {"id": call.ids.guid(), "roles": [_ROLES[kind]], "shareId": f"u!{call.ids.letters(40)}"}
    host = item_of(call)["webUrl"].split("/")[2]
    application = {"id": call.caller.app_id, "displayName": call.caller.app_name}
    address = f"https://{host}/:w:/g/{call.ids.letters(24)}"
    made["link"] = {"type": kind, "scope": scope, "webUrl": address, "application": application}
    made |= {"grantedToIdentities": [], "grantedToIdentitiesV2": [], "hasPassword": False}
    held[made["id"]] = made
    _tell_reach(call)
    return _about(call, made, status=201)


def _refuse(fields: Resource, names: tuple[str, ...], *, of: str) -> None:
    for name in names:
        if fields.get(name) is not None:
            raise not_simulated(f"`{name}` on {of}")


def _tell_reach(call: Call) -> None:
    """Keep the facet that says how far an item is shared true to its permissions."""
    held = permissions_of(call).values()
    scopes = {one["link"]["scope"] for one in held if "link" in one}
    if any("user" in one.get("grantedToV2", {}) and "owner" not in one["roles"] for one in held):
        scopes.add("users")
    widest = next((one for one in ("anonymous", "organization", "users") if one in scopes), None)
    item_of(call)["shared"] = {"scope": widest} if widest else None


_ALL = "/drives/{drive}/items/{item}/permissions"
_ITEM = "/drives/{drive}/items/{item}"

ROUTES = (
    Route("GET", _ALL, _list, (), right=may(READ), options=SELECT_ONLY | {"$top", "$skiptoken"}),
    Route("GET", _ALL + "/{permission}", _get, (), right=may(READ), options=SELECT_ONLY),
    Route("PATCH", _ALL + "/{permission}", _update, (), right=may(WRITE)),
    Route("DELETE", _ALL + "/{permission}", _delete, (), right=may(WRITE)),
    Route("POST", f"{_ITEM}/invite", _invite, (), right=may(WRITE)),
    Route("POST", f"{_ITEM}/createLink", _create_link, (), right=may(WRITE)),
)
