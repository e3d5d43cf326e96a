"""Every cell is decided as the specification decides the requests in it, and what is left out is denied."""

import os
import random
from typing import Any

import pytest
from hypothesis import given, settings

from policy import Bundle, Layer, Verdict
from policy.analysis import TooLargeError
from policy.analysis.partition import Partition
from policy.analysis.scenario import Scenario, Side
from policy.analysis.verdicts import Surface
from policy.rule import Rule
from tests.policy.analysis.policies import (
    POLICIES,
    RULE_SETS,
    analysis_of,
    bundle_of,
    cells_of,
    decided,
    opened,
    sides_of,
    whole,
)
from tests.policy.worlds import CATALOGUE as WORLD_CATALOGUE

SETTINGS = settings.get_profile(os.environ.get("REMIT_HYPOTHESIS_PROFILE", "full"))


def assert_every_cell_is_judged(scenario: Scenario, rules: tuple[Rule, ...]) -> None:
    """Judge every cell by the specification, those that may be left out as well."""
    partition, everything = Partition(scenario, max_cells=10**9), whole(scenario)
    surface, full = (Surface(one, scenario.sides[0]) for one in (partition, everything))
    live = {tuple(sorted(partition.places(cell).items())): cell for cell, _ in cells_of(partition)}
    for cell, request in cells_of(everything):
        decision = decided(rules, request)
        assert full.of(decision.verdict) >> cell & 1, request
        if decision.verdict is Verdict.APPROVAL:
            assert full.requirements_at(cell) == decision.requirements
        kept = live.pop(tuple(sorted(everything.places(cell).items())), None)
        if kept is None:
            assert decision.verdict is Verdict.DENY
            continue
        assert surface.of(decision.verdict) >> kept & 1
        if decision.verdict is Verdict.APPROVAL:
            assert surface.requirements_at(kept) == decision.requirements
    assert not live


@settings(SETTINGS, max_examples=150)
@given(rules=RULE_SETS)
def test_a_cell_is_decided_as_the_specification_decides_a_request_in_it(rules: tuple[Rule, ...]) -> None:
    for action in sorted(WORLD_CATALOGUE):
        named = tuple(rule for rule in rules if action in rule.actions)
        assert_every_cell_is_judged(Scenario(action, (Side(named),)), named)


@settings(SETTINGS, max_examples=40)
@given(bundle=POLICIES)
def test_hours_and_dates_are_decided_alike_too(bundle: Bundle) -> None:
    for action, side in sides_of(analysis_of(bundle)):
        assert_every_cell_is_judged(Scenario(action, (side,)), side.rules)


DEPARTMENTS = [f"Department {number}" for number in range(40)]
GROUPS = [f"g{number}" for number in range(6)]


def many_rules(pick: random.Random, *, count: int) -> list[tuple[Layer, dict[str, Any]]]:
    """Return rules like those of a large tenant: departments, roles, risk, hours, groups."""
    made = []
    for _ in range(count):
        when: dict[str, Any] = {"requester.department": sorted(pick.sample(DEPARTMENTS, pick.choice((1, 2, 3))))}
        if pick.random() < 0.6:
            when["requester.role"] = pick.choice(("employee", "it_admin", "helpdesk"))
        if pick.random() < 0.5:
            when["risk"] = {"max": pick.choice((10, 30, 60))}
        if pick.random() < 0.4:
            when["target.groups"] = {pick.choice(("any", "none")): pick.sample(GROUPS, pick.choice((1, 2)))}
        if pick.random() < 0.3:
            when["time.local_hours"] = {"days": ["Mon", "Tue", "Fri"], "from": "08:00", "to": "18:00"}
        effect = pick.choice(("permit", "permit", "permit", "require_approval", "deny"))
        made.append((pick.choice(tuple(Layer)), {"effect": effect, "actions": ["a.*"], "when": when}))
    return made


def test_three_thousand_random_cells_of_a_large_policy_are_decided_as_the_engine_decides() -> None:
    pick = random.Random(20261121)
    rules: dict[Layer, list[dict[str, Any]]] = {
        layer: [{"effect": "permit", "actions": ["*"], "when": {"risk": {"max": 80}}}] for layer in Layer
    }
    for layer, rule in many_rules(pick, count=150):
        rules[layer].append(rule)
    analysis = analysis_of(bundle_of(rules))
    surface = analysis.surface("a.one")
    assert surface.partition.cells > 20_000
    verdicts = set()
    for cell in (pick.randrange(surface.partition.cells) for _ in range(3000)):
        if surface.partition.full >> cell & 1:
            decision = analysis.engine.decide(surface.partition.request(cell))
            assert surface.of(decision.verdict) >> cell & 1
            if decision.verdict is Verdict.APPROVAL:
                assert surface.requirements_at(cell) == decision.requirements
            verdicts.add(decision.verdict)
    assert verdicts == set(Verdict)


def test_what_is_too_large_is_told_before_anything_is_computed() -> None:
    wide = [
        {"effect": "permit", "actions": ["*"], "when": {"requester.department": name, "target.department": other}}
        for name, other in zip(DEPARTMENTS, reversed(DEPARTMENTS), strict=True)
    ]
    analysis = analysis_of(bundle_of(dict.fromkeys((Layer.ACTION,), wide) | opened(Layer.ACTION)), max_cells=1000)
    with pytest.raises(TooLargeError, match=r"action `a.one`: expected at most `1000` cells, got `1600`") as refused:
        analysis.surface("a.one")
    assert refused.value.action == "a.one"
    assert refused.value.sizes == (("requester.department", 40), ("target.department", 40))


def test_a_set_with_too_many_members_to_tell_apart_is_refused() -> None:
    groups = [{"effect": "permit", "actions": ["*"], "when": {"target.groups": {"any": [f"g{n}"]}}} for n in range(15)]
    analysis = analysis_of(bundle_of({Layer.ACTION: groups} | opened(Layer.ACTION)))
    with pytest.raises(TooLargeError, match=r"at most `14` members .* got `target.groups` with `15`; pass a solver"):
        analysis.surface("a.one")
    fourteen = analysis_of(bundle_of({Layer.ACTION: groups[:14]} | opened(Layer.ACTION)))
    assert fourteen.surface("a.one").allow.bit_count() == 2**14 - 1


def test_a_surface_is_kept_for_the_next_question_about_its_action() -> None:
    analysis = analysis_of(bundle_of(opened()))
    assert analysis.surface("a.one") is analysis.surface("a.one")
    everywhere = ((),)
    assert analysis.surface("a.one", everywhere) is not analysis.surface("a.one")


def test_only_the_surfaces_of_the_last_few_actions_are_kept() -> None:
    catalogue = frozenset(f"a.op{number}" for number in range(6))
    analysis = analysis_of(bundle_of(opened(), catalogue=catalogue), catalogue=catalogue)
    surfaces = {action: analysis.surface(action) for action in analysis.actions}
    assert analysis.surface("a.op5") is surfaces["a.op5"]
    assert analysis.surface("a.op0") is not surfaces["a.op0"]
