"""From a set of cells to regions: maximal boxes, grown greedily, that together are the set and nothing else.

A box starts at the lowest cell that no box holds yet and takes in, attribute by attribute, every class that keeps it
inside the set. It may take in cells that no request has. A box that the others make superfluous is dropped.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from policy.analysis.answer import Constraint, Cover, Region
from policy.analysis.axis import Axis
from policy.analysis.partition import Partition
from policy.analysis.wording import clause, described
from policy.registry import ATTRIBUTES

# More regions than this tell a reader nothing; how much they leave out is counted.
MAX_REGIONS: Final = 24

_ORDER: Final = {name: place for place, name in enumerate(ATTRIBUTES)}

# Per attribute the mask of classes that are allowed, of all classes and not of the live ones only.
Box = dict[str, int]


@dataclass(frozen=True, slots=True, eq=False)
class _Grown:
    """A maximal box with its cells, and the cell that it grew from."""

    seed: int
    box: Box
    bits: int


def cover_of(partition: Partition, cells: int, *, max_regions: int = MAX_REGIONS) -> Cover:
    """Return `cells`, a subset of `partition.full`, as regions, largest first; at most `max_regions` of them."""
    left, boxes = cells, list[_Grown]()
    while left and len(boxes) < max_regions:
        boxes.append(_grown(partition, lowest(left), cells=cells))
        left &= ~boxes[-1].bits
    kept = sorted(_needed(boxes), key=lambda one: (-one.bits.bit_count(), one.seed))
    regions = (
        region_of(partition, one.box, places=partition.places(one.seed), cells=one.bits.bit_count()) for one in kept
    )
    return Cover(tuple(regions), cells.bit_count(), left.bit_count())


def lowest(cells: int) -> int:
    """Return the number of the lowest cell of a set that is not empty."""
    return (cells & -cells).bit_length() - 1


def _grown(partition: Partition, seed: int, *, cells: int) -> _Grown:
    box = {axis.name: 1 << partition.place(seed, axis) for axis in partition.axes}
    outside = partition.full & ~cells
    # The narrow axes first, so that flags fall away and what is left to say is said about departments and hours.
    for axis in reversed(partition.axes):
        for place in axis.places:
            if not box[axis.name] >> place & 1 and not partition.product({**box, axis.name: 1 << place}) & outside:
                box[axis.name] |= 1 << place
    return _Grown(seed, box, partition.product(box) & partition.full)


def _needed(boxes: list[_Grown]) -> list[_Grown]:
    """Return the boxes without those whose every cell other boxes hold too."""
    kept = list(boxes)
    for one in boxes:
        others = 0
        for other in kept:
            others |= other.bits if other is not one else 0
        if not one.bits & ~others:
            kept.remove(one)
    return kept


def region_of(partition: Partition, box: Box, *, places: Mapping[str, int], cells: int) -> Region:
    """Return the region of `box`, with the request at `places` (per attribute, of a class) as its witness."""
    said = (_constraint(axis, box[axis.name]) for axis in partition.axes)
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
