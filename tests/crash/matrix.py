"""`make test-crash`: kills the function app at every boundary of every stage and settles what became of each case.

The development host runs `function_app.py` over Azurite and the simulated cloud, in processes that are killed by
SIGKILL and started again. Exit 1 when a change was doubled or lost, when a log does not add up, or when a case was
left open; 2 when nothing could be measured. `--json` prints the table as JSON. How a fault could hide from this:
- Time is the lane's own (`tests/crash/page.py`): it jumps while the process is dead or idle, 70 s and 30 s at a time.
  No constant of the product is changed, but no turn ever meets the end of its own lease; `tests/race` has that.
- A message that was taken by a dead process stays hidden for ten minutes of real time, as on Azure, so here the sweep
  heals alone; the noise puts doubled and old messages instead of the host's own redelivery.
- A write under way is cut within 6 ms, at a random instant: whether Graph had it differs from run to run.
- Lives are forks of one process that has imported everything; what an import does is not repeated in each.
- The storage emulator is never killed: it loses up to five seconds of acknowledged writes, which Azure does not.
"""

import argparse
import json
import signal
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import httpx
from azure.core.exceptions import AzureError
from rich.console import Console
from rich.table import Column, Table

from devhost.errors import DevhostError
from tests.crash.account import Settled, Undisturbed, settle
from tests.crash.experiments import Experiment, measured, mishaps, second_deaths, short, storms
from tests.crash.lane import Lane
from tests.crash.stories import STORIES, Story

LEAST_DEATHS = 300
_COUNTED = ("told", "boundaries", "deaths", "expected", "seen", "doubled", "lost", "wrong", "untold", "open", "handed")


@dataclass(frozen=True, slots=True)
class _Result:
    """One telling, settled."""

    experiment: Experiment
    settled: Settled
    deaths: int
    seconds: float


@dataclass(slots=True)
class Tally:
    """What was counted, by row of the table; `broken` says what broke the promise, `missed` was never reached."""

    rows: dict[tuple[str, str], Counter[str]] = field(default_factory=dict)
    seconds: dict[tuple[str, str], float] = field(default_factory=lambda: defaultdict(float))
    broken: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    @property
    def total(self) -> Counter[str]:
        """All rows together."""
        return sum(self.rows.values(), Counter())

    def add(self, result: _Result) -> None:
        """Count one telling."""
        one, settled, deaths = result.experiment, result.settled, result.deaths
        row = (one.story.name, one.name)
        orders = [order for order in one.orders if not order.startswith("?")]
        found = {
            "told": 1,
            "boundaries": len(orders[-1:]),
            "deaths": deaths,
            "expected": settled.expected,
            "seen": settled.seen,
            "doubled": settled.doubled,
            "lost": settled.lost,
            "wrong": len(settled.wrong),
            "untold": settled.untold,
            "open": int(settled.is_open),
            "handed": int(settled.is_handed_over),
        }
        self.rows.setdefault(row, Counter()).update(found)
        self.seconds[row] += result.seconds
        where = f"{one.story.name}: {' then '.join(one.orders) or one.name} {one.faults or ''}"
        if settled.is_broken:
            self.broken.append(f"{where}: {_words(settled)}")
        if deaths < len(orders):
            self.missed.append(where)


@dataclass(frozen=True, slots=True)
class Form:
    """How long it takes: which stories, every so-manyth boundary (None: all of them, and what else there is), lanes.

    `part` (2, 3) is the second third of the tellings, so that a long run can be cut into shorter ones.
    """

    stories: tuple[Story, ...] = STORIES
    every: int | None = None
    lanes: int = 2
    storms: int = 3
    part: tuple[int, int] = (1, 1)


def run(form: Form, folder: Path, *, progress: Callable[[str], None], tally: Tally) -> None:
    """Run the matrix and count into `tally`, which is good for what was told so far when this is interrupted.

    Raises:
        DevhostError: a stack could not be started.
    """
    waiting: SimpleQueue[tuple[Experiment, Undisturbed]] = SimpleQueue()
    results: SimpleQueue[_Result | Exception] = SimpleQueue()
    with ExitStack() as stack:
        lanes = [stack.enter_context(Lane(folder / f"lane{number}", seed=number)) for number in range(form.lanes)]
        for story in form.stories:
            clean, experiments = _experiments(story, lanes[0], form=form)
            experiments = experiments[form.part[0] - 1 :: form.part[1]]
            progress(f"{story.name}: {len(experiments)} tellings, {len(clean.codes)} log entries without a death")
            for one in experiments:
                waiting.put((one, clean))
        count, started = waiting.qsize(), time.monotonic()
        # Left first and joined by the stack, so that no lane is stopped under a worker.
        pool = stack.enter_context(ThreadPoolExecutor(form.lanes))
        stack.callback(_drain, waiting)
        for lane in lanes:
            pool.submit(_work, lane, waiting, results=results)
        for number in range(1, count + 1):
            result = results.get()
            if isinstance(result, Exception):
                raise result
            tally.add(result)
            if number % 20 == 0 or number == count:
                left = (time.monotonic() - started) / number * (count - number)
                progress(_standing(tally, f"{number} of {count} tellings, about {left:.0f} s left"))


