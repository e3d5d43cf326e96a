"""Shows the steps of a plan on a card: each on its own, or many alike steps as one list.

What would run is shown exactly. Of alike steps their call stands there once, with `{on}` or `{for}` in the place of
the id in which they differ, and the list has every id: filled in, the shown text is the exact call of each step. A plan
of which that is not true, or which is too large, does not fit (`fits_on_card`).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from agent.actions import CATALOGUE
from agent.channels.card_elements import MAX_CALL_CHARS, call_line, line, named, shown_id
from agent.channels.plain_text import plain_text
from agent.model.graph_call import GraphCall
from agent.model.plan import Plan, Step

Json = dict[str, Any]

#: So many steps are shown one by one; more are shown as at most so many lists.
MAX_CARD_STEPS = 6
#: What the lists of a plan may take of a card, on the wire at worst: room for 300 people.
MAX_LIST_BYTES = 21 * 1024

_ON, _FOR = "{on}", "{for}"
_LEAST_ROOM = 20
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


def exact_call(call: GraphCall) -> str:
    """Return one call in full as one ASCII line: method, path, query and body."""
    query = f"?{urlencode(call.query)}" if call.query else ""
    body = "" if call.body is None else " " + json.dumps(call.body, sort_keys=True, separators=(",", ":"))
    return f"{call.method} {call.path}{query}{body}"


def fits_on_card(plan: Plan) -> bool:
    """Whether a card can show every step's exact call, target and way back; if not, it cannot be approved there."""
    if not all(map(_is_shown_exactly, plan.steps)):
        return False
    if len(plan.steps) <= MAX_CARD_STEPS:
        return True
    return len(alike_steps(plan)) <= MAX_CARD_STEPS and _arrangement(plan) is not None


def shown_steps(plan: Plan, *, room: int) -> list[Json]:
    """Return the plan's steps for a card, with `room` characters for each piece of prose.

    Of a plan that does not fit, the first steps, so that one sees what it is about.
    """
    if len(plan.steps) > MAX_CARD_STEPS and fits_on_card(plan) and (arrangement := _arrangement(plan)):
        return [_list(one, arrangement, room=room) for one in alike_steps(plan)]
    return [_step(step, number, room=room) for number, step in enumerate(plan.steps[:MAX_CARD_STEPS], start=1)]


def alike_steps(plan: Plan) -> tuple[Alike, ...]:
    """Return the plan's steps in groups of alike ones, in the order of each group's first step."""
    groups: dict[tuple[str, ...], list[tuple[int, Step]]] = {}
    for number, step in enumerate(plan.steps, start=1):
        groups.setdefault(_likeness(step), []).append((number, step))
    return tuple(Alike(tuple(one)) for one in groups.values())


def way_back(plan: Plan) -> str:
    """Return one sentence about what of the plan can be undone, and by whom."""
    stuck = [number for number, step in enumerate(plan.steps, start=1) if step.undo is None]
    kept = [number for number, step in enumerate(plan.steps, start=1) if _only_people_undo(step)]
    parts = [f"step {_numbers(stuck)} cannot be undone"] if stuck else []
    parts += [f"step {_numbers(kept)} is undone by people only"] if kept else []
    return "; ".join(parts) or "every step can be undone"


def _numbers(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers[:20]))


def _step(step: Step, number: int, *, room: int) -> Json:
    target = step.target
    lines = [
        line(f"Step {number}", plain_text(step.title, room)),
        line("On", f"{target.kind} {named(target.label, target.id, room=min(room, 120))}"),
        line("For", named(step.beneficiary_label, step.beneficiary_id, room=80)),
        call_line("Exact call", exact_call(step.call)),
        _back(step, _undo_call(step), room=room),
        line("Risk", f"{step.risk} of 100"),
    ]
    return _container(lines)


def _arrangement(plan: Plan) -> tuple[int, int] | None:
    """Return the most readable arrangement in which all lists have room, or None when none has."""
    lists = alike_steps(plan)
    for one in _ARRANGEMENTS:
        if _bytes([_list(alike, one, room=_LEAST_ROOM) for alike in lists]) <= MAX_LIST_BYTES:
            return one
    return None


