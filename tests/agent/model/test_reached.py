"""Reaching into an answer: by names, by places, and by which of several is the latest."""

from typing import Any

import pytest

from agent.model.reached import MISSING, reached

OLD = {"at": "2026-10-02T08:00:00Z", "of": "old"}
NEW = {"at": "2026-11-01T09:00:00.1234567+02:00", "of": "new"}


@pytest.mark.parametrize("items", [[OLD, NEW], [NEW, OLD], [OLD, NEW, {**OLD, "of": "as old"}]])
def test_the_latest_of_several_is_found_wherever_it_stands(items: list[Any]) -> None:
    assert reached({"held": items}, "held.latest(at).of") == "new"


@pytest.mark.parametrize(
    "items",
    [
        [],
        [OLD, {"of": "timeless"}],
        [OLD, {"at": "yesterday", "of": "new"}],
        [OLD, {"at": "2026-11-01T08:00:00", "of": "without a zone"}],
        [OLD, {"at": None, "of": "new"}],
        [OLD, "new"],
        [NEW, {**NEW, "of": "as new"}],
        {"at": "2026-11-01T08:00:00Z"},
    ],
)
def test_where_nobody_can_tell_the_latest_there_is_none(items: Any) -> None:
    assert reached({"held": items}, "held.latest(at).of") is MISSING
