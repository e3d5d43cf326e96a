"""The days that a text names, in English, German, French, Spanish and Portuguese, and how each is introduced.

Numbers are read day first. A day without a year is the next such day, unless it went by within the last three months:
then it is meant as past, and nobody can be away in the past.
"""

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

_MONTHS: Final = (
    r"jan(?:uary|uar|vier|eiro)?|janner|ene(?:ro)?",
    r"feb(?:ruary|ruar|rero)?|fev(?:rier|ereiro)?",
    r"mar(?:ch|s|zo|co)?|marz|maerz",
    r"apr(?:il)?|avr(?:il)?|abr(?:il)?",
    r"may|mai|mayo|maio",
    r"june?|juni|juin|junio|junho",
    r"july?|juli|juil(?:let)?|julio|julho",
    r"aug(?:ust)?|aout|ago(?:sto)?",
    r"sept?(?:ember|embre|tembre|iembre)?|set(?:embro)?(?! ?up\b)",
    r"oct(?:ober|obre|ubre)?|okt(?:ober)?|outubro",
    r"nov(?:ember|embre|iembre|embro)?",
    r"dec(?:ember|embre)?|dez(?:ember|embro)?|dic(?:iembre)?",
)
_WEEKDAYS: Final = (
    r"monday|(?<=\bfrom )mon|(?<=\bto )mon|(?<=\bon )mon|(?<=\buntil )mon|montags?|lundi|lunes|segunda[- ]feira",
    r"tue(?:s|sday)?|dienstags?|mardi|martes|terca[- ]feira",
    r"wed(?:nesday)?|mittwochs?|mercredi|miercoles|quarta[- ]feira",
    r"thu(?:rs?|rsday)?|donnerstags?|jeudi|jueves|quinta[- ]feira",
    r"fri(?:day)?|freitags?|vendredi|viernes|sexta[- ]feira",
    r"saturday|samstags?|sonnabends?|samedi|sabado",
    r"sunday|sonntags?|dimanche|domingo",
)
# Portuguese days without `-feira` are ordinal numbers too, so they count only where a day is expected.
_SHORT_WEEKDAYS: Final = ("segunda", "terca", "quarta", "quinta", "sexta")
_OFFSETS: Final = (
    (2, r"day after tomorrow|ubermorgen|uebermorgen|apres-demain|pasado manana|depois de amanha"),
    (0, r"today|heute|aujourd'hui|hoy|hoje"),
    (1, r"tomorrow|(?<!guten )(?<!gute )(?<!heute )(?<!am )morgen|demain|(?<!la )(?<!esta )manana|amanha"),
)
_MONTH = "|".join(f"(?P<m{number}>{names})" for number, names in enumerate(_MONTHS, start=1))
_MONTH_FIRST = _MONTH.replace("?P<m", "?P<f")
ORDINAL: Final = r"(?:st|nd|rd|th|er|\.|o|a)?"
_DAY = rf"(?P<day>\d{{1,2}}){ORDINAL}"
_YEAR = r"(?:,? (?:de |del )?(?P<year>20\d\d)\b)?"
_LAST = r"last|letzt\w*|vergangen\w*|vorig\w*|passad[oa]|pasad[oa]"
_PATTERN: Final = re.compile(
    r"(?<![\w/])(?:"
    r"(?P<iso>20\d\d-\d\d-\d\d)(?!\d)"
    r"|(?P<d>\d{1,2})(?:/|-)(?P<m>\d{1,2})(?:/|-)(?P<y>(?:20)?\d\d)(?![\w/-])"
    r"|(?P<ds>\d{1,2})/(?P<ms>\d{1,2})(?![\d/])"
    r"|(?P<dd>\d{1,2})\.(?P<md>\d{1,2})(?:\.(?P<yd>(?:20)?\d\d)?(?!\d)|(?= (?:bis|to|a|au|al|ate|hasta)\b)|(?=-\d))"
    rf"|{_DAY} ?(?:of |de |do |del )?(?:{_MONTH})\b\.?{_YEAR}"
    rf"|(?:{_MONTH_FIRST})\.? (?:the )?(?P<dayf>\d{{1,2}})(?:st|nd|rd|th)?(?![\d:/]){_YEAR.replace('year', 'yearf')}"
    rf"|(?:(?P<gone>{_LAST}) )?(?:{'|'.join(f'(?P<w{number}>{names})' for number, names in enumerate(_WEEKDAYS))})\b"
    rf"(?P<past> (?:dernier|{_LAST})\b)?"
    rf"|(?<=[ae] )(?:{'|'.join(f'(?P<s{number}>{name})' for number, name in enumerate(_SHORT_WEEKDAYS))})\b"
    r"(?P<pastshort> passada)?"
    rf"|(?:{'|'.join(f'(?P<o{offset}>{names})' for offset, names in _OFFSETS)})\b"
    r")"
)
#: How a day that begins, ends or follows an absence is introduced, right before it.
BEGINS: Final = re.compile(
    r"\b(?:from|starting|starts?|as of|since|beginning|ab|von|vom|beginnend|du|depuis|des|a partir d[eou]|a compter du"
    r"|desde|del?|a contar de|leave|leaving|away|off)(?: (?:on|the|dem|le|el|o|a[ls]?)){0,2},? *$"
)
ENDS: Final = re.compile(
    r"\b(?:until|till?|through|thru|up to|to|bis(?: zum| einschlie(?:ss|ß)lich| inkl\.?)?|jusqu'?(?:au|a|en)?|au|hasta"
    r"|al|ate|ao)(?: (?:and including|the|den|dem|le|el|o|a[ol]?)){0,2},? *$"
)
RETURNS: Final = re.compile(
    r"\b(?:back|return\w*|zuruck|wieder da|wieder im buro|de retour|rentre|reviens|vuelvo|regreso|volto|regresso"
    r"|de volta|de vuelta)(?: to work| in the office)?"
    r"(?: (?:on|again|the|am|ab|erst|wieder|le|el|o|a|no|na|em|au|ao|bureau|buro|im|in)){0,4},? *$"
)
# A weekday beside a date names the same day.
_BESIDE = re.compile(r"[ ,(]*(?:the|den|dem|der|le|el|dia|on)?[ ,(]*")
# As many characters before a day can introduce it.
_INTRODUCTION: Final = 60
#: A day without a year that is this little past was meant as past.
_RECENT: Final = timedelta(days=92)


