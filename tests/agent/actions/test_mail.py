"""Mailboxes, calendars and inbox rules: what is refused, what must be so before, and what is sent."""

from typing import Any

import pytest

from agent.actions import UnknownActionError, parse_step, seen
from agent.model.expectation import AllOf, FieldEquals
from simulator.clock import parse
from tests.agent.areas.first import USER
from tests.agent.areas.mail import PARAMS, WAS_REPLY, WAS_RULE

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
]


@pytest.mark.parametrize(("action", "change"), REFUSED)
def test_parameters_that_do_not_fit_are_refused(action: str, change: dict[str, Any]) -> None:
    with pytest.raises(UnknownActionError):
        parse_step(action, PARAMS[action] | change)


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


def test_asking_for_somebodys_calendar_is_no_request_about_oneself() -> None:
    shared = parse_step("exo.calendar.permission.grant", PARAMS["exo.calendar.permission.grant"])
    # It is for the owner, not for whoever gets in.
    assert (shared.beneficiary_id, shared.target.id, shared.target.owner_id) == (USER, USER, USER)


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
