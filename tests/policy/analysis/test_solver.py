"""With a solver, what is too large is answered all the same, and exactly as the cells would answer."""

import itertools
import os
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policy import AuthorizationRequest, Bundle, Layer, Verdict
from policy.analysis import Analysis, changes, prove, reach, who_can
from policy.analysis.extent import ClassExtent, MemberExtent, extent_at
from policy.analysis.scenario import Scenario
from policy.errors import EngineError
from policy.request import UNKNOWN
from policy.rule import Condition, Meets, Misses, OneOf, Truth, Within
from tests.policy.analysis.policies import POLICIES, analysis_of, bundle_of, cells_of, opened, whole
from tests.policy.analysis.test_wording import read

pytest.importorskip("z3", reason="needs the optional package z3-solver")
# Only with Z3 can it be imported.
from policy.smt import Z3Solver

SETTINGS = settings(settings.get_profile(os.environ.get("REMIT_HYPOTHESIS_PROFILE", "full")), max_examples=12)
WHERE = (
    None,
    ((Condition("requester.department", OneOf(frozenset({"HR"}))),),),
    ((Condition("risk", Within(((3, None),))),), (Condition("target.groups", Meets(frozenset({"g1", "g9"}))),)),
)


def solved(bundle: Bundle) -> Analysis:
    """Return the analysis that has no room for a single cell."""
    return analysis_of(bundle, max_cells=-1, solver=Z3Solver())


@SETTINGS
@given(bundle=POLICIES, where=st.sampled_from(WHERE), at_least=st.sampled_from((Verdict.APPROVAL, Verdict.ALLOW)))
def test_the_solver_finds_exactly_the_requests_that_the_cells_find(
    bundle: Bundle, where: Any, at_least: Verdict
) -> None:
    exact, by_solver = analysis_of(bundle), solved(bundle)
    for action in exact.actions:
        found = who_can(by_solver, action, where=where, at_least=at_least, max_regions=60)
        expected = who_can(exact, action, where=where, at_least=at_least, max_regions=1000)
        assert found.empty == expected.empty
        assert found.complete and found.cells is None
        for region in found.regions:
            assert exact.engine.decide(region.witness).verdict >= at_least
            assert where is None or any(
                all(one.truth(region.witness.facts) is Truth.TRUE for one in each) for each in where
            )
        if where is None:
            scenario = Scenario(action, (exact.side(action),))
            for _, request in cells_of(whole(scenario)):
                allowed = exact.engine.decide(request).verdict >= at_least
                assert allowed == any(inside(region.constraints, request, scenario) for region in found.regions)


def inside(constraints: Any, request: AuthorizationRequest, scenario: Scenario) -> bool:
    """Read a region of the solver back: each constraint lists the classes that it allows."""
    for one in constraints:
        value = request.facts.get(one.attribute, UNKNOWN)
        extent = extent_at(one.attribute, scenario.probes()[one.attribute], value=value)
        own = extent.constraint()
        assert own is not None
        if isinstance(extent, ClassExtent):
            if own.classes[0] not in one.classes:
                return False
        else:
            assert isinstance(extent, MemberExtent)
            if not said_of(one.text.removeprefix(f"{one.attribute} "), value):
                return False
    return True


def said_of(words: str, value: Any) -> bool:
    if not isinstance(value, frozenset):
        return words.endswith("is unknown")
    known = words.removesuffix(", or is unknown")
    return known == "is known" or (known != "is unknown" and read(known, value))


@SETTINGS
@given(before=POLICIES, after=POLICIES)
def test_the_solver_finds_a_change_exactly_where_the_cells_find_one(before: Bundle, after: Bundle) -> None:
    exact, by_solver = [(make(before), make(after)) for make in (analysis_of, solved)]
    expected = {(one.action, one.kind) for one in changes(*exact, max_regions=1)}
    found = changes(*by_solver, max_regions=1)
    assert {(one.action, one.kind) for one in found} == expected
    for change in found:
        for region in change.cover.regions:
            was, now = (one.engine.decide(region.witness) for one in exact)
            assert (was.verdict, now.verdict) == (change.before, change.after)
            assert (was.verdict, was.requirements) != (now.verdict, now.requirements)


@SETTINGS
@given(
    bundle=POLICIES,
    where=st.sampled_from(WHERE),
    never=st.sets(st.sampled_from(Verdict), min_size=1, max_size=2).map(frozenset),
)
def test_the_solver_proves_and_refutes_what_the_cells_do(bundle: Bundle, where: Any, never: Any) -> None:
    exact, by_solver = analysis_of(bundle), solved(bundle)
    for action in exact.actions:
        found, expected = (prove(one, actions=(action,), where=where, never=never) for one in (by_solver, exact))
        assert found.proved == expected.proved


@SETTINGS
@given(bundle=POLICIES)
def test_the_solver_knows_which_layers_block(bundle: Bundle) -> None:
    assert reach(solved(bundle)) == reach(analysis_of(bundle))


def test_a_set_of_eighty_groups_is_no_obstacle() -> None:
    names = [f"g{number:02}" for number in range(81)]
    permits = [
        {"effect": "permit", "actions": ["a.one"], "when": {"target.groups": {"any": [name], "none": [other]}}}
        for name, other in itertools.pairwise(names)
    ]
    analysis = analysis_of(bundle_of({**opened(Layer.ACTION), Layer.ACTION: permits}), solver=Z3Solver())
    cover = who_can(analysis, "a.one", max_regions=2)
    assert not cover.complete and cover.uncovered is None
    assert cover.sentences()[-1] == "and more, not listed here"
    for region in cover.regions:
        assert analysis.engine.decide(region.witness).verdict is Verdict.ALLOW
    none_of_them = ((Condition("target.groups", Misses(frozenset(names[:80]))),),)
    assert prove(analysis, actions=("a.one",), where=none_of_them, never=frozenset({Verdict.ALLOW})).proved
    one_of_them = ((Condition("target.groups", Meets(frozenset(names[:80]))),),)
    assert not prove(analysis, actions=("a.one",), where=one_of_them, never=frozenset({Verdict.ALLOW})).proved


def test_a_date_and_an_hour_that_do_not_go_together_are_no_counterexample() -> None:
    """2026-11-23 is a Monday, so nothing happens on it on a Tuesday."""
    monday = {"from": "2026-11-23", "to": "2026-11-23"}
    tuesday = {"days": ["Tue"], "from": "00:00", "to": "24:00"}
    permit = {"effect": "permit", "actions": ["*"], "when": {"time.dates": monday, "time.local_hours": tuesday}}
    bundle = bundle_of({**opened(Layer.ACTION), Layer.ACTION: [permit]})
    for analysis in (analysis_of(bundle), solved(bundle)):
        assert prove(analysis, actions=("a.one",), where=None, never=frozenset({Verdict.ALLOW})).proved


def test_a_solver_that_gives_up_says_so_instead_of_guessing() -> None:
    permit = {"effect": "permit", "actions": ["*"], "when": {"risk": 3, "target.groups": {"any": ["g1"]}}}
    bundle = bundle_of({**opened(Layer.ACTION), Layer.ACTION: [permit]})
    analysis = analysis_of(bundle, max_cells=-1, solver=Z3Solver(max_work=1))
    with pytest.raises(EngineError, match=r"expected an answer by z3 in `1` units of work, got"):
        who_can(analysis, "a.one")
