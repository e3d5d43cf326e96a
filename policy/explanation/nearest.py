"""The nearest grants: which permits and approvals almost matched, and the fewest facts that kept them from it.

1. A rule matches by one block of `when_any` and by breaking every block of `unless` at one condition.
   Each such choice is tried.
2. A choice is possible if for every fact that would have to change one value meets all that the choice
   asks of that fact. A rule without a possible choice can never match and is no candidate.
3. The choice that changes the fewest facts is taken; of equals, the one with fewer facts that are known and wrong.
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from policy.decision import Verdict
from policy.explanation.reading import BlockReading, Reading, RuleReading
from policy.request import FactValue, Unknown
from policy.rule import Condition, Conjunction, Truth
from policy.witness import witness

# Whoever corrects a request or a policy looks at a few candidates, not at all of them.
MAX_CANDIDATES = 3


@dataclass(frozen=True, slots=True)
class Demand:
    """One condition that a choice needs: to hold, or, as part of `exception`, not to hold."""

    reading: Reading
    exception: BlockReading | None
    atoms: Conjunction

    @property
    def truth(self) -> Truth:
        """Whether what is needed is so."""
        facts = {self.reading.fact: self.reading.value}
        return min(one.truth(facts) for one in self.atoms)


@dataclass(frozen=True, slots=True)
class Change:
    """One fact that would have to be another: the demands on it that are not met, and a value that meets all."""

    fact: str
    unmet: tuple[Demand, ...]
    example: FactValue


@dataclass(frozen=True, slots=True)
class Candidate:
    """A permit or approval that would have matched after `changes`, which are as few as can be and at least one."""

    reading: RuleReading
    changes: tuple[Change, ...]


def nearest_grants(readings: Iterable[RuleReading]) -> tuple[Candidate, ...]:
    """Return the permits and approvals that do not certainly match, nearest first, at most `MAX_CANDIDATES`."""
    grants = (one for one in readings if one.rule.effect is not Verdict.DENY and one.truth is not Truth.TRUE)
    found = [Candidate(one, changes) for one in grants if (changes := fewest_changes(one)) is not None]
    return tuple(sorted(found, key=lambda one: (_distance(one.changes), one.reading.rule.ref))[:MAX_CANDIDATES])


def fewest_changes(reading: RuleReading) -> tuple[Change, ...] | None:
    """Return the fewest facts to change so that the rule certainly matches, or None if it never can."""
    possible = (changes for choice in _choices(reading) if (changes := _changes(choice)) is not None)
    return min(possible, key=_distance, default=None)


def _distance(changes: Sequence[Change]) -> tuple[int, int]:
    known = [change for change in changes if not isinstance(change.unmet[0].reading.value, Unknown)]
    return len(changes), len(known)


def _choices(reading: RuleReading) -> Iterator[tuple[Demand, ...]]:
    always = tuple(_held(one) for one in reading.when)
    blocks = [tuple(_held(one) for one in block.conditions) for block in reading.when_any] or [()]
    breaks = [[(_broken(one, atom, block=block),) for one, atom in _atoms_of(block)] for block in reading.unless]
    for picked in itertools.product(blocks, *breaks):
        yield (*always, *itertools.chain.from_iterable(picked))


def _atoms_of(block: BlockReading) -> Iterator[tuple[Reading, Condition]]:
    return ((one, atom) for one in block.conditions for atom in one.compiled)


def _held(reading: Reading) -> Demand:
    return Demand(reading, exception=None, atoms=reading.compiled)


def _broken(reading: Reading, atom: Condition, *, block: BlockReading) -> Demand:
    return Demand(reading, exception=block, atoms=(atom.negated(),))


def _changes(choice: Sequence[Demand]) -> tuple[Change, ...] | None:
    """Return one change for each fact of which not all is met, or None if no value could meet it all."""
    changes = []
    for fact in dict.fromkeys(one.reading.fact for one in choice):
        demands = [one for one in choice if one.reading.fact == fact]
        unmet = tuple(one for one in demands if one.truth is not Truth.TRUE)
        if not unmet:
            continue
        example = witness(fact, [condition.atom for one in demands for condition in one.atoms])
        if example is None:
            return None
        changes.append(Change(fact, unmet, example))
    return tuple(changes)
