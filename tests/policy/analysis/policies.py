"""Random policies that are small enough to decide every cell by the specification, and how that is done."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from hypothesis import strategies as st

from policy import Bundle, Decision, Layer, parse_document, reference
from policy.analysis import Analysis
from policy.analysis.partition import Partition
from policy.analysis.scenario import Scenario, Side
from policy.request import AuthorizationRequest
from policy.rule import Rule
from tests.policy.authored import CATALOGUE, RULES, TENANT, document
from tests.policy.worlds import WORLDS

# Brute force stays quick below this; larger policies are drawn again.
MAX_CELLS: Final = 400

_APPROVALS: Final = (
    {"from": ["oncall"], "count": 1, "standing": "allowed"},
    {"from": ["oncall"], "count": 2, "standing": "never"},
    {"from": ["oncall", "security"], "count": 1, "standing": "allowed"},
)
_GUARDED: Final = (Layer.GLOBAL, Layer.ACTION, Layer.ACTION, Layer.RUNTIME)
_PLACED: Final = st.tuples(st.sampled_from(_GUARDED), RULES, st.sampled_from(_APPROVALS))
_CLOSED: Final = st.sampled_from(((), (), (Layer.ACTION,), (Layer.GLOBAL, Layer.ACTION), (Layer.RUNTIME,)))


def bundle_of(rules: dict[Layer, list[dict[str, Any]]], *, catalogue: frozenset[str] = CATALOGUE) -> Bundle:
    """Return the bundle with these rules in each layer; ids are `<layer>.all.<place>`."""
    written = [document(layer.value, some) for layer, some in rules.items() if some]
    return Bundle.of(parse_document(one, source="policy.yaml", catalogue=catalogue) for one in written)


def analysis_of(bundle: Bundle, **settings: Any) -> Analysis:
    """Return the analysis of `bundle` for the tests' tenant and catalogue."""
    return Analysis(bundle, **{"tenant_id": TENANT, "catalogue": CATALOGUE, **settings})


def _policy(placed: list[tuple[Layer, dict[str, Any], dict[str, Any]]], closed: tuple[Layer, ...]) -> Bundle:
    rules: dict[Layer, list[dict[str, Any]]] = {
        layer: [] if layer in closed else [{"effect": "permit", "actions": ["*"]}] for layer in Layer
    }
    for layer, rule, approval in placed:
        # Nothing temporary is granted in the global layer.
        timed = {key: value for key, value in rule.items() if key != "valid" or layer is not Layer.GLOBAL}
        rules[layer].append({**timed, "approval": approval} if rule["effect"] == "require_approval" else timed)
    return bundle_of(rules)


def _is_small(bundle: Bundle) -> bool:
    analysis = analysis_of(bundle)
    return all(whole(Scenario(action, (side,))).cells <= MAX_CELLS for action, side in sides_of(analysis))


def whole(scenario: Scenario) -> Partition:
    """Return the partition of `scenario` with every class, also those that may be left out."""
    everything = frozenset(scenario.probes())
    kept = Scenario(scenario.action, scenario.sides, where=scenario.where, beside=scenario.beside, kept=everything)
    return Partition(kept, max_cells=10**12)


POLICIES: Final = st.builds(_policy, st.lists(_PLACED, max_size=4), _CLOSED).filter(_is_small)
RULE_SETS: Final = WORLDS.map(lambda world: world.rules)


def decided(rules: Sequence[Rule], request: AuthorizationRequest) -> Decision:
    """Return the decision by the specification."""
    return reference.decide(rules, request, catalogue=frozenset({request.action}), bundle_digest="b")


def cells_of(partition: Partition) -> Iterator[tuple[int, AuthorizationRequest]]:
    """Yield every cell that a request can have, with such a request."""
    for cell in range(partition.cells):
        if partition.full >> cell & 1:
            yield cell, partition.request(cell)


def sides_of(analysis: Analysis) -> Iterator[tuple[str, Side]]:
    """Yield each action with its rules."""
    for action in analysis.actions:
        yield action, analysis.side(action)


def opened(*closed: Layer) -> dict[Layer, list[dict[str, Any]]]:
    """Return a baseline for every layer but those that are closed."""
    return {layer: [{"effect": "permit", "actions": ["*"]}] for layer in Layer if layer not in closed}
