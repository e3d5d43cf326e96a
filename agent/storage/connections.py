"""The clients of one storage account: a connection string for development, identity in Azure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from azure.core.credentials_async import AsyncTokenCredential
from azure.data.tables.aio import TableServiceClient
from azure.storage.queue.aio import QueueServiceClient

from agent.errors import SettingsError

# The names of the Functions host's own connection, so that both use one account.
# https://learn.microsoft.com/azure/azure-functions/functions-reference#connecting-to-host-storage-with-an-identity
CONNECTION_STRING = "AzureWebJobsStorage"
TABLE_URL = "AzureWebJobsStorage__tableServiceUri"
QUEUE_URL = "AzureWebJobsStorage__queueServiceUri"

# Left to itself, the tables SDK asks for a Cosmos DB token when the host is called localhost.
STORAGE_AUDIENCE = "https://storage.azure.com"

# A request that hangs must fail long before a lease runs out; the SDKs' own limits are minutes.
_TABLE_LIMITS: dict[str, Any] = {
    "connection_timeout": 5,
    "read_timeout": 10,
    "retry_total": 3,
    "retry_backoff_factor": 0.2,
}
# The queues SDK would wait 15, 18 and 24 seconds between tries.
_QUEUE_LIMITS: dict[str, Any] = {
    "connection_timeout": 5,
    "read_timeout": 10,
    "initial_backoff": 1,
    "increment_base": 2,
    "random_jitter_range": 1,
}

RequestHook = Callable[[Any], None]


@dataclass(frozen=True, slots=True)
class StorageConnections:
    """Table and queue clients of one account; they share nothing with other accounts."""

    tables: TableServiceClient
    queues: QueueServiceClient

    async def close(self) -> None:
        """Close the connections of both clients."""
        await self.tables.close()
        await self.queues.close()


def connect(
    settings: Mapping[str, str], credential: AsyncTokenCredential | None, *, on_request: RequestHook | None = None
) -> StorageConnections:
    """Return the clients for `settings`; `on_request` is called with every request that is sent.

    Raises:
        SettingsError: neither a connection string nor both account URLs with a credential are given, or both are,
            or the connection string is none.
    """
    text = settings.get(CONNECTION_STRING, "")
    urls = [settings.get(TABLE_URL, ""), settings.get(QUEUE_URL, "")]
    if text and any(urls):
        raise SettingsError(f"expected `{CONNECTION_STRING}` or `{TABLE_URL}` and `{QUEUE_URL}`, got both")
    hook = {} if on_request is None else {"raw_request_hook": on_request}
    tables: dict[str, Any] = {**_TABLE_LIMITS, **hook}
    queues: dict[str, Any] = {**_QUEUE_LIMITS, **hook}
    if text:
        return _from_connection_string(text, tables, queues=queues)
    if not all(urls) or credential is None:
        raise SettingsError(f"expected `{CONNECTION_STRING}`, or `{TABLE_URL}` and `{QUEUE_URL}` with an identity")
    return StorageConnections(
        tables=TableServiceClient(urls[0], credential=credential, audience=STORAGE_AUDIENCE, **tables),
        queues=QueueServiceClient(urls[1], credential=credential, audience=STORAGE_AUDIENCE, **queues),
    )


def _from_connection_string(text: str, tables: dict[str, Any], *, queues: dict[str, Any]) -> StorageConnections:
    try:
        return StorageConnections(
            tables=TableServiceClient.from_connection_string(text, **tables),
            queues=QueueServiceClient.from_connection_string(text, **queues),
        )
    except ValueError:
        # The SDK's text could quote the account key.
        raise SettingsError(
            f"expected a storage connection string in `{CONNECTION_STRING}`, got something else"
        ) from None
