"""One attribute's domain, split into classes of values that no rule tells apart; `unknown` is a value too.

1. The constants that rules mention cut the domain into pieces: a text, a stretch of numbers, a set of members.
   What is left over is a piece only if it has a real value: a closed list whose every value is mentioned has none.
2. Pieces that answer every reading alike are one class. A deny reads whether an atom is possible (TRUE or UNKNOWN),
   a permit whether it is certain (TRUE), an approval both, because that is all `policy.reference` asks of them.
"""

import enum
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from policy.registry import Attribute
from policy.request import UNKNOWN, FactValue, Unknown
from policy.rule import Atom, Meets, Misses, NoneOf, OneOf, Truth, Within, holds

DAY: Final = "time.day"
MINUTE: Final = "time.minute_of_week"

_SOME_ID: Final = "00000000-0000-4000-8000-{:012d}"


class Mode(enum.Enum):
    """How a rule reads an atom: `CERTAIN` asks whether it is TRUE, `POSSIBLE` whether it is not FALSE."""

    CERTAIN = enum.auto()
    POSSIBLE = enum.auto()


# One question that the rules ask of an attribute's value.
Probe = tuple[Atom, Mode]


@dataclass(frozen=True, slots=True)
class Single:
    """One text or flag."""

    value: str | bool


@dataclass(frozen=True, slots=True)
class Others:
    """Every text but those that rules mention; `sample` is one of them."""

    sample: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """The numbers from `low` to `high`, both included; None is no end."""

    low: int
    high: int | None


@dataclass(frozen=True, slots=True)
class Holding:
    """The sets that hold exactly `members` of those that rules mention; each stands for all that are alike."""

    members: frozenset[str]


Piece = Single | Others | Stretch | Holding | Unknown


@dataclass(frozen=True, slots=True)
class ValueClass:
    """Pieces of a domain that no rule tells apart. `sample` is a value of it: a known one if there is one."""

    pieces: tuple[Piece, ...]
    sample: FactValue


@dataclass(frozen=True, slots=True)
class Domain:
    """The classes of one attribute, and for each probe the mask of classes (bit = place) that answer yes.

    `alike` maps each set member that stands for others to all of them, itself included.
    """

    attribute: Attribute
    classes: tuple[ValueClass, ...]
    masks: Mapping[Probe, int]
    alike: Mapping[str, tuple[str, ...]]


def domain_of(attribute: Attribute, probes: Sequence[Probe]) -> Domain:
    """Return the domain of `attribute` as the rules with these probes see it."""
    atoms = list(dict.fromkeys(atom for atom, _ in probes))
    alike = member_groups(atoms)
    answers = [(piece, _answers(piece, probes)) for piece in _pieces(attribute, atoms, alike=alike)]
    grouped: dict[tuple[bool, ...], list[Piece]] = {}
    for piece, answer in answers:
        grouped.setdefault(answer, []).append(piece)
    classes = tuple(ValueClass(tuple(pieces), sample_of(attribute, pieces[0])) for pieces in grouped.values())
    columns = zip(*grouped, strict=True)
    masks = {one: _mask(column) for one, column in zip(probes, columns, strict=True)} if probes else {}
    return Domain(attribute, classes, masks, alike)


def place_of(domain: Domain, value: FactValue) -> int:
    """Return the place of the class that holds `value`, a value that `policy.registry.check_fact` returned."""
    possible = (1 << len(domain.classes)) - 1
    for (atom, mode), mask in domain.masks.items():
        truth = holds(atom, value)
        yes = truth is Truth.TRUE or (truth is Truth.UNKNOWN and mode is Mode.POSSIBLE)
        possible &= mask if yes else ~mask
    assert possible.bit_count() == 1, "the classes are all the answers that values give, each once"
    return possible.bit_length() - 1


def member_groups(atoms: Iterable[Atom]) -> dict[str, tuple[str, ...]]:
    """Return the members that set atoms mention, grouped by the atoms that name them; the first stands for all."""
    named: dict[str, list[int]] = {}
    for place, atom in enumerate(atoms):
        if isinstance(atom, Meets | Misses):
            for member in atom.members:
                named.setdefault(member, []).append(place)
    groups: dict[tuple[int, ...], list[str]] = {}
    for member, places in sorted(named.items()):
        groups.setdefault(tuple(places), []).append(member)
    return {members[0]: tuple(members) for members in groups.values()}


def sample_of(attribute: Attribute, piece: Piece) -> FactValue:
    """Return a value of `piece`, of the attribute's type and within its bounds."""
    match piece:
        case Single(value):
            return value
        case Others(sample):
            return sample
        case Stretch(low, high):
            # Before the first date that matters, the day right before it reads better than the year 1.
            return high if attribute.name == DAY and low == 1 and high is not None else low
        case Holding(members):
            return members
        case Unknown():
            return UNKNOWN


def _pieces(attribute: Attribute, atoms: Sequence[Atom], *, alike: Mapping[str, tuple[str, ...]]) -> Iterator[Piece]:
    """Yield the pieces of the domain; each has a real value. Unknown comes last."""
    if attribute.kind == "text":
        yield from _texts(attribute, atoms)
    elif attribute.kind == "flag":
        yield from (Single(False), Single(True))
    elif attribute.kind == "number":
        yield from _stretches(attribute, atoms)
    else:
        for size in range(len(alike) + 1):
            yield from (Holding(frozenset(some)) for some in itertools.combinations(alike, size))
    yield UNKNOWN


def _texts(attribute: Attribute, atoms: Sequence[Atom]) -> Iterator[Piece]:
    if attribute.values is not None:
        yield from (Single(value) for value in attribute.values)
        return
    named = {value for atom in atoms if isinstance(atom, OneOf | NoneOf) for value in atom.values}
    yield from (Single(value) for value in sorted(value for value in named if isinstance(value, str)))
    yield Others(unnamed_text(attribute, frozenset(named)))


def unnamed_text(attribute: Attribute, named: frozenset[str | bool]) -> str:
    """Return a text that is a value of `attribute`, which has no closed list, and none of `named`."""
    pattern = _SOME_ID if attribute.is_object_id else "Other {}"
    return next(text for text in map(pattern.format, itertools.count(1)) if text not in named)


def _stretches(attribute: Attribute, atoms: Sequence[Atom]) -> Iterator[Piece]:
    low, high = attribute.bounds
    ranges = (one for atom in atoms if isinstance(atom, Within) for one in atom.ranges)
    cuts = {cut for one in ranges for cut in one if cut is not None}
    starts = [low, *sorted(cut for cut in cuts if cut > low and (high is None or cut <= high))]
    ends = [start - 1 for start in starts[1:]]
    yield from map(Stretch, starts, [*ends, high])


def _answers(piece: Piece, probes: Sequence[Probe]) -> tuple[bool, ...]:
    if isinstance(piece, Unknown):
        return tuple(mode is Mode.POSSIBLE for _, mode in probes)
    # Of a known value every atom is TRUE or FALSE, so both modes answer alike and any value of the piece will do.
    value = _any_value(piece)
    return tuple(holds(atom, value) is Truth.TRUE for atom, _ in probes)


def _any_value(piece: Single | Others | Stretch | Holding) -> FactValue:
    match piece:
        case Single(value):
            return value
        case Others(sample):
            return sample
        case Stretch(low, _):
            return low
        case Holding(members):
            return members


def _mask(answers: Iterable[bool]) -> int:
    return sum(1 << place for place, answer in enumerate(answers) if answer)
