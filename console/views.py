"""What the console shows of a case, as plain JSON data: the one projection behind every page and answer.

It is a list of what is shown, not of what is hidden: sealed values, secrets, tokens and the facts that were
read from the tenant are simply not copied.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from agent.model.activity_event import ActivityEvent
from agent.model.approval import Approval
from agent.model.case import Case, Stage
from agent.model.graph_call import GraphCall
from agent.model.observation import Observation
from agent.model.plan import Step
from agent.model.receipt import Attempt
from console.sentences import sentence
from policy.decision import Decision

Json = dict[str, Any]

# The log never holds any of these; should one ever slip in, it still does not reach a page.
_NEVER_SHOWN = frozenset({"secret", "password", "token", "authorization", "assertion"})


def case_json(case: Case, events: Iterable[ActivityEvent], *, attempts: Iterable[Attempt]) -> Json:
    """Return everything a technician may see of one case. Times are ISO 8601 in UTC."""
    return {
        **summary_json(case),
        "requester_id": case.requester_id,
        "text": case.request.text,
        "why": case.why,
        "queue": case.queue,
        "urgent": case.urgent,
        "handoff": case.handoff.model_dump(mode="json") if case.handoff else None,
        "looked_at": [_looked_at(one) for one in case.seen.values()],
        "plan": _plan(case),
        "approval": _approval(case),
        "writes": [_write(one) for one in attempts],
        "events": [_event(one) for one in events],
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
        "channel": request.channel,
        "requester": request.requester,
        "assurance": request.assurance.value,
        "subject": request.subject,
        "actions": [step.action for step in case.plan.steps] if case.plan else [],
        "received_at": _utc(request.received_at),
        "closed_at": _utc(case.closed_at) if case.closed_at else None,
    }


def _looked_at(seen: Observation) -> Json:
    return {
        "lookup": seen.lookup,
        "subject": seen.subject,
        "state": seen.state,
        "problem": seen.problem,
        "request_id": seen.request_id,
        "observed_at": _utc(seen.observed_at),
    }


def _plan(case: Case) -> Json | None:
    if case.plan is None:
        return None
    steps = [_step(case, step, index=index) for index, step in enumerate(case.plan.steps)]
    digest = case.final_plan_digest or case.plan_digest
    return {
        "digest": digest,
        "is_open": case.stage is not Stage.CLOSED,
        "summary": case.plan.summary,
        "reason": case.plan.reason,
        "steps": steps,
    }


def _step(case: Case, step: Step, *, index: int) -> Json:
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
        "decision": _decision(case.decisions[index]) if index < len(case.decisions) else None,
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


def _decision(decision: Decision) -> Json:
    layers = [
        {"layer": one.layer.value, "verdict": one.verdict.name, "rules": [rule.id for rule in one.rules]}
        for one in decision.layers
    ]
    requirements = [f"{one.count} of {one.resolver}" for one in sorted(decision.requirements)]
    return {
        "verdict": decision.verdict.name,
        "requirements": requirements,
        "layers": layers,
        "bundle_digest": decision.bundle_digest,
    }


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
