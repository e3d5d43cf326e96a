"""Breaks policy/ and the gate in every small way and sees a test fail for each: `python -m bench.mutate`.

Exit 0 when every mutant was killed, or is listed with its reason in bench/mutants_allowed.toml; 1 when one
survived, or a listed one did not; 2 when nothing could be measured.
"""

import argparse
import sys
import time
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Final, Literal

from rich.console import Console

from bench.allowed_mutants import Allowed, read_allowed
from bench.errors import BenchError
from bench.mutant_pool import Pool, workers_on
from bench.mutant_report import Judged, Progress, Report, print_report
from bench.mutant_worker import Outcome, Task
from bench.mutants import Mutant, mutants_of
from bench.suites import Order, modules_in, tests_of

ROOT: Final = Path(__file__).parents[1]
# The thorough one is what `make test` runs; the quick one finds nearly every mutant in a tenth of the time.
_PROFILES: Final[tuple[Literal["full", "fast"], ...]] = ("full", "fast")
# Unchanged tests that take longer than this are stuck.
_BASELINE_SECONDS: Final = 300.0
# A mutant that runs this many times longer than all tests together loops for ever.
_PATIENCE: Final = 4.0


class Campaign:
    """One run over some modules: tests first without any change, then once for every mutant."""

    def __init__(self, root: Path, *, modules: Sequence[str], allowed: Sequence[Allowed], jobs: int) -> None:
        self._root = root
        self._tests = {module: tests_of(module, root) for module in modules}
        self._allowed = tuple(one for one in allowed if one.file in self._tests)
        self._jobs = jobs

    def run(self, console: Console) -> Report:
        """Judge every mutant.

        Raises:
            BenchError: a test fails without any change, or a worker ended.
        """
        started = time.monotonic()
        mutants = [one for module in self._tests for one in mutants_of((self._root / module).read_text(), module)]
        with workers_on(self._root, self._jobs) as pool, ThreadPoolExecutor(self._jobs) as threads:
            order = self._baseline(pool, threads)
            keys = {one.key for one in self._allowed}
            futures = [threads.submit(self._judged, one, pool=pool, order=order, keys=keys) for one in mutants]
            try:
                with Progress(console, total=len(mutants)) as progress:
                    for future in as_completed(futures):
                        progress.note(future.result())
            finally:
                threads.shutdown(cancel_futures=True)
        judged = tuple(future.result() for future in futures)
        return Report(judged, stale=self._stale(judged), seconds=time.monotonic() - started)

    def _baseline(self, pool: Pool, threads: ThreadPoolExecutor) -> Order:
        """Run each test file alone, thoroughly and quickly; return the order that its times suggest."""
        files = sorted({file for tests in self._tests.values() for file in tests})
        seconds: dict[str, float] = {}
        for profile in _PROFILES:
            tasks = [Task("", "", ((file,),), profile, _BASELINE_SECONDS) for file in files]
            for file, outcome in zip(files, threads.map(pool.judge, tasks), strict=True):
                if outcome.fate != "survived":
                    raise BenchError(f"expected all tests to pass unchanged, `{outcome.by or file}` does not: mend it")
                seconds[file] = outcome.seconds
        return Order(seconds)

    def _judged(self, mutant: Mutant, *, pool: Pool, order: Order, keys: Collection[tuple[object, ...]]) -> Judged:
        is_allowed = mutant.key in keys
        for profile in _PROFILES[1:] if is_allowed else _PROFILES[::-1]:
            outcome = self._outcome(mutant, profile, pool=pool, order=order)
            if outcome.fate != "survived":
                order.note(mutant.file, outcome.by)
                break
        return Judged(mutant, outcome, is_allowed)

    def _outcome(self, mutant: Mutant, profile: Literal["fast", "full"], *, pool: Pool, order: Order) -> Outcome:
        tests = self._tests[mutant.file]
        rounds = order.rounds(mutant.file, tests)
        return pool.judge(Task(mutant.file, mutant.code, rounds, profile, 10 + _PATIENCE * order.seconds(tests)))

    def _stale(self, judged: Sequence[Judged]) -> tuple[str, ...]:
        alive = {one.mutant.key for one in judged if one.outcome.fate == "survived"}
        return tuple(str(one) for one in self._allowed if one.key not in alive)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the checker from the command line and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.mutate", description=__doc__.partition("\n")[0])
    parser.add_argument("--module", action="append", metavar="policy/reference.py", help="only this one; repeatable")
    parser.add_argument("--jobs", type=int, default=2, help="how many workers run side by side (2)")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    options = parser.parse_args(arguments)
    console = Console(stderr=options.json, soft_wrap=True)
    try:
        campaign = Campaign(
            ROOT, modules=options.module or modules_in(ROOT), allowed=read_allowed(), jobs=max(1, options.jobs)
        )
        report = campaign.run(console)
    except BenchError as error:
        print(f"mutate: {error}", file=sys.stderr)
        return 2
    if options.json:
        print(report.as_json())
    else:
        print_report(report, console)
    return 0 if report.passed else 1


if __name__ == "__main__":
    sys.exit(main())
