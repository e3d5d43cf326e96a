"""Files and sites: what is refused, what must be so before, and what is sent."""

from typing import Any

import pytest

from agent.actions import UnknownActionError, parse_step, seen
from agent.model.expectation import Gone, ListHolds
from simulator.clock import parse
from tests.agent.areas.files import ITEM, PARAMS, SITE
from tests.agent.areas.first import USER
from tests.agent.areas.mail import OTHER

NOW = parse("2026-11-23T09:30:00Z")

REFUSED: list[tuple[str, dict[str, Any]]] = [
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


@pytest.mark.parametrize("key", [".", "..", "a/../b", "a b", "x?y", "x#y", "x%2Fy", ""])
def test_what_is_no_id_of_a_permission_is_refused(key: str) -> None:
    with pytest.raises(UnknownActionError):
        parse_step("spo.item.permission.remove", PARAMS["spo.item.permission.remove"] | {"permission_id": key})


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


def test_an_application_that_has_an_entry_in_the_site_is_left_alone() -> None:
    step = parse_step("spo.site.permission.grant", PARAMS["spo.site.permission.grant"])
    held = {"id": "x", "grantedToIdentities": [{"application": {"id": PARAMS["spo.site.permission.grant"]["app_id"]}}]}
    assert step.precondition is not None
    assert seen(step.precondition, 200, body={"value": []}, attempted_at=NOW) == "verified"
    assert seen(step.precondition, 200, body={"value": [held]}, attempted_at=NOW) == "refuted"


def test_a_version_is_restored_only_while_the_planned_one_is_the_newest() -> None:
    expect = parse_step("spo.item.version.restore", PARAMS["spo.item.version.restore"]).precondition
    assert expect is not None

    def shown(*versions: str) -> str:
        return seen(expect, 200, body={"value": [{"id": one} for one in versions]}, attempted_at=NOW)

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
