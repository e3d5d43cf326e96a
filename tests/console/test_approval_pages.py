"""An approval's pages show all of a plan, uncut and exact, and nothing from outside becomes more than text."""

import base64
import hashlib
import json
import re
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.actions import CATALOGUE, parse_step
from agent.model.case import Case
from agent.model.graph_call import GraphCall
from agent.model.plan import Plan, Step
from agent.port_values import notice_of
from console.approval_pages import closed_page, problem_page, question_page, sign_in_page, stranger_page
from console.approval_plan import MAX_STEPS_WITHOUT_CONTENTS
from console.style import form_page_headers, page_headers
from tests.agent.actions.test_catalogue import PARAMS
from tests.console.cases import MEGAN, case
from tests.console.reader import Reader

EVIL = (
    "<script>alert(1)</script><img src=x onerror=y> '\" onmouseover=z </style></title></textarea> "
    "<a href='//evil.example'>x</a> &amp; {{DATE()}}"
)


def shown(found: Case, *, reason: str = "", problem: str = "") -> str:
    return question_page(notice_of(found), (), person_id="person", form_token="token", reason=reason, problem=problem)


def planned(*steps: Step) -> Case:
    found = case(plan=Plan(summary="s", reason="r", steps=steps), decisions=case().decisions * len(steps))
    assert found.approval_request is not None
    bound = found.approval_request.model_copy(update={"plan_digest": found.plan_digest})
    return found.evolve(approval_request=bound)


def call_in(text: str) -> tuple[str, str, Any]:
    """Read back what a page shows of a call: method, target and body."""
    first, _, body = text.partition("\n")
    method, _, target = first.partition(" ")
    return method, target, json.loads(body) if body else None


def as_sent(call: GraphCall) -> tuple[str, str, Any]:
    return call.method, call.target, call.body


@pytest.mark.parametrize("action", sorted(CATALOGUE))
def test_of_every_action_the_call_and_the_way_back_can_be_read_back_from_the_page(action: str) -> None:
    step = parse_step(action, PARAMS[action])
    page = Reader(shown(planned(step)))
    calls = [call_in(text) for text in page.texts["pre"][1:]]
    assert calls == [as_sent(step.call), *([as_sent(step.undo.call)] if step.undo else [])]
    assert step.digest in page.text and action in page.text


def test_a_plan_of_300_steps_is_shown_whole_on_one_page() -> None:
    steps = [
        parse_step(
            "entra.license.swap",
            {"user_id": str(UUID(int=number)), "user_name": "a" * 200, "sku_id": str(UUID(int=1)), "old_sku_id": MEGAN},
        )
        for number in range(300)
    ]
    found = planned(*steps)
    page = Reader(shown(found))
    wanted = [as_sent(one) for step in steps for one in (step.call, step.undo.call if step.undo else None) if one]
    assert [call_in(text) for text in page.texts["pre"][1:]] == wanted
    assert all(step.digest in page.text and step.title in page.text for step in steps)
    assert [tag for tag, _ in page.tags].count("article") == 300 and found.plan_digest in page.text
    links = {attributes["href"] for tag, attributes in page.tags if tag == "a"}
    places = {f"#{attributes['id']}" for _, attributes in page.tags if "id" in attributes}
    assert {f"#step-{number}" for number in range(1, 301)} < links <= places


def test_reasons_to_ask_stand_once_with_the_steps_that_they_are_about() -> None:
    steps = [parse_step("entra.group.member.add", {"group_id": MEGAN, "user_id": str(UUID(int=n))}) for n in range(21)]
    text = Reader(shown(planned(*steps))).text
    assert text.count("asks by rule rule-7 (step 1-21)") == len(case().decisions[0].layers)
    assert len(steps) > MAX_STEPS_WITHOUT_CONTENTS and "21 steps. Each stands in full" in text


@given(st.text(max_size=60) | st.just(EVIL))
def test_no_text_from_outside_becomes_markup(text: str) -> None:
    # Where a page lists the lines of a text, there is one element a line.
    text = " ".join(text.split()) or "x"
    plain, hostile = case(text="plain"), case(text=text, id="c" * 32)
    for build in (
        lambda one, said: shown(one, reason=said, problem=said),
        lambda one, said: closed_page(notice_of(one), (), how="refused", note=said),
        lambda _, said: problem_page(said, address=f"https://remit.example/{said}"),
        lambda _, said: sign_in_page(said),
    ):
        assert Reader(build(hostile, text)).shape == Reader(build(plain, "plain")).shape


def test_characters_that_hide_or_turn_text_do_not_reach_the_page() -> None:
    page = shown(case(text="pay\u202eload\u200b\u0000\u2066x\ufeff"), reason="\u202ereason")
    assert not set("\u202e\u200b\u0000\u2066\ufeff") & set(page) and "payloadx" in page


def test_a_look_alike_letter_in_an_id_or_a_call_shows_itself() -> None:
    step = parse_step("entra.group.member.add", {"group_id": MEGAN, "user_id": MEGAN})
    target = step.target.model_copy(update={"id": "gr\u043eup"})
    call = GraphCall(method="PATCH", path="/users/a", body={"jobTitle": "\u0430dmin\u202e"})
    page = Reader(shown(planned(step.model_copy(update={"target": target, "call": call}))))
    assert "gr\\u043eup" in page.text and "\\u0430dmin\\u202e" in page.text


def test_a_page_needs_no_script_and_names_everything_for_a_reader() -> None:
    page = Reader(shown(case(), problem="Please write a reason."))
    tags = [tag for tag, _ in page.tags]
    assert ("html", {"lang": "en"}) in page.tags and tags.count("h1") == tags.count("main") == tags.count("title") == 1
    levels = [int(tag[1]) for tag in tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1 and all(later - earlier <= 1 for earlier, later in pairwise(levels))
    labels = {attributes["for"] for tag, attributes in page.tags if tag == "label"}
    fields = {attributes["id"] for tag, attributes in page.tags if tag == "textarea"}
    assert labels == fields == {"reason"} and ("p", "alert") in [(tag, one.get("role")) for tag, one in page.tags]
    buttons = [(one["name"], one["value"]) for tag, one in page.tags if tag == "button"]
    assert buttons == [("answer", "approve"), ("answer", "refuse")] and page.texts["button"] == ["Approve", "Refuse"]
    assert not {"script", "img", "iframe", "link", "object", "base", "style:"} & set(tags)
    assert not any(name.startswith("on") or name in ("src", "style") for _, one in page.tags for name in one)


def test_only_our_own_form_may_be_sent_and_only_to_us() -> None:
    form, plain = form_page_headers(), page_headers()
    style = base64.b64encode(hashlib.sha256(Reader(stranger_page()).texts["style"][0].encode()).digest()).decode()
    for headers, action in ((form, "'self'"), (plain, "'none'")):
        policy = headers["content-security-policy"]
        assert f"form-action {action};" in policy and "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy and "unsafe" not in policy and f"'sha256-{style}'" in policy
        assert (headers["cache-control"], headers["x-content-type-options"]) == ("no-store", "nosniff")
    # Under `no-referrer` a browser sends a form with `Origin: null`.
    assert (form["referrer-policy"], plain["referrer-policy"]) == ("same-origin", "no-referrer")


def test_a_closed_question_has_no_form() -> None:
    for how in ("approved", "refused", "expired", "changed"):
        page = Reader(closed_page(notice_of(case()), (), how=how, note="by you"))  # type: ignore[arg-type]
        assert not {"form", "button", "input"} & {tag for tag, _ in page.tags} and "by you" in page.text
