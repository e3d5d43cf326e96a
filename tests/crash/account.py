"""Settles one story: what the tenant was changed by, against what was wanted and what the case's own log says.

The simulated cloud's list of writes is one witness, the case's log the other, and neither shares code with the other.
1. Doubled: a change that was applied more often than without a death, or asked for again after it was applied.
2. Lost: a change that is missing although the case says nothing of it. A case that ends otherwise than it would have
   must have been handed over urgently, for a write in doubt, with everything that was applied told to the ticket.
3. Wrong counts: without a write in doubt the log has exactly the entries of an undisturbed story, in its order. With
   one, every try on record was logged as attempted, all have their one answer but those whose worker died, and the
   case was opened and closed once. The chain of hashes is whole in any case, and a case that was not handed over has
   learned what became of each of its writes.
   A standing grant has exactly the uses less that the story took; fewer only of a case that was handed over.
4. Untold: a request that reached Graph and that the log does not name, whatever became of it; or an alert of which no
   person heard.
"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from agent.model.activity_event import ActivityEvent, EventCode
from agent.model.receipt import Attempt
from agent.storage.event_rows import ChainTip, event_of, event_rows, link
from agent.storage.rows import joined
from tests.crash.lane import Ended

Write = tuple[str, str, str]

_ONCE = (EventCode.PLAN_MADE, EventCode.APPROVAL_ASKED, EventCode.APPROVAL_GIVEN, EventCode.CASE_OPENED)
_ENDS = (EventCode.CASE_CLOSED, EventCode.CASE_REFUSED)
_FATES = (EventCode.WRITE_ANSWERED, EventCode.WRITE_FAILED)
# Only here a death can leave a write of which nobody knows whether it happened.
_WRITING = frozenset({"execute", "rollback"})


class UnmeasuredError(Exception):
    """A story goes wrong although nothing dies, so there is nothing to measure the others by."""


@dataclass(frozen=True, slots=True)
class Undisturbed:
    """A story as it goes when nothing dies."""

    outcome: str
    codes: tuple[str, ...]
    applied: Counter[Write]
    uses: int = 0
    replies: int = 0


@dataclass(frozen=True, slots=True)
class Settled:
    """One story, settled. `wrong` says in words what is not as it must be, `handed_over_for` why people have it."""

    expected: int
    seen: int
    doubled: int
    lost: int
    wrong: tuple[str, ...]
    untold: int
    is_open: bool
    handed_over_for: str = ""

    @property
    def is_broken(self) -> bool:
        """Whether the promise is broken."""
        return bool(self.doubled or self.lost or self.wrong or self.untold or self.is_open)


def undisturbed(ended: Ended) -> Undisturbed:
    """Return what a story without any death is like.

    Raises:
        UnmeasuredError: it did not end.
    """
    if ended.case is None or ended.deaths:
        raise UnmeasuredError(f"a story went wrong without a death: {_standstill(ended)}")
    codes = tuple(one.code.value for one in _events(ended))
    return Undisturbed(ended.case["outcome"], codes, _applied(ended), ended.uses, ended.replies)


def settle(ended: Ended, *, clean: Undisturbed, died_in: frozenset[str]) -> Settled:
    """Settle a story. `died_in` names the functions that may have been at work when the process died."""
    applied, expected = _applied(ended), sum(clean.applied.values())
    doubled = sum((applied - clean.applied).values()) + _asked_again(ended)
    missing = sum((clean.applied - applied).values())
    if ended.case is None:
        return Settled(expected, applied.total(), doubled, missing, (_standstill(ended),), 0, True)
    is_handed_over = ended.case["outcome"] != clean.outcome
    lost = 0 if is_handed_over and _is_told(ended) else missing + is_handed_over
    wrong = tuple(_wrong_counts(ended, clean=clean, died_in=died_in))
    why = ended.case["why"] if is_handed_over else ""
    return Settled(expected, applied.total(), doubled, lost, wrong, _untold(ended), False, why)


def _standstill(ended: Ended) -> str:
    place = next((f"`{row['stage']}` at turn {row['seq']}" for row in ended.rows if row["RowKey"] == "case"), "nowhere")
    return f"it was never closed: it stands in {place} after {ended.seconds:.0f} s and {ended.deaths} deaths"


def _applied(ended: Ended) -> Counter[Write]:
    return Counter(_write(one) for one in ended.writes if one["applied"])


def _write(one: dict[str, Any]) -> Write:
    return one["method"], one["path"], json.dumps(one["body"], sort_keys=True)


def _asked_again(ended: Ended) -> int:
    """How many requests asked for a change that an earlier request had made."""
    made: set[Write] = set()
    again = 0
    for one in ended.writes:
        again += _write(one) in made and not one["applied"]
        if one["applied"]:
            made.add(_write(one))
    return again


def _is_told(ended: Ended) -> bool:
    """Whether people were given the case, urgently, for a write in doubt, with all that was done."""
    assert ended.case is not None, "only a closed case was handed over"
    handoffs = [one["body"]["data"]["handoff"] for one in ended.ticket["events"] if "handoff" in one["body"]["data"]]
    if ended.case["outcome"] != "escalated" or not handoffs or not handoffs[-1]["urgent"]:
        return False
    told = sum(line.startswith(("written:", "undone:")) for line in handoffs[-1]["done"])
    return _has_doubt(ended) and told >= len(_applied(ended))


def _has_doubt(ended: Ended) -> bool:
    events = _events(ended)
    found = any(one.code is EventCode.WRITE_FOUND_DONE for one in events)
    return found or any(one.is_doubtful or one.tries > 1 or one.state == "intended" for one in _attempts(ended))


def _wrong_counts(ended: Ended, *, clean: Undisturbed, died_in: frozenset[str]) -> Iterator[str]:
    assert ended.case is not None, "only a closed case has a whole log"
    yield from _chain_breaks(ended)
    yield from _uses(ended, clean)
    # Teams takes no id under which a message would be one: who dies right after it was sent, sends it again.
    if ended.case["outcome"] == clean.outcome and not clean.replies <= ended.replies <= clean.replies + ended.deaths:
        yield f"whoever asked was told {ended.replies} times how it ended"
    if ended.case["outcome"] == clean.outcome:
        yield from _unlearned(ended)
    events = _events(ended)
    codes = tuple(one.code.value for one in events)
    if "control" in died_in:
        codes = _ordered_once(codes)
    if codes == clean.codes:
        return
    if not died_in & _WRITING or not _has_doubt(ended):
        yield f"expected the entries of an undisturbed story, got {_difference(clean.codes, codes)}"
        return
    counts, usual = Counter(codes), Counter(clean.codes)
    yield from (f"`{one}` {counts[one]} times" for one in _ONCE if counts[one] != usual[one])
    if codes[-1] not in _ENDS or sum(counts[one] for one in _ENDS) != 1:
        yield "it was not closed once, at the end"
    yield from _unpaired(ended, events)


def _uses(ended: Ended, clean: Undisturbed) -> Iterator[str]:
    """Yield what is wrong with the count of uses: one for each write, and none is had twice or for nothing."""
    assert ended.case is not None, "only a closed case has taken all that it takes"
    # Of a write in doubt nobody knows whether its use was had, so people have it; it is never counted twice.
    least = clean.uses if ended.case["outcome"] == clean.outcome else 0
    if not least <= ended.uses <= clean.uses:
        yield f"{ended.uses} uses of standing grants were taken, and {clean.uses} without a death"


def _ordered_once(codes: tuple[str, ...]) -> tuple[str, ...]:
    """Return the codes without the orders that were given again because their answer was lost; both are logged."""
    found: list[str] = []
    last = ""
    for code in codes:
        if not code.startswith("control.") or code != last:
            found.append(code)
        last = code if code.startswith("control.") else last
    return tuple(found)


def _unlearned(ended: Ended) -> Iterator[str]:
    """Yield the tries whose fate nobody looked up, although the case ended as if it were known."""
    for one in _attempts(ended):
        if one.state == "intended":
            yield f"step {one.step_index}: what became of its last `{one.kind}` was never learned"


def _unpaired(ended: Ended, events: list[ActivityEvent]) -> Iterator[str]:
    rows = {(one.step_index, one.kind): one for one in _attempts(ended)}
    logged: dict[tuple[int, str], Counter[EventCode]] = {}
    for one in events:
        if one.code is EventCode.WRITE_ATTEMPTED or one.code in _FATES:
            logged.setdefault((one.data["step"], one.data["kind"]), Counter())[one.code] += 1
    for step, counts in logged.items():
        attempted, fates = counts[EventCode.WRITE_ATTEMPTED], sum(counts[one] for one in _FATES)
        tries = rows[step].tries if step in rows else 0
        if attempted != tries or not attempted - ended.deaths <= fates <= attempted:
            yield f"step {step}: {attempted} attempts and {fates} answers logged, {tries} tries on record"


def _chain_breaks(ended: Ended) -> Iterator[str]:
    rows, events = _event_rows(ended), _events(ended)
    # What the first entry is chained to is made of the case's id.
    prev = event_rows(ended.case_id, events[:1], tip=ChainTip())[0][0]["prev"]
    for number, (row, event) in enumerate(zip(rows, events, strict=True)):
        if row["RowKey"] != f"ev{number:06d}" or row["prev"] != prev or row["hash"] != link(number, event, prev=prev):
            yield f"the chain breaks at entry {number}"
            return
        prev = row["hash"]


def _untold(ended: Ended) -> int:
    named = {one.data["client_request_id"] for one in _events(ended) if one.code is EventCode.WRITE_ATTEMPTED}
    unnamed = sum(one["client_request_id"] not in named for one in ended.writes)
    is_unheard = any(one.code is EventCode.ALERT_RAISED for one in _events(ended)) and ended.alarms == 0
    return unnamed + is_unheard


def _event_rows(ended: Ended) -> list[dict[str, Any]]:
    return sorted((one for one in ended.rows if one["RowKey"].startswith("ev")), key=lambda one: one["RowKey"])


def _events(ended: Ended) -> list[ActivityEvent]:
    return [event_of(row) for row in _event_rows(ended)]


def _attempts(ended: Ended) -> list[Attempt]:
    return [Attempt.model_validate_json(joined(row)) for row in ended.rows if row["RowKey"].startswith("op")]


def _difference(wanted: tuple[str, ...], got: tuple[str, ...]) -> str:
    more, less = Counter(got) - Counter(wanted), Counter(wanted) - Counter(got)
    return f"more: {dict(more)}, fewer: {dict(less)}" if more or less else "another order"
