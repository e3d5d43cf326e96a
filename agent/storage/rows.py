"""Long texts and times as Table Storage properties, and the size limits that the emulator does not enforce.

Limits: https://learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from agent.errors import DoesNotFitError, StorageError

Row = dict[str, Any]

MAX_CHUNK_BYTES = 60_000  # One string property holds 64 KiB of UTF-16; 30,000 units leave a margin.
MAX_ENTITY_BYTES = 1_048_576  # One entity, counted in UTF-16.
MAX_PROPERTIES = 252  # One entity, not counting PartitionKey, RowKey and Timestamp.
MAX_OPERATIONS = 100  # One transaction.
MAX_TRANSACTION_BYTES = 4_194_304  # One transaction's request body.

# What the SDK wraps around each operation: MIME boundary, request line, headers. Measured below 900 bytes.
OPERATION_OVERHEAD_BYTES = 1_024


def chunked(text: str) -> Row:
    """Return `text` as properties `parts` (how many) and `c00`, `c01`, ... of at most 30,000 UTF-16 units each."""
    raw = text.encode("utf-16-le")
    pieces: list[str] = []
    start = 0
    while start < len(raw):
        end = min(start + MAX_CHUNK_BYTES, len(raw))
        if end < len(raw) and 0xDC <= raw[end + 1] <= 0xDF:
            end -= 2  # A character outside the basic plane is two units and must stay in one piece.
        pieces.append(raw[start:end].decode("utf-16-le"))
        start = end
    return {"parts": len(pieces), **{f"c{index:02d}": piece for index, piece in enumerate(pieces)}}


def joined(row: Mapping[str, Any]) -> str:
    """Return the text that `chunked` split.

    Raises:
        StorageError: a piece is missing.
    """
    try:
        return "".join(row[f"c{index:02d}"] for index in range(row["parts"]))
    except (KeyError, TypeError):
        raise StorageError(
            f"row `{row.get('RowKey')}` of `{row.get('PartitionKey')}` lacks a piece of its text"
        ) from None


def stamp(moment: datetime) -> str:
    """Return an aware time as fixed-width UTC text, which sorts like the time itself."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moment_of(row: Mapping[str, Any], name: str) -> datetime | None:
    """Return the time in property `name`, or None if the row has none.

    Raises:
        StorageError: it is not a time.
    """
    text = row.get(name)
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise StorageError(f"row `{row.get('RowKey')}`: expected a time in `{name}`") from None


def check_sizes(rows: Sequence[Row]) -> None:
    """Refuse a transaction that the real service would refuse, before anything is sent.

    Raises:
        DoesNotFitError: too many operations, or an entity or the whole is too large.
    """
    if len(rows) > MAX_OPERATIONS:
        raise DoesNotFitError(f"expected at most `{MAX_OPERATIONS}` rows in one transaction, got `{len(rows)}`")
    for row in rows:
        _check_entity(row)
    # The SDK sends ASCII JSON, in which a character outside ASCII takes six bytes or more.
    total = sum(len(json.dumps(row)) + OPERATION_OVERHEAD_BYTES for row in rows)
    if total > MAX_TRANSACTION_BYTES:
        raise DoesNotFitError(f"expected at most `{MAX_TRANSACTION_BYTES}` bytes in one transaction, got `{total}`")


def _check_entity(row: Row) -> None:
    properties = len(row) - 2
    if properties > MAX_PROPERTIES:
        raise DoesNotFitError(
            f"row `{row['RowKey']}`: expected at most `{MAX_PROPERTIES}` properties, got `{properties}`"
        )
    size = sum(_property_bytes(name, value) for name, value in row.items())
    if size > MAX_ENTITY_BYTES:
        raise DoesNotFitError(f"row `{row['RowKey']}`: expected at most `{MAX_ENTITY_BYTES}` bytes, got `{size}`")


def _property_bytes(name: str, value: object) -> int:
    # 8 bytes a property, 2 a character of its name, 4 and 2 a UTF-16 unit for text, 8 for anything else.
    text = len(value.encode("utf-16-le")) + 4 if isinstance(value, str) else 8
    return 8 + 2 * len(name) + text
