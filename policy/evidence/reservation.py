"""How often is too often, as pure state changes: a capped log of what was reserved, per counted key.

A count that is read and then acted on is overtaken by others who read the same count. So nothing is counted when it
happens: a place is *reserved* before the write, by a change of this log that is stored by compare-and-swap. Who
loses the race reads again, and who finds no place does not write.

1. A reservation says until when its write may still happen (`execute_by`) and counts until a whole window after
   that. So no span of that length, wherever it starts, ever holds more writes than the cap. Fixed hourly buckets
   do not keep this: two full buckets touch.
2. The same claim is counted once, however often it comes: queues deliver at least once.
3. Only a write that certainly did not happen gives its place back.
4. A log that cannot be read, or is another key's, counts as UNKNOWN and has no place for anybody.
5. Clocks differ, so a reservation leaves the log a whole window after it stopped counting: one worker whose clock is
   up to a window fast forgets nothing that still counts for the others.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from policy.canonical import canonical_json
from policy.moment import Moment
from policy.request import UNKNOWN, Unknown

# A full log refuses, whatever the cap is: it must fit in one row that one transaction replaces.
MAX_RESERVATIONS: Final = 1000
# The longest ids of Graph are those of sites: a host name and two GUIDs.
MAX_NAME_CHARS: Final = 200
MAX_KEY_CHARS: Final = 1024
# A reservation is two names, and 72 bytes of a moment and the words around it; a key may be all quotes to escape.
MAX_LOG_BYTES: Final = MAX_RESERVATIONS * (2 * MAX_NAME_CHARS + 72) + 2 * MAX_KEY_CHARS + 32

# Visible ASCII that JSON writes as it is, so a log's size is known beforehand.
Name = Annotated[str, Field(max_length=MAX_NAME_CHARS, pattern=r"^[!#-\[\]-~]+$")]
StoredKey = Annotated[str, Field(max_length=MAX_KEY_CHARS, pattern=r"^[!-~]+$")]


@dataclass(frozen=True, slots=True)
class Cap:
    """At most `max` of what `counts` names within `window_seconds`; None is for as long as the log lives.

    `key` names the log: two caps with one key share their places. `over` says whether a decision may open more
    than `max` places: `deny` never, `require_approval` as many as the decision in force counted.
    """

    key: str
    max: int
    window_seconds: int | None
    counts: Literal["actions", "distinct_targets"] = "actions"
    over: Literal["deny", "require_approval"] = "deny"


@dataclass(frozen=True, slots=True)
class Claim:
    """Who wants a place: one execution by its id, and the object that it changes.

    The id stays the same when the execution is tried again.
    """

    id: str
    target_id: str = ""

    def counted_by(self, cap: Cap) -> str:
        """Return what `cap` counts of this claim: the execution, or its target. Empty when that is not known."""
        return self.id if cap.counts == "actions" else self.target_id.lower()


class Reservation(BaseModel):
    """One place that is taken: by `counted`, for a write that happens at `execute_by` at the latest.

    `claim_id` is the only execution behind it, or empty when there were several, which only happens where
    targets are counted: then nobody can give the place back.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    counted: Name
    claim_id: Name | Literal[""]
    execute_by: Moment


