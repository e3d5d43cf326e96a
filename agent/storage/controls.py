"""Orders on tenants and on the stack in Table Storage: one partition, in it an order in force and a log for each.

Table `controls`, PartitionKey `orders`. A subject's name is `stack` or `tenant-<id>`; its rows are `state-<name>` (the
newest order, where the log ends) and `ev-<name>-000042` (log, append-only, chained as the log of a case). An order and
its entry are saved in one transaction under the ETag of the subject's own state row.

It is one partition because what holds a write is asked right before each: what the stack and the tenant are ordered
comes with one request, which scans the few state rows and no log.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from azure.data.tables.aio import TableServiceClient
from pydantic import ValidationError

from agent.errors import ControlsUnknownError, StorageError
from agent.model.activity_event import ActivityEvent
from agent.model.control import Control, Scope
from agent.storage.conditional import created, over, row_or_none, saved_first
from agent.storage.event_rows import ChainTip, event_of, event_rows
from agent.storage.failures import storage_errors
from agent.storage.rows import Row, stamp

PARTITION: Final = "orders"
# All state rows and no log entry lie between these two.
STATES: Final = "PartitionKey eq @key and RowKey ge @first and RowKey lt @last"
STATES_SPAN: Final[Mapping[str, str]] = {"key": PARTITION, "first": "state-", "last": "state."}
# The SDK takes a name up to the next blank, so the brackets hold no parameter.
_HOLDING: Final = f"{STATES} and (RowKey eq 'state-stack' or RowKey eq @own )"
_ENTRIES: Final = "PartitionKey eq @key and RowKey ge @first and RowKey lt @last"
# Nobody ever gave an order here; the row exists because something was logged.
_NOTHING: Final = "none"
# Two people who order in the same second; each try reads what the other left.
_TRIES: Final = 8


class TableControls:
    """oversight.Controls on Table Storage."""

    def __init__(self, tables: TableServiceClient) -> None:
        self._table = tables.get_table_client("controls")

    async def holding(self, tenant_id: str) -> tuple[Control, ...]:
        """See oversight.Controls. One request; each further page of its answer would be one more."""
        try:
            rows = await self._in_force(tenant_id)
            found = [_control_of(row, scope=scope, subject=subject) for row, scope, subject in rows]
        except StorageError as error:
            raise _unknown(error) from None
        return tuple(one for one in found if one is not None and one.state != "running")

    async def of(self, scope: Scope, subject: str) -> Control | None:
        """See oversight.Controls. One request."""
        try:
            row = await self._state(scope, subject)
            return None if row is None else _control_of(row, scope=scope, subject=subject)
        except StorageError as error:
            raise _unknown(error) from None

    async def record(self, control: Control, event: ActivityEvent) -> None:
        """See oversight.Controls. Two requests."""
        order: Row = {"state": control.state, "by": control.by, "why": control.why, "at": stamp(control.at)}
        await self._append(control.scope, control.subject, event=event, changed=lambda _: order)

    async def log(self, scope: Scope, subject: str, *, event: ActivityEvent) -> None:
        """See oversight.Controls. Two requests."""
        await self._append(scope, subject, event=event, changed=_as_it_is)

    async def events(self, scope: Scope, subject: str) -> tuple[ActivityEvent, ...]:
        """See oversight.Controls."""
        name = name_of(scope, subject)
        span = entries_span(name)
        with storage_errors(f"read the orders on `{name}`"):
            return tuple([event_of(row) async for row in self._table.query_entities(_ENTRIES, parameters=span)])

    async def _in_force(self, tenant_id: str) -> list[tuple[Mapping[str, Any], Scope, str]]:
        """Return the state rows of the stack and of the tenant, as far as there are any, the stack's first."""
        subjects: tuple[tuple[Scope, str], ...] = (("stack", ""), ("tenant", tenant_id))
        span = {**STATES_SPAN, "own": state_row(name_of("tenant", tenant_id))}
        with storage_errors("read what the tenant and the stack are ordered"):
            # INVARIANT: every page is read. One may be short or empty and say that the order comes on the next.
            rows = {str(row["RowKey"]): row async for row in self._table.query_entities(_HOLDING, parameters=span)}
        named = ((state_row(name_of(scope, subject)), scope, subject) for scope, subject in subjects)
        return [(rows[key], scope, subject) for key, scope, subject in named if key in rows]

    async def _state(self, scope: Scope, subject: str) -> Mapping[str, Any] | None:
        name = name_of(scope, subject)
        return await row_or_none(self._table, PARTITION, row=state_row(name), action=f"read the order on `{name}`")

    async def _append(
        self, scope: Scope, subject: str, *, event: ActivityEvent, changed: Callable[[Mapping[str, Any]], Row]
    ) -> None:
        name = name_of(scope, subject)
        for _ in range(_TRIES):
            before = await self._state(scope, subject)
            made, tip = event_rows(name, (event,), tip=_tip_of(before))
            logged = [{**row, "PartitionKey": PARTITION, "RowKey": _entry_row(name, row)} for row in made]
            state: Row = {
                "PartitionKey": PARTITION,
                "RowKey": state_row(name),
                "next_event": tip.next_number,
                "last_hash": tip.prev,
                **changed(before or {}),
            }
            operations = [over(before, state), *map(created, logged)]
            if await saved_first(self._table, operations, action="save an order"):
                return
        raise StorageError(f"the order on `{name}` is being changed by others: try again")


def name_of(scope: Scope, subject: str) -> str:
    """Return what the log of the orders on a tenant or on the stack is called.

    Raises:
        ValueError: it is about a case, whose orders stand in the case itself.
    """
    if scope == "case":
        raise ValueError("an order on a case stands in the case itself")
    return "stack" if scope == "stack" else f"tenant-{subject.lower()}"


def state_row(name: str) -> str:
    """Return the RowKey of the newest order on what has this name."""
    return f"state-{name}"


def entries_span(name: str, *, first: int = 0) -> dict[str, str]:
    """Return partition and RowKeys between which the entries of a log lie, from number `first` on."""
    # A colon sorts behind every digit.
    return {"key": PARTITION, "first": f"ev-{name}-{first:06d}", "last": f"ev-{name}-:"}


def _entry_row(name: str, row: Row) -> str:
    return f"ev-{name}-{str(row['RowKey']).removeprefix('ev')}"


def _unknown(error: StorageError) -> ControlsUnknownError:
    return ControlsUnknownError(f"what was ordered cannot be read, so nothing is written: {error}")


def _as_it_is(before: Mapping[str, Any]) -> Row:
    return {name: before[name] for name in ("state", "by", "why", "at") if name in before} or {"state": _NOTHING}


def _tip_of(row: Mapping[str, Any] | None) -> ChainTip:
    if row is None:
        return ChainTip()
    try:
        return ChainTip(int(row["next_event"]), str(row["last_hash"]))
    except (KeyError, TypeError, ValueError):
        raise StorageError(f"the end of the log in `{row.get('RowKey')}` cannot be read") from None


def _control_of(row: Mapping[str, Any], *, scope: Scope, subject: str) -> Control | None:
    if row.get("state") == _NOTHING:
        return None
    try:
        order = {name: row[name] for name in ("state", "by", "why", "at")}
        return Control.model_validate({**order, "scope": scope, "subject": subject.lower()})
    except (KeyError, ValidationError):
        # INVARIANT: an order that cannot be read is never taken for none.
        raise StorageError(f"the order in `{row.get('RowKey')}` is damaged") from None
