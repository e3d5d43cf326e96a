"""Orders on tenants and on the stack in Table Storage, each partition with its order in force and its own log.

Table `controls`, PartitionKey `stack` or `tenant-<id>`: row `state` (the newest order, where the log ends), `ev000042`
(log, append-only, chained as the log of a case). Both are saved in one transaction under the ETag of `state`.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.data.tables import TableTransactionError, UpdateMode
from azure.data.tables.aio import TableServiceClient
from pydantic import ValidationError

from agent.errors import ControlsUnknownError, StorageError
from agent.model.activity_event import ActivityEvent
from agent.model.control import Control, Scope
from agent.storage.event_rows import ChainTip, event_of, event_rows
from agent.storage.failures import CONFLICT_STATUSES, FAILURES, missing_table, reason_of, storage_errors
from agent.storage.rows import Row, check_sizes, stamp

STATE_ROW: Final = "state"
# Nobody ever gave an order here; the row exists because something was logged.
_NOTHING: Final = "none"
# Two people who order in the same second; each try reads what the other left.
_TRIES: Final = 8


class TableControls:
    """oversight.Controls on Table Storage."""

    def __init__(self, tables: TableServiceClient) -> None:
        self._table = tables.get_table_client("controls")

    async def holding(self, tenant_id: str) -> tuple[Control, ...]:
        """See oversight.Controls. Two requests, sent together."""
        found = await asyncio.gather(self.of("stack", ""), self.of("tenant", tenant_id))
        return tuple(one for one in found if one is not None and one.state != "running")

    async def of(self, scope: Scope, subject: str) -> Control | None:
        """See oversight.Controls. One request."""
        try:
            row = await self._state(scope, subject)
            return None if row is None else _control_of(row, scope=scope, subject=subject)
        except StorageError as error:
            raise ControlsUnknownError(f"what was ordered cannot be read, so nothing is written: {error}") from None

    async def record(self, control: Control, event: ActivityEvent) -> None:
        """See oversight.Controls. Two requests."""
        order: Row = {"state": control.state, "by": control.by, "why": control.why, "at": stamp(control.at)}
        await self._append(control.scope, control.subject, event=event, changed=lambda _: order)

    async def log(self, scope: Scope, subject: str, *, event: ActivityEvent) -> None:
        """See oversight.Controls. Two requests."""
        await self._append(scope, subject, event=event, changed=_as_it_is)

    async def events(self, scope: Scope, subject: str) -> tuple[ActivityEvent, ...]:
        """See oversight.Controls."""
        span = {"key": _partition(scope, subject), "first": "ev", "last": "ew"}
        query = "PartitionKey eq @key and RowKey ge @first and RowKey lt @last"
        with storage_errors(f"read the orders on `{_partition(scope, subject)}`"):
            return tuple([event_of(row) async for row in self._table.query_entities(query, parameters=span)])

    async def _state(self, scope: Scope, subject: str) -> Mapping[str, Any] | None:
        key = _partition(scope, subject)
        with storage_errors(f"read the order on `{key}`"):
            try:
                return await self._table.get_entity(key, STATE_ROW)
            except ResourceNotFoundError as error:
                if missing_table(error):
                    raise
                return None

    async def _append(
        self, scope: Scope, subject: str, *, event: ActivityEvent, changed: Callable[[Mapping[str, Any]], Row]
    ) -> None:
        for _ in range(_TRIES):
            before = await self._state(scope, subject)
            logged, tip = event_rows(_partition(scope, subject), (event,), tip=_tip_of(before))
            state: Row = {
                "PartitionKey": _partition(scope, subject),
                "RowKey": STATE_ROW,
                "next_event": tip.next_number,
                "last_hash": tip.prev,
                **changed(before or {}),
            }
            if await self._submit(state, logged, before=before):
                return
        raise StorageError(f"the order on `{_partition(scope, subject)}` is being changed by others: try again")

    async def _submit(self, state: Row, logged: list[Row], *, before: Mapping[str, Any] | None) -> bool:
        """Send one transaction; return False when somebody else was there first."""
        check_sizes([state, *logged])
        guard = {"mode": UpdateMode.REPLACE, "match_condition": MatchConditions.IfNotModified}
        first: Any = ("create", state)
        if before is not None:
            first = ("update", state, {**guard, "etag": before.metadata["etag"]})  # type: ignore[attr-defined]
        try:
            await self._table.submit_transaction([first, *(("create", row) for row in logged)])
        except (TableTransactionError, HttpResponseError) as error:
            if error.status_code in CONFLICT_STATUSES and not missing_table(error):
                return False
            raise StorageError(f"storage could not save an order: {reason_of(error)}") from None
        except FAILURES as error:
            raise StorageError(f"storage could not save an order: {reason_of(error)}") from None
        return True


def _partition(scope: Scope, subject: str) -> str:
    if scope == "case":
        raise ValueError("an order on a case stands in the case itself")
    return "stack" if scope == "stack" else f"tenant-{subject.lower()}"


def _as_it_is(before: Mapping[str, Any]) -> Row:
    return {name: before[name] for name in ("state", "by", "why", "at") if name in before} or {"state": _NOTHING}


def _tip_of(row: Mapping[str, Any] | None) -> ChainTip:
    if row is None:
        return ChainTip()
    try:
        return ChainTip(int(row["next_event"]), str(row["last_hash"]))
    except (KeyError, TypeError, ValueError):
        raise StorageError(f"the end of the log in `{row.get('PartitionKey')}` cannot be read") from None


def _control_of(row: Mapping[str, Any], *, scope: Scope, subject: str) -> Control | None:
    if row.get("state") == _NOTHING:
        return None
    try:
        order = {name: row[name] for name in ("state", "by", "why", "at")}
        return Control.model_validate({**order, "scope": scope, "subject": subject.lower()})
    except (KeyError, ValidationError):
        # INVARIANT: an order that cannot be read is never taken for none.
        raise StorageError(f"the order on `{row.get('PartitionKey')}` is damaged") from None
