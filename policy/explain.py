"""A decision in words: which layers decided, by which rules, and what must still happen."""

from collections.abc import Iterable

from policy.decision import Decision, LayerResult, Requirement, Verdict


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
        people = _listed(_people(one) for one in sorted(decision.requirements))
        return f"needs approval by {people}: {_listed(_source(result) for result in deciding)}"
    if all(not result.rules for result in decision.layers):
        return "denied: no rule matched in any layer; the action is not in the catalogue or nothing is enrolled"
    return f"denied: {_listed(_source(result) for result in deciding)}"


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
    return f"{requirement.count} x `{requirement.resolver}`"


def _source(result: LayerResult) -> str:
    return f"{result.layer} layer ({_rules(result) if result.rules else 'no rule matched'})"


def _rules(result: LayerResult) -> str:
    return _listed(f"`{ref.id}`" for ref in result.rules)


def _listed(parts: Iterable[str]) -> str:
    *rest, last = parts
    return f"{', '.join(rest)} and {last}" if rest else last
