"""The `$filter` parser: what it understands, what it refuses, and which questions are advanced."""

from typing import Any

import pytest

from simulator.errors import GraphError
from simulator.graph.filters import compile_filter
from simulator.graph.schema import ADDRESS, EQUAL, ORDERED

OPERATORS = {
    "name": ADDRESS,
    "isEnabled": EQUAL,
    "atDateTime": ORDERED,
    "kinds": EQUAL,
    "parts/id": EQUAL,
    "parts/note": ADDRESS,
    "by/user/id": EQUAL,
}
ITEM: dict[str, Any] = {
    "name": "Ed O'Shea",
    "isEnabled": False,
    "atDateTime": "2026-11-21T09:30:00.1234560Z",
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
        ("isEnabled eq false", True),
        ("isEnabled eq true", False),
        ("isEnabled ne true", True),
        ("isEnabled eq null", False),
        ("atDateTime ge 2026-11-21T09:30:00Z", True),
        ("atDateTime le 2026-11-21T09:30:00Z", False),
        ("atDateTime gt 2026-11-21", True),
        ("atDateTime lt 2026-11-21T10:30:01+01:00", True),
        ("kinds/any(k:k eq 'Unified')", True),
        ("kinds/any(k:k eq 'DynamicMembership')", False),
        ("parts/any(p:p/id eq 'two' and startswith(p/note,'sec'))", True),
        ("parts/any(p:p/id eq 'one' and p/note eq 'second')", False),
        ("by/user/id eq 'u1'", True),
        ("not (name eq 'x')", True),
        ("name eq 'x' or isEnabled eq false and by/user/id eq 'u1'", True),
        ("(name eq 'x' or isEnabled eq false) and by/user/id eq 'u2'", False),
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
        "isEnabled ge true",
        "startswith(isEnabled,'x')",
        "parts/any(p:p/x eq 'y')",
    ],
)
def test_a_property_offers_only_its_own_operators(text: str) -> None:
    with pytest.raises(GraphError) as refused:
        compile_filter(text, OPERATORS, resource="Thing")
    assert refused.value.code == "Request_UnsupportedQuery"


GUID = "11111111-2222-4333-8444-555555555555"
TYPED = {**OPERATORS, "resourceId": EQUAL, "accountEnabled": EQUAL, "isBuiltIn": EQUAL, "createdDateTime": ORDERED}


@pytest.mark.parametrize(
    ("text", "types"),
    [
        (f"resourceId eq '{GUID}'", ("Edm.Guid", "Edm.String")),
        (f"resourceId in ({GUID}, '{GUID}')", ("Edm.Guid", "Edm.String")),
        (f"parts/any(p:p/id eq {GUID})", ("Edm.String", "Edm.Guid")),
        (f"name eq {GUID}", ("Edm.String", "Edm.Guid")),
        ("accountEnabled eq 'true'", ("Edm.Boolean", "Edm.String")),
        ("isBuiltIn ne 'x'", ("Edm.Boolean", "Edm.String")),
        ("name eq true", ("Edm.String", "Edm.Boolean")),
        ("createdDateTime ge '2026-11-21T09:30:00Z'", ("Edm.DateTimeOffset", "Edm.String")),
        (f"createdDateTime ge {GUID}", ("Edm.DateTimeOffset", "Edm.Guid")),
    ],
)
def test_what_is_of_another_type_is_not_compared(text: str, types: tuple[str, str]) -> None:
    with pytest.raises(GraphError, match="incompatible types") as refused:
        compile_filter(text, TYPED, resource="Thing", guids=frozenset({"resourceId"}))
    assert refused.value.status == 400
    assert f"'{types[0]}' and '{types[1]}'" in refused.value.message


@pytest.mark.parametrize(
    "text", [f"resourceId eq {GUID}", "resourceId eq null", "accountEnabled eq null", "createdDateTime ge 2026-11-21"]
)
def test_what_is_of_the_same_type_or_null_is_compared(text: str) -> None:
    compile_filter(text, TYPED, resource="Thing", guids=frozenset({"resourceId"}))


@pytest.mark.parametrize(
    ("text", "advanced"),
    [("name eq 'x'", False), ("name ne 'x'", True), ("not (name eq 'x')", True), ("endswith(name,'x')", True)],
)
def test_ne_not_and_endswith_are_advanced(text: str, advanced: bool) -> None:
    assert compile_filter(text, OPERATORS, resource="Thing").advanced is advanced
