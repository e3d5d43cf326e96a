"""Fixtures of the race tests."""

from collections.abc import AsyncIterator

import pytest

from agent.storage.connections import CONNECTION_STRING, StorageConnections, connect
from tests.conformance.storage_fixtures import blobs, payloads, provisioned, request_count, storage
from tests.race.crowd import Crowd, WatchedStore

__all__ = ["blobs", "crowd", "payloads", "provisioned", "request_count", "storage"]

_WORKERS = 16


@pytest.fixture
async def crowd(storage: StorageConnections, azurite_connection: str) -> AsyncIterator[Crowd]:
    """Sixteen workers with connections of their own."""
    connections = [connect({CONNECTION_STRING: azurite_connection}, None) for _ in range(_WORKERS)]
    WatchedStore.lost_races = 0
    yield Crowd(connections, seed=4)
    for one in connections:
        await one.close()
