"""Conditions in words: what is asked, what is so, and what would have to be so, in the names of the document.

Facts may hold foreign text (a department's name), so every value is quoted where it could be read as words of ours.
"""

import datetime
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from policy.document import LimitDocument
from policy.explanation.nearest import Change, Demand
from policy.explanation.reading import VALID, BlockReading, Reading
from policy.foreign import quoted
from policy.predicate import (
    DAYS,
    DateRange,
    FlagIs,
    LocalHours,
    NumberIs,
    Predicate,
    SetHas,
    TextIs,
    TextIsNot,
)
from policy.registry import Source, attribute_named
from policy.request import FactValue, Unknown
from policy.rule import Truth

_LIST_LENGTH: Final = 5
# A text in round brackets that holds none cannot end them.
_SQUARE: Final = str.maketrans("()", "[]")

# Why a fact is not there, by who should have supplied it.
_MISSING: Final[dict[Source, str]] = {
    "identity": "nothing proved it",
    "graph": "no look-up answered it",
    "plan": "the plan does not say",
    "clock": "the tenant's local time could not be told",
    "counter": "nobody counted it",
    "engine": "it could not be derived",
}


def listed(parts: Iterable[str], *, last: str = "and") -> str:
    """Return `a`, `a and b` or `a, b and c`; `last` is the word before the last part. At least one part."""
    *rest, end = parts
    return f"{', '.join(rest)} {last} {end}" if rest else end


def in_brackets(text: str, *, most: int) -> str:
    """Return an author's text as at most `most` visible characters of one line, which a bracket around it holds."""
    shown = " ".join("".join(char if char.isprintable() else " " for char in text[: 4 * most]).split())
    cut = shown if len(shown) <= most else shown[: most - 3] + "..."
    return cut.translate(_SQUARE)


def as_it_is(reading: Reading) -> str:
    """Return what the fact is, with what the rule asks beside it where the value alone does not say it."""
    if isinstance(reading.value, Unknown):
        return f"{_subject(reading)} is unknown ({_unknown_because(reading)})"
    if isinstance(reading.asked, LimitDocument):
        limit = reading.asked
        return f"with this step {reading.value} of at most {limit.max} {_counted(limit)}"
    if isinstance(reading.asked, SetHas):
        return f"{_subject(reading)} {_members(reading.asked, reading.value)}"
    beside = "" if _says_itself(reading) else f" ({'' if reading.truth is Truth.TRUE else 'not '}{_asked(reading)})"
    return f"{_subject(reading)} is {_value(reading)}{beside}"


def block_as_written(block: BlockReading) -> str:
    """Return a whole block of `when_any` or `unless` as the rule states it, whatever the facts are."""
    return listed(
        f"{one.name} {'holds' if isinstance(one.asked, SetHas) else 'is'} {_asked(one)}" for one in block.conditions
    )


def as_wanted(change: Change) -> str:
    """Return what one fact would have to be, in the subjunctive, and what it is: `risk were 5 (it is 7)`."""
    wanted = listed(dict.fromkeys(_wanted(one) for one in change.unmet))
    is_now = listed(dict.fromkeys(_now(one.reading) for one in change.unmet))
    return f"{wanted} ({is_now})"


def exceptions_as_they_are(blocks: Sequence[BlockReading]) -> Iterator[str]:
    """Yield why the exceptions of a rule do not spare it: a fact each is enough, and one fact may do for several."""
    failing = [block for block in blocks if block.truth is Truth.FALSE]
    if failing:
        name = f"its exception ({block_as_written(failing[0])}) does not hold"
        if len(failing) > 1:
            name = f"none of {len(failing)} exceptions holds"
        yield f"{name}: {listed(_enough_to_break(failing))}"
    for block in blocks:
        if block.truth is Truth.UNKNOWN:
            doubts = listed(as_it_is(one) for one in block.conditions if one.truth is Truth.UNKNOWN)
            yield f"its exception ({block_as_written(block)}) is not known to hold: {doubts}"


def _enough_to_break(blocks: Iterable[BlockReading]) -> list[str]:
    """Return facts of which every block contradicts one; taking the commonest first keeps them few."""
    wrong = [{as_it_is(one) for one in block.conditions if one.truth is Truth.FALSE} for block in blocks]
    told: list[str] = []
    while wrong:
        commonest = max(sorted(set().union(*wrong)), key=lambda said: sum(said in one for one in wrong))
        told.append(commonest)
        wrong = [one for one in wrong if commonest not in one]
    return told


