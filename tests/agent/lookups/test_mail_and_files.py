"""Mailboxes, mail on its way, files and sites: what is asked, and what answers become."""

from datetime import UTC, datetime
from typing import Any

import pytest

from agent.actions import parse_step
from agent.errors import DirectoryError
from agent.lookups import LOOKUPS
from agent.lookups.facts import needed_lookups
from agent.model.observation import Observation
from policy.canonical import digest
from tests.agent.areas.collected import PARAMS, SUBJECTS
from tests.agent.areas.files import DRIVE, ITEM, SITE
from tests.agent.areas.first import USER
from tests.agent.areas.mail import OTHER, WAS_REPLY
from tests.agent.lookups.observed import ADDRESS, MONA, REQUEST, profile, told, world
from tests.agent.lookups.observed import OTHER as COLLEAGUE

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def seen(name: str, body: Any, *, subject: str = "", status: int = 200) -> Observation:
    return LOOKUPS[name].observe(subject or SUBJECTS[name], status, body=body, request_id="r-1", now=NOW)


SETTINGS = {
    "@odata.context": "x",
    "automaticRepliesSetting": {
        "status": "scheduled",
        "externalAudience": "all",
        "internalReplyMessage": "<html>Away</html>",
        "externalReplyMessage": None,
        "scheduledStartDateTime": {"dateTime": "2026-11-24T08:00:00.0000000", "timeZone": "UTC"},
    },
    "timeZone": "GMT Standard Time",
    "language": {"locale": "en-GB", "displayName": "English"},
    "dateFormat": "",
    "timeFormat": None,
    "userPurpose": "shared",
    "archiveFolder": "not asked for",
}


def test_settings_keep_the_replies_as_they_are_so_that_they_can_be_put_back() -> None:
    facts = seen("mailbox.settings", SETTINGS).facts
    assert facts["automaticRepliesSetting"] == SETTINGS["automaticRepliesSetting"]
    assert (facts["locale"], facts["userPurpose"], facts["dateFormat"], facts["timeFormat"]) == (
        "en-GB",
        "shared",
        "",
        None,
    )
    assert "archiveFolder" not in facts
    assert digest(facts)


@pytest.mark.parametrize(
    "replies", [None, "disabled", {}, {"status": None}, {"status": "disabled", "externalAudience": 1}]
)
def test_settings_without_readable_replies_are_unknown(replies: Any) -> None:
    assert seen("mailbox.settings", SETTINGS | {"automaticRepliesSetting": replies}).state == "unknown"


RULE = {
    "id": "AQAAAJ5dZqA=",
    "displayName": ".",
    "sequence": 1,
    "isEnabled": True,
    "isReadOnly": False,
    "actions": {"redirectTo": [{"emailAddress": {"address": "x@postbasket.example"}}]},
    "exceptions": None,
}


def test_rules_say_what_they_do_under_their_own_id() -> None:
    [rule] = seen("mailbox.rules", {"value": [RULE]}).facts["rules"]
    assert (rule["id"], rule["actions"]) == ("AQAAAJ5dZqA=", RULE["actions"])
    assert "exceptions" not in rule and "conditions" not in rule
    assert seen("mailbox.rules", {"value": []}).facts == {"rules": []}


@pytest.mark.parametrize(
    "change", [{"id": ""}, {"isEnabled": 1}, {"actions": ["delete"]}, {"conditions": {"withinSizeRange": 1.5}}]
)
def test_a_rule_of_another_shape_makes_them_all_unknown(change: dict[str, Any]) -> None:
    assert seen("mailbox.rules", {"value": [RULE, RULE | change]}).state == "unknown"


def test_a_calendar_tells_a_person_from_the_whole_organisation() -> None:
    everybody = {"id": "RGVmYXVsdA==", "role": "freeBusyRead", "emailAddress": {"name": "My Organization"}}
    person = {"id": "x", "role": "write", "isRemovable": True, "emailAddress": {"address": "a@b.example", "name": "A"}}
    found = seen("mailbox.calendar_permissions", {"value": [everybody, person]}).facts["permissions"]
    assert "address" not in found[0]
    assert (found[1]["address"], found[1]["role"]) == ("a@b.example", "write")
    assert seen("mailbox.calendar_permissions", {"value": [{"id": "x", "role": "read"}]}).state == "unknown"


TRACE = {
    "id": USER.upper(),
    "messageId": "<1@x>",
    "receivedDateTime": "2026-11-23T07:30:00Z",
    "senderAddress": "news@quillmere.example",
    "recipientAddress": "Harriet.Osgood@quillmere.example",
    "status": "filteredAsSpam",
    "subject": "Redundancies",
}


def test_a_trace_says_who_when_and_what_became_of_it_but_not_what_it_was_about() -> None:
    [message] = seen("mail.trace", {"value": [TRACE]}).facts["messages"]
    assert (message["id"], message["status"]) == (USER, "filteredAsSpam")
    assert "Redundancies" not in str(message)
    assert "subject" not in dict(LOOKUPS["mail.trace"].call(SUBJECTS["mail.trace"]).query)["$select"]
    assert seen("mail.trace", {"value": []}).facts == {"messages": []}


