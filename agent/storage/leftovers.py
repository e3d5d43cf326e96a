"""Removes payloads to which no row refers and none ever can: what crashes, lost races and failed removals left.

A payload is put before the row that refers to it, so one without a row may belong to somebody who is about to save
it. It says which version of the case row that commit is to replace. As an ETag never comes back, nobody can make that
commit once the case has moved on. So a payload goes when the case row does not refer to it and is another version.
This needs no clock, and holds also for a worker that slept for a day.

Only for a case that does not exist time must tell: its intake died, or is at work just now.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from azure.data.tables.aio import TableServiceClient

from agent.errors import StorageError
from agent.storage.case_partition import CasePartitions
from agent.storage.cases import ORPHAN_AFTER
from agent.storage.long_columns import places_in
from agent.storage.payloads import Payloads, StoredPayload, version_of


class Leftovers:
    """The payloads of a stack, held against the rows of its cases."""

    def __init__(self, tables: TableServiceClient, payloads: Payloads) -> None:
        self._partitions = CasePartitions(tables)
        self._payloads = payloads

    async def remove(self, now: datetime) -> int:
        """Remove what is left over; return how many payloads that were.

        One request lists 5,000 payloads, and one reads the row of each case that has any.

        Raises:
            StorageError: storage did not answer, or the row of a case is damaged; the other cases are done first.
        """
        # INVARIANT: a payload is listed before its case is read. Read first, a case could move on to it in between.
        by_case: defaultdict[str, list[StoredPayload]] = defaultdict(list)
        async for one in self._payloads.stored():
            by_case[one.case_id].append(one)
        removed = 0
        unread: StorageError | None = None
        for case_id, found in by_case.items():
            try:
                digests = await self._left_over(case_id, found, now=now)
            except StorageError as error:
                unread = error
                continue
            for digest in digests:
                # One that something holds, as a snapshot does, must not keep the others of its case.
                try:
                    await self._payloads.remove(case_id, [digest])
                    removed += 1
                except StorageError as error:
                    unread = error
        if unread is not None:
            raise unread
        return removed

    async def _left_over(self, case_id: str, found: Sequence[StoredPayload], *, now: datetime) -> list[str]:
        row = await self._partitions.case_row(case_id)
        if row is None:
            return [one.digest for one in found if one.put_at + ORPHAN_AFTER < now]
        try:
            needed = set(places_in(row).values())
        except ValueError:
            # INVARIANT: what a row refers to is never guessed.
            raise StorageError(f"what the stored case `{case_id}` refers to cannot be read") from None
        version = version_of(row["etag"])
        return [one.digest for one in found if one.digest not in needed and one.replaces != version]
