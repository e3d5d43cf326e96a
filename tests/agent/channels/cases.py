"""A case that waits for approval, and the activities that answer it."""

import copy
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from agent.actions import parse_step
from agent.channels.activities import Activity, VerifiedActivity, parse_activity
from agent.channels.card_answer import answer_in
from agent.gate import rules_digest
from agent.model.approval import Approval, ApprovalRequest, Asked
from agent.model.briefing import MAX_TOLD_STEPS, Briefing, Present
from agent.model.case import Case, Stage
from agent.model.plan import Plan, Step
from agent.model.service_request import Assurance, ServiceRequest
from agent.outcomes import PersonsAnswer
from policy.decision import Decision, Layer, LayerResult, Requirement, RuleRef, Verdict

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
TENANT = "aaaaaaaa-0000-4000-8000-000000000001"
MEGAN, OWNER, ADMIN, STRANGER = (f"00000000-0000-4000-8000-00000000001{n}" for n in range(4))
GROUP = "00000000-0000-4000-8000-000000000099"
RULE = RuleRef(id="cross-department", digest="d" * 64)
SERVICE_URL = "https://smba.trafficmanager.net/emea/"


def step(**params: str) -> Step:
    return parse_step("entra.group.member.add", {"group_id": GROUP, "user_id": MEGAN, **params})


def decision() -> Decision:
    layers = tuple(
        LayerResult(layer, Verdict.APPROVAL if layer is Layer.DEPARTMENT else Verdict.ALLOW, (RULE,)) for layer in Layer
    )
    wanted = frozenset({Requirement("group_owner"), Requirement("tenant_admin")})
    return Decision(Verdict.APPROVAL, wanted, layers, "b" * 64)


def briefing(count: int = 1, **changes: Any) -> Briefing:
    """What approvers of `count` steps are told beside the plan."""
    words = ("members: without " + MEGAN,) * count if count <= MAX_TOLD_STEPS else ()
    told = {
        "because": {RULE.id: "`requester.department` is `Sales` and `target.department` is `Finance` (note: ask both)"},
        "names": {OWNER: "Gwen Li", ADMIN: "Ada Okoro"},
        "present": Present(words=words),
    }
    return Briefing.model_validate({**told, **changes})


def waiting(*, steps: tuple[Step, ...] = (), text: str = "please", **changes: Any) -> Case:
    """A case of Megan's that asked a group owner and a tenant administrator."""
    request = ServiceRequest(
        tenant_id=TENANT,
        source="desk",
        external_id="T-1",
        channel="itsm",
        requester="megan@contoso.example",
        assurance=Assurance.EMAIL,
        subject="Finance site",
        text=text,
        received_at=NOW,
    )
    plan = Plan(summary="Add Megan to Finance", reason="She asked for it", steps=steps or (step(),))
    case = Case(id="c" * 32, stage=Stage.APPROVE, request=request, requester_id=MEGAN, plan=plan)
    count = len(plan.steps)
    case = case.evolve(decisions=(decision(),) * count, briefing=briefing(count), written_as=("workload",) * count)
    asked = ApprovalRequest(
        id="approval-1",
        plan_digest=case.plan_digest,
        rules_digest=rules_digest((RULE,)),
        rules=(RULE,),
        asked=(
            Asked(requirement=Requirement("group_owner"), approver_ids=(OWNER,)),
            Asked(requirement=Requirement("tenant_admin"), approver_ids=(ADMIN,)),
        ),
        asked_at=NOW,
        expires_at=NOW + timedelta(hours=24),
    )
    return case.evolve(approval_request=asked, **changes)


def answered(case: Case, *, by: str, granted: bool = True, **changes: Any) -> Case:
    """Return the case after one person's answer, five minutes after it was asked."""
    asked = case.approval_request
    assert asked is not None
    answer = Approval(
        request_id=asked.id,
        plan_digest=asked.plan_digest,
        rules_digest=asked.rules_digest,
        approver_id=by,
        resolvers=asked.resolvers_of(by),
        granted=granted,
        answered_at=NOW + timedelta(minutes=5),
        expires_at=asked.expires_at,
        **changes,
    )
    return case.evolve(approvals=(*case.approvals, answer))


INVOKE: dict[str, Any] = {
    "type": "invoke",
    "name": "adaptiveCard/action",
    "id": "f:1",
    "channelId": "msteams",
    "serviceUrl": SERVICE_URL,
    "from": {"id": "29:owner", "name": "Owner", "aadObjectId": OWNER},
    "conversation": {"id": "a:1", "tenantId": TENANT, "conversationType": "personal"},
    "recipient": {"id": "28:bot"},
    "channelData": {"tenant": {"id": TENANT}, "legacy": {"replyToId": "1:2"}},
    "replyToId": "1",
    "value": {"trigger": "manual", "action": {"type": "Action.Execute", "verb": "approve", "data": {}}},
}


def invoke(case: Case, verb: str = "approve", *, by: str = OWNER, data: dict[str, Any] | None = None) -> Activity:
    sent = copy.deepcopy(INVOKE)
    assert case.approval_request is not None
    card = {"approval": case.approval_request.id, "plan": case.approval_request.plan_digest}
    sent["from"]["aadObjectId"] = by
    sent["value"]["action"] |= {"verb": verb, "data": {**card, **(data or {})}}
    return parse_activity(json.dumps(sent).encode())


def click(
    case: Case, verb: str = "approve", *, by: str = OWNER, tenant_id: str = TENANT, data: dict[str, Any] | None = None
) -> VerifiedActivity:
    activity = invoke(case, verb, by=by, data=data)
    return VerifiedActivity(activity, tenant_id=tenant_id, person_id=by, evidence={"activity_id": "f:1"})


def answer(
    case: Case, verb: str = "approve", *, by: str = OWNER, tenant_id: str = TENANT, data: dict[str, Any] | None = None
) -> PersonsAnswer:
    activity = click(case, verb, by=by, tenant_id=tenant_id, data=data)
    assert activity.click is not None
    return answer_in(activity, activity.click)
