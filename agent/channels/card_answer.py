"""Between a click on an approval card and an answer: reads the one, and shows what came of the other. Pure."""

from typing import Any

from agent.answering import Answered, AskAgain, ClosedQuestion, NotApprover, Outcome, OwnRequest, PersonsAnswer
from agent.channels.activities import CardAction, VerifiedActivity
from agent.channels.approval_card import closed_card, pending_card
from agent.channels.card_elements import Card, to_json
from agent.channels.own_pages import OwnPages
from agent.channels.plain_text import plain_text
from agent.channels.step_cards import fits_on_card
from agent.model.approval import MAX_REASON_CHARS
from agent.port_values import notice_of

Json = dict[str, Any]


def answer_in(activity: VerifiedActivity, click: CardAction) -> PersonsAnswer:
    """Return the answer that `click`, which is the activity's own, gives in the name of the activity's person."""
    return PersonsAnswer(
        tenant_id=activity.tenant_id,
        person_id=activity.person_id,
        verb=click.verb,
        approval_id=click.data.approval,
        plan_digest=click.data.plan,
        # One more than allowed, so that what is too long is seen to be.
        reason=plain_text(click.data.reason, MAX_REASON_CHARS + 1),
        shows_whole=fits_on_card,
        proof="channel",
        evidence=activity.evidence,
    )


def response_to(outcome: Outcome, *, pages: OwnPages) -> Json:
    """Return the body to answer the invoke with, always under HTTP 200: a card, a message or a refusal."""
    if isinstance(outcome, AskAgain):
        return _message(outcome.problem)
    if isinstance(outcome, OwnRequest):
        return _forbidden("ownRequest", "You cannot answer a request that is yours or concerns you.")
    if isinstance(outcome, NotApprover) or outcome.case is None:
        # The very answer that a stranger gets to a real case, so that nobody can try out which tickets have one.
        return _forbidden("notApprover", "There is no open question for you here.")
    case = outcome.case
    if isinstance(outcome, Answered):
        # It is saved by now; the case in hand is the one that the answer was decided on.
        case = case.evolve(approvals=(*case.approvals, outcome.approval))
    notice = notice_of(case)
    if isinstance(outcome, ClosedQuestion):
        return _card(closed_card(notice, outcome.how, note=outcome.note))
    return _card(pending_card(notice, pages=pages))


def _card(card: Card) -> Json:
    return {"statusCode": 200, "type": "application/vnd.microsoft.card.adaptive", "value": to_json(card)}


def _message(text: str) -> Json:
    return {"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": text}


def _forbidden(code: str, message: str) -> Json:
    value = {"code": code, "message": message}
    return {"statusCode": 403, "type": "application/vnd.microsoft.error", "value": value}
