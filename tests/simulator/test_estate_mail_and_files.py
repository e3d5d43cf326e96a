"""What a tenant file's mailboxes and sites become, and what is made up where it says nothing of them."""

import json
from typing import Any

import pytest

from simulator.directory import Directory
from simulator.errors import TenantFileError
from simulator.seed import directory_of
from simulator.tenant_file import parse
from tests.simulator.conftest import TENANT_FILE

SAMPLE = json.loads(TENANT_FILE.read_text())


def _made(**changes: Any) -> Directory:
    document = {name: value for name, value in {**SAMPLE, **changes}.items() if value is not None}
    return directory_of(parse(document))


def test_a_file_without_sections_gives_licensed_members_a_mailbox_and_a_drive_and_teams_a_site() -> None:
    users = [{name: value for name, value in one.items() if name != "mailboxSettings"} for one in SAMPLE["users"]]
    directory = _made(users=users, mailboxes=None, sites=None)
    licensed = {one["id"] for one in directory.users.values() if one["assignedLicenses"]}
    with_mailbox = {one["id"] for one in directory.users.values() if one.get("mailboxSettings")}
    assert with_mailbox == licensed == set(directory.objects["calendarPermissions"])
    owners = {one["ownerId"] for one in directory.objects["drives"].values() if one["ownerId"]}
    assert owners == licensed
    unified = {one["displayName"] for one in directory.groups.values() if "Unified" in one["groupTypes"]}
    assert {one["displayName"] for one in directory.objects["sites"].values()} == unified


def test_ids_are_the_same_in_every_run() -> None:
    first, second = _made().dump()["objects"], _made().dump()["objects"]
    for name in ("drives", "driveItems", "sites", "messageTraces", "itemPermissions"):
        assert first[name] == second[name]


def test_what_the_file_says_of_replies_and_rules_is_kept() -> None:
    replies = {"status": "alwaysEnabled", "internalReplyMessage": "<html>\n<body>\nx\n</body>\n</html>\n"}
    rule = {"displayName": ".", "actions": {"delete": True}}
    person = {
        **SAMPLE["users"][0],
        "mailboxSettings": {"automaticRepliesSetting": replies, "timeFormat": "H:mm"},
        "inboxRules": [rule],
    }
    directory = _made(users=[person, *SAMPLE["users"][1:]])
    settings = directory.users[person["id"]]["mailboxSettings"]
    shown = settings["automaticRepliesSetting"]
    assert (shown["status"], shown["externalAudience"], settings["timeFormat"]) == ("alwaysEnabled", "all", "H:mm")
    [kept] = directory.objects["messageRules"][person["id"]].values()
    assert (kept["displayName"], kept["isEnabled"], kept["sequence"]) == (".", True, 1)


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"sites": [{"title": "x", "path": "/sites/x", "group": "Nobody"}]}, r"sites\[0\].group"),
        ({"sites": [{"title": "x", "path": "/sites/x", "owners": ["nobody@x.example"]}]}, r"sites\[0\].owners"),
        ({"sites": [{"path": "/sites/x"}]}, "sites"),
        ({"mailboxes": [{"address": "x@y.example"}]}, r"mailboxes\[0\]"),
    ],
)
def test_a_wrong_site_or_mailbox_is_named(changes: dict[str, Any], key: str) -> None:
    with pytest.raises(TenantFileError, match=key):
        _made(**changes)


def test_a_shared_mailbox_that_has_an_account_already_gets_no_second_one() -> None:
    mona = next(one for one in SAMPLE["users"] if one["userPrincipalName"].startswith("mona."))
    directory = _made(mailboxes=[{"address": mona["userPrincipalName"].upper(), "displayName": "Mona"}])
    assert len(directory.users) == len(_made(mailboxes=[]).users)
