"""The cards of Approve Always: what a standing grant would be, and the grant as it was given. Pure.

All that the pattern says is shown, in words made of the conditions themselves, so that nothing is in force that was not
read; and so is what it does not say: the parameters of which policy is told nothing, so that they may be others each
time. Values in it are foreign text (a department's name) and cleaned like any other.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from agent.actions import CATALOGUE
from agent.actions.parameters import BOUND, Untold, marks
from agent.channels.approval_card import ThirdButton, question_of
from agent.channels.card_elements import (
    Block,
    Card,
    Container,
    Execute,
    InputChoice,
    InputNumber,
    Question,
    RichTextBlock,
    TextBlock,
)
from agent.channels.card_lines import line, named, shown_id, shown_name
from agent.channels.card_words import Words
from agent.channels.plain_text import plain_text
from agent.model.precedent import Precedent
from agent.port_values import ApprovalNotice, notice_of
from agent.standing.giving import DEFAULT_DAYS, DEFAULT_USES, Offer, may_be_offered
from agent.standing.habits import MAX_SIGHTINGS
from agent.standing.kept import KeptGrant
from agent.standing.suspension import ended_by
from policy.evidence.grant import StandingGrant
from policy.evidence.reservation import MAX_RESERVATIONS
from policy.predicate import Block as Conditions
from policy.predicate import FlagIs, NumberIs, Predicate, SetHas, TextIs
from policy.registry import ATTRIBUTES

_ROOM: Final = 160
_TITLES: Final = {
    "seen": Words.AS_BEFORE,
    "requester": Words.SAME_REQUESTER,
    "department": Words.SAME_DEPARTMENT,
}
_DAYS: Final = ((Words.DAYS_7, "7"), (Words.DAYS_30, "30"), (Words.DAYS_90, "90"))
# What people ask first; all the rest stands behind it, in the words of the vocabulary.
_FIRST: Final = {
    "target.id": "On",
    "requester.id": "Asked by",
    "requester.department": "Asked by anybody of",
    "beneficiary.department": "For anybody of",
}
_ENDS: Final = (
    "a rule that asks is changed, you could not be asked any more, something goes wrong under it, or you or an "
    "administrator revoke it"
)


def offer_card(offer: Offer) -> Card:
    """Return the question whether to approve always, with what exactly that would be."""
    notice = notice_of(offer.case)
    question = question_of(notice)
    body: list[Block] = [
        TextBlock(text=Words.ALWAYS, size="Medium", weight="Bolder"),
        line("What", _what(offer.step.title, offer.request.action)),
        *([line("You before", told_before(offer.precedent))] if offer.precedent else []),
    ]
    always, *each = _told_apart([one.when for one in offer.patterns])
    for pattern, when in zip(offer.patterns, each, strict=True):
        heading = TextBlock(text=_TITLES[pattern.name], weight="Bolder")
        body.append(Container((heading, *_pattern_lines(when, notice))))
    if always.predicates:
        heading = TextBlock(text=Words.WHICHEVER, weight="Bolder")
        body.append(Container((heading, *_pattern_lines(always, notice))))
    body += [
        *_free_line(offer.request.action),
        line("Asked by rules", plain_text(", ".join(rule.id for rule in offer.rules), _ROOM)),
        line("Stands in for", f"your own yes as {shown_id(offer.resolver)}; whoever else is asked is asked as ever"),
        line("Owner", f"you ({shown_id(offer.person_id)})"),
        line("Ends by itself when", f"its time or its uses are over, {_ENDS}"),
        TextBlock(text=Words.NOTHING_YET),
    ]
    if len(offer.patterns) > 1 or offer.precedent:
        # What is proposed may be gone when it is confirmed, or come: so a click says when it is what was shown.
        choices = tuple((_TITLES[one.name], one.name) for one in offer.patterns)
        body.append(InputChoice(id="pattern", label=Words.WHO_ASKS, choices=choices, chosen=offer.patterns[0].name))
    body += [
        InputChoice(id="days", label=Words.HOW_LONG, choices=_DAYS, chosen=str(DEFAULT_DAYS)),
        InputNumber(id="uses", label=Words.HOW_OFTEN, least=1, most=MAX_RESERVATIONS, chosen=DEFAULT_USES),
    ]
    give = Execute(title=Words.GIVE_GRANT, verb="grant", question=question, style="positive")
    back = Execute(title=Words.BACK, verb="view", question=question)
    return Card(body=tuple(body), buttons=(give, back))


def given_card(
    grant: StandingGrant, *, kept: KeptGrant | None, question: Question, notice: ApprovalNotice | None = None
) -> Card:
    """Return a grant as it stands, with a button to revoke it; `kept` is None while others are still to agree.

    `question` is the one that it was given with; `notice` has the names of those in it, as long as they are known.
    """
    ended = kept is not None and kept.state != "in_force"
    headline = Words.GRANT_ENDED if ended else Words.GRANT_GIVEN
    pattern = Container(tuple(_pattern_lines(grant.when, notice)))
    body: list[Block] = [
        TextBlock(text=headline, size="Medium", weight="Bolder"),
        line("What", plain_text(", ".join(grant.actions), _ROOM)),
        pattern,
        *_free_line(*grant.actions),
        line("Asked by rules", plain_text(", ".join(rule.id for rule in grant.rules), _ROOM)),
        line("Owner", shown_id(grant.granted_by)),
        line("Until", f"{_moment(grant.expires)}, or when {_ENDS}"),
        line("Uses", _uses(grant, kept)),
        line("Grant id", shown_id(grant.id)),
        line("State", _state(kept)),
    ]
    revoke = Execute(title=Words.REVOKE, verb="revoke", question=question, style="destructive")
    return Card(body=tuple(body), buttons=() if kept is not None and kept.state == "revoked" else (revoke,))


def third_button(notice: ApprovalNotice, person_id: str) -> ThirdButton | None:
    """Return the third button of a person's approval card: to approve always, if they may; and why they may want it."""
    if not may_be_offered(notice.case, person_id):
        return None
    button = Execute(title=Words.APPROVE_ALWAYS, verb="always", question=question_of(notice))
    before = notice.case.briefing.precedents.get(person_id) if notice.case.briefing else None
    return ThirdButton(button, line("You before", told_before(before)) if before else None)


