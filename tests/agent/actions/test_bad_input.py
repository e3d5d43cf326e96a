"""Whatever a planner hands to an action is refused before any request exists, or stays one value in its place."""

import json
from typing import Any, Final
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.actions import CATALOGUE, UnknownActionError, parse_step
from agent.model.graph_call import GraphCall
from agent.model.plan import Step
from tests.agent.areas.collected import PARAMS

_MEGABYTE: Final = 1_000_000
_HOSTILE: Final[tuple[Any, ...]] = (
    "",
    ".",
    "..",
    "../users/x",
    "..%2Fusers%2Fx",
    "a/../b",
    "a/b",
    "a?$select=x",
    "a#b",
    "a b",
    "Ed O'Shea",
    "' or 1 eq 1 or 'a' eq '",
    'say "Hello"',
    "two\nlines",
    "nul\0",
    "{created}",
    "Zoë 😬",
    "x" * _MEGABYTE,
    "00000000-0000-0000-0000-00000000000g",
    "A568C719-7C70-5207-96F9-F39FFC875FB5",
    0,
    -1,
    10**30,
    1.5,
    True,
    None,
    [],
    {},
    [[]],
    {"@odata.id": "x"},
    b"bytes",
)
_PLACES: Final = [(action, name) for action in sorted(PARAMS) for name in sorted(CATALOGUE[action].model_fields)]


def _calls(step: Step) -> list[GraphCall]:
    calls = [step.call, step.check.call, *([step.capture] if step.capture else [])]
    return [*calls, *([step.undo.call, step.undo.check.call] if step.undo else [])]


def _assert_harmless(action: str, step: Step) -> None:
    plain = parse_step(action, PARAMS[action])
    for call in _calls(step):
        segments = call.path.split("/")[1:]
        assert all(unquote(one) not in ("", ".", "..") for one in segments), call.path
        assert not any(char in call.path for char in "?#\\ \n\0"), call.path
    fixed = {one.path.split("/")[1] for one in _calls(plain)}
    assert {one.path.split("/")[1] for one in _calls(step)} <= fixed | {"users", "groups", "directory"}
    assert json.loads(step.model_dump_json()) == step.model_dump(mode="json"), "a step is plain JSON"
    assert len(step.model_dump_json()) < 64_000, "no field is unbounded"


@pytest.mark.parametrize(("action", "name"), _PLACES, ids=[f"{action}.{name}" for action, name in _PLACES])
def test_a_hostile_value_is_refused_or_stays_one_value(action: str, name: str) -> None:
    for value in _HOSTILE:
        try:
            step = parse_step(action, PARAMS[action] | {name: value})
        except UnknownActionError as refusal:
            assert not isinstance(value, str) or len(value) < 8 or value not in str(refusal)
            assert len(str(refusal)) < 1_000
            continue
        _assert_harmless(action, step)


@pytest.mark.parametrize("action", sorted(PARAMS))
def test_a_parameter_that_the_action_does_not_have_is_refused(action: str) -> None:
    for name in ("call", "path", "body", "risk", "undo", "tenant_id", "__class__"):
        with pytest.raises(UnknownActionError):
            parse_step(action, PARAMS[action] | {name: "x"})


@pytest.mark.parametrize("action", sorted(PARAMS))
def test_a_required_parameter_that_is_missing_is_refused(action: str) -> None:
    for name, field in CATALOGUE[action].model_fields.items():
        if field.is_required():
            with pytest.raises(UnknownActionError):
                parse_step(action, {key: value for key, value in PARAMS[action].items() if key != name})


@settings(max_examples=60)
@given(data=st.data())
def test_no_text_leaves_its_place_in_a_call(data: st.DataObject) -> None:
    action, name = data.draw(st.sampled_from(_PLACES))
    text = data.draw(st.text(max_size=300))
    try:
        step = parse_step(action, PARAMS[action] | {name: text})
    except UnknownActionError:
        return
    _assert_harmless(action, step)
