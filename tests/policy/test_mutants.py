"""Eleven wrong semantics, each a replacement of one part of the specification, and the laws that kill them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import pytest

from policy import reference
from policy.decision import Decision, Layer, LayerResult, Verdict
from policy.reference import Match
from policy.request import AuthorizationRequest, FactValue
from policy.rule import Rule, Truth
from tests.policy.laws import LAWS
from tests.policy.seeded import fails_somewhere
from tests.policy.worlds import CATALOGUE, WORLDS

LAYER_RESULT: Final = reference.layer_result
TRUTH_OF: Final = reference.truth_of


def first_match(layer: Layer, matches: Sequence[Match]) -> LayerResult:
    """As in a firewall: the first rule that may match decides."""
    for rule, truth in matches:
        if truth is not Truth.FALSE:
            return LayerResult(layer, rule.effect, (rule.ref,))
    return LayerResult(layer, Verdict.DENY, ())


def empty_layer_passes(layer: Layer, matches: Sequence[Match]) -> LayerResult:
    """A layer in which nothing matched lets pass."""
    result = LAYER_RESULT(layer, matches)
    return result if result.rules else LayerResult(layer, Verdict.ALLOW, ())


def unruled_layer_passes(layer: Layer, matches: Sequence[Match]) -> LayerResult:
    """A layer without any rule lets pass; the first rule closes it (as in NetworkPolicy)."""
    return LAYER_RESULT(layer, matches) if matches else LayerResult(layer, Verdict.ALLOW, ())


def guard_only_on_true(layer: Layer, matches: Sequence[Match]) -> LayerResult:
    """A deny or approval with an unknown fact is skipped (as in Cedar without a schema)."""
    return LAYER_RESULT(layer, [one for one in matches if one[1] is not Truth.UNKNOWN])


def approval_grants_on_unknown(layer: Layer, matches: Sequence[Match]) -> LayerResult:
    """An approval that may match counts as a match of its layer."""
    grown = [(r, Truth.TRUE if r.effect is Verdict.APPROVAL and t is Truth.UNKNOWN else t) for r, t in matches]
    return LAYER_RESULT(layer, grown)


def permit_beats_deny(layer: Layer, matches: Sequence[Match]) -> LayerResult:
    """A permit that matches wins over everything in its layer."""
    permits = tuple(sorted(r.ref for r, t in matches if t is Truth.TRUE and r.effect is Verdict.ALLOW))
    return LayerResult(layer, Verdict.ALLOW, permits) if permits else LAYER_RESULT(layer, matches)


def permit_beats_approval(layer: Layer, matches: Sequence[Match]) -> LayerResult:
    """The most permissive grant of a layer wins, unless a deny may match."""
    result = LAYER_RESULT(layer, matches)
    return permit_beats_deny(layer, matches) if result.verdict is Verdict.APPROVAL else result


def wrongtype_false(rule: Rule, action: str, *, facts: Mapping[str, FactValue]) -> Truth:
    """A condition that cannot be judged is False (as in most rule engines)."""
    truth = TRUTH_OF(rule, action, facts=facts)
    return Truth.FALSE if truth is Truth.UNKNOWN else truth


def unknown_true_for_permit(rule: Rule, action: str, *, facts: Mapping[str, FactValue]) -> Truth:
    """A permit fires when its condition cannot be judged (an error counts as a match)."""
    truth = TRUTH_OF(rule, action, facts=facts)
    return Truth.TRUE if truth is Truth.UNKNOWN and rule.effect is Verdict.ALLOW else truth


def last_layer_wins(verdicts: Iterable[Verdict]) -> Verdict:
    """The innermost layer overrides the others."""
    return tuple(verdicts)[-1]


def any_layer_allows(verdicts: Iterable[Verdict]) -> Verdict:
    """One layer that allows is enough."""
    return max(verdicts)


# Each mutant: the part it replaces, itself, and laws that must each notice it.
MUTANTS: Final[tuple[tuple[str, Callable[..., Any], tuple[str, ...]], ...]] = (
    ("layer_result", first_match, ("P2", "P11")),
    ("layer_result", empty_layer_passes, ("P6", "P8", "P9")),
    ("layer_result", unruled_layer_passes, ("P5", "P6", "P8", "P9")),
    ("layer_result", guard_only_on_true, ("P7", "P11")),
    ("layer_result", approval_grants_on_unknown, ("P7",)),
    ("layer_result", permit_beats_deny, ("P11",)),
    ("layer_result", permit_beats_approval, ("P11",)),
    ("truth_of", wrongtype_false, ("P7", "P11")),
    ("truth_of", unknown_true_for_permit, ("P7",)),
    ("strictest", last_layer_wins, ("P8", "P12")),
    ("strictest", any_layer_allows, ("P8", "P12")),
)
PAIRS: Final = [(part, mutant, law) for part, mutant, laws in MUTANTS for law in laws]


def _notices(law: str) -> bool:
    """Whether `law` fails on some world with the specification as it is patched now."""

    def decide(rules: Sequence[Rule], request: AuthorizationRequest) -> Decision:
        return reference.decide(rules, request, catalogue=CATALOGUE, bundle_digest="b")

    # What hypothesis draws follows from the constants of the code, and one drawing in twelve needed more than 1,500.
    return fails_somewhere(lambda world: LAWS[law](decide, world), WORLDS, tries=15_000)


@pytest.mark.parametrize(("part", "mutant", "law"), PAIRS, ids=[f"{mutant.__name__}-{law}" for _, mutant, law in PAIRS])
def test_a_seeded_mutant_of_the_semantics_is_killed(
    part: str, mutant: Callable[..., Any], law: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reference, part, mutant)
    assert _notices(law)


def test_all_eleven_mutants_are_seeded() -> None:
    assert len({mutant.__name__ for _, mutant, _ in MUTANTS}) == 11
