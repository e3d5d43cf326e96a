"""The evaluation's clock: this process and those of its stack stand at the time at which an item was received.

It only ever goes forward, as every clock on which leases, tokens, timers and the sealed log rely. Of a process it moves
the time of day alone; storage and TLS go by the machine.
"""

import os
import time
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from evaluation.errors import EvaluationError
from evaluation.following import sitecustomize
from evaluation.following.sitecustomize import POLL_SECONDS, VARIABLE, Follower

#: How long a process may take to follow; a loaded machine is slow.
_PATIENCE_SECONDS: Final = 30.0


class Clock:
    """Keeps its file in `folder`, which is its own. A context manager: afterwards this process is in the present."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = folder / "seconds"
        self._follower = Follower(self._file)
        self._shift: float | None = None

    @property
    def environment(self) -> Mapping[str, str]:
        """What makes a Python process follow that is started with it."""
        folder = str(Path(sitecustomize.__file__).parent)
        others = os.environ.get("PYTHONPATH")
        return {VARIABLE: str(self._file), "PYTHONPATH": os.pathsep.join((folder, others) if others else (folder,))}

    def start_at(self, moment: datetime) -> None:
        """Stand at `moment` before the first item, wherever it lies."""
        self._turn(moment - datetime.now(UTC))

    def wait_for(self, moment: datetime, *, followed_by: Collection[int]) -> None:
        """Stand at `moment`, or stay where it has passed; return when the processes with these ids have followed.

        Raises:
            EvaluationError: one of them does not follow.
        """
        if (ahead := moment - datetime.now(UTC)) > timedelta(0):
            self._turn(ahead)
        self._await(followed_by)

    def stop(self) -> None:
        """Bring this process back to the machine's time."""
        self._follower.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _turn(self, ahead: timedelta) -> None:
        self._shift = (self._shift or 0.0) + ahead.total_seconds()
        partial = self._file.with_name("partial")
        partial.write_text(str(self._shift), "ascii")
        partial.replace(self._file)
        self._follower.follow()

    def _await(self, processes: Collection[int]) -> None:
        if self._shift is None:
            return
        ends = time.monotonic() + _PATIENCE_SECONDS
        while late := [one for one in processes if not self._is_followed_by(one)]:
            if time.monotonic() > ends:
                raise EvaluationError(f"process {late[0]} of the stack does not follow the evaluation's clock")
            time.sleep(POLL_SECONDS / 2)

    def _is_followed_by(self, process: int) -> bool:
        try:
            return self._file.with_name(f"followed-{process}").read_text("ascii") == str(self._shift)
        except FileNotFoundError:
            return False
