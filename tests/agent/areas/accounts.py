"""The actions and look-ups of the area "accounts"."""

from typing import Any

from simulator import roles, seed
from simulator.directory import Directory, Resource
from simulator.graph.recycling import BIN
from tests.agent.areas.example import Example
from tests.agent.areas.first import USER

MANAGER = "6e9e88f6-273e-540f-86b6-5b744db58467"
OTHER = "b17af91a-fbfe-5a66-84be-c15b1b877d49"
USERS = "https://graph.microsoft.com/v1.0/users"
PASSWORD = "28c10230-6103-485e-b985-444c60001490"
JOINER = {
    "upn": "d'arcy.nu@quillmere.example",
    "called": "D'Arcy Nú",
    "nickname": "darcy.nu",
    "given": "D'Arcy",
    "department": "Sales",
    "country": "PT",
    "receiver_id": MANAGER,
}
GUEST = "o'neil+bids@tendermill.example"
PROFILE = [
    {"field": "jobTitle", "to": "Buyer", "was": "Account Executive"},
    {"field": "officeLocation", "to": None, "was": "Porto"},
    {"field": "department", "to": "Production", "was": None},
]
PHONES = [
    {"field": "mobilePhone", "to": "+351 555 01", "was": None},
    {"field": "businessPhones", "to": None, "was": "+351 555 02"},
]

# Per action parameters that fit.
PARAMS: dict[str, dict[str, Any]] = {
    "entra.user.password.reset_admin": {"user_id": USER},
    "entra.user.password.force_change": {"user_id": USER},
    "entra.user.disable": {"user_id": USER},
    "entra.user.enable": {"user_id": USER},
    "entra.user.profile.update": {"user_id": USER, "changes": PROFILE},
    "entra.user.phone.update": {"user_id": USER, "changes": PHONES},
    "entra.user.upn.change": {"user_id": USER, "upn": "new.name@quillmere.example", "was_upn": "old@quillmere.example"},
    "entra.user.manager.set": {"user_id": USER, "manager_id": MANAGER, "was_manager_id": OTHER},
    "entra.user.manager.remove": {"user_id": USER, "was_manager_id": OTHER},
    "entra.user.create": JOINER,
    "entra.user.delete": {"user_id": USER},
    "entra.user.restore": {"user_id": USER},
    "entra.user.purge": {"user_id": USER},
    "entra.guest.invite": {"mail": GUEST, "called": "Fay O'Neil"},
}

ME = f"/users/{USER}"
ITEM = f"/directory/deletedItems/{USER}"


def _forced(forced: bool) -> dict[str, Any]:
    return {"passwordProfile": {"forceChangePasswordNextSignIn": forced}}


