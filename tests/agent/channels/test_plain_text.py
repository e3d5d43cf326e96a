"""Foreign text comes out as one short visible line."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.channels.plain_text import plain_text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain words", "plain words"),
        ("  two\n\tlines\u2028more ", "two lines more"),
        ("\u202eevil\u202c \u200bzero\ufeff", "evil zero"),
        ("\x1b[31mred\x07", "[31mred"),
        ("{{DATE(x)}}", "{DATE(x)}}"),
        ("{\u200b{DATE(x)}}", "{DATE(x)}}"),
        ("{{{{{x", "{x"),
        ("${{x} $${y}", "{x} {y}"),
        ("\ud800lone", "lone"),
        ("\u3164", ""),
        ("Bo\u115fb\uffa0 \u2800 B\ufe0f\u034f\U000e0101", "Bob B"),
        ("{\u3164{DATE(x)}}", "{DATE(x)}}"),
        (f"over{chr(0x336) * 9}{chr(0x20DD) * 9}draw", f"over{chr(0x336) * 4}draw"),
        (f"Viê{chr(0x323)}t \u05e9\u05bc\u05c1\u05b8\u0591", f"Viê{chr(0x323)}t \u05e9\u05bc\u05c1\u05b8\u0591"),
        ("Zo\u00eb \u65e5\u672c", "Zo\u00eb \u65e5\u672c"),
    ],
)
def test_text_is_shown_as(text: str, shown: str) -> None:
    assert plain_text(text, 100) == shown


def test_a_cut_is_visible() -> None:
    assert plain_text("abcdef", 4) == "abc\u2026"
    assert plain_text("abcd", 4) == "abcd"


@given(text=st.text(max_size=400) | st.text(alphabet="{}$ \u200b\u202e\x00", max_size=60), limit=st.integers(1, 80))
def test_any_text_becomes_one_short_clean_line(text: str, limit: int) -> None:
    shown = plain_text(text, limit)
    assert len(shown) <= limit and "{{" not in shown and "${" not in shown
    assert all(unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") for char in shown)
    assert plain_text(shown, limit) == shown
