"""The worked example of CONTRIBUTING.md is an action like every other."""

import re
from pathlib import Path
from typing import Any

import pytest

from agent.actions import CATALOGUE
from simulator.faults import FaultRule
from tests.agent.areas.example import Example
from tests.conformance import action_world
from tests.conformance.action_fixtures import world as world
from tests.conformance.action_fixtures import world_of_module as world_of_module
from tests.conformance.action_world import ActionWorld, done_and_undone

PAGE = Path(__file__).parents[2] / "CONTRIBUTING.md"
_SECTION = re.compile(r"^### An action.*?(?=^## )", re.MULTILINE | re.DOTALL)
_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def example(monkeypatch: pytest.MonkeyPatch) -> Example:
    """The example of the page, its action in the catalogue by one line."""
    section = _SECTION.search(PAGE.read_text(encoding="utf-8"))
    assert section is not None, "the page has the section"
    action, example = _BLOCK.findall(section[0])
    code: dict[str, Any] = {"__name__": "agent.actions.offices"}
    exec(compile(action, "agent/actions/offices.py", "exec"), code)
    exec(compile(example, "tests/agent/areas/offices.py", "exec"), code)
    line = code["MoveOffice"]
    assert "`MoveOffice,`" in section[0]
    monkeypatch.setattr("agent.actions.CATALOGUE", {**CATALOGUE, line.id: line})
    monkeypatch.setattr(action_world, "CATALOGUE", {**CATALOGUE, line.id: line})
    found: Example = code["EXAMPLE"]
    return found


async def test_the_worked_example_is_done_seen_and_undone(world: ActionWorld, example: Example) -> None:
    await done_and_undone(world, example)


async def test_the_worked_example_fails_where_the_simulated_service_only_pretends(
    world: ActionWorld, example: Example
) -> None:
    world.cloud.faults.add(FaultRule(method="PATCH", ignore=True))
    with pytest.raises(AssertionError):
        await done_and_undone(world, example)
