"""Asking the tenant read-only questions, and putting what was seen before policy."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from agent.acting import actor_for
from agent.created import Promises, plan_now, promised
from agent.errors import DirectoryError, NotAuthorizedError, ThrottledError
from agent.gate import decide
from agent.lookups import LOOKUPS
from agent.lookups.facts import facts_for, needed_lookups
from agent.memory.recall import RECALL, recall
from agent.model.activity_event import ActivityEvent, EventCode
from agent.model.actor import WORKLOAD, Actor
from agent.model.case import Case
from agent.model.graph_call import GraphCall
from agent.model.observation import Observation
from agent.model.permit import Permit
from agent.model.plan import Step
from agent.ports import Answer, Ports
from policy import AuthorizationRequest, Decision, FactValue, RuleRef, Verdict
from policy.evidence.question import asked_by
from policy.explanation.sentences import asking_reasons, layer_reasons
from policy.explanation.why import Explanation
from policy.history.recorded import RecordedDecision, decision_data, facts_data

# What some services leave out of an answer of 429 (Identity Protection, Graph throttling limits).
_THROTTLED_SECONDS = 10.0

# A layer with many rules says much; the log keeps the beginning, and the rules stand beside it.
_BECAUSE_CHARS = 600
_OBJECT_ID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything known so far, and the log entries for what was newly asked."""

    observations: Mapping[str, Observation]
    events: tuple[ActivityEvent, ...]


async def look_up(questions: Iterable[tuple[str, str]], ports: Ports, *, now: datetime) -> Seen:
    """Ask every (look-up name, subject) once and return the observations keyed `name:subject`.

    A question that cannot be answered becomes an observation with state `unknown`.

    Raises:
        ThrottledError: Graph says to come back later. Taken for unknown, that would refuse people because others
            ask much.
    """
    pairs = tuple(dict.fromkeys(questions))
    calls = {pair: _call(*pair) for pair in pairs if pair[0] != RECALL}
    asked = [pair for pair in pairs if isinstance(calls.get(pair), GraphCall)]
    sent = [call for call in calls.values() if isinstance(call, GraphCall)]
    # Together, so that a case with twenty questions costs the tenant one request and not twenty.
    answers = await ports.directory.read_many(sent) if sent else ()
    found: dict[tuple[str, str], Answer | DirectoryError] = dict(zip(asked, answers, strict=True))
    found |= {pair: call for pair, call in calls.items() if isinstance(call, DirectoryError)}
    hints = {
        subject: await recall(subject, tenant_id=ports.tenant.tenant_id, book=ports.memory, now=now)
        for name, subject in pairs
        if name == RECALL
    }
    seen = [
        hints[subject] if name == RECALL else _observed(name, subject, found=found[name, subject], now=now)
        for name, subject in pairs
    ]
    events = tuple(_event(one) for one in seen)
    waits = [wait for one in found.values() if (wait := _wait_of(one)) is not None]
    if waits:
        raise ThrottledError("Graph is throttling look-ups", retry_after_seconds=max(waits), events=events)
    return Seen(observations={f"{one.lookup}:{one.subject}": one for one in seen}, events=events)


def _wait_of(found: Answer | DirectoryError) -> float | None:
    """Return after how many seconds to ask again what was throttled, or None for any other answer."""
    if isinstance(found, DirectoryError) or found.status != 429:
        return found.retry_after_seconds if isinstance(found, DirectoryError) else None
    return found.retry_after_seconds or _THROTTLED_SECONDS


@dataclass(frozen=True, slots=True)
class Judged:
    """Fresh decisions on steps, in the order asked, with what was looked up for them.

    `because` says of each rule that asks for people why it does, by the rule's id, for the first step for which it
    does. `requests` are what was decided on, and `asked` the rules that ask each resolver. `actors` are those in whose
    names the steps were decided, and `at_hand` all whose tokens are. `denial` says why the first step that is denied is
    denied; None when none is.
    """

    decisions: tuple[Decision, ...]
    requests: tuple[AuthorizationRequest, ...]
    asked: tuple[Mapping[str, frozenset[RuleRef]], ...]
    actors: tuple[Actor, ...]
    at_hand: tuple[Actor, ...]
    because: Mapping[str, str]
    denial: Explanation | None
    seen: Seen


async def judge_steps(
    case: Case, indexes: Sequence[int], *, ports: Ports, now: datetime, is_rollback: bool = False
) -> Judged:
    """Look up afresh, each thing once, all that policy needs for some steps of the plan, and decide them.

    Raises:
        NotAuthorizedError: a step calls somebody or something by a name that is not the tenant's own: its card
            would lie, so no policy is asked about it.
        PolicyUnavailableError: the tenant has no usable published policy.
    """
    assert case.plan is not None, "a step belongs to a plan"
    plan, coming = plan_now(case), promised(case, now=now)
    steps = [plan.steps[index] for index in indexes]
    wanted = [pair for step in steps for pair in needed_lookups(step, case.request, requester_id=case.requester_id)]
    fresh = await look_up((pair for pair in wanted if pair not in coming), ports, now=now)
    merged = {**case.seen, **fresh.observations, **_by_key(coming)}
    engine = await ports.policy.engine(case.request.tenant_id)
    at_hand = await ports.identities.at_hand(case)
    actors, records, explained = list[Actor](), [], []
    for step, index in zip(steps, indexes, strict=True):
        shown = case.shown_as(index)
        actor = actor_for(step, requester_id=case.requester_id, at_hand=at_hand, shown=shown)
        actors.append(actor)
        facts = _facts(step, case, seen=merged, ports=ports, now=now, actor=actor, is_rollback=is_rollback)
        request = AuthorizationRequest(step.action, facts)
        decision = decide(step, facts, engine=engine)
        records.append(RecordedDecision.of(request, decision, tenant_id=case.request.tenant_id))
        explained.append(engine.why(request))
    decisions = tuple(record.decision for record in records)
    decided = [
        _decided(steps[i], one, actor=actors[i], why=explained[i], index=indexes[i], now=now)
        for i, one in enumerate(records)
    ]
    denial = next((one for one in explained if one.decision.verdict is Verdict.DENY), None)
    seen = Seen(observations=fresh.observations, events=(*fresh.events, *decided))
    return Judged(
        decisions=decisions,
        because={rule: why for one in reversed(explained) for rule, why in asking_reasons(one).items()},
        requests=tuple(record.request for record in records),
        asked=tuple(asked_by(one, engine.rules_of(one)) for one in decisions),
        actors=tuple(actors),
        at_hand=at_hand,
        denial=denial,
        seen=seen,
    )


