"""What is asked of an action's cells: the rules that decide, side by side, and the requests they are asked about."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from policy.analysis.domain import Mode, Probe
from policy.decision import Layer, Requirement, Verdict
from policy.request import FactValue
from policy.rule import Conjunction, Rule

# What a cell asks of one resolver: at least so many people, or (with 0) that no standing grant stands in.
Ask = tuple[str, int]

_MODES: Final = {
    Verdict.DENY: (Mode.POSSIBLE,),
    Verdict.ALLOW: (Mode.CERTAIN,),
    Verdict.APPROVAL: (Mode.CERTAIN, Mode.POSSIBLE),
}


@dataclass(frozen=True, slots=True)
class Side:
    """Rules of one action that decide together. `layers` are those consulted; the others count as wide open."""

    rules: tuple[Rule, ...]
    layers: tuple[Layer, ...] = tuple(Layer)


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is asked: one or more sides on the same requests for `action`, those for which `where` is TRUE.

    `where` is an OR of conjunctions; None selects all requests. `at` pins attributes to one value's class.
    `beside` are conditions that the cells must tell apart although no side has them: (conjunction, mode). Of the
    attributes in `kept` all classes take part, also those on which every side denies.
    """

    action: str
    sides: tuple[Side, ...]
    where: tuple[Conjunction, ...] | None = None
    at: Mapping[str, FactValue] = field(default_factory=dict)
    beside: tuple[tuple[Conjunction, Mode], ...] = ()
    kept: frozenset[str] = frozenset()

    def probes(self) -> dict[str, list[Probe]]:
        """Return, per attribute, every way in which this scenario reads it."""
        found: dict[str, dict[Probe, None]] = {}
        for conjunction, mode in self._read():
            for one in conjunction:
                found.setdefault(one.attribute, {})[one.atom, mode] = None
        return {name: list(some) for name, some in found.items()}

    def _read(self) -> Iterator[tuple[Conjunction, Mode]]:
        for side in self.sides:
            for rule in side.rules:
                yield from ((one, mode) for one in rule.conjunctions for mode in _MODES[rule.effect])
        yield from ((one, Mode.CERTAIN) for one in self.where or ())
        yield from self.beside


def asks_of(rule: Rule) -> list[Ask]:
    """Return every ask that `rule` makes: asking two people also asks one."""
    asks = [(one.resolver, count) for one in rule.requirements for count in range(1, one.count + 1)]
    return asks + [(one.resolver, 0) for one in rule.requirements if one.standing == "never"]


def requirements_of(asks: frozenset[Ask]) -> frozenset[Requirement]:
    """Return the requirements that these asks add up to, one a resolver, as `policy.reference.merged`."""
    counts: dict[str, int] = {}
    for resolver, count in asks:
        counts[resolver] = max(count, counts.get(resolver, 0))
    return frozenset(
        Requirement(resolver, count=count, standing="never" if (resolver, 0) in asks else "allowed")
        for resolver, count in counts.items()
    )
