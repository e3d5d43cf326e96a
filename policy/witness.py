"""A value that meets several conditions on one attribute at once, or the certainty that there is none."""

from collections.abc import Iterable, Sequence

from policy.registry import Attribute, attribute_named
from policy.request import FactValue
from policy.rule import Atom, Meets, Misses, NoneOf, OneOf, Truth, Within, holds


def witness(name: str, atoms: Sequence[Atom]) -> FactValue | None:
    """Return a value of the attribute `name` for which every one of `atoms` is TRUE, or None if none exists.

    The same atoms always give the same value. Only values that the registry declares count.

    Raises:
        KeyError: the vocabulary has no such attribute.
    """
    attribute = attribute_named(name)
    if attribute is None:
        raise KeyError(f"expected an attribute of the registry, got `{name}`")
    meeting = (one for one in _candidates(attribute, atoms) if all(holds(atom, one) is Truth.TRUE for atom in atoms))
    return next(meeting, None)


def _candidates(attribute: Attribute, atoms: Sequence[Atom]) -> Iterable[FactValue]:
    """Return values of which at least one meets all atoms if any value does."""
    match attribute.kind:
        case "flag":
            return (True, False)
        case "number":
            return _numbers(attribute, atoms)
        case "set":
            return _sets(atoms)
        case "text":
            return attribute.values if attribute.values is not None else _texts(atoms)


def _numbers(attribute: Attribute, atoms: Sequence[Atom]) -> list[FactValue]:
    # The smallest number that lies in a range of every atom is where one of these ranges, or the attribute, begins.
    low, high = attribute.bounds
    starts = {begin for atom in atoms if isinstance(atom, Within) for begin, _ in atom.ranges if begin is not None}
    return [number for number in sorted({low, *starts}) if number >= low and (high is None or number <= high)]


def _sets(atoms: Sequence[Atom]) -> tuple[FactValue, ...]:
    # The largest set that misses all it must miss meets whatever can be met.
    met = frozenset().union(*(atom.members for atom in atoms if isinstance(atom, Meets)))
    missed = frozenset().union(*(atom.members for atom in atoms if isinstance(atom, Misses)))
    return (met - missed,)


def _texts(atoms: Sequence[Atom]) -> list[FactValue]:
    named = {str(one) for atom in atoms if isinstance(atom, OneOf | NoneOf) for one in atom.values}
    # One of so many spare texts is named by nobody.
    spare = (f"other {number}" for number in range(len(named) + 1))
    return [*sorted(named), next(text for text in spare if text not in named)]