# Per action the exact call and the exact inverse, or None when there is none: method, path, body.
CALLS: dict[str, tuple[tuple[str, str, Any], tuple[str, str, Any] | None]] = {
    "entra.user.password.reset_admin": (
        ("POST", f"{ME}/authentication/methods/{PASSWORD}/resetPassword", {}),
        None,
    ),
    "entra.user.password.force_change": (("PATCH", ME, _forced(True)), ("PATCH", ME, _forced(False))),
    "entra.user.disable": (("PATCH", ME, {"accountEnabled": False}), ("PATCH", ME, {"accountEnabled": True})),
    "entra.user.enable": (("PATCH", ME, {"accountEnabled": True}), ("PATCH", ME, {"accountEnabled": False})),
    "entra.user.profile.update": (
        ("PATCH", ME, {"jobTitle": "Buyer", "officeLocation": None, "department": "Production"}),
        ("PATCH", ME, {"jobTitle": "Account Executive", "officeLocation": "Porto", "department": None}),
    ),
    "entra.user.phone.update": (
        ("PATCH", ME, {"mobilePhone": "+351 555 01", "businessPhones": []}),
        ("PATCH", ME, {"mobilePhone": None, "businessPhones": ["+351 555 02"]}),
    ),
    "entra.user.upn.change": (
        ("PATCH", ME, {"userPrincipalName": "new.name@quillmere.example"}),
        ("PATCH", ME, {"userPrincipalName": "old@quillmere.example"}),
    ),
    "entra.user.manager.set": (
        ("PUT", f"{ME}/manager/$ref", {"@odata.id": f"{USERS}/{MANAGER}"}),
        ("PUT", f"{ME}/manager/$ref", {"@odata.id": f"{USERS}/{OTHER}"}),
    ),
    "entra.user.manager.remove": (
        ("DELETE", f"{ME}/manager/$ref", None),
        ("PUT", f"{ME}/manager/$ref", {"@odata.id": f"{USERS}/{OTHER}"}),
    ),
    "entra.user.create": (
        (
            "POST",
            "/users",
            {
                "accountEnabled": True,
                "displayName": "D'Arcy Nú",
                "mailNickname": "darcy.nu",
                "userPrincipalName": "d'arcy.nu@quillmere.example",
                "passwordProfile": {"forceChangePasswordNextSignIn": True},
                "givenName": "D'Arcy",
                "department": "Sales",
                "usageLocation": "PT",
            },
        ),
        ("DELETE", "/users/{created}", None),
    ),
    "entra.user.delete": (("DELETE", ME, None), ("POST", f"{ITEM}/restore", None)),
    "entra.user.restore": (("POST", f"{ITEM}/restore", None), ("DELETE", ME, None)),
    "entra.user.purge": (("DELETE", ITEM, None), None),
    "entra.guest.invite": (
        (
            "POST",
            "/invitations",
            {
                "invitedUserEmailAddress": GUEST,
                "inviteRedirectUrl": "https://myapplications.microsoft.com",
                "sendInvitationMessage": True,
                "invitedUserDisplayName": "Fay O'Neil",
            },
        ),
        ("DELETE", "/users/{created}", None),
    ),
}

# Per look-up a subject.
SUBJECTS: dict[str, str] = {
    "tenant.org": "tenant",
    "tenant.domains": "tenant",
    "user.filter": "mail:o'shea@quillmere.example",
    "user.signin_activity": USER,
    "user.direct_reports": USER,
    "user.registration": USER,
    "deleted.user": USER,
    "deleted.users": "tenant",
}


def _named(directory: Directory, name: str) -> Resource:
    """The person of that name before the at sign, whatever else a test has changed."""
    return next(one for one in directory.users.values() if one["userPrincipalName"].startswith(f"{name}@"))


def _nuno(directory: Directory) -> dict[str, Any]:
    return {"user_id": _named(directory, "nuno.teles")["id"]}


def _unforced(directory: Directory) -> dict[str, Any]:
    nuno = _named(directory, "nuno.teles")
    nuno["passwordProfile"] = {"password": None, "forceChangePasswordNextSignIn": False}
    return {"user_id": nuno["id"]}


def _written_back(directory: Directory) -> dict[str, Any]:
    directory.password_writeback = True
    return {"user_id": _named(directory, "hugo.rast")["id"]}


def _blocked(directory: Directory) -> dict[str, Any]:
    _named(directory, "nuno.teles")["accountEnabled"] = False
    return _nuno(directory)


def _profile(directory: Directory) -> dict[str, Any]:
    _named(directory, "nuno.teles").update(
        {"jobTitle": "Account Executive", "officeLocation": "Porto", "department": None}
    )
    return {**_nuno(directory), "changes": PROFILE}


def _married(directory: Directory) -> dict[str, Any]:
    nuno = _named(directory, "nuno.teles")
    nuno.update({"displayName": "Nuno Teles", "surname": "Teles"})
    names = [("displayName", "Nuno D'Orey & 7", "Nuno Teles"), ("surname", "D'Orey", "Teles")]
    changes = [{"field": field, "to": to, "was": was} for field, to, was in names]
    return {"user_id": nuno["id"], "changes": changes}


def _phones(directory: Directory) -> dict[str, Any]:
    _named(directory, "nuno.teles").update({"mobilePhone": None, "businessPhones": ["+351 555 02"]})
    return {**_nuno(directory), "changes": PHONES}


