"""The cards of Approve Always, as the pictures show them: asked again, what it would be, and what was given."""

from datetime import timedelta
from typing import Any

from agent.channels.approval_card import pending_card, question_of
from agent.channels.card_elements import Card
from agent.channels.grant_card import given_card, offer_card, third_button
from agent.model.approval import Asked
from agent.model.briefing import Present
from agent.model.case import Case
from agent.model.plan import Step
from agent.model.precedent import Precedent
from agent.port_values import ApprovalNotice
from agent.standing.giving import Offer
from agent.standing.kept import KeptGrant, newly_given, suspended
from agent.standing.mining import pattern_of, terms_of
from agent.standing.patterns import Pattern, patterns_for
from policy import AuthorizationRequest
from policy.decision import Requirement
from policy.evidence.grant import parse_grant
from tests.agent.channels.card_reading import PAGES
from tests.agent.channels.cases import GROUP, MEGAN, NOW, OWNER, RULE, TENANT

COLLEAGUE = "00000000-0000-4000-8000-000000000020"
BEFORE = Precedent(
    who="department", for_departments=("Finance",), by_departments=("Finance",), times=14, people=9, days=60
)
FACTS: dict[str, Any] = {
    "identity.kind": "workload",
    "request.channel": "itsm",
    "request.on_self": False,
    "requester.id": MEGAN,
    "requester.department": "Finance",
    "requester.assurance": "portal",
    "requester.at_risk": False,
    "requester.kind": "member",
    "requester.role": "employee",
    "requester.account_enabled": True,
    "beneficiary.id": COLLEAGUE,
    "beneficiary.department": "Finance",
    "beneficiary.at_risk": False,
    "beneficiary.kind": "member",
    "beneficiary.account_enabled": True,
    "target.id": GROUP,
    "target.kind": "group",
    "target.is_break_glass": False,
    "target.holds_directory_role": False,
    "target.is_role_assignable": False,
    "target.is_vip": False,
    "plan.takes_access_away": False,
    "plan.makes_requester_manager": False,
    "risk": 30,
}


def standing(case: Case, **told: Any) -> Case:
    """Return the case as one that asks an owner who may approve always."""
    asked = (Asked(requirement=Requirement("group_owner", 1, "allowed"), approver_ids=(OWNER,)),)
    assert case.approval_request is not None and case.briefing is not None
    request = case.approval_request.model_copy(update={"asked": asked})
    present = Present(words=(f"members: without {COLLEAGUE}",))
    return case.evolve(approval_request=request, briefing=case.briefing.model_copy(update={"present": present, **told}))


def asked_again(notice: ApprovalNotice) -> Card:
    """A question to somebody who approved the same fourteen times."""
    return pending_card(notice, pages=PAGES, third=third_button(notice, OWNER))


def offer(case: Case, step: Step) -> Offer:
    """What somebody may give of whom the same was asked fourteen times."""
    request = AuthorizationRequest(step.action, FACTS)
    terms = terms_of(step, request, resolver="group_owner", rules=(RULE,))
    assert terms is not None
    mined = Pattern("seen", pattern_of(BEFORE, terms, requester_id=MEGAN))
    narrow, _ = patterns_for(step, request)
    (decision,) = case.decisions
    return Offer(case, OWNER, step, request, decision, "group_owner", (RULE,), (mined, narrow), BEFORE)


def offered(case: Case, step: Step) -> Card:
    """The card that confirms."""
    return offer_card(offer(case, step))


def given(notice: ApprovalNotice, step: Step, *, is_over: bool = False) -> Card:
    """A grant in force, used twice, or one that something went wrong under."""
    what = offer(notice.case, step)
    record = {
        "id": "gr-3f9a1c",
        "tenant_id": TENANT,
        "actions": [step.action],
        "when": what.patterns[0].when.authored(),
        "discharges": "group_owner",
        "rules": [{"id": RULE.id, "digest": RULE.digest}],
        "granted_by": OWNER,
        "not_before": NOW,
        "expires": NOW + timedelta(days=30),
        "max_uses": 10,
        "revoked": False,
    }
    kept = newly_given(parse_grant(record, source="a card", catalogue=frozenset({step.action})), case_id="c" * 32)
    if is_over:
        kept = _ended(kept)
    return given_card(kept.grant, kept=kept, question=question_of(notice), notice=notice)


def _ended(kept: KeptGrant) -> KeptGrant:
    ended = suspended(kept, by="the agent", why="the effect could not be seen", now=NOW, case_id="c" * 32)
    assert ended is not None
    return ended