class ReservationLog(BaseModel):
    """All places taken under one key, sorted by what is counted. Its canonical JSON is at most MAX_LOG_BYTES long."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: StoredKey
    reservations: Annotated[tuple[Reservation, ...], Field(max_length=MAX_RESERVATIONS)]

    @model_validator(mode="after")
    def _each_is_counted_once(self) -> Self:
        counted = [one.counted for one in self.reservations]
        if counted != sorted(set(counted)):
            raise ValueError("expected each counted name once and in order, got another list")
        return self

    def canonical_json(self) -> str:
        """Return the stored form."""
        return canonical_json(self.model_dump(mode="json"))


@dataclass(frozen=True, slots=True)
class Refused:
    """No place: the log would hold `count` of at most `max`; `count` is UNKNOWN when the log cannot be read."""

    count: int | Unknown
    max: int


def empty_log(cap: Cap) -> ReservationLog:
    """Return the log of a key of which the store certainly holds none. A failed read is UNKNOWN, not empty.

    Raises:
        pydantic.ValidationError: the key is empty, longer than MAX_KEY_CHARS, or not visible ASCII.
    """
    return ReservationLog(key=cap.key, reservations=())


def read_log(text: str) -> ReservationLog | Unknown:
    """Read the stored form; anything that is not exactly such a log is UNKNOWN."""
    try:
        log = ReservationLog.model_validate_json(text, strict=True)
    except ValidationError:
        return UNKNOWN
    # INVARIANT: of a repeated key JSON readers keep the last, so a second and empty list would forget every place.
    return log if log.canonical_json() == text else UNKNOWN


def count(cap: Cap, log: ReservationLog | Unknown, *, claim: Claim, now: datetime) -> int | Unknown:
    """Return what `cap` counts at `now` if `claim` has its place: the others in the window, and this one.

    The answer is the same before and after the claim was reserved. UNKNOWN when the log is unknown or another
    key's, or when the claim does not say what is counted.
    """
    counted = claim.counted_by(cap)
    if isinstance(log, Unknown) or log.key != cap.key or not claim.id or not counted:
        return UNKNOWN
    return 1 + sum(one.counted != counted for one in _within(cap, log, windows=1, now=now))


def reserve(
    cap: Cap, log: ReservationLog | Unknown, *, claim: Claim, now: datetime, execute_by: datetime, decided_count: int
) -> ReservationLog | Refused:
    """Return the log with a place for `claim`, or why there is none. Store it by compare-and-swap, then write.

    The write must not start after `execute_by`. `decided_count` is the count that the decision in force was
    made with: where an approval may open more places, it opens those that its approvers saw and no more.

    Raises:
        ValueError: `execute_by` is before `now`, or a name cannot be stored.
    """
    if execute_by < now:
        raise ValueError(f"expected `execute_by` not before `now`, got `{execute_by}` and `{now}`")
    reached = count(cap, log, claim=claim, now=now)
    ceiling = max(cap.max, decided_count) if cap.over == "require_approval" else cap.max
    if isinstance(reached, Unknown) or reached > min(ceiling, MAX_RESERVATIONS):
        return Refused(reached, cap.max)
    assert isinstance(log, ReservationLog), "what is counted was read"
    kept = {one.counted: one for one in _within(cap, log, windows=2, now=now)}
    mine = Reservation(counted=claim.counted_by(cap), claim_id=claim.id, execute_by=execute_by)
    joined = _joined(kept.pop(mine.counted, mine), mine)
    # A full log forgets the oldest first: these do not count, for with those that do there is a place.
    others = sorted(kept.values(), key=lambda one: one.execute_by, reverse=True)[: MAX_RESERVATIONS - 1]
    return _with(log, [*others, joined])


def release(log: ReservationLog, claim_id: str) -> ReservationLog:
    """Return the log without the place of a write that certainly did not happen.

    An unknown claim changes nothing. A target that several executions reserved keeps its place: some other
    may have been written.
    """
    return _with(log, [one for one in log.reservations if not claim_id or one.claim_id != claim_id])


def _joined(there: Reservation, mine: Reservation) -> Reservation:
    # The later end holds for both writes, and a place of two cannot be given back by one of them.
    latest = max(there.execute_by, mine.execute_by)
    claim_id = mine.claim_id if there.claim_id == mine.claim_id else ""
    return Reservation(counted=mine.counted, claim_id=claim_id, execute_by=latest)


def _within(cap: Cap, log: ReservationLog, *, windows: int, now: datetime) -> Iterable[Reservation]:
    """Return what is at most `windows` windows old: one for those that count, two for those that are kept."""
    if cap.window_seconds is None:
        return log.reservations
    oldest = windows * timedelta(seconds=cap.window_seconds)
    # One that is exactly a window old still counts: the ends of a span belong to it.
    return [one for one in log.reservations if now - one.execute_by <= oldest]


def _with(log: ReservationLog, reservations: Iterable[Reservation]) -> ReservationLog:
    # Of equal names the last one given is kept.
    latest = {one.counted: one for one in reservations}
    return ReservationLog(key=log.key, reservations=tuple(latest[name] for name in sorted(latest)))
