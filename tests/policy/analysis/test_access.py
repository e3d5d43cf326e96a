"""Who can get an action, and what becomes of it between two dates: exactly the requests of the specification."""

import datetime
import os
from typing import Any

import pytest
from hypothesis import given, settings

from policy import AuthorizationRequest, Bundle, EngineError, Layer, Verdict
from policy.analysis import Cover, TooLargeError, during, who_can
from policy.analysis.domain import Mode
from policy.analysis.partition import Partition
from policy.analysis.scenario import Scenario
from policy.analysis.wording import described
from policy.predicate import DateRange
from policy.rule import Condition, Conjunction, OneOf, Truth, Within
from tests.policy.analysis.policies import POLICIES, analysis_of, bundle_of, cells_of, decided, opened, sides_of, whole
from tests.policy.authored import MONDAY

SETTINGS = settings.get_profile(os.environ.get("REMIT_HYPOTHESIS_PROFILE", "full"))
FEW = settings(SETTINGS, max_examples=25)

WHERE: tuple[Conjunction, ...] = (
    (Condition("requester.department", OneOf(frozenset({"HR", "Legal"}))),),
    (Condition("risk", Within(((4, None),))), Condition("request.on_self", OneOf(frozenset({True})))),
)
DATES = DateRange(datetime.date.fromordinal(MONDAY), datetime.date.fromordinal(MONDAY + 2))
DATES_WHERE: tuple[Conjunction, ...] = ((Condition("time.day", Within(((MONDAY, MONDAY + 3),))),),)


def selects(where: tuple[Conjunction, ...] | None, request: AuthorizationRequest) -> bool:
    if where is None:
        return True
    return any(all(one.truth(request.facts) is Truth.TRUE for one in conjunction) for conjunction in where)


def boxes_of(partition: Partition, cover: Cover) -> list[int]:
    """Read each region back from the words of its constraints."""
    boxes = []
    for region in cover.regions:
        said = {one.attribute: set(one.classes) for one in region.constraints}
        selection = {}
        for axis in partition.axes:
            words = [described(axis.domain, place) for place in range(len(axis.domain.classes))]
            allowed = said.pop(axis.name, set(words))
            selection[axis.name] = sum(1 << place for place, one in enumerate(words) if one in allowed)
        assert not said
        boxes.append(partition.product(selection) & partition.full)
    return boxes


def assert_regions_are_the_set(partition: Partition, cover: Cover, *, cells: int) -> None:
    boxes = boxes_of(partition, cover)
    joined = 0
    for box, region in zip(boxes, cover.regions, strict=True):
        assert box and not box & ~cells
        assert region.cells == box.bit_count()
        joined |= box
    assert cover.cells == cells.bit_count()
    assert cover.uncovered == (cells & ~joined).bit_count()


@pytest.mark.parametrize("where", [None, WHERE, ((),), ()], ids=["all", "where", "any", "none"])
@FEW
@given(bundle=POLICIES)
def test_who_can_is_exactly_the_requests_that_the_specification_lets_pass(
    where: tuple[Conjunction, ...] | None, bundle: Bundle
) -> None:
    analysis = analysis_of(bundle)
    for action, side in sides_of(analysis):
        partition = Partition(Scenario(action, (side,), where=where), max_cells=10**6)
        everything = whole(partition.scenario)
        for at_least in (Verdict.APPROVAL, Verdict.ALLOW):
            cover = who_can(analysis, action, where=where, at_least=at_least, max_regions=1000)
            passing = [
                request
                for _, request in cells_of(everything)
                if selects(where, request) and decided(side.rules, request).verdict >= at_least
            ]
            cells = sum(
                1 << cell
                for cell, request in cells_of(partition)
                if selects(where, request) and decided(side.rules, request).verdict >= at_least
            )
            assert cells.bit_count() == len(passing), "a class that is left out lets nothing pass"
            assert cover.complete
            assert cover.empty == (not passing)
            assert_regions_are_the_set(partition, cover, cells=cells)
            for region in cover.regions:
                assert selects(where, region.witness)
                assert analysis.engine.decide(region.witness).verdict >= at_least


