"""Sixteen workers, doubled and reordered messages, the same cases: each effect once, each log whole."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from agent.storage.connections import CONNECTION_STRING, StorageConnections, connect
from agent.storage.event_rows import GENESIS, event_of, link
from tests.race.crowd import Crowd, WatchedStore

WORKERS = 16
CASES = 8


@pytest.fixture
async def crowd(storage: StorageConnections, azurite_connection: str) -> AsyncIterator[Crowd]:
    """Sixteen workers with connections of their own."""
    connections = [connect({CONNECTION_STRING: azurite_connection}, None) for _ in range(WORKERS)]
    WatchedStore.lost_races = 0
    yield Crowd(connections, seed=4)
    for one in connections:
        await one.close()


async def chained_codes(crowd: Crowd, storage: StorageConnections, case_id: str) -> list[str]:
    """The codes of a case's log, whose chain is checked entry by entry."""
    table = storage.tables.get_table_client("cases")
    rows = [row async for row in table.query_entities(f"PartitionKey eq '{case_id}' and RowKey lt 'ew'")]
    logged = sorted((dict(row) for row in rows if row["RowKey"].startswith("ev")), key=lambda row: row["RowKey"])
    prev, codes = GENESIS, []
    for number, row in enumerate(logged):
        event = event_of(row)
        assert (row["RowKey"], row["prev"]) == (f"ev{number:06d}", prev)
        assert row["hash"] == link(number, event, prev=prev)
        prev = row["hash"]
        codes.append(event.code.value)
    return codes


async def test_sixteen_workers_with_doubled_and_reordered_messages_do_each_thing_once(
    crowd: Crowd, storage: StorageConnections
) -> None:
    case_ids = await crowd.file(CASES)
    await crowd.work(case_ids)
    assert WatchedStore.lost_races > CASES, "nobody raced, so nothing was shown"
    assert Counter(one.path for one in crowd.directory.written).most_common(1)[0][1] == 1
    assert len(crowd.directory.written) == CASES
    logs = [await chained_codes(crowd, storage, one) for one in case_ids]
    assert all(log == logs[0] for log in logs)
    assert logs[0][0] == "case.opened" and logs[0][-1] == "case.closed"
    for code in ("plan.made", "permit.granted", "write.attempted", "write.answered", "effect.verified", "case.closed"):
        assert logs[0].count(code) == 1
    held = [await crowd.stores[0].load(one) for one in case_ids]
    assert {one.case.outcome for one in held if one} == {"resolved"}
    assert len(crowd.tickets.comments) >= CASES


async def test_a_worker_that_wakes_up_after_its_lease_finds_that_its_successor_was_first(
    crowd: Crowd, storage: StorageConnections
) -> None:
    (case_id,) = await crowd.file(1)
    woken = asyncio.Event()
    # It has written and sleeps before it can say so; its lease runs out, and the fifteen others go on.
    crowd.after_write.append(woken)
    sleeper = asyncio.create_task(crowd.work([case_id]))
    while not crowd.directory.written:
        await asyncio.sleep(0.01)
    held = await crowd.stores[0].load(case_id)
    assert held is not None and held.lease_until is not None
    crowd.clock.pass_((held.lease_until - crowd.clock.now()).total_seconds() + 1)
    await crowd.queue.put(held.case.stage.value, case_id, seq=held.seq)
    while not await crowd._all_closed([case_id]):
        await asyncio.sleep(0.02)
    log = await chained_codes(crowd, storage, case_id)
    woken.set()
    await sleeper
    assert WatchedStore.lost_races >= 1
    assert await chained_codes(crowd, storage, case_id) == log
    assert len(crowd.directory.written) == 1
    assert log.count("write.found_done") == 1 and log[-1] == "case.closed"