def _wanted(demand: Demand) -> str:
    if demand.exception is not None:
        return f"its exception ({block_as_written(demand.exception)}) did not hold"
    were = "held" if isinstance(demand.reading.asked, SetHas) else "were"
    return f"{_subject(demand.reading)} {were} {_asked(demand.reading)}"


def _now(reading: Reading) -> str:
    if isinstance(reading.value, Unknown):
        return f"it is unknown ({_unknown_because(reading)})"
    if isinstance(reading.asked, SetHas):
        return f"it {_members(reading.asked, reading.value)}"
    return f"it is {_value(reading)}"


def _unknown_because(reading: Reading) -> str:
    if reading.was_given:
        return "what was supplied is no value of it"
    attribute = attribute_named(reading.fact)
    assert attribute is not None, "documents name attributes of the registry only"
    return _MISSING[attribute.source]


def _subject(reading: Reading) -> str:
    return "the day (`valid`)" if reading.name == VALID else reading.name


def _says_itself(reading: Reading) -> bool:
    """Whether the value alone tells what is asked: a flag always, a single value or one of a list if it is that."""
    asked = reading.asked
    if isinstance(asked, FlagIs):
        return True
    exact = isinstance(asked, TextIs) or (isinstance(asked, NumberIs) and asked.low == asked.high)
    return exact and reading.truth is Truth.TRUE


def _asked(reading: Reading) -> str:
    assert not isinstance(reading.asked, LimitDocument), "a limit asks in words of its own"
    return _predicate(reading.asked)


def _predicate(asked: Predicate) -> str:
    match asked:
        case TextIs(values):
            return _names(values, last="or")
        case TextIsNot(values):
            return f"other than {_names(values, last='or')}"
        case FlagIs(value):
            return _flag(value)
        case NumberIs(low, high):
            return _bounds(low, high)
        case SetHas(any_of, none_of):
            wanted = [_names(any_of, last="or")] if any_of else []
            return listed((*wanted, *([f"none of {_names(none_of)}"] if none_of else [])))
        case LocalHours(days, start, end):
            return f"within {_days(days)} {_clock(start)}-{_clock(end)}"
        case DateRange(first, last):
            return f"from {first} to {last}"


def _value(reading: Reading) -> str:
    match reading.value:
        case bool(flag):
            return _flag(flag)
        case int(ordinal) if reading.fact == "time.day":
            return datetime.date.fromordinal(ordinal).isoformat()
        case int(minute_of_week) if reading.fact == "time.minute_of_week":
            day, minute = divmod(minute_of_week, 24 * 60)
            return f"{DAYS[day]} {_clock(minute)}"
        case value:
            return quoted(str(value))


def _members(asked: SetHas, value: FactValue) -> str:
    """Return which of the asked members a set holds; the rest of the set is nobody's business here."""
    assert isinstance(value, frozenset), "a condition on a set has checked that its fact is one"
    wanted, unwanted = sorted(value & set(asked.any_of)), sorted(value & set(asked.none_of))
    parts = []
    if asked.any_of:
        parts.append(f"holds {_names(wanted)}" if wanted else f"holds none of {_names(asked.any_of)}")
    if asked.none_of:
        parts.append(f"holds {_names(unwanted)}" if unwanted else f"holds none of {_names(asked.none_of)}")
    return listed(parts)


def _names(values: Iterable[str], *, last: str = "and") -> str:
    shown = [quoted(value) for value in values]
    cut = [*shown[:_LIST_LENGTH], f"{len(shown) - _LIST_LENGTH} more"] if len(shown) > _LIST_LENGTH else shown
    return listed(cut, last=last)


def _bounds(low: int | None, high: int | None) -> str:
    if low is None:
        return f"at most {high}"
    if high is None:
        return f"at least {low}"
    return str(low) if low == high else f"from {low} to {high}"


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _days(days: tuple[int, ...]) -> str:
    if len(days) > 2 and days == tuple(range(days[0], days[-1] + 1)):
        return f"{DAYS[days[0]]}-{DAYS[days[-1]]}"
    return ", ".join(DAYS[day] for day in days)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _counted(limit: LimitDocument) -> str:
    what = "actions" if limit.count == "actions" else "distinct targets"
    window = "in the plan" if limit.window == "plan" else f"in {limit.window}"
    return f"{what} {window}" if limit.per == "plan" == limit.window else f"{what} {window} per {limit.per}"
