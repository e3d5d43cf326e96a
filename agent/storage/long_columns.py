"""Long columns of a case's rows: what does not fit stands in a payload, and the row says which.

A column of bytes stands on its row as `{name}_parts` and `{name}00` ... (`agent.storage.rows.pieces`). One that is
longer than 48 KiB is left out, and the row holds `{name}_blob`, the payload's digest, and `{name}_size` instead. What
is sealed stays sealed; the digest only says whether it is there and whole, the case's key whether to believe it.

The case row's column `payloads` lists those of the attempts' rows. So one row tells every payload that its case refers
to, and the one transaction that replaces it tells which of them nobody needs any more.
"""

import logging
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from agent.errors import DamagedError, StorageError
from agent.storage.payloads import Payloads, check_payload, digest_of
from agent.storage.rows import Row, pieces, whole

_log = logging.getLogger("remit.storage")

# Three columns of a case and the list of its payloads stay far below one entity's 1 MiB.
MAX_COLUMN_BYTES: Final = 49_152

# INVARIANT: every payload begins with bytes of its own, so no two commits ever put the same one. What one of them
# leaves behind is referred to by nobody else, also when both store the same record of a closed case.
_OWN_BYTES: Final = 16

_LIST: Final = "payloads"
_BLOB, _SIZE, _PARTS = "_blob", "_size", "_parts"
_PLACE: Final = re.compile(r"([a-z0-9-]+):([0-9a-f]{64})")

# Which payload stands where: the name of a column of the case row, or the RowKey of an attempt, and the digest.
Places = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Shortened:
    """The rows of one transaction, the case row first, as they are stored; `payloads` must be put before, by digest.

    `places` is all that the case refers to once they are stored.
    """

    rows: tuple[Row, ...]
    payloads: Mapping[str, bytes]
    places: Places


class LongColumns:
    """Puts, gets and drops the payloads of rows. A row without long columns costs no request."""

    def __init__(self, payloads: Payloads) -> None:
        self._payloads = payloads

    async def put(self, case_id: str, payloads: Mapping[str, bytes], *, etag: str) -> None:
        """Store payloads before the rows that refer to them; `etag` is that of the case row which these replace.

        Raises:
            StorageError: storage did not answer or refused; nothing refers to what was stored.
        """
        for raw in payloads.values():
            await self._payloads.put(case_id, raw, etag=etag)

    async def lengthened(self, row: Row) -> Row:
        """Return a row with its long columns as if they had always stood on it.

        Raises:
            DamagedError: a payload is missing or not what was put, also when the row was replaced meanwhile.
            StorageError: storage did not answer or refused.
        """
        for name in [name.removesuffix(_BLOB) for name in row if name.endswith(_BLOB)]:
            row = row | await self._get(row, name)
        return row

    async def drop(self, case_id: str, places: Places, *, unless: Places) -> None:
        """Remove what a case no longer refers to. What cannot be removed now is left over, and removed later."""
        digests = sorted({*places.values()} - {*unless.values()})
        try:
            await self._payloads.remove(case_id, digests)
        except StorageError as error:
            # The commit stands: to say that it failed would let the turn be done again.
            _log.warning("case %s leaves payloads behind until they are tidied: %s", case_id, error)

    async def _get(self, row: Row, name: str) -> Row:
        case_id, digest, size = str(row["PartitionKey"]), row[name + _BLOB], row.get(name + _SIZE)
        place = name if row["RowKey"] == "case" else f"{row['RowKey']} {name}"
        if not isinstance(digest, str) or type(size) is not int:
            raise DamagedError(f"`{place}` of case `{case_id}`: expected a payload's digest and size, got others")
        raw = await self._payloads.get(case_id, digest, size=size, place=place)
        return pieces(raw[_OWN_BYTES:], name=name)


def shortened(case_row: Row, attempt_rows: Sequence[Row], *, before: Places) -> Shortened:
    """Return rows with their long columns left out; `before` is what the case's other rows may refer to until now.

    Raises:
        DoesNotFitError: a column is longer than any payload may be.
    """
    payloads: dict[str, bytes] = {}
    short, own = _without_long(case_row, payloads)
    listed = {place: digest for place, digest in before.items() if place.startswith("op")}
    rows: list[Row] = []
    for attempt in attempt_rows:
        row, found = _without_long(attempt, payloads)
        rows.append(row)
        # The row that it replaces is gone, and what that referred to with it.
        listed.pop(row["RowKey"], None)
        listed.update((row["RowKey"], digest) for digest in found.values())
    if listed:
        short[_LIST] = places_text(listed)
    return Shortened((short, *rows), payloads, {**listed, **own})


def places_in(case_row: Mapping[str, Any]) -> Places:
    """Return every payload that a case refers to, by its case row.

    Raises:
        ValueError: the row names something else than payloads.
    """
    own = {name.removesuffix(_BLOB): str(value) for name, value in case_row.items() if name.endswith(_BLOB)}
    return parse_places(places_text({**parse_places(str(case_row.get(_LIST, ""))), **own}))


def places_text(places: Places) -> str:
    """Return places as one line of text."""
    return ",".join(f"{place}:{digest}" for place, digest in places.items())


def parse_places(text: str) -> Places:
    """Return the places that `places_text` wrote.

    Raises:
        ValueError: `text` is something else.
    """
    pairs = [_PLACE.fullmatch(one) for one in text.split(",")] if text else []
    if None in pairs:
        raise ValueError("expected places of payloads, got something else")
    return {pair[1]: pair[2] for pair in pairs if pair}


def has_column(row: Mapping[str, Any], name: str) -> bool:
    """Whether a row has this column of bytes, on itself or in a payload."""
    return name + _PARTS in row or name + _BLOB in row


def _without_long(row: Row, payloads: dict[str, bytes]) -> tuple[Row, dict[str, str]]:
    """Return a row without its long columns, and their digests by name; their bytes are added to `payloads`."""
    names = [name.removesuffix(_PARTS) for name in row if name.endswith(_PARTS)]
    found: dict[str, str] = {}
    for name, raw in [(name, whole(row, name=name)) for name in names]:
        if len(raw) <= MAX_COLUMN_BYTES:
            continue
        payload = os.urandom(_OWN_BYTES) + raw
        check_payload(payload)
        found[name] = digest_of(payload)
        payloads[found[name]] = payload
        row = {key: value for key, value in row.items() if key not in pieces(raw, name=name)}
        row |= {name + _BLOB: found[name], name + _SIZE: len(payload)}
    return row, found
