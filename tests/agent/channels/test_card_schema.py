"""Every card is one that Adaptive Cards 1.5 knows: each kind, each action's, and whatever people write into them."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.actions import CATALOGUE, parse_step
from agent.channels.card_elements import MAX_CARD_BYTES, json_bytes, to_json
from tests.agent.areas.collected import PARAMS
from tests.agent.channels.card_kinds import KINDS
from tests.agent.channels.card_reading import PAGES, closed, parts, pending, verbs
from tests.agent.channels.test_approval_card import notice

SCHEMA = Path(__file__).parents[4] / "shared/cards/adaptive-card-1.5.0.json"
NEEDS = {
    "AdaptiveCard": {"version", "body", "fallbackText"},
    "TextBlock": {"text", "wrap"},
    "RichTextBlock": {"inlines"},
    "TextRun": {"text"},
    "Container": {"items"},
    "ActionSet": {"actions"},
    "Input.Text": {"id", "label", "maxLength"},
    "Input.ChoiceSet": {"id", "label", "choices", "value"},
    "Input.Number": {"id", "label", "min", "max", "value"},
    "Action.Execute": {"title", "verb", "data"},
    "Action.Submit": {"title", "data"},
    "Action.OpenUrl": {"title", "url"},
}


@cache
def official() -> Any:
    """The validator of the published schema, or None where it does not lie beside the project."""
    if not SCHEMA.exists():
        return None
    return jsonschema.Draft6Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def check(card: dict[str, Any]) -> None:
    """The rules that hold everywhere, and the official schema where it is."""
    assert card["version"] == "1.5" and len(verbs(card)) <= 3 and json_bytes(card) <= MAX_CARD_BYTES
    for one in parts(card):
        if "type" in one:
            assert NEEDS[one["type"]] <= one.keys()
            assert one["type"] != "TextRun" or one["text"]
        assert one.get("url", PAGES.public_url).startswith(PAGES.public_url)
    if (schema := official()) is not None:
        assert [error.message[:200] for error in schema.iter_errors(card)] == []


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_card_is_a_valid_card(kind: str) -> None:
    check(to_json(KINDS[kind]()))


@pytest.mark.parametrize("action", sorted(CATALOGUE))
def test_each_actions_card_is_a_valid_card(action: str) -> None:
    check(pending(notice(steps=(parse_step(action, PARAMS[action]),))))


@settings(max_examples=15, deadline=None)
@given(text=st.text(max_size=2_000), label=st.text(max_size=200))
def test_whatever_people_write_it_stays_a_valid_card(text: str, label: str) -> None:
    check(pending(notice(text=text, label=label)))
    check(closed(notice(text=text, label=label), "refused", note=text))


def test_the_official_schema_refuses_what_is_no_card() -> None:
    if (schema := official()) is None:
        pytest.skip("the card schema is not beside the project")
    card = to_json(KINDS["asked"]())
    card["body"].append({"type": "TextRun", "text": 5})
    assert list(schema.iter_errors(card))
