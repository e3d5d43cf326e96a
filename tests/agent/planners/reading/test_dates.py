"""What people write about when: an explicit range or day comes out of it, or nothing, and never a guess."""

import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.planners.reading.dates import date_range, day_named

# A Wednesday.
TODAY = date(2026, 11, 25)
FRIDAY, MONDAY = date(2026, 11, 27), date(2026, 11, 30)


def days(words: str) -> tuple[str, str] | None:
    found = date_range(words, today=TODAY)
    return (found.first.isoformat(), found.last.isoformat()) if found else None


@pytest.mark.parametrize(
    "words",
    [
        "I am away from 3 to 7 June",
        "June 3-7, please",
        "3\N{EN DASH}7 June 2027",
        "Abwesend vom 3. bis 7. Juni",
        "weg 3.-7.6. danke",
        "zwischen 3. und 7. Juni",
        "absente du 3 au 7 juin",
        "fuera entre el 3 y el 7 de junio",
        "ausente de 3 a 7 de junho",
        "do dia 3 ao dia 7 de junho",
        "2027-06-03 to 2027-06-07",
        "from Thursday 3 June to Monday, 7 June",
        "leaving on 3 June, back on 8 June",
        "for 5 days from 3 June",
    ],
)
def test_a_range_is_read_in_every_language_and_order(words: str) -> None:
    assert days(words) == ("2027-06-03", "2027-06-07")


@pytest.mark.parametrize(
    "words",
    [
        "24/12-7/1",
        "del 24/12 al 7/1",
        "24.12.-7.1.",
        "24 dec to 7 jan",
        "du 24 décembre au 7 janvier 2027",
    ],
)
def test_an_end_before_its_start_is_in_the_year_after(words: str) -> None:
    assert days(words) == ("2026-12-24", "2027-01-07")


@pytest.mark.parametrize(
    "words",
    [
        "until Friday",
        "bis Freitag",
        "jusqu'à vendredi",
        "hasta el viernes",
        "até sexta",
    ],
)
def test_what_has_only_an_end_begins_today(words: str) -> None:
    assert days(words) == (TODAY.isoformat(), FRIDAY.isoformat())


@pytest.mark.parametrize(
    "words",
    [
        "nächste Woche",
        "next week",
        "la semaine prochaine",
        "la semana que viene",
        "na próxima semana",
    ],
)
def test_a_week_by_name_is_its_seven_days(words: str) -> None:
    assert days(words) == (MONDAY.isoformat(), "2026-12-06")


@pytest.mark.parametrize(
    "words",
    [
        "ab Montag",
        "from Monday",
        "à partir de lundi",
        "desde el lunes",
        "a partir de segunda-feira",
    ],
)
def test_what_has_only_a_start_is_a_day_and_no_range(words: str) -> None:
    assert days(words) is None
    assert day_named(words, today=TODAY) == MONDAY


@pytest.mark.parametrize(
    "words",
    [
        "20 Nov to 22 Nov",
        "from 1/6/2026 to 5/6/2026",
        "letzten Freitag",
        "on 31/02",
        "support 24/7",
        "office hours from 9 to 5",
        "Guten Morgen",
        "mon compte et mon agenda",
        "version 24.07 please",
        "call +44 20 7946 0123",
        "2 June, or 9 June, or 16 June",
        "over the holidays",
        "for two weeks",
    ],
)
def test_what_is_past_open_or_no_date_is_no_range(words: str) -> None:
    assert days(words) is None


def test_a_day_just_past_is_not_moved_to_next_year_and_two_days_are_not_one() -> None:
    assert day_named("since 20 November", today=TODAY) == date(2026, 11, 20)
    assert day_named("on 3 June", today=TODAY) == date(2027, 6, 3)
    assert day_named("3 June or 4 June", today=TODAY) is None
    assert day_named("start: 01/12/2026", today=TODAY) == date(2026, 12, 1)


PIECES = st.sampled_from(
    [
        "from ",
        "the ",
        "to ",
        "-",
        "3",
        "31",
        "/",
        ".",
        " june ",
        "montag ",
        "a ",
        "au ",
        "back ",
        "on ",
        "bis ",
        " weeks ",
        "2026",
        "\n",
    ]
)


@given(st.lists(PIECES, max_size=80).map("".join) | st.text(max_size=200), st.dates(date(2020, 1, 1), date(2090, 1, 1)))
def test_any_text_gives_an_ordered_range_that_is_not_over_or_nothing(words: str, today: date) -> None:
    found = date_range(words, today=today)
    assert found is None or (found.first <= found.last and found.last >= today)


@pytest.mark.parametrize(
    "piece", ["from a ", "to the ", "1.", "3 - ", "back on the ", "1/1-", "an a ", "  ", "2 to 3 "]
)
def test_four_thousand_hostile_characters_are_read_at_once(piece: str) -> None:
    words = (piece * 4_000)[:4_000]
    started = time.process_time()
    date_range(words, today=TODAY)
    assert time.process_time() - started < 0.25


@pytest.mark.parametrize("words", ["0/0", "0/5", "5/0", "0.0.2027", "on 0/13/2027"])
def test_a_day_or_month_of_zero_is_no_date(words: str) -> None:
    assert date_range(words, today=date(2026, 11, 23)) is None
