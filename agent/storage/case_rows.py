"""A case and its attempts as rows of one partition, and back: readable is only what the loop and the sweep need."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter

from agent.errors import StorageError
from agent.model.case import Case
from agent.model.plan import Plan
from agent.model.receipt import Attempt
from agent.ports import Held
from agent.storage.case_keys import CaseKey
from agent.storage.case_record import holds_nothing_secret, record_of
from agent.storage.event_rows import ChainTip
from agent.storage.long_columns import Places, parse_places, places_in, places_text
from agent.storage.rows import Row, chunked, joined, moment_of, packed, pieces, stamp, unpacked, whole

CASE_ROW = "case"
_SEALED = ("sealed_before", "sealed_secret")
_IN_HAND = TypeAdapter(tuple[Attempt, ...] | None)


@dataclass(frozen=True, slots=True)
class Mark:
    """What `Held.etag` stands for, so that a commit reads nothing: the row's ETag, the end of the log, the key.

    `wrapped_key` is the case's key as it is stored, sealed; empty for a closed case, whose key is gone. `places` are
    the payloads that the case refers to.
    """

    etag: str
    tip: ChainTip
    wrapped_key: str
    places: Places

    def __str__(self) -> str:
        return f"{self.tip.next_number}|{self.tip.prev}|{self.wrapped_key}|{places_text(self.places)}|{self.etag}"

    @classmethod
    def parse(cls, text: str) -> "Mark":
        """Return the mark that `str` wrote. Only this store writes one, so anything else is a bug.

        Raises:
            ValueError: `text` is not a mark.
        """
        number, prev, wrapped_key, places, etag = text.split("|", 4)
        return cls(etag, ChainTip(int(number), prev), wrapped_key, parse_places(places))


def case_row(held: Held, *, key: CaseKey | None, tip: ChainTip) -> Row:
    """Return the whole case row of a hold. What needs no key stands in columns of its own; the ETag is no part of it.

    `key` encrypts everything else. Without one the case must be closed, and only its record is kept.

    Raises:
        DoesNotFitError: the case is larger than any that is ever read.
    """
    case = held.case
    row: Row = {
        "PartitionKey": case.id,
        "RowKey": CASE_ROW,
        "tenant": case.request.tenant_id,
        "stage": case.stage.value,
        "outcome": case.outcome,
        "seq": held.seq,
        "next_event": tip.next_number,
        "last_hash": tip.prev,
        **({"key": key.wrapped} if key else {}),
        **({} if case.plan else {"plan_parts": 0}),
    }
    row |= _columns(case if key else record_of(case), held.in_hand, key=key, row=row)
    moments = {"due_at": held.due_at, "lease_until": held.lease_until}
    return row | {name: stamp(moment) for name, moment in moments.items() if moment is not None}


def _columns(case: Case, in_hand: tuple[Attempt, ...] | None, *, key: CaseKey | None, row: Mapping[str, Any]) -> Row:
    """Return a case as columns. The plan has its own, because it stays as it is while all else changes every turn.

    With a key they are encrypted and bound to `row`, which holds the columns that need none. Without one the case is
    closed, and nothing is in hand any more.
    """
    texts = {"case": case.model_dump_json(exclude={"plan"})}
    if case.plan:
        texts["plan"] = case.plan.model_dump_json()
    if key:
        texts["hand"] = _IN_HAND.dump_json(in_hand).decode()
    columns: Row = {}
    for name, text in texts.items():
        if key is None:
            columns |= packed(text, name=name)
        else:
            columns |= pieces(key.seal(text, bound_to=_bound_to(row, name)), name=name)
    return columns


def case_of(row: Mapping[str, Any], *, key: CaseKey | None) -> Case:
    """Return the case that `case_row` wrote.

    Raises:
        StorageError: a column is missing, damaged, or was not written for this row.
        ValueError: what is stored is not a case.
    """
    case = Case.model_validate_json(_text_of(row, "case", key=key))
    # INVARIANT: a case that can still act is believed only if it was sealed under its own key. Whoever may write the
    # table and has no key can forge nothing but the record of a closed case.
    if case.id != row["PartitionKey"] or (key is None and not holds_nothing_secret(case)):
        place = f"the stored case `{row['PartitionKey']}` cannot be read"
        raise StorageError(f"{place}: expected its own text, sealed while it is open, got something else")
    # That there is no plan is written down: a row that lost it must not be taken for a case without one.
    return case if row.get("plan_parts") == 0 else case.evolve(plan=_plan_of(_text_of(row, "plan", key=key)))


def _text_of(row: Mapping[str, Any], name: str, *, key: CaseKey | None) -> str:
    if key is None:
        return unpacked(row, name=name)
    text = key.open(whole(row, name=name), bound_to=_bound_to(row, name))
    if text is None:
        place = f"the stored case `{row['PartitionKey']}` cannot be read"
        raise StorageError(f"{place}: what is sealed as `{name}` was altered or belongs to another row")
    return text


def _bound_to(row: Mapping[str, Any], name: str) -> list[str | int]:
    """Return what a case's sealed text is bound to: all that is readable beside it, but when to look at it again."""
    has_plan = int(row.get("plan_parts") != 0)
    readable = [row[one] for one in ("tenant", "PartitionKey", "stage", "outcome", "seq", "next_event", "last_hash")]
    return [CASE_ROW, name, *readable, has_plan]


