"""From documents to rules: every rule becomes an OR of conjunctions of atoms, with nothing gained or lost.

A rule says: `when` and `valid` and one of `when_any` and none of `unless`.

1. `when` and `valid` give conditions that stand in every conjunction.
2. Each block of `when_any` starts a conjunction of its own.
3. Each block of `unless` is negated by De Morgan (one of its conditions must fail) and multiplied out.

All three steps hold in Kleene's logic too, because nothing is cancelled: `x` and not `x` stays.
"""

import itertools
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from policy.bundle import Bundle, rule_digests_of
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
from policy.rule import Condition, Conjunction, Meets, Misses, NoneOf, OneOf, Rule, Within

EFFECTS: Final = {"permit": Verdict.ALLOW, "require_approval": Verdict.APPROVAL, "deny": Verdict.DENY}


def compile_bundle(bundle: Bundle, *, tenant_id: str, catalogue: frozenset[str]) -> tuple[Rule, ...]:
    """Return the rules of every document for all tenants or for `tenant_id` (see `PolicyDocument.is_for`)."""
    applicable = [document for document in bundle.documents if document.is_for(tenant_id)]
    return _compiled(applicable, digests=bundle.rule_digests, catalogue=catalogue)


def compile_document(document: PolicyDocument, *, catalogue: frozenset[str]) -> tuple[Rule, ...]:
    """Return the rules of one document, limits included. Patterns are expanded over `catalogue`."""
    return _compiled([document], digests=rule_digests_of(document), catalogue=catalogue)


def conjunctions_of(rule: RuleDocument) -> tuple[Conjunction, ...]:
    """Return the rule's condition as an OR of conjunctions; one empty conjunction means always."""
    always = _conditions(rule.when) if rule.when else ()
    if rule.valid:
        always += _of_dates("valid", rule.valid)
    if rule.when_any is None and rule.unless is None:
        return (always,)
    choices = [[_conditions(block) for block in rule.when_any or ()] or [()]]
    for block in rule.unless or ():
        choices.append([(condition.negated(),) for condition in _conditions(block)])
    return tuple(dict.fromkeys(_joined(always, picked) for picked in itertools.product(*choices)))


def _compiled(
    documents: Iterable[PolicyDocument], *, digests: Mapping[str, str], catalogue: frozenset[str]
) -> tuple[Rule, ...]:
    entries = ((entry, document.layer) for document in documents for entry in document.entries)
    return tuple(
        _rule(entry, layer=layer, digest=digests[entry.id], actions=actions_matching(entry.actions, catalogue))
        for entry, layer in entries
    )


def _rule(entry: RuleDocument | LimitDocument, *, layer: Layer, digest: str, actions: frozenset[str]) -> Rule:
    return Rule(
        ref=RuleRef(entry.id, digest),
        layer=layer,
        effect=EFFECTS[entry.effect if isinstance(entry, RuleDocument) else entry.over],
        actions=actions,
        conjunctions=conjunctions_of(entry) if isinstance(entry, RuleDocument) else (_over(entry),),
        requirements=entry.approval.requirements if entry.approval else frozenset(),
        approval_seconds=entry.approval.valid_seconds if entry.approval else 0,
    )


def _over(limit: LimitDocument) -> Conjunction:
    return (Condition(f"{COUNTER_PREFIX}{limit.id}", Within(((limit.max + 1, None),))),)


def _joined(always: Conjunction, picked: tuple[Conjunction, ...]) -> Conjunction:
    return tuple(dict.fromkeys((*always, *itertools.chain.from_iterable(picked))))


def _conditions(block: Block) -> Conjunction:
    return tuple(one for name, predicate in block.predicates for one in _CONDITIONS[type(predicate)](name, predicate))


def _of_text(name: str, text: TextIs) -> Conjunction:
    return (Condition(name, OneOf(frozenset(text.values))),)


def _of_excluded_text(name: str, text: TextIsNot) -> Conjunction:
    return (Condition(name, NoneOf(frozenset(text.values))),)


def _of_flag(name: str, flag: FlagIs) -> Conjunction:
    return (Condition(name, OneOf(frozenset((flag.value,)))),)


def _of_number(name: str, number: NumberIs) -> Conjunction:
    return (Condition(name, Within(((number.low, None if number.high is None else number.high + 1),))),)


def _of_set(name: str, asked: SetHas) -> Conjunction:
    meets = (Condition(name, Meets(frozenset(asked.any_of))),) if asked.any_of else ()
    misses = (Condition(name, Misses(frozenset(asked.none_of))),) if asked.none_of else ()
    return meets + misses


def _of_hours(_: str, hours: LocalHours) -> Conjunction:
    midnights = (day * 24 * 60 for day in hours.days)
    windows = Within(tuple((midnight + hours.start, midnight + hours.end) for midnight in midnights))
    return (Condition("time.minute_of_week", windows),)


def _of_dates(_: str, dates: DateRange) -> Conjunction:
    return (Condition("time.day", Within(((dates.first.toordinal(), dates.last.toordinal() + 1),))),)


# What each form of a condition becomes. A form that stands not here cannot be compiled.
_CONDITIONS: Final[Mapping[type[Predicate], Callable[[str, Any], Conjunction]]] = {
    TextIs: _of_text,
    TextIsNot: _of_excluded_text,
    FlagIs: _of_flag,
    NumberIs: _of_number,
    SetHas: _of_set,
    LocalHours: _of_hours,
    DateRange: _of_dates,
}
