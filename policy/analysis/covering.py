"""From a set of cells to regions: maximal boxes, grown greedily, that together are the set and nothing else.

A box starts at the lowest cell that no box holds yet and takes in, attribute by attribute, every class that keeps it
inside the set. It may take in cells that no request has. A box that the others make superfluous is dropped.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from policy.analysis.answer import Constraint, Cover, Region
from policy.analysis.axis import Axis
from policy.analysis.diagram import Box, Drawing, Leaf, leaves_of
from policy.analysis.partition import Partition
from policy.analysis.wording import clause, described
from policy.registry import ATTRIBUTES

# More regions than this tell a reader nothing; how much they leave out is counted.
MAX_REGIONS: Final = 24

_ORDER: Final = {name: place for place, name in enumerate(ATTRIBUTES)}


@dataclass(frozen=True, slots=True, eq=False)
class _Grown:
    """A maximal box with the number of its cells, and the places of the cell that it grew from."""

    seed: Mapping[str, int]
    box: Box
    cells: int


def cover_of(partition: Partition, cells: int, *, max_regions: int = MAX_REGIONS) -> Cover:
    """Return `cells`, a subset of `partition.full`, as regions, largest first; at most `max_regions` of them."""
    if not cells:
        return Cover((), 0, 0)
    covering = _Covering(partition, cells)
    grown, uncovered = covering.boxes(max_regions)
    kept = sorted(covering.needed(grown), key=lambda one: -one.cells)
    regions = (region_of(partition, one.box, places=one.seed, cells=one.cells) for one in kept)
    return Cover(tuple(regions), cells.bit_count(), uncovered)


def lowest(cells: int) -> int:
    """Return the number of the lowest cell of a set that is not empty."""
    return (cells & -cells).bit_length() - 1


class _Covering:
    """One set of cells, on its way to boxes."""

    def __init__(self, partition: Partition, cells: int) -> None:
        self._partition = partition
        self._drawing = Drawing(partition)
        self._everything = self._drawing.of(cells)

    def boxes(self, most: int) -> tuple[list[_Grown], int]:
        """Return at most so many maximal boxes, and how many cells they leave out."""
        left, boxes = self._everything, list[_Grown]()
        while Leaf.IN in leaves_of(left) and len(boxes) < most:
            boxes.append(self._grown(self._drawing.lowest(left)))
            left = self._drawing.without(left, boxes[-1].box)
        return boxes, self._drawing.count(left)

    def needed(self, boxes: list[_Grown]) -> list[_Grown]:
        """Return the boxes without those whose every cell other boxes hold too."""
        kept = list(boxes)
        for one in boxes:
            rest = self._everything
            for other in kept:
                rest = self._drawing.without(rest, other.box) if other is not one else rest
            if not self._drawing.count(rest, one.box):
                kept.remove(one)
        return kept

    def _grown(self, seed: Mapping[str, int]) -> _Grown:
        box = {name: 1 << place for name, place in seed.items()}
        # The narrow axes first, so that flags fall away and what is left to say is said about departments and hours.
        for axis in reversed(self._partition.axes):
            for place in axis.places:
                wider = {**box, axis.name: 1 << place}
                if not box[axis.name] >> place & 1 and not self._drawing.any_out(self._everything, wider):
                    box[axis.name] |= 1 << place
        return _Grown(seed, box, self._drawing.count(self._everything, box))


def region_of(partition: Partition, box: Box, *, places: Mapping[str, int], cells: int) -> Region:
    """Return the region of `box`, with the request at `places` (per attribute, of a class) as its witness."""
    # What every request of the scenario has needs no saying.
    axes = (axis for axis in partition.axes if axis.name not in partition.scenario.at)
    said = (_constraint(axis, box[axis.name]) for axis in axes)
    constraints = sorted((one for one in said if one), key=lambda one: (rank(one.attribute), one.attribute))
    return Region(partition.scenario.action, tuple(constraints), cells, partition.request_at(places))


def _constraint(axis: Axis, mask: int) -> Constraint | None:
    places = [place for place in range(len(axis.domain.classes)) if mask >> place & 1]
    if len(places) == len(axis.domain.classes):
        return None
    return Constraint(axis.name, tuple(described(axis.domain, place) for place in places), clause(axis.domain, mask))


def rank(name: str) -> int:
    """Return where an attribute comes in a sentence: as in the vocabulary, counters last."""
    return _ORDER.get(name, len(_ORDER))
