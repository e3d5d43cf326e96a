"""One timer trigger: waits for the next occurrence and runs its function, never twice at a time.

Rules (azure-webjobs-sdk-extensions TimerListener.cs):
  1. Only one process listens to a timer at a time.
  2. At start, a missed occurrence runs at once with IsPastDue; otherwise runOnStartup runs at once.
  3. The status is stored after every run, also a failed one; a failure never stops the schedule.
  4. A schedule with more than one occurrence within the next minute, or useMonitor false, keeps no status.
"""

import asyncio
import contextlib
import datetime as dt
import json
from dataclasses import dataclass, field
from typing import Final

from azure.functions.meta import Datum

from devhost.function import LoadedFunction
from devhost.invocation import Invoker
from devhost.ncrontab import Schedule
from devhost.schedule_status import ScheduleStatus, StatusFile, after_run, at_start

_LOCK_RETRY_SECONDS: Final = 1.0


@dataclass(slots=True)
class TimerListener:
    """Runs until `stop()`."""

    function: LoadedFunction
    schedule: Schedule
    status_file: StatusFile
    invoker: Invoker
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Listen until stopped; a run under way is finished first."""
        while not self.status_file.try_lock():
            if await self._stopped_within(_LOCK_RETRY_SECONDS):
                return
        try:
            await self._listen()
        finally:
            self.status_file.unlock()

    def stop(self) -> None:
        """Start no further run."""
        self._stopping.set()

    async def _listen(self) -> None:
        now = _now()
        is_monitored = self.function.trigger.fields.get("useMonitor", True) and not self.schedule.is_sub_minute(now)
        stored = self.status_file.read() if is_monitored else None
        status, is_past_due = at_start(self.schedule, stored, now=now)
        if is_monitored:
            self.status_file.write(status)
        if is_past_due or self.function.trigger.fields.get("runOnStartup", False):
            status = await self._run_once(status, started_at=now, is_past_due=is_past_due, is_monitored=is_monitored)
        while not await self._stopped_within((status.next_at - _now()).total_seconds()):
            # The clock may wake us a little early; an earlier start would make the same occurrence due twice.
            started_at = max(status.next_at, _now())
            status = await self._run_once(status, started_at=started_at, is_past_due=False, is_monitored=is_monitored)

    async def _run_once(
        self, status: ScheduleStatus, *, started_at: dt.datetime, is_past_due: bool, is_monitored: bool
    ) -> ScheduleStatus:
        data = timer_datum(status if is_monitored else None, is_past_due=is_past_due)
        with contextlib.suppress(Exception):  # The invoker has logged it (rule 3).
            await self.invoker.invoke(self.function, data, metadata={})
        following = after_run(self.schedule, started_at)
        if is_monitored:
            self.status_file.write(following)
        return following

    async def _stopped_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._stopping.wait(), max(0.0, seconds))
        except TimeoutError:
            return self._stopping.is_set()
        return True


def timer_datum(status: ScheduleStatus | None, *, is_past_due: bool) -> Datum:
    """Return what the worker decodes into a TimerRequest."""
    shape = {
        "Schedule": {"AdjustForDST": True},
        "ScheduleStatus": status and status.to_host_json(),
        "IsPastDue": is_past_due,
    }
    return Datum(json.dumps(shape), "json")


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
