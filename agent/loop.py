"""The loop: load a case, run its stage, save it with its log in one transaction, wake the next stage.

Order of a turn (design page 06-runtime, 5.3):
1. Load. A message for another seq or stage is a leftover; a live lease is somebody at work. Both end here.
2. Run the stage. A stage saves nothing itself, except the intent of a write through `Attempts.begin`.
3. Commit case, log and attempt under the ETag. Whoever loses the race stops without a trace.
4. Put the wake-up. `stage, seq` in the case is the outbox: the sweep puts what a crash kept from being put.

A case that was paused stays where it is at (1). Orders of people are turns too, saved by `save` like any other.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from agent.alarms import Alarms, WatchedDirectory, with_alerts, with_stopped
from agent.controls import is_at_rest, let_go, never_half_done
from agent.errors import (
    AlreadySupersededError,
    DoesNotFitError,
    KeyUnavailableError,
    PortError,
    StorageError,
    ThrottledError,
)
from agent.held_attempts import HeldAttempts, is_leased
from agent.holding import is_still_held, lifted_by, was_held
from agent.inquiry import Seen
from agent.model.activity_event import ActivityEvent, EventCode
from agent.model.approval import Approval
from agent.model.case import Case, Stage
from agent.model.service_request import ServiceRequest
from agent.opening import NOTHING_SEEN, Opened, first_case
from agent.ports import CaseStore, Clock, Held, Ports, Turn, Wakeups
from agent.progress import tell_progress
from agent.sent_cards import are_behind, with_cards_shown
from agent.stages.approve import approve, take_answer
from agent.stages.authorize import authorize
from agent.stages.clarify import clarify
from agent.stages.close import close
from agent.stages.escalate import escalate, handoff_of
from agent.stages.execute import execute
from agent.stages.investigate import investigate
from agent.stages.plan import plan
from agent.stages.rollback import rollback
from agent.stages.verify import verify
from agent.standing.suspension import with_suspensions
from agent.troubles import given_up, in_trouble, named, throttled, without_bulk, without_contents
from agent.wishes import StoredSiblings

_log = logging.getLogger("remit.loop")

StageFunction = Callable[..., Awaitable[Turn]]

STAGES: Mapping[Stage, StageFunction] = {
    Stage.INVESTIGATE: investigate,
    Stage.PLAN: plan,
    Stage.CLARIFY: clarify,
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
# How long after its expected moment the sweep looks after a case.
OVERDUE_SECONDS = 60

# What the operator should see in the host's log within seconds.
_LOUD = frozenset({EventCode.ROLLBACK_FAILED, EventCode.EFFECT_REFUTED, EventCode.REPLY_FAILED})


class Loop:
    """Runs cases for one stack. `ports_for` gives the ports of a tenant; the loop binds the attempts."""

    def __init__(
        self,
        store: CaseStore,
        wakeups: Wakeups,
        *,
        ports_for: Callable[[str], Awaitable[Ports]],
        alarms: Alarms,
        clock: Clock,
    ) -> None:
        self._store = store
        self._wakeups = wakeups
        self._ports_for = ports_for
        self._alarms = alarms
        self._clock = clock

    async def open(self, request: ServiceRequest, *, known: Seen = NOTHING_SEEN) -> Opened:
        """Create the case of a request, or find the one it has; a redelivery never makes a second.

        Raises:
            StorageError: it could not be stored; the caller answers 503 so that the sender tries again.
        """
        now = self._clock.now()
        case, events = first_case(request, known=known, now=now)
        created = await self._store.create(case, events, due_at=now + timedelta(seconds=OVERDUE_SECONDS))
        if created:
            await self._wakeups.put(Stage.INVESTIGATE, case.id, seq=0)
        return Opened(case_id=case.id, created=created)

    async def advance(self, stage: Stage, case_id: str, *, seq: int) -> None:
        """Run one turn of a case if this message is the one it waits for.

        Raises:
            StorageError: nothing was saved; the queue delivers the message again.
        """
        try:
            await self._advance(stage, case_id, seq=seq)
        except KeyUnavailableError as error:
            # Delivered again at once it would soon count as poison. The sweep wakes the case when the key is back.
            _log.error("case %s waits for its tenant's key: %s", case_id, error)
        except AlreadySupersededError:
            _log.info("case %s was saved by another worker", case_id)

    async def _advance(self, stage: Stage, case_id: str, *, seq: int) -> None:
        # (1) Leftovers and doubles end here, at the price of one read.
        held = await self._store.load(case_id)
        now = self._clock.now()
        if held is None or held.seq != seq or held.case.stage is not stage or is_leased(held, now=now):
            return
        if is_at_rest(held.case):
            return
        if was_held(held.case) and await is_still_held(held.case, await self._ports_for(held.case.request.tenant_id)):
            return
        bound = HeldAttempts(self._store, held, clock=self._clock)
        # (2) The stage sees one moment in time and one set of ports.
        case = await with_cards_shown(held.case, ports_for=self._ports_for, now=now)
        turn = await self._run(case, bound, now=now)
        for request in turn.opens:
            # INVARIANT: a wish has its case before the turn is saved that says how many there are.
            await self.open(request)
        # (3) and (4)
        await self._save(bound.held, turn, now=now)

    async def answer(self, held: Held, approval: Approval, *, events: tuple[ActivityEvent, ...] = ()) -> Case:
        """Save one person's checked answer to the open approval request and wake the case; `events` led to it.

        Raises:
            AlreadySupersededError: the case moved on meanwhile; load it again and look.
            StorageError: it could not be saved.
        """
        turn = take_answer(held.case, approval, now=self._clock.now())
        return (await self.save(held, replace(turn, events=(*events, *turn.events)))).case

    async def save(self, held: Held, turn: Turn) -> Held:
        """Save what a person's answer or order made of a case, and wake it.

        Raises:
            AlreadySupersededError: the case moved on meanwhile; load it again and look.
            StorageError: it could not be saved.
        """
        return await self._save(held, turn, now=self._clock.now())

    async def give_up(self, stage: Stage, case_id: str, *, seq: int) -> bool:
        """Hand over a case whose wake-up the host has put aside; return False while another worker has it.

        A message that names no case, or a turn that is over, is nothing any more.

        Raises:
            StorageError: it could not be read or saved; the message must be kept.
        """
        held = await self._store.load(case_id)
        now = self._clock.now()
        if held is None or held.seq != seq or held.case.stage is not stage:
            _log.warning("a message for stage %s of case %s is poison and waits for nothing any more", stage, case_id)
            return True
        if is_leased(held, now=now):
            return False
        case, bound = held.case, HeldAttempts(self._store, held, clock=self._clock)
        await bound.load()
        if stage is Stage.ESCALATE:
            case = case.evolve(handoff=handoff_of(case, bound.all()))
        _log.error("case %s: the host gave up its message for stage %s, so people take over", case_id, stage)
        try:
            await self._save(held, given_up(case, now=now, attempt=bound.of(case.step_index, "do")), now=now)
        except AlreadySupersededError:
            _log.info("case %s was saved by another worker", case_id)
        return True

    async def sweep(self) -> int:
        """Wake every case whose moment has passed; return how many. Doubled wake-ups are harmless.

        Raises:
            StorageError: storage did not answer; the next run of the timer tries again.
        """
        woken, unsent = 0, None
        async for held in self._store.overdue(self._clock.now()):
            level = logging.DEBUG if held.case.held_by else logging.WARNING
            _log.log(level, "case %s is overdue in stage %s and is woken", held.case.id, held.case.stage)
            try:
                await self._wakeups.put(held.case.stage, held.case.id, seq=held.seq)
                woken += 1
            except StorageError as error:
                # The queue of one stage must not keep the cases of the others.
                unsent = error
        if unsent is not None:
            raise unsent
        return woken

    async def _run(self, case: Case, bound: HeldAttempts, *, now: datetime) -> Turn:
        if case.held_by is None:
            return await self._run_stage(case, bound, now=now)
        # A turn of its own, as the start of a rollback: the log must not show a write before the word that it may be.
        ports = await self._ports_for(case.request.tenant_id)
        return let_go(Turn(case.evolve(held_by=None)), await lifted_by(ports, case.held_by), now=now)

    async def _run_stage(self, case: Case, bound: HeldAttempts, *, now: datetime) -> Turn:
        stopped: list[str] = []
        turn = await self._tried(case, bound, stopped=stopped, now=now)
        return with_stopped(turn, stopped, now=now)

    async def _tried(self, case: Case, bound: HeldAttempts, *, stopped: list[str], now: datetime) -> Turn:
        try:
            await bound.load()
            ports = await self._ports_for(case.request.tenant_id)
            ports = replace(ports, attempts=bound, directory=WatchedDirectory(ports.directory, stopped))
            ports = replace(ports, siblings=StoredSiblings(self._outcome_of))
            async with asyncio.timeout(TURN_SECONDS):
                turn = await STAGES[case.stage](case, ports, now=now)
        except DoesNotFitError as error:
            # What cannot be stored today cannot be stored tomorrow, so it counts as the stage's own failure.
            return in_trouble(case, str(error), now=now, attempt=bound.of(case.step_index, "do"))
        except (AlreadySupersededError, StorageError):
            raise
        except ThrottledError as error:
            return throttled(case, error, now=now, attempt=bound.of(case.step_index, "do"))
        except Exception as error:
            # A PortError explains itself; of anything else only the type is safe to log and to store.
            reason = str(error) if isinstance(error, PortError) else f"an unexpected `{type(error).__name__}`"
            _log.exception("case %s: stage %s failed", case.id, case.stage, exc_info=without_contents(error))
            turn = in_trouble(case, reason, now=now, attempt=bound.of(case.step_index, "do"))
            return replace(turn, events=(*error.events, *turn.events)) if isinstance(error, PortError) else turn
        return replace(turn, case=turn.case.evolve(troubles=0, throttles=0))

    async def _outcome_of(self, case_id: str) -> str | None:
        held = await self._store.load(case_id)
        return held.case.outcome if held is not None else None

    async def _save(self, held: Held, turn: Turn, *, now: datetime) -> Held:
        turn, alerts = with_alerts(held.case, never_half_done(held.case, turn))
        # INVARIANT: suspended before the turn is saved, so that nothing goes wrong under a grant that stays in force.
        turn = await with_suspensions(held.case, turn, ports_for=self._ports_for, now=now)
        for alert in alerts:
            # INVARIANT: kept before the turn is saved, so that no violation stands in the log and nobody hears of it.
            await self._alarms.keep(alert)
        try:
            saved = await self._commit(held, turn, now=now)
        except (DoesNotFitError, ValueError) as error:
            # What cannot be written today cannot be written tomorrow: without this the case would never move again.
            _log.error("case %s: a turn of stage %s cannot be stored: %s", turn.case.id, held.case.stage, named(error))
            turn = never_half_done(held.case, without_bulk(held.case, turn, now=now))
            turn = await with_suspensions(held.case, turn, ports_for=self._ports_for, now=now)
            saved = await self._commit(held, turn, now=now)
        for event in turn.events:
            if event.code in _LOUD:
                _log.error("case %s: %s", turn.case.id, event.code.value)
        if not _is_silent(turn.case) and not _waits(turn, now=now):
            await self._wakeups.put(turn.case.stage, turn.case.id, seq=saved.seq, delay_seconds=turn.after_seconds)
        for alert in alerts:
            await self._alarms.tell(alert)
        await tell_progress(held.case, saved.case, ports_for=self._ports_for)
        return saved

    async def _commit(self, held: Held, turn: Turn, *, now: datetime) -> Held:
        wait = timedelta(seconds=turn.after_seconds + OVERDUE_SECONDS)
        due_at = turn.waits_until if _waits(turn, now=now) else now + wait
        due_at = None if _is_silent(turn.case) else due_at
        return await self._store.commit(held, turn.case, events=turn.events, attempts=turn.attempts, due_at=due_at)


def _is_silent(case: Case) -> bool:
    return case.stage is Stage.CLOSED or is_at_rest(case)


def _waits(turn: Turn, *, now: datetime) -> bool:
    # INVARIANT: nobody waits in front of a card that says something else than what is so.
    return turn.waits_until is not None and not are_behind(turn.case, now=now)
