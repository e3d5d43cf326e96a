"""What an exported activity log says about how well requests were resolved. Pure, and from the log alone.

So that anybody can recompute it, each word means one thing:
1. **Resolved**: the case closed with the outcome `resolved`.
2. **Verified**: every write that was begun was read back and seen in effect. A case that wrote nothing has none to see.
3. **Untouched**: nobody approved, refused, took over or ordered anything. Asking the requester back is no touch.
4. **Reopened**: the same requester asked for the same kind of thing again within 72 hours of the end.
5. The **resolution rate** is the share of ended cases that are all four: 1, 2 and 3, and not 4.
What ended less than 72 hours before the newest entry may still be reopened; how many these are is told beside it.
A case that was not resolved was stopped somewhere: by the policy layers that denied a step, by people, or by the
planner that had no safe plan.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

#: For how long a case counts as reopened by the same wish.
REOPENED_WITHIN: Final = timedelta(hours=72)
#: What stands where the log does not say which kind of request it was.
UNKNOWN: Final = "unknown"

_TOUCHES: Final = frozenset(
    {
        "approval.given",
        "approval.refused",
        "case.escalated",
        "control.paused",
        "control.resumed",
        "control.modified",
        "control.stopped",
    }
)
_ENDS: Final = frozenset({"case.closed", "case.refused"})


@dataclass(slots=True)
class Story:
    """One case as its log tells it. `denied_by` are the layers that denied a step."""

    case_id: str
    requester: str = ""
    intent: str = UNKNOWN
    outcome: str = ""
    opened_at: datetime | None = None
    ended_at: datetime | None = None
    is_touched: bool = False
    is_asked_by_people: bool = False
    written: set[int] = field(default_factory=set)
    verified: set[int] = field(default_factory=set)
    denied_by: set[str] = field(default_factory=set)
    newest_at: datetime | None = None

    @property
    def is_verified(self) -> bool:
        """Whether all that was written was seen in effect."""
        return self.written <= self.verified

    @property
    def seconds(self) -> float | None:
        """How long it took from the request to its end, or None while it is open or where the log is cut."""
        if self.opened_at is None or self.ended_at is None:
            return None
        return (self.ended_at - self.opened_at).total_seconds()

    @property
    def stopped_by(self) -> tuple[str, ...]:
        """What kept it from being resolved; nothing if it was."""
        if self.outcome == "resolved":
            return ()
        if self.denied_by:
            return tuple(f"policy: {one}" for one in sorted(self.denied_by))
        return ("people",) if self.is_asked_by_people else ("verification",) if not self.is_verified else ("planner",)


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of some cases. Seconds are of resolved cases; None where there is none.

    `rate` is the share of `ended` that is `by_itself`; `young` of these may still be reopened.
    """

    ended: int
    resolved: int
    verified: int
    untouched: int
    reopened: int
    by_itself: int
    young: int
    p50_seconds: float | None
    p90_seconds: float | None

    @property
    def rate(self) -> float | None:
        """The resolution rate, or None where nothing ended."""
        return self.by_itself / self.ended if self.ended else None


def stories_of(entries: Iterable[tuple[str, Mapping[str, Any]]]) -> tuple[Story, ...]:
    """Return the cases of (case id, log entry) pairs that are cases' own, each with its entries in order.

    Entries that are none, and the logs of orders and grants, tell of no case.
    """
    found: dict[str, Story] = {}
    for case_id, event in entries:
        if (at := _moment(event.get("at"))) is not None and isinstance(event.get("data"), Mapping):
            _tell(found.setdefault(case_id, Story(case_id)), str(event.get("code")), data=event["data"], at=at)
    return tuple(one for one in found.values() if one.opened_at is not None)


def figures(stories: Iterable[Story], *, among: Iterable[Story] = ()) -> Figures:
    """Return the figures of `stories`; a later case that reopens one is looked for among all of `among` too."""
    mine = tuple(stories)
    everybody = (*mine, *among)
    newest = max((one.newest_at for one in everybody if one.newest_at is not None), default=None)
    asked = _asked_at(everybody)
    ended = [one for one in mine if one.ended_at is not None]
    resolved = [one for one in ended if one.outcome == "resolved"]
    reopened = {one.case_id for one in resolved if _is_reopened(one, asked)}
    good = [one for one in resolved if one.is_verified and not one.is_touched and one.case_id not in reopened]
    times = sorted(one.seconds for one in resolved if one.seconds is not None)
    return Figures(
        ended=len(ended),
        resolved=len(resolved),
        verified=sum(one.is_verified for one in resolved),
        untouched=sum(not one.is_touched for one in resolved),
        reopened=len(reopened),
        by_itself=len(good),
        young=sum(newest is not None and _end_of(one) + REOPENED_WITHIN > newest for one in good),
        p50_seconds=_quantile(times, 0.5),
        p90_seconds=_quantile(times, 0.9),
    )


def by_intent(stories: Iterable[Story]) -> dict[str, Figures]:
    """Return the figures of each kind of request, the most frequent first."""
    groups: dict[str, list[Story]] = defaultdict(list)
    everybody = tuple(stories)
    for one in everybody:
        groups[one.intent].append(one)
    ordered = sorted(groups, key=lambda name: (-len(groups[name]), name))
    return {name: figures(groups[name], among=everybody) for name in ordered}


def stops(stories: Iterable[Story]) -> Counter[str]:
    """Return how many ended cases each stop kept from being resolved; a case may have met several."""
    return Counter(stop for one in stories if one.ended_at is not None for stop in one.stopped_by)


def _tell(story: Story, code: str, *, data: Mapping[str, Any], at: datetime) -> None:
    story.newest_at = max(at, story.newest_at or at)
    story.is_touched = story.is_touched or code in _TOUCHES
    match code:
        case "case.opened":
            story.opened_at, story.requester = at, str(data.get("requester", "")).lower()
        case "case.reasoned":
            story.intent = str(data.get("intent") or story.intent)
        case "approval.asked":
            story.is_asked_by_people = True
        case "step.decided" if data.get("verdict") == "DENY":
            layers = data.get("layers") or ()
            story.denied_by |= {str(one["layer"]) for one in layers if one.get("verdict") == "DENY"}
        case "write.attempted" if data.get("kind", "do") == "do":
            story.written.add(int(data.get("step", 0)))
        case "effect.verified":
            story.verified.add(int(data.get("step", 0)))
        case _ if code in _ENDS:
            story.ended_at = at
            story.outcome = str(data.get("outcome", "refused" if code == "case.refused" else ""))


def _asked_at(stories: Iterable[Story]) -> dict[tuple[str, str], dict[str, datetime]]:
    found: dict[tuple[str, str], dict[str, datetime]] = defaultdict(dict)
    for one in stories:
        if one.opened_at is not None and one.intent != UNKNOWN:
            found[one.requester, one.intent][one.case_id] = one.opened_at
    return found


def _is_reopened(story: Story, asked: Mapping[tuple[str, str], Mapping[str, datetime]]) -> bool:
    end = _end_of(story)
    others = asked.get((story.requester, story.intent), {})
    return any(end < at <= end + REOPENED_WITHIN for other, at in others.items() if other != story.case_id)


def _end_of(story: Story) -> datetime:
    assert story.ended_at is not None, "only a case that ended has an end"
    return story.ended_at


def _moment(text: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def _quantile(ordered: list[float], share: float) -> float | None:
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else None
