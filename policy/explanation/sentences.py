"""A decision in words: which layers decided, by which rules, what must still happen, and for whom that is said.

`explain` and `sentence` need the decision alone. `for_technician` and `reason` turn a whole explanation,
made by `policy.explanation.why`, into sentences with facts, for readers who may see them; `for_employee` is for
all others.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from policy.decision import Decision, LayerResult, Requirement, Verdict
from policy.explanation.blame import Bite, Gap, Reason, Uncatalogued
from policy.explanation.employee import for_employee
from policy.explanation.nearest import Candidate
from policy.explanation.reading import Reading, RuleReading
from policy.explanation.why import Explanation, LayerStory
from policy.explanation.wording import as_it_is, as_wanted, exceptions_as_they_are, in_brackets, listed
from policy.foreign import in_ticks
from policy.rule import Truth

__all__ = ["asking_reasons", "explain", "for_employee", "for_technician", "layer_reasons", "reason", "sentence"]

_DOES: Final = {
    Verdict.DENY: "denies",
    Verdict.APPROVAL: "asks for approval",
    Verdict.ALLOW: "permits",
}
_DIGEST_CHARS: Final = 8
_NOTE_CHARS: Final = 160


def explain(decision: Decision) -> list[str]:
    """Return one line per layer, in layer order, then one line per person who must still approve.

    A deny or an approval is said to match "or cannot be ruled out", because a rule whose facts are
    unknown decides as if it matched.
    """
    return [*(_layer_line(result) for result in decision.layers), *map(_asked_line, sorted(decision.requirements))]


def sentence(decision: Decision) -> str:
    """Return the decision in one line: the verdict and only the layers that made it."""
    deciding = [result for result in decision.layers if result.verdict is decision.verdict]
    if decision.verdict is Verdict.ALLOW:
        return "allowed: a rule matches in each of the six layers and no rule objects"
    if decision.verdict is Verdict.APPROVAL:
        people = listed(_people(one) for one in sorted(decision.requirements))
        return f"needs approval by {people}: {listed(_source(result) for result in deciding)}"
    if all(not result.rules for result in decision.layers):
        return "denied: no rule matched in any layer; the action is not in the catalogue or nothing is enrolled"
    return f"denied: {listed(_source(result) for result in deciding)}"


def for_technician(explanation: Explanation) -> list[str]:
    """Return the whole explanation, a sentence a line: verdict, six layers, people to ask, what would lift a DENY.

    It names rules, conditions and values, so it is for readers who may see the facts of the tenant.
    """
    decision = explanation.decision
    short = decision.bundle_digest[:_DIGEST_CHARS]
    lines = [f"{decision.verdict.name} for {in_ticks(explanation.request.action)} by policy `{short}`"]
    lines += _named(explanation.layers)
    lines += map(_asked_line, sorted(decision.requirements))
    if explanation.reasons:
        lines.append(f"to lift the DENY: {listed(_lifted(one) for one in explanation.reasons)}")
    return lines


def reason(explanation: Explanation) -> str:
    """Return why, in one line for a technician: what decided, with the facts, or the nearest grant that there is."""
    if explanation.decision.verdict is Verdict.ALLOW:
        return sentence(explanation.decision)
    if any(isinstance(one, Uncatalogued) for one in explanation.reasons):
        return f"denied: the action {in_ticks(explanation.request.action)} is not in the catalogue"
    told = [story for story in explanation.layers if story.verdict is explanation.decision.verdict]
    begins = "denied"
    if explanation.decision.verdict is Verdict.APPROVAL:
        begins = f"needs approval by {listed(_people(one) for one in sorted(explanation.decision.requirements))}"
    return f"{begins}: {'; '.join(_named(told))}"


def layer_reasons(explanation: Explanation) -> tuple[str, ...]:
    """Return for each of the six layers, in order, why it says what it says: what `for_technician` tells of it."""
    return tuple(map(_layer_reason, explanation.layers))


def asking_reasons(explanation: Explanation) -> dict[str, str]:
    """Return what made each rule ask for people, with its author's note, by the rule's id; none when none asks."""
    asking = [one for story in explanation.layers if story.verdict is Verdict.APPROVAL for one in story.deciding]
    return {one.rule.ref.id: f"{'; '.join(_because(one)) or 'without condition'}{_note(one)}" for one in asking}


def _named(stories: Iterable[LayerStory]) -> Iterator[str]:
    return (f"{story.layer} layer: {_layer_reason(story)}" for story in stories)


def _layer_reason(story: LayerStory) -> str:
    said = [*map(_rule, story.deciding)] or ["no rule matches, so it denies"]
    if story.nearest:
        said.append(f"nearest {'; '.join(map(_candidate, story.nearest))}")
    return "; ".join(said)


def _rule(reading: RuleReading) -> str:
    does = _DOES[reading.rule.effect]
    if reading.rule.effect is Verdict.APPROVAL:
        does = f"{does} by {listed(_people(one) for one in sorted(reading.rule.requirements))}"
    doubt = "" if reading.truth is Truth.TRUE else ", because it cannot be ruled out"
    because = "; ".join(_because(reading))
    told = f": {because}" if because else " without condition"
    return f"rule `{reading.rule.ref.id}` {does}{doubt}{told}{_note(reading)}"


def _because(reading: RuleReading) -> Iterator[str]:
    """Yield what made the rule match: its conditions, the blocks that matched, the exceptions that did not."""
    yield from map(as_it_is, _doubtful_first(reading.when))
    for block in reading.matched_blocks:
        yield listed(as_it_is(one) for one in _doubtful_first(block.conditions))
    yield from exceptions_as_they_are(reading.unless)


def _doubtful_first(conditions: Iterable[Reading]) -> list[Reading]:
    return sorted(conditions, key=lambda one: one.truth)


def _candidate(candidate: Candidate) -> str:
    wanted = " and if ".join(as_wanted(change) for change in candidate.changes)
    return f"rule `{candidate.reading.rule.ref.id}` would match if {wanted}"


def _note(reading: RuleReading) -> str:
    return f" (note: {in_brackets(reading.note, most=_NOTE_CHARS)})" if reading.note else ""


def _lifted(one: Reason) -> str:
    match one:
        case Uncatalogued(action):
            return f"{in_ticks(action)} must be an action of the catalogue"
        case Bite(layer, rule):
            return f"rule `{rule.id}` of the {layer} layer must not match"
        case Gap(layer):
            return f"a permit or an approval of the {layer} layer must match"


def _layer_line(result: LayerResult) -> str:
    if not result.rules:
        return f"{result.layer} layer: no rule matched, so it denies"
    says = {
        Verdict.DENY: "denied by {} (matches, or cannot be ruled out)",
        Verdict.APPROVAL: "approval asked by {} (matches, or cannot be ruled out)",
        Verdict.ALLOW: "allowed by {}",
    }[result.verdict]
    return f"{result.layer} layer: {says.format(_rules(result))}"


def _asked_line(requirement: Requirement) -> str:
    standing = (
        "a standing grant may stand in" if requirement.standing == "allowed" else "no standing grant may stand in"
    )
    return f"still needed: approval by {_people(requirement)}; {standing}"


def _people(requirement: Requirement) -> str:
    return f"{requirement.count} x {in_ticks(requirement.resolver)}"


def _source(result: LayerResult) -> str:
    return f"{result.layer} layer ({_rules(result) if result.rules else 'no rule matched'})"


def _rules(result: LayerResult) -> str:
    # A recorded decision names rules of another time, or of nobody.
    return listed(in_ticks(ref.id) for ref in result.rules)
