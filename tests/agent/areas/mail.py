"""The actions and look-ups of the area "mail": mailboxes, calendars, inbox rules, mail on its way."""

from typing import Any

from simulator.directory import Directory
from simulator.estate import mailboxes
from tests.agent.areas.example import Example
from tests.agent.areas.first import USER

OTHER = "f302284a-9c7e-55a1-a13c-27e64cf1ef29"
# Ids of Exchange have characters that a path must escape.
CALENDAR_ENTRY, RULE = "L289RXhjaGFuZ2U+w===", "AQAAAJ5dZqA="
ESCAPED_ENTRY, ESCAPED_RULE = "L289RXhjaGFuZ2U%2Bw%3D%3D%3D", "AQAAAJ5dZqA%3D"

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
}


def _moment(text: str) -> dict[str, str]:
    return {"dateTime": f"{text}.0000000", "timeZone": "UTC"}


_SETTINGS = f"/users/{USER}/mailboxSettings"
_CALENDAR = f"/users/{USER}/calendar/calendarPermissions"
_RULES = f"/users/{USER}/mailFolders/inbox/messageRules"
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
}

# Per look-up a subject.
SUBJECTS: dict[str, str] = {
    "mailbox.settings": USER,
    "mailbox.rules": USER,
    "mailbox.calendar_permissions": USER,
    "mail.trace": "harriet.osgood@quillmere.example/2026-11-22T00:00:00Z/2026-11-24T00:00:00Z",
    "mail.trace.detail": f"{USER}/harriet.osgood@quillmere.example",
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
)