@lru_cache(maxsize=4)
def _plan_of(text: str) -> Plan:
    # Reading a plan of 300 steps takes longer than all else of a turn, and every turn needs it. It is frozen.
    return Plan.model_validate_json(text)


def held_of(row: Mapping[str, Any], *, etag: str, key: CaseKey | None) -> Held:
    """Return the case of a row with all its columns; `key` is that of its column `key`, None if it has none.

    Raises:
        StorageError: the row is damaged or forged, or a newer version of the agent wrote it.
    """
    try:
        tip = ChainTip(int(row["next_event"]), str(row["last_hash"]))
        return Held(
            case=case_of(row, key=key),
            seq=int(row["seq"]),
            etag=str(Mark(etag, tip, key.wrapped if key else "", places_in(row))),
            lease_until=moment_of(row, "lease_until"),
            due_at=moment_of(row, "due_at"),
            in_hand=_IN_HAND.validate_json(_text_of(row, "hand", key=key)) if key else None,
        )
    except (KeyError, TypeError, ValueError):  # pydantic's ValidationError is a ValueError.
        raise StorageError(f"the stored case `{row.get('PartitionKey')}` cannot be read") from None


def attempt_row(attempt: Attempt, *, case: Case, key: CaseKey | None) -> Row:
    """Return the row of one attempt; a step has at most one of each kind.

    What it holds of the tenant's is encrypted once more, with the case's key; without one it is left out.
    """
    row_key = f"op{attempt.step_index:03d}-{attempt.kind}"
    plain = attempt.model_copy(update=dict.fromkeys(_SEALED, "")).model_dump_json()
    row: Row = {"PartitionKey": case.id, "RowKey": row_key, "state": attempt.state, **chunked(plain)}
    sealed = {name: text for name in _SEALED if (text := getattr(attempt, name))}
    if sealed and key:
        bound_to = _bound_to_attempt(case.request.tenant_id, case.id, row_key=row_key, plain=plain)
        row |= pieces(key.seal(json.dumps(sealed), bound_to=bound_to), name="sealed")
    return row


def attempt_of(row: Mapping[str, Any], *, tenant_id: str, key: CaseKey | None) -> Attempt:
    """Return the attempt of a row. Without a key, because its case is closed, it comes without what was encrypted.

    Raises:
        StorageError: the row is damaged.
    """
    place = f"row `{row.get('RowKey')}` of case `{row.get('PartitionKey')}`"
    plain = joined(row)
    sealed = "{}"
    if key is not None and "sealed_parts" in row:
        bound_to = _bound_to_attempt(tenant_id, row["PartitionKey"], row_key=row["RowKey"], plain=plain)
        sealed = key.open(whole(row, name="sealed"), bound_to=bound_to) or ""
    try:
        attempt = Attempt.model_validate_json(plain)
        return Attempt.model_validate({**dict(attempt), **json.loads(sealed)})
    except ValueError:  # pydantic's ValidationError is one, and so is what json raises.
        raise StorageError(f"{place} is not an attempt") from None


def _bound_to_attempt(tenant_id: str, case_id: str, *, row_key: str, plain: str) -> list[str | int]:
    return ["attempt", tenant_id, case_id, row_key, plain]
