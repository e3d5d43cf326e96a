"""The sealing of the whole stack's log, with its adapters; what the timer `checkpoint` runs.

The blob SDK is loaded by the first run, so that no other trigger pays for it.
"""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

from agent.alarms import Alarms
from agent.model.alert import Alert
from agent.model.sealed_log import ChainEnd
from agent.ports import Clock
from agent.settings import Settings
from agent.vault.secrets import TenantVault

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential
    from azure.data.tables.aio import TableServiceClient
    from azure.storage.blob.aio import BlobServiceClient

    from agent.log.sealing import Sealing


class Checkpoints:
    """Seals the logs of all tenants of a stack. `alarms` tells people when a log is found broken."""

    def __init__(
        self,
        settings: Settings,
        identity: "AsyncTokenCredential",
        *,
        tables: "TableServiceClient",
        vaults: Mapping[str, TenantVault],
        clock: Clock,
        alarms: Alarms,
    ) -> None:
        self._settings = settings
        self._identity = identity
        self._tables = tables
        self._vaults = vaults
        self._clock = clock
        self._alarms = alarms
        self._running = asyncio.Lock()
        self._sealing: Sealing | None = None
        self._blobs: BlobServiceClient | None = None

    async def make(self) -> int:
        """Seal what is new in every tenant's log; return how many checkpoints were made.

        Raises:
            PortError: a tenant could not be sealed; the next run tries again.
        """
        async with self._running:
            if self._sealing is None:
                self._sealing = self._connected()
            return await self._sealing.run()

    async def close(self) -> None:
        """Close the connection to the blobs; what was given belongs to whoever made it."""
        if self._blobs is not None:
            await self._blobs.close()

    def _connected(self) -> "Sealing":
        from agent.log.sealing import Sealing
        from agent.storage.archive import BlobArchive
        from agent.storage.blob_connection import BLOB_URL, connect_blobs
        from agent.storage.case_logs import TableCaseLogs
        from agent.storage.connections import CONNECTION_STRING
        from agent.vault.log_keys import VaultLogKeys

        given = {CONNECTION_STRING: self._settings.storage, BLOB_URL: self._settings.blob_url}
        self._blobs = connect_blobs(given, self._identity)
        return Sealing(
            TableCaseLogs(self._tables),
            BlobArchive(self._blobs, self._tables),
            keys=VaultLogKeys(self._vaults),
            tenant_ids=[one.tenant_id for one in self._settings.tenants],
            clock=self._clock,
            alarm=self._alarm,
        )

    async def _alarm(self, end: ChainEnd, why: str) -> None:
        now = self._clock.now()
        await self._alarms.raise_now(
            Alert(tenant_id=end.tenant_id, case_id=end.case_id, kind="log_broken", problem=why, at=now)
        )
