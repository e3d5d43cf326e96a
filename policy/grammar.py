"""The grammar of `when`, `when_any` and `unless`: what an author may write after an attribute's name.

Forms, by the attribute's kind:

- text: `Sales`, `[Sales, HR]`, `{not: Sales}`, `{not: [Sales, HR]}`
- flag: `true`, `false`
- number: `5`, `{min: 1}`, `{max: 9}`, `{min: 1, max: 9}`, ends included
- set: `{any: [a, b]}`, `{none: [c]}`, or both
- `time.local_hours`: `{days: [Mon, Tue], from: "08:00", to: "18:00"}`, the end not included
- `time.dates`: `{from: 2026-12-28, to: 2027-01-04}`, both days included

An empty block, list or value is refused everywhere: empty never means everything.
"""

import datetime
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeVar

from policy.canonical import MAX_NUMBER
from policy.foreign import alike, shown, stray_quotes, ticked
from policy.predicate import (
    DAYS,
    Block,
    DateRange,
    FlagIs,
    LocalHours,
    NumberIs,
    Predicate,
    SetHas,
    TextIs,
    TextIsNot,
)
from policy.registry import ATTRIBUTES, Attribute, check_fact, check_text
from policy.request import UNKNOWN, Unknown

LOCAL_HOURS: Final = "time.local_hours"
DATES: Final = "time.dates"

# The raw clock numbers are written as hours and dates only: one way to say a thing.
NAMES: Final = (*(name for name in ATTRIBUTES if not name.startswith("time.")), LOCAL_HOURS, DATES)

ALL_NAMES: Final = "; docs/policy.md lists all of them"

_Item = TypeVar("_Item")
_Parsed = TypeVar("_Parsed")

_CLOCK_TIME: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00", re.ASCII)
# Nothing in a name needs them, and a terminal obeys them: C0, DEL, C1, and what ends a line or a paragraph.
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# How the forms with these keys are written.
_FORMS: Final = {
    ("not",): "; for example `[Sales, HR]` or `{not: [Sales, HR]}`",
    ("min", "max"): "; for example `{min: 1, max: 9}`",
    ("any", "none"): "; for example `{any: [5d3b2f1e-0c44-4a6e-9d0a-3f1f6c1a7e01]}`",
    ("days", "from", "to"): '; for example `{days: [Mon, Tue], from: "08:00", to: "18:00"}`',
    ("from", "to"): "; for example `{from: 2026-12-28, to: 2027-01-04}`",
}
_ISO_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class SeveralError(ValueError):
    """Several things are wrong in one place; `messages` has one sentence for each."""

    def __init__(self, messages: Iterable[str]) -> None:
        self.messages = tuple(messages)
        super().__init__("; ".join(self.messages))


def parse_each(parse: Callable[[_Item], _Parsed], items: Iterable[_Item]) -> tuple[_Parsed, ...]:
    """Return every item parsed.

    Raises:
        SeveralError: with what is wrong in all of them, not only in the first.
    """
    parsed: list[_Parsed] = []
    wrong: list[str] = []
    for item in items:
        try:
            parsed.append(parse(item))
        except ValueError as error:
            wrong.extend(messages_of(error))
    if wrong:
        raise SeveralError(wrong)
    return tuple(parsed)


def messages_of(error: ValueError) -> tuple[str, ...]:
    """Return one sentence for each thing that `error` found."""
    return error.messages if isinstance(error, SeveralError) else (str(error),)


def parse_block(data: object) -> Block:
    """Parse one block of conditions; one that is parsed already is returned as it is.

    Raises:
        ValueError: with what was expected, what was found and the nearest valid name, for each condition.
    """
    if isinstance(data, Block):
        return data
    if not isinstance(data, dict):
        raise ValueError(f"expected attributes with their values, got {shown(data)}; for example `{{risk: 20}}`")
    if not data:
        raise ValueError("expected at least one attribute, got an empty block; leave the block out instead")
    return Block(parse_each(lambda name: (name, _parse_predicate(name, data[name])), sorted(data)))


