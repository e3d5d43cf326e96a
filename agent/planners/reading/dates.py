"""For when: the range of days, or the one day, that a wish names; nothing where the words leave it open.

In this order:
1. Two days with a word or dash between them ("3 to 7 June", "24/12-7/1", "du 3 au 12 mars").
2. A day from which and a day until which, or of the return, wherever they stand.
3. A length of time from a day on ("two weeks from Monday", "ab morgen für 3 Tage", "the next ten days").
4. A week or a month by name ("next week", "la semaine prochaine").
5. One day: "until Friday" begins today, "from Monday" ends nowhere, "on Friday" is that one day.
An end before its start is in the year after. A range that is over is none: the requester is asked.
"""

import calendar
import itertools
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from agent.planners.reading.day_words import (
    BEGINS,
    ENDS,
    ORDINAL,
    RETURNS,
    NamedDay,
    day_or_none,
    is_introduced,
    named_days,
    next_such,
)
from agent.planners.wording import folded

# Nobody plans further than this, and no arithmetic leaves the calendar.
_MAX_DAYS: Final = 800

_BETWEEN = (
    r"\s*(?:-{1,2}|\N{EN DASH}|\N{EM DASH}|until|till?|through|thru|to|bis(?: zum| einschlie(?:ss|ß)lich)?|jusqu'?au"
    r"|jusqu'a|jusqu'en|jusque|au|hasta|al|ate(?: ao| a)?|ao|a)(?: and including)?"
    r"(?: (?:the|den|dem|le|el|dia|o|a|ao))?\s*"
)
_JOINED = re.compile(rf"[ ,.(]*{_BETWEEN}[(]?")
_AND = re.compile(r"\s*,?\s*(?:and|und|et|y|e|&)(?: (?:the|den|dem|le|el|on|am|o))?\s*")
_FIRST_NUMBER = re.compile(
    rf"(?<![\w/.:])(\d{{1,2}}){ORDINAL}(?:{_BETWEEN}|\s*(?:and|und|et|y|e) )(?:the |le |el |den |o )?$"
)
_SECOND_NUMBER = re.compile(rf"{_BETWEEN}(\d{{1,2}})(?:st|nd|rd|th)?(?![\w/.:])")
_TWO_NUMBERS = re.compile(
    r"\b(?:from the|between the|vom|du|entre le|entre el|del|del? dia|do dia|des) "
    rf"(\d{{1,2}})(?:st|nd|rd|th|er|\.)?(?:{_BETWEEN}|\s*(?:and|und|et|y|e) (?:the |el |le )?)(\d{{1,2}})"
    r"(?:st|nd|rd|th)?(?![\d/:]|\.\d)(?! ?(?:uhr|h\b|am\b|pm\b|o'clock|euro|users|people|horas|heures|hrs|%))"
)
_NUMBERS: Final = {
    **dict.fromkeys(("a", "an", "one", "ein", "eine", "einen", "un", "une", "una", "um", "uma"), 1),
    **dict.fromkeys(("two", "zwei", "deux", "dos", "dois", "duas"), 2),
    **dict.fromkeys(("three", "drei", "trois", "tres"), 3),
    **dict.fromkeys(("four", "vier", "quatre", "cuatro", "quatro"), 4),
    **dict.fromkeys(("five", "funf", "cinq", "cinco"), 5),
    **dict.fromkeys(("six", "sechs", "seis"), 6),
    **dict.fromkeys(("ten", "zehn", "dix", "diez", "dez"), 10),
    **dict.fromkeys(("quinze", "quince"), 15),
}
_COUNT = rf"(?P<count>\d{{1,3}}|{'|'.join(sorted(_NUMBERS, key=len, reverse=True))})"
_UNIT = (
    r"(?P<unit>(?P<d>days?|tagen?|tage|jours?|dias?)|(?P<w>weeks?|wochen?|semaines?|semanas?)"
    r"|(?P<m>months?|monate?n?|mois|mes(?:es)?))\b"
)
_COMING = r"(?P<coming>next|coming|nachsten?|kommenden?|prochain\w*|proxim\w+)"
_LENGTH = re.compile(rf"\b(?:{_COMING} )?{_COUNT} (?:{_COMING.replace('coming>', 'then>')} )?{_UNIT}")
_WHOLE: Final = (
    (
        "next week",
        r"\bnext week\b|\bnachste[rn]? woche\b|\bkommende[rn]? woche\b|\bsemaine prochaine\b|\bproxima semana\b"
        r"|\bsemana que vi?e(?:m|ne)\b|\bsemana (?:proxima|seguinte|siguiente)\b",
    ),
    ("this week", r"\bthis week\b|\bdiese[rn]? woche\b|\bcette semaine\b|\besta semana\b|\brest of the week\b"),
    (
        "next month",
        r"\bnext month\b|\bnachste[rn]? monat\b|\bkommende[rn]? monat\b|\bmois prochain\b|\bproximo mes\b"
        r"|\bmes que vi?e(?:m|ne)\b",
    ),
)
_WHOLE_PATTERNS: Final = tuple((name, re.compile(pattern)) for name, pattern in _WHOLE)


@dataclass(frozen=True, slots=True)
class DateRange:
    """Whole local days, both included; `first` is never after `last`."""

    first: date
    last: date


