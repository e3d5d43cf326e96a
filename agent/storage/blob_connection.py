"""The blob client of the stack's storage account: what the log's archive needs beside tables and queues.

It is apart from `agent/storage/connections.py`, so that only sealing and exporting pay for loading it.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import ResourceExistsError
from azure.storage.blob.aio import BlobServiceClient

from agent.errors import SettingsError
from agent.storage.connections import CONNECTION_STRING, STORAGE_AUDIENCE, RequestHook
from agent.storage.failures import storage_errors
from agent.storage.payloads import CONTAINER as PAYLOADS

BLOB_URL = "AzureWebJobsStorage__blobServiceUri"

# Written once: in Azure the Bicep templates make this container with an immutability policy that lets append blobs
# grow and nothing else happen to them.
# https://learn.microsoft.com/azure/storage/blobs/immutable-time-based-retention-policy-overview
CONTAINER = "audit"

# The SDK's own limits are minutes; sealing must end well before the host ends the function.
_LIMITS: dict[str, Any] = {
    "connection_timeout": 5,
    "read_timeout": 20,
    "retry_total": 3,
    "initial_backoff": 1,
    "increment_base": 2,
    "random_jitter_range": 1,
    # Whatever is larger goes in blocks of so much: one long write would keep all else of the worker waiting.
    "max_single_put_size": 1_048_576,
    "max_block_size": 1_048_576,
}


def connect_blobs(
    settings: Mapping[str, str], credential: AsyncTokenCredential | None, *, on_request: RequestHook | None = None
) -> BlobServiceClient:
    """Return the client for `settings`, of the same account as `agent.storage.connections.connect`.

    Raises:
        SettingsError: neither a connection string nor the account's URL with a credential is given, or both are, or
            the connection string names no blobs.
    """
    text, url = settings.get(CONNECTION_STRING, ""), settings.get(BLOB_URL, "")
    if text and url:
        raise SettingsError(f"expected `{CONNECTION_STRING}` or `{BLOB_URL}`, got both")
    options = {**_LIMITS, **({} if on_request is None else {"raw_request_hook": on_request})}
    if text:
        try:
            return BlobServiceClient.from_connection_string(text, **options)
        except ValueError:
            # The SDK's text could quote the account key.
            raise SettingsError(f"expected a connection string with blobs in `{CONNECTION_STRING}`, got none") from None
    if not url or credential is None:
        raise SettingsError(f"expected `{CONNECTION_STRING}`, or `{BLOB_URL}` with an identity")
    return BlobServiceClient(url, credential=credential, audience=STORAGE_AUDIENCE, **options)


async def provision_containers(blobs: BlobServiceClient) -> None:
    """Create the containers that are missing, of the sealed log and of payloads, for development and tests.

    Raises:
        StorageError: storage did not answer or refused.
    """
    for name in (CONTAINER, PAYLOADS):
        with storage_errors(f"create container `{name}`"), suppress(ResourceExistsError):
            await blobs.create_container(name)
