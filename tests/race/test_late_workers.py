"""A worker that was held up somewhere comes too late: what its successors did stands, and is not done again."""

import asyncio
from typing import Any

import pytest
from azure.data.tables.aio import TableClient

from agent.model.graph_call import GraphCall
from agent.ports import Answer
from agent.storage.connections import StorageConnections
from tests.agent.world import ANN, reset_password, user
from tests.race.chained import chained_codes
from tests.race.crowd import Crowd, WatchedStore


async def pass_its_lease(crowd: Crowd, case_id: str) -> None:
    """Let the lease on a case run out, as while its worker sleeps, and wake the case for the others."""
    held = await crowd.stores[0].load(case_id)
    assert held is not None and held.lease_until is not None
    crowd.clock.pass_((held.lease_until - crowd.clock.now()).total_seconds() + 1)
    await crowd.queue.put(held.case.stage.value, case_id, seq=held.seq)


async def until_closed(crowd: Crowd, case_id: str) -> None:
    async with asyncio.timeout(30):
        while not await crowd.all_closed([case_id]):
            await asyncio.sleep(0.02)


async def test_a_worker_that_wakes_up_after_its_lease_finds_that_its_successor_was_first(
    crowd: Crowd, storage: StorageConnections
) -> None:
    (case_id,) = await crowd.file(1)
    woken = asyncio.Event()
    # It has written and sleeps before it can say so; its lease runs out, and the fifteen others go on.
    crowd.after_write.append(woken)
    sleeper = asyncio.create_task(crowd.work([case_id]))
    async with asyncio.timeout(30):
        while not crowd.directory.written:
            await asyncio.sleep(0.01)
    await pass_its_lease(crowd, case_id)
    await until_closed(crowd, case_id)
    log = await chained_codes(storage, case_id)
    woken.set()
    await sleeper
    assert WatchedStore.lost_races >= 1
    assert await chained_codes(storage, case_id) == log
    assert len(crowd.directory.written) == 1
    assert log.count("write.found_done") == 1 and log[-1] == "case.closed"


async def test_a_worker_that_sleeps_since_its_intent_was_stored_sends_and_saves_nothing_after_its_successor(
    crowd: Crowd, storage: StorageConnections, monkeypatch: pytest.MonkeyPatch
) -> None:
    (case_id,) = await crowd.file(1)
    asleep, woken = asyncio.Event(), asyncio.Event()
    submit = TableClient.submit_transaction

    async def slow(table: TableClient, operations: Any, **options: Any) -> Any:
        operations = list(operations)
        saved = await submit(table, operations, **options)
        if not asleep.is_set() and any(one[1]["RowKey"].startswith("op") for one in operations):
            asleep.set()
            await woken.wait()
        return saved

    monkeypatch.setattr(TableClient, "submit_transaction", slow)
    sleeper = asyncio.create_task(crowd.work([case_id]))
    await asyncio.wait_for(asleep.wait(), 20)
    await pass_its_lease(crowd, case_id)
    await until_closed(crowd, case_id)
    log = await chained_codes(storage, case_id)
    woken.set()
    await sleeper
    assert len(crowd.directory.written) == 1
    assert await chained_codes(storage, case_id) == log and log[-1] == "case.closed"


async def test_a_worker_that_saw_too_little_does_not_set_a_closed_case_back(crowd: Crowd) -> None:
    # A turn that only waits logs nothing, so no entry of the log is in its way: only the ETag is.
    (case_id,) = await crowd.file(1)
    seen, woken = asyncio.Event(), asyncio.Event()
    read = crowd.directory.read

    async def late(call: GraphCall) -> Answer:
        if crowd.directory.written and call.path.endswith("/members") and not seen.is_set():
            seen.set()
            await woken.wait()
            return Answer(200, {"value": []}, request_id="late")
        return await read(call)

    crowd.directory.read = late  # type: ignore[method-assign]
    at_work = asyncio.create_task(crowd.work([case_id]))
    await asyncio.wait_for(seen.wait(), 20)
    await until_closed(crowd, case_id)
    woken.set()
    await at_work
    assert await crowd.all_closed([case_id]) and WatchedStore.lost_races >= 1


async def test_a_secret_is_shown_once_however_many_workers_verify_it(crowd: Crowd) -> None:
    profile = user(ANN, "ann")

    def change(_body: Any) -> tuple[int, dict[str, Any]]:
        crowd.directory.put(f"/users/{ANN}", {**profile, "lastPasswordChangeDateTime": crowd.clock.now().isoformat()})
        return 204, {}

    crowd.directory.on("PATCH", f"/users/{ANN}", change)
    crowd.plan_instead(reset_password())
    case_id = await crowd.file_about(["a new password"])
    await crowd.work([case_id])
    assert len(crowd.directory.written) == 1
    assert [person for person, _ in crowd.people.secrets] == [ANN]
