"""Deaths, races and tidying at every single storage request of a long case's life: nothing needed is ever missing."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from agent.errors import AlreadySupersededError
from agent.model.activity_event import EventCode
from agent.model.case import Case, Stage
from agent.ports import Held
from agent.storage.connections import StorageConnections
from agent.storage.payloads import BlobPayloads
from tests.agent.storage.crossings import EVERY, DiedError, Worker, die, hired
from tests.conformance.long_samples import LONG, closing, noise, stored_of
from tests.conformance.memory_sealer import MemorySealer
from tests.conformance.samples import NOW, SOON, attempt, case, event

BEFORE = attempt(sealed_before=noise(LONG, seed=1))


def wordy(stored: Case, seed: int = 0) -> Case:
    return stored.evolve(why=noise(LONG, seed=seed))


@pytest.fixture
async def workers(
    storage: StorageConnections, payloads: BlobPayloads, azurite_connection: str
) -> AsyncIterator[tuple[Worker, Worker]]:
    """One to whom something happens, and one in good health."""
    sealer = MemorySealer()
    async with hired(azurite_connection, sealer) as first, hired(azurite_connection, sealer) as second:
        yield first, second


async def turn(worker: Worker, case_id: str, born: Case) -> bool:
    """Do what comes next for a case, as the loop does after any death; return whether it is closed."""
    store = worker.store
    held = await store.load(case_id)
    if held is None:
        await store.create(wordy(born), (event(EventCode.CASE_OPENED),), due_at=SOON)
    elif held.case.stage is Stage.CLOSED:
        return True
    elif held.case.stage is Stage.CLOSE:
        assert await store.attempts(case_id) == (BEFORE.model_copy(update={"state": "verified"}),)
        await store.commit(held, closing(held.case, why=held.case.why), events=(event(),), attempts=(), due_at=None)
    elif held.in_hand:
        assert held.in_hand == (BEFORE,)
        done = BEFORE.model_copy(update={"state": "verified"})
        ended = wordy(held.case, 2).evolve(stage=Stage.CLOSE)
        await store.commit(held, ended, events=(event(),), attempts=(done,), due_at=SOON)
    else:
        await store.begin(held, BEFORE, events=(event(),), lease_until=NOW)
    return False


async def live(worker: Worker, born: Case) -> Held:
    """Bring a case to its end and return it."""
    while not await turn(worker, born.id, born):
        pass
    held = await worker.store.load(born.id)
    assert held is not None
    return held


async def nothing_is_left_but_the_record(worker: Worker, held: Held) -> None:
    assert held.case.why == noise(LONG, seed=2)
    assert len(await worker.store.events(held.case.id)) == 4
    await worker.leftovers.remove(NOW)
    assert len(await stored_of(worker.payloads, held.case.id)) == 1
    assert await worker.store.load(held.case.id) == held
    await worker.payloads.remove(held.case.id, [one.digest for one in await stored_of(worker.payloads, held.case.id)])


async def test_a_worker_that_dies_at_any_request_leaves_a_case_that_goes_on_and_after_tidying_nothing_else(
    workers: tuple[Worker, Worker],
) -> None:
    mortal, healthy = workers
    deaths = 0
    while True:
        born = case()
        mortal.expect(deaths + 1, die, among="POST PUT PATCH DELETE")
        try:
            held = await live(mortal, born)
        except DiedError:
            deaths += 1
            # Tidying comes at the worst moment too: right after the death.
            await healthy.leftovers.remove(NOW)
            await nothing_is_left_but_the_record(healthy, await live(healthy, born))
            continue
        break
    await nothing_is_left_but_the_record(healthy, held)
    assert deaths >= 18, "a long case takes more writes than that, so not every one was tried"


async def test_tidying_at_any_request_of_a_worker_at_work_takes_nothing_that_is_needed(
    workers: tuple[Worker, Worker],
) -> None:
    busy, tidy = workers

    async def tidy_up() -> None:
        await tidy.leftovers.remove(NOW)

    busy.expect(EVERY, tidy_up)
    held = await live(busy, case())
    assert len(busy.sent) > 30
    await nothing_is_left_but_the_record(tidy, held)


async def test_a_reader_that_is_overtaken_at_any_request_reads_a_case_as_somebody_saved_it(
    workers: tuple[Worker, Worker],
) -> None:
    reader, writer = workers
    born = case()
    await writer.store.create(wordy(born), (event(),), due_at=SOON)
    held = await writer.store.load(born.id)
    assert held is not None
    held = await writer.store.begin(held, BEFORE, events=(), lease_until=NOW)
    overtaken = 0

    async def save_again() -> None:
        nonlocal held, overtaken
        assert held is not None
        overtaken += 1
        tried = attempt(sealed_before=noise(LONG, seed=overtaken), tries=overtaken)
        held = await writer.store.commit(held, wordy(held.case, overtaken), events=(), attempts=(tried,), due_at=SOON)

    for at in range(1, 10):
        reader.expect(at, save_again)
        loaded = await reader.store.load(born.id)
        assert loaded == held or (at == 1 and overtaken == 0)
        reader.expect(at, save_again)
        (found,) = await reader.store.attempts(born.id)
        assert loaded is not None and loaded.in_hand is not None
        assert found.sealed_before == noise(LONG, seed=found.tries)
        assert found.tries in (overtaken, loaded.in_hand[0].tries)
    assert overtaken >= 6


async def test_a_turn_that_is_overtaken_at_any_request_loses_and_leaves_the_case_to_the_winner(
    workers: tuple[Worker, Worker],
) -> None:
    slow, quick = workers
    born = case()
    await quick.store.create(wordy(born), (event(),), due_at=SOON)
    held = await quick.store.load(born.id)
    overtaken = 0

    async def overtake() -> None:
        nonlocal held, overtaken
        assert held is not None
        try:
            held = await quick.store.commit(held, wordy(held.case, at), events=(), attempts=(), due_at=SOON)
            overtaken += 1
        except AlreadySupersededError:
            # The slow one has saved, and is only tidying up after itself.
            return

    for at in range(1, 100):
        assert held is not None
        slow.expect(at, overtake)
        before = overtaken
        try:
            held = await slow.store.commit(held, wordy(held.case, 99), events=(), attempts=(BEFORE,), due_at=SOON)
            assert overtaken == before
        except AlreadySupersededError:
            assert overtaken == before + 1
        assert await quick.store.load(born.id) == held
        if len(slow.sent) < at:
            break
    assert overtaken >= 4
    await quick.leftovers.remove(NOW)
    # What is left: the case, its attempt in hand, and the row of that attempt.
    assert len(await stored_of(quick.payloads, born.id)) == 3
    assert await quick.store.load(born.id) == held


async def test_many_who_save_read_and_tidy_the_same_case_at_once_never_miss_a_payload(
    workers: tuple[Worker, Worker],
) -> None:
    first, second = workers
    born = case()
    await first.store.create(wordy(born), (event(),), due_at=SOON)
    saved = 0

    async def save(worker: Worker, seed: int) -> None:
        nonlocal saved
        for number in range(6):
            held = await worker.store.load(born.id)
            assert held is not None
            try:
                await worker.store.commit(
                    held, wordy(held.case, seed), events=(event(),), attempts=(BEFORE,), due_at=SOON
                )
                saved += 1
            except AlreadySupersededError:
                await asyncio.sleep(0.01 * number)

    async def tidy() -> None:
        for _ in range(15):
            await second.leftovers.remove(NOW)

    async def read() -> None:
        for _ in range(15):
            held = await first.store.load(born.id)
            assert held is not None and len(held.case.why) == LONG
            await second.store.attempts(born.id)

    await asyncio.gather(tidy(), read(), *(save((first, second)[n % 2], n) for n in range(8)))
    await first.leftovers.remove(NOW)
    held = await second.store.load(born.id)
    assert held is not None and held.seq == saved >= 6
    assert len(await stored_of(first.payloads, born.id)) == 3
