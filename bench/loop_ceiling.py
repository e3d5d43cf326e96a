"""The named peer of the loop's benchmark: what a second Azurite gives when nobody thinks between two requests.

One bare turn is what storage sees of a turn of the loop: read the case row, replace it under its ETag together with
two log entries in one transaction, put a message. The rows are as large as the loop's own.
"""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from azure.core import MatchConditions
from azure.data.tables import UpdateMode

from agent.storage.connections import CONNECTION_STRING, StorageConnections, connect
from agent.storage.provision import provision
from agent.storage.wakeups import QueueWakeups
from devhost import azurite

_WORKERS: Final = 16
_CASE_BYTES: Final = 1_500
_ENTRY_BYTES: Final = 700


def bare_turns_per_second(tools: Path, data: Path, *, seconds: float) -> float:
    """Start an Azurite of its own with its data in `data`, and return its turns a second.

    Raises:
        ToolError: Azurite did not start.
    """
    with azurite.start(tools, data) as running:
        return asyncio.run(_measure(running.connection_string, seconds=seconds))


def bare_turn_times(connection_string: str, *, count: int) -> list[float]:
    """Return how many seconds each of so many turns takes, one after the other, on a running Azurite."""
    return asyncio.run(_times(connection_string, count=count))


async def _times(connection_string: str, *, count: int) -> list[float]:
    storage = connect({CONNECTION_STRING: connection_string}, None)
    try:
        turn, times = await _bare_turns(storage), []
        for _ in range(count):
            started = time.perf_counter()
            await turn()
            times.append(time.perf_counter() - started)
        return times
    finally:
        await storage.close()


async def _measure(connection_string: str, *, seconds: float) -> float:
    storage = connect({CONNECTION_STRING: connection_string}, None)
    try:
        await provision(storage)
        started = time.perf_counter()
        turns = await asyncio.gather(*(_turns(storage, until=started + seconds) for _ in range(_WORKERS)))
        return sum(turns) / (time.perf_counter() - started)
    finally:
        await storage.close()


async def _turns(storage: StorageConnections, *, until: float) -> int:
    turn, count = await _bare_turns(storage), 0
    while time.perf_counter() < until:
        await turn()
        count += 1
    return count


async def _bare_turns(storage: StorageConnections) -> Callable[[], Awaitable[None]]:
    """Return what makes one more turn of a case of its own each time that it is called."""
    table, wakeups, case = storage.tables.get_table_client("cases"), QueueWakeups(storage.queues), uuid4().hex
    row: dict[str, Any] = {"PartitionKey": case, "RowKey": "case", "text": "x" * _CASE_BYTES}
    await table.create_entity(row)
    numbers = itertools.count()

    async def turn() -> None:
        count = next(numbers)
        found = await table.get_entity(case, "case")
        guard = {"mode": UpdateMode.REPLACE, "etag": found.metadata["etag"]}
        update = ("update", row, {**guard, "match_condition": MatchConditions.IfNotModified})
        entries = [
            ("create", {"PartitionKey": case, "RowKey": f"ev{2 * count + one:06d}", "text": "x" * _ENTRY_BYTES})
            for one in range(2)
        ]
        await table.submit_transaction([update, *entries])
        await wakeups.put("plan", case, seq=count)

    return turn