@dataclass(frozen=True, slots=True)
class NamedDay:
    """One day as a text names it: where it stands, and when it is, of which the year may be guessed (`is_dated`)."""

    start: int
    end: int
    day: date
    is_dated: bool


def named_days(comparable: str, *, today: date) -> tuple[NamedDay, ...]:
    """Return the days that folded text names, in order. What is no day of any calendar is left out."""
    found: list[NamedDay] = []
    for match in _PATTERN.finditer(comparable):
        one = _read(match, today=today)
        if one is None:
            continue
        if found and _is_its_weekday(comparable, found[-1], one=one):
            one = replace(one, start=found.pop().start)
        found.append(one)
    return tuple(found)


def is_introduced(how: re.Pattern[str], comparable: str, *, one: NamedDay) -> bool:
    """Whether a day is introduced as `BEGINS`, `ENDS` or `RETURNS` says; only the words right before it count."""
    return how.search(comparable[max(0, one.start - _INTRODUCTION) : one.start]) is not None


def next_such(day: int, month: int, *, today: date) -> date | None:
    """Return the day of that number and month that is meant when no year is said, or None if no such day exists."""
    for year in (today.year, today.year + 1, today.year + 2):
        one = day_or_none(year, month, day=day)
        if one is not None and one >= today - _RECENT:
            return one
    return None


def day_or_none(year: int, month: int, *, day: int) -> date | None:
    """Return the day, or None when no calendar has it."""
    if not 1 <= month <= 12 or not 1 <= day <= calendar.monthrange(year, month)[1]:
        return None
    return date(year, month, day)


def _is_its_weekday(comparable: str, before: NamedDay, *, one: NamedDay) -> bool:
    # "Monday 3 June" and "Monday, 01/12" are one day: what came before has no digit.
    is_numbered = any(char.isdigit() for char in comparable[one.start : one.end])
    is_beside = _BESIDE.fullmatch(comparable, before.end, one.start) is not None
    return is_beside and is_numbered and not any(char.isdigit() for char in comparable[before.start : before.end])


def _read(match: re.Match[str], *, today: date) -> NamedDay | None:
    for day, is_dated in _readings(match, today=today):
        if day is not None:
            return NamedDay(match.start(), match.end(), day, is_dated)
    return None


def _readings(match: re.Match[str], *, today: date) -> Iterator[tuple[date | None, bool]]:
    part = {name: value for name, value in match.groupdict().items() if value}
    if "iso" in part:
        year, month, day = (int(number) for number in part["iso"].split("-"))
        yield day_or_none(year, month, day=day), True
    elif day_text := next((part[name] for name in ("d", "ds", "dd", "day", "dayf") if name in part), ""):
        month = next((int(part[name]) for name in ("m", "ms", "md") if name in part), 0) or _month(part)
        yield _numbered(int(day_text), month, year=_year(part), today=today, text=match.group())
    elif not part.keys() & {"gone", "past", "pastshort"}:
        yield _relative(part, today=today), False


def _numbered(day: int, month: int, *, year: int, today: date, text: str) -> tuple[date | None, bool]:
    if text == "24/7":
        return None, False
    # Day first, unless only the other order is a date.
    if month > 12 >= day:
        day, month = month, day
    if year:
        return day_or_none(year, month, day=day), True
    return (next_such(day, month, today=today) if 1 <= month <= 12 else None), False


def _month(part: dict[str, str]) -> int:
    return next((number for number in range(1, 13) if f"m{number}" in part or f"f{number}" in part), 0)


def _year(part: dict[str, str]) -> int:
    text = next((part[name] for name in ("y", "yd", "year", "yearf") if name in part), "")
    return 0 if not text else int(text) if len(text) == 4 else 2000 + int(text)


def _relative(part: dict[str, str], *, today: date) -> date | None:
    for offset in (0, 1, 2):
        if f"o{offset}" in part:
            return today + timedelta(days=offset)
    for number in range(7):
        if f"w{number}" in part or f"s{number}" in part:
            # Today's own weekday is the one in a week: today is called today.
            return today + timedelta(days=(number - today.weekday() - 1) % 7 + 1)
    return None
