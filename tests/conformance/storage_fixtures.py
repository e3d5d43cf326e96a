"""Pytest fixtures for tests of storage in the run's one Azurite; a test folder imports them in its conftest."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from azure.storage.blob.aio import BlobServiceClient

from agent.storage.blob_connection import connect_blobs, provision_containers
from agent.storage.connections import CONNECTION_STRING, StorageConnections, connect
from agent.storage.payloads import BlobPayloads
from agent.storage.provision import provision


class RequestCount:
    """The storage requests that were sent since `reset`, retries included, by their addresses."""

    def __init__(self) -> None:
        self.urls: list[str] = []

    @property
    def value(self) -> int:
        """How many there were."""
        return len(self.urls)

    def __call__(self, request: Any) -> None:
        """Count one request; this is what `connect(on_request=...)` calls."""
        self.urls.append(request.http_request.url)

    def reset(self) -> None:
        """Begin again at 0."""
        self.urls.clear()


@pytest.fixture(scope="session")
def request_count() -> RequestCount:
    """Counts the requests of `storage`."""
    return RequestCount()


@pytest.fixture(scope="session")
async def provisioned(azurite_connection: str, request_count: RequestCount) -> AsyncIterator[StorageConnections]:
    """Connections to an account in which all tables and queues exist."""
    storage = connect({CONNECTION_STRING: azurite_connection}, None, on_request=request_count)
    await provision(storage)
    yield storage
    await storage.close()


@pytest.fixture
async def storage(provisioned: StorageConnections, request_count: RequestCount) -> StorageConnections:
    """The same, with nothing in the index of cases and the request count at 0."""
    table = provisioned.tables.get_table_client("index")
    async for row in table.list_entities():
        await table.delete_entity(row["PartitionKey"], row["RowKey"])
    request_count.reset()
    return provisioned


@pytest.fixture(scope="session")
async def blobs(azurite_connection: str, request_count: RequestCount) -> AsyncIterator[BlobServiceClient]:
    """The same account's blobs, with the containers of the sealed log and of the payloads."""
    async with connect_blobs({CONNECTION_STRING: azurite_connection}, None, on_request=request_count) as client:
        await provision_containers(client)
        yield client


@pytest.fixture
async def payloads(blobs: BlobServiceClient, request_count: RequestCount) -> BlobPayloads:
    """The same account's payloads: none yet, and the request count at 0."""
    found = BlobPayloads(lambda: blobs)
    for one in [one async for one in found.stored()]:
        await found.remove(one.case_id, [one.digest])
    request_count.reset()
    return found
