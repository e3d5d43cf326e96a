"""Eleven wrong analyses, each a replacement of one part, and the law that notices each."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from policy import UNKNOWN, Layer, Verdict
from policy.analysis import axis as axis_module
from policy.analysis import domain as domain_module
from policy.analysis import partition as partition_module
from policy.analysis import verdicts as verdicts_module
from policy.analysis.axis import Axis
from policy.analysis.domain import Mode, Others, Piece, Probe, Stretch
from policy.analysis.scenario import Ask, Scenario, Side
from policy.analysis.verdicts import Reads, Surface
from policy.registry import Attribute
from policy.rule import Atom, Rule, Truth, holds
from tests.policy.analysis.policies import RULE_SETS
from tests.policy.analysis.test_cells import assert_every_cell_is_judged
from tests.policy.analysis.test_classes import assert_classes_hide_nothing
from tests.policy.worlds import REQUESTS

PIECES: Final = domain_module._pieces
TEXTS: Final = domain_module._texts
STRETCHES: Final = domain_module._stretches
KILLED: Final = axis_module._killed
READS_OF: Final = Surface.reads_of
PASSES: Final = Surface.passes
SPREAD: Final = partition_module._spread


def no_unknown(attribute: Attribute, atoms: Sequence[Atom], *, alike: Mapping[str, tuple[str, ...]]) -> Iterator[Piece]:
    """Every fact is taken to be known."""
    yield from (piece for piece in PIECES(attribute, atoms, alike=alike) if piece is not UNKNOWN)


def no_others(attribute: Attribute, atoms: Sequence[Atom]) -> Iterator[Piece]:
    """Only the texts that rules mention exist."""
    yield from (piece for piece in TEXTS(attribute, atoms) if not isinstance(piece, Others))


def late_cuts(attribute: Attribute, atoms: Sequence[Atom]) -> Iterator[Piece]:
    """Every stretch starts one number too late."""
    for piece in STRETCHES(attribute, atoms):
        assert isinstance(piece, Stretch)
        yield Stretch(piece.low + 1 if piece.low else 0, None if piece.high is None else piece.high + 1)


def unknown_is_false(piece: Piece, probes: Sequence[Probe]) -> tuple[bool, ...]:
    """What is unknown satisfies nothing, so no guard bites on it."""
    value = UNKNOWN if piece is UNKNOWN else domain_module._any_value(piece)  # type: ignore[arg-type]
    return tuple(holds(atom, value) is Truth.TRUE for atom, _ in probes)


def unknown_is_true(piece: Piece, probes: Sequence[Probe]) -> tuple[bool, ...]:
    """What is unknown satisfies everything, so a permit fires on it."""
    value = UNKNOWN if piece is UNKNOWN else domain_module._any_value(piece)  # type: ignore[arg-type]
    return tuple(holds(atom, value) is not Truth.FALSE for atom, _ in probes)


def every_deny_kills(live: Mapping[str, int], denies: Sequence[Any], *, grants: Any) -> dict[str, int]:
    """A deny about several attributes leaves its classes of each out of the cells."""
    killed = KILLED(live, denies, grants=grants)
    for deny in denies:
        for name, mask in deny.items():
            killed[name] |= live[name] & mask
    return killed


def one_grant_kills(live: Mapping[str, int], denies: Sequence[Any], *, grants: Any) -> dict[str, int]:
    """A class on which one grant of a layer fails is left out, although another holds there."""
    return KILLED(live, denies, grants=[[one] for layer in grants for one in layer] or grants)


def first_block_only(surface: Surface, rule: Rule) -> Reads:
    """Only the first conjunction of a deny is read."""
    found = READS_OF(surface, rule)
    if rule.effect is not Verdict.DENY:
        return found
    return Reads(rule, 0, found.possible & surface.partition.union(rule.conjunctions[:1], Mode.POSSIBLE))


def open_runtime(surface: Surface, layer: Layer) -> int:
    """The innermost layer is not consulted."""
    return surface.partition.full if layer is Layer.RUNTIME else PASSES(surface, layer)


def one_person(asks: frozenset[Ask]) -> Any:
    """Two people are asked as one."""
    return frozenset(one for one in real_requirements(asks) if one.count == 1)


def shifted(bits: int, axis: Axis, *, mask: int) -> int:
    """The classes of an axis are counted from one."""
    return SPREAD(bits, axis, mask=mask) << axis.stride


real_requirements: Final = verdicts_module.requirements_of
CLASSES: Final = "classes"
CELLS: Final = "cells"
MUTANTS: Final[tuple[tuple[Any, str, Callable[..., Any], str], ...]] = (
    (domain_module, "_pieces", no_unknown, CLASSES),
    (domain_module, "_texts", no_others, CLASSES),
    (domain_module, "_stretches", late_cuts, CLASSES),
    (domain_module, "_answers", unknown_is_false, CELLS),
    (domain_module, "_answers", unknown_is_true, CELLS),
    (axis_module, "_killed", every_deny_kills, CELLS),
    (axis_module, "_killed", one_grant_kills, CELLS),
    (Surface, "reads_of", first_block_only, CELLS),
    (Surface, "passes", open_runtime, CELLS),
    (verdicts_module, "requirements_of", one_person, CELLS),
    (partition_module, "_spread", shifted, CELLS),
)


def notices(law: str) -> bool:
    """Whether the law fails on some rules with the analysis as it is patched now."""

    @settings(
        max_examples=400,
        deadline=None,
        database=None,
        derandomize=True,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(rules=RULE_SETS, request_=REQUESTS)
    def run(rules: tuple[Rule, ...], request_: Any) -> None:
        named = tuple(rule for rule in rules if request_.action in rule.actions)
        if law == CLASSES:
            assert_classes_hide_nothing(named, request_)
        else:
            assert_every_cell_is_judged(Scenario(request_.action, (Side(named),)), named)

    try:
        run()
    except AssertionError:
        return True
    return False


@pytest.mark.parametrize(("place", "part", "mutant", "law"), MUTANTS, ids=[one.__name__ for *_, one, _ in MUTANTS])
def test_a_seeded_mutant_of_the_analysis_is_noticed(
    place: Any, part: str, mutant: Callable[..., Any], law: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place, part, mutant)
    assert notices(law)
