"""How many cases the loop gets through, how fast, and with how much memory: `python -m bench.loop`.

A whole local stack on this machine: Azurite, the simulated cloud and the function app in one process. So many
employees each ask for one change that policy allows at once; a fixed number of cases is open at any time, so a time to
verified is that of the loop and not of a backlog. It runs from the moment at which the webhook is sent until the log
entry is stored that says the change was read back. The peer is what storage alone gives in the same run
(`bench/loop_ceiling.py`). Identity Protection takes one request a second; the sender keeps that pace, and this
benchmark lifts it unless told `--paced`. Exit 1 when a case did not end well, when a write is missing or doubled, or
when memory grew by more than a tenth in the second half.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from bench.errors import BenchError
from bench.loop_ceiling import bare_turns_per_second
from bench.loop_stack import ROOT, LoadStack, file_one
from bench.verdict import verdict
from devhost.errors import DevhostError

_WARM_UP: Final = 20
_POLL_SECONDS: Final = 0.25
_STUCK_SECONDS: Final = 180.0
_TELL_SECONDS: Final = 3.0
_FILERS: Final = 4
_MAX_GROWTH: Final = 1.1
_CEILING_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class Load:
    """What was measured. Times to verified are in seconds; `memory` is bytes by how many cases were closed."""

    cases: int
    in_flight: int
    seconds: float
    turns: int
    p50_seconds: float
    p99_seconds: float
    memory: dict[int, int]
    outcomes: dict[str, int]
    writes: int
    bare_turns_per_second: float

    @property
    def cases_per_second(self) -> float:
        """Cases closed in a second."""
        return self.cases / self.seconds

    @property
    def turns_per_second(self) -> float:
        """Turns committed in a second."""
        return self.turns / self.seconds

    def broken(self) -> list[str]:
        """Return in words what is not as it must be."""
        found = []
        expected = self.cases + _WARM_UP
        if self.outcomes != {"resolved": expected}:
            found.append(f"expected {expected} cases resolved, got {self.outcomes}")
        if self.writes != expected:
            found.append(f"expected {expected} writes in the tenant, got {self.writes}")
        marks = sorted(self.memory)
        half, last = self.memory[marks[len(marks) // 2]], self.memory[marks[-1]]
        if half and last > half * _MAX_GROWTH:
            found.append(f"memory grew from {half / 2**20:.0f} to {last / 2**20:.0f} MiB in the second half")
        return found


def measure(cases: int, folder: Path, *, in_flight: int, is_paced: bool, progress: Callable[[str], None]) -> Load:
    """Measure the loop and then its peer.

    Raises:
        BenchError: no case was closed for three minutes.
        DevhostError: the stack could not be started.
    """
    stack = LoadStack(folder / "stack", people=cases + _WARM_UP, is_paced=is_paced, progress=progress)
    with stack:
        desk = stack.start()
        sent: dict[str, datetime] = {}

        def file(number: int) -> None:
            at = datetime.now(UTC)
            sent[file_one(desk, number)] = at

        _feed(stack, range(_WARM_UP), in_flight=in_flight, file=file, progress=progress)
        sent.clear()
        started = time.perf_counter()
        wanted = range(_WARM_UP, _WARM_UP + cases)
        memory = _feed(stack, wanted, in_flight=in_flight, file=file, progress=progress)
        seconds = time.perf_counter() - started
        verified = stack.stored_at("effect.verified")
        waits = sorted((verified[case] - at).total_seconds() for case, at in sent.items() if case in verified)
        ended = list(stack.ended())
        writes = sum(one["applied"] for one in desk.control("GET", "/writes")["writes"])
        desk.close()
    progress("measuring what storage gives alone")
    ceiling = bare_turns_per_second(ROOT / ".remit", folder / "peer", seconds=_CEILING_SECONDS)
    turns = statistics.mean(count for _, count, _ in ended) * cases
    return Load(
        cases=cases,
        in_flight=in_flight,
        seconds=seconds,
        turns=round(turns),
        p50_seconds=_at(waits, 0.5),
        p99_seconds=_at(waits, 0.99),
        memory=memory,
        outcomes=dict(Counter(outcome for _, _, outcome in ended)),
        writes=writes,
        bare_turns_per_second=ceiling,
    )


def _feed(
    stack: LoadStack,
    numbers: Sequence[int],
    *,
    in_flight: int,
    file: Callable[[int], None],
    progress: Callable[[str], None],
) -> dict[int, int]:
    """Keep `in_flight` cases open until all are closed; return the worker's memory by how many were closed."""
    filed, closed, memory = 0, 0, dict[int, int]()
    marks = [round(len(numbers) * share) for share in (0.1, 0.25, 0.5, 0.75, 1.0)]
    started = changed = told = time.monotonic()
    with ThreadPoolExecutor(_FILERS) as pool:
        while closed < len(numbers):
            free = min(in_flight - (filed - closed), len(numbers) - filed)
            list(pool.map(file, numbers[filed : filed + free]))
            filed += free
            time.sleep(_POLL_SECONDS)
            now, before, closed = time.monotonic(), closed, filed - len(stack.open_cases())
            changed = now if closed > before else changed
            if now - changed > _STUCK_SECONDS:
                raise BenchError(f"expected all of {filed} cases to close, {filed - closed} stand still")
            if now - told > _TELL_SECONDS or closed == len(numbers):
                told = now
                progress(f"{closed} of {len(numbers)} cases closed, {closed / (now - started):.1f} a second")
            while marks and closed >= marks[0]:
                memory[marks.pop(0)] = stack.resident_bytes()
    return memory