def told_before(precedent: Precedent) -> str:
    """Return in words how often a person approved the same."""
    times = f"at least {MAX_SIGHTINGS}" if precedent.times >= MAX_SIGHTINGS else str(precedent.times)
    days = "day" if precedent.days == 1 else f"{precedent.days} days"
    return (
        f"you approved exactly this {times} times in the last {days}, for {precedent.people} people: the same action, "
        "object, parameters, departments and rules. Each time it was carried out and nothing went wrong"
    )


def _what(title: str, action: str) -> str:
    return f"{plain_text(action, _ROOM)}, as now: {plain_text(title, _ROOM)}"


def _free_line(*actions: str) -> Iterator[RichTextBlock]:
    """Yield a line that names the parameters to which no pattern is bound, if there are any."""
    marked = (mark for action in actions if action in CATALOGUE for mark in marks(CATALOGUE[action], Untold))
    names = dict.fromkeys(name.replace("_", " ") for name, mark in marked if mark is not BOUND)
    if names:
        yield line("May differ each time", ", ".join(names))


def _told_apart(patterns: Sequence[Conditions]) -> list[Conditions]:
    """Return what several patterns have in common, then what each has besides; a single one has all for itself."""
    shared = frozenset.intersection(*(frozenset(one.predicates) for one in patterns))
    common = shared if len(patterns) > 1 else frozenset()
    each = [Conditions(tuple(it for it in one.predicates if it not in common)) for one in patterns]
    return [Conditions(tuple(it for it in patterns[0].predicates if it in common)), *each]


def _pattern_lines(when: Conditions, notice: ApprovalNotice | None) -> Iterator[RichTextBlock]:
    predicates = dict(when.predicates)
    for name, label in _FIRST.items():
        if name in predicates:
            yield line(label, _named_value(name, predicates[name], notice=notice))
    rest = [f"{ATTRIBUTES[name].doc}: {_value(one)}" for name, one in when.predicates if name not in _FIRST]
    if rest:
        yield line("And only where", "; ".join(rest))


def _named_value(name: str, predicate: Predicate, *, notice: ApprovalNotice | None) -> str:
    if notice is None:
        return _value(predicate)
    plan = notice.case.plan
    if name == "target.id" and plan is not None and predicate == TextIs((plan.steps[0].target.id,)):
        return named(plan.steps[0].target.label, plan.steps[0].target.id, room=_ROOM)
    if name == "requester.id" and predicate == TextIs((notice.case.requester_id,)):
        return named(notice.requester_label, notice.case.requester_id, room=_ROOM)
    return _value(predicate)


def _value(predicate: Predicate) -> str:
    match predicate:
        case TextIs(values):
            return " or ".join(shown_name(one, _ROOM) for one in values)
        case FlagIs(value):
            return "yes" if value else "no"
        case NumberIs(None, high):
            return f"at most {high}"
        case NumberIs(low, high) if low == high:
            return str(low)
        case SetHas(any_of, _):
            return f"only {', '.join(any_of)}" if any_of else "none"
        case _:
            # No pattern of ours has another form; what it says is shown as it is written.
            return plain_text(str(predicate.authored()), _ROOM)


def _uses(grant: StandingGrant, kept: KeptGrant | None) -> str:
    used = len(kept.uses.reservations) if kept else 0
    return f"{used} of {grant.max_uses}"


def _state(kept: KeptGrant | None) -> str:
    if kept is None:
        return "comes in force when everybody who was asked has agreed"
    if kept.state == "in_force":
        return "in force"
    by = shown_name(ended_by(kept), 64)
    ended = f"{kept.state} by {by}" if by else kept.state
    return f"{ended}: {plain_text(kept.why, _ROOM)}"


def _moment(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
