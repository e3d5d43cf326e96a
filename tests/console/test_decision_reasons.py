"""A decision on the case page has the reasons of its six layers, if the log explains that very decision."""

from typing import Any

import pytest

from agent.model.activity_event import ActivityEvent, EventCode
from console.pages import case_page
from console.views import case_json
from policy.decision import Layer
from tests.console.cases import NOW, case

LAYERS = [
    {"layer": str(one), "verdict": "APPROVAL", "rules": ["rule-7"], "because": f"{one} says <so>"} for one in Layer
]


def decided(**changes: Any) -> ActivityEvent:
    data = {"step": 0, "verdict": "APPROVAL", "layers": LAYERS, **changes}
    return ActivityEvent(code=EventCode.STEP_DECIDED, at=NOW, data=data)


def reasons(*log: ActivityEvent) -> list[str]:
    layers = case_json(case(), log, attempts=[])["plan"]["steps"][0]["decision"]["layers"]
    return [one["because"] for one in layers]


def test_each_layer_is_shown_with_its_reason() -> None:
    assert reasons(decided()) == [f"{one} says <so>" for one in Layer]
    page = case_page(case(), [decided()], attempts=[])
    assert all(f"<span class=soft>{one} says &lt;so&gt;</span>" in page for one in Layer)


def test_the_newest_entry_that_tells_of_this_decision_counts() -> None:
    newer = decided(layers=[{**one, "because": "newer"} for one in LAYERS])
    assert reasons(decided(), newer) == ["newer"] * 6


@pytest.mark.parametrize(
    "other",
    [
        decided(step=1),
        decided(layers=[{**LAYERS[0], "verdict": "DENY"}, *LAYERS[1:]]),
        decided(layers=[{**LAYERS[0], "rules": ["rule-8"]}, *LAYERS[1:]]),
        decided(layers=LAYERS[:5]),
        decided(layers="all"),
        decided(layers=None),
        decided(layers=["global"] * 6),
        ActivityEvent(code=EventCode.PLAN_MADE, at=NOW, data={"step": 0, "layers": LAYERS}),
    ],
)
def test_reasons_of_another_decision_are_not_shown(other: ActivityEvent) -> None:
    assert reasons(other) == [""] * 6
    assert reasons(decided(), other) == [f"{one} says <so>" for one in Layer]


def test_an_entry_without_reasons_shows_none() -> None:
    bare = [{name: one[name] for name in ("layer", "verdict", "rules")} for one in LAYERS]
    assert reasons(decided(layers=bare)) == [""] * 6
    assert "<br><span class=soft></span>" not in case_page(case(), [decided(layers=bare)], attempts=[])


def test_a_reason_is_one_line_of_bounded_length() -> None:
    long = decided(layers=[{**one, "because": "x\n\u202e" * 2_000} for one in LAYERS])
    assert all(len(one) <= 600 and "\n" not in one and "\u202e" not in one for one in reasons(long))
