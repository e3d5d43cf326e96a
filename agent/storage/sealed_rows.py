"""Texts of a tenant by name in one table, each sealed with the tenant's data key and bound to its own place.

PartitionKey = tenant id, RowKey = prefix and name. A row that does not open is taken for none, and logged: what is kept
so is a convenience, so a forged or damaged row must mean nothing rather than stop anybody.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables.aio import TableClient

from agent.errors import BrokenSealError, KeyUnavailableError, StorageError, VaultError
from agent.ports import Sealer
from agent.storage.conditional import over, row_or_none, saved_first
from agent.storage.failures import missing_table, storage_errors
from agent.storage.rows import Row, chunked, joined

_log = logging.getLogger("remit.storage")

_ALL: Final = "PartitionKey eq @key and RowKey ge @first and RowKey lt @last"
# The same row is rarely changed by two in the same second; each try reads what the others left.
_TRIES: Final = 32
_PAUSE_SECONDS: Final = 0.01


@dataclass(frozen=True, slots=True)
class SealedRows:
    """The rows of one kind. `prefix` ends in a dash, `room` is what its seals are bound to, `what` is for messages."""

    table: TableClient
    sealer: Sealer
    prefix: str
    room: str
    what: str

    async def get(self, tenant_id: str, name: str) -> str | None:
        """Return the text of that name, or None. One request.

        Raises:
            StorageError: storage did not answer, or the tenant's key cannot be had.
        """
        return await self._opened(tenant_id, name, row=await self._row(tenant_id, name))

    async def all(self, tenant_id: str) -> tuple[tuple[str, str | None], ...]:
        """Return (name, text) of all rows of a tenant, sorted by name; None for one that does not open. One request.

        Raises:
            StorageError: as above.
        """
        # A dot sorts right behind the dash that ends the prefix.
        span = {"key": tenant_id, "first": self.prefix, "last": f"{self.prefix[:-1]}."}
        with storage_errors(f"read {self.what}"):
            rows = [row async for row in self.table.query_entities(_ALL, parameters=span)]
        named = [(str(row["RowKey"]).removeprefix(self.prefix), row) for row in rows]
        return tuple([(name, await self._opened(tenant_id, name, row=row)) for name, row in named])

    async def change(self, tenant_id: str, name: str, *, to: Callable[[str | None], str | None]) -> None:
        """Make of a text as it stands what `to` says; None changes nothing. Two requests, one if nothing changes.

        Raises:
            StorageError: as above.
        """
        for attempt in range(_TRIES):
            before = await self._row(tenant_id, name)
            text = to(await self._opened(tenant_id, name, row=before))
            if text is None or await self._save(tenant_id, name, text=text, before=before):
                return
            await asyncio.sleep(_PAUSE_SECONDS * attempt)
        raise StorageError(f"{self.what} `{name}` is being changed by others: try again")

    async def delete(self, tenant_id: str, name: str) -> bool:
        """Remove a row; return whether there was one.

        Raises:
            StorageError: storage did not answer.
        """
        if await self._row(tenant_id, name) is None:
            return False
        with storage_errors(f"remove {self.what} `{name}`"):
            try:
                await self.table.delete_entity(tenant_id, self.prefix + name)
            except ResourceNotFoundError as error:
                if missing_table(error):
                    raise
        return True

    async def _row(self, tenant_id: str, name: str) -> Mapping[str, Any] | None:
        return await row_or_none(self.table, tenant_id, row=self.prefix + name, action=f"read {self.what} `{name}`")

    async def _opened(self, tenant_id: str, name: str, *, row: Mapping[str, Any] | None) -> str | None:
        if row is None:
            return None
        try:
            return await self.sealer.open(tenant_id, purpose=self._purpose(name), sealed=joined(row))
        except (BrokenSealError, StorageError, ValueError):
            _log.error("row.damaged: %s `%s` of tenant `%s` is begun anew", self.what, name, tenant_id)
            return None
        except VaultError as error:
            raise KeyUnavailableError(str(error), tenant_id=tenant_id) from None

    async def _save(self, tenant_id: str, name: str, *, text: str, before: Mapping[str, Any] | None) -> bool:
        """Write a text over the row that it was made of; return False when somebody else was there first."""
        try:
            sealed = await self.sealer.seal(tenant_id, purpose=self._purpose(name), text=text)
        except VaultError as error:
            raise KeyUnavailableError(str(error), tenant_id=tenant_id) from None
        row: Row = {"PartitionKey": tenant_id, "RowKey": self.prefix + name, **chunked(sealed)}
        return await saved_first(self.table, [over(before, row)], action=f"save {self.what} `{name}`")

    def _purpose(self, name: str) -> str:
        return f"{self.room}/{self.prefix}{name}"
