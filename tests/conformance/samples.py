"""Small values that the suites store: cases, events, attempts and a policy bundle."""

import itertools
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from agent.actions import parse_step
from agent.model.activity_event import ActivityEvent, EventCode
from agent.model.case import Case, Stage
from agent.model.handoff import Handoff
from agent.model.observation import Observation
from agent.model.plan import Plan
from agent.model.receipt import Attempt
from agent.model.service_request import Assurance, ServiceRequest
from policy import Bundle, RuleRef, Verdict, parse_document
from policy.decision import Decision, Layer, LayerResult

NOW = datetime(2026, 3, 4, 5, 6, 7, 890123, tzinfo=UTC)
SOON = NOW + timedelta(minutes=2)
TENANT = "11111111-2222-3333-4444-555555555555"
CATALOGUE = frozenset({"entra.group.member.add"})

_numbers = itertools.count()


def case(*, text: str = "please", stage: Stage = Stage.INVESTIGATE, tenant_id: str = TENANT) -> Case:
    """Return a new case with an id of its own, so that suites can share one storage account."""
    number = next(_numbers)
    request = ServiceRequest(
        tenant_id=tenant_id,
        source="desk",
        external_id=f"T-{number}",
        channel="itsm",
        requester="ada@contoso.example",
        assurance=Assurance.SSO,
        text=text,
        received_at=NOW + timedelta(seconds=number),
    )
    return Case(id=f"{number:032x}", stage=stage, request=request)


def event(code: EventCode = EventCode.REASONED, **data: object) -> ActivityEvent:
    """Return one log entry."""
    return ActivityEvent(code=code, at=NOW, data=data)


def attempt(*, step_index: int = 0, kind: str = "do", **changes: object) -> Attempt:
    """Return an intended attempt."""
    fields = {"step_index": step_index, "kind": kind, "step_digest": "s" * 64, "call_digest": "c" * 64}
    return Attempt.model_validate({**fields, "client_request_id": "rq-1", "attempted_at": NOW, **changes})


def bulk_plan(steps: int) -> Plan:
    """Return a plan that swaps a licence for so many people."""
    old, new = str(UUID(int=1)), str(UUID(int=2))
    swaps = (
        parse_step("entra.license.swap", {"user_id": str(uuid4()), "sku_id": new, "old_sku_id": old})
        for _ in range(steps)
    )
    return Plan(summary="s", reason="r", steps=tuple(swaps))


def decision() -> Decision:
    """Return what a policy of six layers with two rules each decides."""
    layers = tuple(
        LayerResult(layer, Verdict.ALLOW, tuple(RuleRef(f"{layer.value}.{n}", f"{n}" * 64) for n in range(2)))
        for layer in Layer
    )
    return Decision(Verdict.ALLOW, frozenset(), layers, "b" * 64)


def observation(number: int) -> Observation:
    """Return what was seen of one user."""
    facts = {"id": str(uuid4()), "displayName": f"Person {number}", "assignedLicenses": [str(uuid4())]}
    return Observation(lookup="user.get", subject=str(number), state="known", facts=facts, observed_at=NOW)


def handoff(case_id: str) -> Handoff:
    """Return a hand-over with words of the ticket and of the tenant."""
    return Handoff(
        case_id=case_id,
        asked="private words",
        requester="Ada",
        seen=("Ada is in Sales",),
        would_have_done=(),
        done=(),
        why_stopped="nobody knows",
        queue="identity",
    )


def bundle(*, rule_id: str = "allow-members") -> Bundle:
    """Return a bundle of one document; each rule id gives another digest."""
    document = {
        "apiVersion": "policy/v1",
        "layer": "action",
        "tenant": "*",
        "rules": [{"id": rule_id, "effect": "permit", "actions": ["entra.group.*"]}],
    }
    return Bundle.of([parse_document(document, source="sample.yaml", catalogue=CATALOGUE)])
