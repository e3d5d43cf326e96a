"""The loop: load a case, run its stage, save it with its log in one transaction, wake the next stage.

Order of a turn (design page 06-runtime, 5.3):
1. Load. A message for another seq or stage is a leftover; a live lease is somebody at work. Both end here.
2. Run the stage. A stage saves nothing itself, except the intent of a write through `Attempts.begin`.
3. Commit case, log and attempt under the ETag. Whoever loses the race stops without a trace.
4. Put the wake-up. `stage, seq` in the case is the outbox: the sweep puts what a crash kept from being put.
"""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from agent.errors import AlreadySupersededError, DoesNotFitError, PortError, StorageError, ThrottledError
from agent.model.activity_event import ActivityEvent, EventCode
from agent.model.approval import Approval
from agent.model.case import Case, Stage, case_id_for
from agent.model.receipt import Attempt
from agent.model.service_request import ServiceRequest
from agent.ports import CaseStore, Clock, Held, Ports, Turn, Wakeups
from agent.stages.approve import approve, take_answer
from agent.stages.authorize import authorize
from agent.stages.close import close
from agent.stages.escalate import escalate
from agent.stages.execute import execute
from agent.stages.investigate import investigate
from agent.stages.plan import plan
from agent.stages.rollback import rollback
from agent.stages.verify import verify

_log = logging.getLogger("remit.loop")

StageFunction = Callable[..., Awaitable[Turn]]

STAGES: Mapping[Stage, StageFunction] = {
    Stage.INVESTIGATE: investigate,
    Stage.PLAN: plan,
    Stage.AUTHORIZE: authorize,
    Stage.APPROVE: approve,
    Stage.EXECUTE: execute,
    Stage.VERIFY: verify,
    Stage.ROLLBACK: rollback,
    Stage.ESCALATE: escalate,
    Stage.CLOSE: close,
}

# A turn must end well before the host would kill the whole worker (functionTimeout in host.json).
TURN_SECONDS = 150
# A lease outlives the turn that took it, so that a write in flight is never raced.
LEASE_SECONDS = 180
# How long after its expected moment the sweep looks after a case.
OVERDUE_SECONDS = 60
# A stage that fails outside this often in a row is handed over to people.
MAX_TROUBLES = 5

# These read the attempts of their own step; of a plan of hundreds the others are read only where all of them matter.
_WITH_ONE_STEP = frozenset({Stage.EXECUTE, Stage.VERIFY})
_WITH_ATTEMPTS = frozenset({*_WITH_ONE_STEP, Stage.ROLLBACK, Stage.ESCALATE, Stage.CLOSE})
# What the operator should see in the host's log within seconds.
_ALARMS = frozenset({EventCode.ROLLBACK_FAILED, EventCode.EFFECT_REFUTED, EventCode.REPLY_FAILED})
_TELL_OF_WRITES = frozenset(
    {EventCode.PERMIT_GRANTED, EventCode.WRITE_ATTEMPTED, EventCode.WRITE_ANSWERED, EventCode.WRITE_FAILED}
)
_MAX_KEPT_EVENTS = 20


@dataclass(frozen=True, slots=True)
class Opened:
    """The case of a request, and whether this request created it."""

    case_id: str
    created: bool


