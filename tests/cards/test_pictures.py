"""Cards as Teams' own library renders them: whole on a phone, nothing read as markup, and each kind has its picture."""

import json
import re
from typing import Any

import pytest

from agent.actions import CATALOGUE, parse_step
from agent.channels.approval_card import ThirdButton, pending_card, question_of
from agent.channels.card_elements import Execute, to_json
from agent.channels.card_words import Words
from devhost.errors import ToolError
from tests.agent.areas.collected import PARAMS
from tests.agent.channels.card_kinds import KINDS
from tests.agent.channels.card_reading import PAGES, closed, parts, pending
from tests.agent.channels.cases import step
from tests.agent.channels.test_approval_card import EVIL, notice
from tests.cards import pictures
from tests.cards.browser import ROOT, ensure_tools, problems, render

MAX_PICTURE_BYTES = 100_000
PAGE = ROOT / "docs" / "approvals.md"
WIDE = "W" * 4_000


def hostile() -> dict[str, dict[str, Any]]:
    """Cards full of what people may write, and lists of people and of things with long ids."""
    evil = step(user_name=f"{EVIL} {WIDE}"[:200].replace("\x1b", "").replace("\n", " "), group_name="W" * 200)
    wide = parse_step("entra.user.profile.update", {
        **PARAMS["entra.user.profile.update"], "changes": [{"field": "jobTitle", "was": None, "to": "W" * 60}],
    })  # fmt: skip
    items = PARAMS["spo.item.restore"]
    many = tuple(parse_step("spo.item.restore", {**items, "user_name": WIDE[:100]}) for _ in range(9))
    told = {
        "evil": pending(notice(steps=(evil,), text=EVIL, label=EVIL)),
        "wide": pending(notice(steps=(wide,), text=WIDE, label=WIDE)),
        "many": pending(notice(steps=many, text=f"{EVIL} {WIDE}", label="\u202e")),
    }
    asked = notice()
    always = ThirdButton(Execute(title=Words.APPROVE_ALWAYS, verb="always", question=question_of(asked)))
    told["third"] = to_json(pending_card(asked, pages=PAGES, third=always))
    return {**told, "noted": closed(notice(text=WIDE), "refused", note=WIDE)}


def catalogue() -> dict[str, dict[str, Any]]:
    """One card of every action."""
    return {action: pending(notice(steps=(parse_step(action, PARAMS[action]),))) for action in sorted(CATALOGUE)}


@pytest.fixture(scope="module")
def tools() -> None:
    """Where they cannot be had these tests say nothing; `.ci/run` looks at the cards with `make cards`, and fails."""
    try:
        ensure_tools()
    except ToolError as problem:
        pytest.skip(f"no picture can be taken: {problem}")


def test_every_card_of_every_action_and_kind_is_whole_on_a_phone_and_shows_its_text_as_it_is(tools: None) -> None:
    cards = {**pictures.cards(), **catalogue(), **hostile()}
    told = render(cards, widths=(300,))
    assert problems(told) == []
    for one in told:
        card = cards[one["name"]]
        texts = ["".join(run["text"] for run in part["inlines"]) for part in parts(card) if "inlines" in part]
        # Nothing was read as markup or template, so what stands on the screen is what was sent.
        labels = {part["label"] for part in parts(card) if "label" in part}
        assert [text for text in one["texts"] if text not in labels] == texts
    assert {tuple(one["buttons"]) for one in told if one["name"] in CATALOGUE} == {("Full plan", "Approve", "Refuse")}


def test_what_is_wrong_with_a_card_is_seen(tools: None) -> None:
    def card(*body: dict[str, Any]) -> dict[str, Any]:
        return {"type": "AdaptiveCard", "version": "1.5", "body": [*body]}

    def run(text: str) -> dict[str, Any]:
        return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text}]}

    broken = {
        "too wide": card(run("x" * 60)),
        "markup": card({"type": "TextBlock", "text": "[Approve once](https://evil.example)"}),
        "picture": card({"type": "Image", "url": "https://evil.example/a.png"}),
        "unknown": card({"type": "Nonsense"}),
        "fine": card(run("short")),
    }
    found = problems(render(broken, widths=(300,)))
    assert {re.findall("`(.*?)`", one)[0] for one in found} == set(broken) - {"fine"}
    assert any("evil.example/a.png" in one and "network" in one for one in found)


def test_every_kind_of_card_has_its_picture_on_the_page_and_no_other_is_there() -> None:
    shown = re.findall(r"!\[[^\]]+\]\(pictures/([a-z0-9-]+\.png)\)", PAGE.read_text(encoding="utf-8"))
    assert sorted(shown) == sorted(pictures.names()) == sorted(one.name for one in pictures.PICTURES.glob("*.png"))
    sizes = {one.name: one.stat().st_size for one in pictures.PICTURES.glob("*.png")}
    assert [name for name, size in sizes.items() if not 1_000 < size < MAX_PICTURE_BYTES] == []


def test_the_pictures_are_of_the_cards_as_they_are_now() -> None:
    taken = json.loads(pictures.TAKEN_OF.read_text(encoding="utf-8"))
    assert taken == pictures.digests(), "the cards have changed since: run `make cards` and commit docs/pictures"


def test_the_kinds_are_all_that_a_question_and_a_standing_grant_can_come_to() -> None:
    headlines = {to_json(make())["body"][0]["text"] for make in KINDS.values()}
    assert headlines == {
        "Approval needed",
        "Approve always: what it would be",
        "Approved",
        "Approved, and a standing grant given",
        "The standing grant has ended",
        "Refused",
        "Expired without an answer",
        "Closed: the plan or the case has changed",
        "A one-time secret for you",
    }
