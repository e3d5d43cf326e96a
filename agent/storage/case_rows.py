"""A case and its attempts as rows of one partition, and back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from pydantic import ValidationError

from agent.errors import StorageError
from agent.model.case import Case
from agent.model.plan import Plan
from agent.model.receipt import Attempt
from agent.ports import Held
from agent.storage.event_rows import ChainTip
from agent.storage.rows import Row, chunked, joined, moment_of, packed, stamp, unpacked

CASE_ROW = "case"


@dataclass(frozen=True, slots=True)
class Mark:
    """What `Held.etag` stands for: the case row's ETag and the end of the log, so that a commit reads nothing."""

    etag: str
    tip: ChainTip

    def __str__(self) -> str:
        return f"{self.tip.next_number}|{self.tip.prev}|{self.etag}"

    @classmethod
    def parse(cls, text: str) -> "Mark":
        """Return the mark that `str` wrote. Only this store writes one, so anything else is a bug.

        Raises:
            ValueError: `text` is not a mark.
        """
        number, prev, etag = text.split("|", 2)
        return cls(etag=etag, tip=ChainTip(int(number), prev))


def case_row(case: Case, *, seq: int, tip: ChainTip, due_at: datetime | None) -> Row:
    """Return the whole case row, without a lease."""
    row: Row = {
        "PartitionKey": case.id,
        "RowKey": CASE_ROW,
        "stage": case.stage.value,
        "outcome": case.outcome,
        "seq": seq,
        "next_event": tip.next_number,
        "last_hash": tip.prev,
        **case_columns(case),
    }
    if due_at is not None:
        row["due_at"] = stamp(due_at)
    return row


def case_columns(case: Case) -> Row:
    """Return a case as columns. The plan has its own, because it stays as it is while all else changes every turn."""
    rest = packed(case.model_dump_json(exclude={"plan"}), name="case")
    return {**rest, **(packed(case.plan.model_dump_json(), name="plan") if case.plan else {"plan_parts": 0})}


def case_of(row: Mapping[str, Any]) -> Case:
    """Return the case that `case_columns` wrote.

    Raises:
        StorageError: a column is missing or damaged.
        ValueError: what is stored is not a case.
    """
    case = Case.model_validate_json(unpacked(row, name="case"))
    # That there is no plan is written down: a row that lost it must not be taken for a case without one.
    return case if row.get("plan_parts") == 0 else case.evolve(plan=_plan_of(unpacked(row, name="plan")))


@lru_cache(maxsize=4)
def _plan_of(text: str) -> Plan:
    # Reading a plan of 300 steps takes longer than all else of a turn, and every turn needs it. It is frozen.
    return Plan.model_validate_json(text)


def held_of(row: Mapping[str, Any], *, etag: str) -> Held:
    """Return the case of a row.

    Raises:
        StorageError: the row is damaged, or a newer version of the agent wrote it.
    """
    try:
        tip = ChainTip(int(row["next_event"]), str(row["last_hash"]))
        return Held(
            case=case_of(row),
            seq=int(row["seq"]),
            etag=str(Mark(etag, tip)),
            lease_until=moment_of(row, "lease_until"),
            due_at=moment_of(row, "due_at"),
        )
    except (KeyError, TypeError, ValueError):  # pydantic's ValidationError is a ValueError.
        raise StorageError(f"the stored case `{row.get('PartitionKey')}` cannot be read") from None


def attempt_row(case_id: str, attempt: Attempt) -> Row:
    """Return the row of one attempt; a step has at most one of each kind."""
    return {
        "PartitionKey": case_id,
        "RowKey": f"op{attempt.step_index:03d}-{attempt.kind}",
        "state": attempt.state,
        **chunked(attempt.model_dump_json()),
    }


def attempt_of(row: Mapping[str, Any]) -> Attempt:
    """Return the attempt of a row.

    Raises:
        StorageError: the row is damaged.
    """
    try:
        return Attempt.model_validate_json(joined(row))
    except ValidationError:
        raise StorageError(f"row `{row.get('RowKey')}` of case `{row.get('PartitionKey')}` is not an attempt") from None
