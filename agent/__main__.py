"""`python -m agent`: what the agent can do, and what it must be allowed to."""

import sys
from collections.abc import Callable

from policy.command.start import start


def _load() -> Callable[[], int]:
    from agent.command.main import main

    return main


if __name__ == "__main__":
    sys.exit(start("agent", _load))
