"""The `$filter` parser: what it understands, what it refuses, and which questions are advanced."""

from typing import Any

import pytest

from simulator.errors import GraphError
from simulator.graph.filters import compile_filter
from simulator.graph.schema import ADDRESS, EQUAL, ORDERED

OPERATORS = {
    "name": ADDRESS,
    "enabled": EQUAL,
    "at": ORDERED,
    "kinds": EQUAL,
    "parts/id": EQUAL,
    "parts/note": ADDRESS,
    "by/user/id": EQUAL,
}
ITEM: dict[str, Any] = {
    "name": "Ed O'Shea",
    "enabled": False,
    "at": "2026-11-21T09:30:00.1234560Z",
    "kinds": ["Unified"],
    "parts": [{"id": "one", "note": "first"}, {"id": "two", "note": "second"}],
    "by": {"user": {"id": "u1"}, "app": None},
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name eq 'Ed O''Shea'", True),
        ("name eq 'ed o''shea'", True),
        ("name eq 'Ed'", False),
        ("startswith(name,'ed')", True),
        ("startsWith(name, 'O')", False),
        ("endswith(name,'SHEA')", True),
        ("name in ('x', 'Ed O''Shea')", True),
        ("enabled eq false", True),
        ("enabled eq true", False),
        ("enabled ne true", True),
        ("enabled eq null", False),
        ("at ge 2026-11-21T09:30:00Z", True),
        ("at le 2026-11-21T09:30:00Z", False),
        ("at gt 2026-11-21", True),
        ("at lt 2026-11-21T10:30:01+01:00", True),
        ("kinds/any(k:k eq 'Unified')", True),
        ("kinds/any(k:k eq 'DynamicMembership')", False),
        ("parts/any(p:p/id eq 'two' and startswith(p/note,'sec'))", True),
        ("parts/any(p:p/id eq 'one' and p/note eq 'second')", False),
        ("by/user/id eq 'u1'", True),
        ("not (name eq 'x')", True),
        ("name eq 'x' or enabled eq false and by/user/id eq 'u1'", True),
        ("(name eq 'x' or enabled eq false) and by/user/id eq 'u2'", False),
    ],
)
def test_a_filter_means_what_odata_says(text: str, expected: bool) -> None:
    assert compile_filter(text, OPERATORS, resource="Thing").matches(ITEM) is expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "name eq",
        "name eq 'x",
        "name eq 'x' and",
        "name eq 'x' name",
        "(name eq 'x'",
        "name like 'x'",
        "1 eq 1",
    ],
)
def test_what_does_not_parse_is_a_bad_request(text: str) -> None:
    with pytest.raises(GraphError) as refused:
        compile_filter(text, OPERATORS, resource="Thing")
    assert refused.value.status == 400


@pytest.mark.parametrize(
    "text",
    [
        "secret eq 'x'",
        "enabled ge true",
        "startswith(enabled,'x')",
        "parts/any(p:p/x eq 'y')",
    ],
)
def test_a_property_offers_only_its_own_operators(text: str) -> None:
    with pytest.raises(GraphError) as refused:
        compile_filter(text, OPERATORS, resource="Thing")
    assert refused.value.code == "Request_UnsupportedQuery"


@pytest.mark.parametrize(
    ("text", "advanced"),
    [("name eq 'x'", False), ("name ne 'x'", True), ("not (name eq 'x')", True), ("endswith(name,'x')", True)],
)
def test_ne_not_and_endswith_are_advanced(text: str, advanced: bool) -> None:
    assert compile_filter(text, OPERATORS, resource="Thing").advanced is advanced
