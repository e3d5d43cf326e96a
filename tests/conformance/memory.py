"""In-memory twins of the stores of cases and of wake-ups: same promises as the real adapters.

The conformance suites hold them to it. The twins of other ports stand in files of their own beside this one. All keep
state; none records calls for their own sake.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache

from agent.errors import (
    AlreadySupersededError,
    DoesNotFitError,
    KeyUnavailableError,
    StorageError,
)
from agent.model.activity_event import ActivityEvent
from agent.model.case import Case, Stage
from agent.model.plan import Plan
from agent.model.receipt import Attempt
from agent.ports import Held
from agent.storage.case_keys import CaseKeys
from agent.storage.case_record import holds_nothing_secret, record_of
from agent.storage.cases import HANDOFF_KEPT
from agent.storage.payloads import check_payload
from agent.storage.rows import compressed
from tests.conformance.memory_sealer import MemorySealer

# One transaction of the real store takes 100 rows: the case, an attempt, and these.
MAX_EVENTS_PER_TURN = 98


@dataclass(frozen=True, slots=True)
class _Row:
    """One stored case. Everything is kept as it is stored, so that a value that does not survive it is noticed.

    `text` is the case without its plan, and the plan. `wrapped_key` stands for the case's key: empty once the case
    closed and needs none.
    """

    text: tuple[str, str]
    wrapped_key: str
    seq: int
    version: int
    lease_until: datetime | None
    due_at: datetime | None
    events: tuple[str, ...]
    in_hand: tuple[str, ...] | None = ()
    attempts: dict[tuple[int, str], str] = field(default_factory=dict)


class MemoryCaseStore:
    """ports.CaseStore in a dictionary. It encrypts nothing, but without the tenant's key it reads and saves nothing."""

    def __init__(self, sealer: MemorySealer | None = None) -> None:
        self._rows: dict[str, _Row] = {}
        self.sealer = sealer or MemorySealer()
        self._keys = CaseKeys(self.sealer)

    async def create(self, case: Case, events: tuple[ActivityEvent, ...], *, due_at: datetime) -> bool:
        """See ports.CaseStore."""
        await asyncio.sleep(0)
        text = _fitting(case, events)
        wrapped_key = await self._wrapped_key(case, "")
        if case.id in self._rows:
            return False
        self._rows[case.id] = _Row(text, wrapped_key, 0, 0, None, due_at, _dumped(events))
        return True

    async def load(self, case_id: str) -> Held | None:
        """See ports.CaseStore."""
        await asyncio.sleep(0)
        row = self._rows.get(case_id)
        return await self._opened(row) if row else None

    async def begin(
        self, held: Held, attempt: Attempt, *, events: tuple[ActivityEvent, ...], lease_until: datetime
    ) -> Held:
        """See ports.CaseStore."""
        await asyncio.sleep(0)
        await self._wrapped_key(held.case, self._current(held).wrapped_key)
        row = self._current(held)
        return self._save(
            held,
            replace(
                row,
                lease_until=lease_until,
                in_hand=_dumped_hand(held.in_hand_at(held.case.step_index, (attempt,))),
                events=row.events + _dumped(events),
                attempts=_with(row, attempt),
            ),
        )

    async def commit(
        self,
        held: Held,
        case: Case,
        *,
        events: tuple[ActivityEvent, ...],
        attempts: tuple[Attempt, ...],
        due_at: datetime | None,
    ) -> Held:
        """See ports.CaseStore."""
        await asyncio.sleep(0)
        text = _fitting(case, events)
        wrapped_key = await self._wrapped_key(case, self._current(held).wrapped_key)
        row = self._current(held)
        return self._save(
            held,
            replace(
                row,
                text=text,
                wrapped_key=wrapped_key,
                seq=row.seq + 1,
                lease_until=None,
                due_at=due_at,
                in_hand=_dumped_hand(held.in_hand_at(case.step_index, attempts) if wrapped_key else None),
                events=row.events + _dumped(events),
                attempts=_without_sealed(_with(row, *attempts)) if not wrapped_key else _with(row, *attempts),
            ),
        )

    async def attempts(self, case_id: str, *, step_index: int | None = None) -> tuple[Attempt, ...]:
        """See ports.CaseStore."""
        row = self._rows.get(case_id)
        stored = sorted(row.attempts.items()) if row else []
        wanted = [text for (index, _), text in stored if step_index in (None, index)]
        return tuple(Attempt.model_validate_json(text) for text in wanted)

    async def events(self, case_id: str) -> tuple[ActivityEvent, ...]:
        """See ports.CaseStore."""
        row = self._rows.get(case_id)
        return tuple(ActivityEvent.model_validate_json(text) for text in row.events) if row else ()

    async def overdue(self, now: datetime) -> AsyncIterator[Held]:
        """See ports.CaseStore."""
        unread: StorageError | None = None
        await self._end_handoffs(now)
        for row in [one for one in self._rows.values() if one.due_at is not None and one.due_at <= now]:
            try:
                held = await self._opened(row)
            except KeyUnavailableError as error:
                unread = error
                continue
            if held.case.stage is not Stage.CLOSED:
                yield held
        if unread is not None:
            raise unread

    async def recent(self, limit: int) -> AsyncIterator[Held]:
        """See ports.CaseStore."""
        everything = [held for row in list(self._rows.values()) if (held := await self._readable(row)) is not None]
        active = [held for held in everything if held.case.stage is not Stage.CLOSED]
        closed = [held for held in everything if held.case.stage is Stage.CLOSED]
        closed.sort(key=lambda held: held.case.closed_at or held.case.request.received_at, reverse=True)
        for held in (active + closed)[: max(limit, 0)]:
            yield held

    async def _end_handoffs(self, now: datetime) -> None:
        for held in [_held(row) for row in self._rows.values() if row.wrapped_key]:
            case = held.case
            if case.stage is Stage.CLOSED and case.closed_at and now >= case.closed_at + HANDOFF_KEPT:
                await self.commit(held, case.evolve(handoff=None), events=(), attempts=(), due_at=None)

    async def _opened(self, row: _Row) -> Held:
        held = _held(row)
        if row.wrapped_key:
            await self._wrapped_key(held.case, row.wrapped_key)
        return held

    async def _readable(self, row: _Row) -> Held | None:
        try:
            return await self._opened(row)
        except KeyUnavailableError:
            return None

    async def _wrapped_key(self, case: Case, wrapped: str) -> str:
        """Return the key that the case has to be saved with, which the tenant must have; empty when it needs none."""
        if holds_nothing_secret(case):
            return ""
        tenant_id = case.request.tenant_id
        if not wrapped:
            return (await self._keys.new(tenant_id, case.id)).wrapped
        return (await self._keys.opened(tenant_id, case.id, wrapped=wrapped)).wrapped

    def _current(self, held: Held) -> _Row:
        row = self._rows.get(held.case.id)
        if row is None or str(row.version) != held.etag:
            raise AlreadySupersededError(f"case `{held.case.id}` was saved by another worker")
        return row

    def _save(self, held: Held, row: _Row) -> Held:
        saved = replace(row, version=row.version + 1)
        self._rows[held.case.id] = saved
        return _held(saved)


