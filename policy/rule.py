"""A rule as the engine sees it: an OR of conjunctions of atoms, in Kleene's three-valued logic.

An atom compares one attribute with constants. Every atom has exactly one negation that is an atom
too, so `unless` becomes plain conjunctions without loss. Nothing is simplified away: an atom that
no value satisfies is FALSE for every known value, but still UNKNOWN for an unknown one.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from policy.decision import Layer, Requirement, RuleRef, Verdict
from policy.request import UNKNOWN, FactValue

# A half-open range: `low <= number < high`; None means no bound on that side.
Range = tuple[int | None, int | None]


class Truth(enum.IntEnum):
    """Kleene's truth values, ordered so that AND is `min` and OR is `max`."""

    FALSE = 0
    UNKNOWN = 1
    TRUE = 2


@dataclass(frozen=True, slots=True)
class OneOf:
    """A text or flag is one of `values`."""

    values: frozenset[str | bool]


@dataclass(frozen=True, slots=True)
class NoneOf:
    """A text or flag is known and is none of `values`."""

    values: frozenset[str | bool]


@dataclass(frozen=True, slots=True)
class Within:
    """A number lies in one of `ranges`, which are ascending and do not overlap."""

    ranges: tuple[Range, ...]


@dataclass(frozen=True, slots=True)
class Meets:
    """A set holds at least one of `members`."""

    members: frozenset[str]


@dataclass(frozen=True, slots=True)
class Misses:
    """A set is known and holds none of `members`."""

    members: frozenset[str]


Atom = OneOf | NoneOf | Within | Meets | Misses


@dataclass(frozen=True, slots=True)
class Condition:
    """One atom about one attribute."""

    attribute: str
    atom: Atom

    def negated(self) -> "Condition":
        """Return the condition that is TRUE where this is FALSE, and UNKNOWN where this is UNKNOWN."""
        return Condition(self.attribute, _negated(self.atom))

    def truth(self, facts: Mapping[str, FactValue]) -> Truth:
        """Judge this condition on facts that `checked_facts` returned; an absent fact is UNKNOWN."""
        return holds(self.atom, facts.get(self.attribute, UNKNOWN))


# All of its conditions must hold. Several may name the same attribute: two `any` lists on one set
# cannot be merged into one atom. The empty conjunction is TRUE.
Conjunction = tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One compiled rule. It matches when its action is named and one of `conjunctions` holds.

    `approval_seconds` is how long an answer to this rule's question stays valid; 0 unless `effect` is
    APPROVAL.

    Raises:
        ValueError: a requirement without an approval, or an approval without one.
    """

    ref: RuleRef
    layer: Layer
    effect: Verdict
    actions: frozenset[str]
    conjunctions: tuple[Conjunction, ...]
    requirements: frozenset[Requirement] = frozenset()
    approval_seconds: int = 0

    def __post_init__(self) -> None:
        # INVARIANT: an approval asks somebody. "All of no requirements are met" would be a silent ALLOW.
        if (self.effect is Verdict.APPROVAL) != bool(self.requirements):
            raise ValueError(f"rule `{self.ref.id}`: an approval has requirements, and nothing else has")


def holds(atom: Atom, value: FactValue) -> Truth:
    """Return whether `atom` holds for `value`; a value that is unknown or of another type cannot be told."""
    match atom, value:
        case OneOf(values), str() | bool():
            return _known(value in values)
        case NoneOf(values), str() | bool():
            return _known(value not in values)
        case Within(ranges), int() if not isinstance(value, bool):
            return _known(any(_inside(one, value) for one in ranges))
        case Meets(members), frozenset():
            return _known(not members.isdisjoint(value))
        case Misses(members), frozenset():
            return _known(members.isdisjoint(value))
        case _:
            return Truth.UNKNOWN


def _known(answer: bool) -> Truth:
    return Truth.TRUE if answer else Truth.FALSE


def _inside(bounds: Range, number: int) -> bool:
    low, high = bounds
    return (low is None or number >= low) and (high is None or number < high)


def _negated(atom: Atom) -> Atom:
    match atom:
        case OneOf(values):
            return NoneOf(values)
        case NoneOf(values):
            return OneOf(values)
        case Within(ranges):
            return Within(_gaps(ranges))
        case Meets(members):
            return Misses(members)
        case Misses(members):
            return Meets(members)


def _gaps(ranges: tuple[Range, ...]) -> tuple[Range, ...]:
    gaps: list[Range] = []
    reached: int | None = None
    for low, high in ranges:
        # No gap before a range without a start, or one that starts where the last ended.
        if low != reached:
            gaps.append((reached, low))
        if high is None:
            return tuple(gaps)
        reached = high
    return (*gaps, (reached, None))
