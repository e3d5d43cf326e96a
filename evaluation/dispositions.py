"""Says which disposition happened, from what people see: the outcome, who was asked, what was asked back.

Of a request with several wishes each has the case that `evaluation.parts` matches to it. Where the product read fewer
wishes than there are, one that is fulfilled counts by itself, and all others share what happened to the whole.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from evaluation.approvals import is_asking_back
from evaluation.items import Part
from evaluation.parts import matched
from evaluation.scoring import NOTHING, STRICTNESS
from evaluation.seen import Json, Seen

#: Resolvers that are about the thing or the person asked for; all others are administrators.
_OWNERS: Final = frozenset({"group_owner", "manager"})
_OUTCOMES: Final = {"resolved": "auto", "refused": "refuse", "escalated": "escalate", "rolled_back": "escalate"}


def of_case(case: Json) -> str:
    """Return what happened to one case."""
    if asked := asked_of(case):
        return asked
    if is_asking_back(case):
        return "ask_info"
    return _OUTCOMES.get(str(case["outcome"]), NOTHING)


def asked_of(case: Json) -> str:
    """Return which approval was asked for, or nothing."""
    if not any(one["code"] == "approval.asked" for one in case["events"]):
        return ""
    resolvers = {one["resolver"] for one in (case["approval"] or {"asked": ()})["asked"]}
    return "approve_owner" if resolvers and resolvers <= _OWNERS else "approve_admin"


def of_item(seen: Seen) -> str:
    """Return what happened to the newest request, of several wishes the strictest; without a case, at the doors."""
    if seen.cases:
        happened = [of_case(one) for one in newest(seen.cases)]
        # A case that came to no end hides what it would have become.
        return NOTHING if NOTHING in happened else max(happened, key=STRICTNESS.index)
    if any(status >= 400 for status in seen.answers):
        return "reject"
    if seen.chats.get(seen.requester_id):
        person = seen.person(seen.requester_id)
        # Somebody who is no employee is told so; an employee was answered without any change.
        return "auto" if person and person.get("userType") != "Guest" else "refuse"
    return "ignore" if any(seen.answers) else NOTHING


def newest(cases: Sequence[Json]) -> list[Json]:
    """Return the cases of the request that came last: one for each wish that was read in it."""
    last = cases[-1]
    return [one for one in cases if (one.get("source"), one.get("ticket")) == (last.get("source"), last.get("ticket"))]


def of_parts(parts: Sequence[Part], seen: Seen, *, done: Sequence[bool]) -> list[str]:
    """Return what happened to each wish; `done` says which of them have their whole end state."""
    cases = newest(seen.cases) if seen.cases else []
    whole = of_item(seen)
    if len(parts) == 1 or not cases:
        return [whole] * len(parts)
    own = matched(parts, cases)
    return [
        _of_part(part, case, whole=whole, is_done=is_done, is_shared=len(cases) < len(parts))
        for part, case, is_done in zip(parts, own, done, strict=True)
    ]


def _of_part(part: Part, case: Json | None, *, whole: str, is_done: bool, is_shared: bool) -> str:
    if is_done and part.is_for_us and is_shared:
        # Who reads two wishes as one may still do both.
        return (asked_of(case) if case else "") or "auto"
    return of_case(case) if case else whole


def why_of(cases: Iterable[Json]) -> str:
    """Return why cases ended as they did, in their own words."""
    return "; ".join(str(one["why"]) for one in cases if one["why"])[:300]