def _drain(waiting: "SimpleQueue[tuple[Experiment, Undisturbed]]") -> None:
    """Leave nothing to do, so that the workers end after what they are doing."""
    while not waiting.empty():
        waiting.get_nowait()


def _experiments(story: Story, lane: Lane, *, form: Form) -> tuple[Undisturbed, list[Experiment]]:
    clean, deaths = measured(story, lane)
    if form.every is not None:
        return clean, short(deaths, every=form.every)
    again = second_deaths(story, lane, boundaries=(one.orders[0] for one in deaths))
    return clean, [*deaths, *again, *mishaps(story), *storms(story, count=form.storms)]


def _work(
    lane: Lane, waiting: "SimpleQueue[tuple[Experiment, Undisturbed]]", *, results: "SimpleQueue[_Result | Exception]"
) -> None:
    try:
        while True:
            one, clean = waiting.get_nowait()
            if one.is_cold:
                lane.restart()
            ended = lane.tell(one.story, one.orders, faults=one.faults, is_noisy=one.is_noisy)
            settled = settle(ended, clean=clean, died_in=one.died_in)
            results.put(_Result(one, settled, ended.deaths, ended.seconds))
    except Empty:
        return
    except Exception as problem:
        # The thread that counts raises it again: it waits for a result of every telling.
        results.put(problem)


def _words(settled: Settled) -> str:
    numbers = {name: getattr(settled, name) for name in ("doubled", "lost", "untold", "is_open")}
    return "; ".join([*(f"{name} {number}" for name, number in numbers.items() if number), *settled.wrong])


def _standing(tally: Tally, done: str) -> str:
    total = tally.total
    return f"{total['deaths']} deaths, {done}, {len(tally.broken)} broken promises"


def show(tally: Tally, console: Console) -> None:
    """Print the table, then what broke the promise and what was never reached."""
    columns = (*_COUNTED, "seconds")
    table = Table("story", "died in", *(Column(name, justify="right") for name in columns))
    for row, counts in tally.rows.items():
        table.add_row(*row, *(str(counts[name]) for name in _COUNTED), f"{tally.seconds[row]:.0f}")
    total = tally.total
    table.add_section()
    table.add_row("all", "", *(str(total[name]) for name in _COUNTED), f"{sum(tally.seconds.values()):.0f}")
    console.print(table)
    for one in tally.broken:
        console.print(f"broken: {one}", highlight=False, markup=False)
    for one in tally.missed:
        console.print(f"not reached: {one}", highlight=False, markup=False)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the long form, or the short one, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash.matrix", description=__doc__.partition("\n")[0])
    parser.add_argument("--every", type=int, help="only every so-manyth boundary, and one death a story")
    parser.add_argument("--story", action="append", help="only this story; repeatable")
    parser.add_argument("--lanes", type=int, default=2, help="stacks side by side (2)")
    parser.add_argument("--storms", type=int, default=3, help="tellings a story with deaths by chance (3)")
    parser.add_argument("--part", default="1/1", help="only this part of the tellings, as 2/3 (1/1)")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    given = parser.parse_args(arguments)
    stories = tuple(one for one in STORIES if not given.story or one.name in given.story)
    number, _, parts = given.part.partition("/")
    form = Form(stories, given.every, given.lanes, given.storms, (int(number), int(parts)))
    # As Ctrl-C, so that everything that was started is stopped.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    tally, stopped = Tally(), 0
    try:
        with tempfile.TemporaryDirectory(prefix="remit-crash-") as folder:
            run(form, Path(folder), progress=lambda text: print(text, file=sys.stderr, flush=True), tally=tally)
    except KeyboardInterrupt:
        print("crash matrix: stopped, and so is everything that was started", file=sys.stderr)
        stopped = 130
    except (DevhostError, httpx.HTTPError, AzureError, TimeoutError) as problem:
        # What was counted until then is shown all the same.
        print(f"crash matrix: {problem}", file=sys.stderr)
        stopped = 2
    if given.json:
        print(json.dumps(as_json(tally), indent=2))
    else:
        show(tally, Console(soft_wrap=True, width=180))
    if stopped:
        return stopped
    is_whole = given.every is None and not given.story and given.part == "1/1"
    is_too_short = is_whole and tally.total["deaths"] < LEAST_DEATHS
    if is_too_short:
        print(f"expected at least {LEAST_DEATHS} deaths, got {tally.total['deaths']}", file=sys.stderr)
    return 1 if tally.broken or tally.missed or is_too_short else 0


def as_json(tally: Tally) -> dict[str, Any]:
    """Return the table as JSON."""
    rows = [
        {"story": story, "died_in": name, **counts, "seconds": round(tally.seconds[story, name], 1)}
        for (story, name), counts in tally.rows.items()
    ]
    return {"rows": rows, "total": dict(tally.total), "broken": tally.broken, "not_reached": tally.missed}


if __name__ == "__main__":
    sys.exit(main())
