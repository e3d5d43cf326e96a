"""The benchmark of the policy engine: `python -m bench.policy`, or `make bench-policy`.

Every engine gets the same rules and requests in its own language and runs in its own process and environment.
What it answers is compared with `policy.reference`. A time is noise: each figure is the median of several
rounds, or with `--best` the least of them, and every ratio is of one run.

Exit 0 when every target is held, 1 when one is not or an engine answers wrong, 2 when nothing could be measured,
130 when it was stopped.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from rich.console import Console

from bench.errors import BenchError
from bench.policy.bulk import bulk_of
from bench.policy.environments import Environments
from bench.policy.growth import growth_rows
from bench.policy.measure import ROOT, Plan, Size, measured
from bench.policy.peers import PEERS, chosen
from bench.policy.report import TARGET_SIZE, Report, print_growth, print_size, print_summary
from bench.policy.timing import middle
from bench.policy.work import REQUESTS, work_of
from policy.errors import PolicyError

SIZES: Final = (10, 100, 1_000, 10_000)
_QUICK_SIZES: Final = (10, 1_000)
_FILE_WIDTH: Final = 150


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and return the exit code."""
    options = _options(arguments)
    # Progress goes where it does not mix with what a program reads.
    progress = Console(stderr=True, soft_wrap=True)
    try:
        plan = _plan(options)
        with progress.status("starting") as status:
            report = _report(plan, options, console=_console(options), tell=_teller(progress, status.update))
    except (BenchError, PolicyError) as error:
        print(f"bench.policy: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("bench.policy: stopped before the end", file=sys.stderr)
        return 130
    if options.json:
        print(report.as_json())
    else:
        print_summary(report, _console(options))
    return 0 if report.passed else 1


def _report(plan: Plan, options: argparse.Namespace, *, console: Console, tell: Callable[[str], None]) -> Report:
    sizes: list[Size] = []
    environments = Environments(ROOT / ".remit" / "bench", tell=tell)
    with tempfile.TemporaryDirectory(prefix="remit-bench-") as folder:
        for size in measured(plan, environments, folder=Path(folder), tell=tell):
            sizes.append(size)
            print_size(size, console)
    largest = max(plan.sizes)
    bulk = bulk_of(work_of(TARGET_SIZE, checked=0), tell=tell) if TARGET_SIZE in plan.sizes else None
    growth = tuple(growth_rows(largest, tell=tell)) if options.growth else ()
    if growth:
        print_growth(growth, console, rules=largest)
    return Report(tuple(sizes), bulk=bulk, growth=growth)


def _plan(options: argparse.Namespace) -> Plan:
    if any(size < 1 for size in options.sizes or ()):
        raise BenchError(f"expected sizes of one rule or more, got {options.sizes}")
    if not 1 <= options.checked <= REQUESTS:
        raise BenchError(f"expected `--checked` from 1 to {REQUESTS}, got `{options.checked}`")
    quick = options.quick
    return Plan(
        sizes=tuple(options.sizes or (_QUICK_SIZES if quick else SIZES)),
        peers=chosen(options.peers or []),
        checked=options.checked,
        rounds=options.rounds or (1 if quick else 5),
        seconds=0.3 if quick else 1.0,
        pick=min if options.best else middle,
    )


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.policy", description=__doc__.partition("\n")[0])
    names = ", ".join(one.engine for one in PEERS)
    parser.add_argument("--sizes", type=int, nargs="+", metavar="N", help="numbers of rules (10 100 1000 10000)")
    parser.add_argument("--peers", nargs="+", metavar="NAME", help=f"only these, or `none` ({names})")
    parser.add_argument("--quick", action="store_true", help="two sizes, one short round; some targets stay open")
    parser.add_argument("--growth", action="store_true", help="also show what the cost of a decision grows with")
    parser.add_argument("--checked", type=int, default=300, help="how many answers are compared (300)")
    parser.add_argument("--rounds", type=int, help="timed rounds per figure (5)")
    parser.add_argument("--best", action="store_true", help="tell the least of all rounds instead of the median")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
    return parser.parse_args(arguments)


def _console(options: argparse.Namespace) -> Console:
    # A file has no width, and the tables would be cut at 80 columns.
    return Console(soft_wrap=True, quiet=options.json, width=None if sys.stdout.isatty() else _FILE_WIDTH)


def _teller(console: Console, update: Callable[[str], None]) -> Callable[[str], None]:
    """Return what shows progress: a moving line on a terminal, else a line for each step."""
    return update if console.is_terminal else lambda words: console.print(words, highlight=False)


if __name__ == "__main__":
    sys.exit(main())
