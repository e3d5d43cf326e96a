"""`python -m bench.slow_host`: the host of `bench.loop_host` with a Graph that takes its time to answer a write.

`REMIT_BENCH_SLOW_SECONDS` says how long. The write has left by then and Graph has done it; only its answer is late, as
it often is in Azure. So an order comes while writes are really under way. The arguments are those of
`python -m devhost`.
"""

import asyncio
import os
import sys

import httpx

from agent.graph.tripwire import Tripwire
from bench.loop_host import main as serve

SLOW_SECONDS = "REMIT_BENCH_SLOW_SECONDS"


def main(arguments: list[str]) -> int:
    """Run the host until told to stop; the exit code is its own."""
    seconds = float(os.environ[SLOW_SECONDS])
    send = Tripwire.handle_async_request

    async def late(self: Tripwire, request: httpx.Request) -> httpx.Response:
        answer = await send(self, request)
        if request.method != "GET" and not request.url.path.endswith("/$batch"):
            await asyncio.sleep(seconds)
        return answer

    Tripwire.handle_async_request = late  # type: ignore[method-assign]
    return serve(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
