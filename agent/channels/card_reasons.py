"""Says on a card which layers and rules ask and why, and in whose name it would run."""

from agent.channels.card_lines import shown_id
from agent.channels.plain_text import plain_text
from agent.model.briefing import Briefing
from agent.model.case import Case
from agent.model.plan import step_numbers
from policy.decision import Verdict

# More rules than these nobody reads; the full plan names all.
_MAX_RULES = 6
_UNKNOWN = "not told by what decided; see the full plan"
# What the log calls an identity (`Actor.label`), and what it means to the reader.
_RUNS_AS = {
    "workload": "the agent's own identity, neither the requester's nor yours",
    "requester-delegated": "the requester's own account",
    "approver-delegated": "the account of one who approves, which takes their own sign-in",
}


def policy_texts(case: Case, *, room: int) -> list[str]:
    """Return a line for each rule that asks: its layer, its id, and what made it ask, as the explanation says it."""
    because = (case.briefing or Briefing()).because
    asking = {
        (layer.layer.value, rule.id): None
        for decision in case.decisions
        for layer in decision.layers
        if layer.verdict is Verdict.APPROVAL
        for rule in layer.rules
    }
    texts = [
        f"layer {layer} asks by rule {shown_id(rule)}, {_why(because.get(rule, ''), room=room)}"
        for layer, rule in list(asking)[:_MAX_RULES]
    ]
    more = len(asking) - _MAX_RULES
    return [*texts, f"and {more} more rules, see the full plan"] if more > 0 else texts


def runs_as(case: Case) -> str:
    """Return in whose name the plan's steps would be written, as it was decided about them."""
    by_label: dict[str, list[int]] = {}
    for number, label in enumerate(case.written_as, start=1):
        by_label.setdefault(label, []).append(number)
    count = len(case.plan.steps) if case.plan else 0
    if sum(map(len, by_label.values())) != count or not set(by_label) <= set(_RUNS_AS):
        return _UNKNOWN
    if len(by_label) == 1:
        return _RUNS_AS[next(iter(by_label))]
    return "; ".join(f"step {step_numbers(numbers)}: {_RUNS_AS[label]}" for label, numbers in by_label.items())


def _why(because: str, *, room: int) -> str:
    # The sentences mark names with ticks, which no TextRun shows as more than ticks.
    return f"because {plain_text(because.replace('`', ''), room)}" if because else "see the full plan for why"
