"""`drill`: measures on a running stack how long a pause or a stop takes to bite, and logs what was found.

1. The tenant is paused (or stopped, with `--stop`); the answer says when that was stored.
2. Every case that carries out its plan at that moment is watched until it can write no more before it is resumed; with
   `--stop`, until it is put back or handed over. The drill ends when the last one is.
3. Of each case is taken: the writes that were under way when the order came, the time from the order to the last
   answer of these, the time until it was seen to have settled, and the writes that were begun after the order. There
   must be none of the last. What a stop puts back is not counted: it is what a stop is for.
4. The result is logged with the tenant's orders, and the tenant resumed, also if the drill is broken off. A drill
   that met no write under way has measured no time, and says so instead of a figure.

A tenant or a stack that is paused or stopped already is not drilled, and an order that somebody else gave meanwhile is
left in force: a drill never lifts what it has not ordered itself.
"""

import argparse
import math
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Final

from rich.status import Status

from agent.command.drill_shown import shown, to_do
from agent.command.orders import person_arguments
from agent.command.stack import NotAnsweredError, RunningStack, running_stack
from agent.command.stop_times import CaseTimes, figures, has_settled, was_at_work
from policy.command.command import BAD, GOOD, Answer, Command, Terminal
from policy.command.errors import UsageError

# The longest write takes 33 s; to put back a plan takes several, each read back.
_WAIT_SECONDS: Final = {"pause": 40.0, "stop": 300.0}
_LOOK_SECONDS: Final = 0.25
_MOST_CASES: Final = 100
# What `agent.orders.DrillResult` takes.
_LOGGED: Final = ("order", "cases", "under_way", "begun_after", "p50_ms", "p99_ms", "most_ms")


@dataclass(slots=True)
class Watch:
    """The cases at work when the order was stored, as they were seen last, and when each was seen to have settled."""

    order: str
    about: Mapping[str, str]
    stored_at: datetime
    given_at: float
    stages: dict[str, str] = field(default_factory=dict)
    seen: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    settled_ms: dict[str, int] = field(default_factory=dict)

    def begin(self, case: Mapping[str, Any]) -> None:
        """Watch a case if it was at work when the order came."""
        if was_at_work(case, stored_at=self.stored_at, by=self.about["by"], why=self.about["why"]):
            self.stages[case["id"]] = case["stage"]
            self.look_at(case)

    def look_at(self, case: Mapping[str, Any]) -> None:
        """Take in how a case stands now."""
        self.seen[case["id"]] = case
        if has_settled(case, order=self.order, by=self.about["by"], why=self.about["why"]):
            # Counted from when the order was sent, so that it is never too short.
            late = math.ceil((time.monotonic() - self.given_at) * 1000)
            self.settled_ms.setdefault(case["id"], late)

    def times_of(self, case: Mapping[str, Any]) -> CaseTimes:
        """Return what the log of a case says about the order."""
        return CaseTimes.of(case, order=self.order, stored_at=self.stored_at)

    @property
    def unsettled(self) -> list[str]:
        """The ids of the cases of which something may still come."""
        return [one for one in self.stages if one not in self.settled_ms]


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tenant", required=True, metavar="ID", help="whose cases; there must be some at work")
    parser.add_argument("--stop", action="store_true", help="stop instead of pausing: cases at work are put back")
    parser.add_argument("--wait", type=float, metavar="SECONDS", help="watch so long at most (40, with --stop 300)")
    person_arguments(parser)


def _run(given: argparse.Namespace, terminal: Terminal) -> Answer:
    word = "stop" if given.stop else "pause"
    wait = _WAIT_SECONDS[word] if given.wait is None else given.wait
    about = {"tenant": given.tenant, "by": given.by, "why": f"drill: {given.why}"}
    with running_stack() as stack:
        _require_running(stack, given.tenant)
        given_at = time.monotonic()
        try:
            stored = stack.order({"order": word, **about})
            watch = Watch(word, about, datetime.fromisoformat(stored["stored_at"]), given_at)
            with terminal.err.status("looking which cases are at work") as status:
                _follow(stack, watch, seconds=wait, status=status)
                data = _measured(stack, watch)
            stack.order({"order": "drill", **about, "result": {name: data[name] for name in _LOGGED}})
        finally:
            if _is_ours(stack, about):
                stack.order({"order": "resume", **about})
    return Answer(data, tuple(shown(data)), BAD if to_do(data) else GOOD)


def _follow(stack: RunningStack, watch: Watch, *, seconds: float, status: Status) -> None:
    for case in _cases_of(stack, watch.about["tenant"]):
        watch.begin(case)
    ends = time.monotonic() + seconds
    while watch.unsettled and time.monotonic() < ends:
        under_way = sum(watch.times_of(one).last_ms is None for one in watch.seen.values())
        left = len(watch.unsettled)
        status.update(
            f"{left} of {len(watch.stages)} cases at work not settled yet, {under_way} with a write under way"
        )
        time.sleep(_LOOK_SECONDS)
        for case_id in watch.unsettled:
            with suppress(NotAnsweredError):
                # One look that fails is no reason to give up: the next comes in a moment.
                watch.look_at(stack.case(case_id))


def _measured(stack: RunningStack, watch: Watch) -> dict[str, Any]:
    times = {case_id: watch.times_of(case) for case_id, case in watch.seen.items()}
    moved = {case_id: one for case_id, one in times.items() if one.under_way}
    # Also of cases that came to their first write only after the order.
    everywhere = [watch.times_of(case).begun_after for case in _cases_of(stack, watch.about["tenant"])]
    rows = [
        {"case": one, "stage": watch.stages[one], **asdict(times[one]), "settled_ms": watch.settled_ms.get(one)}
        for one in watch.stages
    ]
    return {
        "order": watch.order,
        "stored_at": watch.stored_at.isoformat(),
        "cases": len(times),
        "under_way": sum(one.under_way for one in moved.values()),
        "begun_after": sum(everywhere),
        **figures([one.last_ms for one in moved.values() if one.last_ms is not None]),
        "unanswered": [case_id for case_id, one in moved.items() if one.last_ms is None],
        "settled": figures(list(watch.settled_ms.values())),
        "unsettled": watch.unsettled,
        "by_case": rows,
    }


def _require_running(stack: RunningStack, tenant_id: str) -> None:
    found = stack.state()
    ordered = (found["stack"]["control"], (found["tenants"].get(tenant_id.lower()) or {}).get("control"))
    if any(one and one["state"] != "running" for one in ordered):
        raise UsageError("the tenant or the whole stack is paused or stopped already; a drill needs work that goes on")


def _is_ours(stack: RunningStack, about: Mapping[str, str]) -> bool:
    found = (stack.state()["tenants"].get(about["tenant"].lower()) or {}).get("control") or {}
    return found.get("state") != "running" and all(found.get(name) == about[name] for name in ("by", "why"))


def _cases_of(stack: RunningStack, tenant_id: str) -> Iterator[Mapping[str, Any]]:
    for row in stack.cases()[:_MOST_CASES]:
        if row["tenant_id"].lower() == tenant_id.lower():
            yield stack.case(row["id"])


DRILL = Command("drill", "measure how long a pause or a stop takes, on a running stack", _arguments, _run)
