"""The specification of a decision, written to be read: slow, obvious, and what every engine must equal.

Every one of six layers must match; within and across layers the strictest match wins; what is not
known never helps. No order, no priority, no override:

1. A layer with a deny that is TRUE or UNKNOWN denies: a deny that cannot be ruled out, denies.
2. Else a layer in which no permit and no approval is TRUE denies: nothing matched.
3. Else a layer with an approval that is TRUE or UNKNOWN asks for approval.
4. Else the layer allows.
5. The decision is the strictest of the six layers; requirements of several rules add up.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from policy.decision import Decision, Layer, LayerResult, Requirement, Verdict
from policy.registry import checked_facts
from policy.request import AuthorizationRequest, FactValue
from policy.rule import Rule, Truth

Match = tuple[Rule, Truth]


def decide(
    rules: Sequence[Rule], request: AuthorizationRequest, *, catalogue: frozenset[str], bundle_digest: str
) -> Decision:
    """Return the decision of `rules` on `request`. An action outside `catalogue` is denied by all six layers."""
    known = rules if request.action in catalogue else ()
    facts = checked_facts(request.facts)
    matches = [(rule, truth_of(rule, request.action, facts=facts)) for rule in known]
    results = [layer_result(layer, [one for one in matches if one[0].layer is layer]) for layer in Layer]
    verdict = strictest(result.verdict for result in results)
    asked = frozenset(ref for result in results for ref in result.rules) if verdict is Verdict.APPROVAL else frozenset()
    requirements = merged(one for rule in known if rule.ref in asked for one in rule.requirements)
    return Decision(verdict, requirements, tuple(results), bundle_digest)


def truth_of(rule: Rule, action: str, *, facts: Mapping[str, FactValue]) -> Truth:
    """Return whether `rule` matches: FALSE for another action, else its OR of conjunctions in Kleene's logic."""
    if action not in rule.actions:
        return Truth.FALSE
    return max(
        (min((one.truth(facts) for one in each), default=Truth.TRUE) for each in rule.conjunctions), default=Truth.FALSE
    )


def layer_result(layer: Layer, matches: Sequence[Match]) -> LayerResult:
    """Return what `layer` says, and every rule of that verdict; `matches` are all of the layer's rules."""
    possible = [rule for rule, truth in matches if truth is not Truth.FALSE]
    denying = [rule for rule in possible if rule.effect is Verdict.DENY]
    asking = [rule for rule in possible if rule.effect is Verdict.APPROVAL]
    if denying:  # (1)
        return _result(layer, Verdict.DENY, rules=denying)
    # No deny is left: what is TRUE now is a permit or an approval.
    granted = [rule for rule, truth in matches if truth is Truth.TRUE]
    if not granted:  # (2)
        return _result(layer, Verdict.DENY, rules=[])
    if asking:  # (3)
        return _result(layer, Verdict.APPROVAL, rules=asking)
    return _result(layer, Verdict.ALLOW, rules=granted)  # (4)


def strictest(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the meet of the six layers' verdicts."""
    return min(verdicts)  # (5)


def merged(requirements: Iterable[Requirement]) -> frozenset[Requirement]:
    """Return one requirement per resolver: the highest count, and `never` beats `allowed`."""
    strict: dict[str, Requirement] = {}
    for one in requirements:
        other = strict.get(one.resolver, one)
        stricter = one if one.standing == "never" else other
        strict[one.resolver] = replace(stricter, count=max(one.count, other.count))
    return frozenset(strict.values())


def _result(layer: Layer, verdict: Verdict, *, rules: Iterable[Rule]) -> LayerResult:
    return LayerResult(layer, verdict, tuple(sorted(rule.ref for rule in rules)))
