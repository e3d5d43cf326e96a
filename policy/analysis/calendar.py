"""The two clock facts belong together: a date has one weekday, so some pairs of classes have no moment at all."""

from collections.abc import Iterable
from typing import Final

from policy.analysis.domain import Piece, Stretch, ValueClass
from policy.registry import MINUTES_PER_WEEK
from policy.request import UNKNOWN, FactValue, Unknown

MINUTES_PER_DAY: Final = 24 * 60
DAYS_PER_WEEK: Final = MINUTES_PER_WEEK // MINUTES_PER_DAY

# A moment is a date (proleptic Gregorian ordinal) with a minute of the week, each possibly unknown.
Moment = tuple[FactValue, FactValue]


def common_moment(days: ValueClass, minutes: ValueClass) -> Moment | None:
    """Return a moment of both classes, known if there is a known one; None when they have none in common."""
    for day_piece in _known_first(days.pieces):
        for minute_piece in _known_first(minutes.pieces):
            if moment := _moment(day_piece, minute_piece):
                return moment
    return None


def weekday_of(day: int) -> int:
    """Return the weekday of a date's ordinal; Monday is 0, and so is ordinal 1."""
    return (day - 1) % DAYS_PER_WEEK


def _known_first(pieces: Iterable[Piece]) -> list[Piece]:
    return sorted(pieces, key=lambda piece: isinstance(piece, Unknown))


def _moment(days: Piece, minutes: Piece) -> Moment | None:
    if isinstance(days, Stretch) and isinstance(minutes, Stretch):
        return _known_moment(days, minutes)
    day = _latest_week(days)[0] if isinstance(days, Stretch) else UNKNOWN
    return day, minutes.low if isinstance(minutes, Stretch) else UNKNOWN


def _known_moment(days: Stretch, minutes: Stretch) -> Moment | None:
    for day in _latest_week(days):
        midnight = weekday_of(day) * MINUTES_PER_DAY
        assert minutes.high is not None, "the week ends"
        minute = max(minutes.low, midnight)
        if minute <= min(minutes.high, midnight + MINUTES_PER_DAY - 1):
            return day, minute
    return None


def _latest_week(days: Stretch) -> range:
    """Return up to seven dates of `days`: the first ones, or the last ones before the first date that matters."""
    assert days.high is not None, "the calendar ends"
    if days.low == 1:
        return range(days.high, max(days.high - DAYS_PER_WEEK, days.low - 1), -1)
    return range(days.low, min(days.low + DAYS_PER_WEEK, days.high + 1))
