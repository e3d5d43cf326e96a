"""What a draft changes is exactly where the specification decides the two bundles differently."""

import os
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings

from policy import Bundle, EngineError, Layer, Requirement, Verdict
from policy.analysis import Change, Direction, changes, reach
from policy.analysis.changes import MAX_PAIRS
from policy.analysis.partition import Partition
from policy.analysis.scenario import Scenario
from tests.policy.analysis.policies import MAX_CELLS, POLICIES, analysis_of, bundle_of, cells_of, decided, opened, whole

SETTINGS = settings.get_profile(os.environ.get("REMIT_HYPOTHESIS_PROFILE", "full"))


def key_of(change: Change) -> tuple[Any, ...]:
    return change.before, change.after, change.requirements_before, change.requirements_after


@settings(SETTINGS, max_examples=25)
@given(before=POLICIES, after=POLICIES)
def test_changes_are_exactly_the_requests_that_are_decided_differently(before: Bundle, after: Bundle) -> None:
    old, new = analysis_of(before), analysis_of(after)
    for action in old.actions:
        scenario = Scenario(action, (old.side(action), new.side(action)))
        if whole(scenario).cells > 3 * MAX_CELLS:
            continue
        kept, everywhere = (Counter[tuple[Any, ...]]() for _ in range(2))
        for counted, partition in ((kept, Partition(scenario, max_cells=10**6)), (everywhere, whole(scenario))):
            for _, request in cells_of(partition):
                was, now = (decided(side.rules, request) for side in scenario.sides)
                if was.verdict is not now.verdict:
                    counted[was.verdict, now.verdict, None, None] += 1
                elif was.requirements != now.requirements:
                    counted[was.verdict, now.verdict, was.requirements, now.requirements] += 1
        found = changes(old, new, action=action, max_regions=1000)
        assert set(kept) == set(everywhere), "a class that is left out changes nothing"
        assert {key_of(one): one.cover.cells for one in found} == dict(kept)
        for change in found:
            assert change.cover.complete
            for region in change.cover.regions:
                was, now = (one.engine.decide(region.witness) for one in (old, new))
                assert (was.verdict, now.verdict) == (change.before, change.after)
                if change.requirements_before is not None:
                    assert (was.requirements, now.requirements) == (
                        change.requirements_before,
                        change.requirements_after,
                    )


@settings(SETTINGS, max_examples=20)
@given(bundle=POLICIES)
def test_a_bundle_changes_nothing_against_itself(bundle: Bundle) -> None:
    assert changes(analysis_of(bundle), analysis_of(bundle)) == ()


def asking(*approvers: str, count: int = 1, standing: str = "never", **more: Any) -> dict[str, Any]:
    approval = {"from": list(approvers), "count": count, "standing": standing}
    return {"effect": "require_approval", "actions": ["a.one"], "approval": approval, **more}


@pytest.mark.parametrize(
    ("before", "after", "direction"),
    [
        (asking("oncall", count=2), asking("oncall"), Direction.WIDENED),
        (asking("oncall"), asking("oncall", standing="allowed"), Direction.WIDENED),
        (asking("oncall", "security"), asking("security"), Direction.WIDENED),
        (asking("oncall"), asking("oncall", count=2), Direction.NARROWED),
        (asking("oncall", standing="allowed"), asking("oncall"), Direction.NARROWED),
        (asking("oncall"), asking("security"), Direction.MOVED),
        (asking("oncall", count=2, standing="allowed"), asking("oncall"), Direction.MOVED),
    ],
)
def test_asking_other_people_is_a_change_with_a_direction(before: Any, after: Any, direction: Direction) -> None:
    old, new = (analysis_of(bundle_of({**opened(Layer.ACTION), Layer.ACTION: [one]})) for one in (before, after))
    (change,) = changes(old, new)
    assert (change.kind, change.direction) == ("APPROVAL->APPROVAL", direction)
    assert change.cover.sentences() == ("any request, whatever its facts",)
    terms = before["approval"]
    assert change.requirements_before == {
        Requirement(name, count=terms["count"], standing=terms["standing"]) for name in terms["from"]
    }


def test_what_a_draft_newly_permits_is_told_in_the_words_of_its_author() -> None:
    own = {"effect": "permit", "actions": ["a.one"], "when": {"requester.department": "Sales", "request.on_self": True}}
    anybody = {"effect": "permit", "actions": ["a.*"], "when": {"requester.department": "Sales"}}
    old, new = (analysis_of(bundle_of({**opened(Layer.ACTION), Layer.ACTION: [one]})) for one in (own, anybody))
    told = [(one.action, one.kind, one.direction.value, one.cover.sentences()) for one in changes(old, new)]
    assert told == [
        ("a.one", "DENY->ALLOW", "widened", ("requester.department is Sales, request.on_self is false or unknown",)),
        ("a.two", "DENY->ALLOW", "widened", ("requester.department is Sales",)),
    ]
    assert [one.direction for one in changes(new, old)] == [Direction.NARROWED, Direction.NARROWED]
    assert [one.action for one in changes(old, new, action="a.two")] == ["a.two"]


