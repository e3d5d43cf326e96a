"""`drill`: measures on a running stack how long a pause or a stop takes to bite, and logs what was found.

1. The tenant is paused (or stopped, with `--stop`); the answer says when that was stored.
2. For as long as the longest write may take, the drill waits: what was on its way is answered by then.
3. Of every case that was open at that moment and wrote around it, or met the order, the time of its last answered
   write after it is taken. An answer comes after its write has left, so this is an upper bound of when the last write
   left; 0 where none was answered later. What a stop puts back is not counted: it is what a stop is for.
4. The result is logged with the tenant's orders, and the tenant resumed, also if the drill is broken off.

A tenant or a stack that is paused or stopped already is not drilled, and an order that somebody else gave meanwhile is
left in force: a drill never lifts what it has not ordered itself.
"""

import argparse
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from agent.command.orders import person_arguments
from agent.command.stack import RunningStack, running_stack
from policy.command.command import BAD, GOOD, Answer, Command, Terminal, table
from policy.command.errors import UsageError

# A write takes 33 s at most (`agent.graph.sender`), and what is read of it is saved a moment later.
_WAIT_SECONDS: Final = 40
# Cases that wrote so shortly before the order were at work when it came.
_AROUND: Final = timedelta(seconds=60)


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tenant", required=True, metavar="ID", help="whose cases; there must be some at work")
    parser.add_argument("--stop", action="store_true", help="stop instead of pausing: cases at work are put back")
    parser.add_argument("--wait", type=float, default=_WAIT_SECONDS, metavar="SECONDS", help="how long to watch")
    person_arguments(parser)


def _run(given: argparse.Namespace, terminal: Terminal) -> Answer:
    word = "stop" if given.stop else "pause"
    about = {"tenant": given.tenant, "by": given.by, "why": f"drill: {given.why}"}
    with running_stack() as stack:
        _require_running(stack, given.tenant)
        stored = stack.order({"order": word, **about})
        try:
            with terminal.working(f"watching for {given.wait:g} s what is still written"):
                time.sleep(given.wait)
                cases = list(_at_work(stack, given.tenant))
            times = stop_times(cases, stored_at=datetime.fromisoformat(stored["stored_at"]))
            result = figures(list(times.values()))
            stack.order({"order": "drill", **about, "result": result})
        finally:
            if _is_ours(stack, about):
                stack.order({"order": "resume", **about})
    data = {"order": word, "stored_at": stored["stored_at"], **result, "times_ms": times}
    # Without a case at work nothing was measured, and nobody should take that for a good result.
    return Answer(data, tuple(_shown(data)), GOOD if times else BAD)


def _require_running(stack: RunningStack, tenant_id: str) -> None:
    found = stack.state()
    ordered = (found["stack"]["control"], (found["tenants"].get(tenant_id.lower()) or {}).get("control"))
    if any(one and one["state"] != "running" for one in ordered):
        raise UsageError("the tenant or the whole stack is paused or stopped already; a drill needs work that goes on")


def _is_ours(stack: RunningStack, about: Mapping[str, str]) -> bool:
    found = (stack.state()["tenants"].get(about["tenant"].lower()) or {}).get("control") or {}
    return all(found.get(name) == about[name] for name in ("by", "why"))


def stop_times(cases: Sequence[Mapping[str, Any]], *, stored_at: datetime) -> dict[str, int]:
    """Return by case the milliseconds from the order to its last answered write, rounded up (3).

    `cases` are as the console answers them with their log; those that were not at work then are left out.
    """
    found: dict[str, int] = {}
    for case in cases:
        answered = list(_answered(case["events"]))
        if _was_open(case, stored_at) and (_met(case["events"], stored_at) or _wrote_around(answered, stored_at)):
            late = max((one - stored_at for one in answered), default=timedelta(0))
            found[str(case["id"])] = max(0, math.ceil(late / timedelta(milliseconds=1)))
    return found


def _was_open(case: Mapping[str, Any], moment: datetime) -> bool:
    return case["closed_at"] is None or datetime.fromisoformat(case["closed_at"]) >= moment


def _met(events: Sequence[Mapping[str, Any]], moment: datetime) -> bool:
    """Whether a write was held or ended by an order since `moment`."""
    met = ("control.paused", "control.stopped")
    return any(one["code"] in met and datetime.fromisoformat(one["at"]) >= moment for one in events)


def _wrote_around(answered: Sequence[datetime], moment: datetime) -> bool:
    return any(abs(one - moment) <= _AROUND for one in answered)


def figures(times: Sequence[int]) -> dict[str, int]:
    """Return how many cases there were, and the p50, p99 and longest of their times, in milliseconds."""
    ranked = sorted(times) or [0]
    return {
        "cases": len(times),
        "p50_ms": ranked[math.ceil(len(ranked) * 0.50) - 1],
        "p99_ms": ranked[math.ceil(len(ranked) * 0.99) - 1],
        "most_ms": ranked[-1],
    }


def _answered(events: Sequence[Mapping[str, Any]]) -> Iterator[datetime]:
    """Yield when writes of steps were answered, or their answers given up."""
    for one in events:
        if one["code"] in ("write.answered", "write.failed") and one["data"].get("kind") == "do":
            yield datetime.fromisoformat(one["at"])


def _at_work(stack: RunningStack, tenant_id: str) -> Iterator[dict[str, Any]]:
    for row in stack.cases():
        if row["tenant_id"].lower() == tenant_id.lower():
            yield stack.case(row["id"])


def _shown(data: Mapping[str, Any]) -> Iterator[Any]:
    if not data["cases"]:
        yield "no case was writing around the order, so nothing was measured: hold the drill while there is work"
        return
    rows = table("case", "ms from the order to its last answered write")
    for case_id, late in sorted(data["times_ms"].items(), key=lambda pair: pair[1]):
        rows.add_row(case_id, str(late))
    yield rows
    yield f"{data['cases']} cases: p50 {data['p50_ms']} ms, p99 {data['p99_ms']} ms, longest {data['most_ms']} ms"


DRILL = Command("drill", "measure how long a pause or a stop takes, on a running stack", _arguments, _run)
