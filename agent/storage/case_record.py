"""What is kept of a closed case: ids, digests, verdicts and sentences of ours; what was read or asked for is not.

The close stage erases names. This is the second lock on the same door: a closed case is stored in the clear, so
whatever a stage left in it by mistake is dropped here.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from agent.actions import CATALOGUE
from agent.model.case import Case, Stage
from agent.model.plan import Plan, Step

# What a closed case has no more. The hand-over is the exception that `holds_nothing_secret` speaks of.
ERASED: Final[Mapping[str, Any]] = {
    "seen": {},
    "questions": (),
    "clarifications": (),
    "concerned": {},
    "briefing": None,
    "covers": (),
    "cards": (),
    "answer": "",
    "handoff": None,
}

# Values, not places: an id, or the address by which Graph refers to one.
_ID = re.compile(
    r"(https://[a-z.]+/v1\.0/[A-Za-z/]+/)?"
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    re.ASCII,
)
_LEFT_OUT = "..."
# Where a step, its calls and its expectations keep what came from a person or from the tenant.
_VALUES: Final = frozenset({"params", "query", "body", "value", "where", "wanted"})


def holds_nothing_secret(case: Case) -> bool:
    """Whether the case may stand in the clear, without a key: it is closed, and nobody needs more of it.

    A hand-over that no ticket system took is still needed: the console shows it. Such a case keeps its key.
    """
    return case.stage is Stage.CLOSED and case.handoff is None


def record_of(case: Case) -> Case:
    """Return the closed case as it is kept: without what was read, asked for in words, or written by people."""
    request = case.request.model_copy(update={"subject": "", "text": ""})
    approvals = tuple(one.model_copy(update={"reason": "", "grant": ""}) for one in case.approvals)
    plan = case.plan and _outline(case.plan)
    return case.model_copy(update={**ERASED, "request": request, "approvals": approvals, "plan": plan})


def _outline(plan: Plan) -> Plan:
    """Return which actions were planned on which objects. Ids stay; values and texts of the calls do not."""
    steps = tuple(_bare(step) for step in plan.steps)
    return plan.model_copy(update={"summary": f"{len(steps)} step(s)", "steps": steps})


def _bare(step: Step) -> Step:
    whole = step.model_dump(mode="json")
    kept = _without_words(whole)
    target = {"kind": step.target.kind, "id": step.target.id, "owner_id": _scrubbed(step.target.owner_id)}
    nameless: dict[str, Any] = {"names": (), "told": {}, "told_by_name": {}, "beneficiary_label": "", "creates": None}
    people = {"other_person": _scrubbed(step.other_person), "target": target}
    return Step.model_validate({**kept, **nameless, **people, "title": _title(step)})


def _title(step: Step) -> str:
    """Return the step's title if it can say nothing but ids, else the action's own with its holes left open."""
    if _scrubbed(step.params) == step.params:
        return step.title
    # A case may outlive the action that it was planned with.
    known = CATALOGUE.get(step.action)
    return re.sub(r"\{[^}]*\}", _LEFT_OUT, known.title) if known else step.action


def _without_words(node: Any) -> Any:
    """Return JSON data of a step with everything scrubbed that stands where a step keeps values."""
    if isinstance(node, list):
        return [_without_words(one) for one in node]
    if not isinstance(node, dict):
        return node
    return {name: _scrubbed(value) if name in _VALUES else _without_words(value) for name, value in node.items()}


def _scrubbed(value: Any) -> Any:
    """Return JSON data with every text emptied that is not an id. The names of fields stay."""
    match value:
        case dict():
            return {name: _scrubbed(one) for name, one in value.items()}
        case list():
            return [_scrubbed(one) for one in value]
        case str():
            return value if _ID.fullmatch(value) else ""
        case _:
            return value
