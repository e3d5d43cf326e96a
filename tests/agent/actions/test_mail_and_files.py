"""Mailboxes, calendars, inbox rules, files and sites: what is refused, what must be so before, and what is sent."""

from typing import Any

import pytest

from agent.actions import UnknownActionError, parse_step, seen
from agent.model.expectation import AllOf, FieldEquals, Gone, ListHolds
from simulator.clock import parse
from tests.agent.areas.mail_and_files import ITEM, OTHER, PARAMS, SITE, USER, WAS_REPLY, WAS_RULE

NOW = parse("2026-11-23T09:30:00Z")

REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("exo.autoreply.set", {"internal_text": "x" * 2_001}),
    ("exo.autoreply.set", {"internal_text": "bell\a"}),
    ("exo.autoreply.set", {"internal_text": None}),
    ("exo.autoreply.set", {"external_audience": None}),
    # Whom nobody outside is to get a reply for, no text goes out either; and the other way round.
    ("exo.autoreply.set", {"external_audience": "none"}),
    ("exo.autoreply.set", {"external_text": None}),
    ("exo.autoreply.set", {"status": "alwaysEnabled"}),
    ("exo.autoreply.set", {"status": "disabled"}),
    ("exo.autoreply.set", {"ends_at": None}),
    ("exo.autoreply.set", {"ends_at": "2026-11-24T08:00:00Z"}),
    ("exo.autoreply.set", {"ends_at": "2026-02-30T08:00:00Z"}),
    ("exo.autoreply.set", {"ends_at": "2026-11-28T08:00:00"}),
    ("exo.autoreply.set", {"was": {**WAS_REPLY, "internal_html": "x" * 8_001}}),
    ("exo.autoreply.set", {"was": {**WAS_REPLY, "anything": 1}}),
    ("exo.mailbox.settings.update", {"was_locale": None}),
    ("exo.mailbox.settings.update", {"time_format": "HH:mm"}),
    ("exo.mailbox.settings.update", {"time_zone": "UTC\n"}),
    ("exo.mailbox.settings.update", {"time_zone": None, "was_time_zone": None, "locale": None, "was_locale": None}),
    ("exo.calendar.permission.grant", {"role": "delegateWithPrivateEventAccess"}),
    ("exo.calendar.permission.grant", {"role": "none"}),
    ("exo.calendar.permission.grant", {"address": "anton.feiler"}),
    ("exo.calendar.permission.grant", {"address": "a@b@quillmere.example"}),
    ("exo.calendar.permission.grant", {"address": "anton feiler@quillmere.example"}),
    ("exo.calendar.permission.update", {"was_role": "custom"}),
    ("exo.calendar.permission.update", {"permission_id": ""}),
    ("exo.calendar.permission.update", {"permission_id": "white space"}),
    ("exo.inboxrule.disable", {"rule_title": "two\nlines"}),
    ("exo.inboxrule.disable", {"rule_title": ""}),
    ("exo.inboxrule.delete", {"was": {**WAS_RULE, "actions": {"delete": 1.5}}}),
    ("exo.inboxrule.delete", {"was": {**WAS_RULE, "actions": {"assignCategories": ["x" * 8_000]}}}),
    ("exo.inboxrule.delete", {"was": {**WAS_RULE, "is_enabled": 1}}),
    ("exo.inboxrule.delete", {"was": {**WAS_RULE, "sequence": True}}),
    ("spo.item.invite", {"drive_id": "b!x/../y"}),
    ("spo.item.invite", {"item_id": "root:/secret:"}),
    ("spo.item.invite", {"role": "owner"}),
    ("spo.item.invite", {"role": "write", "was_role": "write"}),
    ("spo.item.invite", {"role": "read", "was_role": "read"}),
    ("spo.item.link.create", {"scope": "anonymous"}),
    ("spo.item.permission.remove", {"was": {"kind": "grant", "user_id": OTHER, "role": "owner"}}),
    ("spo.item.permission.remove", {"was": {"kind": "link", "type": "blocksDownload", "scope": "users"}}),
    ("spo.site.permission.grant", {"role": "fullcontrol"}),
    ("spo.site.permission.grant", {"site_id": "quillmere.sharepoint.example"}),
    ("spo.site.permission.grant", {"site_id": SITE.upper()}),
    ("spo.item.version.restore", {"version": "3.0"}),
    ("spo.item.version.restore", {"version": "2.1"}),
    ("spo.item.restore", {"drive_id": "b!t18F8ybHHUq1z3O8PqvFG"}),
]


