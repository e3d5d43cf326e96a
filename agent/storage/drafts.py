"""Drafts of policy with their reviews and signatures, per tenant; kept for good, also after publication.

Table `policies`, PartitionKey `drafts-<id>`; bundles and reviews themselves are stored under their own digests:

| row | what |
|---|---|
| `<draft>` | who wants what in force, based on what, and why |
| `<draft>.review.<digest>` | when it was reviewed; the newest review is the one to sign |
| `<draft>.signature.<review>.<person>` | one signature; the person as the SHA-256 of the name |

Every name in a row's key is a SHA-256, so a row's content never changes; storing it again sets its time at most.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from azure.data.tables.aio import TableServiceClient
from pydantic import ValidationError

from agent.errors import DamagedError, StorageError
from agent.storage.policy_rows import load_bundle, load_text, rows_from, save_row, save_text, value_in
from agent.storage.rows import Row, chunked, moment_of, stamp
from policy.canonical import digest
from policy.errors import PublicationError
from policy.publication.approval import Draft, Review, Signature

_REVIEW, _SIGNATURE = ".review.", ".signature."


@dataclass(frozen=True, slots=True)
class HeldDraft:
    """A stored draft, its newest review, and the signatures under that review, oldest first."""

    draft: Draft
    review: Review
    signatures: tuple[Signature, ...]
    drafted_at: datetime


class TableDrafts:
    """Drafts on Table Storage. `catalogue` holds the action ids that policies may name."""

    def __init__(self, tables: TableServiceClient, *, catalogue: frozenset[str]) -> None:
        self._table = tables.get_table_client("policies")
        self._catalogue = catalogue

    async def save(self, draft: Draft, review: Review, *, now: datetime) -> HeldDraft:
        """Store a draft and a review of it, which becomes the one to sign; return all that is stored.

        A draft that was stored before keeps its signatures, but those under another review no longer count.

        Raises:
            PublicationError: the review is another draft's.
            StorageError: storage did not answer or refused.
        """
        if review.draft != draft.digest:
            raise PublicationError([f"expected a review of the draft `{draft.digest}`, got one of `{review.draft}`"])
        parts = await save_text(self._table, draft.bundle.canonical_json(), digest=draft.bundle.digest)
        known = [row async for row in self._rows(draft.tenant_id, draft.digest) if row["RowKey"] == draft.digest]
        if not known:
            await save_row(self._table, _draft_row(draft, parts=parts, now=now))
        pages = await save_text(self._table, review.canonical_json(), digest=review.digest)
        row = _row(draft.tenant_id, draft.digest + _REVIEW + review.digest)
        await save_row(self._table, {**row, "parts": pages, "reviewed_at": stamp(now)})
        return await self.get(draft.tenant_id, draft.digest)

    async def sign(self, tenant_id: str, draft_digest: str, *, signature: Signature) -> HeldDraft:
        """Store one person's signature under the newest review of a draft; return all that is stored.

        Raises:
            PublicationError: the signature is under another review.
            StorageError: there is no such draft, or storage did not answer.
        """
        held = await self.get(tenant_id, draft_digest)
        if signature.review != held.review.digest:
            raise PublicationError(
                [f"expected a signature under the review `{held.review.digest}`, got one under `{signature.review}`"]
            )
        key = f"{draft_digest}{_SIGNATURE}{signature.review}.{digest(signature.person)}"
        await save_row(self._table, {**_row(tenant_id, key), **chunked(signature.model_dump_json())})
        return await self.get(tenant_id, draft_digest)

    async def get(self, tenant_id: str, draft_digest: str) -> HeldDraft:
        """Return a stored draft by its digest.

        Raises:
            DamagedError: a row was altered.
            StorageError: there is none, or storage did not answer.
            PolicyError: its bundle is not valid with today's catalogue.
        """
        rows = {str(row["RowKey"]): row async for row in self._rows(tenant_id, draft_digest)}
        reviews = [row for key, row in rows.items() if _REVIEW in key]
        if draft_digest not in rows or not reviews:
            raise StorageError(f"tenant `{tenant_id}` has no draft `{draft_digest}`; give the whole digest of a draft")
        review = await self._review(max(reviews, key=lambda row: str(row.get("reviewed_at"))))
        signed = [value_in(row, Signature) for key, row in rows.items() if f"{_SIGNATURE}{review.digest}." in key]
        return HeldDraft(
            draft=await self._draft(tenant_id, rows[draft_digest]),
            review=review,
            signatures=tuple(sorted(signed, key=lambda one: one.signed_at)),
            drafted_at=_time(rows[draft_digest]),
        )

    async def digests(self, tenant_id: str) -> tuple[str, ...]:
        """Return the digests of the tenant's drafts, the newest first.

        Raises:
            DamagedError: a row is damaged.
            StorageError: storage did not answer.
        """
        rows = [row async for row in self._rows(tenant_id, "") if "." not in str(row["RowKey"])]
        return tuple(str(row["RowKey"]) for row in sorted(rows, key=_time, reverse=True))

    def _rows(self, tenant_id: str, prefix: str) -> AsyncIterator[Row]:
        # Keys are hexadecimal digits, dots and words; `~` sorts after all of them.
        return rows_from(self._table, f"drafts-{tenant_id.lower()}", first=prefix, last=f"{prefix}~")

    async def _review(self, row: Row) -> Review:
        digest_wanted = str(row["RowKey"]).partition(_REVIEW)[2]
        try:
            review = Review.model_validate_json(await load_text(self._table, digest_wanted, parts=row["parts"]))
        except (KeyError, TypeError, ValidationError):
            raise DamagedError(f"the review `{digest_wanted}` is damaged") from None
        if review.digest != digest_wanted:
            raise DamagedError(f"the review `{digest_wanted}` was altered in storage")
        return review

    async def _draft(self, tenant_id: str, row: Row) -> Draft:
        try:
            bundle = await load_bundle(self._table, row["bundle"], parts=row["parts"], catalogue=self._catalogue)
            draft = Draft(tenant_id, bundle, row["author"], row["based_on"], row["note"], row["based_on_number"])
        except (KeyError, TypeError, PublicationError):
            raise DamagedError(f"the draft `{row['RowKey']}` of tenant `{tenant_id}` is damaged") from None
        if draft.digest != row["RowKey"]:
            raise DamagedError(f"the draft `{row['RowKey']}` of tenant `{tenant_id}` was altered in storage")
        return draft


def _draft_row(draft: Draft, *, parts: int, now: datetime) -> Row:
    return {
        **_row(draft.tenant_id, draft.digest),
        "bundle": draft.bundle.digest,
        "parts": parts,
        "author": draft.author,
        "based_on": draft.based_on,
        "based_on_number": draft.based_on_number,
        "note": draft.note,
        "drafted_at": stamp(now),
    }


def _row(tenant_id: str, key: str) -> Row:
    return {"PartitionKey": f"drafts-{tenant_id.lower()}", "RowKey": key}


def _time(row: Row) -> datetime:
    found = moment_of(row, "drafted_at")
    if found is None:
        raise DamagedError(f"row `{row['RowKey']}` of `{row['PartitionKey']}` lacks its time")
    return found
