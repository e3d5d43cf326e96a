"""Places are reserved before the write, counted once, given back only for certain, and never guessed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from policy.evidence.reservation import (
    MAX_KEY_CHARS,
    MAX_LOG_BYTES,
    MAX_NAME_CHARS,
    MAX_RESERVATIONS,
    Cap,
    Claim,
    Refused,
    Reservation,
    ReservationLog,
    count,
    empty_log,
    read_log,
    release,
    reserve,
)
from policy.request import UNKNOWN

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
HOUR = Cap(key="k", max=2, window_seconds=3600)
PLAN = Cap(key="k", max=2, window_seconds=None)
TARGETS = Cap(key="k", max=2, window_seconds=3600, counts="distinct_targets")
SOFT = Cap(key="k", max=2, window_seconds=3600, over="require_approval")


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def take(cap: Cap, log: Any, claim: Claim | str, **changes: Any) -> Any:
    """Reserve at the start, to be executed at once, unless `changes` say otherwise."""
    now = changes.get("now", START)
    fields: dict[str, Any] = {"now": now, "execute_by": now, "decided_count": 0}
    wanted = Claim(claim) if isinstance(claim, str) else claim
    return reserve(cap, log, claim=wanted, **{**fields, **changes})


def taken(cap: Cap, *claims: Claim | str) -> ReservationLog:
    """Return the log after these claims took their places at the start."""
    log = empty_log(cap)
    for one in claims:
        log = take(cap, log, one)
        assert isinstance(log, ReservationLog)
    return log


def test_a_cap_has_as_many_places_as_it_says_and_no_more() -> None:
    full = taken(HOUR, "e1", "e2")
    assert take(HOUR, full, "e3") == Refused(3, 2)


def test_a_cap_of_zero_has_no_place() -> None:
    none = Cap(key="k", max=0, window_seconds=3600)
    assert take(none, empty_log(none), "e1") == Refused(1, 0)


def test_the_count_is_what_is_used_and_this_one_before_and_after_it_is_reserved() -> None:
    log = taken(HOUR, "e1")
    assert count(HOUR, log, claim=Claim("e2"), now=START) == 2
    assert count(HOUR, taken(HOUR, "e1", "e2"), claim=Claim("e2"), now=START) == 2
    assert count(HOUR, empty_log(HOUR), claim=Claim("e1"), now=START) == 1


def test_the_same_claim_takes_one_place_however_often_it_comes() -> None:
    assert len(taken(HOUR, "e1", "e1", "e1").reservations) == 1
    full = taken(HOUR, "e1", "e2")
    assert isinstance(take(HOUR, full, "e2", now=at(5)), ReservationLog)


def test_a_claim_that_is_tried_again_later_holds_its_place_longer_and_never_shorter() -> None:
    later = take(HOUR, taken(HOUR, "e1"), "e1", now=at(5))
    assert [one.execute_by for one in later.reservations] == [at(5)]
    again = take(HOUR, later, "e1", now=at(1))
    assert again == later


def test_a_place_is_held_for_a_window_after_the_last_moment_of_its_write() -> None:
    log = take(HOUR, empty_log(HOUR), "e1", execute_by=at(3))
    assert count(HOUR, log, claim=Claim("e2"), now=at(63)) == 2
    assert count(HOUR, log, claim=Claim("e2"), now=at(63) + datetime.resolution) == 1


def test_places_that_are_two_windows_old_leave_the_log_when_the_next_is_taken() -> None:
    kept = take(HOUR, taken(HOUR, "e1", "e2"), "e3", now=at(120))
    assert [one.counted for one in kept.reservations] == ["e1", "e2", "e3"]
    log = take(HOUR, taken(HOUR, "e1", "e2"), "e3", now=at(120) + datetime.resolution)
    assert [one.counted for one in log.reservations] == ["e3"]


@pytest.mark.parametrize(("cap", "first"), [(HOUR, "e1"), (TARGETS, Claim("e1", "t1"))])
def test_one_clock_that_is_a_window_fast_gives_nobody_a_place_that_others_still_hold(
    cap: Cap, first: Claim | str
) -> None:
    fast = take(cap, taken(cap, first, Claim("e2", "t2")), Claim("e3", "t3"), now=at(61))
    assert take(cap, fast, Claim("e4", "t4"), now=at(1)) == Refused(4, 2)
    # Nor does giving back what was taken by the fast clock: the target had its place before.
    again = take(cap, taken(cap, first, Claim("e2", "t2")), Claim("e3", "t2"), now=at(61))
    assert isinstance(take(cap, release(again, "e3"), Claim("e4", "t4"), now=at(1)), Refused)


def test_a_full_log_forgets_the_oldest_first_and_nothing_that_counts() -> None:
    wide = Cap(key="k", max=MAX_RESERVATIONS, window_seconds=3600)
    places = [Reservation(counted=f"a{n:03}", claim_id="", execute_by=at(n / 10)) for n in range(MAX_RESERVATIONS)]
    full = ReservationLog(key="k", reservations=tuple(places))
    now = at(60 + 50)
    log = take(wide, full, "b", now=now)
    assert [one.counted for one in log.reservations] == [*(one.counted for one in places[1:]), "b"]
    assert [count(wide, one, claim=Claim("c"), now=now) for one in (full, log)] == [501, 502]


def test_a_cap_without_a_window_never_forgets() -> None:
    full = taken(PLAN, "e1", "e2")
    assert take(PLAN, full, "e3", now=START + timedelta(days=400)) == Refused(3, 2)


def test_only_a_write_that_did_not_happen_gives_its_place_back() -> None:
    full = taken(HOUR, "e1", "e2")
    assert release(full, "e2") == taken(HOUR, "e1")
    assert isinstance(take(HOUR, release(full, "e2"), "e3"), ReservationLog)


@pytest.mark.parametrize("claim_id", ["e9", ""])
def test_to_give_back_what_nobody_took_changes_nothing(claim_id: str) -> None:
    log = taken(HOUR, "e1")
    assert release(log, claim_id) == log
    shared = taken(TARGETS, Claim("e1", "t1"), Claim("e2", "t1"))
    assert release(shared, claim_id) == shared


def test_distinct_targets_are_counted_once_each_however_their_id_is_spelt() -> None:
    log = taken(TARGETS, Claim("e1", "t1"), Claim("e2", "T1"), Claim("e3", "t2"))
    assert [one.counted for one in log.reservations] == ["t1", "t2"]
    assert count(TARGETS, log, claim=Claim("e4", "t2"), now=START) == 2
    assert take(TARGETS, log, Claim("e4", "t3")) == Refused(3, 2)


def test_a_target_that_two_executions_share_is_given_back_by_neither() -> None:
    shared = taken(TARGETS, Claim("e1", "t1"), Claim("e2", "t1"))
    assert release(release(shared, "e1"), "e2") == shared
    alone = taken(TARGETS, Claim("e1", "t1"), Claim("e1", "t1"))
    assert release(alone, "e1") == empty_log(TARGETS)


def test_a_shared_target_stays_shared_when_one_of_them_tries_again() -> None:
    shared = taken(TARGETS, Claim("e1", "t1"), Claim("e2", "t1"), Claim("e2", "t1"))
    assert release(shared, "e2") == shared


def test_a_target_counts_from_its_last_write() -> None:
    log = take(TARGETS, taken(TARGETS, Claim("e1", "t1")), Claim("e2", "t1"), now=at(30))
    assert count(TARGETS, log, claim=Claim("e3", "t2"), now=at(89)) == 2
    assert count(TARGETS, log, claim=Claim("e3", "t2"), now=at(91)) == 1


def test_with_approval_as_many_places_open_as_the_decision_counted_and_no_more() -> None:
    full = taken(SOFT, "e1", "e2")
    assert take(SOFT, full, "e3") == Refused(3, 2)
    third = take(SOFT, full, "e3", decided_count=3)
    assert len(third.reservations) == 3
    assert take(SOFT, third, "e4", decided_count=3) == Refused(4, 2)


def test_where_over_is_deny_no_decision_opens_more_places() -> None:
    assert take(HOUR, taken(HOUR, "e1", "e2"), "e3", decided_count=9) == Refused(3, 2)


def test_a_full_log_refuses_whatever_the_cap_is() -> None:
    wide = Cap(key="k", max=5000, window_seconds=None)
    names = sorted(f"e{number}" for number in range(MAX_RESERVATIONS))
    full = ReservationLog(
        key="k", reservations=tuple(Reservation(counted=name, claim_id=name, execute_by=START) for name in names)
    )
    assert isinstance(take(wide, full, "e5"), ReservationLog)
    assert take(wide, full, "one.more") == Refused(MAX_RESERVATIONS + 1, 5000)


def test_the_largest_log_is_no_larger_than_it_says() -> None:
    longest = [f"{number:04}".ljust(MAX_NAME_CHARS, "~") for number in range(MAX_RESERVATIONS)]
    moment = START + datetime.resolution
    places = tuple(Reservation(counted=name, claim_id=name, execute_by=moment) for name in longest)
    largest = ReservationLog(key='"' * MAX_KEY_CHARS, reservations=places).canonical_json()
    assert MAX_LOG_BYTES * 0.99 < len(largest.encode()) <= MAX_LOG_BYTES


@pytest.mark.parametrize(
    ("log", "claim"),
    [
        (UNKNOWN, Claim("e1", "t1")),
        (ReservationLog(key="another", reservations=()), Claim("e1", "t1")),
        (ReservationLog(key="k", reservations=()), Claim("", "t1")),
        (ReservationLog(key="k", reservations=()), Claim("e1", "")),
    ],
)
def test_what_cannot_be_counted_is_unknown_and_has_no_place(log: Any, claim: Claim) -> None:
    assert count(TARGETS, log, claim=claim, now=START) is UNKNOWN
    assert take(TARGETS, log, claim) == Refused(UNKNOWN, 2)


def test_without_a_target_actions_are_counted_all_the_same() -> None:
    assert count(HOUR, empty_log(HOUR), claim=Claim("e1"), now=START) == 1


def test_a_log_stored_and_read_again_is_the_same_log() -> None:
    log = taken(TARGETS, Claim("e2", "t2"), Claim("e1", "t1"), Claim("e3", "t1"))
    stored = log.canonical_json()
    assert read_log(stored) == log
    assert stored == (
        '{"key":"k","reservations":[{"claim_id":"","counted":"t1","execute_by":"2026-11-20T09:00:00Z"},'
        '{"claim_id":"e2","counted":"t2","execute_by":"2026-11-20T09:00:00Z"}]}'
    )


def _stored(**changes: Any) -> str:
    place = {"claim_id": '"e1"', "counted": '"e1"', "execute_by": '"2026-11-20T09:00:00Z"', **changes}
    return "{" + ",".join(f'"{name}":{value}' for name, value in place.items()) + "}"


def test_a_log_with_a_repeated_key_or_another_spelling_is_unknown_and_not_empty() -> None:
    stored = taken(HOUR, "e1", "e2").canonical_json()
    assert isinstance(read_log(stored), ReservationLog)
    for text in (f'{stored[:-1]},"reservations":[]}}', f"{stored[:-1]}, {stored[-1]}", f"{stored}\n"):
        assert read_log(text) is UNKNOWN


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{}",
        '{"key":"k"}',
        '{"key":"","reservations":[]}',
        '{"key":"k","reservations":[],"max":9}',
        *(
            f'{{"key":"k","reservations":[{places}]}}'
            for places in (
                f"{_stored()},{_stored()}",
                f"{_stored(counted=chr(34) + 'e2' + chr(34))},{_stored()}",
                _stored(execute_by='"2026-11-20T09:00:00"'),
                _stored(execute_by="1760000000"),
                _stored(execute_by='"0001-01-01T00:00:00+14:00"'),
                _stored(counted='""'),
                _stored(counted='"a b"'),
                _stored(counted="7"),
                _stored(claim_id="null"),
                _stored(more="1"),
                ",".join(_stored(counted=f'"{number:05}"') for number in range(MAX_RESERVATIONS + 1)),
            )
        ),
    ],
    ids=lambda text: text[:80],
)
def test_a_stored_log_that_is_not_exactly_a_log_is_unknown(text: str) -> None:
    assert isinstance(read_log(f'{{"key":"k","reservations":[{_stored()}]}}'), ReservationLog)
    assert read_log(text) is UNKNOWN


def test_a_write_must_not_be_reserved_for_the_past_or_under_a_name_that_cannot_be_stored() -> None:
    with pytest.raises(ValueError, match="not before `now`"):
        take(HOUR, empty_log(HOUR), "e1", execute_by=START - datetime.resolution)
    for name in ("a b", 'a"b', "a\\b", "é", "x" * (MAX_NAME_CHARS + 1)):
        with pytest.raises(ValueError, match="counted"):
            take(HOUR, empty_log(HOUR), name)
    with pytest.raises(ValidationError):
        empty_log(Cap(key="", max=1, window_seconds=None))
