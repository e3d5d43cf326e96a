"""Reads in which state the item's ticket is left, from what its ticket system was told; pure."""

from collections.abc import Mapping
from typing import Final, Literal

from evaluation.directory_facts import Found
from evaluation.facts import ANY, Fact
from evaluation.seen import Seen

State = Literal["open", "waiting", "handed over", "resolved"]

#: What ticket systems call the four states that our events bring a ticket to.
_NAMES: Final[Mapping[str, State]] = {
    **dict.fromkeys(("open", "new", "in progress"), "open"),
    **dict.fromkeys(("waiting", "waiting for requester", "waiting for customer", "pending", "on hold"), "waiting"),
    **dict.fromkeys(("handed over", "handed off", "escalated", "assigned"), "handed over"),
    **dict.fromkeys(("resolved", "solved", "closed", "done"), "resolved"),
}


def read_ticket_state(seen: Seen, fact: Fact) -> Found:
    """Return whether the item's own ticket is in a state; None for another ticket and for a word of no known state."""
    if fact.text("ticket", ANY) != ANY:
        return None, "only the item's own ticket is looked at"
    if not any(case["channel"] == "itsm" for case in seen.cases):
        return None, "no ticket stands behind the request"
    state = _state(seen)
    name = fact.text("state", ANY).casefold().replace("_", " ").replace("-", " ").strip()
    if name == ANY.casefold():
        return True, f"the ticket is {state}"
    return (_NAMES[name] == state if name in _NAMES else None), f"the ticket is {state}"


def _state(seen: Seen) -> State:
    """Return what is left to do: what people took over stays theirs, and a question is open while a case waits."""
    if any(one["type"] == "ticket.handoff" for one in seen.told):
        return "handed over"
    if any(one["type"] == "ticket.question" for one in seen.told) and any(
        case["stage"] == "clarify" for case in seen.cases
    ):
        return "waiting"
    ended = any(one["type"] == "ticket.comment" and one["data"]["comment"]["resolved"] for one in seen.told)
    return "resolved" if ended else "open"
