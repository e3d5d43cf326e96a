"""What the console shows of a case, as plain JSON data: the one projection behind every page and answer.

It is a list of what is shown, not of what is hidden: sealed values, secrets, tokens and what was read from the
tenant are simply not copied. The log's own entries come whole, with the facts on which each step was decided.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from agent.channels.plain_text import plain_text
from agent.model.activity_event import ActivityEvent, EventCode
from agent.model.approval import Approval
from agent.model.case import Case, Stage
from agent.model.graph_call import GraphCall
from agent.model.observation import Observation
from agent.model.plan import Step
from agent.model.receipt import Attempt
from console.sentences import sentence
from policy.decision import Decision, LayerResult

Json = dict[str, Any]

# The log never holds any of these; should one ever slip in, it still does not reach a page.
_NEVER_SHOWN = frozenset({"secret", "password", "token", "authorization", "assertion"})
_BECAUSE_CHARS = 600
_LAYER_FIELDS = ("layer", "verdict", "rules")

#: Every stage that a case can be shown at, in the order in which it comes to them.
STAGES = tuple(stage.value for stage in Stage if stage is not Stage.CLOSED)


def case_json(case: Case, events: Iterable[ActivityEvent], *, attempts: Iterable[Attempt]) -> Json:
    """Return everything a technician may see of one case. Times are ISO 8601 in UTC."""
    log, tried = tuple(events), tuple(attempts)
    return {
        **summary_json(case),
        "requester_id": case.requester_id,
        "text": case.request.text,
        "why": case.why,
        "queue": case.queue,
        "urgent": case.urgent,
        "control": _control(case),
        "handoff": case.handoff.model_dump(mode="json") if case.handoff else None,
        "looked_at": [_looked_at(one) for one in case.seen.values()],
        "plan": _plan(case, log, attempts=tried),
        "approval": _approval(case),
        "writes": [_write(one) for one in tried],
        "events": [_event(one) for one in log],
    }


def summary_json(case: Case) -> Json:
    """Return one row of the list of cases."""
    request = case.request
    return {
        "id": case.id,
        "tenant_id": request.tenant_id,
        "stage": case.stage.value,
        "outcome": case.outcome,
        "is_open": case.stage is not Stage.CLOSED,
        "source": request.source,
        "ticket": request.external_id,
        "part": request.part,
        "parts": request.parts,
        "channel": request.channel,
        "requester": request.requester,
        "assurance": request.assurance.value,
        "subject": request.subject,
        "actions": [step.action for step in case.plan.steps] if case.plan else [],
        "received_at": _utc(request.received_at),
        "closed_at": _utc(case.closed_at) if case.closed_at else None,
    }


def _control(case: Case) -> Json | None:
    """Return the order that holds or has stopped the case, with who gave it and why."""
    control = case.control or case.held_by
    if control is None:
        return None
    return {**control.model_dump(mode="json"), "at": _utc(control.at), "sentence": control.sentence}


def _looked_at(seen: Observation) -> Json:
    return {
        "lookup": seen.lookup,
        "subject": seen.subject,
        "state": seen.state,
        "problem": seen.problem,
        "request_id": seen.request_id,
        "observed_at": _utc(seen.observed_at),
    }


def _plan(case: Case, log: Sequence[ActivityEvent], *, attempts: Sequence[Attempt]) -> Json | None:
    if case.plan is None:
        return None
    decided = _decided(log)
    # A step without an effect may have been written all the same: its attempt says so.
    written = {one.step_index: one.state for one in attempts if one.kind == "do"}
    steps = [
        {**_step(case, step, index=index, told=decided.get(index, ())), "write": written.get(index)}
        for index, step in enumerate(case.plan.steps)
    ]
    digest = case.final_plan_digest or case.plan_digest
    return {
        "digest": digest,
        "is_open": case.stage is not Stage.CLOSED,
        "summary": case.plan.summary,
        "reason": case.plan.reason,
        "steps": steps,
    }


def _decided(log: Sequence[ActivityEvent]) -> dict[int, list[ActivityEvent]]:
    """Return the log's decisions by step, the newest first."""
    found: dict[int, list[ActivityEvent]] = {}
    for event in reversed(log):
        if event.code is EventCode.STEP_DECIDED and isinstance(event.data.get("step"), int):
            found.setdefault(event.data["step"], []).append(event)
    return found


