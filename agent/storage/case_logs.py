"""The logs as they are stored, for sealing and export: of cases, of orders (table `controls`), of grants (`grants`).

The log of the orders on a tenant has the name `tenant-<id>`, that of the orders on the whole stack the name `stack`,
that of a tenant's standing grants (table `grants`) the name `grants-<id>`. A case's id is 32 hex characters, so it is
none of them.
"""

import json
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any

from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables.aio import TableClient, TableServiceClient

from agent.errors import DamagedError, StorageError
from agent.model.sealed_log import ChainEnd, LogEntry
from agent.storage.case_index import CaseIndex
from agent.storage.case_rows import CASE_ROW
from agent.storage.controls import PARTITION, STATES, STATES_SPAN, entries_span, state_row
from agent.storage.failures import missing_table, storage_errors
from agent.storage.grants import LOG_PREFIX, LOG_ROW
from agent.storage.grants import entries_span as span_of_grants
from agent.storage.rows import Row, joined
from policy.canonical import NotCanonicalError, canonical_json

_ENTRIES = "PartitionKey eq @key and RowKey ge @first and RowKey lt @last"
_OF_STACK, _OF_TENANT = "stack", "tenant-"
_OPENED = "ev000000"
# The SDK takes a name up to the next blank, so the brackets hold no parameter.
_ENDS = f"PartitionKey eq @case and (RowKey eq '{CASE_ROW}' or RowKey eq '{_OPENED}')"
_COLUMNS = ["RowKey", "next_event", "last_hash", "parts", "c00", "c01"]


class TableCaseLogs:
    """log_ports.CaseLogs on Table Storage."""

    def __init__(self, tables: TableServiceClient) -> None:
        self._cases = tables.get_table_client("cases")
        self._controls = tables.get_table_client("controls")
        self._grants = tables.get_table_client("grants")
        self._index = CaseIndex(tables)

    async def names(self, *, closed_since: datetime | None) -> AsyncIterator[str]:
        """See log_ports.CaseLogs. The logs of orders and of grants never close, and come first."""
        with storage_errors("list the logs of orders"):
            span = dict(STATES_SPAN)
            async for row in self._controls.query_entities(STATES, parameters=span, select=["RowKey"]):
                yield str(row["RowKey"]).removeprefix(state_row(""))
        with storage_errors("list the logs of grants"):
            async for row in self._grants.query_entities(f"RowKey eq '{LOG_ROW}'", select=["PartitionKey"]):
                yield LOG_PREFIX + str(row["PartitionKey"])
        async for entry in self._index.active():
            yield entry.case_id
        # INVARIANT: the closed ones are listed last: a case that closes meanwhile is then in neither list at worst,
        # and the next search, which reaches back beyond this one, finds it.
        async for case_id in self._index.closed(since=closed_since):
            yield case_id

    async def end(self, case_id: str) -> ChainEnd | None:
        """See log_ports.CaseLogs. One request."""
        if _is_of_orders(case_id):
            tenant_id = case_id.removeprefix(_OF_TENANT) if case_id != _OF_STACK else ""
            place = PARTITION, state_row(case_id)
            return await self._end_at(self._controls, place, name=case_id, tenant_id=tenant_id)
        if case_id.startswith(LOG_PREFIX):
            tenant_id = case_id.removeprefix(LOG_PREFIX)
            return await self._end_at(self._grants, (tenant_id, LOG_ROW), name=case_id, tenant_id=tenant_id)
        found: dict[str, Row] = {}
        with storage_errors(f"read where the log of case `{case_id}` ends"):
            async for row in self._cases.query_entities(_ENDS, parameters={"case": case_id}, select=_COLUMNS):
                found[str(row["RowKey"])] = dict(row)
        if not found:
            return None
        try:
            case, opened = found[CASE_ROW], json.loads(joined(found[_OPENED]))
            tenant_id, count, last = opened["data"]["tenant_id"], case["next_event"], case["last_hash"]
        except (KeyError, TypeError, ValueError, StorageError):
            tenant_id, count, last = "", 0, ""
        if not (isinstance(tenant_id, str) and tenant_id and type(count) is int and isinstance(last, str)):
            raise DamagedError(f"case `{case_id}` does not say whose it is and where its log ends")
        return ChainEnd(case_id, tenant_id, count, last)

    async def entries(self, case_id: str, *, first: int = 0) -> AsyncIterator[LogEntry]:
        """See log_ports.CaseLogs."""
        table, span = self._cases, {"key": case_id, "first": f"ev{first:06d}", "last": "ev:"}
        if _is_of_orders(case_id):
            table, span = self._controls, entries_span(case_id, first=first)
        if case_id.startswith(LOG_PREFIX):
            table, span = self._grants, span_of_grants(case_id.removeprefix(LOG_PREFIX), first=first)
        with storage_errors(f"read the log of case `{case_id}`"):
            async for row in table.query_entities(_ENTRIES, parameters=span):
                yield _entry_of(row)

    async def _end_at(
        self, table: TableClient, place: tuple[str, str], *, name: str, tenant_id: str
    ) -> ChainEnd | None:
        with storage_errors(f"read where the log `{name}` ends"):
            try:
                row = await table.get_entity(*place)
            except ResourceNotFoundError as error:
                if missing_table(error):
                    raise
                return None
        count, last = row.get("next_event"), row.get("last_hash")
        if type(count) is not int or not isinstance(last, str):
            raise DamagedError(f"the log `{name}` does not say where it ends")
        return ChainEnd(name, tenant_id, count, last)


def _is_of_orders(name: str) -> bool:
    return name == _OF_STACK or name.startswith(_OF_TENANT)


def _entry_of(row: Mapping[str, Any]) -> LogEntry:
    # A case's is `ev000042`; one of orders has the log's name in between.
    number = str(row["RowKey"]).removeprefix("ev").rpartition("-")[2]
    return LogEntry(
        number=int(number) if number.isdecimal() else -1,
        event=_event_in(row),
        prev=str(row.get("prev", "")),
        hash=str(row.get("hash", "")),
    )


def _event_in(row: Mapping[str, Any]) -> Any:
    """Return the event as plain JSON, or what is stored instead as text: an export shows a damaged entry too."""
    try:
        text = joined(row)
    except StorageError:
        return ""
    try:
        event = json.loads(text)
        canonical_json(event).encode()
    except (ValueError, RecursionError, NotCanonicalError):
        return text
    return event