def test_a_trace_of_other_peoples_mail_is_not_believed() -> None:
    assert seen("mail.trace", {"value": [TRACE | {"recipientAddress": "mona@quillmere.example"}]}).state == "unknown"
    assert seen("mail.trace", {"value": [TRACE | {"recipientAddress": None}]}).state == "unknown"


@pytest.mark.parametrize(
    "subject",
    [
        "harriet@quillmere.example",
        "harriet@quillmere.example/2026-11-22T00:00:00Z",
        "harriet@quillmere.example/2026-11-24T00:00:00Z/2026-11-22T00:00:00Z",
        "harriet@quillmere.example/2026-11-01T00:00:00Z/2026-11-24T00:00:00Z",
        "harriet@quillmere.example/2026-11-31T00:00:00Z/2026-12-01T00:00:00Z",
        "harriet@quillmere.example/2026-11-22T00:00:00Z/2026-11-24T00:00:00Z or true",
        "nobody/2026-11-22T00:00:00Z/2026-11-24T00:00:00Z",
    ],
)
def test_mail_is_traced_for_one_address_in_a_short_span_only(subject: str) -> None:
    with pytest.raises(DirectoryError):
        LOOKUPS["mail.trace"].call(subject)


def test_a_hostile_address_stays_one_literal_in_a_trace() -> None:
    address = "o'hare/x'or'1'eq'1@quillmere.example"
    call = LOOKUPS["mail.trace"].call(f"{address}/2026-11-22T00:00:00Z/2026-11-23T00:00:00Z")
    quoted = "'" + address.replace("'", "''") + "'"
    assert dict(call.query)["$filter"].endswith(f"recipientAddress eq {quoted}")
    detail = LOOKUPS["mail.trace.detail"].call(f"{USER}/{address}").path
    assert detail.endswith("getDetailsByRecipient(recipientAddress='o''hare%2Fx''or''1''eq''1%40quillmere.example')")


def test_the_steps_of_a_message_are_told_and_nothing_of_its_data() -> None:
    event = {"event": "Fail", "dateTime": "2026-11-23T07:30:00Z", "description": "Mailbox full", "data": "<root/>"}
    [found] = seen("mail.trace.detail", {"value": [event]}).facts["events"]
    assert (found["event"], found["description"]) == ("Fail", "Mailbox full")
    assert "data" not in found
    assert seen("mail.trace.detail", {"value": [{"dateTime": "x"}]}).state == "unknown"


def test_an_item_says_what_it_is_called_where_it_is_and_how_far_it_is_shared() -> None:
    body = {
        "id": ITEM,
        "name": "Plan.docx",
        "parentReference": {"driveType": "business", "path": "/root:"},
        "shared": {"scope": "users", "owner": {}},
        "size": 5,
    }
    facts = seen("file.item", body).facts
    assert facts == {
        "id": ITEM,
        "name": "Plan.docx",
        "driveType": "business",
        "path": "/root:",
        "shared_scope": "users",
    }
    assert "shared_scope" not in seen("file.item", {"id": ITEM, "name": "x"}).facts


@pytest.mark.parametrize("item_id", [ITEM.lower(), "01OTHER"])
def test_an_answer_about_another_item_is_unknown(item_id: str) -> None:
    assert seen("file.item", {"id": item_id, "name": "x"}).state == "unknown"


def test_permissions_tell_people_groups_and_links_apart_and_what_is_inherited() -> None:
    items = [
        {"id": "1", "roles": ["read"], "grantedToV2": {"user": {"id": OTHER, "displayName": "Anton", "email": "a@b"}}},
        {"id": "2", "roles": ["write"], "grantedToV2": {"siteGroup": {"id": "5"}}, "inheritedFrom": {"id": "root"}},
        {"id": "3", "roles": ["read"], "link": {"type": "view", "scope": "organization", "webUrl": "https://x/1"}},
    ]
    found = seen("file.permissions", {"value": items}).facts["permissions"]
    assert found[0]["user"] == {"id": OTHER, "displayName": "Anton"}
    assert (found[1]["siteGroup"], found[1]["is_inherited"]) == ({"id": "5"}, True)
    assert (found[2]["link"]["webUrl"], found[2]["is_inherited"]) == ("https://x/1", False)


@pytest.mark.parametrize("scope", ["anonymous", "existingAccess", None])
def test_the_address_of_a_link_that_opens_for_anybody_is_kept_nowhere(scope: str | None) -> None:
    link = {"id": "3", "roles": ["read"], "link": {"type": "view", "scope": scope, "webUrl": "https://x/secret"}}
    assert "secret" not in str(seen("file.permissions", {"value": [link]}))