@FEW
@given(bundle=POLICIES)
def test_a_list_that_was_cut_says_how_much_it_leaves_out(bundle: Bundle) -> None:
    analysis = analysis_of(bundle)
    for action in analysis.actions:
        full, cut = who_can(analysis, action, max_regions=1000), who_can(analysis, action, max_regions=1)
        assert cut.cells == full.cells
        assert_regions_are_the_set(analysis.surface(action).partition, cut, cells=analysis.surface(action).allow)
        assert cut.complete == (len(cut.sentences()) == len(cut.regions))


def test_the_sentences_of_a_cut_list_end_with_what_is_missing() -> None:
    either = [{"effect": "permit", "actions": ["*"], "when": when} for when in ({"risk": 3}, {"request.on_self": True})]
    analysis = analysis_of(bundle_of({**opened(Layer.ACTION), Layer.ACTION: either}))
    assert who_can(analysis, "a.one").sentences() == ("request.on_self is true", "risk is 3")
    assert who_can(analysis, "a.one", max_regions=1).sentences()[-1] == "and 1 more of 3 cells, not listed here"


def test_asking_who_is_denied_at_least_is_refused() -> None:
    with pytest.raises(EngineError, match="which every request gets"):
        who_can(analysis_of(bundle_of(opened())), "a.one", at_least=Verdict.DENY)


def test_an_action_outside_the_catalogue_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(EngineError, match=r"got `a.on`; did you mean `a.one`\?"):
        who_can(analysis_of(bundle_of(opened())), "a.on")


def test_without_a_solver_what_is_too_large_is_refused() -> None:
    permit = {"effect": "permit", "actions": ["*"], "when": {"risk": 3, "request.on_self": True}}
    other = {"effect": "permit", "actions": ["*"], "when": {"risk": 4, "request.on_self": False}}
    analysis = analysis_of(bundle_of({**opened(Layer.ACTION), Layer.ACTION: [permit, other]}), max_cells=3)
    with pytest.raises(TooLargeError, match="raise `max_cells` or pass a solver"):
        who_can(analysis, "a.one")


@FEW
@given(bundle=POLICIES)
def test_during_compares_the_days_of_a_span_with_all_others(bundle: Bundle) -> None:
    analysis = analysis_of(bundle)
    for one in during(analysis, DATES):
        rules = analysis.side(one.action).rules
        beside = (((Condition("time.day", Within(((MONDAY, MONDAY + 3),))),), mode) for mode in Mode)
        scenario = Scenario(one.action, (analysis.side(one.action),), beside=tuple(beside))
        inside: dict[Any, Any] = {}
        outside: dict[Any, Any] = {}
        for _, request in cells_of(whole(scenario)):
            decision = decided(rules, request)
            day = request.facts.get("time.day")
            others = tuple(sorted((name, str(value)) for name, value in minute_less(request).items()))
            if day is not None:
                known = inside if selects(DATES_WHERE, request) else outside
                known.setdefault(others, []).append(decision)
        assert one.inside is max((d.verdict for some in inside.values() for d in some), default=Verdict.DENY)
        assert one.outside is max((d.verdict for some in outside.values() for d in some), default=Verdict.DENY)
        assert one.passing.empty == (one.inside is Verdict.DENY)
        if "time.minute_of_week" not in scenario.probes():
            worse = any(
                less(here, there) for key, some in inside.items() for here in some for there in outside.get(key, ())
            )
            assert one.affected == worse


def minute_less(request: AuthorizationRequest) -> dict[str, Any]:
    """Return the facts without the date; a minute of the week stands for its class only with its date."""
    return {name: value for name, value in request.facts.items() if name != "time.day"}


def less(here: Any, there: Any) -> bool:
    """Whether `here` gets less than `there`: a stricter verdict, or somebody to ask more."""
    if here.verdict is not there.verdict:
        return bool(here.verdict < there.verdict)
    return any(
        not any(
            other.resolver == one.resolver
            and other.count >= one.count
            and (other.standing == "never" or one.standing == "allowed")
            for other in there.requirements
        )
        for one in here.requirements
    )
