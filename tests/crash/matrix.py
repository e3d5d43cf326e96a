"""`make test-crash`: kills the function app at every boundary of every stage and settles what became of each case.

The development host runs `function_app.py` over Azurite and the simulated cloud, in processes that are killed by
SIGKILL and started again: at each request of a case to storage, queues, vault, Graph, Teams and the ticket system,
while people answer and give orders, while the sweep runs and while the log is sealed, which is verified at the end.
Exit 1 when a change was doubled or lost, when a log does not add up, when a case was left open, or when a death could
not be placed; 2 when nothing could be measured. `--json` prints the table as JSON. How a fault could hide from this:
- Time is the lane's own (`tests/crash/page.py`): it jumps while the process is dead or idle, 70 s and 30 s at a time.
  No constant of the product is changed, but no turn ever meets the end of its own lease; `tests/race` has that.
- A message that was taken by a dead process stays hidden for ten minutes of real time, as on Azure, so here the sweep
  heals alone; the noise puts doubled and old messages instead of the host's own redelivery.
- A write under way is cut within 6 ms, at a random instant: whether Graph had it differs from run to run.
- Stories are what runbooks plan: none reads a secret that exists already, such as a recovery key, and none writes in a
  person's own name; that a kept token goes with its case is shown in `tests/agent/test_delegated_cases.py`. An order
  on a case that is writing is raced in `tests/race`.
- Lives are forks of one process that has imported everything; what an import does is not repeated in each.
- The storage emulator is never killed: it loses up to five seconds of acknowledged writes, which Azure does not.
"""

import argparse
import json
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from queue import Empty, SimpleQueue

import httpx
from azure.core.exceptions import AzureError
from rich.console import Console

from devhost.errors import DevhostError
from tests.crash.account import Undisturbed, UnmeasuredError, settle
from tests.crash.experiments import Experiment, measured, mishaps, second_deaths, short, storms
from tests.crash.lane import Lane
from tests.crash.stories import STORIES, Story
from tests.crash.tally import Result, Tally

LEAST_DEATHS = 300
# A place that three tellings do not come to fails the run, unless it does not come in a telling without that death
# either: a poll more or less is a matter of time.
_TELLINGS = 3


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
    results: SimpleQueue[Result | Exception] = SimpleQueue()
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
        # The short form does without: exporting and verifying takes as long as five stories.
        for number, lane in enumerate(lanes if form.every is None else ()):
            tally.broken += [f"lane {number}: {one}" for one in lane.aftermath()]


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
    lane: Lane, waiting: "SimpleQueue[tuple[Experiment, Undisturbed]]", *, results: "SimpleQueue[Result | Exception]"
) -> None:
    try:
        while True:
            one, clean = waiting.get_nowait()
            results.put(_told_whole(lane, one, clean=clean))
    except Empty:
        return
    except Exception as problem:
        # The thread that counts raises it again: it waits for a result of every telling.
        results.put(problem)


def _told_whole(lane: Lane, one: Experiment, *, clean: Undisturbed) -> Result:
    """Tell a story to its end. Where a server closes a connection that we had kept open just as we use it, the telling
    is not measured to its end, says nothing, and is begun anew from the tenant's first state, once."""
    try:
        return _told(lane, one, clean=clean)
    except httpx.RemoteProtocolError as cut:
        print(f"crash matrix: a telling was cut off by our own connection ({cut}), and is told anew", file=sys.stderr)
        lane.restart()
        return _told(lane, one, clean=clean)


def _told(lane: Lane, one: Experiment, *, clean: Undisturbed) -> Result:
    """Tell a story until the process died where it should, or a promise broke; what it asks depends on time too."""
    for _ in range(_TELLINGS):
        if one.is_cold:
            lane.restart()
        ended = lane.tell(one.story, one.orders, faults=one.faults, is_noisy=one.is_noisy)
        result = Result(one, settle(ended, clean=clean, died_in=one.died_in), ended.deaths, ended.seconds)
        if result.settled.is_broken or not result.missed:
            return result
    return replace(result, is_gone=_is_gone(lane, one, deaths=result.deaths))


def _is_gone(lane: Lane, one: Experiment, *, deaths: int) -> bool:
    """Whether the place at which the process did not die does not come without that death either."""
    before, missed = one.sure_orders[:deaths], one.sure_orders[deaths]
    return missed not in lane.tell(one.story, before, faults=one.faults, is_noisy=one.is_noisy).passed


def _standing(tally: Tally, done: str) -> str:
    return f"{tally.total['kills']} kills, {done}, {len(tally.broken)} broken promises"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the long form, or the short one, and return the exit code."""
    form, is_json = _read(arguments)
    # As Ctrl-C, so that everything that was started is stopped.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    tally, stopped = Tally(), 0
    try:
        with tempfile.TemporaryDirectory(prefix="remit-crash-") as folder:
            run(form, Path(folder), progress=lambda text: print(text, file=sys.stderr, flush=True), tally=tally)
    except KeyboardInterrupt:
        print("crash matrix: stopped, and so is everything that was started", file=sys.stderr)
        stopped = 130
    except (DevhostError, UnmeasuredError, httpx.HTTPError, AzureError, TimeoutError) as problem:
        # What was counted until then is shown all the same.
        print(f"crash matrix: {problem}", file=sys.stderr)
        stopped = 2
    except Exception:
        traceback.print_exc()
        stopped = 2
    if is_json:
        print(json.dumps(tally.as_json(), indent=2))
    else:
        tally.show(Console(soft_wrap=True, width=200))
    return _exit_code(tally, stopped=stopped, is_whole=form == Form(lanes=form.lanes, storms=form.storms))


def _read(arguments: Sequence[str] | None) -> tuple[Form, bool]:
    parser = argparse.ArgumentParser(prog="python -m tests.crash.matrix", description=__doc__.partition("\n")[0])
    names = [one.name for one in STORIES]
    parser.add_argument("--every", type=int, help="only every so-manyth boundary, and one death a story")
    parser.add_argument("--story", action="append", choices=names, metavar="NAME", help="only this story; repeatable")
    parser.add_argument("--lanes", type=int, default=2, help="stacks side by side (2)")
    parser.add_argument("--storms", type=int, default=3, help="tellings a story with deaths by chance (3)")
    parser.add_argument("--part", default="1/1", help="only this part of the tellings, as 2/3 (1/1)")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    given = parser.parse_args(arguments)
    number, _, parts = given.part.partition("/")
    if not (number.isdecimal() and parts.isdecimal() and 1 <= int(number) <= int(parts)):
        parser.error(f"expected --part as 2/3, got `{given.part}`")
    stories = tuple(one for one in STORIES if not given.story or one.name in given.story)
    return Form(stories, given.every, given.lanes, given.storms, (int(number), int(parts))), given.json


def _exit_code(tally: Tally, *, stopped: int, is_whole: bool) -> int:
    # A broken promise is one, also where the rest could not be measured any more.
    if tally.broken:
        return 1
    if stopped:
        return stopped
    if not tally.rows:
        print("crash matrix: nothing was told, so nothing is shown", file=sys.stderr)
        return 2
    is_too_short = is_whole and tally.total["kills"] < LEAST_DEATHS
    if is_too_short:
        print(f"expected at least {LEAST_DEATHS} kills, got {tally.total['kills']}", file=sys.stderr)
    return 1 if tally.missed or is_too_short else 0


if __name__ == "__main__":
    sys.exit(main())
