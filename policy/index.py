"""All rules of one action as bit masks: a decision costs one look-up an attribute, not one test a rule.

Every conjunction has a bit. Facts narrow two masks: `known`, the conjunctions that no known fact makes FALSE,
and `unbound`, those that no unknown fact leaves open. A conjunction is TRUE when it is in both, and may match
when it is in the first (Kleene). What the layers say follows from these two numbers, so each pair is worked
out once and then remembered. Known in packet classification as the bit-vector scheme.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeVar

from policy.column import Column, bits, column_for
from policy.decision import Decision, Layer, LayerResult, Requirement, Verdict
from policy.reference import merged
from policy.registry import attribute_named
from policy.request import FactValue
from policy.rule import Atom, Conjunction, Rule

# Few combinations of rules ever decide, so little is remembered: all is forgotten at this many entries, or at this many
# words of eight bytes, for a rule that decides takes one, and so do 64 conjunctions in a mask. Measured: 0.7 KiB an
# entry where few rules decide; below 1 MiB an action, also with 5,000 rules of which half decide at once.
_MAX_REMEMBERED = 512
_MAX_WORDS = 1 << 15

_NOBODY: frozenset[Requirement] = frozenset()

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class _Memory(dict[_Key, _Value]):
    """What was worked out, by the conjunctions that decide; a bound on its size and not a record of use."""

    __slots__ = ("_words",)

    def __init__(self) -> None:
        self._words = 0

    def keep(self, key: _Key, value: _Value, *, masks: tuple[int, ...], referred: int) -> None:
        """Add one entry whose key is made of `masks` and whose value refers to `referred` rules and people."""
        words = referred + sum(mask.bit_length() for mask in masks) // 64
        if len(self) >= _MAX_REMEMBERED or self._words + words > _MAX_WORDS:
            self.clear()
            self._words = 0
        self._words += words
        self[key] = value


class ActionIndex:
    """Decides one action exactly as `policy.reference` does (law P1), for the rules that name it."""

    __slots__ = ("_all", "_bundle_digest", "_columns", "_grants", "_guards", "_layers", "_remembered")

    def __init__(self, rules: Sequence[Rule], *, bundle_digest: str) -> None:
        self._bundle_digest = bundle_digest
        pairs = [(rule, conjunction) for rule in rules for conjunction in rule.conjunctions]
        self._all = (1 << len(pairs)) - 1
        columns = _columns([conjunction for _, conjunction in pairs], everything=self._all)
        # Bound methods, because every decision calls each of them.
        self._columns = tuple((name, column.mask, column.free) for name, column in columns)
        conjunction_rules = [rule for rule, _ in pairs]
        effects = _effects(conjunction_rules)
        self._layers = tuple(_LayerIndex(layer, masks, rules=conjunction_rules) for layer, masks in effects.items())
        guards = (masks[effect] for masks in effects.values() for effect in (Verdict.DENY, Verdict.APPROVAL))
        grants = (masks[effect] for masks in effects.values() for effect in (Verdict.ALLOW, Verdict.APPROVAL))
        self._guards, self._grants = sum(guards), sum(grants)
        self._remembered: _Memory[tuple[int, int], Decision] = _Memory()

    def decide(self, facts: Mapping[str, FactValue]) -> Decision:
        """Return the decision on raw facts; a value that is not the attribute's own counts as unknown."""
        known = unbound = self._all
        value_of = facts.get
        for name, mask_of, free in self._columns:
            mask = mask_of(value_of(name))
            if mask is None:
                unbound &= free
            else:
                known &= mask
        # A grant counts when it is TRUE, a guard when it may match; nothing else can decide.
        deciding = (known & unbound & self._grants, known & self._guards)
        found = self._remembered.get(deciding)
        return self._remember(deciding) if found is None else found

    def _remember(self, deciding: tuple[int, int]) -> Decision:
        granting, guarding = deciding
        found = self._decision(granting, guarding)
        # A layer may have forgotten a result that a decision still holds, so the rules count here as well.
        referred = len(found.requirements) + sum(len(one.rules) for one in found.layers)
        self._remembered.keep(deciding, found, masks=deciding, referred=referred)
        return found

    def _decision(self, granting: int, guarding: int) -> Decision:
        said = [layer.said(granting, guarding) for layer in self._layers]
        verdict = min(one.result.verdict for one in said)
        requirements = _NOBODY
        if verdict is Verdict.APPROVAL:
            # No layer denies here, and one that merely allows requires nobody.
            requirements = merged(each for one in said for each in one.requirements)
        return Decision(verdict, requirements, tuple(one.result for one in said), self._bundle_digest)


class _Said(NamedTuple):
    """What one layer says, and whom its deciding rules require."""

    result: LayerResult
    requirements: frozenset[Requirement]


class _LayerIndex:
    """Which conjunctions of one layer deny, ask or grant; `rules` are those of all layers, by bit."""

    __slots__ = ("_asks", "_denies", "_grants", "_layer", "_remembered", "_rules")

    def __init__(self, layer: Layer, by_effect: Mapping[Verdict, int], *, rules: Sequence[Rule]) -> None:
        self._layer = layer
        self._rules = rules
        self._denies = by_effect[Verdict.DENY]
        self._asks = by_effect[Verdict.APPROVAL]
        self._grants = by_effect[Verdict.ALLOW] | self._asks
        self._remembered: _Memory[int, _Said] = _Memory()

    def said(self, granting: int, guarding: int) -> _Said:
        """Return what the layer says; numbers as in `policy.reference`."""
        if denying := guarding & self._denies:  # (1)
            return self._said(Verdict.DENY, denying)
        granted = granting & self._grants
        if not granted:  # (2)
            return self._said(Verdict.DENY, 0)
        if asking := guarding & self._asks:  # (3)
            return self._said(Verdict.APPROVAL, asking)
        return self._said(Verdict.ALLOW, granted)  # (4)

    def _said(self, verdict: Verdict, mask: int) -> _Said:
        # The mask tells the verdict: a conjunction denies, asks or permits, and never two of them.
        found = self._remembered.get(mask)
        if found is None:
            # Two conjunctions of one rule may both match.
            deciding = {rule.ref: rule for rule in (self._rules[bit] for bit in bits(mask))}
            result = LayerResult(self._layer, verdict, tuple(sorted(deciding)))
            requirements = merged(one for rule in deciding.values() for one in rule.requirements)
            found = _Said(result, requirements)
            self._remembered.keep(mask, found, masks=(mask,), referred=len(deciding) + len(requirements))
        return found


def _effects(rules: Sequence[Rule]) -> dict[Layer, dict[Verdict, int]]:
    """Return the conjunctions of each layer and effect."""
    masks = {layer: dict.fromkeys(Verdict, 0) for layer in Layer}
    for bit, rule in enumerate(rules):
        masks[rule.layer][rule.effect] |= 1 << bit
    return masks


def _columns(conjunctions: Sequence[Conjunction], *, everything: int) -> Iterator[tuple[str, Column]]:
    by_attribute: dict[str, dict[int, tuple[Atom, ...]]] = defaultdict(dict)
    for bit, conjunction in enumerate(conjunctions):
        for condition in conjunction:
            atoms = by_attribute[condition.attribute]
            atoms[bit] = (*atoms.get(bit, ()), condition.atom)
    for name, atoms in sorted(by_attribute.items()):
        attribute = attribute_named(name)
        assert attribute is not None, "documents name attributes of the registry only"
        free = everything & ~sum(1 << bit for bit in atoms)
        yield name, column_for(attribute, tuple(atoms.items()), free=free)
