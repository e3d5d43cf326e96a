"""Six-field schedules, without a clock."""

import datetime as dt

import pytest

from devhost.errors import AppError
from devhost.ncrontab import parse_schedule

NEXT = [
    ("*/5 * * * * *", "2026-01-01 00:00:03", "2026-01-01 00:00:05"),
    ("*/5 * * * * *", "2026-01-01 00:00:05", "2026-01-01 00:00:10"),
    ("0 */15 * * * *", "2026-01-01 00:59:59", "2026-01-01 01:00:00"),
    ("10,40 30 9-17/4 * * *", "2026-01-01 09:30:10", "2026-01-01 09:30:40"),
    ("10,40 30 9-17/4 * * *", "2026-01-01 09:30:40", "2026-01-01 13:30:10"),
    ("0 50/4 * * * *", "2026-01-01 00:55:00", "2026-01-01 00:58:00"),
    ("0 50/4 * * * *", "2026-01-01 00:58:00", "2026-01-01 01:50:00"),
    ("0 0 0 * Feb *", "2026-03-01 00:00:00", "2027-02-01 00:00:00"),
    ("0 0 8 * * mon-fri", "2026-01-02 08:00:00", "2026-01-05 08:00:00"),
    ("0 0 8 * * fri-mon", "2026-01-02 08:00:00", "2026-01-05 08:00:00"),
    ("0 0 0 * * Sunday", "2026-01-01 00:00:00", "2026-01-04 00:00:00"),
    ("0 0 0 13 * 5", "2026-01-01 00:00:00", "2026-02-13 00:00:00"),
    ("0 0 0 29 2 *", "2026-01-01 00:00:00", "2028-02-29 00:00:00"),
    ("0 0 0 29 Feb Mon", "2026-01-01 00:00:00", "2044-02-29 00:00:00"),
    ("59 59 23 31 12 *", "2026-12-31 23:59:59", "2027-12-31 23:59:59"),
    ("30 2 * * *", "2026-01-01 03:00:00", "2026-01-02 02:30:00"),
]


def _utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(("schedule", "moment", "expected"), NEXT)
def test_the_next_occurrence_is_strictly_after_the_moment(schedule: str, moment: str, expected: str) -> None:
    assert parse_schedule(schedule).next_after(_utc(moment)) == _utc(expected)


def test_a_fraction_of_a_second_and_another_zone_do_not_shift_it() -> None:
    moment = dt.datetime(2026, 1, 1, 1, 0, 4, 999_999, tzinfo=dt.timezone(dt.timedelta(hours=1)))
    assert parse_schedule("*/5 * * * * *").next_after(moment) == _utc("2026-01-01 00:00:05")


REFUSED = [
    ("* * * *", "expected six fields"),
    ("00:05:00", "expected six fields"),
    ("60 * * * * *", "`second`: `60` is not within 0 to 59"),
    ("* * 24 * * *", "`hour`: `24` is not within 0 to 23"),
    ("* * * 0 * *", "`day of month`: `0` is not within 1 to 31"),
    ("* * * * 13 *", "`month`: `13` is not within 1 to 12"),
    ("* * * * * 7", "`day of week`: `7` is not within 0 to 6"),
    ("*/0 * * * * *", "step of `*/0`"),
    ("*/x * * * * *", "step of `*/x`"),
    ("1,,2 * * * * *", "`` is not a value"),
    ("* * * * Foo *", "`Foo` is not a value"),
    ("Mon * * * * *", "`Mon` is not a value"),
]


@pytest.mark.parametrize(("schedule", "reason"), REFUSED)
def test_what_the_service_would_refuse_is_refused(schedule: str, reason: str) -> None:
    with pytest.raises(AppError) as refusal:
        parse_schedule(schedule)
    assert reason in str(refusal.value)


def test_a_schedule_that_never_occurs_is_refused() -> None:
    with pytest.raises(AppError, match="never occurs"):
        parse_schedule("0 0 0 30 2 *").next_after(_utc("2026-01-01 00:00:00"))


@pytest.mark.parametrize(
    ("schedule", "sub_minute"), [("*/20 * * * * *", True), ("0 * * * * *", False), ("0 0 * * * *", False)]
)
def test_only_more_than_one_occurrence_a_minute_is_sub_minute(schedule: str, sub_minute: bool) -> None:
    assert parse_schedule(schedule).is_sub_minute(_utc("2026-01-01 00:00:30")) is sub_minute
