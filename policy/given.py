"""The facts of a policy test as an author writes them: what is known at that moment, and nothing else.

A fact is an attribute with one value: text, a flag, a whole number, or a list for a set. The clock is one
fact here, `time.local`, the tenant's own date and time as `2026-11-24 10:00`. `count.<limit id>` is what a
limit has counted. A fact that is not given is unknown, as if its look-up had failed.
"""

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from policy.foreign import shown
from policy.grammar import (
    ALL_NAMES,
    SeveralError,
    messages_of,
    nearest,
    parse_each,
    parse_flag,
    parse_number,
    parse_text,
)
from policy.registry import ATTRIBUTES, Attribute, attribute_named
from policy.request import FactValue

ACTION: Final = "action"
LOCAL_TIME: Final = "time.local"

# The two raw clock numbers are given as `time.local` only: nobody should count minutes of a week.
FACT_NAMES: Final = (*(name for name in ATTRIBUTES if not name.startswith("time.")), LOCAL_TIME)

LOCAL_TIME_PATTERN: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2} ([01][0-9]|2[0-3]):[0-5][0-9]$"

# A counter is named after its limit, so the rest is the form of an id.
COUNTER_PATTERN: Final = r"^count\.[a-z0-9][a-z0-9._-]{2,80}$"

_COUNTER: Final = re.compile(COUNTER_PATTERN[1:-1], re.ASCII)
_LOCAL_TIME: Final = re.compile(LOCAL_TIME_PATTERN[1:-1], re.ASCII)

GivenValue = str | bool | int | tuple[str, ...] | datetime.datetime


@dataclass(frozen=True, slots=True)
class Given:
    """Facts sorted by name; a set is a sorted tuple, `time.local` a datetime of the tenant's clock.

    `action` is empty for facts that several examples have in common.
    """

    action: str
    facts: tuple[tuple[str, GivenValue], ...]

    def authored(self) -> dict[str, object]:
        """Return the canonical written form as plain JSON data."""
        named: dict[str, object] = {ACTION: self.action} if self.action else {}
        return named | {name: _authored(value) for name, value in self.facts}

    def known(self) -> dict[str, FactValue]:
        """Return the facts as the engine takes them."""
        return {name: value for written in self.facts for name, value in _engine_facts(*written)}


def parse_given(data: object) -> Given:
    """Parse the `given` of one example: an action and facts.

    Raises:
        ValueError: with what was expected, what was found and the nearest valid name, for each fact.
    """
    if not isinstance(data, dict):
        raise ValueError(
            f"expected an action and facts, got {shown(data)}; "
            "for example `{action: entra.user.password.reset, risk: 20}`"
        )
    if ACTION not in data:
        raise ValueError("expected `action`, the id of the step's action, got nothing")
    action = data[ACTION]
    if not isinstance(action, str) or not action:
        raise ValueError(f"expected the id of an action in `action`, got {shown(action)}")
    return Given(action, _facts({name: value for name, value in data.items() if name != ACTION}))


def parse_shared(data: object) -> Given:
    """Parse facts that all examples of a document start from.

    Raises:
        ValueError: as `parse_given`; also when there are none, or an action is among them.
    """
    if not isinstance(data, dict) or not data:
        raise ValueError(f"expected facts that all examples start from, got {shown(data)}; or leave it out")
    return Given("", _facts(data))


def parse_unknown(name: str) -> str:
    """Return the name of a fact that an example takes away.

    Raises:
        ValueError: there is no such fact.
    """
    _attribute(name)
    return name


def _facts(data: dict[str, object]) -> tuple[tuple[str, GivenValue], ...]:
    return parse_each(lambda name: (name, _value(name, data[name])), sorted(data))


def _value(name: str, data: object) -> GivenValue:
    attribute = _attribute(name)
    try:
        return _local_time(data) if attribute is None else _of_kind(attribute, data)
    except ValueError as error:
        raise SeveralError(f"`{name}`: {message}" for message in messages_of(error)) from None


def _attribute(name: str) -> Attribute | None:
    """Return the attribute, or None for the local time, which stands for two."""
    if name == LOCAL_TIME:
        return None
    attribute = attribute_named(name) if name in FACT_NAMES or _COUNTER.fullmatch(name) else None
    if attribute is None:
        raise ValueError(f"{shown(name)} is not a fact{nearest(name, FACT_NAMES) or ALL_NAMES}")
    return attribute


def _of_kind(attribute: Attribute, data: object) -> GivenValue:
    match attribute.kind:
        case "flag":
            return parse_flag(data)
        case "number":
            return parse_number(attribute, data)
        case "text":
            return parse_text(attribute, data)
        case "set":
            if not isinstance(data, list):
                raise ValueError(f"expected a list, got {shown(data)}; put it in brackets: `[...]`")
            return tuple(sorted(set(parse_each(lambda item: parse_text(attribute, item), data))))


def _local_time(data: object) -> datetime.datetime:
    if not isinstance(data, str) or not _LOCAL_TIME.fullmatch(data):
        raise ValueError(f'expected the tenant\'s time such as "2026-11-24 10:00" in quotes, got {shown(data)}')
    try:
        return datetime.datetime.fromisoformat(data)
    except ValueError:
        raise ValueError(f"expected a day of the calendar, got {shown(data)}") from None


def _authored(value: GivenValue) -> object:
    match value:
        case datetime.datetime():
            return value.isoformat(sep=" ", timespec="minutes")
        case tuple():
            return list(value)
        case _:
            return value


def _engine_facts(name: str, value: GivenValue) -> Iterator[tuple[str, FactValue]]:
    match value:
        case datetime.datetime():
            yield "time.day", value.toordinal()
            yield "time.minute_of_week", (value.weekday() * 24 + value.hour) * 60 + value.minute
        case tuple():
            yield name, frozenset(value)
        case _:
            yield name, value
