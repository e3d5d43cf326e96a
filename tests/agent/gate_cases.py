"""Cases and decisions as the gate meets them."""

from datetime import timedelta
from typing import Any

from agent.gate import rules_digest
from agent.model.approval import Approval, ApprovalRequest, Asked
from agent.model.case import Case, Stage
from agent.model.plan import Plan, Step
from agent.model.service_request import Assurance, ServiceRequest
from policy import Decision, Layer, LayerResult, Requirement, RuleRef, Verdict
from tests.agent.world import ANN, ANN_UPN, BOB, READERS, START, TENANT, add_member, approval_of

OWNER = Requirement("group_owner", 1, "never")
RULE = RuleRef("action.ask", "d" * 64)
LATER = START + timedelta(minutes=1)


def decision(verdict: Verdict, *, requirements: frozenset[Requirement] = frozenset(), rules: Any = (RULE,)) -> Decision:
    layers = tuple(LayerResult(layer, verdict, tuple(rules)) for layer in Layer)
    return Decision(verdict, requirements, layers, "b" * 64)


ALLOW = decision(Verdict.ALLOW)
DENY = decision(Verdict.DENY)
ASK = decision(Verdict.APPROVAL, requirements=frozenset({OWNER}))


def case_with(*steps: Step, requirement: Requirement = OWNER, approvers: tuple[str, ...] = (BOB,)) -> Case:
    request = ServiceRequest(
        tenant_id=TENANT,
        source="desk",
        external_id="T-1",
        channel="itsm",
        requester=ANN_UPN,
        assurance=Assurance.PORTAL,
        received_at=START,
    )
    plan = Plan(summary="s", reason="r", steps=steps or (add_member(READERS),))
    case = Case(id="c" * 32, stage=Stage.EXECUTE, request=request, requester_id=ANN, plan=plan)
    question = ApprovalRequest(
        id=f"{case.id}-1",
        plan_digest=case.plan_digest,
        rules_digest=rules_digest((RULE,)),
        rules=(RULE,),
        asked=(Asked(requirement=requirement, approver_ids=approvers),),
        asked_at=START,
        expires_at=START + timedelta(hours=1),
    )
    return case.evolve(approval_request=question)


def answered(case: Case, *people: str, **changes: Any) -> Case:
    given: tuple[Approval, ...] = tuple(approval_of(case, person=one, now=START, **changes) for one in people)
    return case.evolve(approvals=given)


def by_mail(case: Case) -> Case:
    return case.evolve(request=case.request.model_copy(update={"assurance": Assurance.EMAIL}))


def asked_again(case: Case) -> ApprovalRequest:
    """Return the case's question, put about the plan as it is now."""
    assert case.approval_request is not None
    return case.approval_request.model_copy(update={"plan_digest": case.plan_digest})
