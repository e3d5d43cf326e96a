"""Says on a card what of a plan can be undone, by which call, and by whom."""

from agent.actions import CATALOGUE
from agent.channels.card_elements import RichTextBlock
from agent.channels.card_lines import exact_lines, line
from agent.channels.plain_text import plain_text
from agent.model.plan import Plan, Step, step_numbers


def way_back(plan: Plan) -> str:
    """Return one sentence about what of the plan can be undone, and by whom."""
    stuck = [number for number, step in enumerate(plan.steps, start=1) if step.undo is None]
    kept = [number for number, step in enumerate(plan.steps, start=1) if _only_people_undo(step)]
    parts = [f"step {step_numbers(stuck)} cannot be undone"] if stuck else []
    parts += [f"step {step_numbers(kept)} is undone by people only"] if kept else []
    return "; ".join(parts) or "every step can be undone"


def way_back_lines(step: Step, call: str, *, room: int) -> tuple[RichTextBlock, ...]:
    """Return the lines of one step; `call` is its undo as it is shown, or empty when there is none."""
    if not call:
        return (line("Way back", f"none: {plain_text(step.irreversible, room)}"),)
    by = "undone by people only, no rollback does it:" if _only_people_undo(step) else "undone by"
    return exact_lines("Way back", call, prose=by)


def _only_people_undo(step: Step) -> bool:
    """Whether a rollback leaves this step as it is: it closes a way in, and opening it again is for a person."""
    return step.undo is not None and step.action in CATALOGUE and CATALOGUE[step.action].contains