class MemoryWakeups:
    """ports.Wakeups as a list per stage. `delays` remembers each message's delay in seconds, in order."""

    def __init__(self) -> None:
        self.messages: dict[str, list[tuple[str, int]]] = {}
        self.delays: list[int] = []

    async def put(self, stage: str, case_id: str, *, seq: int, delay_seconds: int = 0) -> None:
        """See ports.Wakeups."""
        self.messages.setdefault(stage, []).append((case_id, seq))
        self.delays.append(delay_seconds)

    def take(self, stage: str) -> tuple[str, int] | None:
        """Remove and return the oldest (case id, seq) of a stage, whatever its delay; None if there is none."""
        waiting = self.messages.get(stage, [])
        return waiting.pop(0) if waiting else None


def _held(row: _Row) -> Held:
    return Held(
        case=_case_of(*row.text),
        seq=row.seq,
        etag=str(row.version),
        lease_until=row.lease_until,
        due_at=row.due_at,
        in_hand=None if row.in_hand is None else tuple(Attempt.model_validate_json(text) for text in row.in_hand),
    )


def _with(row: _Row, *attempts: Attempt) -> dict[tuple[int, str], str]:
    return {**row.attempts, **{(one.step_index, one.kind): one.model_dump_json() for one in attempts}}


def _dumped(events: tuple[ActivityEvent, ...]) -> tuple[str, ...]:
    return tuple(event.model_dump_json() for event in events)


def _dumped_hand(in_hand: tuple[Attempt, ...] | None) -> tuple[str, ...] | None:
    return None if in_hand is None else tuple(one.model_dump_json() for one in in_hand)


def _without_sealed(attempts: dict[tuple[int, str], str]) -> dict[tuple[int, str], str]:
    erased = {"sealed_before": "", "sealed_secret": ""}
    found = {place: Attempt.model_validate_json(text) for place, text in attempts.items()}
    return {place: one.model_copy(update=erased).model_dump_json() for place, one in found.items()}


def _case_of(text: str, plan: str) -> Case:
    case = Case.model_validate_json(text)
    return case.evolve(plan=_plan_of(plan)) if plan else case


@lru_cache(maxsize=4)
def _plan_of(text: str) -> Plan:
    # As in the real store: reading a plan of 300 steps takes longer than all else of a turn.
    return Plan.model_validate_json(text)


def _fitting(case: Case, events: tuple[ActivityEvent, ...]) -> tuple[str, str]:
    kept = record_of(case) if holds_nothing_secret(case) else case
    text = (kept.model_dump_json(exclude={"plan"}), kept.plan.model_dump_json() if kept.plan else "")
    for one in text:
        check_payload(compressed(one))
    if len(events) > MAX_EVENTS_PER_TURN:
        raise DoesNotFitError(f"case `{case.id}` is too large to be stored in one transaction")
    return text