def _at(ordered: Sequence[float], share: float) -> float:
    """The value below which so large a share lies."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def show(load: Load, console: Console) -> None:
    """Print the figures, and the peer's."""
    table = Table(f"{load.cases} cases, {load.in_flight} open at a time", "figure")
    table.add_row("cases a second", f"{load.cases_per_second:.1f}")
    table.add_row("time to verified, p50 and p99", f"{load.p50_seconds:.2f} s, {load.p99_seconds:.2f} s")
    table.add_row("turns a second", f"{load.turns_per_second:.0f}")
    share = load.turns_per_second / load.bare_turns_per_second
    table.add_row("peer: bare storage turns a second", f"{load.bare_turns_per_second:.0f} (the loop makes {share:.0%})")
    marks = ", ".join(f"{count}: {size / 2**20:.0f} MiB" for count, size in sorted(load.memory.items()))
    table.add_row("memory of the worker by cases closed", marks)
    console.print(table)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and return the exit code: 0 good, 1 broken, 2 when nothing could be measured."""
    parser = argparse.ArgumentParser(prog="python -m bench.loop", description=__doc__.partition("\n")[0])
    parser.add_argument("--cases", type=int, default=1000, help="how many cases (1000)")
    parser.add_argument("--in-flight", type=int, default=16, help="how many are open at a time (16)")
    parser.add_argument("--paced", action="store_true", help="keep the pace that Identity Protection asks for")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    given = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory(prefix="remit-loop-") as folder:
            load = measure(
                given.cases,
                Path(folder),
                in_flight=given.in_flight,
                is_paced=given.paced,
                progress=lambda text: print(text, file=sys.stderr, flush=True),
            )
    except (BenchError, DevhostError) as error:
        print(f"loop: {error}", file=sys.stderr)
        return 2
    problems = load.broken()
    if given.json:
        rates = {"cases_per_second": load.cases_per_second, "turns_per_second": load.turns_per_second}
        print(json.dumps({**asdict(load), **rates, "broken": problems}, indent=2))
    else:
        show(load, Console(soft_wrap=True))
    return verdict(problems)


if __name__ == "__main__":
    sys.exit(main())
