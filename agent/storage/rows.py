"""Long texts and times as Table Storage properties, and the size limits that the emulator does not enforce.

Limits: https://learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model
"""

import base64
import json
import re
import zlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from agent.errors import DoesNotFitError, StorageError

Row = dict[str, Any]

MAX_PROPERTY_BYTES = 65_536  # One property, text in UTF-16.
MAX_CHUNK_BYTES = 60_000  # What we put into one property: 30,000 units of text leave a margin.
MAX_KEY_CHARACTERS = 512  # PartitionKey and RowKey: 1 KiB each, in UTF-16.
MAX_ENTITY_BYTES = 1_048_576  # One entity, counted in UTF-16.
MAX_PROPERTIES = 252  # One entity, not counting PartitionKey, RowKey and Timestamp.
MAX_OPERATIONS = 100  # One transaction.
MAX_TRANSACTION_BYTES = 4_194_304  # One transaction's request body.

# What a packed text may grow to when it is read: far more than fits on a row, unless somebody else packed it.
MAX_UNPACKED_BYTES = 64 * 1_048_576

# A key may not hold these, and no half of a surrogate pair.
_NOT_IN_KEYS = re.compile("[/\\\\#?\x00-\x1f\x7f-\x9f\ud800-\udfff]")

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


def packed(text: str, *, name: str) -> Row:
    """Return `text` compressed, as `{name}_parts` (how many) and `{name}00`, `{name}01`, ... of at most 60,000 bytes.

    For what is long and says the same again and again: a plan of 300 alike steps shrinks to a thirtieth.

    Raises:
        DoesNotFitError: the text is larger than `unpacked` would read.
    """
    return pieces(compressed(text), name=name)


def unpacked(row: Mapping[str, Any], *, name: str) -> str:
    """Return the text that `packed` compressed under this name.

    Raises:
        StorageError: a piece is missing or damaged, or the text is larger than any that was ever packed.
    """
    text = decompressed(whole(row, name=name))
    if text is None:
        raise _damaged(row)
    return text


def compressed(text: str) -> bytes:
    """Return `text` compressed.

    Raises:
        DoesNotFitError: the text is larger than `decompressed` would read.
    """
    plain = text.encode()
    if len(plain) > MAX_UNPACKED_BYTES:
        raise DoesNotFitError(f"expected at most `{MAX_UNPACKED_BYTES}` bytes to pack, got `{len(plain)}`")
    return zlib.compress(plain)


def decompressed(raw: bytes) -> str | None:
    """Return the text that `compressed` was given, or None if `raw` is damaged or holds more than was ever packed."""
    reader = zlib.decompressobj()
    try:
        text = reader.decompress(raw, MAX_UNPACKED_BYTES).decode()
    except (ValueError, zlib.error):
        return None
    # A compressed text ends by itself: without its end something was cut off, or it goes on beyond the limit.
    return text if reader.eof else None


def pieces(raw: bytes, *, name: str) -> Row:
    """Return bytes as `{name}_parts` (how many) and `{name}00`, `{name}01`, ... of at most 60,000 bytes."""
    parts = [raw[start : start + MAX_CHUNK_BYTES] for start in range(0, len(raw), MAX_CHUNK_BYTES)]
    return {f"{name}_parts": len(parts), **{f"{name}{index:02d}": part for index, part in enumerate(parts)}}


def whole(row: Mapping[str, Any], *, name: str) -> bytes:
    """Return the bytes that `pieces` split under this name.

    Raises:
        StorageError: a piece is missing.
    """
    try:
        return b"".join(row[f"{name}{index:02d}"] for index in range(row[f"{name}_parts"]))
    except (KeyError, TypeError):
        raise _damaged(row) from None


def _damaged(row: Mapping[str, Any]) -> StorageError:
    place = f"row `{row.get('RowKey')}` of `{row.get('PartitionKey')}`"
    return StorageError(f"{place}: expected a packed text, got one with a missing or damaged piece")


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
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        moment = None
    # Without its zone a time cannot be compared with any of ours.
    if moment is None or moment.tzinfo is None:
        raise StorageError(f"row `{row.get('RowKey')}`: expected a time in `{name}`")
    return moment


def check_sizes(rows: Sequence[Row]) -> None:
    """Refuse a transaction that the real service would refuse, before anything is sent.

    Raises:
        DoesNotFitError: too many operations, a key that is none, or a property, an entity or the whole is too large.
    """
    if len(rows) > MAX_OPERATIONS:
        raise DoesNotFitError(f"expected at most `{MAX_OPERATIONS}` rows in one transaction, got `{len(rows)}`")
    for row in rows:
        _check_entity(row)
    # The SDK sends ASCII JSON, in which a character outside ASCII takes six bytes or more, and bytes as base64.
    total = sum(len(json.dumps(row, default=_base64)) + OPERATION_OVERHEAD_BYTES for row in rows)
    if total > MAX_TRANSACTION_BYTES:
        raise DoesNotFitError(f"expected at most `{MAX_TRANSACTION_BYTES}` bytes in one transaction, got `{total}`")


def _check_entity(row: Row) -> None:
    for name in ("PartitionKey", "RowKey"):
        _check_key(name, row[name])
    for name, value in row.items():
        _check_property(row["RowKey"], name, value=value)
    properties = len(row) - 2
    if properties > MAX_PROPERTIES:
        raise DoesNotFitError(
            f"row `{row['RowKey']}`: expected at most `{MAX_PROPERTIES}` properties, got `{properties}`"
        )
    size = sum(_property_bytes(name, value) for name, value in row.items())
    if size > MAX_ENTITY_BYTES:
        raise DoesNotFitError(f"row `{row['RowKey']}`: expected at most `{MAX_ENTITY_BYTES}` bytes, got `{size}`")


def _check_key(name: str, key: str) -> None:
    # Characters outside the basic plane count twice.
    if len(key.encode("utf-16-le", "surrogatepass")) > 2 * MAX_KEY_CHARACTERS or _NOT_IN_KEYS.search(key):
        # What does not fit may be foreign text, so little of it is shown.
        expected = f"at most `{MAX_KEY_CHARACTERS}` characters without slashes, `#`, `?` and control characters"
        raise DoesNotFitError(f"expected a {name} of {expected}, got `{key[:40]!a}` of `{len(key)}`")


def _check_property(key: str, name: str, *, value: object) -> None:
    size = len(value.encode("utf-16-le")) if isinstance(value, str) else len(value) if isinstance(value, bytes) else 0
    if size > MAX_PROPERTY_BYTES:
        place = f"row `{key}`, property `{name}`"
        raise DoesNotFitError(f"{place}: expected at most `{MAX_PROPERTY_BYTES}` bytes, got `{size}`")


def _property_bytes(name: str, value: object) -> int:
    # 8 bytes a property, 2 a character of its name, 4 and 2 a UTF-16 unit for text, 4 and the bytes, 8 for the rest.
    match value:
        case str():
            size = len(value.encode("utf-16-le")) + 4
        case bytes():
            size = len(value) + 4
        case _:
            size = 8
    return 8 + 2 * len(name) + size


def _base64(value: object) -> str:
    if not isinstance(value, bytes):
        raise TypeError(f"expected bytes, got `{type(value).__name__}`")
    return base64.b64encode(value).decode()
