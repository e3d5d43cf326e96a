"""Shows the steps of a plan on a card: few of them one by one, many alike ones as lists.

What would run is shown exactly. A plan of which that is not true, or which is too large, does not fit
(`fits_on_card`), and then nobody is asked to approve it on a card.
"""

from agent.actions.state_words import UNREAD, words_after
from agent.channels.card_elements import Container, RichTextBlock, block_bytes
from agent.channels.card_lines import (
    LEAST_ROOM,
    MAX_CALL_CHARS,
    exact_call,
    exact_lines,
    exact_undo,
    line,
    object_lines,
    shown_id,
    shown_name,
)
from agent.channels.plain_text import plain_text
from agent.channels.step_lists import fitting_lists
from agent.channels.way_back import way_back_lines
from agent.model.briefing import MAX_TOLD_STEPS, Present
from agent.model.plan import Plan, Step

#: So many steps are shown one by one; more are shown as lists.
MAX_CARD_STEPS = MAX_TOLD_STEPS
#: What a plan's steps may take of a card, on the wire at worst: room for 300 people.
MAX_STEPS_BYTES = 21 * 1024


def fits_on_card(plan: Plan) -> bool:
    """Whether a card can show every step's exact call, target and way back; if not, it cannot be approved there."""
    return all(map(_is_shown_exactly, plan.steps)) and _fitting(plan, room=LEAST_ROOM, present=None) is not None


def shown_steps(plan: Plan, *, room: int, present: Present | None) -> list[Container]:
    """Return the plan's steps for a card, with `room` characters for each piece of prose.

    `present` is what was read of the tenant when people were asked; without it nothing is said to be so already.
    Of a plan that does not fit only what it is about: its steps could not be approved there anyway.
    """
    shown = _fitting(plan, room=room, present=present) if fits_on_card(plan) else None
    if shown is not None:
        return shown
    titles = [line(f"Step {number}", plain_text(one.title, room)) for number, one in _first(plan)]
    return [Container(tuple(titles))]


def _first(plan: Plan) -> list[tuple[int, Step]]:
    return list(enumerate(plan.steps[:MAX_CARD_STEPS], start=1))


def _fitting(plan: Plan, *, room: int, present: Present | None) -> list[Container] | None:
    if len(plan.steps) > MAX_CARD_STEPS:
        return fitting_lists(plan, room=room, max_bytes=MAX_STEPS_BYTES, present=present)
    # Whether a plan fits is a matter of the plan alone, so that it never depends on what was read of the tenant.
    least = [_step(step, number, room=LEAST_ROOM, before="") for number, step in _first(plan)]
    if block_bytes(least) > MAX_STEPS_BYTES:
        return None
    words = present.words if present else ()
    before = (*words, *[""] * (len(plan.steps) - len(words)))
    return [_step(step, number, room=room, before=before[number - 1]) for number, step in _first(plan)]


def _step(step: Step, number: int, *, room: int, before: str) -> Container:
    target = step.target
    lines = (
        line(f"Step {number}", plain_text(step.title, room)),
        *object_lines("On", f"{target.kind} {shown_name(target.label, min(room, 120))}".rstrip(), object_id=target.id),
        *_for(step, room=room),
        *_change(step, room=room, before=before),
        *exact_lines("Exact call", exact_call(step.call)),
        *way_back_lines(step, exact_undo(step), room=room),
        line("Risk", f"{step.risk} of 100"),
    )
    return Container(lines)


def _change(step: Step, *, room: int, before: str) -> tuple[RichTextBlock, ...]:
    if not step.call.writes:
        return (line("Changes", "nothing; a secret is read and shown to the person it is for"),)
    now, then = plain_text(before or UNREAD, room), plain_text(words_after(step.check), room)
    return (line("Before", now), line("After", then))


def _for(step: Step, *, room: int) -> tuple[RichTextBlock, ...]:
    if not step.beneficiary_id:
        return (line("For", "nobody in particular"),)
    return object_lines("For", shown_name(step.beneficiary_label, min(room, 80)), object_id=step.beneficiary_id)


def _is_shown_exactly(step: Step) -> bool:
    whole = all(plain_text(one, MAX_CALL_CHARS) == one for one in (exact_call(step.call), exact_undo(step)))
    return whole and all(shown_id(one) == one for one in (step.target.id, step.beneficiary_id))
