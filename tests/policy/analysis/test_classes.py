"""P10: values in one class are indistinguishable, and no class is without a real value."""

import datetime
import os
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policy import UNKNOWN, AuthorizationRequest, Layer, check_fact
from policy.analysis import classes
from policy.analysis.axis import axes_of
from policy.analysis.domain import Mode, domain_of, place_of, sample_of
from policy.analysis.scenario import Scenario, Side
from policy.registry import attribute_named
from policy.rule import OneOf, Rule, Within
from tests.policy.analysis.policies import POLICIES, RULE_SETS, analysis_of, bundle_of, decided, sides_of
from tests.policy.authored import FACTS, MONDAY, REQUESTS
from tests.policy.worlds import REQUESTS as WORLD_REQUESTS

SETTINGS = settings.get_profile(os.environ.get("REMIT_HYPOTHESIS_PROFILE", "full"))

# Values of each attribute: those that rules mention, their neighbours, and some that no rule mentions.
VALUES: dict[str, tuple[Any, ...]] = {
    "requester.department": ("HR", "Sales", "Finance", "Legal", "hr", UNKNOWN),
    "requester.role": ("employee", "manager", "helpdesk", "it_admin", "msp_tech", UNKNOWN),
    "request.on_self": (True, False, UNKNOWN),
    "target.is_break_glass": (True, False, UNKNOWN),
    "risk": (*range(7), 99, 100, UNKNOWN),
    "target.groups": (
        *(
            frozenset(some)
            for some in ((), ("g1",), ("g2",), ("g3",), ("g1", "g2"), ("g2", "g3"), ("gx",), ("g1", "gx"))
        ),
        UNKNOWN,
    ),
    "time.minute_of_week": (*FACTS["time.minute_of_week"][:-1], 481, 1081, 1439, 1440, 2879, 8640, 9120, 9720, UNKNOWN),
    "time.day": (*(MONDAY + days for days in range(-2, 4)), 1, datetime.date.max.toordinal(), UNKNOWN),
}


def swapped(request: AuthorizationRequest, name: str, *, value: Any) -> AuthorizationRequest:
    return AuthorizationRequest(request.action, {**request.facts, name: value})


def assert_classes_hide_nothing(rules: tuple[Rule, ...], request: AuthorizationRequest) -> None:
    for axis in axes_of(Scenario(request.action, (Side(rules),))):
        seen: dict[int, Any] = {}
        for value in VALUES[axis.name]:
            decision = decided(rules, swapped(request, axis.name, value=value))
            assert seen.setdefault(place_of(axis.domain, value), decision) == decision, (axis.name, value)


@SETTINGS
@given(rules=RULE_SETS, request_=WORLD_REQUESTS)
def test_values_in_one_class_are_decided_alike_with_the_same_explanation(
    rules: tuple[Rule, ...], request_: AuthorizationRequest
) -> None:
    named = tuple(rule for rule in rules if request_.action in rule.actions)
    assert_classes_hide_nothing(named, request_)


@settings(SETTINGS, max_examples=60)
@given(bundle=POLICIES, request_=REQUESTS)
def test_hours_dates_and_closed_lists_have_such_classes_too(bundle: Any, request_: AuthorizationRequest) -> None:
    for action, side in sides_of(analysis_of(bundle)):
        assert_classes_hide_nothing(side.rules, AuthorizationRequest(action, request_.facts))


@settings(SETTINGS, max_examples=60)
@given(bundle=POLICIES)
def test_every_piece_of_every_class_has_a_real_value_of_that_class(bundle: Any) -> None:
    analysis = analysis_of(bundle)
    for action, side in sides_of(analysis):
        for axis in axes_of(Scenario(action, (side,))):
            for place, one in enumerate(axis.domain.classes):
                for value in (one.sample, *(sample_of(axis.domain.attribute, piece) for piece in one.pieces)):
                    assert check_fact(axis.name, value) == value
                    assert place_of(axis.domain, value) == place


def test_a_closed_list_whose_every_value_is_mentioned_has_no_other() -> None:
    permits = [{"effect": "permit", "actions": ["*"], "when": {"requester.kind": one}} for one in ("guest", "member")]
    kinds = bundle_of({Layer.ACTION: permits})
    found = classes(analysis_of(kinds), "a.one")["requester.kind"]
    assert sorted(str(one.sample) for one in found) == ["UNKNOWN", "guest", "member"]


@pytest.mark.parametrize(
    ("name", "ranges", "samples"),
    [
        ("risk", ((0, 101),), [0, UNKNOWN]),
        ("risk", ((None, 0), (100, None)), [0, 100, UNKNOWN]),
        ("risk", ((-5, 200),), [0, UNKNOWN]),
        ("time.day", ((5, datetime.date.max.toordinal() + 1),), [4, 5, UNKNOWN]),
        ("plan.steps", ((10**30, None),), [0, 10**30, UNKNOWN]),
    ],
)
def test_no_stretch_lies_outside_of_an_attributes_bounds(name: str, ranges: Any, samples: list[Any]) -> None:
    attribute = attribute_named(name)
    assert attribute is not None
    domain = domain_of(attribute, [(Within((one,)), mode) for one in ranges for mode in Mode])
    assert [one.sample for one in domain.classes] == samples


@settings(SETTINGS, max_examples=30)
@given(named=st.sets(st.sampled_from(("Other 1", "Other 2", "HR")), min_size=1))
def test_the_sample_of_all_other_texts_is_none_that_a_rule_mentions(named: set[str]) -> None:
    attribute = attribute_named("requester.department")
    assert attribute is not None
    domain = domain_of(attribute, [(OneOf(frozenset({one})), Mode.POSSIBLE) for one in sorted(named)])
    others = [one.sample for one in domain.classes if one.sample not in named and one.sample is not UNKNOWN]
    assert len(others) == 1
