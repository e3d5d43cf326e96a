"""Holds Ctrl-C back for the moment between starting a process and knowing it, so that none is forgotten."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_NUMBERS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Let SIGINT and SIGTERM wait until the block has ended, then let them happen.

    They are not blocked but collected, because a process that is started inherits what is blocked. Off the main
    thread nothing is done: Python runs signal handlers in the main thread only.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    handlers = {number: signal.signal(number, lambda came_now, _: came.append(came_now)) for number in _NUMBERS}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    if came:
        signal.raise_signal(came[0])
