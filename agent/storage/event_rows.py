"""The activity log of one case as append-only rows, each chained to the one before by a SHA-256."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from agent.errors import StorageError
from agent.model.activity_event import ActivityEvent
from agent.storage.rows import Row, chunked, joined
from policy.canonical import NotCanonicalError, digest

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class ChainTip:
    """Where a case's log ends: the number that the next event gets and the hash that it must carry as `prev`."""

    next_number: int = 0
    prev: str = GENESIS


def link(number: int, event: ActivityEvent, *, prev: str) -> str:
    """Return the SHA-256 of the canonical JSON of {seq, event, prev}; `prev` is the hash of the event before.

    Raises:
        StorageError: the event holds something that has no canonical form, such as a float.
    """
    try:
        return digest({"seq": number, "event": event.model_dump(mode="json"), "prev": prev})
    except NotCanonicalError as error:
        raise StorageError(f"event `{event.code}` cannot be chained: {error}") from None


def event_rows(case_id: str, events: Sequence[ActivityEvent], *, tip: ChainTip) -> tuple[list[Row], ChainTip]:
    """Return the rows of new events and the new end of the log.

    Raises:
        StorageError: as `link`.
    """
    rows: list[Row] = []
    for event in events:
        hashed = link(tip.next_number, event, prev=tip.prev)
        rows.append(
            {
                "PartitionKey": case_id,
                "RowKey": f"ev{tip.next_number:06d}",
                "code": event.code.value,
                "prev": tip.prev,
                "hash": hashed,
                **chunked(event.model_dump_json()),
            }
        )
        tip = ChainTip(tip.next_number + 1, hashed)
    return rows, tip


def event_of(row: Mapping[str, Any]) -> ActivityEvent:
    """Return the event of a row.

    Raises:
        StorageError: the row is damaged.
    """
    try:
        return ActivityEvent.model_validate_json(joined(row))
    except ValidationError:
        raise StorageError(f"row `{row.get('RowKey')}` of case `{row.get('PartitionKey')}` is not an event") from None
