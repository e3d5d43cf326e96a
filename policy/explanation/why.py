"""Why a decision is what it is, in the terms of the rules as they were written.

    explanation = why(bundle, request, tenant_id=tenant_id, catalogue=CATALOGUE)
    print("\n".join(for_technician(explanation)))

The decision in it comes from `policy.reference`, so it equals what `Engine.decide` says. `policy.explanation.sentences`
turns the explanation into sentences.
"""

from dataclasses import dataclass

from policy.bundle import Bundle
from policy.decision import Decision, Layer, LayerResult, Verdict
from policy.explanation.blame import Reason, reasons
from policy.explanation.nearest import Candidate, nearest_grants
from policy.explanation.reading import RuleReading, read_rules
from policy.reference import decide
from policy.request import AuthorizationRequest
from policy.rule import Truth


@dataclass(frozen=True, slots=True)
class LayerStory:
    """One layer: its verdict, the rules that decided, read on the facts, and the nearest grants if it has none.

    `deciding` is empty for the layer's default, a DENY because nothing matched. `nearest` is empty as soon as
    some permit or approval certainly matches, when no rule of the layer could ever grant the action, and for an
    action outside the catalogue.
    """

    layer: Layer
    verdict: Verdict
    deciding: tuple[RuleReading, ...]
    nearest: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """One decision explained: exactly six layers in `Layer` order, and the reasons behind a DENY.

    `reasons` is empty unless the verdict is DENY. Each reason alone is enough to deny (a cause); all of them
    together are the minimal set that must go before the verdict is another (see `policy.explanation.blame`).
    `readings` holds every rule that names the action, sorted by layer and then by id.
    """

    request: AuthorizationRequest
    decision: Decision
    layers: tuple[LayerStory, ...]
    reasons: tuple[Reason, ...]
    readings: tuple[RuleReading, ...]

    @property
    def is_explicit(self) -> bool:
        """Whether a deny rule spoke. A DENY without one is a default: nothing matched, and no rule forbids."""
        return any(result.rules for result in self.decision.layers if result.verdict is Verdict.DENY)


def why(bundle: Bundle, request: AuthorizationRequest, *, tenant_id: str, catalogue: frozenset[str]) -> Explanation:
    """Return the explanation of what `bundle` says to `request`; facts are raw, as `Engine.decide` takes them.

    It reads only the rules that name the action. `catalogue` holds the action ids that exist.
    """
    readings = read_rules(bundle, request, tenant_id=tenant_id)
    rules = [one.rule for one in readings]
    decision = decide(rules, request, catalogue=catalogue, bundle_digest=bundle.digest)
    return Explanation(
        request=request,
        decision=decision,
        layers=tuple(_story(result, readings if request.action in catalogue else ()) for result in decision.layers),
        reasons=reasons(rules, request, catalogue=catalogue),
        readings=readings,
    )


def _story(result: LayerResult, readings: tuple[RuleReading, ...]) -> LayerStory:
    here = [one for one in readings if one.layer is result.layer]
    granted = any(one.truth is Truth.TRUE for one in here if one.rule.effect is not Verdict.DENY)
    return LayerStory(
        layer=result.layer,
        verdict=result.verdict,
        deciding=tuple(one for one in here if one.rule.ref in result.rules),
        nearest=() if granted else nearest_grants(here),
    )
