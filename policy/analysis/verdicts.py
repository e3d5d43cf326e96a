"""The six layers judged on every cell of a partition at once, as `policy.reference` judges one request.

`not_denied` is the AND over the layers of (granted and not denied); `approval` is where some approval is possible
there; `allow` is the rest of it. Numbers as in `policy.reference`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from policy.analysis.domain import Mode
from policy.analysis.partition import Partition
from policy.analysis.scenario import Ask, Side, asks_of, requirements_of
from policy.decision import Layer, Requirement, Verdict
from policy.rule import Rule


@dataclass(frozen=True, slots=True)
class Reads:
    """Where one rule is TRUE (`certain`) and where it is not FALSE (`possible`); 0 for what its effect never reads."""

    rule: Rule
    certain: int
    possible: int


class Surface:
    """What one side of a scenario decides on every cell. All attributes are bit sets of `partition`."""

    def __init__(self, partition: Partition, side: Side) -> None:
        self.partition = partition
        self.side = side
        self.granted: dict[Layer, int] = dict.fromkeys(Layer, 0)
        self.denied: dict[Layer, int] = dict.fromkeys(Layer, 0)
        asked = 0
        for one in self.reads():
            self.granted[one.rule.layer] |= one.certain
            if one.rule.effect is Verdict.DENY:
                self.denied[one.rule.layer] |= one.possible
            elif one.rule.layer in side.layers:
                asked |= one.possible
        self.not_denied = partition.full
        for layer in side.layers:
            self.not_denied &= self.passes(layer)
        self.approval = self.not_denied & asked  # (3)
        self.allow = self.not_denied & ~asked  # (4)

    def passes(self, layer: Layer) -> int:
        """Return where `layer` does not deny: (1) no deny is possible, and (2) a grant is certain."""
        return self.granted[layer] & ~self.denied[layer]

    def of(self, verdict: Verdict) -> int:
        """Return where the decision is `verdict`; without the cells that the partition left out as denied."""
        if verdict is Verdict.DENY:
            return self.partition.full & ~self.not_denied
        return self.approval if verdict is Verdict.APPROVAL else self.allow

    def at_least(self, verdict: Verdict) -> int:
        """Return where the decision is `verdict` or better."""
        return {Verdict.DENY: self.partition.full, Verdict.APPROVAL: self.not_denied, Verdict.ALLOW: self.allow}[
            verdict
        ]

    def reads(self) -> Iterator[Reads]:
        """Yield where each rule of the side is TRUE and where it is possible, computed anew each time."""
        for rule in self.side.rules:
            yield self.reads_of(rule)

    def reads_of(self, rule: Rule) -> Reads:
        """Return where `rule` is TRUE and where it is possible."""
        certain = 0 if rule.effect is Verdict.DENY else self.partition.union(rule.conjunctions, Mode.CERTAIN)
        possible = 0 if rule.effect is Verdict.ALLOW else self.partition.union(rule.conjunctions, Mode.POSSIBLE)
        return Reads(rule, certain, possible)

    @cached_property
    def asks(self) -> dict[Ask, int]:
        """Where each ask is made, of the cells that need approval."""
        found: dict[Ask, int] = {}
        for rule in self.side.rules:
            if rule.effect is Verdict.APPROVAL and rule.layer in self.side.layers:
                where = self.approval & self.reads_of(rule).possible
                for ask in asks_of(rule):
                    found[ask] = found.get(ask, 0) | where
        return found

    def asks_at(self, cell: int) -> frozenset[Ask]:
        """Return all that is asked on `cell`."""
        return frozenset(ask for ask, where in self.asks.items() if where >> cell & 1)

    def asked_as_at(self, cell: int) -> int:
        """Return the cells that need approval and on which the very same is asked as on `cell`."""
        alike = self.approval
        for where in self.asks.values():
            alike &= where if where >> cell & 1 else ~where
        return alike

    def requirements_at(self, cell: int) -> frozenset[Requirement]:
        """Return what must be approved on `cell`, one requirement a resolver, as `policy.reference.merged`."""
        return requirements_of(self.asks_at(cell))
