"""`python -m policy`: check, question, compare and publish policy documents."""

import sys
from collections.abc import Callable

from policy.command.start import start


def _load() -> Callable[[], int]:
    from policy.command.main import main

    return main


if __name__ == "__main__":
    sys.exit(start("policy", _load))
