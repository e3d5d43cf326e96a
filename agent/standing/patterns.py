"""The patterns that a standing grant may be given for: made of the facts of one decision, of nobody's words. Pure.

A pattern is a frame and a who, and holds everywhere the very values of the request that it is made from:
1. The frame: the object that is changed (unless that is the person who gains), all that the step's parameters tell,
   another person whom it names, how well the requester was proven and where, and what protects people: nobody at risk,
   no emergency account, nobody who holds a directory role. What protects, or what a parameter names, or whether
   somebody is a guest, and is not known makes no pattern at all.
2. The who, which the person chooses: `requester`, the same person asking for others of one department, or
   `department`, people of one department asking for themselves or for one department. The narrower stands first.
3. A pattern of what the person approved before is `seen`, and made in `agent/standing/mining.py`.

Nothing about time or about the size of a plan is part of it: a grant has an end and a number of uses for that.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from agent.model.plan import Step
from agent.standing.matching import parameters_of
from policy.evidence.grant import certainly_holds
from policy.predicate import Block, FlagIs, NumberIs, Predicate, SetHas, TextIs
from policy.registry import ATTRIBUTES, checked_facts
from policy.request import AuthorizationRequest, FactValue, Unknown

KnownValue = str | bool | int | frozenset[str]
PatternName = Literal["seen", "requester", "department"]

# What must be known to be false of everybody whom the step is about.
_PROTECTS: Final = ("requester.at_risk", "target.is_break_glass", "target.holds_directory_role")
# What stays as it is in the request, where it is known.
_AS_NOW: Final = (
    "identity.kind",
    "other_person.id",
    "request.channel",
    "request.on_self",
    "requester.account_enabled",
    "requester.assurance",
    "requester.kind",
    "requester.role",
    "beneficiary.account_enabled",
    "beneficiary.kind",
    "plan.makes_requester_manager",
    "plan.takes_access_away",
    "risk",
    "target.is_role_assignable",
    "target.is_vip",
    "target.kind",
)
# Of these some steps have none; a step of which one is told has it in its frame.
_OF_SOME: Final = frozenset({"other_person.id"})
# Who asks and who gains, whom no frame holds.
_PEOPLE: Final = ("requester.id", "requester.department", "beneficiary.id", "beneficiary.department")
# What of a plan is more than what it asks for: at most as much as now.
_AT_MOST: Final = ("risk", "params.lifetime_minutes")


@dataclass(frozen=True, slots=True)
class Pattern:
    """One pattern by its name, and its conditions."""

    name: PatternName
    when: Block


def patterns_for(step: Step, request: AuthorizationRequest) -> tuple[Pattern, ...]:
    """Return at most two patterns that cover `request`, the narrower first; none where nothing narrow can be said."""
    facts = {name: value for name, value in checked_facts(request.facts).items() if not isinstance(value, Unknown)}
    frame = _frame(step, facts)
    if frame is None:
        return ()
    whose = _department(facts)
    found: list[Pattern] = []
    is_own = facts.get("request.on_self")
    is_bounded = whose is not None or "target.id" in frame
    if is_own is False and "requester.id" in facts and is_bounded:
        found.append(_pattern("requester", {**frame, **(whose or {}), **_exactly(facts, ["requester.id"])}))
    asker = {} if is_own else _exactly(facts, ["requester.department"])
    if whose and (is_own or asker):
        found.append(_pattern("department", {**frame, **whose, **asker}))
    return tuple(one for one in found if certainly_holds(one.when, request))


def values_for(step: Step, request: AuthorizationRequest) -> dict[str, KnownValue] | None:
    """Return every value that a pattern for this request may hold and who asks and gains, or None where one is unknown.

    What is not known cannot have been the same before. Of a set only one member can be held exactly.
    """
    facts = {name: value for name, value in checked_facts(request.facts).items() if not isinstance(value, Unknown)}
    fixed = _fixed(step, facts)
    if fixed is None or any(name not in facts for name in (*_PEOPLE, *(set(_AS_NOW) - _OF_SOME))):
        return None
    values = {name: facts[name] for name in (*_PEOPLE, *fixed) if name in facts}
    is_exact = all(len(one) <= 1 for one in values.values() if isinstance(one, frozenset))
    return values if is_exact else None


def exactly(name: str, value: KnownValue) -> Predicate:
    """Return the condition that an attribute has just this value, as `values_for` returns it."""
    if isinstance(value, int) and not isinstance(value, bool):
        return NumberIs(value, value)
    return _predicate(name, value)


def _frame(step: Step, facts: Mapping[str, FactValue]) -> dict[str, Predicate] | None:
    fixed = _fixed(step, facts)
    return None if fixed is None else _exactly(facts, fixed)


def _fixed(step: Step, facts: Mapping[str, FactValue]) -> list[str] | None:
    """Return the attributes of the frame (1), or None where it cannot be made."""
    people = [("beneficiary", step.beneficiary_id), ("other_person", step.other_person)]
    protects = [*_PROTECTS, *(f"{who}.at_risk" for who, is_named in people if is_named)]
    if any(facts.get(name) is not False for name in protects):
        return None
    # What a parameter tells may be told of a person (a guest's domain). A pattern without it would cover any other.
    needed = {*step.told, *step.told_by_name, *(["other_person.id"] if step.other_person else [])}
    # Nor would one without it tell a guest from an employee.
    needed |= {"requester.kind", *(f"{who}.kind" for who, is_named in people if is_named)}
    if not needed <= facts.keys():
        return None
    params = sorted(needed | parameters_of(AuthorizationRequest(step.action, facts)))
    if any(isinstance(facts[name], frozenset) and ATTRIBUTES[name].values is None for name in params):
        # Of a set of any texts no pattern can say that there is nothing else in it.
        return None
    fixed = [*protects, *_AS_NOW, *params]
    if step.target.id != step.beneficiary_id:
        # The tenant itself has no id; what is made in it is bounded by the parameters.
        fixed.append("target.id")
    return fixed


def _department(facts: Mapping[str, FactValue]) -> dict[str, Predicate] | None:
    """Return the condition on the department of who gains, nothing where nobody does, None where it is not known."""
    if "beneficiary.id" not in facts:
        return {}
    return _exactly(facts, ["beneficiary.department"]) or None


def _exactly(facts: Mapping[str, FactValue], names: Iterable[str]) -> dict[str, Predicate]:
    return {name: _predicate(name, facts[name]) for name in names if name in facts}


def _predicate(name: str, value: FactValue) -> Predicate:
    match value:
        case bool():
            return FlagIs(value)
        case int():
            return NumberIs(None if name in _AT_MOST else value, value)
        case frozenset():
            # Only of these, and of at least one: no other member of the closed list.
            others = sorted(set(ATTRIBUTES[name].values or ()) - value)
            return SetHas(tuple(sorted(value)), tuple(others))
        case _:
            return TextIs((str(value),))


def _pattern(name: PatternName, predicates: dict[str, Predicate]) -> Pattern:
    return Pattern(name, Block(tuple(sorted(predicates.items()))))