def test_an_action_that_only_one_catalogue_has_is_denied_by_the_other() -> None:
    old = analysis_of(bundle_of(opened(), catalogue=frozenset({"a.one"})), catalogue=frozenset({"a.one"}))
    new = analysis_of(bundle_of(opened()))
    assert [(one.action, one.kind) for one in changes(old, new)] == [("a.two", "DENY->ALLOW"), ("b.one", "DENY->ALLOW")]
    assert {one.kind for one in changes(new, old)} == {"ALLOW->DENY"}
    with pytest.raises(EngineError, match=r"`z\.one`"):
        changes(old, new, action="z.one")


def test_too_many_ways_to_ask_end_in_one_last_change_that_names_none() -> None:
    """Each department asks another combination of people, and one person more after the change."""
    people = ("group_owner", "manager", "oncall", "security", "tenant_admin")
    of = [(place % 5, place // 5 + 1, f"Department {place}") for place in range(20)]

    def rules(extra: int) -> list[dict[str, Any]]:
        return [
            asking(*some, count=count + extra, when={attribute: name})
            for first, count, name in of
            for attribute, some in (
                ("requester.department", people[: first + 1]),
                ("target.department", people[first::2]),
            )
        ]

    old, new = (
        analysis_of(bundle_of({**opened(), Layer.ACTION: [*opened()[Layer.ACTION], *rules(extra)]})) for extra in (0, 1)
    )
    found = changes(old, new, action="a.one")
    *listed, last = [one for one in found if one.kind == "APPROVAL->APPROVAL"]
    assert len(listed) == MAX_PAIRS
    assert last.requirements_before is None and last.requirements_after is None
    assert last.direction is Direction.MOVED
    assert {one.before for one in found} == {Verdict.APPROVAL}


def test_bundles_of_two_tenants_are_not_compared() -> None:
    one, other = (analysis_of(bundle_of(opened()), tenant_id=name) for name in ("Contoso", "fabrikam"))
    with pytest.raises(EngineError, match="expected two bundles for one tenant, got `contoso` and `fabrikam`"):
        changes(one, other)


@settings(SETTINGS, max_examples=15)
@given(before=POLICIES, after=POLICIES)
def test_an_action_on_one_kind_of_object_changes_as_it_does_where_that_is_asked_for(
    before: Bundle, after: Bundle
) -> None:
    kinds = {"a.one": "group"}
    old, new = (analysis_of(one, target_kinds=kinds) for one in (before, after))
    for one in changes(old, new, action="a.one"):
        for region in one.cover.regions:
            assert not [part for part in region.constraints if part.attribute == "target.kind"]
            was, now = (side.engine.decide(region.witness) for side in (old, new))
            assert (was.verdict, now.verdict) == (one.before, one.after)


def test_what_only_impossible_requests_would_get_is_no_change() -> None:
    reset = {"effect": "permit", "actions": ["a.one"], "when": {"target.kind": "group"}}
    before, after = (bundle_of(opened(Layer.ACTION) | {Layer.ACTION: some}) for some in ([], [reset]))
    assert [one.kind for one in changes(analysis_of(before), analysis_of(after))] == ["DENY->ALLOW"]
    users = {"target_kinds": {"a.one": "user"}}
    assert changes(analysis_of(before, **users), analysis_of(after, **users)) == ()
    groups = {"target_kinds": {"a.one": "group"}}
    (change,) = changes(analysis_of(before, **groups), analysis_of(after, **groups))
    assert change.cover.regions[0].witness.facts["target.kind"] == "group"


@pytest.mark.parametrize("kind", ["user", "group"])
def test_reach_by_kind_tells_of_the_kind_that_an_action_can_change(kind: str) -> None:
    reset = {"effect": "permit", "actions": ["a.one"], "when": {"target.kind": "group"}}
    analysis = analysis_of(bundle_of(opened(Layer.ACTION) | {Layer.ACTION: [reset]}), target_kinds={"a.one": kind})
    (found,) = (one for one in reach(analysis, by_attribute="target.kind") if one.action == "a.one")
    assert found.verdict is (Verdict.ALLOW if kind == "group" else Verdict.DENY)
