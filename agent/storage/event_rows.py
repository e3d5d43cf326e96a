"""The activity log of one case as append-only rows, each chained to the one before by a SHA-256.

The first one is chained to the SHA-256 of the log's name (`agent.model.sealed_log.chain_start`), so that the rows of
one log are never taken for those of another.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from agent.errors import DoesNotFitError, StorageError
from agent.model.activity_event import ActivityEvent
from agent.model.sealed_log import chain_start, is_plain
from agent.storage.rows import Row, chunked, joined
from policy.canonical import NotCanonicalError, digest


@dataclass(frozen=True, slots=True)
class ChainTip:
    """Where a case's log ends: the number that the next event gets and the hash that it must carry as `prev`.

    Before the first event `prev` says nothing: what that one carries is made of the log's name.
    """

    next_number: int = 0
    prev: str = ""


def link(number: int, event: ActivityEvent, *, prev: str) -> str:
    """Return the SHA-256 of the canonical JSON of {seq, event, prev}; `prev` is the hash of the event before.

    Raises:
        DoesNotFitError: the event holds something that has no canonical form, such as a float, half a character, or
            a number of more than 15 digits, so that nobody could verify it.
    """
    fields = event.model_dump(mode="json")
    if not is_plain(fields):
        raise DoesNotFitError(
            f"event `{event.code}` cannot be chained: a number is too large, or it is nested too deep"
        )
    try:
        return digest({"seq": number, "event": fields, "prev": prev})
    except NotCanonicalError as error:
        raise DoesNotFitError(f"event `{event.code}` cannot be chained: {error}") from None
    except UnicodeEncodeError:
        raise DoesNotFitError(f"event `{event.code}` cannot be chained: it holds half a character") from None


def event_rows(case_id: str, events: Sequence[ActivityEvent], *, tip: ChainTip) -> tuple[list[Row], ChainTip]:
    """Return the rows of new events and the new end of the log; `case_id` is the log's name.

    Raises:
        DoesNotFitError: as `link`.
    """
    rows: list[Row] = []
    if tip.next_number == 0:
        tip = ChainTip(prev=chain_start(case_id))
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
