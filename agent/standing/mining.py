"""Proposes a grant from what a person has approved before, and from nothing else. Pure.

1. The same terms count: action, resolver, the rules that ask by id and content, and every value that a pattern can
   hold. They count for one requester, or for one department of those who ask; the narrower is proposed.
2. From `LEAST_TIMES` times on, for at least `LEAST_PEOPLE` different people, they are a precedent; where the grant
   would be for anybody of a department, as many must have asked.
3. A proposal may name several departments. INVARIANT: each combination of those it names is a precedent by itself, so
   it never covers what was not seen: Sales asking for HR and HR asking for Sales is no Sales asking for Sales.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import product
from math import ceil
from typing import Final, Literal

from agent.actions import CATALOGUE
from agent.actions.parameters import BOUND, Untold, marks
from agent.model.plan import Step
from agent.model.precedent import Precedent, Terms, Value
from agent.standing.habits import REMEMBERED, Habits, Sighting, known_as
from agent.standing.patterns import KnownValue, exactly, values_for
from policy import AuthorizationRequest, RuleRef
from policy.predicate import Block, TextIs

LEAST_TIMES: Final = 5
LEAST_PEOPLE: Final = 3
#: More departments than these nobody reads on a card.
MAX_DEPARTMENTS: Final = 8

Who = Literal["requester", "department"]
#: The departments of one combination: for whom, and by whom where that is somebody else.
Key = tuple[str, ...]

_FOR: Final = "beneficiary.department"
_BY: Final = "requester.department"


def terms_of(step: Step, request: AuthorizationRequest, *, resolver: str, rules: Iterable[RuleRef]) -> Terms | None:
    """Return the terms of a request that was decided, or None where they cannot be the same as any other's."""
    values = values_for(step, request)
    # What policy is not told may be another each time, and then it was not the same that was approved.
    is_told = step.action in CATALOGUE and all(it is BOUND for _, it in marks(CATALOGUE[step.action], Untold))
    if values is None or not is_told:
        return None
    kept = {name: _kept(value) for name, value in values.items() if name not in ("requester.id", "beneficiary.id")}
    return Terms(action=request.action, resolver=resolver, rules=tuple(sorted(rules)), values=kept)


def precedent_for(habits: Habits, terms: Terms, *, requester_id: str, now: datetime) -> Precedent | None:
    """Return what this person approved before of a request with these terms, or None where that is too little."""
    for who in _ways(terms):
        good = _good(habits, terms, who=who, requester_id=requester_id, now=now)
        here = _key(terms, who)
        if here in good:
            for_, *by = _grown(here, good)
            sightings = good[here]
            return Precedent(
                who=who,
                for_departments=for_,
                by_departments=by[0] if by else (),
                times=len(sightings),
                people=len({one.whom for one in sightings}),
                days=max(1, ceil((now - sightings[0].at) / timedelta(days=1))),
            )
    return None


def still_holds(precedent: Precedent, habits: Habits, *, terms: Terms, requester_id: str, now: datetime) -> bool:
    """Whether each combination that a precedent names is one now: a no may have come in between."""
    good = _good(habits, terms, who=precedent.who, requester_id=requester_id, now=now)
    return all(one in good for one in product(*_sides(precedent)))


def pattern_of(precedent: Precedent, terms: Terms, *, requester_id: str) -> Block:
    """Return the conditions of the grant that a precedent proposes."""
    fixed = _rest(terms, precedent.who).values
    predicates = {name: exactly(name, _fact(value)) for name, value in fixed.items()}
    for name, values in zip((_FOR, _BY), _sides(precedent), strict=False):
        predicates[name] = TextIs(tuple(sorted(values)))
    if precedent.who == "requester":
        predicates["requester.id"] = TextIs((requester_id,))
    return Block(tuple(sorted(predicates.items())))


