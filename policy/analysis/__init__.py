"""Exact answers about one tenant's policy: who may do what, what a draft changes, which rules never decide.

Per action, each attribute's domain falls into classes that no rule tells apart; `unknown` is one of them. Every
decision is constant on each cell of the product of classes, so judging the cells judges every request there can
be. Sets of cells are Python integers used as bit sets. Answers come back as regions in the administrator's words.

    analysis = Analysis(bundle, tenant_id=tenant_id, catalogue=CATALOGUE)
    for region in who_can(analysis, "entra.group.member.add").regions:
        print(region.sentence())

| question | answer |
|---|---|
| `who_can(analysis, action, *, where=None, at_least=Verdict.ALLOW, max_regions=24)` | `Cover` |
| `during(analysis, dates)`, dates a `policy.predicate.DateRange` | `tuple[During, ...]`, one an action |
| `changes(old, new, *, action=None, max_regions=24)`, of two `Analysis` | `tuple[Change, ...]` |
| `findings(analysis)` | `tuple[RuleFinding, ...]` |
| `reach(analysis, *, by_attribute=None)` | `tuple[Reach, ...]` |
| `prove(analysis, *, actions, where, never)` | `Proof` |
| `overlaps(analysis)` | `tuple[Overlap, ...]` |
| `facts_needed(analysis, action)`, `facts_idle(analysis, action)` | `tuple[str, ...]` |
| `grant_scope(analysis, *, actions, where, resolver, rule_digests, count=1)` | `GrantScope` |
| `classes(analysis, action)` | `dict[str, tuple[ValueClass, ...]]` |

`where` is an OR of `policy.rule.Conjunction`; it selects the requests for which it is TRUE, and `()` selects none.
What is too large for cells raises `TooLargeError` before anything is computed. `who_can`, `changes`, `prove` and
`reach` of whole actions then ask the `Solver` of the `Analysis`, if it was given one (`policy.smt.Z3Solver`, which
needs the optional package z3-solver).
"""

from policy.analysis.access import during, who_can
from policy.analysis.answer import (
    Change,
    Constraint,
    Cover,
    Direction,
    During,
    FindingKind,
    GrantScope,
    Overlap,
    Proof,
    Reach,
    Region,
    RuleFinding,
)
from policy.analysis.changes import changes
from policy.analysis.domain import ValueClass
from policy.analysis.errors import TooLargeError
from policy.analysis.findings import findings
from policy.analysis.proof import prove
from policy.analysis.reach import reach
from policy.analysis.sensitivity import classes, facts_idle, facts_needed, grant_scope, overlaps
from policy.analysis.solver import Solver
from policy.analysis.study import Analysis

__all__ = [
    "Analysis",
    "Change",
    "Constraint",
    "Cover",
    "Direction",
    "During",
    "FindingKind",
    "GrantScope",
    "Overlap",
    "Proof",
    "Reach",
    "Region",
    "RuleFinding",
    "Solver",
    "TooLargeError",
    "ValueClass",
    "changes",
    "classes",
    "during",
    "facts_idle",
    "facts_needed",
    "findings",
    "grant_scope",
    "overlaps",
    "prove",
    "reach",
    "who_can",
]
