"""Breaks policy/ and the gate in every small way and sees a test fail for each: `python -m bench.mutate`.

Exit 0 when every mutant was killed, or is listed with its reason in bench/mutants_allowed.toml; 1 when one
survived, or a listed one did not; 2 when nothing could be measured; 130 when it was stopped.
"""

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Final, Literal

from rich.console import Console

from bench.allowed_mutants import Allowed, read_allowed
from bench.errors import BenchError
from bench.mutant_pool import Pool, copy_of, workers_on
from bench.mutant_report import Judged, Progress, Report, print_report
from bench.mutant_worker import Outcome, Task
from bench.mutants import Mutant, mutants_of
from bench.suites import Order, modules_in, tests_of

ROOT: Final = Path(__file__).parents[1]
# The thorough one is what `make test` runs; the quick one finds nearly every mutant in a tenth of the time.
Profile = Literal["full", "fast"]
_PROFILES: Final[tuple[Profile, ...]] = ("full", "fast")
# Unchanged tests that take longer than this are stuck.
_BASELINE_SECONDS: Final = 300.0
# A mutant that takes this many times longer than its tests need unchanged, and a while, loops for ever.
_PATIENCE: Final = 5.0
_WHILE_SECONDS: Final = 20.0


class _Look:
    """How one mutant is looked at: quickly, and when it survives that, thoroughly.

    `tests` are the test files of each module, `baselines` the seconds that each takes unchanged.
    """

    def __init__(
        self, tests: Mapping[str, Sequence[str]], baselines: Mapping[Profile, Mapping[str, float]], *, pool: Pool
    ) -> None:
        self._tests = tests
        self._baselines = baselines
        self._pool = pool
        self._order = Order(baselines["fast"])

    def judged(self, mutant: Mutant, *, is_allowed: bool) -> Judged:
        """Judge one mutant. One that is allowed is looked at quickly only: nothing more is expected of it."""
        outcome = self._outcome(mutant, "fast")
        if outcome.fate == "survived" and not is_allowed:
            outcome = self._outcome(mutant, "full")
        if outcome.fate != "survived":
            self._order.note(mutant.file, outcome.by)
        return Judged(mutant, outcome, is_allowed)

    def _outcome(self, mutant: Mutant, profile: Profile) -> Outcome:
        tests = self._tests[mutant.file]
        seconds = _WHILE_SECONDS + _PATIENCE * sum(self._baselines[profile][test] for test in tests)
        return self._pool.judge(
            Task(mutant.file, mutant.code, self._order.rounds(mutant.file, tests), profile, seconds)
        )


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
        mutants = [
            one for module in self._tests for one in mutants_of((self._root / module).read_text("utf-8"), module)
        ]
        with ThreadPoolExecutor(self._jobs) as threads, workers_on(self._root, self._jobs) as pool:
            try:
                judged = self._all_judged(mutants, console, pool=pool, threads=threads)
            except BaseException:
                # What is queued would wait for workers that end now.
                threads.shutdown(wait=False, cancel_futures=True)
                raise
        return Report(judged, stale=self._stale(judged), seconds=time.monotonic() - started)

    def _all_judged(
        self, mutants: Sequence[Mutant], console: Console, *, pool: Pool, threads: ThreadPoolExecutor
    ) -> tuple[Judged, ...]:
        files = sorted({file for tests in self._tests.values() for file in tests})
        console.print(f"{len(mutants)} mutants of {len(self._tests)} modules; first {len(files)} test files unchanged")
        baselines = {one: self._baseline(files, one, pool=pool, threads=threads) for one in _PROFILES}
        look = _Look(self._tests, baselines, pool=pool)
        keys = {one.key for one in self._allowed}
        futures = [threads.submit(look.judged, one, is_allowed=one.key in keys) for one in mutants]
        with Progress(console, total=len(mutants)) as progress:
            for future in as_completed(futures):
                progress.note(future.result())
        return tuple(future.result() for future in futures)

    def _baseline(
        self, files: Sequence[str], profile: Profile, *, pool: Pool, threads: ThreadPoolExecutor
    ) -> dict[str, float]:
        """Run each test file alone without any change; return the seconds of each."""
        tasks = [Task("", "", ((file,),), profile, _BASELINE_SECONDS) for file in files]
        seconds: dict[str, float] = {}
        for file, outcome in zip(files, threads.map(pool.judge, tasks), strict=True):
            if outcome.fate != "survived":
                raise BenchError(f"expected all tests to pass unchanged, `{outcome.by or file}` does not: mend it")
            seconds[file] = outcome.seconds
        return seconds

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
        # Somebody may be working on the tree meanwhile: everything is read from one copy.
        with copy_of(ROOT) as copy:
            modules, allowed = options.module or modules_in(Path(copy)), read_allowed()
            report = Campaign(Path(copy), modules=modules, allowed=allowed, jobs=max(1, options.jobs)).run(console)
    except BenchError as error:
        print(f"mutate: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("mutate: stopped before the end", file=sys.stderr)
        return 130
    if options.json:
        print(report.as_json())
    else:
        print_report(report, console)
    return 0 if report.passed else 1


if __name__ == "__main__":
    sys.exit(main())
