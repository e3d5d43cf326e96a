"""The lines of a sealed log in an append blob: leaves, and the record that seals them."""

import json
from collections.abc import Iterator, Sequence

from pydantic import TypeAdapter, ValidationError

from agent.errors import DamagedError
from agent.log_ports import ArchiveRecord
from agent.model.frozen import Frozen
from agent.model.sealed_log import Leaf
from policy.canonical import canonical_json


class _LeafLine(Frozen):
    leaf: Leaf


class _RecordLine(Frozen):
    record: ArchiveRecord


_LINE: TypeAdapter[_LeafLine | _RecordLine] = TypeAdapter(_LeafLine | _RecordLine)


class LineSplitter:
    """Cuts chunks of bytes into lines; `offset` is where the first chunk stands in its blob."""

    def __init__(self, offset: int) -> None:
        self._offset = offset
        self.rest = b""

    def lines(self, chunk: bytes) -> Iterator[tuple[bytes, int]]:
        """Yield every whole line without its end, and the offset right behind it; `rest` is what is no line yet."""
        *whole, self.rest = (self.rest + chunk).split(b"\n")
        for text in whole:
            self._offset += len(text) + 1
            yield text, self._offset


def block_of(leaves: Sequence[Leaf], record: ArchiveRecord) -> bytes:
    """Return what is appended in one piece."""
    lines = [*(_LeafLine(leaf=one) for one in leaves), _RecordLine(record=record)]
    return "".join(canonical_json(one.model_dump(mode="json")) + "\n" for one in lines).encode()


def line_in(text: bytes, *, place: str) -> Leaf | ArchiveRecord:
    """Return what a line holds; `place` says for the message where it stands.

    Raises:
        DamagedError: it is neither a leaf nor a record.
    """
    try:
        line = _LINE.validate_python(json.loads(text))
    except (ValueError, ValidationError, RecursionError):
        raise DamagedError(f"{place}: expected a leaf or a checkpoint, got something else") from None
    return line.leaf if isinstance(line, _LeafLine) else line.record


def record_in(tail: bytes, tenant_id: str) -> ArchiveRecord:
    """Return the record in the last line of `tail`, the end of a blob.

    Raises:
        DamagedError: the blob does not end with a record of this tenant.
    """
    *_, text, rest = (b"", *tail.split(b"\n"))
    record = None if rest else line_in(text, place=f"the end of the sealed log of tenant `{tenant_id}`")
    if not isinstance(record, ArchiveRecord) or record.sealed.checkpoint.tenant != tenant_id:
        raise DamagedError(f"the sealed log of tenant `{tenant_id}` does not end with a checkpoint of its own")
    return record
