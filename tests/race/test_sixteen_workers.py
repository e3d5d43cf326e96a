"""Sixteen workers, doubled and reordered messages, the same cases: each effect once, each log whole."""

import asyncio
from collections import Counter

from agent.ports import Answer
from agent.storage.connections import StorageConnections
from tests.race.chained import chained_codes
from tests.race.crowd import Crowd, WatchedStore

CASES = 8


async def test_sixteen_workers_with_doubled_and_reordered_messages_do_each_thing_once(
    crowd: Crowd, storage: StorageConnections
) -> None:
    case_ids = await crowd.file(CASES)
    await crowd.work(case_ids)
    assert WatchedStore.lost_races > CASES, "nobody raced, so nothing was shown"
    assert Counter(one.path for one in crowd.directory.written).most_common(1)[0][1] == 1
    assert len(crowd.directory.written) == CASES
    logs = [await chained_codes(storage, one) for one in case_ids]
    assert all(log == logs[0] for log in logs)
    assert logs[0][0] == "case.opened" and logs[0][-1] == "case.closed"
    for code in ("plan.made", "permit.granted", "write.attempted", "write.answered", "effect.verified", "case.closed"):
        assert logs[0].count(code) == 1
    held = [await crowd.stores[0].load(one) for one in case_ids]
    assert {one.case.outcome for one in held if one} == {"resolved"}
    assert len(crowd.tickets.comments) >= CASES


async def test_sixteen_workers_put_back_once_what_fails_half_way_and_what_is_stopped(
    crowd: Crowd, storage: StorageConnections
) -> None:
    groups = {name: [crowd.new_group() for _ in range(3)] for name in ("whole", "failing", "stopped")}
    whole, failing, stopped = groups.values()
    crowd.directory.refuse("POST", f"/groups/{failing[2]}/members/$ref", Answer(403, {}, request_id="r"))
    cases = {name: await crowd.file_about(ids) for name, ids in groups.items()}
    at_work = asyncio.create_task(crowd.work(list(cases.values())))
    async with asyncio.timeout(30):
        while not any(one.path.startswith(f"/groups/{stopped[0]}/") for one in crowd.directory.written):
            await asyncio.sleep(0.01)
    # Its first write has reached the tenant and is not answered yet.
    await crowd.stop(cases["stopped"])
    await at_work
    written = Counter((one.method, one.path) for one in crowd.directory.written)
    assert written.most_common(1)[0][1] == 1, "something was written twice"
    assert [bool(crowd.members[one]) for one in whole] == [True] * 3
    assert not any(crowd.members[one] for one in (*failing, *stopped)), "something was left half done"
    held = {name: await crowd.stores[0].load(one) for name, one in cases.items()}
    outcomes = {name: one.case.outcome for name, one in held.items() if one}
    assert outcomes == {"whole": "resolved", "failing": "rolled_back", "stopped": "rolled_back"}
    logs = {name: await chained_codes(storage, one) for name, one in cases.items()}
    assert (logs["whole"].count("write.attempted"), logs["failing"].count("rollback.done")) == (3, 2)
    attempted = {name: log.count("write.attempted") for name, log in logs.items()}
    assert sum(attempted.values()) == len(crowd.directory.written) + 1, "the one that was refused is logged too"
    assert logs["stopped"].count("rollback.done") * 2 == attempted["stopped"]
    assert all(log.count("case.closed") == 1 and log[-1] == "case.closed" for log in logs.values())
    assert logs["stopped"].count("control.stopped") == 1