def test_versions_are_told_with_who_made_them() -> None:
    item = {"id": "2.0", "lastModifiedDateTime": "t", "lastModifiedBy": {"user": {"id": OTHER}}, "size": 7}
    assert seen("file.versions", {"value": [item]}).facts == {
        "versions": [{"id": "2.0", "lastModifiedDateTime": "t", "lastModifiedBy": {"id": OTHER}}]
    }


def test_a_drive_tells_its_space_in_whole_bytes() -> None:
    drive = {"id": "b!x", "webUrl": "https://x", "quota": {"total": 10, "used": 9, "remaining": 1, "state": "critical"}}
    assert seen("user.drive", drive).facts["state"] == "critical"
    assert seen("user.drive", drive | {"quota": None}).state == "unknown"
    assert seen("user.drive", drive | {"quota": {"total": 1.5}}).state == "unknown"
    assert seen("user.drive", {}, status=404).state == "absent"


@pytest.mark.parametrize("text", ["path:x OR Finance", '"Finance" AND NOT x', "Finance*", "title:(x) NEAR Finance"])
def test_a_name_of_a_site_is_words_and_never_a_search_language(text: str) -> None:
    searched = dict(LOOKUPS["site.search"].call(text).query)["$search"]
    assert all(word.isalnum() and word == word.lower() for word in searched.split())
    assert "finance" in searched.split()


def test_sites_are_candidates_and_an_id_lends_its_own_site_a_name() -> None:
    site = {"id": SITE, "displayName": "Finance", "webUrl": "https://x"}
    assert "displayName" not in seen("site.search", {"value": [site]}).facts
    assert seen("site.search", {"value": [site]}, subject=SITE).facts["displayName"] == "Finance"
    assert seen("site.search", {"value": []}).state == "absent"
    many = [{"id": str(number)} for number in range(26)]
    facts = seen("site.search", {"value": many}).facts
    assert (len(facts["candidates"]), facts["complete"]) == (25, False)


def test_the_applications_in_a_site_are_told() -> None:
    entry = {"id": "x", "grantedToIdentities": [{"application": {"id": USER, "displayName": "Mirror"}}]}
    facts = seen("site.permissions", {"value": [entry]}).facts
    assert facts == {"permissions": [{"id": "x", "applications": [{"id": USER, "displayName": "Mirror"}]}]}
    assert seen("site.permissions", {"value": [{"id": "x"}]}).state == "unknown"


@pytest.mark.parametrize("subject", ["b!x/y/z", "b!x/root:", "b!x/", "/y", "b!x/y?z", "b!x/..", "b!ä/y"])
@pytest.mark.parametrize("name", ["file.item", "file.permissions", "file.versions"])
def test_an_item_is_named_by_two_plain_ids(name: str, subject: str) -> None:
    with pytest.raises(DirectoryError):
        LOOKUPS[name].call(subject)


@pytest.mark.parametrize(
    "name", ["mailbox.rules", "mailbox.calendar_permissions", "mail.trace", "file.permissions", "file.versions"]
)
def test_a_list_with_pages_left_unread_is_unknown(name: str) -> None:
    assert seen(name, {"value": [], "@odata.nextLink": "more"}).state == "unknown"


@pytest.mark.parametrize(("name", "is_told"), [("Plan.docx", True), ("Salaries.xlsx", False)])
def test_a_step_that_calls_a_file_by_another_name_is_not_decided(name: str, is_told: bool) -> None:
    named = {"user_id": COLLEAGUE, "user_name": "Mona Vasey", "target_name": "Plan.docx"}
    step = parse_step("spo.item.invite", PARAMS["spo.item.invite"] | named)
    facts = told(step, world(**{f"file.item:{DRIVE}/{ITEM}": {"id": ITEM, "name": name}}))
    assert bool(facts) is is_told
    assert not is_told or (facts["target.kind"], facts["request.on_self"]) == ("site", False)


@pytest.mark.parametrize(("name", "is_told"), [("Mona Vasey", True), ("Anton Feiler", False)])
def test_a_step_that_calls_a_mailbox_by_another_name_is_not_decided(name: str, is_told: bool) -> None:
    step = parse_step(
        "exo.autoreply.set", {"user_id": MONA, "user_name": "Mona Vasey", "status": "disabled", "was": WAS_REPLY}
    )
    facts = told(step, world(**{f"user.get:{ADDRESS}": profile(MONA, displayName=name)}))
    assert bool(facts) is is_told
    assert not is_told or (facts["target.kind"], facts["request.on_self"]) == ("mailbox", True)


def test_a_site_is_searched_for_only_to_prove_its_name() -> None:
    grant = PARAMS["spo.site.permission.grant"]
    nameless, named = (
        parse_step("spo.site.permission.grant", grant | more) for more in ({}, {"target_name": "Finance"})
    )
    asked = [{name for name, _ in needed_lookups(one, REQUEST, requester_id=MONA)} for one in (nameless, named)]
    assert ["site.search" in one for one in asked] == [False, True]
    assert told(nameless, world())
    assert told(named, world()) == {}
