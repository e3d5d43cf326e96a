"""What a technician reads of a limit: how much is used of how many, in which window, and for whom."""

from typing import Any

import pytest

from policy.request import UNKNOWN
from tests.policy.test_explain_technician import rule, told

CAP = {"id": "runtime.cap", "actions": ["a.*"], "per": "tenant", "window": "1h", "max": 20, "over": "deny"}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "21 of at most 20 actions in 1h per tenant"),
        ({"per": "plan", "window": "plan"}, "21 of at most 20 actions in the plan"),
        ({"per": "plan"}, "21 of at most 20 actions in 1h per plan"),
        ({"window": "plan"}, "21 of at most 20 actions in the plan per tenant"),
        ({"count": "distinct_targets", "per": "requester"}, "21 of at most 20 distinct targets in 1h per requester"),
    ],
)
def test_a_limit_says_how_much_is_used(changed: dict[str, Any], said: str) -> None:
    line = told(rule("permit"), limits=({**CAP, **changed},), count__runtime__cap=21)
    assert line == f"rule `runtime.cap` denies: with this step {said}"


def test_a_limit_that_nobody_counted_is_told_as_such() -> None:
    line = told(rule("permit"), limits=(CAP,), count__runtime__cap=UNKNOWN)
    assert line.endswith("because it cannot be ruled out: count.runtime.cap is unknown (nobody counted it)")
