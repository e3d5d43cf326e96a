"""What the crash matrix counted, and how it is shown: to whoever signs for it, and to a program."""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any, Final

from rich.console import Console
from rich.table import Column, Table

from tests.crash.account import Settled
from tests.crash.experiments import Experiment

_BAD: Final = ("doubled", "lost", "wrong", "untold", "open")
_COUNTED: Final = ("told", "boundaries", "kills", "due", "made", *_BAD, "to people")
_LEGEND: Final = (
    "told: times the story was told; boundaries: requests before, in or after which the process was killed; kills: "
    "processes ended by SIGKILL",
    "due, made: changes of the tenant that the story makes undisturbed, and that were made; they differ only where "
    "people took over",
    "doubled: changes made or asked for twice; lost: missing and nobody was told; wrong: logs that do not add up; "
    "untold: requests that the log does not name, alerts that nobody heard of; open: cases that never ended",
    "to people: handed over urgently with all that was done, because nobody can know what became of a write",
)
# What differs from case to case in the reason of a hand-over.
_NAMES: Final = re.compile(r"`[^`]*`")


@dataclass(frozen=True, slots=True)
class Result:
    """One telling, settled. `is_gone`: the missed place did not come in a telling without that death either."""

    experiment: Experiment
    settled: Settled
    deaths: int
    seconds: float
    is_gone: bool = False

    @property
    def missed(self) -> bool:
        """Whether a place at which the process was to die was never come to."""
        return self.deaths < len(self.experiment.sure_orders)


@dataclass(slots=True)
class Tally:
    """What was counted, by row of the table; `broken` says what broke the promise, `missed` was never reached.

    `gone` are places that came when a story was measured and never again, because what a process asks depends on time.
    `reasons`: why cases were handed over that would have ended otherwise, and how many for each reason.
    """

    rows: dict[tuple[str, str], Counter[str]] = field(default_factory=dict)
    seconds: dict[tuple[str, str], float] = field(default_factory=lambda: defaultdict(float))
    reasons: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)

    @property
    def total(self) -> Counter[str]:
        """All rows together."""
        return sum(self.rows.values(), Counter())

    @property
    def verdict(self) -> str:
        """The whole in one sentence."""
        total = self.total
        bad = ", ".join(f"{total[one]} {one}" for one in _BAD)
        done = f"{total['told']} stories told, {total['kills']} processes killed, {total['due']} changes due"
        return f"{done}: {bad}; {len(self.broken)} broken promises, {self._left_out}"

    @property
    def _left_out(self) -> str:
        return f"{len(self.missed)} boundaries not reached, {len(self.gone)} that came once and never again"

    def add(self, result: Result) -> None:
        """Count one telling."""
        one, settled = result.experiment, result.settled
        row = (one.story.name, one.name)
        found = {
            "told": 1,
            "boundaries": len(one.sure_orders[-1:]),
            "kills": result.deaths,
            "due": settled.expected,
            "made": settled.seen,
            "doubled": settled.doubled,
            "lost": settled.lost,
            "wrong": len(settled.wrong),
            "untold": settled.untold,
            "open": int(settled.is_open),
            "to people": int(bool(settled.handed_over_for)),
        }
        self.rows.setdefault(row, Counter()).update(found)
        self.seconds[row] += result.seconds
        if settled.handed_over_for:
            self.reasons[_NAMES.sub("...", settled.handed_over_for)] += 1
        where = f"{one.story.name}: {' then '.join(one.orders) or one.name} {one.faults or ''}"
        if settled.is_broken:
            self.broken.append(f"{where}: {_words(settled)}")
        if result.missed:
            (self.gone if result.is_gone else self.missed).append(where)

    def show(self, console: Console) -> None:
        """Print the table, what its columns mean, why people took over, what broke the promise or was not reached."""
        columns = (*_COUNTED, "seconds")
        table = Table("story", "killed in", *(Column(name, justify="right") for name in columns))
        stories = list(dict.fromkeys(story for story, _ in self.rows))
        story = ""
        for row, counts in sorted(self.rows.items(), key=lambda one: stories.index(one[0][0])):
            if row[0] != story:
                table.add_section()
            # A story's name stands once, so that its rows are seen as one block.
            table.add_row("" if row[0] == story else row[0], *self._cells(row[1], counts, self.seconds[row]))
            story = row[0]
        table.add_section()
        table.add_row("all", *self._cells("", self.total, sum(self.seconds.values())))
        console.print(table)
        for line in _LEGEND:
            console.print(line, highlight=False, markup=False)
        for reason, count in self.reasons.most_common():
            console.print(f"to people, {count}: {reason}", highlight=False, markup=False)
        for one in self.broken:
            console.print(f"broken: {one}", highlight=False, markup=False)
        for one in self.missed:
            console.print(f"not reached: {one}", highlight=False, markup=False)
        for one in self.gone:
            console.print(f"came once and never again: {one}", highlight=False, markup=False)
        console.print(self.verdict, highlight=False, markup=False)

    def as_json(self) -> dict[str, Any]:
        """Return the table as JSON."""
        rows = [
            {"story": story, "killed_in": name, **_named(counts), "seconds": round(self.seconds[story, name], 1)}
            for (story, name), counts in self.rows.items()
        ]
        return {
            "rows": rows,
            "total": _named(self.total),
            "handed_over_because": dict(self.reasons),
            "broken": self.broken,
            "not_reached": self.missed,
            "came_once": self.gone,
        }

    @staticmethod
    def _cells(name: str, counts: Counter[str], seconds: float) -> tuple[str, ...]:
        return name, *(str(counts[one]) for one in _COUNTED), f"{seconds:.0f}"


def _named(counts: Counter[str]) -> dict[str, int]:
    return {name.replace(" ", "_"): counts[name] for name in _COUNTED}


def _words(settled: Settled) -> str:
    numbers = {name: getattr(settled, name) for name in ("doubled", "lost", "untold", "is_open")}
    return "; ".join([*(f"{name} {number}" for name, number in numbers.items() if number), *settled.wrong])
