"""The catalogue: exact calls, what it refuses, and the published contract of Microsoft Graph."""

import json
import re
from typing import Any

import pytest

from agent.actions import CATALOGUE, TARGET_KINDS, UnknownActionError, parse_step
from agent.model.expectation import ChangedSince, ListHolds, ListHoldsCreated
from agent.model.graph_call import GraphCall
from agent.model.plan import Step
from tests.agent.areas.collected import CALLS, PARAMS
from tests.agent.areas.first import GROUP, SKU, USER
from tests.published_contract import FACTS, validator


def _said(call: GraphCall) -> tuple[str, str, Any]:
    return call.method, call.path, call.body


def _reads(step: Step) -> list[GraphCall]:
    reads = [step.check.call, *([step.capture] if step.capture else [])]
    return [*reads, *([step.undo.check.call] if step.undo else [])]


@pytest.mark.parametrize("action_id", CATALOGUE)
def test_every_action_builds_its_exact_call_and_inverse(action_id: str) -> None:
    step = parse_step(action_id, PARAMS[action_id])
    call, inverse = CALLS[action_id]
    assert _said(step.call) == call
    assert (_said(step.undo.call) if step.undo else None) == inverse


@pytest.mark.parametrize("action_id", CATALOGUE)
def test_a_step_is_rebuilt_equal_from_its_own_action_and_parameters(action_id: str) -> None:
    named = {"user_name": "Harriet Osgood"} if "user_name" in CATALOGUE[action_id].model_fields else {}
    step = parse_step(action_id, {**PARAMS[action_id], **named})
    assert parse_step(step.action, json.loads(json.dumps(step.params))) == step
    assert step.digest == parse_step(step.action, step.params).digest


@pytest.mark.parametrize("action_id", CATALOGUE)
def test_every_step_reads_only_captures_a_before_image_and_says_why_it_cannot_be_undone(action_id: str) -> None:
    step = parse_step(action_id, PARAMS[action_id])
    assert step.call.writes or step.call.reveals
    assert not any(read.writes or read.reveals for read in _reads(step))
    assert step.capture is not None
    assert (step.undo is None) == bool(step.irreversible)
    assert CATALOGUE[action_id].id == action_id == step.action
    assert 0 < step.risk < 90


@pytest.mark.parametrize("action_id", CATALOGUE)
def test_no_path_or_body_holds_a_name(action_id: str) -> None:
    labels = [name for name in CATALOGUE[action_id].model_fields if name.endswith("_name")]
    assert labels, "people read names on the card"
    step = parse_step(action_id, PARAMS[action_id] | dict.fromkeys(labels, "N4me of us"))
    calls = [step.call, *_reads(step), *([step.undo.call] if step.undo else [])]
    assert "N4me" in step.title
    assert not any("N4me" in call.model_dump_json() for call in calls)


def test_the_password_is_never_part_of_the_step() -> None:
    step = parse_step("entra.user.password.reset", PARAMS["entra.user.password.reset"])
    assert step.secret == "generated"
    assert step.call.secret_at == ("passwordProfile", "password")
    assert step.call.body == {"passwordProfile": {"forceChangePasswordNextSignIn": True}}


def test_the_code_of_an_access_pass_is_taken_from_the_answer() -> None:
    step = parse_step("entra.auth.tap.create", PARAMS["entra.auth.tap.create"])
    assert (step.secret, step.secret_field) == ("returned", "temporaryAccessPass")


def test_checks_look_where_the_effect_shows() -> None:
    expects = {action_id: parse_step(action_id, PARAMS[action_id]).check for action_id in CATALOGUE}
    assert expects["entra.user.password.reset"].expect == ChangedSince(field="lastPasswordChangeDateTime")
    assert expects["entra.user.sessions.revoke"].expect == ChangedSince(field="signInSessionsValidFromDateTime")
    assert expects["entra.auth.tap.create"].expect == ListHoldsCreated(field="value", present=True)
    assert expects["entra.license.assign"].expect == ListHolds(
        field="assignedLicenses", key="skuId", value=SKU, present=True
    )
    member = expects["entra.group.member.add"]
    assert member.expect == ListHolds(field="value", key="id", value=USER, present=True)
    # One filtered read answers for a group of any size; it is an advanced query.
    assert member.call.eventual and ("$filter", f"id eq '{USER}'") in member.call.query
    assert not expects["entra.license.assign"].call.eventual


