"""Rows of the table `policies`: long texts in parts, and the small values that stand beside them.

A bundle, and a review of a draft, is stored under its own digest and never changed: PartitionKey = the digest, rows
`part000` ... hold its canonical JSON. It is hashed again whenever it is read.
"""

from collections.abc import AsyncIterator
from typing import TypeVar

from azure.data.tables import UpdateMode
from azure.data.tables.aio import TableClient
from pydantic import BaseModel, ValidationError

from agent.errors import DamagedError, StorageError
from agent.storage.failures import storage_errors
from agent.storage.rows import Row, check_sizes, chunked, joined
from policy import Bundle

# At most 120,000 UTF-16 units, well below one entity's 1 MiB, and at most 720 KB as the SDK's ASCII JSON.
_CHARACTERS_PER_ROW = 60_000

_Model = TypeVar("_Model", bound=BaseModel)


async def save_text(table: TableClient, text: str, *, digest: str) -> int:
    """Store a text under its digest and return in how many parts. Repeating it heals what was damaged.

    Raises:
        StorageError: storage did not answer or refused; a part may be stored, which nobody names yet.
    """
    pieces = _pieces(text)
    for number, piece in enumerate(pieces):
        await save_row(table, {"PartitionKey": digest, "RowKey": f"part{number:03d}", **chunked(piece)})
    return len(pieces)


async def load_text(table: TableClient, digest: str, *, parts: int) -> str:
    """Return a stored text; only hashing it tells whether it is what was stored.

    Raises:
        DamagedError: a part is missing.
        StorageError: storage did not answer.
    """
    rows = {str(row["RowKey"]): row async for row in rows_from(table, digest, first="part0", last="part:")}
    try:
        return "".join(joined(rows[f"part{number:03d}"]) for number in range(parts))
    except (KeyError, StorageError):
        raise DamagedError(f"policy `{digest}` lacks a part") from None


async def load_bundle(table: TableClient, digest: str, *, parts: int, catalogue: frozenset[str]) -> Bundle:
    """Return a stored bundle, read with today's `catalogue` and hashed again.

    Raises:
        DamagedError: a part is missing or altered.
        PolicyError: what is stored is not a bundle, or not valid with this catalogue.
        StorageError: storage did not answer.
    """
    bundle = Bundle.parse(await load_text(table, digest, parts=parts), catalogue=catalogue)
    if bundle.digest != digest:
        raise DamagedError(f"policy `{digest}` was altered in storage")
    return bundle


async def rows_from(table: TableClient, partition: str, *, first: str, last: str) -> AsyncIterator[Row]:
    """Yield the rows of a partition in the order of their keys, from `first` up to but not including `last`.

    Raises:
        StorageError: storage did not answer.
    """
    span = {"name": partition, "first": first, "last": last}
    query = "PartitionKey eq @name and RowKey ge @first and RowKey lt @last"
    with storage_errors(f"read the rows of `{partition}`"):
        async for row in table.query_entities(query, parameters=span):
            yield dict(row)


async def save_row(table: TableClient, row: Row) -> None:
    """Store one row whose content follows from its key, so that storing it again changes nothing.

    Raises:
        DoesNotFitError: it is too large.
        StorageError: storage did not answer or refused.
    """
    check_sizes([row])
    with storage_errors(f"store row `{row['RowKey']}` of `{row['PartitionKey']}`"):
        await table.upsert_entity(row, mode=UpdateMode.REPLACE)


def value_in(row: Row, model: type[_Model]) -> _Model:
    """Return the value whose JSON the row holds.

    Raises:
        DamagedError: the row is damaged.
    """
    try:
        return model.model_validate_json(joined(row))
    except (ValidationError, StorageError):
        name = model.__name__.lower()
        raise DamagedError(f"row `{row['RowKey']}` of `{row['PartitionKey']}` is not a {name}") from None


def _pieces(text: str) -> list[str]:
    return [text[start : start + _CHARACTERS_PER_ROW] for start in range(0, len(text), _CHARACTERS_PER_ROW)]