@pytest.mark.parametrize(("action", "change"), REFUSED)
def test_parameters_that_do_not_fit_are_refused(action: str, change: dict[str, Any]) -> None:
    with pytest.raises(UnknownActionError):
        parse_step(action, PARAMS[action] | change)


def test_a_link_has_no_holder_to_name() -> None:
    link = {"was": {"kind": "link", "type": "view", "scope": "anonymous"}, "user_name": "Mona Vasey"}
    with pytest.raises(UnknownActionError):
        parse_step("spo.item.permission.remove", PARAMS["spo.item.permission.remove"] | link)


def test_a_reply_is_text_to_the_last_character() -> None:
    hostile = "</p><script>alert(1)</script>\n&copy; \"x\" <a href='y'>"
    step = parse_step("exo.autoreply.set", PARAMS["exo.autoreply.set"] | {"internal_text": hostile})
    assert step.call.body is not None
    sent = step.call.body["automaticRepliesSetting"]["internalReplyMessage"]
    inside = sent.removeprefix("<html>\n<body>\n<p>").removesuffix("</p></body>\n</html>\n")
    assert inside.replace("<br>\n", "").count("<") == 0
    assert "&amp;copy;" in inside


def _shown(action: str, body: dict[str, Any], status: int = 200) -> str:
    expect = parse_step(action, PARAMS[action]).precondition
    assert expect is not None
    return seen(expect, status, body=body, attempted_at=NOW)


def _replies(**more: Any) -> dict[str, Any]:
    was = {
        "status": "disabled",
        "externalAudience": "all",
        "internalReplyMessage": WAS_REPLY["internal_html"],
        "externalReplyMessage": "",
        # Exchange moves the times of a schedule that is not on.
        "scheduledStartDateTime": {"dateTime": "2026-11-23T10:00:00.0000000", "timeZone": "UTC"},
    }
    return {"automaticRepliesSetting": was | more}


def test_replies_are_replaced_only_while_they_are_as_they_were_planned_over() -> None:
    assert _shown("exo.autoreply.set", _replies()) == "verified"
    assert _shown("exo.autoreply.set", _replies(internalReplyMessage="Somebody's new text")) == "refuted"
    assert _shown("exo.autoreply.set", _replies(status="alwaysEnabled")) == "refuted"
    assert _shown("exo.autoreply.set", _replies(), status=403) == "unknown"


def test_the_times_of_a_schedule_that_runs_are_compared_too() -> None:
    was = {**WAS_REPLY, "status": "scheduled"}
    step = parse_step("exo.autoreply.set", {"user_id": USER, "status": "disabled", "was": was})
    assert step.precondition is not None
    body = _replies(status="scheduled")
    assert seen(step.precondition, 200, body=body, attempted_at=NOW) == "refuted"


def test_switching_replies_off_sends_no_texts() -> None:
    step = parse_step("exo.autoreply.set", {"user_id": USER, "status": "disabled", "was": WAS_REPLY})
    assert step.call.body == {"automaticRepliesSetting": {"status": "disabled"}}


def test_only_what_is_set_is_read_compared_and_put_back() -> None:
    step = parse_step(
        "exo.mailbox.settings.update", {"user_id": USER, "date_format": "dd.MM.yyyy", "was_date_format": ""}
    )
    assert step.check.call.query == (("$select", "dateFormat"),)
    assert step.check.expect == AllOf(of=(FieldEquals(field="dateFormat", value="dd.MM.yyyy"),))
    assert step.undo is not None and step.undo.call.body == {"dateFormat": ""}


