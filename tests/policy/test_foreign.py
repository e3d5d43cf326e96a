"""What others named or typed is shown on one line, cut, in no time, and never reads as our own words."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.canonical import MAX_NUMBER
from policy.document import parse_document
from policy.errors import DocumentError
from policy.foreign import alike, printable, quoted, shown, stray_quotes, ticked, unquotable
from policy.grammar import parse_block
from policy.registry import ATTRIBUTES
from tests.policy.test_laws import SETTINGS
from tests.policy.written import CATALOGUE

# Small enough to be written out by mistake, and then seen; thirty more levels would take years.
DOUBLED: Any = ("x",)
for _ in range(16):
    DOUBLED = (DOUBLED, DOUBLED)
HUGE = 1 << 20_000
SHOWN: dict[str, tuple[object, str]] = {
    "tuples in each other": (DOUBLED, "`tuple`"),
    "tuples in a list": ([1, DOUBLED, "a"], "`[1, tuple, a]`"),
    "lists in fields": ({"a": [DOUBLED]}, "`{a: list}`"),
    "bytes": (b"x", "`bytes`"),
    "a set": ({1}, "`set`"),
    "a number": (HUGE, "`a number of many digits`"),
    "a number below zero": (-HUGE, "`a number of many digits`"),
    "a number in a list": ([HUGE, True], "`[a number of many digits, true]`"),
    "a number as a key": ({HUGE: None}, "`{a number of many digits: None}`"),
    "the largest number": (MAX_NUMBER, f"`{MAX_NUMBER}`"),
    "a fraction": (1.5, "`1.5`"),
    "flags": ([True, False], "`[true, false]`"),
    "text that ends the backticks": ("x`, rule `y` is fine", r"`x\`, rule \`y\` is fine`"),
}
JUNK: dict[str, object] = {
    "tuples": DOUBLED,
    "tuples in a list": [DOUBLED],
    "a number": HUGE,
    "a number as a key": {HUGE: 1},
    "numbers as keys": {"a": {HUGE: {HUGE: 1}}},
}


@pytest.mark.parametrize("what", SHOWN)
def test_whatever_yaml_can_hold_is_shown_at_once(what: str) -> None:
    value, says = SHOWN[what]
    assert shown(value) == says


@pytest.mark.parametrize("what", JUNK)
def test_a_document_with_such_a_value_is_refused_in_words(what: str) -> None:
    value = JUNK[what]
    good = {"apiVersion": "policy/v1", "layer": "action", "tenant": "*"}
    rule = {"id": "act.one", "effect": "permit", "actions": ["*"]}
    for whole in (value, {**good, "rules": value}, {**good, "rules": [{**rule, "when": {"risk": value}}]}):
        with pytest.raises(DocumentError) as refused:
            parse_document(whole, source="x.yaml", catalogue=CATALOGUE)
        assert all(str(one).isprintable() and len(str(one)) < 500 for one in refused.value.problems)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Sales", "Sales"),
        ("Büro 東京", "Büro 東京"),
        ("Head of R&D (EU)", "Head of R&D (EU)"),
        ("Orders", "Orders"),
        ("Sales, HR", "`Sales, HR`"),
        ("Sales or HR", "`Sales or HR`"),
        ("Research And Development", "`Research And Development`"),
        ("x is known", "`x is known`"),
        ("unknown", "`unknown`"),
        ("any other value", "`any other value`"),
        ("not HR", "`not HR`"),
        ('"x"', '`"x"`'),
        ("it's", "`it's`"),
        (" x", "` x`"),
        ("x  y", "`x  y`"),
        ("", "``"),
        ("x` or `y", r"`x\` or \`y`"),
        (r"x\n", r"`x\\n`"),
        ("x\n\x1b[2J", r"`x\n\x1b[2J`"),
        ("x\u202ey", r"`x\u202ey`"),
        ("x\xa0y", r"`x\xa0y`"),
        ("x" * 60, "x" * 60),
        ("x" * 61, f"`{'x' * 57}...`"),
    ],
)
def test_a_name_is_quoted_where_it_could_be_read_as_something_else(text: str, says: str) -> None:
    assert quoted(text) == says


@SETTINGS
@given(text=st.text(max_size=80))
def test_a_quoted_name_is_one_printable_line_that_its_text_cannot_leave(text: str) -> None:
    said = quoted(text)
    assert said.isprintable()
    if said != text:
        inside = said[1:-1]
        assert said == f"`{inside}`" and inside == unquotable(text)
        assert "`" not in inside.replace("\\\\", "").replace("\\`", "")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("department", ("requester.department", "target.department", "beneficiary.department", "params.department")),
        ("requester.dept", ("requester.department",)),
        ("requestr.department", ("requester.department",)),
        ("weather", ()),
        ("riks", ("risk",)),
        ("id", ("requester.id", "target.id", "beneficiary.id", "other_person.id")),
        ("", ()),
    ],
)
def test_a_mistyped_name_is_told_what_it_may_have_been_meant_as(name: str, meant: tuple[str, ...]) -> None:
    assert alike(name, ATTRIBUTES) == meant


def test_what_is_too_long_to_be_mistyped_is_not_compared() -> None:
    assert alike("x" * 120, ["x" * 119]) == ("x" * 119,)
    assert alike("x" * 121, ["x" * 120]) == ()


def test_names_in_a_list_stay_in_their_backticks() -> None:
    assert ticked(["a"]) == "`a`"
    assert ticked(["a", "b", "c` or `d"], last="or") == r"`a`, `b` or `c\` or \`d`"


@pytest.mark.parametrize(("value", "says"), [("5", True), ("TRUE", True), ("no", True), ("x", False), (5, False)])
def test_only_what_would_be_a_number_or_a_flag_is_to_be_written_without_quotes(value: object, says: bool) -> None:
    assert bool(stray_quotes(value)) is says


def test_a_longer_text_is_cut_where_the_reader_wants_it() -> None:
    assert printable("x" * 100, most=100) == "x" * 100
    assert printable("x" * 101, most=100) == "x" * 97 + "..."


@pytest.mark.parametrize("text", ["x\ny", "\x1b[2J", "x\x00", "x\x7f", "x\x9b2J", "x\u2028y", "x\u2029"])
def test_a_constant_holds_no_control_characters(text: str) -> None:
    for block in (
        {"requester.department": text},
        {"requester.department": {"not": ["HR", text]}},
        {"target.groups": {"any": [text]}},
    ):
        with pytest.raises(ValueError, match="expected text without control characters, got `") as refused:
            parse_block(block)
        assert str(refused.value).isprintable()
