"""Escalate: hand the case to people with everything they need, and tell the requester."""

from collections.abc import Mapping
from datetime import datetime

from agent.errors import ChannelError
from agent.leave import leave_ended
from agent.model.activity_event import ActivityEvent, EventCode
from agent.model.case import Case, Stage
from agent.model.handoff import Handoff
from agent.model.plan import step_numbers
from agent.model.receipt import Attempt
from agent.ports import Ports, Turn
from agent.seen_sentences import labels_in, sentences, with_names
from agent.standing.remembering import forget_failed
from agent.standing.use import give_back, give_back_unneeded

_VERBS = {"do": "written", "undo": "undone"}
_ALREADY = "{}: was so already"
_PUT_BACK = "undone: {}: was found as it was before, without a call of ours"
_FATES = {
    "intended": "sent, and nobody knows whether it took effect",
    "answered": "accepted by Graph, not read back yet",
    "not_done": "refused or never sent, nothing changed",
    "verified": "read back and in effect",
    "refuted": "accepted by Graph, but not in effect",
    "unknown": "accepted by Graph, and its effect cannot be seen",
}


# Who takes what no other team is known for.
_ANYBODY = "service-desk-l2"

# Growing pauses between tries add up to about three hours; after that the console must carry the hand-over.
MAX_REPLY_TRIES = 20

# A hand-over is read by a person, in a minute; the activity log and the console have every line.
MAX_LINES = 25
MAX_SEEN_LINES = 12
MAX_ASKED = 300


async def escalate(case: Case, ports: Ports, *, now: datetime) -> Turn:
    """Hand over with what was asked, seen, done and would have been done, and why it stopped."""
    if ended := await leave_ended(case, ports, now=now):
        return ended
    case = case.evolve(queue=_team_of(case))
    if case.is_handed_on:
        await give_back_unneeded(case, ports=ports)
    else:
        await give_back(case, ports=ports)
        await forget_failed(case, ports=ports)
    handoff = handoff_of(case, ports.attempts.all())
    outcome = case.outcome if case.outcome != "open" else "escalated"
    handed = case.evolve(stage=Stage.CLOSE, outcome=outcome, handoff=handoff)
    data = {"queue": handoff.queue, "why": handoff.why_stopped, "urgent": handoff.urgent, "outcome": outcome}
    event = ActivityEvent(code=EventCode.CASE_ESCALATED, at=now, data=data)
    if case.request.channel != "itsm":
        # No ticket stands behind a chat, so the case itself keeps its hand-over, where the console shows it.
        return Turn(handed.evolve(reply_failed=True), events=(event,))
    try:
        await ports.itsm.hand_over(case.request, handoff=handoff)
    except ChannelError as error:
        tries = case.reply_tries + 1
        if tries < MAX_REPLY_TRIES:
            return Turn(case.evolve(reply_tries=tries), after_seconds=min(600, 2**tries))
        # Nobody is left to be asked: the case keeps its hand-over, and the log says so in its own code.
        failed = ActivityEvent(code=EventCode.REPLY_FAILED, at=now, data={"problem": str(error), "tries": tries})
        return Turn(handed.evolve(reply_failed=True), events=(event, failed))
    return Turn(handed, events=(event,))


def handoff_of(case: Case, attempts: tuple[Attempt, ...]) -> Handoff:
    """Return the Handoff of a case; it always names what was asked, what was seen and why it stopped."""
    labels = labels_in(case.seen)
    return Handoff(
        case_id=case.id,
        asked=_asked(case),
        requester=_requester(case, labels),
        seen=_shortened(sentences(case.seen), "things that were seen", most=MAX_SEEN_LINES),
        would_have_done=_shortened(_would_have_done(case, labels), "steps of the plan", most=MAX_LINES),
        done=tuple(with_names(line, labels) for line in _done(case, attempts)),
        why_stopped=with_names(case.why, labels) or "no reason was recorded",
        left_to_do="" if case.is_handed_on else case.then_why,
        queue=_team_of(case),
        urgent=case.urgent,
    )


def _requester(case: Case, labels: Mapping[str, str]) -> str:
    """Return who asked, by name and by the identity of the request."""
    asked_as = case.request.requester
    name = labels.get(asked_as, "")
    return f"{name} ({asked_as})" if name and name != asked_as else asked_as


def _team_of(case: Case) -> str:
    # Whoever was to go on after the plan knows best what to do without it.
    return case.then_queue if case.then_queue and case.queue in ("", _ANYBODY) else case.queue or _ANYBODY


def _asked(case: Case) -> str:
    """Return what was asked for in the requester's own words, and what they said when asked back."""
    request = case.request
    words = " ".join(": ".join(one for one in (request.subject, request.text) if one).split())
    whole = words if len(words) <= MAX_ASKED else f"{words[: MAX_ASKED - 1]}\N{HORIZONTAL ELLIPSIS}"
    replies = (f"asked back about the {one.missing.about}: {one.text[:200]}" for one in case.replies)
    part = f"wish {request.part + 1} of {request.parts} in: " if request.parts > 1 else ""
    return "; ".join([f"{part}{whole}", *replies])


def _shortened(lines: tuple[str, ...], what: str, *, most: int) -> tuple[str, ...]:
    """Return at most `most` lines: the first and the last ones, because it stopped at the end."""
    left_out = len(lines) - most + 1
    if left_out <= 1:
        return lines
    half = most // 2
    return (*lines[:half], f"... {left_out} more {what}, which the activity log has ...", *lines[half + left_out :])


def _would_have_done(case: Case, labels: Mapping[str, str]) -> tuple[str, ...]:
    if case.plan is None or case.is_in_effect:
        return ()
    return tuple(with_names(step.title, labels) for step in case.plan.steps)


def _line_of(attempt: Attempt, case: Case) -> str:
    is_past = attempt.kind == "do" and case.effects[attempt.step_index : attempt.step_index + 1] == ("undone",)
    fate = "was in effect, and is not any more" if is_past else _FATES[attempt.state]
    return f"{_VERBS[attempt.kind]}: {{}}: {fate}"


def _done(case: Case, attempts: tuple[Attempt, ...]) -> tuple[str, ...]:
    """Return a line for every step that was found done and for every write that was ever begun."""
    if case.plan is None:
        return ()
    steps = case.plan.steps
    happened = [(_ALREADY, index) for index, effect in enumerate(case.effects) if effect == "already"]
    happened += [(_line_of(one, case), one.step_index) for one in attempts]
    undone = {one.step_index for one in attempts if one.kind == "undo"}
    gone = (index for index, effect in enumerate(case.effects) if effect == "undone" and index not in undone)
    happened += [(_PUT_BACK, index) for index in gone]
    if len(happened) <= MAX_LINES:
        return tuple(line.format(steps[index].title) for line, index in happened)
    # Of a long plan nothing is left out, because whoever takes over must know what is in effect: it is told by number.
    numbers: dict[str, list[int]] = {}
    for line, index in happened:
        numbers.setdefault(line, []).append(index + 1)
    return tuple(line.format(f"steps {step_numbers(found)}") for line, found in numbers.items())
