"""One attribute of an index: from a fact's value to the mask of conjunctions that it leaves possible.

Bit i stands for conjunction i of one action's rules. A column answers with the bits of every conjunction whose
conditions on this attribute hold for the value, and of every conjunction that has none; or with None when the
value is unknown by the rules of `policy.registry.check_fact`, which it repeats without building anything.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Protocol

from policy.registry import Attribute
from policy.request import FactValue
from policy.rule import Atom, Meets, Misses, NoneOf, OneOf, Within

# The atoms that each conjunction, by its bit number, has on one attribute.
AtomsByBit = Sequence[tuple[int, tuple[Atom, ...]]]


class Column(Protocol):
    """What the index asks of an attribute. `free` are the conjunctions that say nothing about it."""

    free: int

    def mask(self, value: FactValue | None) -> int | None:
        """Return the conjunctions that `value` leaves possible, or None when it is unknown."""


class TextColumn:
    """A text attribute: a table of the values that rules mention, and one mask for all others."""

    def __init__(self, attribute: Attribute, atoms: AtomsByBit, *, free: int) -> None:
        self.free = free
        self._allowed = frozenset(attribute.values) if attribute.values is not None else None
        self._lower = attribute.is_object_id
        self._table, self._other = _value_table(atoms, free)

    def mask(self, value: FactValue | None) -> int | None:
        """See `Column`."""
        if type(value) is not str:
            return None
        known = value.lower() if self._lower else value
        found = self._table.get(known)
        if found is not None:
            return found
        if self._allowed is not None:
            return self._other if known in self._allowed else None
        return self._other if known.strip() else None


class FlagColumn:
    """A flag: one mask for true and one for false."""

    def __init__(self, atoms: AtomsByBit, *, free: int) -> None:
        self.free = free
        table, other = _value_table(atoms, free)
        self._true, self._false = table.get(True, other), table.get(False, other)

    def mask(self, value: FactValue | None) -> int | None:
        """See `Column`."""
        return self._true if value is True else self._false if value is False else None


class NumberColumn:
    """A number: one mask for each stretch between the bounds that rules mention."""

    def __init__(self, attribute: Attribute, atoms: AtomsByBit, *, free: int) -> None:
        self.free = free
        self._low, self._high = attribute.bounds
        ranges = [one for _, some in atoms for atom in some if isinstance(atom, Within) for one in atom.ranges]
        self._cuts = sorted({end for one in ranges for end in one if end is not None})
        self._masks = [free] * (len(self._cuts) + 1)
        for bit, some in atoms:
            for place in self._places(some):
                self._masks[place] |= 1 << bit

    def mask(self, value: FactValue | None) -> int | None:
        """See `Column`."""
        if type(value) is not int or value < self._low or (self._high is not None and value > self._high):
            return None
        return self._masks[bisect_right(self._cuts, value)]

    def _places(self, atoms: tuple[Atom, ...]) -> set[int]:
        """Return the stretches in which all of a conjunction's ranges hold."""
        everywhere = set(range(len(self._masks)))
        for atom in atoms:
            assert isinstance(atom, Within), "a number is compared with ranges only"
            inside: set[int] = set()
            for low, high in atom.ranges:
                first = 0 if low is None else bisect_right(self._cuts, low)
                last = len(self._masks) if high is None else bisect_right(self._cuts, high - 1) + 1
                inside.update(range(first, last))
            everywhere &= inside
        return everywhere


class SetColumn:
    """A set: which members satisfy a `Meets`, which ones break a `Misses`.

    Two `Meets` of one conjunction cannot be merged, so the k-th ones of all conjunctions share one table.
    """

    def __init__(self, attribute: Attribute, atoms: AtomsByBit, *, free: int) -> None:
        self.free = free
        self._lower = attribute.is_object_id
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

    def mask(self, value: FactValue | None) -> int | None:
        """See `Column`."""
        if type(value) is not frozenset:
            return None
        members = []
        for one in value:
            if type(one) is not str or not one.strip():
                return None
            members.append(one.lower() if self._lower else one)
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
    if attribute.kind == "text":
        return TextColumn(attribute, atoms, free=free)
    if attribute.kind == "flag":
        return FlagColumn(atoms, free=free)
    if attribute.kind == "number":
        return NumberColumn(attribute, atoms, free=free)
    return SetColumn(attribute, atoms, free=free)


def _value_table(atoms: AtomsByBit, free: int) -> tuple[dict[str | bool, int], int]:
    """Return the mask of each value that is mentioned, and the mask of every value that is not."""
    compared = [atom for _, some in atoms for atom in some if isinstance(atom, OneOf | NoneOf)]
    mentioned = {value for atom in compared for value in atom.values}
    only_excluding = sum(1 << bit for bit, some in atoms if all(isinstance(atom, NoneOf) for atom in some))
    other = free | only_excluding
    table = dict.fromkeys(mentioned, other)
    for bit, some in atoms:
        wanted = [atom.values for atom in some if isinstance(atom, OneOf)]
        unwanted = frozenset[str | bool]().union(*(atom.values for atom in some if isinstance(atom, NoneOf)))
        for value in unwanted:
            table[value] &= ~(1 << bit)
        for value in frozenset.intersection(*wanted) - unwanted if wanted else ():
            table[value] |= 1 << bit
    return table, other


def _mark(table: dict[str, int], bit: int, *, members: Iterable[str]) -> None:
    for one in members:
        table[one] = table.get(one, 0) | 1 << bit