def _list(alike: Alike, arrangement: tuple[int, int], *, room: int) -> Json:
    step, target = alike.first, alike.first.target
    on = f"{target.kind} by the id in the list, which is {_ON} in the calls"
    if alike.has_one_target:
        on = f"{target.kind} {named(target.label, target.id, room=min(room, 120))}; {_FOR} is the id in the list"
    lines = [
        line(f"{len(alike.numbered)} steps", plain_text(_title(step), room)),
        line("On", on),
        call_line("Exact call of each", _shown_call(alike, exact_call(step.call))),
        _back(step, _shown_call(alike, _undo_call(step)), room=room),
        line("Risk of each", f"{step.risk} of 100"),
    ]
    per_line, name_chars = arrangement
    entries = [f"{number}. {_object(step, alike, name_chars=name_chars)}" for number, step in alike.numbered]
    objects = [_plain_line(entries[at : at + per_line]) for at in range(0, len(entries), per_line)]
    return _container([*lines, *objects])


def _shown_call(alike: Alike, call: str) -> str:
    shown = _with_holes(call, alike.first)
    return shown.replace(_ON, alike.first.target.id) if alike.has_one_target else shown


def _object(step: Step, alike: Alike, *, name_chars: int) -> str:
    target = _listed(step.target.label, step.target.id, room=name_chars)
    if step.beneficiary_id in ("", step.target.id):
        return target
    beneficiary = _listed(step.beneficiary_label, step.beneficiary_id, room=name_chars)
    return beneficiary if alike.has_one_target else f"{target} for {beneficiary}"


def _listed(label: str, object_id: str, *, room: int) -> str:
    # A semicolon parts the entries of a line, so no name has one: it could pretend to be the next entry.
    return named(label.replace(";", ","), object_id, room=room)


def _plain_line(entries: Sequence[str]) -> Json:
    return {"type": "RichTextBlock", "spacing": "None", "inlines": [{"type": "TextRun", "text": "; ".join(entries)}]}


def _likeness(step: Step) -> tuple[str, ...]:
    """Return what is equal for alike steps: everything that is shown of them but for the two objects' ids and names."""
    shown = (_title(step), _with_holes(exact_call(step.call), step), _with_holes(_undo_call(step), step))
    return (step.action, step.target.kind, str(step.risk), step.irreversible, *shown)


def _title(step: Step) -> str:
    title = step.title
    for name, hole in ((step.target.label, _ON), (step.beneficiary_label, _FOR)):
        title = title.replace(name, hole) if name else title
    return _with_holes(title, step)


def _with_holes(text: str, step: Step) -> str:
    """Return the text with the ids of target and beneficiary taken out. `_filled` puts them in again."""
    text = text.replace(step.target.id, _ON)
    return text.replace(step.beneficiary_id, _FOR) if step.beneficiary_id else text


def _filled(text: str, step: Step) -> str:
    return text.replace(_ON, step.target.id).replace(_FOR, step.beneficiary_id)


def _is_shown_exactly(step: Step) -> bool:
    calls = (exact_call(step.call), _undo_call(step))
    ids = (step.target.id, step.beneficiary_id)
    whole = all(plain_text(one, MAX_CALL_CHARS) == one for one in calls)
    # A call that has a hole's own letters in it would be shown as another one.
    true = all(_filled(_with_holes(one, step), step) == one for one in calls)
    return whole and true and all(shown_id(one) == one for one in ids)


def _undo_call(step: Step) -> str:
    return exact_call(step.undo.call) if step.undo else ""


def _back(step: Step, call: str, *, room: int) -> Json:
    if not call:
        return line("Way back", f"none: {plain_text(step.irreversible, room)}")
    by = "undone by people only, no rollback does it:" if _only_people_undo(step) else "undone by"
    return line("Way back", f"{by} {plain_text(call, MAX_CALL_CHARS)}")


def _only_people_undo(step: Step) -> bool:
    """Whether a rollback leaves this step as it is: it closes a way in, and opening it again is for a person."""
    return step.undo is not None and step.action in CATALOGUE and CATALOGUE[step.action].contains


def _container(lines: list[Json]) -> Json:
    return {"type": "Container", "style": "emphasis", "spacing": "Small", "items": lines}


def _bytes(elements: list[Json]) -> int:
    # As `card_bytes` counts: every character outside ASCII escaped.
    return len(json.dumps(elements))
