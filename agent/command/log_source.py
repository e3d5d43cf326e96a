"""Where the commands about the log read: the storage account that the environment names, and nothing else.

The names are those of the function app's settings. A connection string is taken for an emulator on this machine only;
an account in Azure is opened by whoever is signed in there, who needs to read tables and blobs. To change a tenant's
key they need to add to both, and to read and add secrets in the tenant's vault, whose address they give.
"""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from policy.command.errors import UsageError

if TYPE_CHECKING:
    from agent.log_ports import ActivityArchive, CaseLogs, LogKeys


@dataclass(frozen=True, slots=True)
class LogSource:
    """The logs of all cases, and what is sealed of them."""

    logs: "CaseLogs"
    archive: "ActivityArchive"


@asynccontextmanager
async def open_log(environment: Mapping[str, str] = os.environ) -> AsyncIterator[LogSource]:
    """Connect to the storage that `environment` names.

    Raises:
        UsageError: no storage is named, or a connection string of another machine.
        SettingsError: the settings contradict each other or are not complete.
    """
    # The storage SDKs take a second to load, so that verifying a file does not pay for them.
    from agent.storage.archive import BlobArchive
    from agent.storage.blob_connection import BLOB_URL, connect_blobs
    from agent.storage.case_logs import TableCaseLogs
    from agent.storage.connections import CONNECTION_STRING, TABLE_URL, connect

    async with AsyncExitStack() as stack:
        if environment.get(CONNECTION_STRING):
            settings, credential = {CONNECTION_STRING: _emulator(environment)}, None
        elif environment.get(TABLE_URL):
            from azure.identity.aio import DefaultAzureCredential

            settings, credential = dict(environment), DefaultAzureCredential()
            stack.push_async_callback(credential.close)
        else:
            raise UsageError(
                f"expected storage in the setting `{CONNECTION_STRING}`, or in `{TABLE_URL}` and `{BLOB_URL}`, got "
                "neither: export the settings of the function app"
            )
        connections = connect(settings, credential)
        stack.push_async_callback(connections.close)
        blobs = await stack.enter_async_context(connect_blobs(settings, credential))
        yield LogSource(TableCaseLogs(connections.tables), BlobArchive(blobs, connections.tables))


@asynccontextmanager
async def open_keys(tenant_id: str, vault_url: str) -> AsyncIterator["LogKeys"]:
    """Connect to a tenant's vault as whoever is signed in.

    Raises:
        SettingsError: `vault_url` is not an https address of a host.
    """
    from azure.identity.aio import DefaultAzureCredential

    from agent.vault.log_keys import VaultLogKeys
    from agent.vault.secrets import TenantVault

    async with AsyncExitStack() as stack:
        credential = await stack.enter_async_context(DefaultAzureCredential())
        vault = TenantVault(vault_url, credential)
        stack.push_async_callback(vault.close)
        yield VaultLogKeys({tenant_id: vault})


def _emulator(environment: Mapping[str, str]) -> str:
    from agent.storage.connections import CONNECTION_STRING
    from devhost.errors import StartError
    from devhost.production_guard import connection_string

    try:
        return connection_string(CONNECTION_STRING, environment)
    except StartError as problem:
        raise UsageError(f"{problem}; a log in Azure is read by identity only") from None
