"""What must not be on a card cannot be made of its elements, and what is shown exactly is whole on any screen."""

import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agent.channels.card_elements import (
    MAX_CARD_BYTES,
    Card,
    CardTooLargeError,
    Execute,
    InputText,
    OpenUrl,
    Question,
    RichTextBlock,
    TextBlock,
    TextRun,
    json_bytes,
    to_json,
)
from agent.channels.card_lines import MAX_UNBROKEN, breakable, exact_lines, exact_rows, line
from agent.channels.card_words import Words
from agent.channels.own_pages import OwnPage, OwnPages
from agent.channels.plain_text import plain_text
from agent.channels.secret_card import secret_card
from tests.agent.channels.card_reading import PAGES, buttons, lines

QUESTION = Question("approval-1", "d" * 64)
APPROVE = Execute(title=Words.APPROVE, verb="approve", question=QUESTION)


@pytest.mark.parametrize(
    "text",
    ["", "two\nlines", "{{DATE(2026-01-01)}}", "${x}", "\u202eexe", "a\u200bb", "two  blanks", " before", "x" * 8_001],
)
def test_a_run_takes_no_text_that_was_not_cleaned(text: str) -> None:
    with pytest.raises(ValueError):
        TextRun(text=text)


@pytest.mark.parametrize(
    "make",
    [
        lambda text: TextBlock(text=text),
        lambda text: InputText(id="reason", label=text, max_chars=5),
        lambda text: Execute(title=text, verb="approve", question=QUESTION),
        lambda text: OpenUrl(title=text, page=PAGES.approval("a")),
    ],
)
def test_where_markdown_is_read_and_on_buttons_there_is_no_text_but_our_constants(make: Any) -> None:
    with pytest.raises(TypeError):
        make("[Approve once](https://evil.example)")


@pytest.mark.parametrize(
    "address",
    [
        "http://remit.example",
        "https://user@remit.example",
        "https://",
        "https://remit.example/?next=x",
        "https://remit.example/#x",
        "javascript:alert(1)",
        "https://remit.example/\n",
        "https://r\u0435mit.example",
    ],
)
def test_only_an_https_address_of_ours_can_be_linked_to(address: str) -> None:
    with pytest.raises(ValueError):
        OwnPages(address)
    with pytest.raises(TypeError):
        OpenUrl(title=Words.FULL_PLAN, page=address)  # type: ignore[arg-type]  # As code would that nobody checked.


@pytest.mark.parametrize("name", ["", "..", "a/b", "a?b=c", "a%2fb", "x" * 65, "a\n"])
def test_the_id_in_a_link_leads_nowhere_else(name: str) -> None:
    with pytest.raises(ValueError):
        OwnPage(PAGES, "approvals", name)
    assert PAGES.approval("a-1").url == "https://remit.contoso.example/api/approvals/a-1"


@pytest.mark.parametrize("data", [("", "d" * 64), ("a b", "d" * 64), ("a", "d" * 63), ("a", "D" * 64), ("a", "x\n")])
def test_a_button_carries_an_id_and_a_digest_or_is_none(data: tuple[str, str]) -> None:
    with pytest.raises(ValueError):
        Question(*data)


def test_a_card_has_at_most_three_buttons_and_a_link() -> None:
    link = OpenUrl(title=Words.FULL_PLAN, page=PAGES.approval("a"))
    card = to_json(Card(body=(TextBlock(text=Words.APPROVED),), buttons=(APPROVE,) * 3, link=link))
    assert len(buttons(card)) == 4 and len(card["actions"]) == 2, "a third does not fit into a row on a phone"
    with pytest.raises(ValueError):
        Card(body=(TextBlock(text=Words.APPROVED),), buttons=(APPROVE,) * 4)


def test_a_card_over_the_limit_cannot_be_made() -> None:
    wide = RichTextBlock((TextRun(text="\U0001f600" * 1_000),))
    fits = Card(body=(wide, wide))
    assert json_bytes(to_json(fits)) <= MAX_CARD_BYTES
    with pytest.raises(CardTooLargeError):
        Card(body=(wide, wide, wide))


EXACT = st.text(alphabet='ab0-? /,:"{}=', max_size=200).map(lambda text: plain_text(text, 500))


def stretches(text: str) -> list[str]:
    """What a client keeps together: measured in Chromium, which breaks behind these and nothing else."""
    return re.split(r"(?<=[ ])|(?<=[A-Za-z0-9][-?])(?=[A-Za-z0-9])", text)


@given(EXACT)
@example("a" * MAX_UNBROKEN + " b")
@example("GET /" + "x" * 100)
def test_rows_put_together_are_the_exact_text_and_every_screen_shows_them_whole(text: str) -> None:
    rows = exact_rows(text)
    assert "".join(rows) == text
    assert all(len(one.rstrip()) <= MAX_UNBROKEN for row in rows for one in stretches(row))
    # A blank at the edge of a row would not be seen.
    assert all(row == row.strip() for row in rows)


@given(st.text(max_size=300).map(lambda text: plain_text(text, 400)))
@example("W" * 100)
@example("\ufdfd" * 20)
def test_prose_gets_blanks_in_words_wider_than_a_screen_and_loses_nothing(text: str) -> None:
    shown = breakable(text)
    assert shown.replace(" ", "") == text.replace(" ", "")
    assert all(len(one.rstrip()) <= MAX_UNBROKEN for one in stretches(shown) if one.isascii())
    assert breakable("a usual sentence with 0f0f0f0f-0000-4000-8000-000000000001") in (
        "a usual sentence with 0f0f0f0f-0000-4000-8000-000000000001",
    )


def test_nothing_is_said_to_be_nothing() -> None:
    assert lines(to_json(Card(body=(line("They wrote", ""), *exact_lines("Call", ""))))) == [
        "They wrote: (nothing)",
        "Call: (nothing)",
    ]


@pytest.mark.parametrize("secret", ["Vq7!kd(y)*Zr3:)pw_2L", "0-" * 28, "x" * 256])
def test_a_secret_of_any_length_is_shown_whole(secret: str) -> None:
    intro = lines(to_json(secret_card("Your password:", secret)))[-1]
    assert intro == f"Your password:{secret}"
