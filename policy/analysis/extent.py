"""How far a region reaches on one attribute, when a set's members are taken one by one instead of combined."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from policy.analysis.answer import Constraint
from policy.analysis.domain import Domain, Others, Piece, Probe, Single, Stretch, domain_of, member_groups, place_of
from policy.analysis.solver import Allowed, Box
from policy.analysis.wording import case, clause, described
from policy.registry import Attribute, attribute_named
from policy.request import FactValue, Unknown
from policy.rule import Atom, Meets, Misses, NoneOf, OneOf, Within

# TRUE of every set that is known.
_ANY_SET: Final = Misses(frozenset())


@dataclass(frozen=True, slots=True)
class ClassExtent:
    """The classes of `domain` in `mask`."""

    domain: Domain
    mask: int

    def box(self) -> Box:
        """Return what this allows; nothing when it allows everything."""
        pieces = [piece for place in self._places(self.mask) for piece in self.domain.classes[place].pieces]
        if self.mask == self._everything:
            return ()
        unknown = any(isinstance(piece, Unknown) for piece in pieces)
        atoms = tuple(_atom(piece, self.domain) for piece in pieces if not isinstance(piece, Unknown))
        return (Allowed(self.domain.attribute.name, atoms, unknown),)

    def grown(self, fits: Callable[[Box], bool]) -> "ClassExtent":
        """Return the widest extent that still `fits`, found class by class."""
        everything = replace(self, mask=self._everything)
        if fits(everything.box()):
            return everything
        extent = self
        for place in self._places(self._everything & ~self.mask):
            wider = replace(extent, mask=extent.mask | 1 << place)
            extent = wider if fits(wider.box()) else extent
        return extent

    def size(self) -> int:
        """Return the number of classes."""
        return self.mask.bit_count()

    def constraint(self) -> Constraint | None:
        """Return what this says, or None when it allows everything."""
        if self.mask == self._everything:
            return None
        words = tuple(described(self.domain, place) for place in self._places(self.mask))
        return Constraint(self.domain.attribute.name, words, clause(self.domain, self.mask))

    @property
    def _everything(self) -> int:
        return (1 << len(self.domain.classes)) - 1

    def _places(self, mask: int) -> list[int]:
        return [place for place in range(len(self.domain.classes)) if mask >> place & 1]


@dataclass(frozen=True, slots=True)
class MemberExtent:
    """The sets that hold a member of each group in `held` mapped to true, and of none mapped to false.

    `groups` are all members that rules tell apart, those that are alike together. `unknown`: an unknown set, too.
    """

    attribute: Attribute
    groups: Mapping[str, tuple[str, ...]]
    held: Mapping[str, bool]
    known: bool
    unknown: bool

    def box(self) -> Box:
        """Return what this allows; nothing when it allows everything."""
        name = self.attribute.name
        if not self.known:
            return (Allowed(name, (), True),)
        atoms = [_membership(self.groups[one], held=held) for one, held in self.held.items()]
        if not atoms:
            return () if self.unknown else (Allowed(name, (_ANY_SET,), False),)
        return tuple(Allowed(name, (atom,), self.unknown) for atom in atoms)

    def grown(self, fits: Callable[[Box], bool]) -> "MemberExtent":
        """Return the widest extent that still `fits`, found member by member."""
        everything = replace(self, held={}, known=True, unknown=True)
        if fits(everything.box()):
            return everything
        extent = self._without(tuple(self.held), fits)
        wider = replace(extent, unknown=True)
        return wider if extent.known and fits(wider.box()) else extent

    def _without(self, names: Sequence[str], fits: Callable[[Box], bool]) -> "MemberExtent":
        """Return the extent without as many memberships of `names` as can be, by halves because most can go."""
        wider = replace(self, held={name: held for name, held in self.held.items() if name not in names})
        if not names or fits(wider.box()):
            return wider
        if len(names) == 1:
            return self
        middle = len(names) // 2
        return self._without(names[:middle], fits)._without(names[middle:], fits)

    def size(self) -> int:
        """Return the number of combinations of members, and one for an unknown set."""
        return (1 << len(self.groups) - len(self.held)) * self.known + self.unknown

    def constraint(self) -> Constraint | None:
        """Return what this says, or None when it allows everything."""
        if not self.box():
            return None
        words = self._words()
        return Constraint(self.attribute.name, (words.removeprefix("is "),), f"{self.attribute.name} {words}")

    def _words(self) -> str:
        if not self.known:
            return "is unknown"
        members, missing = ([one for one, held in self.held.items() if held is wanted] for wanted in (True, False))
        words = case(members, missing, alike=self.groups) if self.held else "is known"
        return f"{words}, or is unknown" if self.unknown else words


Extent = ClassExtent | MemberExtent


def extent_at(name: str, probes: Sequence[Probe], *, value: FactValue) -> Extent:
    """Return the narrowest extent that holds `value` of the attribute `name`, as the rules with `probes` see it."""
    attribute = attribute_named(name)
    assert attribute is not None, "documents name attributes of the registry only"
    if attribute.kind != "set":
        domain = domain_of(attribute, probes)
        return ClassExtent(domain, 1 << place_of(domain, value))
    groups = member_groups(dict.fromkeys(atom for atom, _ in probes))
    if not isinstance(value, frozenset):
        return MemberExtent(attribute, groups, {}, known=False, unknown=True)
    held = {one: not value.isdisjoint(alike) for one, alike in groups.items()}
    return MemberExtent(attribute, groups, held, known=True, unknown=False)


def _membership(members: Sequence[str], *, held: bool) -> Atom:
    return Meets(frozenset(members)) if held else Misses(frozenset(members))


def _atom(piece: Piece, domain: Domain) -> Atom:
    """Return the atom that is TRUE of exactly the values of a known `piece` of text, flag or number."""
    if isinstance(piece, Stretch):
        return Within(((piece.low, None if piece.high is None else piece.high + 1),))
    if isinstance(piece, Single):
        return OneOf(frozenset((piece.value,)))
    assert isinstance(piece, Others), "a set reaches as far as its members do"
    pieces = (one for each in domain.classes for one in each.pieces)
    return NoneOf(frozenset(one.value for one in pieces if isinstance(one, Single)))
