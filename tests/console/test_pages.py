"""The pages show a case without a script, and no text from outside becomes markup."""

import base64
import hashlib
import re
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.actions import parse_step
from agent.model.activity_event import EventCode
from agent.model.case import Case, Stage
from agent.model.plan import Plan
from console.pages import MAX_FULL_STEPS, case_page, cases_page
from console.style import page_headers
from tests.console.cases import MEGAN, SEALED, attempt, case, event
from tests.console.reader import Reader

EVIL = (
    "<script>alert(1)</script><img src=x onerror=y> '\" onmouseover=z </style></title> "
    "<a href='//evil.example'>x</a> &amp;"
)


def page(text: str = "please", **changes: object) -> str:
    events = [event(EventCode.CASE_OPENED, source=text), event(EventCode.REASONED, why=text)]
    return case_page(case(text=text, **changes), events, attempts=[attempt()])


def test_a_case_is_shown_with_stages_decisions_rules_writes_and_log() -> None:
    text = Reader(page()).text
    for expected in (
        "approve: now",
        "investigate: done",
        "close: not reached",
        "entra.group.member.add, risk 30 of 100",
        "department: APPROVAL, rule-7",
        "1 of group_owner",
        "agreed",
        "POST /groups/",
        "verified",
        "client-1",
        "graph-1",
        "A request came in from please.",
    ):
        assert expected in text, expected


def test_detours_are_shown_only_when_a_case_went_there() -> None:
    assert "rollback" not in Reader(page()).text
    text = Reader(case_page(case(), [event(EventCode.ROLLBACK_STARTED)], attempts=[])).text
    assert "rollback: done" in text and "Nothing was written." in text


def test_foreign_text_is_text_everywhere() -> None:
    evil, plain = Reader(page(EVIL)), Reader(page("please"))
    assert evil.shape == plain.shape
    assert "<script>alert(1)</script>" in evil.text


@settings(max_examples=40, deadline=None)
@given(text=st.text(alphabet=st.sampled_from("<>&'\"=/ \x00ab-!\u2028"), min_size=1, max_size=40))
def test_any_text_leaves_the_markup_as_it_is(text: str) -> None:
    assert Reader(page(text)).shape == Reader(page("x")).shape
    assert Reader(cases_page([case(text=text)])).shape == Reader(cases_page([case(text="x")])).shape


def test_nothing_sealed_is_on_the_page() -> None:
    assert SEALED not in page()


def test_the_page_needs_no_script_and_loads_nothing() -> None:
    for shown in (page(EVIL), cases_page([case(text=EVIL)])):
        for tag, attributes in Reader(shown).tags:
            assert tag not in ("script", "img", "iframe", "link", "form", "object", "base")
            assert not any(name.startswith("on") or name in ("src", "style") for name in attributes)


def test_the_policy_allows_exactly_the_style_on_the_page() -> None:
    style = re.search(r"<style>(.*?)</style>", page(), re.DOTALL)
    assert style is not None
    allowed = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    policy = page_headers()["content-security-policy"]
    assert f"style-src 'sha256-{allowed}'" in policy
    for part in ("default-src 'none'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"):
        assert part in policy
    assert "unsafe" not in policy and "script-src" not in policy
    assert page_headers()["cache-control"] == "no-store"


@pytest.mark.parametrize(("stage", "reloads"), [(Stage.EXECUTE, True), (Stage.CLOSED, False)])
def test_only_an_open_case_reloads(stage: Stage, reloads: bool) -> None:
    for shown in (page(stage=stage), cases_page([case(stage=stage)])):
        assert ("http-equiv=refresh" in shown) is reloads


def test_the_list_links_to_the_case_and_back() -> None:
    links = [attributes["href"] for tag, attributes in Reader(cases_page([case(id="a/../b'c")])).tags if tag == "a"]
    assert links == ["cases/a%2F..%2Fb%27c"]
    assert ("a", {"href": "../cases"}) in Reader(page()).tags


def test_links_carry_the_key_of_the_page_and_stay_links() -> None:
    query = "?code=a'b&c"
    list_tags = Reader(cases_page([case()], link_query=query)).tags
    case_tags = Reader(case_page(case(), [], attempts=[], link_query=query)).tags
    assert ("a", {"href": f"cases/{'c' * 32}{query}"}) in list_tags
    assert ("a", {"href": f"../cases{query}"}) in case_tags


def test_an_empty_list_says_so() -> None:
    assert "No case yet." in Reader(cases_page([])).text


def test_the_page_works_in_the_dark_and_on_a_phone() -> None:
    assert "prefers-color-scheme: dark" in page() and "width=device-width" in page() and "<html lang=en>" in page()


def bulk(steps: int, *, text: str = "plain") -> Case:
    swaps = tuple(
        parse_step(
            "entra.license.swap",
            {"user_id": str(UUID(int=number)), "user_name": text, "sku_id": str(UUID(int=1)), "old_sku_id": MEGAN},
        )
        for number in range(steps)
    )
    decided = case().decisions * steps
    return case(plan=Plan(summary="s", reason="r", steps=swaps), decisions=decided, effects=("verified",) * 7)


@pytest.mark.parametrize("text", ["plain", EVIL[:200]])
def test_a_plan_of_hundreds_is_a_table_with_the_step_in_work_in_full(text: str) -> None:
    log = [event(EventCode.LOOKUP_ANSWERED, lookup="user.get", state="known")] * 3_000
    page = case_page(bulk(300, text=text), log, attempts=[])
    reader = Reader(page)
    assert sum(name == "article" for name, _ in reader.tags) == 1
    assert "Step 8: " in reader.text and all(str(UUID(int=number)) in reader.text for number in range(300))
    assert "2600 older entries are not shown" in reader.text and len(page) < 300_000
    assert not {name for name, _ in reader.tags} & {"script", "img"}


def test_a_plan_that_a_person_can_read_is_shown_whole() -> None:
    reader = Reader(case_page(bulk(MAX_FULL_STEPS), [event(EventCode.PLAN_MADE)], attempts=[]))
    assert sum(name == "article" for name, _ in reader.tags) == MAX_FULL_STEPS
    assert "older entries" not in reader.text
