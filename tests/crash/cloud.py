"""`python -m tests.crash.cloud PAGE ...`: the simulated cloud with the lane's clock."""

import asyncio
import dataclasses
import sys
from pathlib import Path

from simulator import __main__ as simulator
from simulator.clock import Clock
from tests.crash.page import Page


def main(arguments: list[str]) -> int:
    """Run until told to stop."""
    page = Page(Path(arguments[0]))
    options = dataclasses.replace(simulator.options_of(arguments[1:]), clock=Clock(lambda: page.now))
    asyncio.run(simulator._run(options))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
