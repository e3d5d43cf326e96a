"""What was measured, as tables for people and as one JSON object, and which targets of the design it holds."""

import json
import os
import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rich.console import Console
from rich.table import Column, Table

from bench.policy.bulk import HISTORY, Bulk
from bench.policy.growth import Growth
from bench.policy.measure import Result, Size
from bench.policy.peers import CEDAR, OURS

# The size that the targets of the policy engine speak of: 10,000 rules over 100 actions.
TARGET_SIZE: Final = 10_000
MAX_P50_US: Final = 8.0
MAX_P99_US: Final = 50.0
MAX_LOAD_MS: Final = 400.0
MIN_TIMES_CEDAR: Final = 1_000.0
MAX_ANALYSIS_SECONDS: Final = 10.0
MAX_REPLAY_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Target:
    """One promise, what was found, and whether it is held; None when this run did not measure it."""

    promise: str
    found: str
    held: bool | None


@dataclass(frozen=True, slots=True)
class Report:
    """One run. It passes when no target is broken and no answer is wrong."""

    sizes: tuple[Size, ...]
    bulk: Bulk | None
    growth: tuple[Growth, ...]

    @property
    def passed(self) -> bool:
        """Whether the run may end with success."""
        return all(one.held is not False for one in self.targets()) and not self.wrong()

    def wrong(self) -> list[str]:
        """Return every engine that answered otherwise than the specification, in words."""
        return [
            f"{one.contender.name} at {size.rules:,} rules: {one.wrong} of {one.checked} answers are not the "
            "specification's"
            for size in self.sizes
            for one in size.results
            if one.wrong
        ]

    def targets(self) -> list[Target]:
        """Return every target with what was found."""
        largest = next((size for size in self.sizes if size.rules == TARGET_SIZE), None)
        ours = largest.of(OURS) if largest else None
        times = times_ours(largest, largest.of(CEDAR)) if largest else None
        behind = [size.rules for size in self.sizes if (times_ours(size, size.of(CEDAR)) or 2) <= 1]
        compared = any(size.of(CEDAR) for size in self.sizes)
        at = f"at {TARGET_SIZE:,} rules"
        return [
            _at_most(f"p50 of a decision {at}", ours.p50_us if ours else None, most=MAX_P50_US, unit="us"),
            _at_most(f"p99 of a decision {at}", ours.p99_us if ours else None, most=MAX_P99_US, unit="us"),
            _at_most(f"load from canonical JSON {at}", ours.load_ms if ours else None, most=MAX_LOAD_MS, unit="ms"),
            Target(
                f"at least {MIN_TIMES_CEDAR:,.0f} times faster than cedarpy {at}",
                f"{times:,.0f} times" if times else "",
                times >= MIN_TIMES_CEDAR if times else None,
            ),
            Target(
                "ahead of cedarpy at every size",
                f"behind at {behind}" if behind else "ahead" if compared else "",
                not behind if compared else None,
            ),
            *_bulk_targets(self.bulk, at=at),
        ]

    def as_json(self) -> str:
        """Return the run as one JSON object."""
        return json.dumps(
            {
                "python": platform.python_version(),
                "cores": os.cpu_count(),
                "sizes": [_size_data(size) for size in self.sizes],
                "bulk": _data(self.bulk) if self.bulk else None,
                "growth": [_data(one) for one in self.growth],
                "targets": [_data(one) for one in self.targets()],
                "wrong": self.wrong(),
                "passed": self.passed,
            },
            indent=2,
        )


def times_ours(size: Size, other: Result | None) -> float | None:
    """Return how many times longer than ours the median decision of another engine takes, in the same run."""
    ours = size.of(OURS)
    return other.p50_us / ours.p50_us if ours and other else None


def print_size(size: Size, console: Console) -> None:
    """Print the table of one size."""
    names = ("p50 us", "p99 us", "decisions/s", "load ms", "MiB", "times ours", "wrong")
    table = Table(f"{size.rules:,} rules", *(Column(name, justify="right") for name in names))
    for one in size.results:
        times = times_ours(size, one)
        table.add_row(
            one.contender.name,
            f"{one.p50_us:,.2f}",
            f"{one.p99_us:,.2f}",
            f"{one.per_second:,.0f}",
            f"{one.load_ms:,.1f}",
            f"{one.held_bytes / 2**20:,.1f}",
            "" if one.contender == OURS or times is None else f"{times:,.1f}",
            "-" if one.wrong is None else f"{one.wrong} of {one.checked}",
        )
    console.print(table)
    for one in size.results:
        if one.contender.lacks:
            console.print(f"{one.contender.name} cannot express the rules: {one.contender.lacks}", highlight=False)
    for missing in size.missing:
        console.print(f"{missing.contender.name}: {missing.reason}", highlight=False)


def print_growth(rows: Sequence[Growth], console: Console, *, rules: int) -> None:
    """Print what the cost grows with."""
    table = Table(
        f"remit, {rules:,} rules: what a decision costs",
        *(Column(name, justify="right") for name in ("p50 us", "p99 us")),
    )
    for one in rows:
        table.add_row(one.case, f"{one.p50_us:,.2f}", f"{one.p99_us:,.2f}")
    console.print(table)


def print_summary(report: Report, console: Console) -> None:
    """Print what the whole set costs, the targets, and who answered wrong."""
    if report.bulk:
        console.print(
            f"analysis of {report.bulk.cells:,} cells; replay of {HISTORY:,} decisions, which took "
            f"{report.bulk.reading_seconds:.2f} s to read from a log; indexing every action took "
            f"{report.bulk.indexing_seconds * 1e3:.0f} ms, which a process spends action by action",
            highlight=False,
        )
    table = Table("target", "found", "")
    for one in report.targets():
        held = {True: "held", False: "NOT HELD", None: "not measured"}[one.held]
        table.add_row(one.promise, one.found, held)
    console.print(table)
    for words in report.wrong():
        console.print(words, highlight=False)


def _bulk_targets(bulk: Bulk | None, *, at: str) -> Iterator[Target]:
    p50, p99, analysis, replayed = (
        (bulk.new_p50_us, bulk.new_p99_us, bulk.analysis_seconds, bulk.replay_seconds) if bulk else (None,) * 4
    )
    yield _at_most(f"p50 of a request that never came before {at}", p50, most=MAX_P50_US, unit="us")
    yield _at_most(f"p99 of a request that never came before {at}", p99, most=MAX_P99_US, unit="us")
    yield _at_most(f"analysis of all actions {at}", analysis, most=MAX_ANALYSIS_SECONDS, unit="s")
    yield _at_most(f"replay of {HISTORY:,} decisions {at}", replayed, most=MAX_REPLAY_SECONDS, unit="s")


def _at_most(promise: str, found: float | None, *, most: float, unit: str) -> Target:
    told = "" if found is None else f"{found:,.2f} {unit}"
    return Target(f"{promise}: at most {most:g} {unit}", told, None if found is None else found <= most)


def _size_data(size: Size) -> dict[str, Any]:
    return {
        "rules": size.rules,
        "engines": [
            {**_data(one, without="contender"), "name": one.contender.name, "lacks": one.contender.lacks}
            | {"times_ours": times_ours(size, one)}
            for one in size.results
        ],
        "missing": [{"name": one.contender.name, "reason": one.reason} for one in size.missing],
    }


def _data(value: Any, *, without: str = "") -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__slots__ if name != without}
