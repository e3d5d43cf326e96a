"""When each timer last ran and is next due, kept in a folder so that a restart notices a missed occurrence.

Azure keeps the same three moments in a blob and holds a blob lease while a listener runs (StorageScheduleMonitor.cs,
SingletonAttribute on TimerListener.cs); here a file and a file lock take their place.
"""

import datetime as dt
import fcntl
import json
import os
from dataclasses import dataclass
from pathlib import Path

from devhost.errors import StartError
from devhost.ncrontab import Schedule

NEVER = dt.datetime(1, 1, 1, tzinfo=dt.UTC)
"""What the host stores for a moment that has not happened (.NET DateTime default)."""


@dataclass(frozen=True, slots=True)
class ScheduleStatus:
    """Three aware UTC moments: last run, next due, and when `next_at` was computed."""

    last_at: dt.datetime
    next_at: dt.datetime
    updated_at: dt.datetime

    def to_host_json(self) -> dict[str, str]:
        """Return the shape a function finds in `timer.schedule_status`."""
        return {
            "Last": self.last_at.isoformat(),
            "Next": self.next_at.isoformat(),
            "LastUpdated": self.updated_at.isoformat(),
        }


def after_run(schedule: Schedule, started_at: dt.datetime) -> ScheduleStatus:
    """Return the status after a run that began at `started_at` (UTC)."""
    return ScheduleStatus(started_at, schedule.next_after(started_at), started_at)


def at_start(schedule: Schedule, stored: ScheduleStatus | None, *, now: dt.datetime) -> tuple[ScheduleStatus, bool]:
    """Return the status to go on from and whether an occurrence was missed (ScheduleMonitor.CheckPastDueAsync).

    A schedule that was edited since is not past due: its next occurrence is computed from now.
    """
    if stored is None:
        return ScheduleStatus(NEVER, schedule.next_after(now), now), False
    basis = stored.last_at if stored.last_at > NEVER else stored.updated_at
    expected = schedule.next_after(basis)
    if stored.next_at != expected:
        if now > expected:
            expected, basis = schedule.next_after(now), now
        stored = ScheduleStatus(NEVER, expected, basis)
    return stored, now > stored.next_at


class StatusFile:
    """The stored status and the singleton lock of one timer function."""

    def __init__(self, folder: Path, function_name: str) -> None:
        """`folder` is created when missing; `function_name` names the files.

        Raises:
            StartError: the folder cannot be made.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise StartError(f"the state folder `{folder.name}` cannot be made: {problem.strerror}") from problem
        self._file = folder / f"{function_name}.timer.json"
        self._lock_file = folder / f"{function_name}.timer.lock"
        self._lock: int | None = None

    def try_lock(self) -> bool:
        """Become the one listener of this timer; False while another process is. The lock dies with the process."""
        if self._lock is None:
            descriptor = os.open(self._lock_file, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(descriptor)
                return False
            self._lock = descriptor
        return True

    def unlock(self) -> None:
        """Let another process listen."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def read(self) -> ScheduleStatus | None:
        """Return the stored status, or None when there is none or it cannot be read (GetSafeStatusAsync)."""
        try:
            stored = json.loads(self._file.read_text(encoding="utf-8"))
            return ScheduleStatus(*(dt.datetime.fromisoformat(stored[key]) for key in ("Last", "Next", "LastUpdated")))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def write(self, status: ScheduleStatus) -> None:
        """Store `status`, whole or not at all."""
        partial = self._file.with_suffix(".partial")
        partial.write_text(json.dumps(status.to_host_json()), encoding="utf-8")
        partial.replace(self._file)
