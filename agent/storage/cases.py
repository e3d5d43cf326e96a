"""Cases in Table Storage: one partition a case, so that state, log and attempt are saved in one transaction.

Table `cases`, PartitionKey = case id: row `case` (state), `ev000042` (log, append-only, chained), `op003-do` and
`op003-undo` (attempts; those of the step at which the case stands are in its row too). Table `index`, see
`agent.storage.case_index`, names the open cases, before they exist, and the closed ones; the case is always read.

What a case knows is encrypted with a key of its own, which stands in its row, wrapped with the tenant's data key,
and leaves it when the case closes (`agent.storage.case_keys`, docs/encryption.md).
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.data.tables import TableTransactionError, UpdateMode
from azure.data.tables.aio import TableServiceClient

from agent.errors import AlreadySupersededError, KeyUnavailableError, StorageError
from agent.model.activity_event import ActivityEvent
from agent.model.case import Case, Stage
from agent.model.receipt import Attempt
from agent.ports import Held, Sealer
from agent.storage.case_index import CaseIndex
from agent.storage.case_keys import CaseKey, CaseKeys
from agent.storage.case_record import holds_nothing_secret, record_of
from agent.storage.case_rows import CASE_ROW, Mark, attempt_of, attempt_row, case_row, held_of
from agent.storage.event_rows import ChainTip, event_of, event_rows
from agent.storage.failures import CONFLICT_STATUSES, FAILURES, missing_table, reason_of, storage_errors
from agent.storage.rows import Row, check_sizes, moment_of

Operation = tuple[str, Row] | tuple[str, Row, dict[str, Any]]

# A case that was never created although its index entry was: its intake died in between, long ago.
ORPHAN_AFTER = timedelta(days=1)


class TableCaseStore:
    """ports.CaseStore on Table Storage. A case whose tenant's key cannot be had raises KeyUnavailableError."""

    def __init__(self, tables: TableServiceClient, *, sealer: Sealer) -> None:
        self._cases = tables.get_table_client("cases")
        self._index = CaseIndex(tables)
        self._keys = CaseKeys(sealer)

    async def create(self, case: Case, events: tuple[ActivityEvent, ...], *, due_at: datetime) -> bool:
        """See ports.CaseStore. Three requests with the wake-up: index, transaction, put."""
        logged, tip = event_rows(case.id, events, tip=ChainTip())
        key = await self._keys.new(case.request.tenant_id, case.id)
        held = Held(case=case, seq=0, etag="", lease_until=None, due_at=due_at)
        rows = [case_row(held, key=key, tip=tip), *logged]
        check_sizes(rows)
        # INVARIANT: the index names the case before it exists, so that no crash leaves a case that nobody sweeps.
        await self._index.open(case.id, due_at=due_at)
        try:
            await self._submit(case.id, [("create", row) for row in rows])
        except AlreadySupersededError:
            return False
        return True

    async def load(self, case_id: str) -> Held | None:
        """See ports.CaseStore. One request."""
        row = await self._case_row(case_id)
        return None if row is None else await self._held(row)

    async def begin(
        self, held: Held, attempt: Attempt, *, events: tuple[ActivityEvent, ...], lease_until: datetime
    ) -> Held:
        """See ports.CaseStore. One request."""
        key = await self._key(held.case, Mark.parse(held.etag).wrapped_key)
        begun = replace(held, lease_until=lease_until, in_hand=held.in_hand_at(held.case.step_index, (attempt,)))
        return await self._save(begun, events=events, attempts=(attempt,), key=key)

    async def commit(
        self,
        held: Held,
        case: Case,
        *,
        events: tuple[ActivityEvent, ...],
        attempts: tuple[Attempt, ...],
        due_at: datetime | None,
    ) -> Held:
        """See ports.CaseStore. One request, and one more to re-index a case that closes."""
        if case.id != held.case.id:
            raise ValueError(f"expected case `{held.case.id}`, got `{case.id}`")
        # INVARIANT: a case that holds nothing secret is saved without its key, and nothing else stores that key. What
        # was encrypted with it, here or in the rows of its attempts, cannot be read again.
        key = None if holds_nothing_secret(case) else await self._key(case, Mark.parse(held.etag).wrapped_key)
        in_hand = held.in_hand_at(case.step_index, attempts) if key else None
        turned = Held(case, held.seq + 1, held.etag, lease_until=None, due_at=due_at, in_hand=in_hand)
        saved = await self._save(turned, events=events, attempts=attempts, key=key)
        if case.stage is Stage.CLOSED:
            await self._index.close(case)
        # A case that closed comes back as it was stored, not as it was given.
        return saved if key else replace(saved, case=record_of(case))

    async def attempts(self, case_id: str, *, step_index: int | None = None) -> tuple[Attempt, ...]:
        """See ports.CaseStore."""
        prefix = "op" if step_index is None else f"op{step_index:03d}"
        rows = [row async for row in self._rows(case_id, prefix)]
        case_row = await self._case_row(case_id) if any("sealed_parts" in row for row in rows) else None
        tenant_id = str(case_row["tenant"]) if case_row else ""
        key = await self._key_of(case_row) if case_row else None
        return tuple(attempt_of(row, tenant_id=tenant_id, key=key) for row in rows)

    async def events(self, case_id: str) -> tuple[ActivityEvent, ...]:
        """See ports.CaseStore."""
        return tuple([event_of(row) async for row in self._rows(case_id, "ev")])

    async def overdue(self, now: datetime) -> AsyncIterator[Held]:
        """See ports.CaseStore. It also tidies index entries that a crash left behind.

        Whether a case is due needs no key. One case that cannot be read must not hide the others: the rest is yielded
        first, then it raises. Of a tenant whose key could not be had once, no other case is tried in the same sweep.
        """
        unread: StorageError | None = None
        locked: set[str] = set()
        async for case_id, first_due_at in self._index.active():
            try:
                row = await self._case_row(case_id)
                if row is None:
                    if first_due_at + ORPHAN_AFTER < now:
                        await self._index.forget(case_id)
                elif row.get("tenant") not in locked and (held := await self._due(row, now=now)) is not None:
                    yield held
            except KeyUnavailableError as error:
                locked.add(error.tenant_id)
                unread = error
            except StorageError as error:
                unread = error
        if unread is not None:
            raise unread

    async def recent(self, limit: int) -> AsyncIterator[Held]:
        """See ports.CaseStore. Active cases come in no special order, closed ones newest first."""
        left = limit
        async for case_id, _ in self._index.active():
            if left <= 0:
                return
            held = await self._readable(case_id)
            if held is not None and held.case.stage is not Stage.CLOSED:
                left -= 1
                yield held
        async for case_id in self._index.closed():
            if left <= 0:
                return
            if (held := await self._readable(case_id)) is not None:
                left -= 1
                yield held

    async def _save(
        self, held: Held, *, events: Sequence[ActivityEvent], attempts: Sequence[Attempt], key: CaseKey | None
    ) -> Held:
        """Save a hold with its log and attempts in one transaction, over the row whose ETag it carries."""
        mark = Mark.parse(held.etag)
        logged, tip = event_rows(held.case.id, events, tip=mark.tip)
        saved = case_row(held, key=key, tip=tip)
        tried = [attempt_row(one, case=held.case, key=key) for one in attempts]
        check_sizes([saved, *logged, *tried])
        # INVARIANT: the hold carries the ETag of our own transaction. Reading it again here would let a worker
        # whose lease ran out save over its successor.
        etag = await self._submit(
            held.case.id,
            [_guarded(saved, mark), *(("create", row) for row in logged), *(_upsert(row) for row in tried)],
        )
        return replace(held, etag=str(Mark(etag, tip, key.wrapped if key else "")))

    async def _due(self, row: Row, *, now: datetime) -> Held | None:
        """Return the case of a row if it is due; move it out of the index if it is closed."""
        if row.get("stage") == Stage.CLOSED:
            await self._index.close((await self._held(row)).case)
            return None
        due_at = moment_of(row, "due_at")
        return await self._held(row) if due_at is not None and due_at <= now else None

    async def _held(self, row: Row) -> Held:
        return held_of(row, etag=str(row["etag"]), key=await self._key_of(row))

    async def _key_of(self, row: Row) -> CaseKey | None:
        """Return the key of a case row, None if it has none because its case is closed."""
        if "key" not in row:
            return None
        return await self._keys.opened(str(row.get("tenant")), row["PartitionKey"], wrapped=str(row["key"]))

    async def _key(self, case: Case, wrapped: str) -> CaseKey:
        """Return the key that a case has, or a new one for a case that closed and is opened again."""
        tenant_id = case.request.tenant_id
        return await (
            self._keys.opened(tenant_id, case.id, wrapped=wrapped) if wrapped else self._keys.new(tenant_id, case.id)
        )

    async def _case_row(self, case_id: str) -> Row | None:
        """Return the case row with its ETag as `etag`, or None if there is none."""
        with storage_errors(f"read case `{case_id}`"):
            try:
                found = await self._cases.get_entity(case_id, CASE_ROW)
            except ResourceNotFoundError as error:
                if missing_table(error):
                    raise
                return None
        return {**found, "etag": str(found.metadata["etag"])}

    async def _readable(self, case_id: str) -> Held | None:
        """Return the case, or None when there is none or its row is damaged: a list shows the others."""
        try:
            return await self.load(case_id)
        except StorageError:
            return None

    async def _submit(self, case_id: str, operations: Sequence[Operation]) -> str:
        """Send one transaction and return the new ETag of its first row, the case."""
        answers: list[object] = []
        try:
            results = await self._cases.submit_transaction(operations, raw_response_hook=answers.append)
            return str(results[0]["etag"])
        except (TableTransactionError, ResourceExistsError, ResourceNotFoundError) as error:
            problem: Exception = StorageError(f"storage could not save case `{case_id}`: {reason_of(error)}")
            if _lost_the_race(error):
                problem = AlreadySupersededError(f"case `{case_id}` was saved by another worker")
            is_lost = len(answers) == 1
        except FAILURES as error:
            problem = StorageError(f"storage could not save case `{case_id}`: {reason_of(error)}")
            is_lost = False
        # An answer can be lost, and the SDK sends again what was answered with 503: we may have raced ourselves.
        etag = "" if is_lost else await self._etag_if_stored(operations[0][1])
        if etag:
            return etag
        raise problem

    async def _etag_if_stored(self, row: Row) -> str:
        """Return the ETag of a case row that stands in the table exactly as given, else nothing.

        A sealed row holds random nonces, so one that equals ours was written by our own transaction and by none after.
        """
        try:
            found = await self._case_row(row["PartitionKey"])
        except StorageError:
            return ""
        is_ours = found is not None and all(found.get(name) == value for name, value in row.items())
        return str(found["etag"]) if found and is_ours else ""

    async def _rows(self, case_id: str, prefix: str) -> AsyncIterator[Row]:
        # After the prefix comes a digit or a dash: `-` sorts right before them, but for dot and slash, and `:` after.
        span = {"id": case_id, "first": prefix + "-", "last": prefix + ":"}
        query = "PartitionKey eq @id and RowKey ge @first and RowKey lt @last"
        with storage_errors(f"read the rows of case `{case_id}`"):
            async for row in self._cases.query_entities(query, parameters=span):
                yield dict(row)


def _guarded(row: Row, mark: Mark) -> Operation:
    guard = {"etag": mark.etag, "match_condition": MatchConditions.IfNotModified}
    return ("update", row, {"mode": UpdateMode.REPLACE, **guard})


def _upsert(row: Row) -> Operation:
    return ("upsert", row, {"mode": UpdateMode.REPLACE})


def _lost_the_race(error: HttpResponseError) -> bool:
    return error.status_code in CONFLICT_STATUSES and not missing_table(error)
