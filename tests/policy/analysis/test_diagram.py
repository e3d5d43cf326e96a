"""A set of cells drawn as a diagram answers as the set of bits does, whatever the axes, the cells and the box are."""

import os
from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st

from policy import Layer
from policy.analysis.diagram import Box, Drawing, Leaf, Node, leaves_of
from policy.analysis.partition import Partition
from policy.analysis.scenario import Scenario
from tests.policy.analysis.policies import analysis_of, bundle_of, opened

SETTINGS = settings.get_profile(os.environ.get("REMIT_HYPOTHESIS_PROFILE", "full"))

_ONE_DAY: Final = {"days": ["Mon"], "from": "00:00", "to": "24:00"}
_RULES: Final[list[dict[str, Any]]] = [
    {"effect": "permit", "actions": ["*"], "when": {"requester.department": ["HR"], "risk": {"max": 5}}},
    {"effect": "permit", "actions": ["*"], "when": {"requester.department": ["Sales"], "is_rollback": True}},
    # A date and an hour that do not go together: cells that no request has.
    {"effect": "permit", "actions": ["*"], "when": {"time.local_hours": _ONE_DAY}},
    {"effect": "permit", "actions": ["*"], "when": {"time.dates": {"from": "2026-11-24", "to": "2026-11-24"}}},
    {"effect": "deny", "actions": ["*"], "when": {"time.local_hours": _ONE_DAY, "risk": 7}},
    {"effect": "deny", "actions": ["*"], "when": {"time.dates": {"from": "2026-11-24", "to": "2026-11-24"}, "risk": 7}},
]


def partition_of(rules: list[dict[str, Any]]) -> Partition:
    analysis = analysis_of(bundle_of({Layer.ACTION: rules} | opened(Layer.ACTION)))
    return Partition(Scenario("a.one", (analysis.side("a.one"),)), max_cells=10**6)


PARTITION: Final = partition_of(_RULES)
_BOXES: Final = st.fixed_dictionaries(
    {}, optional={axis.name: st.integers(0, (1 << len(axis.domain.classes)) - 1) for axis in PARTITION.axes}
)


@st.composite
def sets_of_cells(draw: st.DrawFn) -> int:
    """Sets of every texture: boxes put together, and single cells flipped."""
    cells = 0
    for box in draw(st.lists(_BOXES, max_size=4)):
        cells ^= PARTITION.product(box)
    for cell in draw(st.lists(st.integers(0, PARTITION.cells - 1), max_size=3)):
        cells ^= 1 << cell
    return cells & PARTITION.full


def test_the_partition_under_test_has_cells_that_no_request_has() -> None:
    assert PARTITION.full != (1 << PARTITION.cells) - 1


@settings(SETTINGS, max_examples=200)
@given(cells=sets_of_cells(), box=_BOXES)
def test_a_diagram_counts_and_cuts_as_bits_do(cells: int, box: Box) -> None:
    drawing, inside = Drawing(PARTITION), PARTITION.product(box)
    drawn = drawing.of(cells)
    assert drawing.count(drawn) == cells.bit_count()
    assert drawing.count(drawn, box) == (cells & inside).bit_count()
    assert drawing.any_out(drawn, box) is bool(PARTITION.full & ~cells & inside)
    left = drawing.without(drawn, box)
    assert drawing.count(left) == (cells & ~inside).bit_count()
    assert drawing.any_out(left, {}) is bool(PARTITION.full & ~cells), "what is cut away is free and not outside"


@settings(SETTINGS, max_examples=100)
@given(cells=sets_of_cells().filter(bool))
def test_the_lowest_cell_of_a_diagram_is_that_of_the_bits(cells: int) -> None:
    drawing = Drawing(PARTITION)
    assert drawing.lowest(drawing.of(cells)) == PARTITION.places((cells & -cells).bit_length() - 1)


def test_what_is_alike_throughout_is_one_leaf_and_equal_parts_are_one_node() -> None:
    drawing = Drawing(PARTITION)
    simple = partition_of(_RULES[:2])
    assert Drawing(simple).of(simple.full) is Leaf.IN
    assert Drawing(simple).of(0) is Leaf.OUT
    drawn = drawing.of(PARTITION.product({"risk": 1}) & PARTITION.full)
    assert isinstance(drawn, Node)
    assert drawn is drawing.of(PARTITION.product({"risk": 1}) & PARTITION.full)
    assert leaves_of(drawn) == {Leaf.IN, Leaf.OUT, Leaf.FREE}
