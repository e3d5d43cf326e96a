"""In-memory twins of the storage ports: same promises as the real adapters, held by the conformance suites.

`FakeDirectory` lives in `tests.conformance.fake_directory`. All keep state; none records calls for their own sake.
"""

import asyncio
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache

from agent.errors import (
    AlreadySupersededError,
    DoesNotFitError,
    KeyUnavailableError,
    PolicyUnavailableError,
    StorageError,
    VaultError,
)
from agent.model.activity_event import ActivityEvent
from agent.model.case import Case, Stage
from agent.model.plan import Plan
from agent.model.receipt import Attempt
from agent.ports import Held
from agent.storage.case_keys import CaseKeys
from agent.storage.case_record import holds_nothing_secret, record_of
from agent.storage.rows import compressed
from policy import Bundle, Engine
from policy.errors import PublicationError
from policy.publication.approval import NOTHING_IN_FORCE, InForce, Publication, Published
from policy.publication.review import catalogue_digest

# The real store's limits (one entity <= 1 MiB, a case is packed; one transaction <= 100 operations), roughly.
MAX_CASE_BYTES = 1_000_000
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

    def __init__(self, sealer: "MemorySealer | None" = None) -> None:
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


class MemoryPolicyStore:
    """ports.PolicyStore and its publisher's side in dictionaries. `catalogue` holds the ids that policies may name."""

    def __init__(self, catalogue: frozenset[str]) -> None:
        self._catalogue = catalogue
        self._bundles: dict[str, Bundle] = {}
        self._history: dict[str, tuple[Published, ...]] = {}

    def set_in_force(self, tenant_id: str, bundle: Bundle) -> None:
        """Let `bundle` be in force from the start: what a test begins with, without the ceremony."""
        self._bundles[tenant_id] = bundle

    async def in_force(self, tenant_id: str) -> InForce:
        """Return what the tenant runs under."""
        await asyncio.sleep(0)
        if tenant_id not in self._bundles:
            return NOTHING_IN_FORCE
        return InForce.of(self._bundles[tenant_id], number=len(self._history.get(tenant_id, ())))

    async def publish(self, publication: Publication, *, published_at: datetime) -> Published:
        """Put a publication in force, unless something else came first."""
        draft = publication.draft
        await asyncio.sleep(0)
        if publication.review.catalogue != catalogue_digest(self._catalogue):
            raise PublicationError(["it was reviewed with another catalogue"])
        lines = self._history.get(draft.tenant_id, ())
        if lines and lines[-1] == publication.line(number=len(lines), published_at=lines[-1].published_at):
            return lines[-1]
        if not draft.is_on(await self.in_force(draft.tenant_id)):
            raise PublicationError(["something else came in force meanwhile"])
        line = publication.line(number=len(lines) + 1, published_at=published_at)
        self._history[draft.tenant_id] = (*lines, line)
        self._bundles[draft.tenant_id] = draft.bundle
        return line

    async def history(self, tenant_id: str) -> tuple[Published, ...]:
        """Return everything that was ever in force, oldest first."""
        return self._history.get(tenant_id, ())

    async def engine(self, tenant_id: str) -> Engine:
        """See ports.PolicyStore."""
        if tenant_id not in self._bundles:
            raise PolicyUnavailableError(f"no policy is published for tenant `{tenant_id}`")
        return Engine(self._bundles[tenant_id], tenant_id=tenant_id, catalogue=self._catalogue)


class MemorySealer:
    """ports.Sealer as a lookup of random tokens: the sealed text says nothing about what it stands for."""

    def __init__(self) -> None:
        self._texts: dict[str, tuple[str, str, str]] = {}
        self.lost_tenants: set[str] = set()

    async def seal(self, tenant_id: str, *, purpose: str, text: str) -> str:
        """See ports.Sealer."""
        self._need_key(tenant_id)
        token = f"sealed-{uuid.uuid4()}"
        self._texts[token] = (tenant_id, purpose, text)
        return token

    async def open(self, tenant_id: str, *, purpose: str, sealed: str) -> str:
        """See ports.Sealer."""
        self._need_key(tenant_id)
        owner, meant_for, text = self._texts.get(sealed, ("", "", ""))
        if (owner, meant_for) != (tenant_id, purpose):
            raise VaultError(f"sealed text does not open for tenant `{tenant_id}` and purpose `{purpose}`")
        return text

    def _need_key(self, tenant_id: str) -> None:
        if tenant_id in self.lost_tenants:
            raise VaultError(f"the data key of tenant `{tenant_id}` cannot be read")


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
    if sum(len(compressed(one)) for one in text) > MAX_CASE_BYTES or len(events) > MAX_EVENTS_PER_TURN:
        raise DoesNotFitError(f"case `{case.id}` is too large to be stored in one transaction")
    return text