def ways_seen(habits: Habits, terms: Terms, *, now: datetime) -> tuple[Who, ...]:
    """Return for whom these terms are a precedent now: for some one requester, for anybody of a department, or both."""
    askers = {it.asker for one in habits.habits for it in one.sightings}
    by_one = any(_key(terms, "requester") in _seen_by(habits, terms, asker=one, now=now) for one in askers)
    found = {"requester": by_one and "requester" in _ways(terms)}
    found["department"] = _key(terms, "department") in _good(habits, terms, who="department", requester_id="", now=now)
    return tuple(who for who in _ways(terms) if found[who])


def _ways(terms: Terms) -> tuple[Who, ...]:
    # Who asks for themselves would not ask for the same again, so there it is about others of their department.
    return ("department",) if terms.values["request.on_self"] else ("requester", "department")


def _sides(precedent: Precedent) -> tuple[tuple[str, ...], ...]:
    return (precedent.for_departments, *([precedent.by_departments] if precedent.by_departments else []))


def _good(
    habits: Habits, terms: Terms, *, who: Who, requester_id: str, now: datetime
) -> Mapping[Key, tuple[Sighting, ...]]:
    """Return the combinations of departments that are a precedent (2) with the other terms as they are."""
    if who == "requester":
        return _seen_by(habits, terms, asker=known_as(habits.tenant_id, requester_id), now=now)
    seen = _by_key(habits, terms, who=who, now=now)
    return {key: found for key, found in seen.items() if _is_enough(found) and _many(one.asker for one in found)}


def _seen_by(habits: Habits, terms: Terms, *, asker: str, now: datetime) -> Mapping[Key, tuple[Sighting, ...]]:
    seen = _by_key(habits, terms, who="requester", now=now)
    mine = {key: tuple(one for one in found if one.asker == asker) for key, found in seen.items()}
    return {key: found for key, found in mine.items() if _is_enough(found)}


def _is_enough(found: tuple[Sighting, ...]) -> bool:
    return len(found) >= LEAST_TIMES and _many(one.whom for one in found)


def _many(people: Iterable[str]) -> bool:
    return len(set(people)) >= LEAST_PEOPLE


def _by_key(habits: Habits, terms: Terms, *, who: Who, now: datetime) -> Mapping[Key, tuple[Sighting, ...]]:
    found: dict[Key, list[Sighting]] = {}
    for one in habits.since(now - REMEMBERED):
        if _rest(one.terms, who) == _rest(terms, who):
            found.setdefault(_key(one.terms, who), []).extend(one.sightings)
    return {key: tuple(sorted(seen, key=lambda one: one.at)) for key, seen in found.items()}


def _key(terms: Terms, who: Who) -> Key:
    return tuple(str(terms.values[name]) for name in _free(terms, who))


def _rest(terms: Terms, who: Who) -> Terms:
    """Return the terms without what a proposal may name several of."""
    # Who asks for themselves has the department of who gains, so nothing is left to say about it.
    left_out = (_FOR, _BY) if who == "department" else (_FOR,)
    return terms.model_copy(update={"values": {name: it for name, it in terms.values.items() if name not in left_out}})


def _free(terms: Terms, who: Who) -> tuple[str, ...]:
    return (_FOR, _BY) if who == "department" and not terms.values["request.on_self"] else (_FOR,)


def _grown(here: Key, good: Mapping[Key, object]) -> tuple[tuple[str, ...], ...]:
    """Return departments by side, with `here`, as many as there are without a combination that is not `good` (3)."""
    sides: list[tuple[str, ...]] = [(one,) for one in here]
    for place in range(len(here)):
        for other in sorted({key[place] for key in good} - {here[place]}):
            wider = [*sides[:place], (*sides[place], other), *sides[place + 1 :]]
            if len(wider[place]) <= MAX_DEPARTMENTS and all(key in good for key in product(*wider)):
                sides = wider
    return tuple(sides)


def _kept(value: KnownValue) -> Value:
    return tuple(sorted(value)) if isinstance(value, frozenset) else value


def _fact(value: Value) -> KnownValue:
    return frozenset(value) if isinstance(value, tuple) else value
