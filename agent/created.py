"""What a plan's own steps create, for its later steps: named by a stand-in until it is there, then by its id.

1. A step that creates a person says by which object id the later steps of its plan mean that person: a stand-in,
   made of the address alone, which no object of the tenant has (`agent.model.plan.Creates`).
2. Until the person is there, questions about the stand-in are answered by what the creating step will have made of
   them. That is what people approve. Graph is never asked about a stand-in.
3. Once the creating step is verified, its stand-in gives way to the id in Graph's own answer, in every parameter of
   the later steps; the catalogue builds them anew. What was approved, and what runs, differ in that id and nothing
   else, and policy decides again on what the tenant shows of the person.
4. A step that still names a stand-in when it is to be written gets no permit (`agent.gate`).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from agent.actions import parse_step
from agent.errors import NotAuthorizedError
from agent.model.case import Case
from agent.model.observation import Observation
from agent.model.plan import Plan, Step

Promises = Mapping[tuple[str, str], Observation]


def plan_now(case: Case) -> Plan:
    """Return the case's plan with the ids of what its verified steps created (3)."""
    assert case.plan is not None, "only a case with a plan has created something"
    if not case.created:
        return case.plan
    steps = tuple(_with_ids(step, case.created) for step in case.plan.steps)
    return case.plan.model_copy(update={"steps": steps})


def promised(case: Case, *, now: datetime) -> Promises:
    """Return what look-ups will show of what the plan is still to create, by look-up and subject (2)."""
    steps = case.plan.steps if case.plan else ()
    coming = [one.creates for one in steps if one.creates and one.creates.stand_in not in case.created]
    return {
        (lookup, one.stand_in): _observed(lookup, one.stand_in, facts=facts, now=now)
        for one in coming
        for lookup, facts in one.shown.items()
    }


def step_in_hand(case: Case) -> Step:
    """Return the step at which the case stands, as it may be written.

    Raises:
        NotAuthorizedError: it is about somebody whom the plan is to create and has not (4).
    """
    assert case.plan is not None and case.step_index < len(case.plan.steps), "a case executes a step of its plan"
    step = plan_now(case).steps[case.step_index]
    coming = {one.creates.stand_in for one in case.plan.steps if one.creates} - set(case.created)
    if not coming.isdisjoint(step.texts):
        raise NotAuthorizedError(f"step `{step.action}` is about somebody whom the plan has not created yet")
    return step


def is_in_order(steps: Iterable[Step]) -> bool:
    """Whether everything that these steps create is created once, and named by later steps only."""
    listed = list(steps)
    named: set[str] = set()
    for step in listed:
        named |= set(step.texts)
        if step.creates and step.creates.stand_in in named:
            return False
    made = [one.creates.stand_in for one in listed if one.creates]
    return len(made) == len(set(made))


def _observed(lookup: str, subject: str, *, facts: Mapping[str, Any] | None, now: datetime) -> Observation:
    state, known = ("absent", {}) if facts is None else ("known", dict(facts))
    return Observation.model_validate(
        {"lookup": lookup, "subject": subject, "state": state, "facts": known, "observed_at": now}
    )


def _with_ids(step: Step, created: Mapping[str, str]) -> Step:
    if created.keys().isdisjoint(step.texts):
        return step
    return parse_step(step.action, _replaced(step.params, created))


def _replaced(value: Any, created: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return {name: _replaced(one, created) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_replaced(one, created) for one in value]
    return created.get(value, value) if isinstance(value, str) else value
