"""The actions and look-ups of the area "mail and files"."""

from typing import Any

from simulator.directory import Directory
from simulator.estate import files, mailboxes
from tests.agent.areas.example import Example

USER = "a568c719-7c70-5207-96f9-f39ffc875fb5"
OTHER = "f302284a-9c7e-55a1-a13c-27e64cf1ef29"
APP = "6b4c6b26-b39e-5b9a-a6c2-2fe7374468bc"
DRIVE, ITEM = "b!t18F8ybHHUq1z3O8PqvFG", "01NKDM7HMOJTVYMDOSXFDK2QJDXCDI3WUK"
SITE = "quillmere.sharepoint.example,961947d5-8cad-594f-a024-e6110a43462e,bc3f739c-b3cc-5aa6-b7e5-624cb874e1d8"
# Ids of Exchange have characters that a path must escape.
CALENDAR_ENTRY, RULE = "L289RXhjaGFuZ2U+w===", "AQAAAJ5dZqA="
ESCAPED_ENTRY, ESCAPED_RULE = "L289RXhjaGFuZ2U%2Bw%3D%3D%3D", "AQAAAJ5dZqA%3D"
GRANT = "aTowIy5mfG1lbWJlcnNoaXB8YW50b24"

WAS_REPLY: dict[str, Any] = {
    "status": "disabled",
    "external_audience": "all",
    "internal_html": "<html>\n<body>\nOld\n</body>\n</html>\n",
    "external_html": "",
    "starts_at": "2024-01-15T08:00:00.0000000",
    "ends_at": "2024-01-16T08:00:00.0000000",
}
WAS_RULE: dict[str, Any] = {
    "title": ".",
    "sequence": 1,
    "is_enabled": True,
    "actions": {"redirectTo": [{"emailAddress": {"address": "x@postbasket.example"}}], "delete": True},
    "conditions": {"subjectContains": ["invoice"]},
}

