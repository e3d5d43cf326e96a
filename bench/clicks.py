"""How long an approver waits for the answer to a click: `python -m bench.clicks`.

A whole local stack on this machine. Employees ask for a group whose owner has to agree; once all of the questions wait,
the owner presses Approve on one card after the other, while the cases that she has let go on are at work. A click is a
signed request of the simulated connector to our callback, with everything that is checked before an answer is taken.
The named peer, in the same run: a bare turn of storage, the same requests with nobody thinking in between.
Exit 1 when a click is not taken, or when one is answered later than Teams waits.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from bench.errors import BenchError
from bench.loop_ceiling import bare_turn_times
from bench.loop_stack import LoadStack
from bench.verdict import verdict
from devhost.desk import Desk, Ticket
from devhost.errors import DevhostError

GROUP: Final = "QG-Recipes"
OWNER: Final = "gwen.tallow@quillmere.example"
#: Teams gives up on an answer after 10 to 15 seconds (msteams-docs, issue 6461).
TEAMS_WAITS_SECONDS: Final = 10.0
_FILERS: Final = 8
_STUCK_SECONDS: Final = 300.0


@dataclass(frozen=True, slots=True)
class Found:
    """Seconds that a click and a bare turn take: middle, 99th of a hundred, longest; how many clicks were not taken."""

    clicks: int
    not_taken: int
    p50: float
    p99: float
    longest: float
    bare_p50: float
    bare_p99: float

    @property
    def broken(self) -> list[str]:
        """In words what is not as it must be."""
        problems = [f"{self.not_taken} clicks were not taken"] if self.not_taken else []
        if self.longest > TEAMS_WAITS_SECONDS:
            problems.append(f"a click was answered after {self.longest:.1f} s")
        return problems


def measure(clicks: int, folder: Path, *, progress: Callable[[str], None]) -> Found:
    """Ask so many questions, press Approve on each, and time the answers.

    Raises:
        BenchError: the questions were not put.
        DevhostError: the stack could not be started.
    """
    with LoadStack(folder / "stack", people=clicks, is_paced=False, progress=progress) as stack:
        desk = stack.start()
        progress(f"asking {clicks} questions")
        with ThreadPoolExecutor(_FILERS) as pool:
            list(pool.map(lambda number: _file(desk, number), range(clicks)))
        cards = _cards(desk, clicks, progress=progress)
        progress("pressing Approve on each card")
        pressed = [_press(desk, card) for card in cards]
        desk.close()
        bare = sorted(bare_turn_times(stack.storage, count=max(clicks, 100)))
    times = sorted(seconds for seconds, _ in pressed)
    return Found(
        clicks=len(pressed),
        not_taken=sum(not taken for _, taken in pressed),
        p50=statistics.median(times),
        p99=_p99(times),
        longest=times[-1],
        bare_p50=statistics.median(bare),
        bare_p99=_p99(bare),
    )


def _file(desk: Desk, number: int) -> str:
    requester = f"load.person{number:05d}@quillmere.example"
    return desk.file(Ticket(f"CLICK-{number}", requester, summary="Access", description=f"Please add me to {GROUP}."))


def _cards(desk: Desk, count: int, *, progress: Callable[[str], None]) -> list[str]:
    """Return the ids of the owner's cards once all of the questions are put."""
    ends, said = time.monotonic() + _STUCK_SECONDS, 0.0
    while True:
        cards = [one["id"] for one in desk.messages(OWNER) if one["activity"].get("attachments")]
        if len(cards) >= count:
            return cards
        if time.monotonic() > ends:
            raise BenchError(f"expected {count} questions, only {len(cards)} were put")
        if time.monotonic() > said + 5:
            progress(f"{len(cards)} of {count} questions are put")
            said = time.monotonic()
        time.sleep(0.2)


def _press(desk: Desk, card: str) -> tuple[float, bool]:
    """Press Approve; return how long the answer took, and whether it says that it was taken."""
    order = {"user": OWNER, "activity_id": card, "verb": "approve", "inputs": {}}
    started = time.perf_counter()
    answer = desk.control("POST", "/teams/click", body=order)
    seconds = time.perf_counter() - started
    return seconds, answer["status"] == 200 and "Approved" in json.dumps(answer["body"])


def _p99(times: Sequence[float]) -> float:
    return times[min(len(times) - 1, int(len(times) * 0.99))]


def show(found: Found, console: Console) -> None:
    """Print the figures beside those of the peer."""
    table = Table("figure", "a click", "a bare turn of storage")
    table.add_row("p50", f"{found.p50 * 1000:.0f} ms", f"{found.bare_p50 * 1000:.0f} ms")
    table.add_row("p99", f"{found.p99 * 1000:.0f} ms", f"{found.bare_p99 * 1000:.0f} ms")
    table.add_row("longest", f"{found.longest * 1000:.0f} ms", "")
    table.add_row("counted", f"{found.clicks}, {found.not_taken} not taken", "")
    console.print(table)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and return the exit code: 0 good, 1 broken, 2 when nothing could be measured."""
    parser = argparse.ArgumentParser(prog="python -m bench.clicks", description=__doc__.partition("\n")[0])
    parser.add_argument("--clicks", type=int, default=100, help="how many questions are asked and answered (100)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    given = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory(prefix="remit-clicks-") as folder:
            found = measure(given.clicks, Path(folder), progress=lambda text: print(text, file=sys.stderr, flush=True))
    except (BenchError, DevhostError) as error:
        print(f"clicks: {error}", file=sys.stderr)
        return 2
    if given.json:
        print(json.dumps({**asdict(found), "broken": found.broken}, indent=2))
    else:
        show(found, Console(soft_wrap=True))
    return verdict(found.broken)


if __name__ == "__main__":
    sys.exit(main())
