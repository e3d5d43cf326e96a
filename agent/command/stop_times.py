"""What the log of a case says about an order on its tenant: what was under way when it came, and how long that took.

A write is under way from `write.attempted` on, which is stored before it leaves, until its answer is there. An answer
comes after its write has left, so the time to the answer is an upper bound of when the last write left.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

# A write takes 33 s at most (`agent.graph.sender`): what has no answer after that was lost, and is not under way.
LONGEST_WRITE: Final = timedelta(seconds=40)

_ANSWERS: Final = frozenset({"write.answered", "write.failed", "write.blocked", "write.found_done"})
_WRITING: Final = frozenset({"execute", "rollback"})
_AT_WORK: Final = frozenset({*_WRITING, "verify"})
_ENDED: Final = frozenset({"escalate", "close", "closed"})


@dataclass(frozen=True, slots=True)
class Write:
    """One write of the log: when it was begun, and when its answer was there; None while there is none."""

    kind: str
    begun_at: datetime
    answered_at: datetime | None

    def is_under_way(self, moment: datetime) -> bool:
        """Whether it may have left after `moment` although it was begun before."""
        begun = moment - LONGEST_WRITE < self.begun_at <= moment
        return begun and (self.answered_at is None or self.answered_at > moment)


@dataclass(frozen=True, slots=True)
class CaseTimes:
    """What became of one case. `last_ms` is None while a write that was under way has no answer."""

    under_way: int
    begun_after: int
    last_ms: int | None

    @classmethod
    def of(cls, case: Mapping[str, Any], *, order: str, stored_at: datetime) -> "CaseTimes":
        """Return what the log of `case`, as the console answers it, says about an order stored at `stored_at`."""
        writes = writes_of(case["events"])
        moving = [one for one in writes if one.is_under_way(stored_at)]
        # What a stop puts back is what it is for; a pause holds that too.
        held = [one for one in writes if order == "pause" or one.kind == "do"]
        answers = [one.answered_at for one in moving if one.answered_at is not None]
        late = max((one - stored_at for one in answers), default=timedelta(0))
        return cls(
            under_way=len(moving),
            begun_after=sum(one.begun_at > stored_at for one in held),
            last_ms=math.ceil(late / timedelta(milliseconds=1)) if len(answers) == len(moving) else None,
        )


def writes_of(events: Sequence[Mapping[str, Any]]) -> list[Write]:
    """Return the writes of a log in order, each with the answer that came before the next try of the same."""
    found: list[Write] = []
    open_at: dict[tuple[int, str], int] = {}
    for one in events:
        step, at = one["data"].get("step", 0), datetime.fromisoformat(one["at"])
        # What was found done does not say which of the two it was; a step has one open write at most.
        kinds = [one["data"]["kind"]] if "kind" in one["data"] else ["do", "undo"]
        if one["code"] == "write.attempted":
            open_at[step, kinds[0]] = len(found)
            found.append(Write(kinds[0], at, None))
        elif one["code"] in _ANSWERS and (places := [(step, kind) for kind in kinds if (step, kind) in open_at]):
            index = open_at.pop(places[-1])
            found[index] = replace(found[index], answered_at=max(found[index].begun_at, at))
    return found


def was_at_work(case: Mapping[str, Any], *, stored_at: datetime, by: str, why: str) -> bool:
    """Whether a case, as it is seen right after the order, was carrying out its plan when the order came.

    One that has met the order by then may have ended since; it counts by the entry that says so.
    """
    control = case["control"]
    if control and control["scope"] == "case" and control["state"] == "paused":
        return False
    if case["closed_at"] is not None and datetime.fromisoformat(case["closed_at"]) < stored_at:
        return False
    met = any((one["data"].get("by"), one["data"].get("why")) == (by, why) for one in case["events"])
    return met or case["stage"] in _AT_WORK or any(one.is_under_way(stored_at) for one in writes_of(case["events"]))


def has_settled(case: Mapping[str, Any], *, order: str, by: str, why: str) -> bool:
    """Whether nothing more is to come of a case: it ended or, paused, can write no more before it is resumed."""
    if case["stage"] in _ENDED:
        return True
    if order == "stop":
        return False
    control = case["control"] or {}
    has_met = control.get("state") == "paused" and (control.get("by"), control.get("why")) == (by, why)
    return has_met or case["stage"] not in _WRITING


def figures(times: Sequence[int]) -> dict[str, int | None]:
    """Return the p50, p99 and longest of times in milliseconds; all of them None if there are none."""
    ranked = sorted(times)
    if not ranked:
        return {"p50_ms": None, "p99_ms": None, "most_ms": None}
    return {
        "p50_ms": ranked[math.ceil(len(ranked) * 0.50) - 1],
        "p99_ms": ranked[math.ceil(len(ranked) * 0.99) - 1],
        "most_ms": ranked[-1],
    }
