"""What the processes of one lane share: a file in memory with the lane's clock, its counters and the next death.

The clock is the machine's plus an offset that only ever grows. The product and the simulated cloud both read it, so
the three minutes of a lease pass at once instead of being shortened: no constant of the product is touched.
"""

import mmap
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

_SIZE: Final = 4096
# Texts: their size, then the text.
_ORDER_AT: Final = 512
_HOLD_AT: Final = 2048
# Offset in seconds, then counters; each is written by one process at a time.
_FIELDS: Final = {"offset": (0, "d"), "lives": (8, "q"), "deaths": (16, "q"), "released": (24, "q")} | {
    "running": (32, "q"),
    "passed": (40, "q"),
    "held": (48, "q"),
}


class Page:
    """One page of shared memory, kept in `file`.

    `lives`: processes that got ready. `deaths`: those that were killed. `released`: deaths after which the next process
    may start. `running`: functions at work in the living one. `passed`: boundaries passed by all of them. `held`: 1
    while a request waits in it for `hold` to change.
    """

    def __init__(self, file: Path) -> None:
        if not file.exists():
            file.write_bytes(bytes(_SIZE))
        with file.open("r+b") as opened:
            self._memory = mmap.mmap(opened.fileno(), _SIZE)

    def __getitem__(self, name: str) -> float:
        at, kind = _FIELDS[name]
        return struct.unpack_from(kind, self._memory, at)[0]

    def __setitem__(self, name: str, value: float) -> None:
        at, kind = _FIELDS[name]
        struct.pack_into(kind, self._memory, at, value)

    def add(self, name: str, value: float) -> None:
        """Add to a field."""
        self[name] = self[name] + value

    @property
    def now(self) -> datetime:
        """The lane's time."""
        return datetime.now(UTC) + timedelta(seconds=self["offset"])

    @property
    def order(self) -> str:
        """Where the living process is to die: a boundary's key, `?` and a probability, or empty."""
        return self._text(_ORDER_AT)

    @order.setter
    def order(self, text: str) -> None:
        self._set_text(_ORDER_AT, text)

    @property
    def hold(self) -> str:
        """Which request waits right before it is sent: function and label as `execute|POST ...`, or empty."""
        return self._text(_HOLD_AT)

    @hold.setter
    def hold(self, text: str) -> None:
        self._set_text(_HOLD_AT, text)

    def _text(self, at: int) -> str:
        (size,) = struct.unpack_from("H", self._memory, at)
        return self._memory[at + 2 : at + 2 + size].decode()

    def _set_text(self, at: int, text: str) -> None:
        raw = text.encode()
        # The size goes to 0 first, so that no reader takes a half written text for a whole one.
        struct.pack_into("H", self._memory, at, 0)
        self._memory[at + 2 : at + 2 + len(raw)] = raw
        struct.pack_into("H", self._memory, at, len(raw))
