"""Which values a document may hold, to the last one that is allowed, and what is left when the others are taken out."""

import datetime
from typing import Any

import pytest

from policy.canonical import MAX_NUMBER
from policy.plain import MAX_DEPTH, plain_part, unplain


def paths(data: object) -> list[tuple[int | str, ...]]:
    return [one.path for one in unplain(data)]


@pytest.mark.parametrize(
    "value", ["", "é\ud7ff\ue000😀", True, 0, MAX_NUMBER, -MAX_NUMBER, datetime.date(2026, 11, 24), [], {}]
)
def test_what_a_document_may_hold_is_plain(value: object) -> None:
    assert unplain(value) == unplain({"a": [value]}) == ()


@pytest.mark.parametrize("value", [None, 1.5, b"x", MAX_NUMBER + 1, -MAX_NUMBER - 1, "a\ud800", {1}, ("x",)])
def test_any_other_value_is_found_where_it_stands(value: object) -> None:
    assert paths({"a": ["x", value], "b": value}) == [("a", 1), ("b",)]


@pytest.mark.parametrize(("key", "spelt"), [(None, "None"), (5, "5"), (True, "true"), ("a\ud800", "a\ud800")])
def test_a_key_that_is_no_text_is_found_and_what_it_names_is_not_looked_at(key: object, spelt: str) -> None:
    (found,) = unplain({key: None})
    assert found.message.startswith("expected text as a key")
    assert found.path == (spelt,)


def test_as_many_values_and_levels_as_the_limit_are_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("policy.plain.MAX_VALUES", 3)
    assert paths([1, 2]) == []
    assert paths([1, None]) == [(1,)], "the last value is looked at too"
    assert paths([1, 2, 3]) == [()]
    monkeypatch.undo()
    levels: Any = []
    for _ in range(MAX_DEPTH - 1):
        levels = [levels]
    assert paths(levels) == []
    assert paths([levels]) == [(0,) * MAX_DEPTH]


@pytest.mark.parametrize(
    ("data", "left"),
    [
        ({"a": None, "b": [], "c": {}, "d": ""}, {"b": [], "c": {}, "d": ""}),
        ({"a": ["x", None, "y"]}, {"a": ["x", "y"]}),
        ({"a": [None], "b": 1}, {"b": 1}),
        ({"a": {"b": {"c": None}}, "d": 1}, {"d": 1}),
        ({"a": 1.5, "b": [1.5, "x"], "c": b"x"}, {"b": ["x"]}),
        ({5: "x", "d": 1}, {"d": 1}),
        ({"a": [{"b": None}, {"c": 1}]}, {"a": [None, {"c": 1}]}),
        ({"a": [None, {"c": 1}]}, {"a": [None, {"c": 1}]}),
        (None, None),
    ],
)
def test_what_is_left_is_plain_and_rules_keep_their_places(data: object, left: object) -> None:
    assert plain_part(data, unplain(data)) == left


def test_where_nothing_is_wrong_all_is_left() -> None:
    data = {"a": [1, {"b": {}}]}
    assert plain_part(data, unplain(data)) is data


def test_nothing_is_left_of_a_value_that_contains_itself() -> None:
    endless: list[Any] = []
    endless.append(endless)
    assert plain_part({"a": endless, "b": 1}, unplain({"a": endless, "b": 1})) == {"b": 1}
