"""Deciding a history again: does the bundle that was in force still answer the same, and what would a draft change?

For each record, the first that applies:

1. It is another tenant's: an engine decides for one tenant only, so nothing can be said (`foreign`).
2. The whole decision is equal, bundle digest included (`identical`).
3. The verdict is another: the decision flips (`verdict`).
4. The verdict stays, but other people would be asked (`requirements`).
5. Both stay, but other rules decide, or the same with other content (`explanation`).
6. Only the bundle's digest is another (`unchanged`).

A record of the engine's own bundle that is not identical is a contradiction: the record, the catalogue or the engine
is not what it was when it was made (law T2).
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from policy.decision import Decision, Verdict
from policy.engine import Engine
from policy.field import lowered
from policy.history.recorded import RecordedDecision

Difference = Literal["verdict", "requirements", "explanation"]


@dataclass(frozen=True, slots=True)
class Changed:
    """One recorded decision that would be another one now."""

    kind: Difference
    recorded: RecordedDecision
    decision: Decision


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """What became of each record, in the order of the history. `bundle_digest` names the rules that decided now."""

    bundle_digest: str
    identical: int
    unchanged: int
    changed: tuple[Changed, ...]
    foreign: tuple[RecordedDecision, ...]

    @property
    def total(self) -> int:
        """How many records were read."""
        return self.identical + self.unchanged + len(self.changed) + len(self.foreign)

    @property
    def flipped(self) -> tuple[Changed, ...]:
        """The records with another verdict now; `recorded.origin` says which ones they are."""
        return self.of_kind("verdict")

    @property
    def contradictions(self) -> tuple[Changed, ...]:
        """The records that name this very bundle and were decided otherwise."""
        return tuple(one for one in self.changed if one.recorded.decision.bundle_digest == self.bundle_digest)

    def of_kind(self, kind: Difference) -> tuple[Changed, ...]:
        """Return the changed records of one kind."""
        return tuple(one for one in self.changed if one.kind == kind)

    def flips(self) -> dict[tuple[Verdict, Verdict], int]:
        """Return how many verdicts went from which to which, the widened ones first."""
        counted = Counter((one.recorded.decision.verdict, one.decision.verdict) for one in self.flipped)
        return dict(sorted(counted.items(), key=lambda item: (item[0][0] - item[0][1], item[0])))


def replay(history: Iterable[RecordedDecision], engine: Engine, *, tenant_id: str) -> ReplayReport:
    """Decide every record again with `engine`, which must be the engine of `tenant_id`.

    Raises:
        RecordError: `history` is read while it is replayed, and a line of it cannot be read.
    """
    wanted = lowered(tenant_id)
    decide = engine.decide
    identical = unchanged = 0
    changed: list[Changed] = []
    foreign: list[RecordedDecision] = []
    for one in history:
        if lowered(one.tenant_id) != wanted:
            foreign.append(one)
            continue
        now = decide(one.request)
        kind = _difference(one.decision, now)
        if kind is not None:
            changed.append(Changed(kind, one, now))
        elif one.decision.bundle_digest == now.bundle_digest:
            identical += 1
        else:
            unchanged += 1
    return ReplayReport(engine.bundle_digest, identical, unchanged, tuple(changed), tuple(foreign))


def _difference(then: Decision, now: Decision) -> Difference | None:
    if then.verdict is not now.verdict:
        return "verdict"
    if then.requirements != now.requirements:
        return "requirements"
    return None if then.layers == now.layers else "explanation"
