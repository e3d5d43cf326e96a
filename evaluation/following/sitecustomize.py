"""Makes a Python process follow the evaluation's clock: Python imports this by its name before anything else runs.

A file holds by how many seconds the clock differs from the machine's. Only what reads the time of day is moved:
waiting, the event loop and the TLS library go by the machine. What follows knows nothing of it, and has no setting for
it. It imports nothing of ours, as nothing of ours can be found yet.
"""

import os
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Final

import time_machine

#: The environment variable that names the file; without it nothing happens here.
VARIABLE: Final = "REMIT_EVALUATION_CLOCK"
POLL_SECONDS: Final = 0.05


class Follower:
    """Moves the time of day of this process to where the file says, and says beside the file that it did."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._said = file.with_name(f"followed-{os.getpid()}")
        self._at = "0"
        self._travel = time_machine.travel(timedelta(0), tick=True)
        self._traveller = self._travel.start()
        # The traveller counts from the first look at the clock.
        time.time()

    def follow(self) -> None:
        """Move to where the file says by now; without a file stay."""
        try:
            wanted = self._file.read_text("ascii")
        except FileNotFoundError:
            return
        if wanted != self._at:
            self._traveller.shift(timedelta(seconds=float(wanted) - float(self._at)))
            self._at = wanted
            self._said.write_text(wanted, "ascii")

    def follow_always(self) -> None:
        """Follow until the process ends."""
        while True:
            self.follow()
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """Go back to the machine's time."""
        self._travel.stop()


def _start(file: Path) -> None:
    follower = Follower(file)
    # Where the clock stands already when a process starts, it must never see another time.
    follower.follow()
    threading.Thread(target=follower.follow_always, name="evaluation-clock", daemon=True).start()


if VARIABLE in os.environ:
    _start(Path(os.environ[VARIABLE]))