@pytest.mark.parametrize(
    ("change", "effect"),
    [
        ({}, "verified"),
        ({"role": "read"}, "refuted"),
        ({"emailAddress": {"address": "somebody.else@quillmere.example"}}, "refuted"),
        ({"emailAddress": {"name": "My Organization"}}, "unknown"),
        ({"isRemovable": False}, "refuted"),
    ],
)
def test_a_calendar_is_taken_only_from_the_person_who_had_it_in_that_role(change: dict[str, Any], effect: str) -> None:
    entry = {
        "emailAddress": {"address": "anton.feiler@quillmere.example"},
        "role": "delegateWithoutPrivateEventAccess",
        "isRemovable": True,
    }
    assert _shown("exo.calendar.permission.revoke", entry | change) == effect


def test_a_calendar_is_shared_only_when_the_person_has_that_very_role() -> None:
    check = parse_step("exo.calendar.permission.grant", PARAMS["exo.calendar.permission.grant"]).check
    everybody = {"id": "RGVmYXVsdA==", "role": "read", "emailAddress": {"name": "My Organization"}}
    anton = {"id": "x", "role": "read", "emailAddress": {"address": "Anton.Feiler@quillmere.example"}}

    def effect(*items: dict[str, Any]) -> str:
        return seen(check.expect, 200, body={"value": list(items)}, attempted_at=NOW)

    assert effect(everybody, anton) == "verified"
    assert effect(everybody, anton | {"role": "write"}) == "refuted"
    assert effect(everybody) == "unknown"


def test_an_id_fills_one_segment_of_a_path() -> None:
    entry = PARAMS["exo.calendar.permission.update"] | {"permission_id": "L289/x+y=="}
    step = parse_step("exo.calendar.permission.update", entry)
    assert step.call.path == f"/users/{USER}/calendar/calendarPermissions/L289%2Fx%2By%3D%3D"


@pytest.mark.parametrize("key", [".", "..", "a/../b", "a b", "x?y", "x#y", "x%2Fy", ""])
@pytest.mark.parametrize(
    ("action", "name"),
    [
        ("exo.calendar.permission.update", "permission_id"),
        ("exo.calendar.permission.revoke", "permission_id"),
        ("exo.inboxrule.disable", "rule_id"),
        ("exo.inboxrule.delete", "rule_id"),
        ("spo.item.permission.remove", "permission_id"),
    ],
)
def test_what_is_no_id_is_refused(action: str, name: str, key: str) -> None:
    with pytest.raises(UnknownActionError):
        parse_step(action, PARAMS[action] | {name: key})


@pytest.mark.parametrize(
    ("change", "effect"),
    [
        ({}, "verified"),
        ({"isEnabled": False}, "refuted"),
        ({"displayName": "Newsletters"}, "refuted"),
        ({"isReadOnly": True}, "refuted"),
        ({"isReadOnly": None}, "refuted"),
    ],
)
def test_a_rule_is_switched_off_only_if_it_is_the_one_on_the_card(change: dict[str, Any], effect: str) -> None:
    rule = {"displayName": ".", "isEnabled": True, "isReadOnly": False}
    assert _shown("exo.inboxrule.disable", rule | change) == effect


def test_a_rule_is_deleted_only_as_it_would_be_put_back() -> None:
    rule = {
        "displayName": ".",
        "sequence": 1,
        "isEnabled": True,
        "isReadOnly": False,
        "actions": WAS_RULE["actions"],
        "conditions": WAS_RULE["conditions"],
    }
    assert _shown("exo.inboxrule.delete", rule) == "verified"
    assert _shown("exo.inboxrule.delete", rule | {"actions": {"delete": True}}) == "refuted"
    assert _shown("exo.inboxrule.delete", rule | {"conditions": {"subjectContains": ["Invoice"]}}) == "refuted"