@pytest.mark.parametrize(
    ("action_id", "change"),
    [
        ("entra.user.password.reset", {"user_id": USER.upper()}),
        ("entra.user.password.reset", {"user_id": f"{USER}\n"}),
        ("entra.user.password.reset", {"user_id": f"{USER}/../{GROUP}"}),
        ("entra.user.password.reset", {"user_id": "me"}),
        ("entra.user.password.reset", {"user_id": b"a568c719-7c70-5207-96f9-f39ffc875fb5"}),
        ("entra.user.password.reset", {"password": "chosen by the planner"}),
        ("entra.user.password.reset", {"user_name": "two\nlines"}),
        ("entra.user.password.reset", {"user_name": "x" * 257}),
        ("entra.auth.tap.create", {"lifetime_minutes": 61}),
        ("entra.auth.tap.create", {"lifetime_minutes": 9}),
        ("entra.auth.tap.create", {"lifetime_minutes": True}),
        ("entra.auth.tap.create", {"lifetime_minutes": "60"}),
        ("entra.auth.tap.create", {"is_usable_once": False}),
        ("entra.group.member.add", {"group_id": ""}),
        ("entra.license.assign", {"disabled_plans": ["all"]}),
        ("entra.license.assign", {"sku_id": None}),
    ],
)
def test_parameters_that_do_not_fit_are_refused_without_repeating_them(action_id: str, change: dict[str, Any]) -> None:
    with pytest.raises(UnknownActionError) as refusal:
        parse_step(action_id, PARAMS[action_id] | change)
    assert str(next(iter(change))) in str(refusal.value)
    for value in change.values():
        assert not isinstance(value, str) or len(value) < 5 or value not in str(refusal.value)


@pytest.mark.parametrize("action_id", ["", "entra.user.obliterate", "entra.group.member.*", "ENTRA.LICENSE.ASSIGN"])
def test_an_action_outside_the_catalogue_does_not_parse(action_id: str) -> None:
    with pytest.raises(UnknownActionError):
        parse_step(action_id, {"user_id": USER})


# What follows compares with Microsoft's published metadata where it lies beside the project.
needs_metadata = pytest.mark.skipif(not FACTS.is_dir(), reason="the published Graph metadata is not beside the project")


@needs_metadata
def test_every_call_conforms_to_the_published_contract() -> None:
    validate = validator()
    assert validate is not None
    for action_id, params in PARAMS.items():
        step = parse_step(action_id, params)
        body = json.loads(json.dumps(step.call.body))
        if step.call.secret_at:
            place = body
            for key in step.call.secret_at[:-1]:
                place = place[key]
            place[step.call.secret_at[-1]] = "x" * 20
        faults = validate.check(
            step.call.method,
            f"/v1.0{step.call.path}",
            "",
            body,
            action=action_id if action_id in validate.ACT else None,
        )
        assert [one for one in faults if one[0] == "error"] == [], action_id
        undo = [step.undo.call] if step.undo and "{created}" not in step.undo.call.path else []
        for call in (*_reads(step), *undo):
            headers = {"ConsistencyLevel": "eventual"} if call.eventual else {}
            query = "&".join(f"{name}={value.replace('&', '%26')}" for name, value in call.query)
            faults = validate.check(call.method, f"/v1.0{call.path}", query, call.body, headers=headers)
            assert [one for one in faults if one[0] == "error"] == [], (action_id, call.path)


def _least(listed: dict[str, Any], kind: str) -> set[str]:
    """The permissions of one kind of token; where several are needed at once the list joins them by a plus.

    What the list says about a permission stands behind it in brackets, and in its note what to use instead of it.
    """
    # Where the list has no least permission of a kind, what it calls higher is all that there is.
    known = listed["permissions"][kind]
    named = [
        one.partition(" (")[0] for one in known["least"] or (known["higher"] if known.get("supported", True) else ())
    ]
    instead = re.findall(r": use ([\w.-]+)$", listed["permissions"]["note"] or "")
    return {name for one in (*named, *instead) for name in one.split(" + ")}


@needs_metadata
def test_permissions_are_among_the_least_that_microsoft_lists() -> None:
    listed = {one["id"]: one for one in json.loads((FACTS / "actions.json").read_text())["actions"]}
    # Each is one half of what the list has under one id; policy is to tell them apart.
    assert set(CATALOGUE) - set(listed) == {"entra.device.enable", "entra.group.license.remove"}
    for action_id in set(CATALOGUE) & set(listed):
        action = CATALOGUE[action_id]
        assert set(action.delegated_permissions) <= _least(listed[action_id], "delegated")
        assert set(action.application_permissions) <= _least(listed[action_id], "application")
        assert action.throttle_class == listed[action_id]["throttle_class"]
        assert listed[action_id]["method"] == parse_step(action_id, PARAMS[action_id]).call.method


@pytest.mark.parametrize("action", sorted(CATALOGUE))
def test_a_step_changes_the_kind_of_object_that_analyses_take_for_granted(action: str) -> None:
    assert parse_step(action, PARAMS[action]).target.kind == TARGET_KINDS[action]
