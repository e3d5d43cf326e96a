"""How a benchmark ends: what was broken, one line each, and the exit code that says whether anything was."""

import sys
from collections.abc import Sequence


def verdict(problems: Sequence[str]) -> int:
    """Print each problem to stderr; return 1 if there is one, else 0."""
    for problem in problems:
        print(f"broken: {problem}", file=sys.stderr)
    return 1 if problems else 0
