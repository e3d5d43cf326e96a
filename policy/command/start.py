"""How a program of commands starts, also where the packages for development are not installed."""

import io
import os
import sys
from collections.abc import Callable


def start(name: str, load: Callable[[], Callable[[], int]]) -> int:
    """Load the program `name` with `load`, run it and return its exit code.

    `load` imports the program, so that a Python without the packages for it is told what to do.
    """
    try:
        main = load()
    except ModuleNotFoundError as missing:
        print(
            f"{name}: the package `{missing.name}` is missing: run `make lint` once, then `.venv/bin/python -m {name}`",
            file=sys.stderr,
        )
        return 2
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that cannot show a letter shows `?` instead of ending the command.
            stream.reconfigure(errors="replace")
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read the answer has gone, as `head` does; Python would complain once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return code
