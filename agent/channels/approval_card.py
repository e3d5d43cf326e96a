"""Builds the Adaptive Card that asks for an approval, and the same card once the question is closed. Pure.

Foreign text (from tickets, the directory, planners) stands only in TextRuns of RichTextBlocks, where Markdown
is not read, cut to a length and cleaned; titles, labels and buttons are constants. Card version 1.5 is the
highest that Teams shows (msteams-docs, cards reference).

What would run must be shown exactly: a plan that does not fit (`fits_on_card`) gets no Approve button.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from agent.answering import Closed
from agent.channels.card_elements import LEAST_ROOM, json_bytes, line, shown_id, shown_name
from agent.channels.plain_text import plain_text
from agent.channels.step_cards import fits_on_card, shown_steps
from agent.channels.way_back import way_back
from agent.model.approval import MAX_REASON_CHARS
from agent.model.case import Case
from agent.model.plan import Plan
from agent.model.service_request import Assurance
from agent.ports import ApprovalNotice
from policy.decision import Verdict

Json = dict[str, Any]
#: Teams posts of webhooks stop at 28 KB, bot messages later; below it a card is safe everywhere.
MAX_CARD_BYTES = 28 * 1024

_IDENTITY = {
    Assurance.SSO: "proven by single sign-on",
    Assurance.PORTAL: "signed in to the ticket portal",
    Assurance.EMAIL: "known by e-mail address only (weak)",
}
_HEADLINE: dict[Closed, str] = {
    "approved": "Approved",
    "refused": "Refused",
    "expired": "Expired without an answer",
    "changed": "Closed: the plan or the case has changed",
}


def pending_card(notice: ApprovalNotice) -> Json:
    """Return the open question with its buttons, always under `MAX_CARD_BYTES`."""
    plan = _plan(notice.case)
    fits = fits_on_card(plan)
    data = {"approval": notice.request.id, "plan": notice.request.plan_digest}
    refresh = {"type": "Action.Execute", "title": "Refresh", "verb": "view", "data": data}
    closing = [_REASON] if fits else [_TOO_LARGE, _REASON]
    answers = [("Approve", "approve", "positive")] if fits else []
    answers.append(("Refuse", "refuse", "destructive"))
    buttons = [_button(title, verb=verb, style=style, data=data) for title, verb, style in answers]
    rest = {"refresh": {"action": refresh}, "actions": buttons}
    return _sized(notice, headline="Approval needed", rest=rest, end=lambda _room: closing)


def closed_card(notice: ApprovalNotice, how: Closed, *, note: str = "") -> Json:
    """Return the question as it ended, without buttons. `note` is one foreign or own line under the headline."""

    def end(room: int) -> list[Json]:
        return [line("Note", plain_text(note, min(room, 200)))] if note else []

    return _sized(notice, headline=_HEADLINE[how], rest={}, end=end)


def card_bytes(card: Json) -> int:
    """Return the size of a card on the wire at worst, with every character outside ASCII escaped."""
    return json_bytes(card)


def _sized(notice: ApprovalNotice, *, headline: str, rest: Json, end: Callable[[int], list[Json]]) -> Json:
    """Build the card, giving prose less room until it fits; what would run is never cut."""
    for room in (400, 160, 60, LEAST_ROOM):
        card = {
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
            "type": "AdaptiveCard",
            "version": "1.5",
            "fallbackText": "This approval needs a newer Teams client.",
            "body": [*_body(notice, headline=headline, room=room), *end(room)],
            **rest,
        }
        if card_bytes(card) <= MAX_CARD_BYTES:
            return card
    raise AssertionError("the smallest card is over its limit")


def _body(notice: ApprovalNotice, *, headline: str, room: int) -> list[Json]:
    case, plan = notice.case, _plan(notice.case)
    request = case.request
    who = f"{shown_name(notice.requester_label, room) or 'unknown name'} ({shown_id(case.requester_id)})"
    number = f"{shown_id(request.source)} {plain_text(request.external_id, min(room, 64))}"
    ticket = f"{number}: {plain_text(request.subject, room)}"
    return [
        {"type": "TextBlock", "text": headline, "size": "Medium", "weight": "Bolder", "wrap": True},
        line("What", plain_text(plan.summary, room)),
        *shown_steps(plan, room=room),
        line("Asked by", who),
        line("Identity", _IDENTITY[request.assurance]),
        line("Ticket", ticket),
        line("They wrote", plain_text(request.text, room)),
        line("Plan because", plain_text(plan.reason, room)),
        *(line("Policy", text) for text in _policy_lines(notice, room=room)),
        line("Needed", ", ".join(_needed(notice))),
        line("Runs as", "the stack's own workload identity, not the requester's and not yours"),
        line("Reach", _reach(plan)),
        line("Way back", way_back(plan)),
        line("Expires", f"{_moment(notice.request.expires_at)}; without an answer a person takes over, nothing runs"),
        line("Plan id", notice.request.plan_digest[:8]),
    ]


def _policy_lines(notice: ApprovalNotice, *, room: int) -> list[str]:
    """Name the layers and rules that ask."""
    asking = {
        layer.layer.value: ", ".join(rule.id for rule in layer.rules)
        for decision in notice.case.decisions
        for layer in decision.layers
        if layer.verdict is Verdict.APPROVAL
    }
    return [plain_text(f"layer {layer} asks by rule {rules}", room) for layer, rules in asking.items()]


def _needed(notice: ApprovalNotice) -> list[str]:
    wanted = [one.requirement for one in notice.request.asked[:6]]
    return [f"{one.count} of {shown_id(one.resolver)}" for one in wanted]


def _reach(plan: Plan) -> str:
    targets = len({(step.target.kind, step.target.id) for step in plan.steps})
    people = len({step.beneficiary_id for step in plan.steps})
    return f"{len(plan.steps)} step(s), {targets} object(s) changed, for {people} person(s)"


def _plan(case: Case) -> Plan:
    assert case.plan is not None, "only a case with a plan asks for approval"
    return case.plan


def _moment(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _button(title: str, *, verb: str, style: str, data: Json) -> Json:
    # Old clients know no Execute; their Submit arrives as a message, so it must say which button it was.
    fallback = {"type": "Action.Submit", "title": title, "data": {**data, "answer": verb}}
    return {"type": "Action.Execute", "title": title, "verb": verb, "style": style, "data": data, "fallback": fallback}


_REASON: Json = {
    "type": "Input.Text",
    "id": "reason",
    "label": "Reason (needed to refuse)",
    "isMultiline": True,
    "maxLength": MAX_REASON_CHARS,
}
_TOO_LARGE: Json = {
    "type": "TextBlock",
    "text": "This plan is too large to be shown exactly on a card, so it cannot be approved here.",
    "wrap": True,
}
