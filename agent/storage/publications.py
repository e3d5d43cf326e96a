"""What was ever in force, per tenant, and the only place that puts a bundle in force.

Table `policies`, PartitionKey `tenant-<id>`: row `current` is the pointer that the agent reads (digest, parts, and
the number of its publication), rows `pub000001` ... are the history, one `policy.publication.approval.Published`
each. The pointer moves and the line of history is written in one transaction under the pointer's ETag, so that there
is no bundle in force without a line that says who stood for it. No line is ever changed or removed.
"""

from dataclasses import dataclass
from datetime import datetime

from azure.data.tables.aio import TableServiceClient

from agent.errors import DamagedError, StorageError
from agent.storage.conditional import created, replaced, row_or_none, saved_first
from agent.storage.policy_rows import load_bundle, rows_from, save_text, value_in
from agent.storage.rows import Row, chunked
from policy import Bundle
from policy.errors import PolicyError, PublicationError
from policy.publication.approval import NOTHING_IN_FORCE, InForce, Publication, Published
from policy.publication.review import catalogue_digest


@dataclass(frozen=True, slots=True)
class _Pointer:
    """The row `current`. `etag` is empty when there is none yet."""

    digest: str = ""
    parts: int = 0
    number: int = 0
    etag: str = ""


class TablePublications:
    """The publisher's side of the policy store. `catalogue` holds the action ids that policies may name."""

    def __init__(self, tables: TableServiceClient, *, catalogue: frozenset[str]) -> None:
        self._table = tables.get_table_client("policies")
        self._catalogue = catalogue

    async def in_force(self, tenant_id: str) -> InForce:
        """Return what the tenant runs under, with the bundle if it is whole and valid with today's catalogue.

        Raises:
            DamagedError: the pointer is damaged.
            StorageError: storage did not answer.
        """
        pointer = await self._pointer(tenant_id)
        if not pointer.etag:
            return NOTHING_IN_FORCE
        try:
            bundle = await load_bundle(self._table, pointer.digest, parts=pointer.parts, catalogue=self._catalogue)
        except (PolicyError, DamagedError):
            # The catalogue has moved on, or a row was altered. A correction must still be possible, and it is
            # based on this digest.
            return InForce(pointer.digest, number=pointer.number)
        return InForce.of(bundle, number=pointer.number)

    async def history(self, tenant_id: str) -> tuple[Published, ...]:
        """Return everything that was ever in force for the tenant, oldest first.

        Raises:
            DamagedError: a row is damaged.
            StorageError: storage did not answer.
        """
        # RowKeys are digits after the letters, and `:` sorts right after `9`.
        rows = rows_from(self._table, _partition(tenant_id), first="pub0", last="pub:")
        return tuple([value_in(row, Published) async for row in rows])

    async def bundle(self, digest: str) -> Bundle:
        """Return a stored bundle by its digest, whether it was ever in force or only drafted.

        Raises:
            DamagedError: it was altered.
            StorageError: there is none, or storage did not answer.
            PolicyError: it is not valid with today's catalogue.
        """
        parts = [row["RowKey"] async for row in rows_from(self._table, digest, first="part0", last="part:")]
        if not parts:
            raise StorageError(f"there is no policy `{digest}`; give the whole digest of a stored bundle")
        return await load_bundle(self._table, digest, parts=len(parts), catalogue=self._catalogue)

    async def publish(self, publication: Publication, *, published_at: datetime) -> Published:
        """Put a publication in force and return its line of history. Repeating it changes nothing.

        Raises:
            PublicationError: it was reviewed with another catalogue than this store's, or something else came in
                force since it was approved and it must be rebased.
            StorageError: storage did not answer or refused; what was in force stays in force.
        """
        draft = publication.draft
        if publication.review.catalogue != catalogue_digest(self._catalogue):
            # The agent would read it with other actions than its examples and assertions were tried on.
            raise PublicationError(["the draft was reviewed with another catalogue than the agent's; review it again"])
        parts = await save_text(self._table, draft.bundle.canonical_json(), digest=draft.bundle.digest)
        pointer = await self._pointer(draft.tenant_id)
        if (pointer.digest, pointer.number) != (draft.based_on, draft.based_on_number):
            return await self._already(publication, pointer)
        line = publication.line(number=pointer.number + 1, published_at=published_at)
        if await self._move(pointer, line, parts=parts):
            return line
        return await self._already(publication, await self._pointer(draft.tenant_id))

    async def _already(self, publication: Publication, pointer: _Pointer) -> Published:
        """Return the line of this very publication: a repeat, or our own transaction whose answer was lost.

        Raises:
            PublicationError: it is not there, so somebody else was first.
        """
        draft = publication.draft
        last = [one for one in await self.history(draft.tenant_id) if one.number == pointer.number]
        if last and last[0] == publication.line(number=pointer.number, published_at=last[0].published_at):
            return last[0]
        raise PublicationError(
            [
                f"the draft is based on `{draft.based_on or 'nothing'}`, but `{pointer.digest}` came in force "
                "meanwhile; draft again on top of that"
            ]
        )

    async def _pointer(self, tenant_id: str) -> _Pointer:
        action = "read which policy is in force"
        row = await row_or_none(self._table, _partition(tenant_id), row="current", action=action)
        if row is None:
            return _Pointer()
        # A pointer of the time before there was a history has no number.
        digest, parts, number = row.get("digest"), row.get("parts"), row.get("number", 0)
        if not isinstance(digest, str) or not isinstance(parts, int) or not isinstance(number, int):
            raise DamagedError(f"the row that names the policy of tenant `{tenant_id}` is damaged")
        return _Pointer(digest, parts, number, etag=str(row.metadata["etag"]))  # type: ignore[attr-defined]

    async def _move(self, pointer: _Pointer, line: Published, *, parts: int) -> bool:
        """Move the pointer and write the line, or return False when somebody moved it first."""
        partition = _partition(line.tenant_id)
        moved: Row = {
            "PartitionKey": partition,
            "RowKey": "current",
            "digest": line.bundle,
            "parts": parts,
            "number": line.number,
        }
        row: Row = {"PartitionKey": partition, "RowKey": f"pub{line.number:06d}", **chunked(line.model_dump_json())}
        # INVARIANT: the bundle is wholly stored before this, so the pointer never names a part that is missing.
        first = replaced(moved, etag=pointer.etag) if pointer.etag else created(moved)
        return await saved_first(self._table, [first, created(row)], action=f"publish the policy of `{partition}`")


def _partition(tenant_id: str) -> str:
    return f"tenant-{tenant_id.lower()}"
