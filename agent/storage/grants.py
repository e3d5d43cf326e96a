"""Standing grants in Table Storage: one partition a tenant, with one log of what was given and ended in it.

Table `grants`, PartitionKey = tenant id: row `grant-<id>` (the grant, how it stands and its uses), `log` (where the log
ends) and `ev000042` (log, append-only, chained as the log of a case; its name is `grants-<tenant id>`). What grants are
proposed from stands there too (`agent/storage/habits.py`).

A grant is sealed with the tenant's data key, bound to its own id: a row that somebody else wrote, or moved, does not
open and helps nobody. Readable are only `action`, `expires`, `is_in_force` and `is_owner_told`, which choose what is
read and are believed for nothing.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any, Final

from azure.data.tables.aio import TableServiceClient

from agent.errors import BrokenSealError, DamagedError, KeyUnavailableError, StorageError, VaultError
from agent.model.activity_event import ActivityEvent
from agent.ports import Sealer
from agent.standing.book import Change, Entry
from agent.standing.kept import KeptGrant, kept_in, text_of
from agent.storage.conditional import Operation, created, over, row_or_none, saved_first
from agent.storage.event_rows import ChainTip, event_of, event_rows
from agent.storage.failures import storage_errors
from agent.storage.habits import TableHabitBook
from agent.storage.rows import Row, chunked, joined, stamp

_log = logging.getLogger("remit.grants")

LOG_ROW: Final = "log"
LOG_PREFIX: Final = "grants-"
_GRANT: Final = "grant-"
_OF_TENANT: Final = "PartitionKey eq @key and RowKey ge @first and RowKey lt @last"
# A dot sorts right behind the dash that ends the prefix.
_GRANTS: Final[Mapping[str, str]] = {"first": _GRANT, "last": "grant."}
_IN_FORCE: Final = f"{_OF_TENANT} and is_in_force eq true and action eq @action and expires gt @now"
_UNTOLD: Final = "RowKey ge @first and RowKey lt @last and is_owner_told eq false"
# Fifty workers that use one grant in the same second; each try reads what the others left.
_TRIES: Final = 64
_PAUSE_SECONDS: Final = 0.01


class TableGrantBook:
    """standing.book.GrantBook on Table Storage."""

    def __init__(self, tables: TableServiceClient, *, sealer: Sealer) -> None:
        self._table = tables.get_table_client("grants")
        self._sealer = sealer
        self.habits = TableHabitBook(tables, sealer=sealer)

    async def give(self, kept: KeptGrant, *, entry: Entry) -> KeptGrant:
        """See standing.book.GrantBook. Two requests, and one more if it is there already."""
        tenant_id = kept.grant.tenant_id
        for attempt in range(_TRIES):
            row = await self._row_of(kept)
            if await self._saved(created(row), *await self._logged(tenant_id, entry(kept))):
                return kept
            there = await self.get(tenant_id, kept.id)
            if there is not None:
                return there
            await asyncio.sleep(_PAUSE_SECONDS * attempt)
        raise _busy(kept.id)

    async def get(self, tenant_id: str, grant_id: str) -> KeptGrant | None:
        """See standing.book.GrantBook. One request."""
        row = await self._row(tenant_id, _GRANT + grant_id)
        return None if row is None else await self._kept(row)

    async def in_force(self, tenant_id: str, action: str, *, now: datetime) -> tuple[KeptGrant, ...]:
        """See standing.book.GrantBook. One request."""
        given = {"key": tenant_id.lower(), "action": action, "now": stamp(now), **_GRANTS}
        found = [one async for one in self._read(_IN_FORCE, given)]
        # The row's own words only choose; what was sealed decides.
        return tuple(one for one in found if one.state == "in_force" and now < one.grant.expires)

    async def all(self, tenant_id: str) -> tuple[KeptGrant, ...]:
        """See standing.book.GrantBook. One request."""
        found = [one async for one in self._read(_OF_TENANT, {"key": tenant_id.lower(), **_GRANTS})]
        return tuple(sorted(found, key=lambda one: one.grant.not_before, reverse=True))

    async def change(
        self, tenant_id: str, grant_id: str, *, to: Change, entry: Entry | None = None
    ) -> KeptGrant | None:
        """See standing.book.GrantBook. Two requests, three with an entry."""
        for attempt in range(_TRIES):
            before = await self._row(tenant_id, _GRANT + grant_id)
            if before is None:
                return None
            kept = await self._kept(before)
            changed = to(kept)
            if changed is None:
                return kept
            logged = await self._logged(tenant_id, entry(changed)) if entry else []
            if await self._saved(over(before, await self._row_of(changed)), *logged):
                return changed
            await asyncio.sleep(_PAUSE_SECONDS * attempt)
        raise _busy(grant_id)

    async def events(self, tenant_id: str) -> tuple[ActivityEvent, ...]:
        """See standing.book.GrantBook."""
        span = entries_span(tenant_id)
        with storage_errors(f"read the log of the grants of tenant `{tenant_id}`"):
            return tuple([event_of(row) async for row in self._table.query_entities(_OF_TENANT, parameters=span)])

    async def untold(self) -> AsyncIterator[KeptGrant]:
        """See standing.book.GrantBook. One request."""
        async for kept in self._read(_UNTOLD, dict(_GRANTS)):
            if not kept.is_owner_told:
                yield kept

    async def _read(self, query: str, given: dict[str, Any]) -> AsyncIterator[KeptGrant]:
        with storage_errors("read standing grants"):
            rows = [row async for row in self._table.query_entities(query, parameters=given)]
        for row in rows:
            try:
                kept = await self._kept(row)
            except DamagedError as damage:
                # It helps nobody, and must not hide the others.
                _log.error("grant.damaged: %s", damage)
                continue
            yield kept

    async def _row(self, tenant_id: str, key: str) -> Mapping[str, Any] | None:
        return await row_or_none(
            self._table, tenant_id.lower(), row=key, action=f"read `{key}` of tenant `{tenant_id}`"
        )

    async def _kept(self, row: Mapping[str, Any]) -> KeptGrant:
        tenant_id, key = str(row["PartitionKey"]), str(row["RowKey"])
        try:
            text = await self._sealer.open(tenant_id, purpose=_purpose(key), sealed=joined(row))
            kept = kept_in(text)
        except (BrokenSealError, StorageError, ValueError):
            # A piece that is missing, a seal that does not open, or something else behind it.
            raise DamagedError(f"`{key}` of tenant `{tenant_id}` is not what was stored") from None
        except VaultError as error:
            raise KeyUnavailableError(str(error), tenant_id=tenant_id) from None
        # Sealed for this place, so it can be nothing else; another place in it would be our own mistake.
        if (kept.grant.tenant_id, _GRANT + kept.id) != (tenant_id, key):
            raise DamagedError(f"`{key}` of tenant `{tenant_id}` is another grant's")
        return kept

    async def _row_of(self, kept: KeptGrant) -> Row:
        tenant_id, key = kept.grant.tenant_id, _GRANT + kept.id
        try:
            sealed = await self._sealer.seal(tenant_id, purpose=_purpose(key), text=text_of(kept))
        except VaultError as error:
            raise KeyUnavailableError(str(error), tenant_id=tenant_id) from None
        return {
            "PartitionKey": tenant_id,
            "RowKey": key,
            "action": kept.grant.actions[0],
            "expires": stamp(kept.grant.expires),
            "is_in_force": kept.state == "in_force",
            "is_owner_told": kept.is_owner_told,
            **chunked(sealed),
        }

    async def _logged(self, tenant_id: str, event: ActivityEvent) -> list[Operation]:
        """Return the operations that append an entry to the tenant's log as it stands now."""
        before = await self._row(tenant_id, LOG_ROW)
        (made,), tip = event_rows(log_name(tenant_id), (event,), tip=_tip_of(before))
        place = {"PartitionKey": tenant_id.lower()}
        end: Row = {**place, "RowKey": LOG_ROW, "next_event": tip.next_number, "last_hash": tip.prev}
        return [over(before, end), created({**made, **place})]

    async def _saved(self, *operations: Operation) -> bool:
        return await saved_first(self._table, operations, action="save a grant")


def log_name(tenant_id: str) -> str:
    """Return what the log of a tenant's grants is called."""
    return f"{LOG_PREFIX}{tenant_id.lower()}"


def entries_span(tenant_id: str, *, first: int = 0) -> dict[str, str]:
    """Return partition and RowKeys between which the entries of a tenant's log lie, from number `first` on."""
    return {"key": tenant_id.lower(), "first": f"ev{first:06d}", "last": "ev:"}


def _purpose(key: str) -> str:
    return f"standing/{key}"


def _tip_of(row: Mapping[str, Any] | None) -> ChainTip:
    if row is None:
        return ChainTip()
    try:
        return ChainTip(int(row["next_event"]), str(row["last_hash"]))
    except (KeyError, TypeError, ValueError):
        raise DamagedError(
            f"the end of the log of the grants of tenant `{row.get('PartitionKey')}` is damaged"
        ) from None


def _busy(grant_id: str) -> StorageError:
    return StorageError(f"the grant `{grant_id}` is being changed by others: try again")
