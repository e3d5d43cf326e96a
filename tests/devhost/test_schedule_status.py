"""What a timer makes of its stored status at the start, without a clock."""

import datetime as dt
from pathlib import Path

from devhost.ncrontab import parse_schedule
from devhost.schedule_status import NEVER, ScheduleStatus, StatusFile, after_run, at_start

DAILY = parse_schedule("0 0 6 * * *")


def _day(number: int, hour: int = 6) -> dt.datetime:
    return dt.datetime(2026, 1, number, hour, tzinfo=dt.UTC)


def test_without_a_status_the_next_occurrence_counts_from_now() -> None:
    assert at_start(DAILY, None, now=_day(1, 7)) == (ScheduleStatus(NEVER, _day(2), _day(1, 7)), False)


def test_a_missed_occurrence_is_past_due() -> None:
    stored = after_run(DAILY, _day(1))
    assert at_start(DAILY, stored, now=_day(3, 7)) == (stored, True)


def test_an_occurrence_still_to_come_is_not_past_due() -> None:
    stored = after_run(DAILY, _day(1))
    assert at_start(DAILY, stored, now=_day(1, 8)) == (stored, False)


def test_a_timer_that_never_ran_is_past_due_by_the_moment_it_was_first_seen() -> None:
    stored = ScheduleStatus(NEVER, _day(2), _day(1, 7))
    assert at_start(DAILY, stored, now=_day(2, 7)) == (stored, True)


def test_an_edited_schedule_counts_from_now_and_is_not_past_due() -> None:
    stored = after_run(parse_schedule("0 0 3 * * *"), _day(1))
    assert at_start(DAILY, stored, now=_day(9, 7)) == (ScheduleStatus(NEVER, _day(10), _day(9, 7)), False)


def test_an_edited_schedule_whose_occurrence_is_still_to_come_keeps_it() -> None:
    stored = after_run(parse_schedule("0 0 3 * * *"), _day(1))
    assert at_start(DAILY, stored, now=_day(1, 8)) == (ScheduleStatus(NEVER, _day(2), _day(1)), False)


def test_a_status_is_stored_and_a_broken_one_counts_as_none(tmp_path: Path) -> None:
    file = StatusFile(tmp_path, "sweep")
    assert file.read() is None
    file.write(after_run(DAILY, _day(1)))
    assert StatusFile(tmp_path, "sweep").read() == after_run(DAILY, _day(1))
    (tmp_path / "sweep.timer.json").write_text('{"Last": "yesterday"}')
    assert file.read() is None


def test_only_one_holds_the_lock_of_a_timer(tmp_path: Path) -> None:
    first, second = StatusFile(tmp_path, "sweep"), StatusFile(tmp_path, "sweep")
    assert first.try_lock() and first.try_lock()
    assert not second.try_lock()
    first.unlock()
    assert second.try_lock()
    second.unlock()
