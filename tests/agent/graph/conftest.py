"""Fixtures of the Graph tests: a stub service and a directory that talks to it without waiting."""

from collections.abc import AsyncIterator

import pytest

from agent.graph.sender import GraphDirectory
from tests.agent.graph.stub_graph import TENANT, FakeCredential, StubGraph


@pytest.fixture
async def graph() -> AsyncIterator[StubGraph]:
    """A stub Graph."""
    stub = StubGraph()
    await stub.start()
    yield stub
    await stub.stop()


@pytest.fixture
def credential() -> FakeCredential:
    """A credential of the right tenant."""
    return FakeCredential()


@pytest.fixture
def waits() -> list[float]:
    """The seconds that the directory wanted to sleep, in order."""
    return []


@pytest.fixture
async def directory(graph: StubGraph, credential: FakeCredential, waits: list[float]) -> AsyncIterator[GraphDirectory]:
    """A directory on the stub that notes its waits in `waits`."""

    async def noted(seconds: float) -> None:
        waits.append(seconds)

    made = GraphDirectory(
        TENANT, credential, base_url=graph.base_url, sleep=noted, jitter=lambda: 0.5, send_seconds=1.0
    )
    yield made
    await made.close()
