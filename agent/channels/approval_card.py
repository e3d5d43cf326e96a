"""Builds the Adaptive Card that asks for an approval, and the same card once the question is closed. Pure.

Foreign text (from tickets, the directory, planners) stands only in TextRuns of RichTextBlocks, where Markdown
is not read, cut to a length and cleaned; titles, labels and buttons are constants. Card version 1.5 is the
highest that Teams shows (msteams-docs, cards reference).

What would run must be shown exactly: a plan that does not fit (`fits_on_card`) gets no Approve button.
"""

from collections.abc import Callable
from dataclasses import dataclass

from agent.channels.card_answers import answer_lines, moment, needed_text
from agent.channels.card_elements import (
    Block,
    Card,
    CardTooLargeError,
    Execute,
    InputText,
    OpenUrl,
    Question,
    RichTextBlock,
    TextBlock,
)
from agent.channels.card_lines import LEAST_ROOM, line, shown_id, shown_name
from agent.channels.card_reasons import policy_texts, runs_as
from agent.channels.card_words import Words
from agent.channels.own_pages import OwnPages
from agent.channels.plain_text import plain_text
from agent.channels.step_cards import fits_on_card, shown_steps
from agent.channels.way_back import way_back
from agent.gate import needs_step_up
from agent.model.approval import MAX_REASON_CHARS
from agent.model.case import Case
from agent.model.plan import Plan
from agent.model.sent_card import CardState
from agent.model.service_request import Assurance
from agent.outcomes import Closed
from agent.ports import ApprovalNotice

_IDENTITY = {
    Assurance.SSO: "proven by single sign-on",
    Assurance.PORTAL: "signed in to the ticket portal",
    Assurance.EMAIL: "known by e-mail address only (weak)",
}
HEADLINE: dict[CardState, Words] = {
    "open": Words.APPROVAL_NEEDED,
    "answered": Words.APPROVED,
    "approved": Words.APPROVED,
    "refused": Words.REFUSED,
    "expired": Words.EXPIRED,
    "changed": Words.CHANGED,
}
_REASON = InputText(id="reason", label=Words.REASON, max_chars=MAX_REASON_CHARS)
# Characters for each piece of prose: all that is useful, then less until the card fits.
_ROOMS = (400, 160, 60, LEAST_ROOM)


@dataclass(frozen=True, slots=True)
class ThirdButton:
    """A further button of one person's card, and a line on why they may want it."""

    button: Execute
    why: RichTextBlock | None = None


def pending_card(notice: ApprovalNotice, *, pages: OwnPages, third: ThirdButton | None = None) -> Card:
    """Return the open question with its buttons and the link to the whole plan.

    `third` stands beside Approve and Refuse, and only where Approve does.
    """
    question = question_of(notice)
    closing: list[Block] = [TextBlock(text=Words.NEEDS_SIGN_IN)] if _needs_sign_in(notice.case) else []
    if notice.case.sign_in_of:
        closing.append(TextBlock(text=Words.SIGN_IN_TO_GO_ON))
    refuse = Execute(title=Words.REFUSE, verb="refuse", question=question, style="destructive")
    buttons: tuple[Execute, ...] = (refuse,)
    if fits_on_card(_plan(notice.case)):
        approve = Execute(title=Words.APPROVE, verb="approve", question=question, style="positive")
        buttons = (approve, refuse, *([third.button] if third else []))
        closing += [third.why] if third and third.why else []
    else:
        closing.append(TextBlock(text=Words.TOO_LARGE))
    closing.append(_REASON)

    def card(room: int) -> Card:
        body = [*_body(notice, headline=Words.APPROVAL_NEEDED, room=room), *closing]
        link = OpenUrl(title=Words.FULL_PLAN, page=pages.approval(notice.request.id))
        return Card(body=tuple(body), buttons=buttons, link=link, refresh=question)

    return _fitting(card)


def closed_card(notice: ApprovalNotice, how: Closed, *, note: str = "") -> Card:
    """Return the question as it ended, without buttons. `note` is one foreign or own line at the end."""

    def card(room: int) -> Card:
        end = [line("Note", plain_text(note, min(room, 200)))] if note else []
        return Card(body=(*_body(notice, headline=HEADLINE[how], room=room), *end))

    return _fitting(card)


def question_of(notice: ApprovalNotice) -> Question:
    """Return what every button of this question's cards carries."""
    return Question(notice.request.id, notice.request.plan_digest)


def _fitting(card: Callable[[int], Card]) -> Card:
    """Build the card, giving prose less room until it fits; what would run is never cut."""
    for room in _ROOMS:
        try:
            return card(room)
        except CardTooLargeError:
            continue
    raise AssertionError("the smallest card is over its limit")


def _body(notice: ApprovalNotice, *, headline: Words, room: int) -> list[Block]:
    case, plan = notice.case, _plan(notice.case)
    return [
        TextBlock(text=headline, size="Medium", weight="Bolder"),
        line("What", plain_text(plan.summary, room)),
        *shown_steps(plan, room=room, present=case.briefing.present if case.briefing else None),
        *_asked_by(notice, room=room),
        line("Plan because", plain_text(plan.reason, room)),
        *(line("Policy", text) for text in policy_texts(case, room=room)),
        line("Needed", needed_text(notice)),
        *answer_lines(notice, room=room),
        line("Runs as", runs_as(case)),
        line("Reach", _reach(plan)),
        line("Way back", way_back(plan)),
        line("Expires", f"{moment(notice.request.expires_at)}; without an answer a person takes over, nothing runs"),
        line("Plan id", notice.request.plan_digest[:8]),
    ]


def _asked_by(notice: ApprovalNotice, *, room: int) -> list[RichTextBlock]:
    case, request = notice.case, notice.case.request
    who = f"{shown_name(notice.requester_label, room) or 'unknown name'} ({shown_id(case.requester_id)})"
    number = f"{shown_id(request.source)} {plain_text(request.external_id, min(room, 64))}"
    return [
        line("Asked by", who),
        line("Identity", _IDENTITY[request.assurance]),
        line("Ticket", f"{number}: {plain_text(request.subject, room)}"),
        line("They wrote", plain_text(request.text, room)),
    ]


def _needs_sign_in(case: Case) -> bool:
    """Whether a yes takes the approver's own token, as proof of who gives it or to be written with."""
    return needs_step_up(case) or "approver-delegated" in case.written_as


def _reach(plan: Plan) -> str:
    targets = len({(step.target.kind, step.target.id) for step in plan.steps})
    people = len({step.beneficiary_id for step in plan.steps})
    return f"{len(plan.steps)} step(s), {targets} object(s) changed, for {people} person(s)"


def _plan(case: Case) -> Plan:
    assert case.plan is not None, "only a case with a plan asks for approval"
    return case.plan