class Loop:
    """Runs cases for one stack. `ports_for` gives the ports of a tenant; the loop binds the attempts."""

    def __init__(
        self, store: CaseStore, wakeups: Wakeups, *, ports_for: Callable[[str], Awaitable[Ports]], clock: Clock
    ) -> None:
        self._store = store
        self._wakeups = wakeups
        self._ports_for = ports_for
        self._clock = clock

    async def open(self, request: ServiceRequest) -> Opened:
        """Create the case of a request, or find the one it has; a redelivery never makes a second.

        Raises:
            StorageError: it could not be stored; the caller answers 503 so that the sender tries again.
        """
        case_id = case_id_for(tenant_id=request.tenant_id, source=request.source, external_id=request.external_id)
        now = self._clock.now()
        case = Case(id=case_id, stage=Stage.INVESTIGATE, request=request)
        data = {
            "source": request.source,
            "ticket": request.external_id,
            "channel": request.channel,
            "assurance": request.assurance.value,
            "requester": request.requester,
            "tenant_id": request.tenant_id,
        }
        opened = ActivityEvent(code=EventCode.CASE_OPENED, at=now, data=data)
        created = await self._store.create(case, (opened,), due_at=now + timedelta(seconds=OVERDUE_SECONDS))
        if created:
            await self._wakeups.put(Stage.INVESTIGATE, case_id, seq=0)
        return Opened(case_id=case_id, created=created)

    async def advance(self, stage: Stage, case_id: str, *, seq: int) -> None:
        """Run one turn of a case if this message is the one it waits for.

        Raises:
            StorageError: nothing was saved; the queue delivers the message again.
        """
        # (1) Leftovers and doubles end here, at the price of one read.
        held = await self._store.load(case_id)
        now = self._clock.now()
        if held is None or held.seq != seq or held.case.stage is not stage or _is_leased(held, now=now):
            return
        bound = _HeldAttempts(self._store, held, clock=self._clock)
        try:
            # (2) The stage sees one moment in time and one set of ports.
            turn = await self._run(held.case, bound, now=now)
            # (3) and (4)
            await self._save(bound.held, turn, now=now)
        except AlreadySupersededError:
            _log.info("case %s was saved by another worker", case_id)

    async def answer(self, held: Held, approval: Approval) -> Case:
        """Save one person's checked answer to the open approval request and wake the case.

        Raises:
            AlreadySupersededError: the case moved on meanwhile; load it again and look.
            StorageError: it could not be saved.
        """
        now = self._clock.now()
        turn = take_answer(held.case, approval, now=now)
        await self._save(held, turn, now=now)
        return turn.case

    async def sweep(self) -> int:
        """Wake every case whose moment has passed; return how many. Doubled wake-ups are harmless.

        Raises:
            StorageError: storage did not answer; the next run of the timer tries again.
        """
        woken = 0
        async for held in self._store.overdue(self._clock.now()):
            _log.warning("case %s is overdue in stage %s and is woken", held.case.id, held.case.stage)
            await self._wakeups.put(held.case.stage, held.case.id, seq=held.seq)
            woken += 1
        return woken

    async def _run(self, case: Case, bound: "_HeldAttempts", *, now: datetime) -> Turn:
        try:
            await bound.load()
            ports = replace(await self._ports_for(case.request.tenant_id), attempts=bound)
            async with asyncio.timeout(TURN_SECONDS):
                turn = await STAGES[case.stage](case, ports, now=now)
        except DoesNotFitError as error:
            # What cannot be stored today cannot be stored tomorrow, so it counts as the stage's own failure.
            return _in_trouble(case, str(error), now=now, attempt=bound.of(case.step_index, "do"))
        except (AlreadySupersededError, StorageError):
            raise
        except Exception as error:
            # A PortError explains itself; of anything else only the type is safe to log and to store.
            reason = str(error) if isinstance(error, PortError) else f"an unexpected `{type(error).__name__}`"
            _log.exception("case %s: stage %s failed", case.id, case.stage, exc_info=_without_contents(error))
            turn = _in_trouble(case, reason, now=now, attempt=bound.of(case.step_index, "do"))
            return _when_asked(turn, error) if isinstance(error, ThrottledError) else turn
        return replace(turn, case=turn.case.evolve(troubles=0))

    async def _save(self, held: Held, turn: Turn, *, now: datetime) -> None:
        try:
            saved = await self._commit(held, turn, now=now)
        except (DoesNotFitError, ValueError) as error:
            # What cannot be written today cannot be written tomorrow: without this the case would never move again.
            _log.error("case %s: a turn of stage %s cannot be stored: %s", turn.case.id, held.case.stage, _name(error))
            turn = _without_bulk(held.case, turn, now=now)
            saved = await self._commit(held, turn, now=now)
        for event in turn.events:
            if event.code in _ALARMS:
                _log.error("case %s: %s", turn.case.id, event.code.value)
        if turn.case.stage is not Stage.CLOSED and turn.waits_until is None:
            await self._wakeups.put(turn.case.stage, turn.case.id, seq=saved.seq, delay_seconds=turn.after_seconds)

    async def _commit(self, held: Held, turn: Turn, *, now: datetime) -> Held:
        wait = timedelta(seconds=turn.after_seconds + OVERDUE_SECONDS)
        due_at = None if turn.case.stage is Stage.CLOSED else turn.waits_until or now + wait
        return await self._store.commit(held, turn.case, events=turn.events, attempts=turn.attempts, due_at=due_at)


