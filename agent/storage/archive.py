"""The sealed log: append blobs are the truth, rows of the table `audit` a copy for looking up one case.

Container `audit`, blob `<tenant>/000042.jsonl`: canonical JSON, one line a leaf, then one line for the record that
seals them. Both are one block, appended on condition of the blob's length:

1. of two sealers that go on from the same record exactly one writes, the other loses the race;
2. a crash leaves all of it or nothing;
3. an append whose answer was lost and that is sent again finds the blob longer, and is not written twice.

Blob n holds checkpoints n * 10,000 + 1 to (n + 1) * 10,000, because a blob takes 50,000 blocks. The copy is written
afterwards; a crash in between leaves it behind, and `last` completes it from the blobs.
https://learn.microsoft.com/rest/api/storageservices/append-block
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceExistsError
from azure.data.tables.aio import TableServiceClient
from azure.storage.blob.aio import BlobClient, BlobServiceClient

from agent.errors import AlreadySupersededError, DamagedError, DoesNotFitError, StorageError
from agent.log_ports import Archived, ArchiveRecord
from agent.model.sealed_log import Leaf, SealedCheckpoint
from agent.storage.archive_copy import ArchiveCopy
from agent.storage.archive_lines import LineSplitter, block_of, line_in, record_in
from agent.storage.blob_connection import CONTAINER
from agent.storage.failures import FAILURES, reason_of, storage_errors

CHECKPOINTS_A_BLOB = 10_000
# One block takes 4 MiB in every version of the service.
MAX_BLOCK_BYTES = 4_194_304
# More than any record takes: 64 peaks of 67 characters and some hundred for the rest.
_RECORD_BYTES = 8_192


@dataclass(frozen=True, slots=True)
class Place:
    """Where something begins: which blob of the tenant, and how many bytes stand before it there."""

    blob: int = 0
    offset: int = 0

    def __str__(self) -> str:
        return f"{self.blob}|{self.offset}"

    @classmethod
    def parse(cls, text: str) -> "Place":
        """Return the place that `str` wrote.

        Raises:
            ValueError: `text` is not one.
        """
        blob, offset = map(int, text.split("|"))
        return cls(blob, offset)

    def before(self, number: int) -> "Place":
        """Return where checkpoint `number` goes when the one before ends here."""
        blob = (number - 1) // CHECKPOINTS_A_BLOB
        return self if blob == self.blob else Place(blob)


class BlobArchive:
    """log_ports.ActivityArchive on append blobs, with its copy in Table Storage."""

    def __init__(self, blobs: BlobServiceClient, tables: TableServiceClient) -> None:
        self._container = blobs.get_container_client(CONTAINER)
        self._copy = ArchiveCopy(tables)

    async def newest(self, tenant_id: str) -> Archived | None:
        """See log_ports.ActivityArchive. Two requests."""
        sizes = [one async for one in self._blobs(tenant_id) if one[1]]
        if not sizes:
            return None
        blob, size = sizes[-1]
        start = max(size - _RECORD_BYTES, 0)
        tail = await self._read(tenant_id, Place(blob, start), length=size - start)
        record = record_in(tail, tenant_id)
        return Archived(record, str(Place(blob, size)))

    async def last(self, tenant_id: str) -> Archived | None:
        """See log_ports.ActivityArchive. Three requests, and two a checkpoint that a crash left without its copy."""
        newest = await self.newest(tenant_id)
        if newest is not None:
            await self._complete(tenant_id, newest)
        return newest

    async def append(
        self, tenant_id: str, leaves: Sequence[Leaf], *, record: ArchiveRecord, after: Archived | None
    ) -> Archived:
        """See log_ports.ActivityArchive. One request, one more for a new blob, and those of the copy."""
        block = block_of(leaves, record)
        if len(block) > MAX_BLOCK_BYTES:
            raise DoesNotFitError(f"expected at most `{MAX_BLOCK_BYTES}` bytes to seal at once, got `{len(block)}`")
        number = record.sealed.checkpoint.number
        place = (Place.parse(after.mark) if after else Place()).before(number)
        await self._append(tenant_id, block, place=place)
        end = str(Place(place.blob, place.offset + len(block)))
        await self._copy.keep(tenant_id, leaves, record=record, mark=end)
        return Archived(record, end)

    async def sealed(self, tenant_id: str, case_id: str) -> Leaf | None:
        """See log_ports.ActivityArchive. One request."""
        return await self._copy.leaf(tenant_id, case_id)

    async def lines(self, tenant_id: str) -> AsyncIterator[Leaf | SealedCheckpoint]:
        """See log_ports.ActivityArchive."""
        async for blob, size in self._blobs(tenant_id):
            async for line, _ in self._lines(tenant_id, Place(blob), size=size):
                yield line.sealed if isinstance(line, ArchiveRecord) else line

    async def _complete(self, tenant_id: str, newest: Archived) -> None:
        """Copy every checkpoint that has no copy yet, oldest first, so that a copy never has a hole."""
        start = await self._copied_until(tenant_id, newest)
        end = Place.parse(newest.mark)
        sizes = {end.blob: end.offset}
        if start.blob < end.blob:
            sizes = {blob: size async for blob, size in self._blobs(tenant_id)} | sizes
        while start.blob <= end.blob:
            leaves: list[Leaf] = []
            async for line, offset in self._lines(tenant_id, start, size=sizes.get(start.blob, 0)):
                if isinstance(line, Leaf):
                    leaves.append(line)
                    continue
                await self._copy.keep(tenant_id, leaves, record=line, mark=str(Place(start.blob, offset)))
                leaves = []
            start = Place(start.blob + 1)

    async def _copied_until(self, tenant_id: str, newest: Archived) -> Place:
        """Return where the oldest checkpoint without a copy begins; the archive's end if all have one."""
        number = newest.record.sealed.checkpoint.number
        if await self._copy.mark(tenant_id, number) is not None:
            return Place.parse(newest.mark)
        for earlier in range(number - 1, 0, -1):
            if (mark := await self._copy.mark(tenant_id, earlier)) is not None:
                return Place.parse(mark).before(earlier + 1)
        return Place()

    async def _blobs(self, tenant_id: str) -> AsyncIterator[tuple[int, int]]:
        """Yield number and size of every blob of a tenant, in order."""
        with storage_errors(f"list the sealed log of tenant `{tenant_id}`"):
            async for one in self._container.list_blobs(name_starts_with=f"{tenant_id}/"):
                number = one.name.removeprefix(f"{tenant_id}/").removesuffix(".jsonl")
                if not number.isdecimal():
                    raise DamagedError(f"expected only sealed logs in container `{CONTAINER}`, got `{one.name}`")
                yield int(number), int(one.size)

    async def _read(self, tenant_id: str, place: Place, *, length: int) -> bytes:
        with storage_errors(f"read the sealed log of tenant `{tenant_id}`"):
            stream = await self._container.download_blob(
                _name(tenant_id, place.blob), offset=place.offset, length=length
            )
            return await stream.readall()

    async def _lines(
        self, tenant_id: str, start: Place, *, size: int
    ) -> AsyncIterator[tuple[Leaf | ArchiveRecord, int]]:
        """Yield every line between `start` and byte `size` of its blob, with the offset at which it ends."""
        name = _name(tenant_id, start.blob)
        if start.offset >= size:
            return
        splitter = LineSplitter(start.offset)
        with storage_errors(f"read the sealed log `{name}`"):
            stream = await self._container.download_blob(name, offset=start.offset, length=size - start.offset)
            async for chunk in stream.chunks():
                for text, offset in splitter.lines(chunk):
                    yield line_in(text, place=f"`{name}` before byte `{offset}`"), offset
        if splitter.rest:
            raise DamagedError(f"the sealed log `{name}` ends within a line")

    async def _append(self, tenant_id: str, block: bytes, *, place: Place) -> None:
        client = self._container.get_blob_client(_name(tenant_id, place.blob))
        try:
            if place.offset == 0:
                await _create(client)
            await client.append_block(block, appendpos_condition=place.offset)
        except HttpResponseError as error:
            if error.status_code == 412:
                raise AlreadySupersededError(f"another sealer was first for tenant `{tenant_id}`") from None
            raise StorageError(f"storage could not seal the log of `{tenant_id}`: {reason_of(error)}") from None
        except FAILURES as error:
            raise StorageError(f"storage could not seal the log of `{tenant_id}`: {reason_of(error)}") from None


async def _create(client: BlobClient) -> None:
    try:
        # INVARIANT: only where there is nothing: creating it again would empty a blob that nothing protects.
        await client.create_append_blob(match_condition=MatchConditions.IfMissing)
    except ResourceExistsError:
        return


def _name(tenant_id: str, blob: int) -> str:
    return f"{tenant_id}/{blob:06d}.jsonl"
