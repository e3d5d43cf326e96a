"""What kept the nearest grants from matching is told in the author's words, with the facts that were wrong."""

import datetime
from typing import Any

import pytest

from policy.request import UNKNOWN
from tests.policy.test_explain_technician import rule, told


@pytest.mark.parametrize(
    ("parts", "facts", "wanted"),
    [
        (
            {"when": {"requester.assurance": ["sso", "portal"]}},
            {"requester__assurance": "email"},
            "requester.assurance were portal or sso (it is email)",
        ),
        (
            {"when": {"requester.department": {"not": "Sales"}}},
            {},
            "requester.department were other than Sales (it is Sales)",
        ),
        (
            {"when": {"target.groups": {"any": ["g2", "g3"]}}},
            {},
            "target.groups held g2 or g3 (it holds none of g2 and g3)",
        ),
        ({"when": {"target.groups": {"none": ["g1"]}}}, {}, "target.groups held none of g1 (it holds g1)"),
        (
            {"when": {"risk": {"max": 3}}},
            {"risk": UNKNOWN},
            "risk were at most 3 (it is unknown (it could not be derived))",
        ),
        (
            {"when": {"target.groups": {"any": ["g1"], "none": ["g2"]}}},
            {"target__groups": frozenset({"g1", "g2"})},
            "target.groups held g1 and none of g2 (it holds g1 and holds g2)",
        ),
        (
            {"unless": [{"request.on_self": True, "risk": 10}]},
            {},
            "its exception (request.on_self is true and risk is 10) did not hold (it is true)",
        ),
        (
            {"when": {"risk": {"max": 3}, "request.on_self": False}},
            {},
            "request.on_self were false (it is true) and if risk were at most 3 (it is 10)",
        ),
    ],
)
def test_the_nearest_grant_says_exactly_what_kept_it_from_matching(
    parts: dict[str, Any], facts: dict[str, Any], wanted: str
) -> None:
    line = told(rule("permit", "action.near", **parts), **facts)
    assert line == f"no rule matches, so it denies; nearest rule `action.near` would match if {wanted}"


def test_a_layer_without_a_grant_for_the_action_names_none() -> None:
    assert told({**rule("permit"), "actions": ["a.two"]}) == "no rule matches, so it denies"


def test_a_day_beyond_the_calendar_is_told_as_unknown() -> None:
    days = {"time.dates": {"from": "2026-11-01", "to": "2026-11-30"}}
    line = told(rule("permit", when=days), time__day=4_000_000)
    assert line.endswith("(it is unknown (what was supplied is no value of it))")
    line = told(rule("permit", when=days), time__day=datetime.date.max.toordinal())
    assert line.endswith("(it is 9999-12-31)")