def permit_in_name(judged: Judged, ask: Callable[..., Permit]) -> Permit:
    """Return the permit for the one step that was judged, in the name of whoever may lend it: of several approvers the
    first whose yes counts for it. `ask` asks the gate for it in the name of one `actor`.

    Raises:
        NotAuthorizedError: the gate refuses it in every name in which it was decided.
    """
    (actor,) = judged.actors
    *others, last = dict.fromkeys((actor, *(one for one in judged.at_hand if one.label == actor.label)))
    for one in others:
        with suppress(NotAuthorizedError):
            return ask(actor=one)
    return ask(actor=last)


def request_for(case: Case, index: int, *, ports: Ports, now: datetime) -> AuthorizationRequest:
    """Return what policy would be asked about a step of the agent's own by what the case remembers, looking up nothing.

    Raises:
        NotAuthorizedError: what the case remembers does not say that the step's names are the tenant's own.
    """
    assert case.plan is not None, "a step belongs to a plan"
    step = plan_now(case).steps[index]
    seen = {**case.seen, **_by_key(promised(case, now=now))}
    facts = _facts(step, case, seen=seen, ports=ports, now=now, actor=WORKLOAD, is_rollback=False)
    return AuthorizationRequest(step.action, facts)


def _facts(
    step: Step,
    case: Case,
    *,
    seen: Mapping[str, Observation],
    ports: Ports,
    now: datetime,
    actor: Actor,
    is_rollback: bool,
) -> Mapping[str, FactValue]:
    assert case.plan is not None, "a step belongs to a plan"
    facts = facts_for(
        step,
        request=case.request,
        requester_id=case.requester_id,
        seen=seen,
        plan=plan_now(case),
        break_glass_ids=ports.tenant.break_glass_ids,
        vip_ids=ports.tenant.vip_ids,
        time_zone=ports.tenant.time_zone,
        now=now,
        is_rollback=is_rollback,
        identity_kind=actor.kind,
        created=case.created,
    )
    if not facts:
        raise NotAuthorizedError(f"step `{step.action}` names somebody or something otherwise than the tenant does")
    return facts


def _by_key(promises: Promises) -> dict[str, Observation]:
    return {f"{lookup}:{subject}": one for (lookup, subject), one in promises.items()}


def _call(name: str, subject: str) -> GraphCall | DirectoryError:
    try:
        return LOOKUPS[name].call(subject)
    except DirectoryError as error:
        return error


def _observed(name: str, subject: str, *, found: Answer | DirectoryError, now: datetime) -> Observation:
    if isinstance(found, DirectoryError):
        return Observation(lookup=name, subject=subject, state="unknown", problem=str(found), observed_at=now)
    lookup = LOOKUPS[name]
    return lookup.observe(subject, found.status, body=found.body, request_id=found.request_id, now=now)


def _event(seen: Observation) -> ActivityEvent:
    data = {
        "lookup": seen.lookup,
        # Of the subject only object ids: it may be an address, or words to search for.
        "subject_ids": _OBJECT_ID.findall(seen.subject.lower()),
        "state": seen.state,
        "request_id": seen.request_id,
    }
    if "id" in seen.facts:
        data["object_id"] = str(seen.facts["id"])
    if seen.problem:
        data["problem"] = seen.problem
    return ActivityEvent(code=EventCode.LOOKUP_ANSWERED, at=seen.observed_at, data=data)


def _decided(
    step: Step, record: RecordedDecision, *, actor: Actor, why: Explanation, index: int, now: datetime
) -> ActivityEvent:
    decision = record.decision
    layers = [
        {
            "layer": one.layer.value,
            "verdict": one.verdict.name,
            "rules": [rule.id for rule in one.rules],
            "because": because[:_BECAUSE_CHARS],
        }
        for one, because in zip(decision.layers, layer_reasons(why), strict=True)
    ]
    data = {
        "step": index,
        "action": step.action,
        "target_id": step.target.id,
        "verdict": decision.verdict.name,
        "requirements": [f"{one.resolver} x{one.count}" for one in sorted(decision.requirements)],
        "layers": layers,
        "bundle_digest": decision.bundle_digest,
        "identity": actor.label,
        # With the action, these three are what `policy.history.lines` reads, so that anybody can decide again.
        "tenant_id": record.tenant_id,
        "facts": facts_data(record.request.facts),
        "decision": decision_data(decision),
    }
    return ActivityEvent(code=EventCode.STEP_DECIDED, at=now, data=data)
