"""`python -m tests.crash.host PAGE TRACE ...`: the development host, killed as ordered and started again.

One process imports everything once and then forks, so that a life begins in a fraction of a second. Each life is a
process of its own: it loads `function_app.py`, opens its own connections, serves, and is ended by a real SIGKILL. What
follows PAGE and TRACE are the arguments of `python -m devhost`, which refuses production and any storage off loopback.
"""

import asyncio
import importlib
import os
import pkgutil
import signal
import sys
import time
from pathlib import Path
from typing import Any

import agent
import agent.graph.sender
import agent.wiring
import devhost.__main__
from tests.crash.boundaries import Boundaries
from tests.crash.page import Page


class Lives:
    """Starts one process after another until it is told to end."""

    def __init__(self, page: Page, trace: int, *, arguments: list[str]) -> None:
        self._page = page
        self._trace = trace
        self._arguments = arguments
        self._living = 0
        self._is_ending = False

    def run(self) -> int:
        """Return 0 after SIGTERM, or the exit code of a process that ended without being killed."""
        signal.signal(signal.SIGTERM, self._end)
        while not self._is_ending:
            code = self._one_life()
            if code != -signal.SIGKILL:
                return 0 if self._is_ending else max(1, code)
            self._page.add("deaths", 1)
            while self._page["released"] < self._page["deaths"] and not self._is_ending:
                time.sleep(0.001)
        return 0

    def _one_life(self) -> int:
        self._page["running"] = self._page["held"] = 0
        reading, writing = os.pipe()
        self._living = os.fork()
        if self._living == 0:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            os.dup2(writing, 1)
            os.close(reading)
            Boundaries(self._page, self._trace).install()
            os._exit(devhost.__main__.main(self._arguments))
        os.close(writing)
        with os.fdopen(reading) as said:
            if line := said.readline():
                if self._page["lives"] == 0:
                    print(line, end="", flush=True)
                self._page.add("lives", 1)
            _, status = os.waitpid(self._living, 0)
        self._living = 0
        return os.waitstatus_to_exitcode(status)

    def _end(self, *_: Any) -> None:
        self._is_ending = True
        if self._living:
            os.kill(self._living, signal.SIGTERM)


def _set_clock(page: Page) -> None:
    """Put the lane's clock behind the product's: time passes while nobody works, and where the sender would wait."""

    async def wait(seconds: float) -> None:
        page.add("offset", seconds)
        await asyncio.sleep(0)

    agent.wiring.UtcClock.now = lambda _clock: page.now
    # The libraries that keep tokens ask the machine how old these are.
    time.time = lambda: page.now.timestamp()
    defaults = agent.graph.sender.GraphDirectory.__init__.__kwdefaults__
    defaults |= {"sleep": wait, "monotonic": lambda: page.now.timestamp()}


def main(arguments: list[str]) -> int:
    """Run the lives of one lane."""
    page = Page(Path(arguments[0]))
    _set_clock(page)
    for found in pkgutil.walk_packages(agent.__path__, "agent."):
        if not found.name.endswith("__main__"):
            importlib.import_module(found.name)
    trace = os.open(arguments[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    return Lives(page, trace, arguments=arguments[2:]).run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
