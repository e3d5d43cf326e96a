"""NCRONTAB schedules with six fields: parsed, and asked for their next occurrence in UTC.

Source: the NCrontab library (CrontabField.cs, CrontabFieldImpl.cs), which the timer extension uses: a list, a range, a
step, `a/n` meaning from `a` to the field's end, names of months and days, a reversed range swapped, and a day must fit
both the day-of-month and the day-of-week field.
"""

import datetime as dt
from dataclasses import dataclass

from devhost.errors import AppError

_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_FIELDS: tuple[tuple[str, int, int, tuple[str, ...]], ...] = (
    ("second", 0, 59, ()),
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of month", 1, 31, ()),
    ("month", 1, 12, _MONTHS),
    ("day of week", 0, 6, _DAYS),
)
# A 29 February falls on a given weekday at least once in forty years, also across a century without a leap year.
_HORIZON_DAYS = 366 * 40


@dataclass(frozen=True, slots=True)
class Schedule:
    """The values each field allows. Days of the week count from Sunday = 0."""

    seconds: frozenset[int]
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]

    def next_after(self, moment: dt.datetime) -> dt.datetime:
        """Return the first occurrence strictly after `moment` (aware), in UTC with whole seconds.

        Raises:
            AppError: the schedule never occurs, such as on 30 February.
        """
        start = moment.astimezone(dt.UTC).replace(microsecond=0) + dt.timedelta(seconds=1)
        time = self._time_from(start.time())
        day = start.date()
        for offset in range(_HORIZON_DAYS):
            today = day + dt.timedelta(days=offset)
            if self._allows(today) and (offset or time is not None):
                first = self._time_from(dt.time()) if offset else time
                assert first is not None
                return dt.datetime.combine(today, first, tzinfo=dt.UTC)
        raise AppError("the schedule never occurs: no day fits its day, month and weekday fields")

    def is_sub_minute(self, moment: dt.datetime) -> bool:
        """Whether more than one occurrence falls within the minute after `moment`.

        The host keeps no status for such a timer, so it is never past due (TimerSchedule.cs).
        """
        second = self.next_after(self.next_after(moment))
        return second <= moment + dt.timedelta(minutes=1)

    def _allows(self, day: dt.date) -> bool:
        return day.day in self.days and day.month in self.months and day.isoweekday() % 7 in self.weekdays

    def _time_from(self, earliest: dt.time) -> dt.time | None:
        now = (earliest.hour, earliest.minute, earliest.second)
        for hour in sorted(self.hours):
            for minute in sorted(self.minutes):
                if (hour, minute, max(self.seconds)) < now:
                    continue
                for second in sorted(self.seconds):
                    if (hour, minute, second) >= now:
                        return dt.time(hour, minute, second)
        return None


def parse_schedule(text: str) -> Schedule:
    """Parse six fields (second minute hour day month weekday); five fields mean second 0.

    Raises:
        AppError: another number of fields (also the time span form, which Flex Consumption does not run), or a value
            out of range.
    """
    fields = text.split()
    if len(fields) == len(_FIELDS) - 1:
        fields = ["0", *fields]
    if len(fields) != len(_FIELDS):
        raise AppError(f"schedule `{text}`: expected six fields (second minute hour day month weekday)")
    parsed = (
        _parse_field(field, name, low=low, high=high, names=names)
        for field, (name, low, high, names) in zip(fields, _FIELDS, strict=True)
    )
    return Schedule(*parsed)


def _parse_field(text: str, name: str, *, low: int, high: int, names: tuple[str, ...]) -> frozenset[int]:
    allowed: set[int] = set()
    for item in text.split(","):
        body, slash, step_text = item.partition("/")
        if slash and not (step_text.isdecimal() and int(step_text) > 0):
            raise AppError(f"schedule field `{name}`: step of `{item}` is not a whole number above 0")
        first_text, dash, last_text = body.partition("-")
        if body == "*":
            first, last = low, high
        elif dash:
            ends = [_value(end, name, low=low, names=names) for end in (first_text, last_text)]
            first, last = min(ends), max(ends)
        else:
            first = _value(body, name, low=low, names=names)
            last = high if slash else first
        if not low <= first <= last <= high:
            raise AppError(f"schedule field `{name}`: `{item}` is not within {low} to {high}")
        allowed.update(range(first, last + 1, int(step_text) if slash else 1))
    return frozenset(allowed)


def _value(text: str, name: str, *, low: int, names: tuple[str, ...]) -> int:
    if text.isascii() and text.isdecimal():
        return int(text)
    # A name may be cut short ("Mon"); the library takes the first name that starts with it.
    for index, full in enumerate(names):
        if text and full.startswith(text.lower()):
            return index + low
    raise AppError(f"schedule field `{name}`: `{text}` is not a value")
