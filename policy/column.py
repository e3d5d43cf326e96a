"""One attribute of an index: from a fact's value to the mask of conjunctions that it leaves possible.

Bit i stands for conjunction i of one action's rules. A column answers with the bits of every conjunction whose
conditions on this attribute hold for the value, and of every conjunction that has none; or with None when the
value is unknown by the rules of `policy.registry.check_fact`, which it repeats without building anything.
"""

import functools
import itertools
import operator
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from policy.registry import Attribute
from policy.request import FactValue
from policy.rule import Atom, Meets, Misses, NoneOf, OneOf, Range, Within

# The atoms that each conjunction, by its bit number, has on one attribute.
AtomsByBit = Sequence[tuple[int, tuple[Atom, ...]]]


class Column(Protocol):
    """What the index asks of an attribute. `free` are the conjunctions that say nothing about it."""

    free: int

    def mask(self, value: FactValue | None) -> int | None:
        """Return the conjunctions that `value` leaves possible, or None when it is unknown."""


class TextColumn:
    """Any text: a table of the values that rules mention, and one mask for all others."""

    def __init__(self, attribute: Attribute, atoms: AtomsByBit, *, free: int) -> None:
        self.free = free
        self._lower = attribute.is_object_id
        self._table, self._other = _value_table(atoms, free)

    def mask(self, value: FactValue | None) -> int | None:
        """See `Column`."""
        if type(value) is not str:
            return None
        found = self._table.get(value.lower() if self._lower else value)
        if found is not None:
            return found
        return self._other if value.strip() else None


class ClosedColumn:
    """A flag, or a text with a closed list: one mask for each value that there is."""

    def __init__(self, values: Sequence[str | bool], atoms: AtomsByBit, *, free: int) -> None:
        self.free = free
        self._type = type(values[0])
        table, other = _value_table(atoms, free)
        self._table = {one: table.get(one, other) for one in values}

    def mask(self, value: FactValue | None) -> int | None:
        """See `Column`."""
        # The type is asked first: 1 equals True and is no flag, and a list cannot be looked up.
        return self._table.get(value) if type(value) is self._type else None


class NumberColumn:
    """A number: one mask for each stretch between the bounds that rules mention, none outside the attribute's own."""

    def __init__(self, attribute: Attribute, atoms: AtomsByBit, *, free: int) -> None:
        self.free = free
        low, high = attribute.bounds
        ranges = [one for _, some in atoms for atom in some if isinstance(atom, Within) for one in atom.ranges]
        mentioned = {end for one in ranges for end in one if end is not None}
        self._cuts = sorted(mentioned | {low} | ({high + 1} if high is not None else set()))
        # Stretch i ends where cut i begins. From one stretch to the next only few conjunctions change sides.
        changes = [free] + [0] * (len(self._cuts) + 1)
        for bit, some in atoms:
            places = self._places(some)
            for place in bits(places ^ places << 1):
                changes[place] ^= 1 << bit
        inside = self._stretches((low, None if high is None else high + 1))
        masks = itertools.accumulate(changes, operator.xor)
        self._masks = [mask if inside >> place & 1 else None for place, mask in enumerate(masks)]

    def mask(self, value: FactValue | None) -> int | None:
        """See `Column`."""
        return self._masks[bisect_right(self._cuts, value)] if type(value) is int else None

    def _places(self, atoms: tuple[Atom, ...]) -> int:
        """Return the stretches in which all of a conjunction's ranges hold, as a mask."""
        places = -1
        for atom in atoms:
            assert isinstance(atom, Within), "a number is compared with ranges only"
            inside = 0
            for one in atom.ranges:
                inside |= self._stretches(one)
            places &= inside
        return places

    def _stretches(self, bounds: Range) -> int:
        low, high = bounds
        first = 0 if low is None else bisect_right(self._cuts, low)
        end = len(self._cuts) + 1 if high is None else bisect_right(self._cuts, high - 1) + 1
        return (1 << end) - (1 << first)


