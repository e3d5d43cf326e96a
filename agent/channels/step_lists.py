"""Shows many alike steps of a plan as one list on a card.

Their call stands there once, with `{on}` or `{for}` in the place of the id in which they differ, and the list has
every id: filled in, the shown text is the exact call of each step. `fitting_lists` returns no others.
An entry is `number. id for id (name / name)`: ids come first and have no blanks, names have no brackets and no
semicolons, so that it can be read in one way only.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from agent.actions.state_words import UNREAD, words_after
from agent.channels.card_elements import Container, RichTextBlock, TextRun, block_bytes
from agent.channels.card_lines import (
    LEAST_ROOM,
    MAX_CALL_CHARS,
    breakable,
    exact_blocks,
    exact_call,
    exact_lines,
    exact_rows,
    exact_run,
    exact_undo,
    line,
    object_lines,
    shown_id,
    shown_name,
)
from agent.channels.plain_text import plain_text
from agent.channels.way_back import way_back_lines
from agent.model.briefing import Present
from agent.model.plan import Plan, Step, step_numbers

#: More kinds of steps than these nobody compares.
MAX_LISTS = 6

_ON, _FOR = "{on}", "{for}"
# Objects a line and characters of a name. One object a line is easiest to read; with hundreds of them a line takes
# several, and their names are cut, never their ids.
_ARRANGEMENTS = ((1, 48), (5, 48), (20, 48), (20, 24), (60, 12))


@dataclass(frozen=True, slots=True)
class Alike:
    """Steps that do the same to different objects, with their numbers in the plan, counted from 1."""

    numbered: tuple[tuple[int, Step], ...]

    @property
    def first(self) -> Step:
        """Any of them will do: they differ in their target and beneficiary only."""
        return self.numbered[0][1]

    @property
    def has_one_target(self) -> bool:
        """Whether it is all done to one object, for several people: then they are what the list is of."""
        return len({step.target.id for _, step in self.numbered}) == 1


def alike_steps(plan: Plan) -> tuple[Alike, ...]:
    """Return the plan's steps in groups of alike ones, in the order of each group's first step."""
    groups: dict[tuple[str, ...], list[tuple[int, Step]]] = {}
    for number, step in enumerate(plan.steps, start=1):
        groups.setdefault(_likeness(step), []).append((number, step))
    return tuple(Alike(tuple(one)) for one in groups.values())


def fitting_lists(plan: Plan, *, room: int, max_bytes: int, present: Present | None) -> list[Container] | None:
    """Return the plan as lists of at most `max_bytes` in all, or None when it cannot be shown so, and exactly.

    `room` is for prose. How the objects are arranged does not depend on it, so that it always comes out alike.
    """
    lists = alike_steps(plan)
    if len(lists) > MAX_LISTS or not all(map(_is_exact, lists)):
        return None
    for arrangement in _ARRANGEMENTS:
        if block_bytes([_list(one, arrangement, room=LEAST_ROOM, present=None) for one in lists]) <= max_bytes:
            return [_list(one, arrangement, room=room, present=present) for one in lists]
    return None


def _list(alike: Alike, arrangement: tuple[int, int], *, room: int, present: Present | None) -> Container:
    step = alike.first
    lines = [
        line(f"{len(alike.numbered)} steps, the first", plain_text(step.title, room)),
        *_targets(alike, room=room),
        *_change(alike, room=room, present=present),
        *exact_lines("Exact call of each", _template(alike, exact_call(step.call))),
        *way_back_lines(step, _template(alike, exact_undo(step)), room=room),
        line("Risk of each", f"{step.risk} of 100"),
    ]
    per_line, name_chars = arrangement
    entries = [f"{number}. {_object(step, alike, name_chars=name_chars)}" for number, step in alike.numbered]
    for at in range(0, len(entries), per_line):
        lines += _entry_lines(entries[at : at + per_line])
    return Container(tuple(lines))


def _change(alike: Alike, *, room: int, present: Present | None) -> tuple[RichTextBlock, ...]:
    """Return what was read of the steps, counted, and the state that each has to come to, if one text says it."""
    numbers = {number for number, _ in alike.numbered}
    if present is None:
        before = UNREAD
    else:
        already, unread = numbers & {*present.already}, numbers & {*present.unread}
        parts = [f"{len(numbers - already - unread)} of {len(numbers)} to be changed"]
        parts += [f"step {step_numbers(already)} so already"] if already else []
        parts += [f"step {step_numbers(unread)} {UNREAD}"] if unread else []
        before = plain_text("; ".join(parts), room)
    after = _with_holes(words_after(alike.first.check), alike.first)
    is_alike = all(_filled(after, step) == words_after(step.check) for _, step in alike.numbered)
    then = plain_text(after, room) if is_alike else "see each exact call"
    return (line("Before", before), line("After each", then))


def _targets(alike: Alike, *, room: int) -> tuple[RichTextBlock, ...]:
    target = alike.first.target
    if not alike.has_one_target:
        return (line("On", f"{target.kind} by its id in the list, which is {_ON} in the calls"),)
    text = f"{target.kind} {shown_name(target.label, min(room, 120))}".rstrip()
    return (
        *object_lines("On", text, object_id=target.id),
        line("For", f"each in the list; {_FOR} is the id in the calls"),
    )


def _template(alike: Alike, call: str) -> str:
    holed = _with_holes(call, alike.first)
    return holed.replace(_ON, alike.first.target.id) if alike.has_one_target else holed


def _is_exact(alike: Alike) -> bool:
    """Whether what is really shown, with each entry's ids filled in, is the exact call of each step."""
    for build in (lambda step: exact_call(step.call), exact_undo):
        shown = plain_text(_template(alike, build(alike.first)), MAX_CALL_CHARS) if build(alike.first) else ""
        if any(_filled(shown, step) != build(step) for _, step in alike.numbered):
            return False
    return True