def parse_dates(data: object) -> DateRange:
    """Parse `{from, to}`, two dates with both days included.

    Raises:
        ValueError: a date is missing or unreadable, or the last day comes before the first.
    """
    fields = _exactly(data, ("from", "to"))
    dates = DateRange(*parse_each(_date, (fields["from"], fields["to"])))
    if dates.last < dates.first:
        raise ValueError(f"expected `to` on or after `from`, got `{dates.first}` to `{dates.last}`")
    return dates


def nearest(name: str, candidates: Iterable[str]) -> str:
    """Return `; did you mean ...?` with what `name` may have been meant as, or nothing when no candidate is close."""
    found = alike(name, candidates)
    return f"; did you mean {ticked(found, last='or')}?" if found else ""


def _parse_predicate(name: str, data: object) -> Predicate:
    if name not in NAMES:
        raise ValueError(f"{shown(name)} is not an attribute{nearest(name, NAMES) or ALL_NAMES}")
    try:
        if name == LOCAL_HOURS:
            return _local_hours(data)
        if name == DATES:
            return parse_dates(data)
        attribute = ATTRIBUTES[name]
        return _BY_KIND[attribute.kind](attribute, data)
    except ValueError as error:
        raise SeveralError(f"`{name}`: {message}" for message in messages_of(error)) from None


def _text(attribute: Attribute, data: object) -> Predicate:
    if isinstance(data, dict):
        return TextIsNot(_constants(attribute, _exactly(data, ("not",))["not"]))
    return TextIs(_constants(attribute, data))


def parse_flag(data: object) -> bool:
    """Return a flag.

    Raises:
        ValueError: it is none; text that only looks like one is text.
    """
    if not isinstance(data, bool):
        raise ValueError(f"expected `true` or `false`, got {shown(data)}{stray_quotes(data)}")
    return data


def _flag(_: Attribute, data: object) -> Predicate:
    return FlagIs(parse_flag(data))


def _number(attribute: Attribute, data: object) -> Predicate:
    if isinstance(data, int) or stray_quotes(data):
        number = parse_number(attribute, data)
        return NumberIs(number, number)
    if not isinstance(data, dict):
        raise ValueError(f"expected a whole number or a range such as `{{min: 1, max: 9}}`, got {shown(data)}")
    _only(data, ("min", "max"))
    low, high = parse_each(lambda key: parse_number(attribute, data[key]) if key in data else None, ("min", "max"))
    if low is not None and high is not None and low > high:
        raise ValueError(f"expected `min` not above `max`, got `{low}` and `{high}`")
    return NumberIs(low, high)


def _set(attribute: Attribute, data: object) -> Predicate:
    if not isinstance(data, dict):
        raise ValueError(f"expected `any` or `none` with a list, got {shown(data)}{_FORMS['any', 'none']}")
    _only(data, ("any", "none"))
    any_of, none_of = parse_each(lambda key: _constants(attribute, data[key]) if key in data else (), ("any", "none"))
    return SetHas(any_of=any_of, none_of=none_of)


_BY_KIND: Final[Mapping[str, Callable[[Attribute, object], Predicate]]] = {
    "text": _text,
    "flag": _flag,
    "number": _number,
    "set": _set,
}


def _constants(attribute: Attribute, data: object) -> tuple[str, ...]:
    items = data if isinstance(data, list) else [data]
    if not items:
        raise ValueError("expected at least one value, got an empty list")
    return tuple(sorted(set(parse_each(lambda item: _constant(attribute, item), items))))


def _constant(attribute: Attribute, item: object) -> str:
    if isinstance(item, str) and _CONTROL.search(item):
        raise ValueError(f"expected text without control characters, got {shown(item)}")
    return parse_text(attribute, item)


