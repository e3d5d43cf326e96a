"""Decides what a click on an approval card means. Pure: it changes nothing and believes only storage.

The checks, in this order:
1. the clicker's tenant is the case's, and the clicker is among the people who were asked (else: told nothing);
2. the clicker is not the requester and is touched by no step, and the requester is known at all;
3. the question is still open: same id, the case still waits, this person has not answered it;
4. it has not expired;
5. the card's plan is the asked plan and still the case's plan;
6. a refusal has a reason, no reason is too long, and what is approved could be shown exactly.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agent.channels.activities import CardAction, VerifiedActivity
from agent.channels.approval_card import MAX_REASON_CHARS, closed_card, pending_card
from agent.channels.plain_text import plain_text
from agent.channels.step_cards import fits_on_card
from agent.errors import BadRequestError
from agent.gate import excluded_approvers, unmet
from agent.model.approval import Approval, ApprovalRequest
from agent.model.case import Case, Stage
from agent.port_values import notice_of

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a click came to. `response` is the body to answer an invoke with, always under HTTP 200."""

    response: Json


@dataclass(frozen=True, slots=True)
class Answered(Outcome):
    """A valid answer. The caller records `approval` if nobody was faster, then sends `response`."""

    approval: Approval


class StillOpen(Outcome):
    """The client asked for the card's present state: the question is open, nothing was answered."""


class AlreadyAnswered(Outcome):
    """The question is closed, or this person has answered it: a second click changes nothing."""


class NotApprover(Outcome):
    """The clicker was not asked. The answer says nothing about the case."""


class OwnRequest(Outcome):
    """The clicker asked for it, gains by it or is changed by it."""


class Expired(Outcome):
    """The answer came too late."""


class PlanChanged(Outcome):
    """The card shows another plan than the one in storage."""


class AskAgain(Outcome):
    """The answer is incomplete (no or too long a reason) or cannot be given on a card."""


def decide_answer(case: Case, activity: VerifiedActivity, *, now: datetime) -> Outcome:
    """Return what the click in `activity` means for `case`, with the response to show.

    Raises:
        BadRequestError: 400 when the activity is not a click on a card.
    """
    click = activity.click
    if click is None:
        raise BadRequestError("expected a click on an approval card", status=400)
    request = case.approval_request
    clicker = activity.person_id
    # (1) A stranger learns nothing, not even whether the question is still open.
    if request is None or case.plan is None or not _is_asked(case, request, activity=activity):
        return NotApprover(_forbidden("notApprover", "There is no open question for you here."))
    # (2) Unknown is never a pass: without a known requester nobody can be told apart from them.
    if not case.requester_id or clicker in excluded_approvers(case):
        return OwnRequest(_forbidden("ownRequest", "You cannot answer a request that is yours or concerns you."))
    # (3) (4) (5)
    closed = _closed(case, request, click=click, clicker=clicker, now=now)
    if closed is not None:
        return closed
    if click.verb == "view":
        return StillOpen(_card(pending_card(notice_of(case))))
    # (6)
    reason = plain_text(click.data.reason, MAX_REASON_CHARS + 1)
    problem = _problem(case, click, reason=reason)
    if problem:
        return AskAgain(_message(problem))
    return _answered(case, request, activity=activity, granted=click.verb == "approve", reason=reason, now=now)


def _is_asked(case: Case, request: ApprovalRequest, *, activity: VerifiedActivity) -> bool:
    same_tenant = activity.tenant_id == case.request.tenant_id.lower()
    return same_tenant and bool(activity.person_id) and bool(request.resolvers_of(activity.person_id))


def _closed(case: Case, request: ApprovalRequest, *, click: CardAction, clicker: str, now: datetime) -> Outcome | None:
    """Return why the question takes no answer of this person any more, or None while it does."""
    notice = notice_of(case)
    if click.data.approval != request.id or not click.data.plan == request.plan_digest == case.plan_digest:
        # An old card is replaced by the present question if there is one for this plan.
        is_open = case.stage is Stage.APPROVE and request.plan_digest == case.plan_digest and now < request.expires_at
        return PlanChanged(_card(pending_card(notice) if is_open else closed_card(notice, "changed")))
    given = [one for one in case.approvals if one.request_id == request.id]
    refused = any(not one.granted for one in given)
    if refused:
        return AlreadyAnswered(_card(closed_card(notice, "refused")))
    if any(one.approver_id == clicker for one in given) or (given and case.stage is not Stage.APPROVE):
        return AlreadyAnswered(_card(closed_card(notice, "approved", note=_standing(case, request, now=now))))
    if now >= request.expires_at:
        return Expired(_card(closed_card(notice, "expired")))
    if case.stage is not Stage.APPROVE:
        return AlreadyAnswered(_card(closed_card(notice, "changed")))
    return None


def _problem(case: Case, click: CardAction, *, reason: str) -> str:
    if len(reason) > MAX_REASON_CHARS:
        return f"Please give a reason of at most {MAX_REASON_CHARS} characters."
    if click.verb == "refuse":
        return "" if reason else "Please write a reason, then refuse again."
    assert case.plan is not None, "a question is about a plan"
    return "" if fits_on_card(case.plan) else "This plan is too large to be approved on a card."


def _answered(
    case: Case, request: ApprovalRequest, *, activity: VerifiedActivity, granted: bool, reason: str, now: datetime
) -> Answered:
    approval = Approval(
        request_id=request.id,
        plan_digest=request.plan_digest,
        rules_digest=request.rules_digest,
        approver_id=activity.person_id,
        resolvers=request.resolvers_of(activity.person_id),
        granted=granted,
        reason=reason,
        answered_at=now,
        expires_at=request.expires_at,
        evidence=dict(activity.evidence),
    )
    taken = case.evolve(approvals=(*case.approvals, approval))
    notes = [f"by you: {reason}" if reason else "by you", *([_standing(taken, request, now=now)] if granted else [])]
    card = closed_card(notice_of(case), "approved" if granted else "refused", note="; ".join(notes))
    return Answered(_card(card), approval=approval)


def _standing(case: Case, request: ApprovalRequest, *, now: datetime) -> str:
    wanted = frozenset(one.requirement for one in request.asked)
    return "further approvals are awaited" if unmet(case, wanted, now=now) else "no further approval is needed"


def _card(card: Json) -> Json:
    return {"statusCode": 200, "type": "application/vnd.microsoft.card.adaptive", "value": card}


def _message(text: str) -> Json:
    return {"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": text}


def _forbidden(code: str, message: str) -> Json:
    value = {"code": code, "message": message}
    return {"statusCode": 403, "type": "application/vnd.microsoft.error", "value": value}
