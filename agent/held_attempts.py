"""The attempts of the case in hand, and its lease: what a turn holds while it writes."""

from datetime import datetime, timedelta

from agent.model.case import Stage
from agent.model.receipt import Attempt
from agent.ports import CaseStore, Clock, Held

# A lease outlives the turn that took it, so that a write in flight is never raced.
LEASE_SECONDS = 180

# These read the attempts of their own step; of a plan of hundreds the others are read only where all of them matter.
_WITH_ONE_STEP = frozenset({Stage.EXECUTE, Stage.VERIFY})
_WITH_ATTEMPTS = frozenset({*_WITH_ONE_STEP, Stage.ROLLBACK, Stage.ESCALATE, Stage.CLOSE})


class HeldAttempts:
    """ports.Attempts of one case; it carries the newest hold, which `begin` replaces."""

    def __init__(self, store: CaseStore, held: Held, *, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._known: dict[tuple[int, str], Attempt] = {}
        self.held = held

    async def load(self) -> None:
        """Read as many attempts as the case's stage needs.

        Raises:
            StorageError: storage did not answer.
        """
        case = self.held.case
        if case.stage in _WITH_ATTEMPTS:
            step_index = case.step_index if case.stage in _WITH_ONE_STEP else None
            found = await self._store.attempts(case.id, step_index=step_index)
            self._known = {(one.step_index, one.kind): one for one in found}

    def of(self, step_index: int, kind: str) -> Attempt | None:
        """See ports.Attempts."""
        return self._known.get((step_index, kind))

    def all(self) -> tuple[Attempt, ...]:
        """See ports.Attempts."""
        return tuple(self._known.values())

    async def begin(self, attempt: Attempt) -> None:
        """See ports.Attempts."""
        lease_until = self._clock.now() + timedelta(seconds=LEASE_SECONDS)
        self.held = await self._store.begin(self.held, attempt, lease_until=lease_until)
        self._known[(attempt.step_index, attempt.kind)] = attempt


def is_leased(held: Held, *, now: datetime) -> bool:
    """Whether a worker may be writing for this case, so that nobody else may move it."""
    return held.lease_until is not None and now < held.lease_until