class SetColumn:
    """A set: which members satisfy a `Meets`, which ones break a `Misses`.

    Two `Meets` of one conjunction cannot be merged, so the k-th ones of all conjunctions share one table.
    """

    def __init__(self, attribute: Attribute, atoms: AtomsByBit, *, free: int) -> None:
        self.free = free
        self._lower = attribute.is_object_id
        self._values = attribute.values
        self._misses: dict[str, int] = {}
        self._all = free
        depth = max((sum(isinstance(atom, Meets) for atom in some) for _, some in atoms), default=0)
        tables: list[dict[str, int]] = [{} for _ in range(depth)]
        bound = [0] * depth
        for bit, some in atoms:
            self._all |= 1 << bit
            _mark(self._misses, bit, members=(one for atom in some if isinstance(atom, Misses) for one in atom.members))
            for place, members in enumerate(atom.members for atom in some if isinstance(atom, Meets)):
                _mark(tables[place], bit, members=members)
                bound[place] |= 1 << bit
        # Each table with the conjunctions that it does not bind.
        self._meets = [(tables[place], self._all & ~bound[place]) for place in range(depth)]
        self._mentioned = frozenset(self._misses).union(*tables)

    def mask(self, value: FactValue | None) -> int | None:
        """See `Column`."""
        if type(value) is not frozenset:
            return None
        names = []
        for one in value:
            if type(one) is not str or not one.strip():
                return None
            # INVARIANT: a member outside the closed list makes the set unknown, or `none` of all others would pass.
            if self._values is not None and one not in self._values:
                return None
            names.append(one.lower() if self._lower else one)
        return self._possible(self._mentioned.intersection(names))

    def _possible(self, members: frozenset[str]) -> int:
        possible = self._all
        for table, unbound in self._meets:
            met = unbound
            for one in members:
                met |= table.get(one, 0)
            possible &= met
        for one in members:
            possible &= ~self._misses.get(one, 0)
        return possible


def column_for(attribute: Attribute, atoms: AtomsByBit, *, free: int) -> Column:
    """Return the column of `attribute`; `atoms` are those of the conjunctions that mention it."""
    if attribute.kind == "flag":
        return ClosedColumn((True, False), atoms, free=free)
    if attribute.kind == "set":
        return SetColumn(attribute, atoms, free=free)
    if attribute.values is not None:
        return ClosedColumn(attribute.values, atoms, free=free)
    if attribute.kind == "text":
        return TextColumn(attribute, atoms, free=free)
    return NumberColumn(attribute, atoms, free=free)


def bits(mask: int) -> Iterator[int]:
    """Return the places of the ones in `mask`, lowest first."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def _value_table(atoms: AtomsByBit, free: int) -> tuple[dict[str | bool, int], int]:
    """Return the mask of each value that is mentioned, and the mask of every value that is not."""
    met = [(1 << bit, functools.reduce(_meet, some)) for bit, some in atoms]
    other = free | sum(bit for bit, atom in met if isinstance(atom, NoneOf))
    table: dict[str | bool, int] = {}
    for bit, atom in met:
        assert isinstance(atom, OneOf | NoneOf), "a text or a flag is compared with values only"
        for value in atom.values:
            # What is wanted is not in the mask of all others, what is unwanted is.
            table[value] = table.get(value, other) ^ bit
    return table, other


def _meet(one: Atom, other: Atom) -> Atom:
    """Return the atom that holds where both do; both compare one text or flag."""
    match one, other:
        case OneOf(wanted), OneOf(also):
            return OneOf(wanted & also)
        case (OneOf(wanted), NoneOf(unwanted)) | (NoneOf(unwanted), OneOf(wanted)):
            return OneOf(wanted - unwanted)
        case NoneOf(unwanted), NoneOf(also):
            return NoneOf(unwanted | also)
    raise AssertionError("a text or a flag is compared with values only")


def _mark(table: dict[str, int], bit: int, *, members: Iterable[str]) -> None:
    for one in members:
        table[one] = table.get(one, 0) | 1 << bit
