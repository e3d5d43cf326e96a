"""Fixtures of the suites over the catalogue: one simulated cloud a module, as its file has it for every test."""

from collections.abc import AsyncIterator
from types import ModuleType

import pytest

from tests.conformance.action_world import ActionWorld, action_world
from tests.published_contract import validator


@pytest.fixture(scope="module")
async def world_of_module(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ActionWorld]:
    """One cloud for all tests of a module."""
    async with action_world(tmp_path_factory.mktemp("cloud")) as made:
        yield made


@pytest.fixture
def world(world_of_module: ActionWorld) -> ActionWorld:
    """The tenant as its file has it."""
    world_of_module.reset()
    return world_of_module


@pytest.fixture(scope="module")
def validate() -> ModuleType | None:
    """The validator, or None where it is not beside the project."""
    return validator()
