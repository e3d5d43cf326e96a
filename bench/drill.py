"""How long a pause and a stop take with writes under way: `python -m bench.drill`.

A whole local stack on this machine, and a Graph that answers every write late. Employees each ask for two changes;
while these are written, `python -m agent drill` is run as an operator runs it, first as a pause and then as a stop,
each on cases of its own. Exit 1 when a drill is not good, when a write was begun after an order, when a case that was
paused does not end well, or when one that was stopped is left half done.
"""

import argparse
import contextlib
import io
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from agent.command.main import main as command
from agent.command.stack import KEY, URL
from bench.errors import BenchError
from bench.loop_stack import LoadStack
from bench.slow_host import SLOW_SECONDS
from bench.verdict import verdict
from devhost.desk import Desk, Ticket
from devhost.errors import DevhostError

GROUPS: Final = ("QG-Remote-Access", "QT-Canteen")
_FILERS: Final = 8
_STUCK_SECONDS: Final = 300.0
_WHO: Final = ("--as", "bench", "--why", "measured with writes under way")


class SlowStack(LoadStack):
    """A load stack whose Graph answers each write `slow_seconds` late."""

    def __init__(self, state: Path, *, people: int, slow_seconds: float, progress: Callable[[str], None]) -> None:
        super().__init__(state, people=people, is_paced=False, progress=progress)
        self._module = "bench.slow_host"
        self._slow_seconds = slow_seconds

    @property
    def _host_environment(self) -> dict[str, str]:
        return {**super()._host_environment, SLOW_SECONDS: str(self._slow_seconds)}


def measure(
    cases: int, folder: Path, *, slow_seconds: float, orders: Sequence[str], progress: Callable[[str], None]
) -> list[dict[str, Any]]:
    """Drill each order on so many cases of its own; return what each drill found, with what became of its cases.

    Raises:
        BenchError: the cases did not come to an end.
        DevhostError: the stack could not be started.
    """
    people = cases * len(orders)
    with SlowStack(folder / "stack", people=people, slow_seconds=slow_seconds, progress=progress) as stack:
        desk = stack.start()
        with _reaching(stack):
            ranges = [range(n * cases, (n + 1) * cases) for n in range(len(orders))]
            found = [_drilled(stack, desk, order=one, numbers=ranges[n]) for n, one in enumerate(orders)]
        desk.close()
    return found


@contextlib.contextmanager
def _reaching(stack: LoadStack) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in (URL, KEY)}
    os.environ.update({URL: stack.url, KEY: stack.key})
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


def _drilled(stack: LoadStack, desk: Desk, *, order: str, numbers: range) -> dict[str, Any]:
    written = _writes(desk)
    with ThreadPoolExecutor(_FILERS) as pool:
        ids = list(pool.map(lambda number: _file(desk, number), numbers))
    _until(lambda: _writes(desk) > written + len(ids) // 4, "the cases write nothing")
    # A write that has just come is under way for as long as its answer is late.
    seen = _writes(desk)
    _until(lambda: _writes(desk) > seen, "the cases write nothing more")
    said = io.StringIO()
    words = ["drill", "--tenant", stack.tenant_id, "--json", *_WHO, *(["--stop"] if order == "stop" else [])]
    with contextlib.redirect_stdout(said):
        code = command(words)
    if code not in (0, 1):
        raise BenchError(f"the drill gave no answer, exit code {code}")
    _until(lambda: not stack.open_cases() & set(ids), "the cases do not end")
    ended = [desk.case(one) or {} for one in ids]
    outcomes = Counter(one["outcome"] for one in ended)
    return {
        **json.loads(said.getvalue()),
        "exit_code": code,
        "outcomes": dict(outcomes),
        "halves": _halves(desk, ended),
    }


def _file(desk: Desk, number: int) -> str:
    requester = f"load.person{number:05d}@quillmere.example"
    text = f"Please add me to {GROUPS[0]} and {GROUPS[1]}."
    return desk.file(Ticket(f"DRILL-{number}", requester, summary="Access", description=text))


def _halves(desk: Desk, cases: Sequence[dict[str, Any]]) -> int:
    """How many people are in one of the two groups, but not in both, although nobody is asked to look after it."""
    (tenant,) = desk.control("GET", "/state")["tenants"].values()
    first, second = (set(tenant["directory"]["members"].get(desk.object_id(name), ())) for name in GROUPS)
    return sum(one["requester_id"] in first ^ second and not one["urgent"] for one in cases)


def _writes(desk: Desk) -> int:
    return sum(one["applied"] for one in desk.control("GET", "/writes")["writes"])


def _until(reached: Callable[[], bool], problem: str) -> None:
    ends = time.monotonic() + _STUCK_SECONDS
    while not reached():
        if time.monotonic() > ends:
            raise BenchError(problem)
        time.sleep(0.05)


def broken(found: dict[str, Any]) -> list[str]:
    """Return in words what is not as it must be after a drill."""
    problems = [] if found["exit_code"] == 0 else [f"the drill of `{found['order']}` is not good"]
    if not found["under_way"]:
        problems.append(f"no write was under way when `{found['order']}` came")
    if found["begun_after"]:
        problems.append(f"{found['begun_after']} writes were begun after `{found['order']}`")
    if found["halves"]:
        problems.append(f"{found['halves']} cases were left half done after `{found['order']}`")
    if found["order"] == "pause" and set(found["outcomes"]) != {"resolved"}:
        problems.append(f"expected every paused case to end well, got {found['outcomes']}")
    return problems


def show(drills: Sequence[dict[str, Any]], console: Console) -> None:
    """Print the figures of each drill."""
    table = Table("figure", *(one["order"] for one in drills))
    rows: dict[str, Callable[[dict[str, Any]], str]] = {
        "cases at work": lambda one: str(one["cases"]),
        "writes under way": lambda one: str(one["under_way"]),
        "writes begun after the order": lambda one: str(one["begun_after"]),
        "last answer, p50 and p99": _figures,
        "at rest or ended, p50 and p99": lambda one: _figures(one["settled"]),
        "left half done": lambda one: str(one["halves"]),
        "outcomes": lambda one: ", ".join(f"{count} {name}" for name, count in sorted(one["outcomes"].items())),
    }
    for name, cell in rows.items():
        table.add_row(name, *map(cell, drills))
    console.print(table)


def _figures(one: Mapping[str, Any]) -> str:
    middle, most = one["p50_ms"], one["p99_ms"]
    return "not measured" if middle is None or most is None else f"{middle} ms, {most} ms"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and return the exit code: 0 good, 1 broken, 2 when nothing could be measured."""
    parser = argparse.ArgumentParser(prog="python -m bench.drill", description=__doc__.partition("\n")[0])
    parser.add_argument("--cases", type=int, default=48, help="how many cases for each order (48)")
    parser.add_argument(
        "--slow", type=float, default=2.0, help="seconds by which Graph's answers to writes are late (2)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    given = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory(prefix="remit-drill-") as folder:
            drills = measure(
                given.cases,
                Path(folder),
                slow_seconds=given.slow,
                orders=("pause", "stop"),
                progress=lambda text: print(text, file=sys.stderr, flush=True),
            )
    except (BenchError, DevhostError) as error:
        print(f"drill: {error}", file=sys.stderr)
        return 2
    problems = [problem for one in drills for problem in broken(one)]
    if given.json:
        print(json.dumps({"drills": drills, "broken": problems}, indent=2))
    else:
        show(drills, Console(soft_wrap=True))
    return verdict(problems)


if __name__ == "__main__":
    sys.exit(main())