@pytest.mark.parametrize(
    ("role", "held", "effect"),
    [
        ("read", ["read"], "verified"),
        # Who may write may read; an invitation to read would change nothing, and its undo would take everything.
        ("read", ["write"], "verified"),
        ("write", ["write"], "verified"),
        ("write", ["read"], "refuted"),
    ],
)
def test_who_can_do_it_already_is_left_alone(role: str, held: list[str], effect: str) -> None:
    check = parse_step("spo.item.invite", PARAMS["spo.item.invite"] | {"role": role}).check
    link = {"id": "1", "roles": ["write"], "link": {"type": "edit", "scope": "organization"}}
    grant = {"id": "2", "roles": held, "grantedToV2": {"user": {"id": OTHER}}}
    assert seen(check.expect, 200, body={"value": [link, grant]}, attempted_at=NOW) == effect


def test_an_equal_link_is_left_alone_and_after_the_write_only_our_own_will_do() -> None:
    step = parse_step("spo.item.link.create", PARAMS["spo.item.link.create"])
    grant = {"id": "2", "roles": ["read"], "grantedToV2": {"user": {"id": OTHER}}}
    edit = {"id": "1", "link": {"type": "edit", "scope": "organization"}}
    narrow = {"id": "3", "link": {"type": "edit", "scope": "users"}}

    def effect(*items: dict[str, Any], created_id: str = "") -> str:
        body = {"value": [grant, narrow, *items]}
        return seen(step.check.expect, 200, body=body, attempted_at=NOW, created_id=created_id)

    assert effect(edit) == effect(edit, edit | {"id": "4"}) == "verified"
    # Neither another kind of link nor somebody else's equal one is taken for what our write made.
    assert effect() == effect(edit, created_id="4") == effect(created_id="3") == "refuted"
    assert effect(edit, created_id="1") == "verified"
    # Graph would answer with an older link of ours, and the undo would then remove that.
    assert step.precondition is not None
    for held, before in (([grant, narrow], "verified"), ([edit], "refuted")):
        assert seen(step.precondition, 200, body={"value": held}, attempted_at=NOW) == before


@pytest.mark.parametrize(
    ("was_role", "held", "effect"),
    [
        (None, None, "verified"),
        (None, ["read"], "refuted"),
        (None, ["owner"], "refuted"),
        ("read", ["read"], "verified"),
        ("read", None, "refuted"),
        ("read", ["owner"], "refuted"),
    ],
)
def test_an_invitation_is_sent_only_over_the_role_that_its_undo_puts_back(
    was_role: str | None, held: list[str] | None, effect: str
) -> None:
    step = parse_step("spo.item.invite", PARAMS["spo.item.invite"] | {"role": "write", "was_role": was_role})
    assert step.undo is not None and step.precondition is not None
    assert (step.undo.call.method, step.undo.call.body) == (
        ("PATCH", {"roles": ["read"]}) if was_role else ("DELETE", None)
    )
    link = {"id": "1", "roles": ["write"], "link": {"type": "edit", "scope": "organization"}}
    grants = [{"id": "2", "roles": held, "grantedToV2": {"user": {"id": OTHER}}}] if held else []
    assert seen(step.precondition, 200, body={"value": [link, *grants]}, attempted_at=NOW) == effect


@pytest.mark.parametrize(
    ("roles", "effect"),
    [(["read"], "verified"), (["write"], "refuted"), (["read", "write"], "refuted"), ([], "refuted")],
)
def test_a_raised_role_is_put_back_when_reading_is_left_and_writing_is_not(roles: list[str], effect: str) -> None:
    step = parse_step("spo.item.invite", PARAMS["spo.item.invite"] | {"role": "write", "was_role": "read"})
    assert step.undo is not None
    held = [{"id": one, "roles": [one], "grantedToV2": {"user": {"id": OTHER}}} for one in roles]
    assert seen(step.undo.check.expect, 200, body={"value": held}, attempted_at=NOW) == effect


@pytest.mark.parametrize(("scope", "why"), [("anonymous", "anybody"), ("users", "people"), ("organization", "")])
def test_a_link_is_made_again_only_where_that_puts_back_who_could_open_it(scope: str, why: str) -> None:
    was = {"was": {"kind": "link", "type": "view", "scope": scope}}
    step = parse_step("spo.item.permission.remove", PARAMS["spo.item.permission.remove"] | was)
    assert (step.undo is None) == bool(why) == bool(step.irreversible)
    assert why in step.irreversible