# Per action parameters that fit.
PARAMS: dict[str, dict[str, Any]] = {
    "exo.autoreply.set": {
        "user_id": USER,
        "status": "scheduled",
        "external_audience": "contactsOnly",
        "internal_text": "Away until <Monday> & Tuesday.\nAsk Anton.",
        "external_text": "Away.",
        "starts_at": "2026-11-24T08:00:00Z",
        "ends_at": "2026-11-28T08:00:00Z",
        "was": WAS_REPLY,
    },
    "exo.mailbox.settings.update": {
        "user_id": USER,
        "time_zone": "W. Europe Standard Time",
        "was_time_zone": "GMT Standard Time",
        "locale": "de-AT",
        "was_locale": "en-IE",
    },
    "exo.calendar.permission.grant": {"user_id": USER, "address": "anton.feiler@quillmere.example", "role": "read"},
    "exo.calendar.permission.update": {
        "user_id": USER,
        "permission_id": CALENDAR_ENTRY,
        "address": "anton.feiler@quillmere.example",
        "was_role": "read",
        "role": "write",
    },
    "exo.calendar.permission.revoke": {
        "user_id": USER,
        "permission_id": CALENDAR_ENTRY,
        "address": "anton.feiler@quillmere.example",
        "was_role": "delegateWithoutPrivateEventAccess",
    },
    "exo.inboxrule.disable": {"user_id": USER, "rule_id": RULE, "rule_title": "."},
    "exo.inboxrule.delete": {"user_id": USER, "rule_id": RULE, "was": WAS_RULE},
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


def _moment(text: str) -> dict[str, str]:
    return {"dateTime": f"{text}.0000000", "timeZone": "UTC"}


_SETTINGS = f"/users/{USER}/mailboxSettings"
_CALENDAR = f"/users/{USER}/calendar/calendarPermissions"
_RULES = f"/users/{USER}/mailFolders/inbox/messageRules"
_FILE = f"/drives/{DRIVE}/items/{ITEM}"
_OWN_FILE = f"/users/{USER}/drive/items/{ITEM}"
_NEW_REPLY = {
    "status": "scheduled",
    "externalAudience": "contactsOnly",
    "internalReplyMessage": (
        "<html>\n<body>\n<p>Away until &lt;Monday&gt; &amp; Tuesday.<br>\nAsk Anton.</p></body>\n</html>\n"
    ),
    "externalReplyMessage": "<html>\n<body>\n<p>Away.</p></body>\n</html>\n",
    "scheduledStartDateTime": _moment("2026-11-24T08:00:00"),
    "scheduledEndDateTime": _moment("2026-11-28T08:00:00"),
}
_OLD_REPLY = {
    "status": "disabled",
    "externalAudience": "all",
    "internalReplyMessage": WAS_REPLY["internal_html"],
    "externalReplyMessage": "",
    "scheduledStartDateTime": _moment("2024-01-15T08:00:00"),
    "scheduledEndDateTime": _moment("2024-01-16T08:00:00"),
}


def _share(role: str) -> dict[str, Any]:
    return {"emailAddress": {"address": "anton.feiler@quillmere.example"}, "role": role}


def _invite(role: str) -> dict[str, Any]:
    return {"recipients": [{"objectId": OTHER}], "requireSignIn": True, "sendInvitation": False, "roles": [role]}


# Per action the exact call and the exact inverse, or None when there is none: method, path, body.
CALLS: dict[str, tuple[tuple[str, str, Any], tuple[str, str, Any] | None]] = {
    "exo.autoreply.set": (
        ("PATCH", _SETTINGS, {"automaticRepliesSetting": _NEW_REPLY}),
        ("PATCH", _SETTINGS, {"automaticRepliesSetting": _OLD_REPLY}),
    ),
    "exo.mailbox.settings.update": (
        ("PATCH", _SETTINGS, {"timeZone": "W. Europe Standard Time", "language": {"locale": "de-AT"}}),
        ("PATCH", _SETTINGS, {"timeZone": "GMT Standard Time", "language": {"locale": "en-IE"}}),
    ),
    "exo.calendar.permission.grant": (
        ("POST", _CALENDAR, _share("read")),
        ("DELETE", f"{_CALENDAR}/{{created}}", None),
    ),
    "exo.calendar.permission.update": (
        ("PATCH", f"{_CALENDAR}/{ESCAPED_ENTRY}", {"role": "write"}),
        ("PATCH", f"{_CALENDAR}/{ESCAPED_ENTRY}", {"role": "read"}),
    ),
    "exo.calendar.permission.revoke": (
        ("DELETE", f"{_CALENDAR}/{ESCAPED_ENTRY}", None),
        ("POST", _CALENDAR, _share("delegateWithoutPrivateEventAccess")),
    ),
    "exo.inboxrule.disable": (
        ("PATCH", f"{_RULES}/{ESCAPED_RULE}", {"isEnabled": False}),
        ("PATCH", f"{_RULES}/{ESCAPED_RULE}", {"isEnabled": True}),
    ),
    "exo.inboxrule.delete": (
        ("DELETE", f"{_RULES}/{ESCAPED_RULE}", None),
        (
            "POST",
            _RULES,
            {
                "displayName": ".",
                "sequence": 1,
                "isEnabled": True,
                "actions": WAS_RULE["actions"],
                "conditions": WAS_RULE["conditions"],
            },
        ),
    ),
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
    "mailbox.settings": USER,
    "mailbox.rules": USER,
    "mailbox.calendar_permissions": USER,
    "mail.trace": "harriet.osgood@quillmere.example/2026-11-22T00:00:00Z/2026-11-24T00:00:00Z",
    "mail.trace.detail": f"{USER}/harriet.osgood@quillmere.example",
    "file.item": f"{DRIVE}/{ITEM}",
    "file.permissions": f"{DRIVE}/{ITEM}",
    "file.versions": f"{DRIVE}/{ITEM}",
    "user.drive": USER,
    "site.search": "Sales Room",
    "site.permissions": SITE,
}


def _reply(directory: Directory) -> dict[str, Any]:
    replies = directory.users[USER]["mailboxSettings"]["automaticRepliesSetting"]
    replies |= {"internalReplyMessage": WAS_REPLY["internal_html"], "externalReplyMessage": ""}
    was = {
        "starts_at": replies["scheduledStartDateTime"]["dateTime"],
        "ends_at": replies["scheduledEndDateTime"]["dateTime"],
    }
    return PARAMS["exo.autoreply.set"] | {"was": WAS_REPLY | was}


def _running_reply(directory: Directory) -> dict[str, Any]:
    """A schedule that ends early."""
    replies = directory.users[USER]["mailboxSettings"]["automaticRepliesSetting"]
    replies |= {**_NEW_REPLY, "externalReplyMessage": "<html>\n<body>\n<p>Until then</p></body>\n</html>\n"}
    was = {
        "status": "scheduled",
        "external_audience": "contactsOnly",
        "internal_html": _NEW_REPLY["internalReplyMessage"],
        "external_html": "<html>\n<body>\n<p>Until then</p></body>\n</html>\n",
        "starts_at": "2026-11-24T08:00:00.0000000",
        "ends_at": "2026-11-28T08:00:00.0000000",
    }
    return {"user_id": USER, "status": "disabled", "was": was}


def _settings(directory: Directory) -> dict[str, Any]:
    settings = directory.users[USER]["mailboxSettings"]
    was = {"was_time_zone": settings["timeZone"], "was_locale": settings["language"]["locale"]}
    formats = {"date_format": "d. MMM yyyy", "was_date_format": "dd/MM/yyyy", "time_format": "h:mm tt"}
    return PARAMS["exo.mailbox.settings.update"] | was | formats | {"was_time_format": "HH:mm"}


def _grant_calendar(_directory: Directory) -> dict[str, Any]:
    return PARAMS["exo.calendar.permission.grant"]


def _shared_calendar(directory: Directory, **more: Any) -> dict[str, Any]:
    """The calendar is shared already, in the spelling of the service."""
    address = directory.users[OTHER]["mail"]
    entry_id = "YW50b24uZmVpbGVyQHF1aWxsbWVyZS5leGFtcGxl"
    directory.objects[mailboxes.CALENDARS][USER][entry_id] = {
        "id": entry_id,
        "isRemovable": True,
        "isInsideOrganization": True,
        "role": "read",
        "allowedRoles": [
            "freeBusyRead",
            "limitedRead",
            "read",
            "write",
            "delegateWithoutPrivateEventAccess",
            "delegateWithPrivateEventAccess",
        ],
        "emailAddress": {"name": directory.users[OTHER]["displayName"], "address": address},
    }
    return {"user_id": USER, "permission_id": entry_id, "address": address, "was_role": "read", **more}


def _rule(directory: Directory) -> str:
    rule_id = mailboxes.rule_id("intruder")
    directory.objects[mailboxes.RULES][USER][rule_id] = {
        "id": rule_id,
        "displayName": ".",
        "sequence": 1,
        "isEnabled": True,
        "hasError": False,
        "isReadOnly": False,
        "actions": WAS_RULE["actions"],
        "conditions": WAS_RULE["conditions"],
        "exceptions": None,
    }
    return rule_id


def _disable_rule(directory: Directory) -> dict[str, Any]:
    return {"user_id": USER, "rule_id": _rule(directory), "rule_title": "."}


def _delete_rule(directory: Directory) -> dict[str, Any]:
    return {"user_id": USER, "rule_id": _rule(directory), "was": WAS_RULE}


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
    Example("exo.autoreply.set", _reply),
    Example("exo.autoreply.set", _running_reply),
    Example("exo.mailbox.settings.update", _settings),
    Example("exo.calendar.permission.grant", _grant_calendar),
    Example("exo.calendar.permission.update", lambda directory: _shared_calendar(directory, role="freeBusyRead")),
    Example(
        "exo.calendar.permission.revoke",
        _shared_calendar,
        # The entry shows the name that the person has by then.
        lost=(f"objects.{mailboxes.CALENDARS}.{USER}.YW50b24uZmVpbGVyQHF1aWxsbWVyZS5leGFtcGxl.emailAddress.name",),
    ),
    Example("exo.inboxrule.disable", _disable_rule),
    # A rule that is made again has another id.
    Example("exo.inboxrule.delete", _delete_rule, lost=(f"objects.{mailboxes.RULES}.{USER}",)),
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
