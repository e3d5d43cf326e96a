"""Says which disposition happened, from what people see: the outcome, who was asked, what was asked back.

Of a ticket with several wishes one case is seen. A wish that is fulfilled counts by itself; all others share what
happened to the case.
"""

from collections.abc import Iterable
from typing import Final

from evaluation.approvals import is_asking_back
from evaluation.items import Part
from evaluation.scoring import NOTHING
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
    """Return what happened to a request; without a case, what the front door and the bot did."""
    if seen.cases:
        return of_case(seen.cases[-1])
    if any(status >= 400 for status in seen.answers):
        return "reject"
    if seen.chats.get(seen.requester_id):
        person = seen.person(seen.requester_id)
        # Somebody who is no employee is told so; an employee was answered without any change.
        return "auto" if person and person.get("userType") != "Guest" else "refuse"
    return "ignore" if any(seen.answers) else NOTHING


def of_part(part: Part, seen: Seen, *, is_done: bool, parts: int) -> str:
    """Return what happened to one wish; `is_done` says that its whole end state is there."""
    whole = of_item(seen)
    if parts > 1 and is_done and part.is_for_us and seen.cases:
        return asked_of(seen.cases[-1]) or "auto"
    return whole


def why_of(cases: Iterable[Json]) -> str:
    """Return why cases ended as they did, in their own words."""
    return "; ".join(str(one["why"]) for one in cases if one["why"])[:300]
