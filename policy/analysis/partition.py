"""The product of all attributes' classes for one scenario: every cell is a bit, every set of cells one integer."""

import itertools
from collections.abc import Iterable, Mapping, Sequence

from policy.analysis.axis import Axis, Selection, axes_of, selected
from policy.analysis.calendar import common_moment
from policy.analysis.domain import DAY, MINUTE, Mode
from policy.analysis.errors import TooLargeError
from policy.analysis.scenario import Scenario
from policy.request import AuthorizationRequest, Unknown
from policy.rule import Conjunction


class Partition:
    """All cells of one scenario. Bit sets passed in and out use the same numbering: cell i is bit i.

    `full` is the set of all cells that a request can have; `cells` also counts those with a date and a weekday
    that do not go together.

    Raises:
        TooLargeError: more than `max_cells` cells, or a set attribute with more than 14 members to tell apart.
    """

    def __init__(self, scenario: Scenario, *, max_cells: int) -> None:
        self.scenario = scenario
        # The widest axis varies fastest: it is spread while the integers are still small.
        self.axes = tuple(sorted(axes_of(scenario), key=lambda axis: (-len(axis.places), axis.name)))
        self.cells = _number(self.axes, action=scenario.action, max_cells=max_cells)
        self._by_name = {axis.name: axis for axis in self.axes}
        self._domains = {axis.name: axis.domain for axis in self.axes}
        self.full = (1 << self.cells) - 1
        self.full &= ~self._timeless()

    def axis(self, name: str) -> Axis | None:
        """Return the axis of the attribute `name`, or None when the scenario does not read it."""
        return self._by_name.get(name)

    def product(self, selection: Selection) -> int:
        """Return the cells whose every attribute has a class that `selection` allows."""
        if not self.cells:
            return 0
        bits = 1
        for axis in self.axes:
            mask = selection.get(axis.name, axis.live) & axis.live
            bits = _repeated(bits, axis) if mask == axis.live else _spread(bits, axis, mask=mask)
        return bits

    def box(self, conjunction: Conjunction, mode: Mode) -> int:
        """Return the cells on which every condition of `conjunction` answers yes in this `mode`."""
        selection = selected(conjunction, mode, domains=self._domains)
        live = all(mask & self._by_name[name].live for name, mask in selection.items())
        return self.product(selection) if live else 0

    def union(self, conjunctions: Iterable[Conjunction], mode: Mode) -> int:
        """Return the cells on which one of `conjunctions` answers yes in this `mode`."""
        bits = 0
        for one in conjunctions:
            bits |= self.box(one, mode)
        return bits

    def selected_cells(self) -> int:
        """Return the cells for which the scenario's `where` is TRUE; all of them when it has none."""
        return self.full if self.scenario.where is None else self.union(self.scenario.where, Mode.CERTAIN)

    def slices(self, cells: int, axis: Axis) -> dict[int, int]:
        """Return, per live class of `axis`, the part of `cells` that has it, moved to where the first class is."""
        base = self.product({axis.name: 1 << axis.places[0]}) if axis.places else 0
        return {place: cells >> index * axis.stride & base for index, place in enumerate(axis.places)}

    def request(self, cell: int) -> AuthorizationRequest:
        """Return a request in `cell`, with a sample of each class; a fact that is unknown is left out."""
        return self.request_at(self.places(cell))

    def request_at(self, places: Mapping[str, int]) -> AuthorizationRequest:
        """Return a request with a sample of the class at each of `places`, which may be classes that are not live."""
        classes = {axis.name: axis.domain.classes[places[axis.name]] for axis in self.axes}
        facts = {name: one.sample for name, one in classes.items()}
        if DAY in classes and MINUTE in classes:
            moment = common_moment(classes[DAY], classes[MINUTE])
            assert moment is not None, "a cell without a moment is in no answer"
            facts[DAY], facts[MINUTE] = moment
        known = {name: value for name, value in sorted(facts.items()) if not isinstance(value, Unknown)}
        return AuthorizationRequest(self.scenario.action, known)

    def places(self, cell: int) -> dict[str, int]:
        """Return, per attribute, the place of the class that `cell` has."""
        return {axis.name: self.place(cell, axis) for axis in self.axes}

    def place(self, cell: int, axis: Axis) -> int:
        """Return the place of the class that `cell` has on `axis`."""
        return axis.places[cell // axis.stride % len(axis.places)]

    def _timeless(self) -> int:
        """Return the cells whose date and time of the week have no moment in common."""
        days, minutes = self.axis(DAY), self.axis(MINUTE)
        bits = 0
        if days is not None and minutes is not None:
            for day, minute in itertools.product(days.places, minutes.places):
                if common_moment(days.domain.classes[day], minutes.domain.classes[minute]) is None:
                    bits |= self.product({DAY: 1 << day, MINUTE: 1 << minute})
        return bits


def _number(axes: Sequence[Axis], *, action: str, max_cells: int) -> int:
    """Set the strides and return the number of cells."""
    cells = 1
    for axis in axes:
        axis.stride = cells
        cells *= len(axis.places)
    if cells > max_cells:
        sizes = tuple((axis.name, len(axis.places)) for axis in axes if len(axis.places) > 1)
        listed = ", ".join(f"`{name}` {size}" for name, size in sizes)
        raise TooLargeError(
            f"action `{action}`: expected at most `{max_cells}` cells, got `{cells}` from the classes of {listed}; "
            "ask about less, raise `max_cells` or pass a solver",
            action=action,
            sizes=sizes,
        )
    return cells


def _repeated(bits: int, axis: Axis) -> int:
    """Return `bits` (as many as the axis' stride) at the place of every live class, by doubling."""
    result, done = 0, 0
    for digit in f"{len(axis.places):b}":
        result |= result << done * axis.stride
        done *= 2
        if digit == "1":
            result = result << axis.stride | bits
            done += 1
    return result


def _spread(bits: int, axis: Axis, *, mask: int) -> int:
    """Return `bits` (as many as the axis' stride) at the place of each live class of `mask`."""
    result = 0
    for index, place in enumerate(axis.places):
        if mask >> place & 1:
            result |= bits << index * axis.stride
    return result