def date_range(words: str, *, today: date) -> DateRange | None:
    """Return the days from when to when, as the numbered list above; None when they are open, unclear or over."""
    comparable = _spaced(words)
    days = named_days(comparable, today=today)
    found = (
        _written_range(comparable, days, today=today)
        or _from_until(comparable, days)
        or _length(comparable, days, today=today)
        or _whole(comparable, today=today)
        or _one_day(comparable, days, today=today)
    )
    return found if found is not None and found.last >= today else None


def day_named(words: str, *, today: date) -> date | None:
    """Return the one day that the words name; None when they name no day, or more than one."""
    days = {one.day for one in named_days(_spaced(words), today=today)}
    return days.pop() if len(days) == 1 else None


def _spaced(words: str) -> str:
    return folded(" ".join(words.split())).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")


def _ordered(first: date, last: date, *, is_dated: bool = False) -> DateRange | None:
    if last < first and not is_dated:
        last = next_such(last.day, last.month, today=first) or last
    return DateRange(first, last) if first <= last <= first + timedelta(days=_MAX_DAYS) else None


def _written_range(comparable: str, days: tuple[NamedDay, ...], *, today: date) -> DateRange | None:
    # (1)
    ranges: set[DateRange] = set()
    for one, other in itertools.pairwise(days):
        is_joined = _JOINED.fullmatch(comparable, one.end, other.start)
        is_row = _AND.fullmatch(comparable, one.end, other.start) and other.day - one.day == timedelta(days=1)
        if (is_joined or is_row) and (found := _pair(one, other)):
            ranges.add(found)
    for one in days if not ranges else ():
        if found := _with_number(comparable, one):
            ranges.add(found)
    if not ranges and not days and (match := _TWO_NUMBERS.search(comparable)):
        return _numbers(int(match.group(1)), int(match.group(2)), today=today)
    return ranges.pop() if len(ranges) == 1 else None


def _pair(one: NamedDay, other: NamedDay) -> DateRange | None:
    first = one.day
    # The year that was written for the end is the start's year too.
    if other.is_dated and not one.is_dated:
        years = (other.day.year, other.day.year - 1)
        first = next((day for year in years if (day := _in(year, one.day)) and day <= other.day), one.day)
    return _ordered(first, other.day, is_dated=other.is_dated)


def _in(year: int, day: date) -> date | None:
    return day_or_none(year, day.month, day=day.day)


def _with_number(comparable: str, one: NamedDay) -> DateRange | None:
    """Return the range of "3 to 7 June" or of "June 3-7", of which only one day has its month."""
    before = _FIRST_NUMBER.search(comparable[max(0, one.start - 40) : one.start])
    if before and (first := day_or_none(one.day.year, one.day.month, day=int(before.group(1)))):
        return DateRange(first, one.day) if first <= one.day else None
    after = _SECOND_NUMBER.match(comparable, one.end)
    if after and (last := day_or_none(one.day.year, one.day.month, day=int(after.group(1)))):
        return DateRange(one.day, last) if one.day <= last else None
    return None


def _numbers(first_day: int, last_day: int, *, today: date) -> DateRange | None:
    for months in range(2):
        year, month = today.year + (today.month - 1 + months) // 12, (today.month - 1 + months) % 12 + 1
        first = day_or_none(year, month, day=first_day)
        if first is not None and first >= today:
            later = first.replace(day=1) + timedelta(days=32)
            last = day_or_none(year, month, day=last_day) if last_day >= first_day else None
            last = last or day_or_none(later.year, later.month, day=last_day)
            return DateRange(first, last) if last else None
    return None


def _from_until(comparable: str, days: tuple[NamedDay, ...]) -> DateRange | None:
    # (2)
    if len(days) != 2:
        return None
    for one, other in (days, days[::-1]):
        if is_introduced(RETURNS, comparable, one=other):
            return _ordered(one.day, other.day - timedelta(days=1), is_dated=other.is_dated)
        if is_introduced(BEGINS, comparable, one=one) and is_introduced(ENDS, comparable, one=other):
            return _ordered(one.day, other.day, is_dated=other.is_dated)
    return None


def _length(comparable: str, days: tuple[NamedDay, ...], *, today: date) -> DateRange | None:
    # (3)
    match = _LENGTH.search(comparable)
    if match is None or len(days) > 1:
        return None
    if not days and not (match["coming"] or match["then"]):
        return None
    first = days[0].day if days else today
    count = _NUMBERS.get(match["count"]) or int(match["count"])
    length = count * (7 if match["w"] else 30 if match["m"] else 1)
    return DateRange(first, first + timedelta(days=length - 1)) if 0 < length <= _MAX_DAYS else None


def _whole(comparable: str, *, today: date) -> DateRange | None:
    # (4)
    named = [name for name, pattern in _WHOLE_PATTERNS if pattern.search(comparable)]
    if len(named) != 1:
        return None
    monday = today - timedelta(days=today.weekday())
    if named == ["this week"]:
        return DateRange(today, monday + timedelta(days=6))
    if named == ["next week"]:
        return DateRange(monday + timedelta(days=7), monday + timedelta(days=13))
    first = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    return DateRange(first, first.replace(day=calendar.monthrange(first.year, first.month)[1]))


def _one_day(comparable: str, days: tuple[NamedDay, ...], *, today: date) -> DateRange | None:
    # (5)
    if len(days) != 1:
        return None
    one = days[0]
    if is_introduced(RETURNS, comparable, one=one):
        return _ordered(today, one.day - timedelta(days=1), is_dated=True)
    if is_introduced(ENDS, comparable, one=one):
        return _ordered(today, one.day, is_dated=True)
    return None if is_introduced(BEGINS, comparable, one=one) else DateRange(one.day, one.day)