def _object(step: Step, alike: Alike, *, name_chars: int) -> str:
    target, beneficiary = (step.target.id, step.target.label), (step.beneficiary_id, step.beneficiary_label)
    if step.beneficiary_id in ("", step.target.id):
        shown = [target]
    else:
        shown = [beneficiary] if alike.has_one_target else [target, beneficiary]
    names = " / ".join(breakable(name) for _, label in shown if (name := shown_name(label, name_chars)))
    ids = " for ".join(shown_id(one) for one, _ in shown)
    return f"{ids} ({names})" if names else ids


def _entry_lines(entries: Sequence[str]) -> tuple[RichTextBlock, ...]:
    """Return entries as one paragraph; with an id too long for a phone as several, of which the first is set apart."""
    text = "; ".join(entries)
    rows = exact_rows(text)
    if len(rows) == 1:
        return (RichTextBlock((TextRun(text=text),), spacing="None"),)
    return (RichTextBlock((exact_run(rows[0]),)), *exact_blocks(rows[1:]))


def _likeness(step: Step) -> tuple[str, ...]:
    """Return what is equal for alike steps: all that is done, but for the ids of the two objects."""
    calls = (_with_holes(exact_call(step.call), step), _with_holes(exact_undo(step), step))
    has_other = "other" if step.beneficiary_id not in ("", step.target.id) else ""
    return (step.action, step.target.kind, str(step.risk), step.irreversible, has_other, *calls)


def _with_holes(text: str, step: Step) -> str:
    """Return the text with the ids of target and beneficiary taken out. `_filled` puts them in again."""
    text = text.replace(step.target.id, _ON)
    return text.replace(step.beneficiary_id, _FOR) if step.beneficiary_id else text


def _filled(text: str, step: Step) -> str:
    return text.replace(_ON, step.target.id).replace(_FOR, step.beneficiary_id)