def _renamed(directory: Directory) -> dict[str, Any]:
    nuno = _named(directory, "nuno.teles")
    return {"user_id": nuno["id"], "upn": "nuno.d'orey@quillmere.example", "was_upn": nuno["userPrincipalName"]}


def _managed(directory: Directory) -> dict[str, Any]:
    nuno, gwen = _named(directory, "nuno.teles")["id"], _named(directory, "gwen.tallow")["id"]
    return {"user_id": nuno, "manager_id": gwen, "was_manager_id": directory.managers[nuno]}


def _unmanaged(directory: Directory) -> dict[str, Any]:
    params = _managed(directory)
    del directory.managers[params["user_id"]]
    return {**params, "was_manager_id": None}


def _to_be_unmanaged(directory: Directory) -> dict[str, Any]:
    params = _managed(directory)
    return {name: params[name] for name in ("user_id", "was_manager_id")}


def _joiner(directory: Directory) -> dict[str, Any]:
    return {**JOINER, "receiver_id": _named(directory, "dominic.ashe")["id"]}


def _guest(_directory: Directory) -> dict[str, Any]:
    return {"mail": GUEST}


def _leaver(directory: Directory) -> dict[str, Any]:
    """Somebody with a report, a manager, a group and a licence."""
    return {"user_id": _named(directory, "anton.feiler")["id"]}


def _licensed_by_group(directory: Directory) -> dict[str, Any]:
    return {"user_id": _named(directory, "theo.blanc")["id"]}


def _owner(directory: Directory) -> dict[str, Any]:
    """Somebody who also owns groups and holds a directory role."""
    mona = _named(directory, "mona.vasey")["id"]
    seed.assign_role(directory, roles.REPORTS_READER, principal_id=mona)
    return {"user_id": mona}


def _gone(directory: Directory) -> dict[str, Any]:
    """Somebody without groups or licences, deleted a day ago."""
    user = directory.users.pop(_named(directory, "paul.verity")["id"])
    for licence in user["assignedLicenses"]:
        directory.skus[licence["skuId"]]["consumedUnits"] -= 1
    for linked in (*directory.members.values(), *directory.owners.values()):
        if user["id"] in linked:
            linked.remove(user["id"])
    directory.managers.pop(user["id"], None)
    for report in [one for one, manager in directory.managers.items() if manager == user["id"]]:
        del directory.managers[report]
    methods = directory.authentication_methods.pop(user["id"])
    links = {"groups": [], "manager": None, "reports": [], "methods": methods, "roles": []}
    record = {"id": user["id"], "kind": "user", "object": user, "links": links}
    directory.objects[BIN] = {user["id"]: {**record, "deletedDateTime": "2026-11-22T09:00:00Z"}}
    return {"user_id": user["id"]}


# A deleted account is kept for 30 days, and after a second deletion it is so anew.
_DELETED_AGAIN = (f"objects.{BIN}",)
# What Microsoft does not promise to restore.
_NOT_RESTORED = ("owners", "role_assignments")

EXAMPLES: tuple[Example, ...] = (
    Example("entra.user.password.reset_admin", _nuno),
    Example("entra.user.password.reset_admin", _written_back),
    Example("entra.user.password.force_change", _unforced),
    Example("entra.user.disable", _nuno),
    Example("entra.user.enable", _blocked),
    Example("entra.user.profile.update", _profile),
    Example("entra.user.profile.update", _married),
    Example("entra.user.phone.update", _phones),
    Example("entra.user.upn.change", _renamed),
    Example("entra.user.manager.set", _managed),
    Example("entra.user.manager.set", _unmanaged),
    Example("entra.user.manager.remove", _to_be_unmanaged),
    Example("entra.user.create", _joiner, lost=_DELETED_AGAIN),
    Example("entra.guest.invite", _guest, lost=_DELETED_AGAIN),
    Example("entra.user.delete", _leaver),
    Example("entra.user.delete", _licensed_by_group),
    Example("entra.user.delete", _owner, lost=_NOT_RESTORED),
    Example("entra.user.restore", _gone, lost=_DELETED_AGAIN),
    Example("entra.user.purge", _gone),
)