def parse_text(attribute: Attribute, item: object) -> str:
    """Return a constant of a text attribute, or a member of a set, as facts are compared with it.

    Raises:
        ValueError: it is no text, empty, or outside the attribute's closed list.
    """
    if isinstance(item, (list, dict)):
        raise ValueError(f"expected one text, got {shown(item)}")
    if not isinstance(item, str):
        raise ValueError(f"expected text, got {shown(item)}; put it in quotes if it is text")
    # A constant passes the same check as a fact, so no rule waits for a value that no fact can have.
    checked = check_text(attribute, item) if type(item) is str else UNKNOWN
    if isinstance(checked, str):
        return checked
    if attribute.values is None:
        raise ValueError("expected text, got empty text")
    expected = ", ".join(f"`{value}`" for value in attribute.values)
    raise ValueError(f"expected one of {expected}, got {shown(item)}{nearest(item, attribute.values)}")


def parse_number(attribute: Attribute, data: object) -> int:
    """Return a whole number within the bounds of a number attribute.

    Raises:
        ValueError: it is no whole number, or outside the bounds.
    """
    if isinstance(data, bool) or not isinstance(data, int):
        raise ValueError(f"expected a whole number, got {shown(data)}{stray_quotes(data)}")
    if data > MAX_NUMBER or isinstance(check_fact(attribute.name, data), Unknown):
        low, high = attribute.bounds
        last = MAX_NUMBER if high is None else high
        raise ValueError(f"expected a number from `{low}` to `{last}`, got {shown(data)}")
    return data


def _local_hours(data: object) -> LocalHours:
    fields = _exactly(data, ("days", "from", "to"))
    days = _days(fields["days"])
    start, end = parse_each(_minute, (fields["from"], fields["to"]))
    if start >= end:
        raise ValueError(
            f"expected `from` before `to` on the same day, got `{fields['from']}` to `{fields['to']}`; "
            "write a window across midnight as two windows"
        )
    return LocalHours(days=days, start=start, end=end)


def _days(data: object) -> tuple[int, ...]:
    if not isinstance(data, list) or not data:
        raise ValueError(f"expected a list of days such as `[Mon, Tue]`, got {shown(data)}")
    return tuple(sorted(set(parse_each(_day, data))))


def _day(data: object) -> int:
    if data not in DAYS:
        raise ValueError(f"expected a day such as `Mon`, got {shown(data)}{nearest(str(data), DAYS)}")
    return DAYS.index(str(data))


def _minute(data: object) -> int:
    if not isinstance(data, str) or not _CLOCK_TIME.fullmatch(data):
        raise ValueError(f'expected a time such as "08:00" in quotes, got {shown(data)}')
    return int(data[:2]) * 60 + int(data[3:])


def _date(data: object) -> datetime.date:
    if not isinstance(data, str) or not _ISO_DATE.fullmatch(data):
        raise ValueError(f"expected a date such as `2026-12-28`, got {shown(data)}")
    try:
        return datetime.date.fromisoformat(data)
    except ValueError:
        raise ValueError(f"expected a day of the calendar, got {shown(data)}") from None


def _exactly(data: object, keys: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise ValueError(f"expected {ticked(keys)}, got {shown(data)}{_FORMS[keys]}")
    fields = _only(data, keys)
    missing = [key for key in keys if key not in fields]
    if missing:
        raise SeveralError(f"expected `{key}`, got nothing{_FORMS[keys]}" for key in missing)
    return fields


def _only(data: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    foreign = [key for key in data if key not in keys]
    if foreign:
        begins = f"expected {ticked(keys, last='or')}, got"
        raise SeveralError(f"{begins} {shown(key)}{nearest(key, keys) or _FORMS[keys]}" for key in foreign)
    if not data:
        raise ValueError(f"expected {ticked(keys, last='or')}, got nothing{_FORMS[keys]}")
    return data
