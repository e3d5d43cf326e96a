"""Runs every engine on every size, each in a process of its environment, and compares what they answer."""

import json
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.errors import BenchError
from bench.policy.environments import Environments
from bench.policy.peers import OURS, Contender
from bench.policy.timing import middle
from bench.policy.work import disagreements, work_of

ROOT: Final = Path(__file__).parents[2]
_PROCESS_SECONDS: Final = 900


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured: `checked` answers are compared, `rounds` rounds of at most `seconds` are timed.

    `pick` makes one figure of those of all rounds: the median, or the least.
    """

    sizes: tuple[int, ...]
    peers: tuple[Contender, ...]
    checked: int
    rounds: int
    seconds: float
    pick: Callable[[Sequence[float]], float] = middle


@dataclass(frozen=True, slots=True)
class Result:
    """What one engine needs for one size. Times are those of one call in microseconds, and of one load in ms.

    `wrong` of `checked` answers are not the specification's; None when they were not compared.
    """

    contender: Contender
    p50_us: float
    p99_us: float
    per_second: float
    load_ms: float
    held_bytes: int
    checked: int
    wrong: int | None


@dataclass(frozen=True, slots=True)
class Missing:
    """An engine that was not measured at one size, and why."""

    contender: Contender
    reason: str


@dataclass(frozen=True, slots=True)
class Size:
    """All engines on one size, ours first."""

    rules: int
    results: tuple[Result, ...]
    missing: tuple[Missing, ...]

    def of(self, contender: Contender) -> Result | None:
        """Return one engine's result, or None when there is none."""
        return next((one for one in self.results if one.contender == contender), None)


def measured(plan: Plan, environments: Environments, *, folder: Path, tell: Callable[[str], None]) -> Iterator[Size]:
    """Yield the sizes one after the other; work files go to `folder`.

    Raises:
        BenchError: our own engine could not be measured.
    """
    for rules in plan.sizes:
        tell(f"{rules:,} rules: drawing the workload, asking the specification")
        path = folder / f"work-{rules}.json"
        work = work_of(rules, checked=plan.checked)
        work.write(path)
        results: list[Result] = []
        missing: list[Missing] = []
        for one in (OURS, *plan.peers):
            tell(f"{rules:,} rules: {one.name}")
            try:
                if rules > one.largest:
                    raise BenchError(f"not run above {one.largest:,} rules: it would take too long")
                found = _run(one, path, environments=environments, plan=plan)
            except BenchError as error:
                if one is OURS:
                    raise
                missing.append(Missing(one, str(error)))
                continue
            results.append(_result(one, found, expected=work.expected, plan=plan))
        path.unlink()
        yield Size(rules, tuple(results), tuple(missing))


def _run(one: Contender, path: Path, *, environments: Environments, plan: Plan) -> Any:
    python = str(environments.python(one.environment))
    limits = ["--checked", str(plan.checked), "--rounds", str(plan.rounds), "--seconds", str(plan.seconds)]
    command = [python, "-W", "ignore", "-m", "bench.policy.runner", one.engine, str(path), *limits]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=_PROCESS_SECONDS, check=False)
        # An engine may write to the output too; the last line is ours.
        found = json.loads(done.stdout.splitlines()[-1]) if not done.returncode else None
    except (subprocess.TimeoutExpired, ValueError, IndexError) as error:
        raise BenchError(f"does not run: {error}") from None
    if found is None:
        raise BenchError(f"does not run: {(done.stderr.strip().splitlines() or ['no reason given'])[-1]}")
    return found


def _result(one: Contender, found: Any, *, expected: Sequence[str], plan: Plan) -> Result:
    rounds = found["rounds"]
    return Result(
        one,
        p50_us=plan.pick([each["p50_us"] for each in rounds]),
        p99_us=plan.pick([each["p99_us"] for each in rounds]),
        # The least time is the most calls.
        per_second=1 / plan.pick([each["seconds"] / each["calls"] for each in rounds]),
        load_ms=plan.pick(found["loads"]) * 1e3,
        held_bytes=found["held_bytes"],
        checked=len(expected),
        wrong=None if one.lacks else disagreements(expected, found["verdicts"]),
    )
