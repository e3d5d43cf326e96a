"""Pytest fixtures for tests of storage in the run's one Azurite; a test folder imports them in its conftest."""

from collections.abc import AsyncIterator

import pytest
from azure.storage.blob.aio import BlobServiceClient

from agent.storage.blob_connection import connect_blobs, provision_archive
from agent.storage.connections import CONNECTION_STRING, StorageConnections, connect
from agent.storage.provision import provision


class RequestCount:
    """How many storage requests were sent since `reset`, retries included."""

    def __init__(self) -> None:
        self.value = 0

    def __call__(self, _request: object) -> None:
        """Count one request; this is what `connect(on_request=...)` calls."""
        self.value += 1

    def reset(self) -> None:
        """Begin again at 0."""
        self.value = 0


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
    """The same, with nothing in the two case indexes and the request count at 0."""
    for name in ("active", "recent"):
        table = provisioned.tables.get_table_client(name)
        async for row in table.list_entities():
            await table.delete_entity(row["PartitionKey"], row["RowKey"])
    request_count.reset()
    return provisioned


@pytest.fixture(scope="session")
async def blobs(azurite_connection: str, request_count: RequestCount) -> AsyncIterator[BlobServiceClient]:
    """The same account's blobs, with the container of the sealed log."""
    async with connect_blobs({CONNECTION_STRING: azurite_connection}, None, on_request=request_count) as client:
        await provision_archive(client)
        yield client
