"""Says on a card who is needed, who has answered a question, when, what, and how well that person was proven."""

from collections.abc import Iterable
from datetime import UTC, datetime

from agent.channels.card_elements import RichTextBlock
from agent.channels.card_lines import line, object_lines, shown_id, shown_name
from agent.channels.plain_text import plain_text
from agent.model.approval import Approval, Asked, Proof
from agent.model.briefing import Briefing
from agent.ports import ApprovalNotice

# More than these nobody reads; a rule asks for two.
_MAX_SHOWN = 6
_PROVEN: dict[Proof, str] = {
    "channel": "who it was is said by Teams",
    "user_token": "proven by a signed token",
    "sign_in": "proven by a fresh sign-in",
}


def needed_text(notice: ApprovalNotice) -> str:
    """Return how many of whom must approve, and how many of them have."""
    asked = notice.request.asked
    texts = [_needed(one, _given(notice)) for one in asked[:_MAX_SHOWN]]
    more = len(asked) - _MAX_SHOWN
    return ", ".join([*texts, f"and {more} more, see the full plan"] if more > 0 else texts)


def answer_lines(notice: ApprovalNotice, *, room: int) -> list[RichTextBlock]:
    """Return two lines for each answer to this question: who, and when, how proven and why."""
    names = (notice.case.briefing or Briefing()).names
    lines: list[RichTextBlock] = []
    for one in _given(notice)[-_MAX_SHOWN:]:
        did = "Approved by" if one.granted else "Refused by"
        name = shown_name(names.get(one.approver_id, ""), min(room, 80))
        said = f": {plain_text(one.reason, room)}" if one.reason else ""
        lines += object_lines(did, name, object_id=one.approver_id)
        lines.append(line("Answered", f"{moment(one.answered_at)}, {_PROVEN[one.proof]}{said}"))
    return lines


def moment(when: datetime) -> str:
    """Return a time as every card shows it."""
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _given(notice: ApprovalNotice) -> list[Approval]:
    return [one for one in notice.case.approvals if one.request_id == notice.request.id]


def _needed(asked: Asked, given: Iterable[Approval]) -> str:
    wanted = asked.requirement
    people = {one.approver_id for one in given if one.granted and wanted.resolver in one.resolvers}
    so_far = f" ({min(len(people), wanted.count)} of {wanted.count} so far)" if people else ""
    return f"{wanted.count} of {shown_id(wanted.resolver)}{so_far}"
