"""T1: no schedule of several workers ever writes more often than the cap, and no sliding window holds more.

Every interleaving of four workers is walked through. The same walk finds what is wrong with the obvious ways to
count, so it can fail.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st

from policy.evidence.reservation import Cap, Claim, ReservationLog, count, empty_log, release, reserve

# The profiles stand in conftest.py.
SETTINGS = settings.get_profile(os.environ.get("REMIT_HYPOTHESIS_PROFILE", "full"))
START: Final = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
WORKERS: Final = 4
CAP: Final = Cap(key="k", max=2, window_seconds=3600)


@dataclass(frozen=True)
class Store:
    """What all workers share: the stored log with its ETag, and how many writes went out."""

    log: ReservationLog
    etag: int = 0
    writes: int = 0


@dataclass(frozen=True)
class Worker:
    """Where one worker stands, and what it last read."""

    claim: Claim
    does: str = "read"
    seen: ReservationLog | None = None
    etag: int = 0


Steps = Callable[[Worker, Store], Iterator[tuple[Worker, Store]]]


def read(worker: Worker, store: Store, *, then: str) -> tuple[Worker, Store]:
    return replace(worker, does=then, seen=store.log, etag=store.etag), store


def reserved(worker: Worker) -> Any:
    assert worker.seen is not None
    return reserve(CAP, worker.seen, claim=worker.claim, now=START, execute_by=START, decided_count=0)


def written(worker: Worker, store: Store) -> tuple[Worker, Store]:
    return replace(worker, does="end"), replace(store, writes=store.writes + 1)


def by_reservation(worker: Worker, store: Store) -> Iterator[tuple[Worker, Store]]:
    """Read, reserve by compare-and-swap (read again when the race is lost), write. A worker may die at any step."""
    if worker.does == "read":
        yield read(worker, store, then="reserve")
    if worker.does == "reserve":
        log = reserved(worker)
        if not isinstance(log, ReservationLog):
            yield replace(worker, does="end"), store
        elif worker.etag != store.etag:
            yield replace(worker, does="read"), store
        else:
            yield replace(worker, does="write"), replace(store, log=log, etag=store.etag + 1)
    if worker.does == "write":
        yield written(worker, store)
        yield replace(worker, does="end"), store


def by_reading(worker: Worker, store: Store) -> Iterator[tuple[Worker, Store]]:
    """Read the count, and if there is a place, write and count."""
    if worker.does == "read":
        free = (_counted(worker, store)) <= CAP.max
        yield replace(worker, does="write" if free else "end"), store
    if worker.does == "write":
        after, wrote = written(worker, store)
        log = reserved(replace(worker, seen=store.log))
        yield after, replace(wrote, log=log if isinstance(log, ReservationLog) else store.log)


def by_blind_storing(worker: Worker, store: Store) -> Iterator[tuple[Worker, Store]]:
    """Reserve, but store without comparing: the last one wins."""
    if worker.does == "read":
        yield read(worker, store, then="reserve")
    if worker.does == "reserve":
        log = reserved(worker)
        found = isinstance(log, ReservationLog)
        yield replace(worker, does="write" if found else "end"), replace(store, log=log if found else store.log)
    if worker.does == "write":
        yield written(worker, store)


def _counted(worker: Worker, store: Store) -> int:
    counted = count(CAP, store.log, claim=worker.claim, now=START)
    assert isinstance(counted, int)
    return counted


def schedules(steps: Steps, claims: tuple[Claim, ...]) -> tuple[int, int, int]:
    """Return how many interleavings there are, in how many the cap is exceeded, and the most writes of one."""

    @cache
    def walk(workers: tuple[Worker, ...], store: Store) -> tuple[int, int, int]:
        total, bad, most = 0, 0, 0
        for place, worker in enumerate(workers):
            for after, left in steps(worker, store):
                ends = walk((*workers[:place], after, *workers[place + 1 :]), left)
                total, bad, most = total + ends[0], bad + ends[1], max(most, ends[2])
        return (total, bad, most) if total else (1, int(store.writes > CAP.max), store.writes)

    return walk(tuple(Worker(one) for one in claims), Store(empty_log(CAP)))


DIFFERENT: Final = tuple(Claim(f"e{number}") for number in range(WORKERS))


def test_in_no_interleaving_do_reserving_workers_write_more_often_than_the_cap() -> None:
    total, bad, most = schedules(by_reservation, DIFFERENT)
    assert total > 100_000_000
    assert (bad, most) == (0, CAP.max)


def test_reading_the_count_before_writing_exceeds_the_cap() -> None:
    assert schedules(by_reading, DIFFERENT) == (2088, 2016, WORKERS)


def test_reserving_without_comparing_exceeds_the_cap() -> None:
    _, bad, most = schedules(by_blind_storing, DIFFERENT)
    assert bad > 0
    assert most == WORKERS


def test_workers_with_one_and_the_same_message_take_one_place() -> None:
    """Whoever holds it may write; that the write itself happens once is the lease's promise, not the log's."""
    final: set[int] = set()

    def noting(worker: Worker, store: Store) -> Iterator[tuple[Worker, Store]]:
        final.add(len(store.log.reservations))
        yield from by_reservation(worker, store)

    schedules(noting, (Claim("e1"), Claim("e1"), Claim("e2"), Claim("e1")))
    assert final == {0, 1, 2}


@dataclass(frozen=True)
class Try:
    """One attempt: after `wait` seconds; the write, if there is one, `delay` seconds after the reservation."""

    wait: int
    lease: int
    delay: int | None
    target: int


TRIES: Final = st.lists(
    st.builds(
        Try,
        # Clocks stand still, step by seconds, or jump to about where a window ends.
        wait=st.sampled_from((0, 0, 0, 1, 5, 9, 10, 11, 30)),
        lease=st.sampled_from((0, 3, 6)),
        delay=st.sampled_from((0, 3, 6, None)),
        target=st.integers(1, 5),
    ),
    max_size=40,
)


def executed(tries: list[Try], cap: Cap, *, stamps: Callable[[int, int], int]) -> list[tuple[int, int]]:
    """Return when which target was written: everything that finds a place, at the latest moment it may.

    `stamps` makes the time under which a reservation is stored of its own time and its latest one.
    """
    log, now, writes = empty_log(cap), 0, []
    for number, one in enumerate(tries):
        now += one.wait
        claim = Claim(f"e{number}", f"t{one.target}")
        stamp = _at(stamps(now, now + one.lease))
        reserved_log = reserve(cap, log, claim=claim, now=_at(now), execute_by=stamp, decided_count=0)
        if not isinstance(reserved_log, ReservationLog):
            continue
        did_not_happen = one.delay is None
        log = release(reserved_log, claim.id) if did_not_happen else reserved_log
        if one.delay is not None:
            writes.append((now + min(one.delay, one.lease), one.target))
    return writes


def fullest(writes: list[tuple[int, int]], cap: Cap) -> int:
    """Return the most that any span as long as the window holds, both ends included."""
    assert cap.window_seconds is not None
    spans = ([(at, what) for at, what in writes if 0 <= at - start <= cap.window_seconds] for start, _ in writes)
    counted = ({what for _, what in span} if cap.counts == "distinct_targets" else span for span in spans)
    return max(map(len, counted), default=0)


def _at(seconds: int) -> datetime:
    return START + timedelta(seconds=seconds)


ACTIONS: Final = Cap(key="k", max=3, window_seconds=10)
TARGETS: Final = Cap(key="k", max=3, window_seconds=10, counts="distinct_targets")


@SETTINGS
@given(tries=TRIES)
def test_no_sliding_window_ever_holds_more_writes_than_the_cap(tries: list[Try]) -> None:
    for cap in (ACTIONS, TARGETS):
        assert fullest(executed(tries, cap, stamps=lambda _, latest: latest), cap) <= cap.max


def test_the_cap_is_reached_and_places_come_back_when_their_window_is_over() -> None:
    steady = [Try(wait=11 if number % 3 == 0 else 0, lease=0, delay=0, target=1) for number in range(12)]
    writes = executed(steady, ACTIONS, stamps=lambda _, latest: latest)
    assert len(writes) == 12 and fullest(writes, ACTIONS) == 3


def test_a_place_that_is_stamped_when_it_is_reserved_would_let_a_late_write_exceed_the_cap() -> None:
    late = Try(wait=0, lease=6, delay=6, target=1)
    tries = [late, late, late, Try(wait=11, lease=0, delay=0, target=1)]
    assert fullest(executed(tries, ACTIONS, stamps=lambda now, _: now), ACTIONS) == 4
    assert fullest(executed(tries, ACTIONS, stamps=lambda _, latest: latest), ACTIONS) == 3


def test_fixed_buckets_would_let_twice_the_cap_pass_in_one_window() -> None:
    touching = [(at, 1) for at in (9, 9, 9, 10, 10, 10)]
    per_bucket = [sum(at // 10 == bucket for at, _ in touching) for bucket in (0, 1)]
    assert per_bucket == [ACTIONS.max, ACTIONS.max]
    assert fullest(touching, ACTIONS) == 2 * ACTIONS.max
    tries = [Try(wait=9, lease=0, delay=0, target=1), *[Try(0, 0, 0, 1)] * 2, Try(1, 0, 0, 1), *[Try(0, 0, 0, 1)] * 2]
    assert len(executed(tries, ACTIONS, stamps=lambda _, latest: latest)) == 3
