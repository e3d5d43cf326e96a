"""All rules of one action as bit masks: a decision costs one look-up an attribute, not one test a rule.

Every conjunction has a bit. Facts narrow two masks: the conjunctions that are TRUE, and those that are not
FALSE (Kleene). An unknown fact leaves the second alone and takes from the first whatever mentions it. What
each layer says follows from six times three ANDs. Known in packet classification as the bit-vector scheme.
"""

from collections.abc import Iterator, Mapping, Sequence

from policy.column import Column, column_for
from policy.decision import Decision, Layer, LayerResult, Requirement, RuleRef, Verdict
from policy.reference import merged
from policy.registry import attribute_named
from policy.request import FactValue
from policy.rule import Atom, Conjunction, Rule

# Layer results are remembered, because few combinations of rules ever decide; the bound keeps memory flat.
_MAX_REMEMBERED = 4_096

_NOBODY: frozenset[Requirement] = frozenset()


class ActionIndex:
    """Decides one action exactly as `policy.reference` does (law P1), for the rules that name it."""

    def __init__(self, rules: Sequence[Rule], *, bundle_digest: str) -> None:
        self._bundle_digest = bundle_digest
        pairs = [(rule, conjunction) for rule in rules for conjunction in rule.conjunctions]
        self._rules = [rule for rule, _ in pairs]
        self._all = (1 << len(pairs)) - 1
        self._columns = tuple(_columns([conjunction for _, conjunction in pairs], everything=self._all))
        self._layers = tuple(_LayerMasks(self._rules, layer) for layer in Layer)
        self._remembered: dict[tuple[int, Verdict, int], LayerResult] = {}

    def decide(self, facts: Mapping[str, FactValue]) -> Decision:
        """Return the decision on raw facts; a value that is not the attribute's own counts as unknown."""
        true, possible = self._masks(facts)
        judged = [layer.judge(true, possible) for layer in self._layers]
        verdict = min(judged)[0]
        results = tuple(self._result(index, verdict, mask=mask) for index, (verdict, mask) in enumerate(judged))
        requirements = self._requirements(judged) if verdict is Verdict.APPROVAL else _NOBODY
        return Decision(verdict, requirements, results, self._bundle_digest)

    def _masks(self, facts: Mapping[str, FactValue]) -> tuple[int, int]:
        true = possible = self._all
        for name, column in self._columns:
            mask = column.mask(facts.get(name))
            if mask is None:
                true &= column.free
            else:
                true &= mask
                possible &= mask
        return true, possible

    def _requirements(self, judged: list[tuple[Verdict, int]]) -> frozenset[Requirement]:
        # No layer denies here, and rules that merely allow require nobody.
        return merged(one for _, mask in judged for bit in _bits(mask) for one in self._rules[bit].requirements)

    def _result(self, layer: int, verdict: Verdict, *, mask: int) -> LayerResult:
        found = self._remembered.get((layer, verdict, mask))
        if found is None:
            refs: set[RuleRef] = {self._rules[bit].ref for bit in _bits(mask)}
            found = LayerResult(self._layers[layer].layer, verdict, tuple(sorted(refs)))
            if len(self._remembered) >= _MAX_REMEMBERED:
                self._remembered.clear()
            self._remembered[layer, verdict, mask] = found
        return found


class _LayerMasks:
    """Which conjunctions of one layer deny, ask or grant."""

    __slots__ = ("asks", "denies", "grants", "layer")

    def __init__(self, rules: Sequence[Rule], layer: Layer) -> None:
        def of(*effects: Verdict) -> int:
            return sum(1 << bit for bit, rule in enumerate(rules) if rule.layer is layer and rule.effect in effects)

        self.layer = layer
        self.denies = of(Verdict.DENY)
        self.asks = of(Verdict.APPROVAL)
        self.grants = of(Verdict.ALLOW, Verdict.APPROVAL)

    def judge(self, true: int, possible: int) -> tuple[Verdict, int]:
        """Return what the layer says and the conjunctions that say it; numbers as in `policy.reference`."""
        if denying := possible & self.denies:  # (1)
            return Verdict.DENY, denying
        granting = true & self.grants
        if not granting:  # (2)
            return Verdict.DENY, 0
        if asking := possible & self.asks:  # (3)
            return Verdict.APPROVAL, asking
        return Verdict.ALLOW, granting  # (4)


def _columns(conjunctions: Sequence[Conjunction], *, everything: int) -> Iterator[tuple[str, Column]]:
    by_attribute: dict[str, dict[int, list[Atom]]] = {}
    for bit, conjunction in enumerate(conjunctions):
        for condition in conjunction:
            by_attribute.setdefault(condition.attribute, {}).setdefault(bit, []).append(condition.atom)
    for name, atoms in sorted(by_attribute.items()):
        attribute = attribute_named(name)
        assert attribute is not None, "documents name attributes of the registry only"
        free = everything & ~sum(1 << bit for bit in atoms)
        yield name, column_for(attribute, [(bit, tuple(some)) for bit, some in atoms.items()], free=free)


def _bits(mask: int) -> Iterator[int]:
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest
