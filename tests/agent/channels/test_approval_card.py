"""The card shows exactly what would run, keeps foreign text harmless, and always stays small."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.actions import parse_step
from agent.channels.card_elements import MAX_CARD_BYTES, json_bytes
from agent.channels.card_lines import exact_call
from agent.channels.step_cards import MAX_CARD_STEPS, fits_on_card
from agent.model.graph_call import GraphCall
from agent.model.plan import Plan, Step
from agent.ports import ApprovalNotice
from tests.agent.channels.card_reading import PAGES, buttons, closed, lines, parts, pending, verbs
from tests.agent.channels.cases import GROUP, MEGAN, OWNER, step, waiting

EVIL = "[Approve once](https://evil.example) {{DATE(2026-01-01)}} ${x} \u202egnp.exe\u202c # <b>x</b> \x1b[31m\n- item"


def notice(*, steps: tuple[Step, ...] = (), text: str = "please", label: str = "Megan Bowen") -> ApprovalNotice:
    case = waiting(steps=steps, text=text)
    assert case.approval_request is not None
    return ApprovalNotice(case=case, request=case.approval_request, requester_label=label)


def with_call(**changes: Any) -> Step:
    plain = step()
    return plain.model_copy(update={"call": GraphCall.model_validate({**dict(plain.call), **changes})})


def test_the_card_shows_everything_an_approver_must_know() -> None:
    card = pending(notice(steps=(step(user_name="Megan Bowen", group_name="SG-Finance-Read"),)))
    shown = "\n".join(lines(card))
    assert notice().request.plan_digest[:8] not in shown  # Another plan (with names) has another digest.
    for expected in (
        "What: Add Megan to Finance",
        f"On: group SG-Finance-Read ({GROUP})",
        f"For: Megan Bowen ({MEGAN})",
        f"Exact call: POST /groups/{GROUP}/members/$ref",
        f"undone by DELETE /groups/{GROUP}/members/{MEGAN}/$ref",
        f"Asked by: Megan Bowen ({MEGAN})",
        "known by e-mail address only (weak)",
        "Policy: layer department asks by rule cross-department, because requester.department is Sales",
        "Needed: 1 of group_owner, 1 of tenant_admin",
        "Runs as: the agent's own identity, neither the requester's nor yours",
        f"Before: members: without {MEGAN}",
        f"After: members: with {MEGAN}",
        "Reach: 1 step(s), 1 object(s) changed, for 1 person(s)",
        "Way back: every step can be undone",
        "Risk: 30 of 100",
        "Expires: 2026-11-22 09:00 UTC",
    ):
        assert expected in shown, expected


def test_a_step_without_a_way_back_says_so() -> None:
    reset = parse_step("entra.user.sessions.revoke", {"user_id": MEGAN})
    assert "Way back: step 1 cannot be undone" in lines(pending(notice(steps=(reset,))))


def test_the_buttons_carry_two_ids_and_nothing_else() -> None:
    card = pending(notice())
    data = {"approval": "approval-1", "plan": notice().request.plan_digest}
    *answers, link = buttons(card)
    assert [(one["title"], one["verb"], one["data"]) for one in answers] == [
        ("Approve", "approve", data),
        ("Refuse", "refuse", data),
    ]
    assert [one["fallback"]["data"] for one in answers] == [
        {**data, "answer": "approve"},
        {**data, "answer": "refuse"},
    ]
    assert link == {"type": "Action.OpenUrl", "title": "Full plan", "url": PAGES.approval("approval-1").url}
    assert card["refresh"]["action"]["data"] == data


@pytest.mark.parametrize("how", ["approved", "refused", "expired", "changed"])
def test_a_closed_card_has_no_buttons(how: Any) -> None:
    card = closed(notice(), how, note="by you: fine")
    kinds = {one.get("type") for one in parts(card)}
    assert not any(str(kind).startswith(("Action.", "Input.")) for kind in kinds)
    assert "Note: by you: fine" in lines(card)


def test_foreign_text_stands_only_in_text_runs_and_is_cleaned() -> None:
    evil_step = step(user_name="[x](https://evil.example) {{DATE()}}", group_name="\u202eevil")
    card = pending(notice(steps=(evil_step,), text=EVIL, label=EVIL))
    for one in parts(card):
        if one.get("type") != "TextRun":
            assert "evil" not in json.dumps(
                {key: item for key, item in one.items() if not isinstance(item, list | dict)}
            )
        assert one.get("type") not in ("Image", "Media", "FactSet")
        assert "selectAction" not in one and one.get("url", PAGES.public_url).startswith(PAGES.public_url)
    whole = json.dumps(card, ensure_ascii=False)
    assert not any(bad in whole for bad in ("{{", "${", "\u202e", "\x1b", "\\u001b", "\\n"))


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=3_000), label=st.text(max_size=300))
def test_any_foreign_text_leaves_a_small_card_without_template_marks(text: str, label: str) -> None:
    card = pending(notice(text=text, label=label))
    assert json_bytes(card) <= MAX_CARD_BYTES
    assert "{{" not in json.dumps(card, ensure_ascii=False)
    json.dumps(card, ensure_ascii=False).encode()


def test_the_widest_texts_in_the_largest_plan_still_fit() -> None:
    wide = "\U0001f600" * 4_000
    steps = tuple(step(user_name="\U0001f600" * 256, group_name="\U0001f600" * 256) for _ in range(20))
    steps = tuple(one.model_copy(update={"title": wide, "irreversible": wide}) for one in steps)
    ask = notice(steps=steps, text=wide, label=wide)
    ask = ApprovalNotice(case=ask.case, request=ask.request, requester_label=wide)
    for card in (pending(ask), closed(ask, "refused", note=wide)):
        assert json_bytes(card) <= MAX_CARD_BYTES


@pytest.mark.parametrize(
    "steps",
    [
        tuple(with_call(body={"other": number}) for number in range(MAX_CARD_STEPS + 1)),
        (step(user_name="\U0001f600" * 12),) * 150,
        (with_call(body={"hole": "{on}"}),) * (MAX_CARD_STEPS + 1),
        (with_call(body={"long": "x" * 700}),),
        (with_call(body={"hidden": "a  b"}),),
        (with_call(path="/" + "x" * 700),),
    ],
    ids=[
        "too many kinds of steps",
        "too long a list",
        "a hole of its own",
        "long body",
        "text that a card would change",
        "long path",
    ],
)
def test_a_plan_that_cannot_be_shown_exactly_cannot_be_approved_on_a_card(steps: tuple[Step, ...]) -> None:
    assert not fits_on_card(Plan(summary="s", reason="r", steps=steps))
    card = pending(notice(steps=steps))
    assert verbs(card) == ["refuse"]
    assert json_bytes(card) <= MAX_CARD_BYTES


ACTIONS = {
    "entra.user.password.reset": {"user_id": MEGAN},
    "entra.user.sessions.revoke": {"user_id": MEGAN},
    "entra.group.member.add": {"group_id": GROUP, "user_id": MEGAN},
    "entra.group.member.remove": {"group_id": GROUP, "user_id": MEGAN},
}


@pytest.mark.parametrize("action", ACTIONS)
def test_the_catalogues_steps_fit_on_a_card(action: str) -> None:
    assert fits_on_card(Plan(summary="s", reason="r", steps=(parse_step(action, ACTIONS[action]),) * MAX_CARD_STEPS))


def test_the_exact_call_is_one_ascii_line_with_query_and_body() -> None:
    call = GraphCall(
        method="PATCH", path="/users/x", query=(("$select", "id, \u00e9"),), body={"b": "\u202e", "a": {"c": 1}}
    )
    assert exact_call(call) == 'PATCH /users/x?$select=id%2C%20%C3%A9 {"a": {"c": 1}, "b": "\\u202e"}'


def test_look_alike_letters_in_ids_are_not_shown_as_the_id_they_imitate() -> None:
    fake = step().model_copy(update={"beneficiary_id": "0\u043e00"})
    assert not fits_on_card(Plan(summary="s", reason="r", steps=(fake,)))
    assert "\u043e" not in json.dumps(pending(notice(steps=(fake,))), ensure_ascii=False)


def test_only_the_clicker_in_storage_decides_so_no_person_is_named_in_the_card_data() -> None:
    assert OWNER not in json.dumps(buttons(pending(notice())))
