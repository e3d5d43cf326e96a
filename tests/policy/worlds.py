"""Random rule sets and requests, biased so that rules meet: few layers, two actions, few constants.

Unbiased generation lets mutants escape that need two rules of one layer to name one action.
"""

import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from hypothesis import strategies as st

from policy.decision import Layer, Requirement, RuleRef, Verdict
from policy.request import UNKNOWN, AuthorizationRequest
from policy.rule import Atom, Condition, Meets, Misses, NoneOf, OneOf, Range, Rule, Within

CATALOGUE: Final = frozenset({"a.one", "a.two"})
OUTSIDE: Final = "z.outside"

DEPARTMENTS: Final = ("Finance", "HR", "Sales")
GROUPS: Final = ("g1", "g2", "g3")
RANGES: Final[tuple[Range, ...]] = ((None, 2), (1, 3), (3, None), (2, 4))
ATTRIBUTES: Final = ("requester.department", "risk", "target.groups", "target.is_break_glass")
RESOLVERS: Final = ("group_owner", "oncall", "tenant_admin")


@dataclass(frozen=True)
class World:
    """Rules in some order, a request, and a number with which a law makes its own choices."""

    rules: tuple[Rule, ...]
    request: AuthorizationRequest
    salt: int


def _small_subsets(items: Sequence[str]) -> list[frozenset[str]]:
    return [frozenset(some) for size in (1, 2) for some in itertools.combinations(items, size)]


def _all_conditions() -> list[Condition]:
    atoms: dict[str, list[Atom]] = {
        "requester.department": [make(some) for some in _small_subsets(DEPARTMENTS) for make in (OneOf, NoneOf)],
        "risk": [Within((one,)) for one in RANGES],
        "target.groups": [make(some) for some in _small_subsets(GROUPS) for make in (Meets, Misses)],
        "target.is_break_glass": [make(frozenset({one})) for one in (True, False) for make in (OneOf, NoneOf)],
    }
    return [Condition(name, atom) for name, some in atoms.items() for atom in some]


def _one_rule(pick: random.Random) -> Rule:
    """Return one rule, mostly of the action layer and mostly a permit; its id is given later."""
    effect = pick.choice((Verdict.ALLOW, Verdict.ALLOW, Verdict.APPROVAL, Verdict.DENY))
    asked = {
        Requirement(pick.choice(RESOLVERS), count=pick.randint(1, 2), standing=pick.choice(("allowed", "never")))
        for _ in range(pick.randint(1, 2) if effect is Verdict.APPROVAL else 0)
    }
    return Rule(
        ref=RuleRef("unnamed", ""),
        layer=pick.choice((Layer.GLOBAL, Layer.ACTION, Layer.ACTION, Layer.ACTION, Layer.RUNTIME)),
        effect=effect,
        actions=pick.choice((CATALOGUE, CATALOGUE, frozenset({"a.one"}), frozenset({"a.two"}))),
        conjunctions=tuple(
            tuple(pick.choices(CONDITIONS, k=pick.choice((0, 1, 1, 2)))) for _ in range(pick.randint(1, 2))
        ),
        requirements=frozenset(asked),
    )


CONDITIONS: Final = tuple(_all_conditions())
# Drawing from a pool is ten times faster than building each rule from parts, and still shrinks to few rules.
POOL: Final = tuple(_one_rule(random.Random(seed)) for seed in range(4000))


def baseline(layer: Layer) -> Rule:
    """Return the rule that lets everything pass `layer`."""
    return Rule(RuleRef(f"baseline.{layer}", ""), layer, Verdict.ALLOW, CATALOGUE, conjunctions=((),))


# Layers without a baseline. Where the action layer has one, guards decide; where not, permits do.
CLOSED: Final = tuple(
    some for size in range(4) for some in itertools.combinations((Layer.GLOBAL, Layer.ACTION, Layer.RUNTIME), size)
)

# Mostly known facts, or nearly every world is a plain DENY. Strategies are made once: hypothesis
# hashes what they draw from whenever one is made.
REQUESTS: Final = st.builds(
    AuthorizationRequest,
    st.sampled_from(("a.one",) * 6 + ("a.two", OUTSIDE)),
    st.fixed_dictionaries(
        {
            "requester.department": st.sampled_from((*DEPARTMENTS, *DEPARTMENTS, "Other", UNKNOWN, "")),
            "risk": st.sampled_from((*range(6), *range(6), UNKNOWN, "high", True, -1)),
            "target.groups": st.sampled_from((*_small_subsets((*GROUPS, "gx")), frozenset(), UNKNOWN, ("g1",))),
            "target.is_break_glass": st.sampled_from((True, False, True, False, True, False, UNKNOWN, 1, "true")),
        }
    ),
)


def _world(drawn: list[Rule], *, closed: tuple[Layer, ...], request: AuthorizationRequest, salt: int) -> World:
    named = [replace(rule, ref=RuleRef(f"r{place}", "")) for place, rule in enumerate(drawn)]
    return World((*named, *(baseline(layer) for layer in Layer if layer not in closed)), request, salt)


WORLDS: Final = st.builds(
    _world,
    st.lists(st.sampled_from(POOL), max_size=7),
    closed=st.sampled_from(CLOSED),
    request=REQUESTS,
    salt=st.integers(0, 100),
)
