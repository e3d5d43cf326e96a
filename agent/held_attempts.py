"""The attempts of the case in hand, and its lease: what a turn holds while it writes."""

from datetime import datetime, timedelta

from agent.model.activity_event import ActivityEvent
from agent.model.case import Case, Stage
from agent.model.receipt import Attempt
from agent.ports import CaseStore, Clock, Held

# A lease outlives the turn that took it, so that a write in flight is never raced.
LEASE_SECONDS = 180

# These need the attempts of their own step, which come with the case. The others need all of them.
_WITH_ONE_STEP = frozenset({Stage.EXECUTE, Stage.VERIFY})
_WITH_ALL = frozenset({Stage.ROLLBACK, Stage.ESCALATE})


class HeldAttempts:
    """ports.Attempts of one case; it carries the newest hold, which `begin` replaces."""

    def __init__(self, store: CaseStore, held: Held, *, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._known: dict[tuple[int, str], Attempt] = {}
        self.held = held

    async def load(self) -> None:
        """Read as many attempts as the case's stage needs, and none that came with the case.

        Raises:
            StorageError: storage did not answer.
        """
        case = self.held.case
        if case.stage in _WITH_ONE_STEP:
            found = self.held.in_hand
            if found is None:
                found = await self._store.attempts(case.id, step_index=case.step_index)
        else:
            found = await self._store.attempts(case.id) if _needs_all(case) else ()
        self._known = {(one.step_index, one.kind): one for one in found}

    def of(self, step_index: int, kind: str) -> Attempt | None:
        """See ports.Attempts."""
        return self._known.get((step_index, kind))

    def all(self) -> tuple[Attempt, ...]:
        """See ports.Attempts."""
        return tuple(self._known.values())

    async def begin(self, attempt: Attempt, *, events: tuple[ActivityEvent, ...] = ()) -> None:
        """See ports.Attempts."""
        lease_until = self._clock.now() + timedelta(seconds=LEASE_SECONDS)
        self.held = await self._store.begin(self.held, attempt, events=events, lease_until=lease_until)
        self._known[(attempt.step_index, attempt.kind)] = attempt


def _needs_all(case: Case) -> bool:
    # A case that closes loses its key, and with it all that its attempts hold. Only one that keeps the key for its
    # hand-over has sealed data to take out.
    return case.stage in _WITH_ALL or (case.stage is Stage.CLOSE and case.reply_failed)


def is_leased(held: Held, *, now: datetime) -> bool:
    """Whether a worker may be writing for this case, so that nobody else may move it."""
    return held.lease_until is not None and now < held.lease_until
