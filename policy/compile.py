"""From documents to rules: every rule becomes an OR of conjunctions of atoms, with nothing gained or lost.

A rule says: `when` and `valid` and one of `when_any` and none of `unless`.

1. `when` and `valid` give conditions that stand in every conjunction.
2. Each block of `when_any` starts a conjunction of its own.
3. Each block of `unless` is negated by De Morgan (one of its conditions must fail) and multiplied out.

All three steps hold in Kleene's logic too, because nothing is cancelled: `x` and not `x` stays.
"""

import itertools
from typing import Final

from policy.bundle import Bundle
from policy.canonical import digest
from policy.decision import Layer, RuleRef, Verdict
from policy.document import LimitDocument, PolicyDocument, RuleDocument, actions_matching
from policy.predicate import (
    Block,
    DateRange,
    FlagIs,
    LocalHours,
    NumberIs,
    Predicate,
    SetHas,
    TextIs,
    TextIsNot,
)
from policy.registry import COUNTER_PREFIX
from policy.rule import Atom, Condition, Conjunction, Meets, Misses, NoneOf, OneOf, Rule, Within

EFFECTS: Final = {"permit": Verdict.ALLOW, "require_approval": Verdict.APPROVAL, "deny": Verdict.DENY}


def compile_bundle(bundle: Bundle, *, tenant_id: str, catalogue: frozenset[str]) -> tuple[Rule, ...]:
    """Return the rules of every document for all tenants or for `tenant_id` (compared in lower case)."""
    applicable = (document for document in bundle.documents if document.tenant in ("*", tenant_id.lower()))
    return tuple(rule for document in applicable for rule in compile_document(document, catalogue=catalogue))


def compile_document(document: PolicyDocument, *, catalogue: frozenset[str]) -> tuple[Rule, ...]:
    """Return the rules of one document, limits included. Patterns are expanded over `catalogue`."""
    return tuple(_compiled(entry, document, catalogue=catalogue) for entry in document.entries)


def conjunctions_of(rule: RuleDocument) -> tuple[Conjunction, ...]:
    """Return the rule's condition as an OR of conjunctions; one empty conjunction means always."""
    always = _conditions(rule.when) if rule.when else ()
    if rule.valid:
        always += _conditions_of("time.dates", rule.valid)
    choices = [[_conditions(block) for block in rule.when_any or ()] or [()]]
    for block in rule.unless or ():
        choices.append([(condition.negated(),) for condition in _conditions(block)])
    return tuple(dict.fromkeys(_joined(always, picked) for picked in itertools.product(*choices)))


def _compiled(entry: RuleDocument | LimitDocument, document: PolicyDocument, *, catalogue: frozenset[str]) -> Rule:
    effect = EFFECTS[entry.effect if isinstance(entry, RuleDocument) else entry.over]
    return Rule(
        ref=RuleRef(entry.id, digest([document.layer.value, document.tenant, entry.authored()])),
        layer=Layer(document.layer),
        effect=effect,
        actions=actions_matching(entry.actions, catalogue),
        conjunctions=conjunctions_of(entry) if isinstance(entry, RuleDocument) else (_over(entry),),
        requirements=entry.approval.requirements if entry.approval else frozenset(),
        approval_seconds=entry.approval.valid_seconds if entry.approval else 0,
    )


def _over(limit: LimitDocument) -> Conjunction:
    return (Condition(f"{COUNTER_PREFIX}{limit.id}", Within(((limit.max + 1, None),))),)


def _joined(always: Conjunction, picked: tuple[Conjunction, ...]) -> Conjunction:
    return tuple(dict.fromkeys((*always, *itertools.chain.from_iterable(picked))))


def _conditions(block: Block) -> Conjunction:
    return tuple(itertools.chain.from_iterable(_conditions_of(name, one) for name, one in block.predicates))


def _conditions_of(name: str, predicate: Predicate) -> Conjunction:
    match predicate:
        case LocalHours():
            return (Condition("time.minute_of_week", _hours(predicate)),)
        case DateRange(first, last):
            return (Condition("time.day", Within(((first.toordinal(), last.toordinal() + 1),))),)
        case SetHas(any_of, none_of):
            meets = (Condition(name, Meets(frozenset(any_of))),) if any_of else ()
            misses = (Condition(name, Misses(frozenset(none_of))),) if none_of else ()
            return meets + misses
        case TextIs() | TextIsNot() | FlagIs() | NumberIs():
            return (Condition(name, _atom(predicate)),)


def _atom(predicate: TextIs | TextIsNot | FlagIs | NumberIs) -> Atom:
    match predicate:
        case TextIs(values):
            return OneOf(frozenset(values))
        case TextIsNot(values):
            return NoneOf(frozenset(values))
        case FlagIs(value):
            return OneOf(frozenset((value,)))
        case NumberIs(low, high):
            return Within(((low, None if high is None else high + 1),))


def _hours(hours: LocalHours) -> Within:
    midnights = (day * 24 * 60 for day in hours.days)
    return Within(tuple((midnight + hours.start, midnight + hours.end) for midnight in midnights))