class _HeldAttempts:
    """The attempts of the case in hand; it carries the newest hold, which `begin` replaces."""

    def __init__(self, store: CaseStore, held: Held, *, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._known: dict[tuple[int, str], Attempt] = {}
        self.held = held

    async def load(self) -> None:
        case = self.held.case
        if case.stage in _WITH_ATTEMPTS:
            step_index = case.step_index if case.stage in _WITH_ONE_STEP else None
            found = await self._store.attempts(case.id, step_index=step_index)
            self._known = {(one.step_index, one.kind): one for one in found}

    def of(self, step_index: int, kind: str) -> Attempt | None:
        return self._known.get((step_index, kind))

    def all(self) -> tuple[Attempt, ...]:
        return tuple(self._known.values())

    async def begin(self, attempt: Attempt) -> None:
        lease_until = self._clock.now() + timedelta(seconds=LEASE_SECONDS)
        self.held = await self._store.begin(self.held, attempt, lease_until=lease_until)
        self._known[(attempt.step_index, attempt.kind)] = attempt


def _is_leased(held: Held, *, now: datetime) -> bool:
    return held.lease_until is not None and now < held.lease_until


def _in_trouble(case: Case, reason: str, *, now: datetime, attempt: Attempt | None) -> Turn:
    """Try the stage again later, more patiently each time; hand over when it keeps failing."""
    troubles = case.troubles + 1
    data = {"stage": case.stage.value, "problem": reason, "times": troubles}
    event = ActivityEvent(code=EventCode.STAGE_TROUBLED, at=now, data=data)
    later = min(600, 5 * 2 ** min(troubles, 10))
    ending = case.stage in (Stage.ESCALATE, Stage.CLOSE)
    if troubles < MAX_TROUBLES or ending:
        # Handing over is the last resort itself, so it is retried for as long as it takes.
        return Turn(case.evolve(troubles=troubles), events=(event,), after_seconds=later)
    why = f"stage `{case.stage.value}` failed {troubles} times: {reason}"
    # Only when this step never began is it certain that undoing the ones before puts everything back.
    undoes = case.stage is Stage.EXECUTE and case.has_changed_something and attempt is None
    stage = Stage.ROLLBACK if undoes else Stage.ESCALATE
    urgent = case.stage in (Stage.EXECUTE, Stage.VERIFY, Stage.ROLLBACK)
    handed = case.evolve(stage=stage, why=why, queue="service-desk-l2", urgent=urgent, troubles=0)
    return Turn(handed, events=(event,))


def _when_asked(turn: Turn, error: ThrottledError) -> Turn:
    """Return the turn with the look-ups that were made, woken no earlier than the service asked for."""
    # At most as long as any other trouble waits: the service may ask for a day.
    wait = min(600, math.ceil(error.retry_after_seconds or 0))
    later = max(turn.after_seconds, wait) if turn.case.troubles else turn.after_seconds
    return replace(turn, events=(*error.events, *turn.events), after_seconds=later)


def _without_bulk(case: Case, turn: Turn, *, now: datetime) -> Turn:
    """Return a small turn in the place of one that cannot be stored: hand over, and keep what tells of writes."""
    why = f"what stage `{case.stage.value}` found or planned cannot be stored"
    data = {"stage": case.stage.value, "problem": why, "times": 1}
    troubled = ActivityEvent(code=EventCode.STAGE_TROUBLED, at=now, data=data)
    kept = tuple(one for one in turn.events if one.code in _TELL_OF_WRITES)[:_MAX_KEPT_EVENTS]
    small = case.evolve(seen={}, questions=(), handoff=None, why=why, queue="service-desk-l2")
    if case.stage in (Stage.ESCALATE, Stage.CLOSE):
        return Turn(
            small.evolve(stage=Stage.CLOSE, reply_failed=True), events=(*kept, troubled), attempts=turn.attempts
        )
    handed = small.evolve(stage=Stage.ESCALATE, urgent=bool(turn.attempts))
    return Turn(handed, events=(*kept, troubled), attempts=turn.attempts)


def _name(error: Exception) -> str:
    return str(error) if isinstance(error, PortError) else type(error).__name__


def _without_contents(error: Exception) -> Exception:
    """Return a stand-in that is safe to log: our own errors keep their words, foreign ones may quote bodies.

    The stand-in has no cause and no context, because a traceback prints those too.
    """
    words = str(error) if isinstance(error, PortError) else "its message is left out"
    return RuntimeError(f"{type(error).__name__}: {words}").with_traceback(error.__traceback__)
