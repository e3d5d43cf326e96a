"""Between a click on an approval card and an answer: reads the one, and shows what came of the other. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from agent.channels.activities import CardAction, Verb, VerifiedActivity
from agent.channels.approval_card import closed_card, pending_card
from agent.channels.card_elements import Card, TextBlock, to_json
from agent.channels.card_words import Words
from agent.channels.grant_card import third_button
from agent.channels.own_pages import OwnPages
from agent.channels.plain_text import plain_text
from agent.channels.step_cards import fits_on_card
from agent.model.approval import MAX_REASON_CHARS
from agent.outcomes import (
    Answered,
    AskAgain,
    ClosedQuestion,
    NotApprover,
    Outcome,
    OwnRequest,
    PersonsAnswer,
    SignInNeeded,
    Unfit,
)
from agent.port_values import notice_of

Json = dict[str, Any]

# What a click says to the question itself: who asks what a standing grant would be, or takes one back, answers nothing.
_ANSWERS: Final[Mapping[Verb, Literal["approve", "refuse", "view"]]] = {
    "approve": "approve",
    "refuse": "refuse",
    "view": "view",
    "always": "view",
    "grant": "approve",
    "revoke": "view",
}


@dataclass(frozen=True, slots=True)
class StepUp:
    """How Teams repeats a click with a token of the person's own (msteams-docs, SSO for universal actions).

    `resource` is the app id URI of our app, `connection_name` the bot's OAuth connection. Without both Teams cannot
    do it, and people sign in on the question's own page.
    """

    resource: str = ""
    connection_name: str = ""

    def request(self, outcome: SignInNeeded, *, pages: OwnPages, exchange_id: str) -> Json | None:
        """Return the answer that asks the client for a token, or None; `exchange_id` tells it apart from others."""
        if not self.resource or not self.connection_name:
            return None
        # The button is for a client that cannot sign in by itself.
        button = {"title": "Sign in", "text": "Sign in", "type": "signin", "value": _page(outcome, pages)}
        value = {
            "text": outcome.problem,
            "connectionName": self.connection_name,
            "tokenExchangeResource": {"id": exchange_id, "uri": self.resource},
            "buttons": [button],
        }
        return {"statusCode": 401, "type": "application/vnd.microsoft.activity.loginRequest", "value": value}


def answer_in(
    activity: VerifiedActivity, click: CardAction, *, signed: Mapping[str, str] | None = None
) -> PersonsAnswer:
    """Return the answer that `click`, which is the activity's own, gives in the name of the activity's person.

    `signed` is the evidence of the token of their own that came inside of the click, once it is verified to be theirs.
    """
    return PersonsAnswer(
        tenant_id=activity.tenant_id,
        person_id=activity.person_id,
        verb=_ANSWERS[click.verb],
        approval_id=click.data.approval,
        plan_digest=click.data.plan,
        # One more than allowed, so that what is too long is seen to be.
        reason=plain_text(click.data.reason, MAX_REASON_CHARS + 1),
        shows_whole=fits_on_card,
        proof="channel" if signed is None else "user_token",
        evidence={**activity.evidence, **(signed or {})},
        user_token="" if signed is None else activity.user_token,
    )


def response_to(outcome: Outcome, *, pages: OwnPages, person_id: str = "") -> Json:
    """Return the body to answer the invoke with, always under HTTP 200: a card, a message or a refusal."""
    if isinstance(outcome, SignInNeeded):
        return message_response(f"{outcome.problem} {_page(outcome, pages)}")
    if isinstance(outcome, AskAgain):
        return message_response(outcome.problem)
    if isinstance(outcome, OwnRequest):
        return _forbidden("ownRequest", "You cannot answer a request that is yours or concerns you.")
    if isinstance(outcome, Unfit):
        return _forbidden("notFit", outcome.problem)
    if isinstance(outcome, NotApprover) or outcome.case is None:
        # The very answer that a stranger gets to a real case, so that nobody can try out which tickets have one.
        return _forbidden("notApprover", "There is no open question for you here.")
    case = outcome.case
    if isinstance(outcome, Answered):
        # It is saved by now; the case in hand is the one that the answer was decided on.
        case = case.evolve(approvals=(*case.approvals, outcome.approval))
    notice = notice_of(case)
    if isinstance(outcome, ClosedQuestion):
        return card_response(closed_card(notice, outcome.how, note=outcome.note))
    third = third_button(notice, person_id)
    return card_response(pending_card(notice, pages=pages, third=third))


def view_for(outcome: Outcome, *, pages: OwnPages, person_id: str) -> Json:
    """Return the card that is this viewer's, for a client that only asks how it stands: of somebody who may not
    answer it has nothing to press and says nothing, and a refusal would leave the old buttons in their sight."""
    if isinstance(outcome, NotApprover | OwnRequest):
        return card_response(Card(body=(TextBlock(text=Words.NOTHING_HERE),)))
    return response_to(outcome, pages=pages, person_id=person_id)


def sign_in_failed() -> Json:
    """Return the answer to a click with a token that proves nobody. It is not taken as one without a token."""
    value = {"code": "signInFailed", "message": "Your sign-in could not be verified, so nothing was taken."}
    return {"statusCode": 412, "type": "application/vnd.microsoft.error.preconditionFailed", "value": value}


def other_person() -> Json:
    """Return the answer to a click with a good token of somebody else than who clicked."""
    return _forbidden("otherPerson", "You are signed in as somebody else than who clicked, so nothing was taken.")


def _page(outcome: SignInNeeded, pages: OwnPages) -> str:
    assert outcome.case is not None and outcome.case.approval_request is not None, "only an open question asks for more"
    return pages.approval(outcome.case.approval_request.id).url


def card_response(card: Card) -> Json:
    """Return the answer to an invoke that shows a card to whoever clicked."""
    return {"statusCode": 200, "type": "application/vnd.microsoft.card.adaptive", "value": to_json(card)}


def message_response(text: str) -> Json:
    """Return the answer to an invoke that says something to whoever clicked."""
    return {"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": text}


def _forbidden(code: str, message: str) -> Json:
    value = {"code": code, "message": message}
    return {"statusCode": 403, "type": "application/vnd.microsoft.error", "value": value}
