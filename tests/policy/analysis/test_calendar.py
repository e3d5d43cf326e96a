"""A date and a minute of the week go together exactly when some moment has both."""

import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policy import UNKNOWN
from policy.analysis.calendar import common_moment, weekday_of
from policy.analysis.domain import Piece, Stretch, ValueClass

LAST = datetime.date.max.toordinal()
DAY_STRETCHES = st.one_of(
    st.builds(lambda low, more: Stretch(low, low + more), st.integers(2, 730_000), st.integers(0, 8)),
    st.builds(lambda high: Stretch(1, high), st.integers(1, 20)),
)
MINUTE_STRETCHES = st.builds(
    lambda low, more: Stretch(low, min(low + more, 10_079)), st.integers(0, 10_079), st.integers(0, 3_000)
)


def pieces(stretches: st.SearchStrategy[Stretch]) -> st.SearchStrategy[list[Piece]]:
    return st.lists(st.one_of(stretches, stretches, st.just(UNKNOWN)), min_size=1, max_size=3)


def weekdays(days: Stretch) -> set[int]:
    assert days.high is not None
    return {datetime.date.fromordinal(day).weekday() for day in range(days.low, days.high + 1)}


def minutes_days(minutes: Stretch) -> set[int]:
    assert minutes.high is not None
    return {minute // 1440 for minute in range(minutes.low, minutes.high + 1)}


def together(one: Piece, other: Piece) -> bool:
    if isinstance(one, Stretch) and isinstance(other, Stretch):
        return bool(weekdays(one) & minutes_days(other))
    return True


def within(value: object, some: list[Piece]) -> bool:
    if not isinstance(value, int):
        return UNKNOWN in some
    return any(isinstance(one, Stretch) and one.low <= value <= (one.high or value) for one in some)


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(days=pieces(DAY_STRETCHES), minutes=pieces(MINUTE_STRETCHES))
def test_a_common_moment_is_found_exactly_when_there_is_one(days: list[Piece], minutes: list[Piece]) -> None:
    moment = common_moment(ValueClass(tuple(days), UNKNOWN), ValueClass(tuple(minutes), UNKNOWN))
    assert (moment is not None) == any(together(one, other) for one in days for other in minutes)
    if moment is not None:
        day, minute = moment
        assert within(day, days) and within(minute, minutes)
        if isinstance(day, int) and isinstance(minute, int):
            assert datetime.date.fromordinal(day).weekday() == minute // 1440


@pytest.mark.parametrize("day", [1, 7, 8, LAST, datetime.date(2026, 11, 23).toordinal()])
def test_the_weekday_is_the_calendars(day: int) -> None:
    assert weekday_of(day) == datetime.date.fromordinal(day).weekday()


def test_of_all_days_before_a_date_the_last_ones_are_shown() -> None:
    before, no_hour, any_hour = (ValueClass((one,), UNKNOWN) for one in (Stretch(1, 1000), UNKNOWN, Stretch(0, 10_079)))
    assert common_moment(before, no_hour) == (1000, UNKNOWN)
    assert common_moment(before, any_hour) == (1000, weekday_of(1000) * 1440)
