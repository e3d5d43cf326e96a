"""The forms of a condition as an author writes it: one small value per form, which writes itself back."""

import datetime
from dataclasses import dataclass
from typing import Final

DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class TextIs:
    """The text is one of `values` (sorted, not empty)."""

    values: tuple[str, ...]

    def authored(self) -> object:
        """Return the canonical written form as plain JSON data."""
        return list(self.values)


@dataclass(frozen=True, slots=True)
class TextIsNot:
    """The text is none of `values` (sorted, not empty)."""

    values: tuple[str, ...]

    def authored(self) -> object:
        """Return the canonical written form as plain JSON data."""
        return {"not": list(self.values)}


@dataclass(frozen=True, slots=True)
class FlagIs:
    """The flag is `value`."""

    value: bool

    def authored(self) -> object:
        """Return the canonical written form as plain JSON data."""
        return self.value


@dataclass(frozen=True, slots=True)
class NumberIs:
    """The number lies between `low` and `high`, both included; None is no bound, and one is always given."""

    low: int | None
    high: int | None

    def authored(self) -> object:
        """Return the canonical written form as plain JSON data."""
        return {key: end for key, end in (("min", self.low), ("max", self.high)) if end is not None}


@dataclass(frozen=True, slots=True)
class SetHas:
    """The set holds one of `any_of` and nothing of `none_of`; an empty tuple asks nothing, one is given."""

    any_of: tuple[str, ...]
    none_of: tuple[str, ...]

    def authored(self) -> object:
        """Return the canonical written form as plain JSON data."""
        return {key: list(names) for key, names in (("any", self.any_of), ("none", self.none_of)) if names}


@dataclass(frozen=True, slots=True)
class LocalHours:
    """The tenant-local time is on one of `days` (0 is Monday), from `start` to before `end` (minutes of the day)."""

    days: tuple[int, ...]
    start: int
    end: int

    def authored(self) -> object:
        """Return the canonical written form as plain JSON data."""
        return {"days": [DAYS[day] for day in self.days], "from": _clock(self.start), "to": _clock(self.end)}


@dataclass(frozen=True, slots=True)
class DateRange:
    """The tenant-local date lies between `first` and `last`, both included."""

    first: datetime.date
    last: datetime.date

    def authored(self) -> dict[str, str]:
        """Return the canonical written form as plain JSON data."""
        return {"from": self.first.isoformat(), "to": self.last.isoformat()}


Predicate = TextIs | TextIsNot | FlagIs | NumberIs | SetHas | LocalHours | DateRange


@dataclass(frozen=True, slots=True)
class Block:
    """One `when`: attribute names with their predicates, sorted by name; all of them must hold."""

    predicates: tuple[tuple[str, Predicate], ...]

    def authored(self) -> dict[str, object]:
        """Return the canonical written form as plain JSON data."""
        return {name: predicate.authored() for name, predicate in self.predicates}


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
