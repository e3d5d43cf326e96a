"""A set of cells as a decision diagram: parts that are alike are held once, so what is said of one is said of all.

There is one level per axis, the one with the largest stride on top, and a node has a child per live class. A part
that is the same throughout is one leaf, whatever its size. Everything asked here takes time by the number of nodes,
which grows with the rules and not with the product of the classes.
"""

import enum
from collections.abc import Iterator, Mapping

from policy.analysis.axis import Axis
from policy.analysis.partition import Partition

# Per attribute the mask of classes that are allowed, of all classes and not of the live ones only.
Box = dict[str, int]


class Leaf(enum.Enum):
    """What a cell is to the set. No request has a cell that is `FREE`, or it is taken out of the set."""

    IN = enum.auto()
    OUT = enum.auto()
    FREE = enum.auto()


class Node:
    """The cells below one level, split by that level's axis. Equal nodes are one object."""

    __slots__ = ("children", "holds", "level")

    def __init__(self, level: int, children: "tuple[Diagram, ...]") -> None:
        self.level = level
        self.children = children
        # The leaves that are found below it.
        self.holds: frozenset[Leaf] = frozenset().union(*map(leaves_of, children))


Diagram = Node | Leaf


def leaves_of(diagram: Diagram) -> frozenset[Leaf]:
    """Return the leaves that `diagram` has somewhere."""
    return diagram.holds if isinstance(diagram, Node) else frozenset({diagram})


class Drawing:
    """Draws sets of cells of one partition, and answers what is asked of them."""

    def __init__(self, partition: Partition) -> None:
        self._partition = partition
        self._axes: tuple[Axis, ...] = tuple(reversed(partition.axes))
        self._nodes: dict[tuple[int, tuple[Diagram, ...]], Node] = {}
        # Per level all cells that one part of it has; below the last level that is a single cell.
        sizes = (partition.cells, *(axis.stride for axis in self._axes))
        self._everything = tuple((1 << size) - 1 for size in sizes)

    def of(self, cells: int) -> Diagram:
        """Return `cells`, a subset of the partition's `full`, as a diagram."""
        return self._split(0, cells=cells, full=self._partition.full, known={})

    def any_out(self, diagram: Diagram, box: Box) -> bool:
        """Return whether a cell of `box` is out of the set."""
        allowed, seen = self._allowed(box), set[Node]()

        def found(one: Diagram) -> bool:
            if isinstance(one, Leaf):
                return one is Leaf.OUT
            if one in seen or Leaf.OUT not in one.holds:
                return False
            seen.add(one)
            return any(found(one.children[place]) for place in allowed[one.level])

        return all(allowed) and found(diagram)

    def without(self, diagram: Diagram, box: Box) -> Diagram:
        """Return the set without the cells of `box`, which are free then."""
        allowed = tuple(map(frozenset, self._allowed(box)))
        known: dict[tuple[Diagram, int], Diagram] = {}

        def rest(one: Diagram, level: int) -> Diagram:
            if Leaf.IN not in leaves_of(one):
                return one
            if level == len(self._axes):
                return Leaf.FREE
            if (one, level) not in known:
                places = enumerate(self._children(one, level))
                children = (rest(child, level + 1) if place in allowed[level] else child for place, child in places)
                known[one, level] = self._node(level, tuple(children))
            return known[one, level]

        return rest(diagram, 0)

    def count(self, diagram: Diagram, box: Box | None = None) -> int:
        """Return how many cells of `box` (all by default) are in the set."""
        allowed = self._allowed(box or {})
        known: dict[Node, int] = {}

        def number(one: Diagram, level: int) -> int:
            if Leaf.IN not in leaves_of(one):
                return 0
            if level == len(self._axes):
                return 1
            if not isinstance(one, Node) or one.level != level:
                return number(one, level + 1) * len(allowed[level])
            if one not in known:
                known[one] = sum(number(one.children[place], level + 1) for place in allowed[level])
            return known[one]

        return number(diagram, 0)

    def lowest(self, diagram: Diagram) -> Mapping[str, int]:
        """Return the class that the lowest cell of the set, which is not empty, has on each axis."""
        return {axis.name: axis.places[place] for axis, place in self._lowest(diagram)}

    def _lowest(self, diagram: Diagram) -> Iterator[tuple[Axis, int]]:
        for level, axis in enumerate(self._axes):
            children = self._children(diagram, level)
            place = next(place for place, child in enumerate(children) if Leaf.IN in leaves_of(child))
            diagram = children[place]
            yield axis, place

    def _children(self, diagram: Diagram, level: int) -> tuple[Diagram, ...]:
        """Return what `diagram` is for each class of this level's axis."""
        if isinstance(diagram, Node) and diagram.level == level:
            return diagram.children
        return (diagram,) * len(self._axes[level].places)

    def _node(self, level: int, children: tuple[Diagram, ...]) -> Diagram:
        if all(one is children[0] for one in children):
            return children[0]
        if (level, children) not in self._nodes:
            self._nodes[level, children] = Node(level, children)
        return self._nodes[level, children]

    def _allowed(self, box: Box) -> tuple[tuple[int, ...], ...]:
        """Return, per level, which of the live classes `box` allows."""
        return tuple(
            tuple(index for index, place in enumerate(axis.places) if box.get(axis.name, -1) >> place & 1)
            for axis in self._axes
        )

    def _split(self, level: int, *, cells: int, full: int, known: dict[tuple[int, int, int], Diagram]) -> Diagram:
        everything = self._everything[level]
        if not full:
            return Leaf.FREE
        if full == everything and cells in (0, everything):
            return Leaf.IN if cells else Leaf.OUT
        if (level, cells, full) not in known:
            axis, part = self._axes[level], self._everything[level + 1]
            shifts = range(0, len(axis.places) * axis.stride, axis.stride)
            parts = (
                self._split(level + 1, cells=cells >> shift & part, full=full >> shift & part, known=known)
                for shift in shifts
            )
            known[level, cells, full] = self._node(level, tuple(parts))
        return known[level, cells, full]
