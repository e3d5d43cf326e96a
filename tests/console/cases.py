"""A case that went the whole way, with its log and its write."""

from datetime import UTC, datetime, timedelta
from typing import Any

from agent.actions import parse_step
from agent.model.activity_event import ActivityEvent, EventCode
from agent.model.approval import Approval, ApprovalRequest, Asked
from agent.model.case import Case, Stage
from agent.model.handoff import Handoff
from agent.model.observation import Observation
from agent.model.plan import Plan
from agent.model.receipt import Attempt, Receipt
from agent.model.service_request import Assurance, ServiceRequest
from policy.decision import Decision, Layer, LayerResult, Requirement, RuleRef, Verdict

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
MEGAN, OWNER = "00000000-0000-4000-8000-000000000010", "00000000-0000-4000-8000-000000000011"
GROUP = "00000000-0000-4000-8000-000000000099"
SEALED = "sealed-value-that-nobody-may-see"


def case(*, text: str = "please", **changes: Any) -> Case:
    """A case of Megan's with a decided plan; `text` stands in every field that may hold foreign text."""
    request = ServiceRequest(
        tenant_id="tenant-a",
        source="desk",
        external_id="T-1",
        channel="itsm",
        requester="megan@contoso.example",
        assurance=Assurance.EMAIL,
        subject=text[:1_000],
        text=text,
        received_at=NOW,
    )
    step = parse_step("entra.group.member.add", {"group_id": GROUP, "user_id": MEGAN})
    step = step.model_copy(
        update={"title": text, "target": step.target.model_copy(update={"label": text}), "irreversible": text}
    )
    found = Case(
        id="c" * 32,
        stage=Stage.APPROVE,
        request=request,
        requester_id=MEGAN,
        plan=Plan(summary=text, reason=text, steps=(step,)),
        seen={"user.get:m": _seen(text)},
        why=text,
        effects=("verified",),
        handoff=_handoff(text),
    )
    layers = tuple(LayerResult(layer, Verdict.APPROVAL, (RuleRef("rule-7", "d" * 64),)) for layer in Layer)
    decision = Decision(Verdict.APPROVAL, frozenset({Requirement("group_owner")}), layers, "b" * 64)
    found = found.evolve(decisions=(decision,))
    asked = {"approval_request": _asked(found), "approvals": (_approval(found, text),)}
    return found.evolve(**{**asked, **changes})


def _seen(text: str) -> Observation:
    facts = {"displayName": text, "department": "only-in-the-facts"}
    return Observation(lookup="user.get", subject="m", state="known", facts=facts, problem=text, observed_at=NOW)


def _handoff(text: str) -> Handoff:
    return Handoff(
        case_id="c",
        asked=text,
        requester=text,
        seen=(text,),
        would_have_done=(text,),
        done=(text,),
        why_stopped=text,
        queue=text,
    )


def _asked(found: Case) -> ApprovalRequest:
    return ApprovalRequest(
        id="approval-1",
        plan_digest=found.plan_digest,
        rules_digest="r" * 64,
        rules=(),
        asked=(Asked(requirement=Requirement("group_owner"), approver_ids=(OWNER,)),),
        asked_at=NOW,
        expires_at=NOW + timedelta(hours=24),
    )


def _approval(found: Case, text: str) -> Approval:
    return Approval(
        request_id="approval-1",
        plan_digest=found.plan_digest,
        rules_digest="r" * 64,
        approver_id=OWNER,
        resolvers=("group_owner",),
        granted=True,
        reason=text,
        answered_at=NOW,
        expires_at=NOW + timedelta(hours=24),
        evidence={"activity_id": "f:1"},
    )


def attempt(**changes: Any) -> Attempt:
    """A verified write whose sealed values must stay unseen."""
    fields: dict[str, Any] = {
        "step_index": 0,
        "kind": "do",
        "step_digest": "s" * 64,
        "call_digest": "e" * 64,
        "client_request_id": "client-1",
        "attempted_at": NOW,
        "state": "verified",
        "sealed_before": SEALED,
        "sealed_secret": SEALED,
        "receipt": Receipt(status=204, request_id="graph-1", answered_at=NOW),
    }
    return Attempt(**{**fields, **changes})


def event(code: EventCode, **data: Any) -> ActivityEvent:
    """One entry of the log."""
    return ActivityEvent(code=code, at=NOW, data=data)