def _step(case: Case, step: Step, *, index: int, told: Sequence[ActivityEvent]) -> Json:
    return {
        "number": index + 1,
        "action": step.action,
        "title": step.title,
        "target": step.target.model_dump(mode="json"),
        "beneficiary_id": step.beneficiary_id,
        "beneficiary_label": step.beneficiary_label,
        "risk": step.risk,
        "call": _call(step.call),
        "undo": _call(step.undo.call) if step.undo else None,
        "irreversible": step.irreversible,
        "decision": _decision(case.decisions[index], told) if index < len(case.decisions) else None,
        "effect": case.effects[index] if index < len(case.effects) else None,
    }


def _call(call: GraphCall) -> Json:
    return {
        "method": call.method,
        "path": call.path,
        "query": [list(pair) for pair in call.query],
        "body": _shown(call.body),
        "digest": call.digest,
    }


def _decision(decision: Decision, told: Sequence[ActivityEvent]) -> Json:
    said = _because(decision, told)
    layers = [{**_layer(one), "because": because} for one, because in zip(decision.layers, said, strict=True)]
    requirements = [f"{one.count} of {one.resolver}" for one in sorted(decision.requirements)]
    return {
        "verdict": decision.verdict.name,
        "requirements": requirements,
        "layers": layers,
        "bundle_digest": decision.bundle_digest,
    }


def _layer(result: LayerResult) -> Json:
    return {"layer": result.layer.value, "verdict": result.verdict.name, "rules": [one.id for one in result.rules]}


def _because(decision: Decision, told: Sequence[ActivityEvent]) -> list[str]:
    """Return what the log says of each layer of this very decision; empty texts for one that it does not explain."""
    wanted = [_layer(one) for one in decision.layers]
    for event in told:
        layers = event.data.get("layers")
        said = [one for one in layers if isinstance(one, dict)] if isinstance(layers, list) else []
        # A later decision on the same step may have other reasons: they are not this one's.
        if [{name: one.get(name) for name in _LAYER_FIELDS} for one in said] == wanted:
            return [plain_text(str(one.get("because", "")), _BECAUSE_CHARS) for one in said]
    return [""] * len(wanted)


def _approval(case: Case) -> Json | None:
    request = case.approval_request
    if request is None:
        return None
    asked = [
        {
            "resolver": one.requirement.resolver,
            "count": one.requirement.count,
            "approver_ids": list(one.approver_ids),
        }
        for one in request.asked
    ]
    return {
        "id": request.id,
        "plan_digest": request.plan_digest,
        "asked_at": _utc(request.asked_at),
        "expires_at": _utc(request.expires_at),
        "is_asked": case.approval_asked,
        "asked": asked,
        "answers": [_answer(one) for one in case.approvals],
    }


def _answer(approval: Approval) -> Json:
    return {
        "approver_id": approval.approver_id,
        "granted": approval.granted,
        "resolvers": list(approval.resolvers),
        "reason": approval.reason,
        "answered_at": _utc(approval.answered_at),
        "evidence": _shown(approval.evidence),
    }


def _write(attempt: Attempt) -> Json:
    receipt = attempt.receipt
    return {
        "step": attempt.step_index + 1,
        "kind": attempt.kind,
        "state": attempt.state,
        "tries": attempt.tries,
        "attempted_at": _utc(attempt.attempted_at),
        "call_digest": attempt.call_digest,
        "client_request_id": attempt.client_request_id,
        "status": receipt.status if receipt else None,
        "request_id": receipt.request_id if receipt else None,
        "answered_at": _utc(receipt.answered_at) if receipt else None,
    }


def _event(event: ActivityEvent) -> Json:
    return {
        "code": event.code.value,
        "at": _utc(event.at),
        "sentence": sentence(event),
        "data": _shown(event.data),
    }


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def _shown(value: Any) -> Any:
    """Return a copy of JSON data without anything named like a secret."""
    if isinstance(value, Mapping):
        return {key: _shown(item) for key, item in value.items() if not _is_secret(str(key))}
    if isinstance(value, list | tuple):
        return [_shown(item) for item in value]
    return value


def _is_secret(key: str) -> bool:
    return key.lower() in _NEVER_SHOWN or key.lower().startswith("sealed")
