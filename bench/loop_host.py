"""`python -m bench.loop_host`: the development host with a Graph sender that keeps no pace; for the benchmark only.

The sender sends one request in 1.1 seconds to Identity Protection (`agent/graph/pace.py`), and each step asks it who is
at risk. With that pace a benchmark would measure nothing else. The arguments are those of `python -m devhost`.
"""

import asyncio
import itertools
import sys

from agent.graph.sender import GraphDirectory
from devhost.__main__ import main as serve


async def _no_wait(_seconds: float) -> None:
    await asyncio.sleep(0)


def main(arguments: list[str]) -> int:
    """Run the host until told to stop; the exit code is its own."""
    # Each look at this clock is an hour after the one before, so nobody's turn is ever far away.
    hours = itertools.count(step=3600.0)
    defaults = GraphDirectory.__init__.__kwdefaults__
    assert defaults is not None, "the sender takes its clock by name"
    defaults.update(sleep=_no_wait, monotonic=lambda: next(hours))
    return serve(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
