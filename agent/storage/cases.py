"""Cases in Table Storage: one partition a case, so that state, log and attempt are saved in one transaction.

Table `cases`, PartitionKey = case id: row `case` (state), `ev000042` (log, append-only, chained), `op003-do` and
`op003-undo` (attempts; those of the step at which the case stands are in its row too). Table `index`, see
`agent.storage.case_index`, names the open cases, before they exist, and the closed ones; the case is always read.
Columns that are too long for a row stand in blobs (`agent.storage.long_columns`), each for some requests more than
are counted here.

What a case knows is encrypted with a key of its own, which stands in its row, wrapped with the tenant's data key,
and leaves it when the case closes (`agent.storage.case_keys`, docs/encryption.md).
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from azure.data.tables.aio import TableServiceClient

from agent.errors import AlreadySupersededError, DamagedError, KeyUnavailableError, StorageError
from agent.model.activity_event import ActivityEvent
from agent.model.case import Case, Stage
from agent.model.receipt import Attempt
from agent.ports import Held, Sealer
from agent.storage.case_index import CaseIndex
from agent.storage.case_keys import CaseKey, CaseKeys
from agent.storage.case_partition import CasePartitions
from agent.storage.case_record import holds_nothing_secret, record_of
from agent.storage.case_rows import Mark, attempt_of, attempt_row, case_row, held_of
from agent.storage.event_rows import ChainTip, event_of, event_rows
from agent.storage.long_columns import LongColumns, has_column, shortened
from agent.storage.payloads import Payloads
from agent.storage.rows import Row, check_sizes, moment_of

# A case that was never created although its index entry was: its intake died in between, long ago.
ORPHAN_AFTER = timedelta(days=1)
# How long a hand-over that no ticket system took can be read in the console. Then the case's key goes with it.
HANDOFF_KEPT = timedelta(days=30)


class TableCaseStore:
    """ports.CaseStore on Table Storage. A case whose tenant's key cannot be had raises KeyUnavailableError."""

    def __init__(self, tables: TableServiceClient, *, sealer: Sealer, payloads: Payloads) -> None:
        self._partitions = CasePartitions(tables)
        self._long = LongColumns(payloads)
        self._index = CaseIndex(tables)
        self._keys = CaseKeys(sealer)

    async def create(self, case: Case, events: tuple[ActivityEvent, ...], *, due_at: datetime) -> bool:
        """See ports.CaseStore. Three requests with the wake-up: index, transaction, put."""
        logged, tip = event_rows(case.id, events, tip=ChainTip())
        key = await self._keys.new(case.request.tenant_id, case.id)
        held = Held(case=case, seq=0, etag="", lease_until=None, due_at=due_at)
        stored = shortened(case_row(held, key=key, tip=tip), (), before={})
        check_sizes([*stored.rows, *logged])
        # INVARIANT: the index names the case before it exists, so that no crash leaves a case that nobody sweeps.
        await self._index.open(case.id, due_at=due_at)
        await self._long.put(case.id, stored.payloads, etag="")
        try:
            await self._partitions.create(stored.rows[0], logged)
        except AlreadySupersededError:
            return False
        return True

    async def load(self, case_id: str) -> Held | None:
        """See ports.CaseStore. One request."""
        row = await self._partitions.case_row(case_id)
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
        return await self._turned(held, case, events=events, attempts=attempts, due_at=due_at)

    async def attempts(self, case_id: str, *, step_index: int | None = None) -> tuple[Attempt, ...]:
        """See ports.CaseStore. One request, and if they hold sealed data one for the key and one for each payload."""
        prefix = "op" if step_index is None else f"op{step_index:03d}"
        failed: object = None
        while True:
            rows = await self._partitions.rows(case_id, prefix)
            is_sealed = any(has_column(row, "sealed") for row in rows)
            case_row = await self._partitions.case_row(case_id) if is_sealed else None
            try:
                return await self._attempts(rows, case_row)
            except DamagedError:
                # Whoever saved the case meanwhile dropped its old payloads too. If nobody did, they are damaged.
                if failed == (rows, case_row):
                    raise
                failed = (rows, case_row)

    async def events(self, case_id: str) -> tuple[ActivityEvent, ...]:
        """See ports.CaseStore."""
        return tuple(event_of(row) for row in await self._partitions.rows(case_id, "ev"))

    async def overdue(self, now: datetime) -> AsyncIterator[Held]:
        """See ports.CaseStore. It also tidies index entries that a crash left behind.

        Whether a case is due needs no key. One case that cannot be read must not hide the others: the rest is yielded
        first, then it raises. Of a tenant's cases under one version of its key that could not be had once, no
        other is tried in the same sweep; a version that is lost for good must not stop the cases under the others.
        """
        unread: StorageError | None = None
        locked: set[tuple[object, str]] = set()
        async for entry in self._index.active():
            wrapping: tuple[object, str] = ("", "")
            try:
                row = await self._partitions.case_row(entry.case_id)
                if row is None:
                    if entry.first_due_at < now - ORPHAN_AFTER:
                        await self._index.forget(entry)
                    continue
                # What a sealed text says before its last dot names the version of the tenant's key.
                wrapping = (row.get("tenant"), str(row.get("key", "")).rpartition(".")[0])
                if wrapping not in locked and (held := await self._due(row, now=now)) is not None:
                    yield held
            except KeyUnavailableError as error:
                locked.add(wrapping)
                unread = error
            except StorageError as error:
                unread = error
            except (LookupError, ValueError) as error:
                # INVARIANT: whatever one case is, the others are found. A foreign error may quote what is stored.
                unread = DamagedError(f"case `{entry.case_id}` cannot be tidied: `{type(error).__name__}`")
        if unread is not None:
            raise unread

    async def recent(self, limit: int) -> AsyncIterator[Held]:
        """See ports.CaseStore. Active cases come in no special order, closed ones newest first."""
        left = limit
        async for entry in self._index.active():
            if left <= 0:
                return
            held = await self._readable(entry.case_id)
            if held is not None and held.case.stage is not Stage.CLOSED:
                left -= 1
                yield held
        async for case_id in self._index.closed():
            if left <= 0:
                return
            if (held := await self._readable(case_id)) is not None:
                left -= 1
                yield held

    async def _turned(
        self,
        held: Held,
        case: Case,
        *,
        events: tuple[ActivityEvent, ...] = (),
        attempts: tuple[Attempt, ...] = (),
        due_at: datetime | None = None,
    ) -> Held:
        # INVARIANT: a case that holds nothing secret is saved without its key, and nothing else stores that key. What
        # was encrypted with it, here or in the rows of its attempts, cannot be read again.
        key = None if holds_nothing_secret(case) else await self._key(case, Mark.parse(held.etag).wrapped_key)
        in_hand = held.in_hand_at(case.step_index, attempts) if key else None
        turned = Held(case, held.seq + 1, held.etag, lease_until=None, due_at=due_at, in_hand=in_hand)
        saved = await self._save(turned, events=events, attempts=attempts, key=key)
        if case.stage is Stage.CLOSED:
            await self._index.close(case, is_over=key is None)
        # A case that closed comes back as it was stored, not as it was given.
        return saved if key else replace(saved, case=record_of(case))

    async def _save(
        self, held: Held, *, events: Sequence[ActivityEvent], attempts: Sequence[Attempt], key: CaseKey | None
    ) -> Held:
        """Save a hold with its log and attempts in one transaction, over the row whose ETag it carries."""
        mark = Mark.parse(held.etag)
        logged, tip = event_rows(held.case.id, events, tip=mark.tip)
        tried = [attempt_row(one, case=held.case, key=key) for one in attempts]
        # Without a key nobody reads what attempts hold, so nothing refers to it any more.
        stored = shortened(case_row(held, key=key, tip=tip), tried, before=mark.places if key else {})
        check_sizes([*stored.rows, *logged])
        # INVARIANT: payloads are put before the rows that refer to them, and dropped when the commit that refers to
        # them no more has won. Who loses drops nothing: an answer that was lost on its way looks like a lost race.
        await self._long.put(held.case.id, stored.payloads, etag=mark.etag)
        # INVARIANT: the hold carries the ETag of our own transaction. Reading it again here would let a worker
        # whose lease ran out save over its successor.
        saved, *tried = stored.rows
        etag = await self._partitions.replace(saved, etag=mark.etag, events=logged, attempts=tried)
        await self._long.drop(held.case.id, mark.places, unless=stored.places)
        return replace(held, etag=str(Mark(etag, tip, key.wrapped if key else "", stored.places)))

    async def _due(self, row: Row, *, now: datetime) -> Held | None:
        """Return the case of a row if it is due; tidy up after it if it is closed."""
        if row.get("stage") == Stage.CLOSED:
            await self._tidy(await self._held(row), now=now)
            return None
        due_at = moment_of(row, "due_at")
        return await self._held(row) if due_at is not None and due_at <= now else None

    async def _tidy(self, held: Held, *, now: datetime) -> None:
        """Move a closed case in the index, and end a hand-over that was kept for long enough, with the case's key."""
        is_kept = not holds_nothing_secret(held.case)
        if is_kept and now >= _closed_at(held.case) + HANDOFF_KEPT:
            with suppress(AlreadySupersededError):
                await self._turned(held, held.case.evolve(handoff=None))
        else:
            await self._index.close(held.case, is_over=not is_kept)

    async def _held(self, row: Row) -> Held:
        """Return the case of a row, or of the newer row that replaced it, and its payloads, while it was read."""
        key = await self._key_of(row)
        try:
            whole = await self._long.lengthened(row)
        except DamagedError:
            newer = await self._partitions.case_row(row["PartitionKey"])
            if newer is None or newer["etag"] == row["etag"]:
                raise
            return await self._held(newer)
        return held_of(whole, etag=str(row["etag"]), key=key)

    async def _attempts(self, rows: Sequence[Row], case_row: Row | None) -> tuple[Attempt, ...]:
        tenant_id = str(case_row["tenant"]) if case_row else ""
        key = await self._key_of(case_row) if case_row else None
        whole = [await self._long.lengthened(row) for row in rows] if key else rows
        return tuple(attempt_of(row, tenant_id=tenant_id, key=key) for row in whole)

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

    async def _readable(self, case_id: str) -> Held | None:
        """Return the case, or None when there is none or its row is damaged: a list shows the others."""
        try:
            return await self.load(case_id)
        except StorageError:
            return None


def _closed_at(case: Case) -> datetime:
    return case.closed_at or case.request.received_at