@pytest.mark.parametrize(
    ("was", "body", "effect"),
    [
        ({"kind": "grant", "user_id": OTHER, "role": "read"}, {"grantedToV2": {"user": {"id": OTHER}}}, "verified"),
        ({"kind": "grant", "user_id": OTHER, "role": "read"}, {"grantedToV2": {"user": {"id": USER}}}, "refuted"),
        ({"kind": "grant", "user_id": OTHER, "role": "write"}, {"grantedToV2": {"user": {"id": OTHER}}}, "refuted"),
        ({"kind": "link", "type": "view", "scope": "users"}, {"link": {"type": "view", "scope": "users"}}, "verified"),
        (
            {"kind": "link", "type": "view", "scope": "users"},
            {"link": {"type": "view", "scope": "anonymous"}},
            "refuted",
        ),
        ({"kind": "link", "type": "view", "scope": "users"}, {"grantedToV2": {"user": {"id": OTHER}}}, "unknown"),
    ],
)
def test_a_permission_is_removed_only_if_it_is_the_one_on_the_card(
    was: dict[str, Any], body: dict[str, Any], effect: str
) -> None:
    step = parse_step("spo.item.permission.remove", PARAMS["spo.item.permission.remove"] | {"was": was})
    assert step.precondition is not None
    assert seen(step.precondition, 200, body={"roles": ["read"], **body}, attempted_at=NOW) == effect


def test_whose_access_it_is_counts_as_the_one_it_is_for() -> None:
    grant = parse_step("spo.item.permission.remove", PARAMS["spo.item.permission.remove"])
    link = {"was": {"kind": "link", "type": "view", "scope": "users"}}
    assert grant.beneficiary_id == OTHER
    assert parse_step("spo.item.permission.remove", PARAMS["spo.item.permission.remove"] | link).beneficiary_id == ""
    shared = parse_step("exo.calendar.permission.grant", PARAMS["exo.calendar.permission.grant"])
    # The owner, not whoever gets in: asking for somebody's calendar is no request about oneself.
    assert (shared.beneficiary_id, shared.target.id, shared.target.owner_id) == (USER, USER, USER)


def test_an_application_that_has_an_entry_in_the_site_is_left_alone() -> None:
    step = parse_step("spo.site.permission.grant", PARAMS["spo.site.permission.grant"])
    held = {"id": "x", "grantedToIdentities": [{"application": {"id": PARAMS["spo.site.permission.grant"]["app_id"]}}]}
    assert step.precondition is not None
    assert seen(step.precondition, 200, body={"value": []}, attempted_at=NOW) == "verified"
    assert seen(step.precondition, 200, body={"value": [held]}, attempted_at=NOW) == "refuted"


def test_a_version_is_restored_only_while_the_planned_one_is_the_newest() -> None:
    def shown(*versions: str) -> str:
        return _shown("spo.item.version.restore", {"value": [{"id": one} for one in versions]})

    assert shown("3.0", "2.0", "1.0") == "verified"
    assert shown("4.0", "3.0", "2.0", "1.0") == "refuted"
    assert shown("2.0", "1.0") == "refuted"


def test_the_undo_of_a_restored_version_is_seen_by_a_version_of_its_own() -> None:
    step = parse_step("spo.item.version.restore", PARAMS["spo.item.version.restore"])
    assert step.undo is not None
    assert step.check.expect == ListHolds(field="value", key="id", value="4.0", present=True)
    assert step.undo.check.expect == ListHolds(field="value", key="id", value="5.0", present=True)


def test_a_deleted_item_is_brought_back_only_to_its_owners_own_drive() -> None:
    step = parse_step("spo.item.restore", PARAMS["spo.item.restore"])
    assert step.call.path == f"/users/{USER}/drive/items/{ITEM}/restore"
    assert (step.precondition, step.target.label) == (Gone(), "")
