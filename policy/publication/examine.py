"""Examines a draft, stage by stage; what is found is a `Review`, which people read, sign and keep.

1. validate: every document is read again with today's catalogue; if one is refused, nothing else is looked at.
2. test: every example runs, every assertion is proved or refuted by a concrete request.
3. analyse: rules that change nothing, and what the draft permits, takes away or asks of others, against the
   bundle in force, over all requests there can be.
4. shadow: on recorded requests, what the draft decides otherwise than the bundle in force.

Where an analysis is too large it is said (`unanalysed`, `unknown_changes`); an assertion that cannot be proved
counts as refuted.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from policy.analysis import Analysis, Change, Proof, Solver, TooLargeError, changes, findings, prove
from policy.bundle import Bundle
from policy.canonical import digest
from policy.engine import Engine
from policy.errors import BundleError, DocumentError, PolicyError
from policy.history.recorded import RecordedDecision, facts_data
from policy.history.replay import replay
from policy.publication.draft import Draft, InForce
from policy.publication.expectation import Assertion, assertions_of, run_examples
from policy.publication.review import Check, Effect, Finding, Review, Shadow, catalogue_digest
from policy.publication.spelling import request_in_words
from policy.publication.terms import changed_terms
from policy.rule import Atom, Conjunction
from policy.witness import witness

# A person reads these; how many more there are is always said.
_MAX_FLIPS_SHOWN: Final = 50


@dataclass(frozen=True, slots=True)
class _Stand:
    """What a review looks at. `old` is what the draft is compared with; None when it cannot be read."""

    draft: Draft
    old: Bundle | None
    catalogue: frozenset[str]
    solver: Solver | None
    target_kinds: Mapping[str, str]

    def analysis(self, bundle: Bundle) -> Analysis:
        return Analysis(
            bundle,
            tenant_id=self.draft.tenant_id,
            catalogue=self.catalogue,
            solver=self.solver,
            target_kinds=self.target_kinds,
        )

    def engine(self, bundle: Bundle) -> Engine:
        return Engine(bundle, tenant_id=self.draft.tenant_id, catalogue=self.catalogue)


def review(
    draft: Draft,
    *,
    in_force: InForce,
    catalogue: frozenset[str],
    history: Iterable[RecordedDecision] = (),
    solver: Solver | None = None,
    target_kinds: Mapping[str, str] = MappingProxyType({}),
) -> Review:
    """Run all stages on `draft`. A `history` without records leaves the shadow stage out.

    `target_kinds` is the one kind of object that an action can change, by its id, where that is known: requests
    about another kind do not exist, and nothing is said about them.

    Raises:
        RecordError: `history` is read lazily and a line of it cannot be read.
    """
    stand = _stand(draft, in_force=in_force, catalogue=catalogue, solver=solver, kinds=target_kinds)
    shadow = _shadow(stand, history)
    return reviewed(
        draft, in_force=in_force, catalogue=catalogue, shadow=shadow, solver=solver, target_kinds=target_kinds
    )


def reviewed(
    draft: Draft,
    *,
    in_force: InForce,
    catalogue: frozenset[str],
    shadow: Shadow | None,
    solver: Solver | None = None,
    target_kinds: Mapping[str, str] = MappingProxyType({}),
) -> Review:
    """Run the stages that need no history, and take the shadow as given: it decides nothing, people read it."""
    named = {
        "draft": draft.digest,
        "catalogue": catalogue_digest(catalogue),
        "changes_global_layer": draft.changes_global_layer(in_force),
    }
    if invalid := _invalid(draft, catalogue):  # (1)
        return Review.model_validate({**named, "invalid": invalid})
    stand = _stand(draft, in_force=in_force, catalogue=catalogue, solver=solver, kinds=target_kinds)
    analysis = stand.analysis(draft.bundle)
    found, too_large = _findings(analysis)
    effects, unseen = _effects(stand, analysis)
    return Review.model_validate(
        {
            **named,
            "examples": _examples(stand),  # (2)
            "assertions": _assertions(stand, analysis),
            "findings": found,  # (3)
            "effects": effects,
            "dropped_tests": _dropped(stand),
            "terms": changed_terms(stand.old or Bundle.of(()), draft.bundle, tenant_id=draft.tenant_id),
            "unanalysed": too_large,
            "unknown_changes": unseen,
            "shadow": shadow,  # (4)
        }
    )


def _stand(
    draft: Draft,
    *,
    in_force: InForce,
    catalogue: frozenset[str],
    solver: Solver | None,
    kinds: Mapping[str, str],
) -> _Stand:
    old = None if in_force.is_unreadable else in_force.bundle or Bundle.of(())
    return _Stand(draft, old, catalogue, solver, kinds)


def _invalid(draft: Draft, catalogue: frozenset[str]) -> tuple[str, ...]:
    try:
        Bundle.parse(draft.bundle.canonical_json(), catalogue=catalogue)
    except DocumentError as error:
        return tuple(str(problem) for problem in error.problems)
    except BundleError as error:
        return (str(error),)
    return ()


def _examples(stand: _Stand) -> tuple[Check, ...]:
    tenant_id = stand.draft.tenant_id
    results = run_examples(stand.draft.bundle, tenant_id=tenant_id, catalogue=stand.catalogue)
    return tuple(Check(id=one.example.id, held=one.passed, text="; ".join(one.differences)) for one in results)


def _assertions(stand: _Stand, analysis: Analysis) -> tuple[Check, ...]:
    claims = assertions_of(stand.draft.bundle, tenant_id=stand.draft.tenant_id, catalogue=stand.catalogue)
    return tuple(_proved(claim, analysis) for claim in claims)


def _proved(claim: Assertion, analysis: Analysis) -> Check:
    try:
        proof = prove(analysis, actions=sorted(claim.actions), where=claim.where, never=claim.never)
    except PolicyError as error:
        return Check(id=claim.id, held=False, text=f"could not be proved: {error}")
    if proof.vacuous:
        return Check(id=claim.id, held=False, text="promises nothing: no request can meet its condition")
    return Check(id=claim.id, held=True) if proof.proved else _refuted(claim, proof)


def _refuted(claim: Assertion, proof: Proof) -> Check:
    request, verdict = proof.counterexample, proof.verdict
    assert request is not None and verdict is not None, "what is not proved has a counterexample"
    text = f"expected never {_never(claim)}, got {verdict.name} for {request_in_words(request)}"
    return Check(
        id=claim.id,
        held=False,
        text=text,
        counterexample={"action": request.action, "facts": facts_data(request.facts)},
    )


def _never(claim: Assertion) -> str:
    return " or ".join(one.name for one in sorted(claim.never, reverse=True))


def _findings(analysis: Analysis) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    try:
        found = findings(analysis)
    except TooLargeError as error:
        # Whether a rule can match at all is told by itself, however many the others are.
        never = tuple(
            Finding(rule=rule.ref.id, severity="error", text=f"rule `{rule.ref.id}`: no known values make it true")
            for rule in analysis.rules
            if not any(map(_can_hold, rule.conjunctions))
        )
        return never, (f"which rules never decide is not known: {error}",)
    return tuple(Finding(rule=one.rule.id, severity=one.severity, text=one.text) for one in found), ()


def _can_hold(conjunction: Conjunction) -> bool:
    """Return whether each attribute has a value that meets all that is said about it."""
    atoms: dict[str, list[Atom]] = {}
    for condition in conjunction:
        atoms.setdefault(condition.attribute, []).append(condition.atom)
    return all(witness(name, some) is not None for name, some in atoms.items())


def _effects(stand: _Stand, analysis: Analysis) -> tuple[tuple[Effect, ...], tuple[str, ...]]:
    if stand.old is None:
        return (), (
            "what the draft changes, and which tests it drops, is not known: "
            "the bundle in force cannot be read with this catalogue",
        )
    before, seen, unseen = stand.analysis(stand.old), [], []
    for action in sorted(stand.catalogue):
        try:
            seen += [_effect(one) for one in changes(before, analysis, action=action)]
        except TooLargeError as error:
            unseen.append(f"what the draft changes for `{action}` is not known: {error}")
    return tuple(seen), tuple(unseen)


def _effect(change: Change) -> Effect:
    asked = [
        tuple(f"{one.count} x {one.resolver} (standing {one.standing})" for one in sorted(some or ()))
        for some in (change.requirements_before, change.requirements_after)
    ]
    return Effect(
        action=change.action,
        kind=change.kind,
        direction=change.direction.value,
        asked_before=asked[0],
        asked_after=asked[1],
        requests=change.cover.sentences(),
    )


def _dropped(stand: _Stand) -> tuple[str, ...]:
    """Return the tests in force that the draft lacks or words otherwise: a promise must not vanish unseen."""
    kept = set(_tests(stand.draft, stand.draft.bundle))
    old = dict(_tests(stand.draft, stand.old or Bundle.of(())))
    return tuple(sorted(name for name, content in old.items() if (name, content) not in kept))


def _tests(draft: Draft, bundle: Bundle) -> Iterator[tuple[str, str]]:
    for one in bundle.documents:
        if one.tests is not None and one.is_for(draft.tenant_id):
            shared = one.tests.given.authored() if one.tests.given else {}
            for example in one.tests.examples:
                yield example.id, digest([shared, example.authored()])
            for assertion in one.tests.assertions:
                yield assertion.id, digest(assertion.authored())


def _shadow(stand: _Stand, history: Iterable[RecordedDecision]) -> Shadow | None:
    report = replay(_as_in_force(stand, history), stand.engine(stand.draft.bundle), tenant_id=stand.draft.tenant_id)
    if not report.total:
        return None
    flips = report.flipped
    shown = flips[:_MAX_FLIPS_SHOWN]
    return Shadow(
        records=report.total,
        foreign=len(report.foreign),
        flips={f"{old.name}->{new.name}": count for (old, new), count in report.flips().items()},
        other_approvers=len(report.of_kind("requirements")),
        other_rules=len(report.of_kind("explanation")),
        examples=tuple(
            f"{one.recorded.decision.verdict.name}->{one.decision.verdict.name} {one.recorded.origin}" for one in shown
        ),
        not_shown=len(flips) - len(shown),
    )


def _as_in_force(stand: _Stand, history: Iterable[RecordedDecision]) -> Iterator[RecordedDecision]:
    """Yield the history as the bundle in force decides it today, so that only the draft makes a difference."""
    if not stand.old or not stand.old.documents:
        # There is nothing to compare with but what was decided then.
        yield from history
        return
    engine = stand.engine(stand.old)
    for one in history:
        yield replace(one, decision=engine.decide(one.request))
