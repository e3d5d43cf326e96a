"""How a run of the mutation checker is shown: a live line, then a table, or one JSON object."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from rich.console import Console
from rich.live import Live
from rich.table import Column, Table
from rich.text import Text

from bench.mutant_worker import Outcome
from bench.mutants import Mutant

# Without a terminal a line every so many mutants is enough to see that it goes on.
_PLAIN_EVERY: Final = 50
_COUNTS: Final = ("mutants", "killed", "timeout", "allowed", "survived")


@dataclass(frozen=True, slots=True)
class Judged:
    """One mutant with what became of it. `is_allowed`: it is listed as one that nothing can kill."""

    mutant: Mutant
    outcome: Outcome
    is_allowed: bool

    @property
    def survived(self) -> bool:
        """No test noticed it, and nobody said why none can."""
        return self.outcome.fate == "survived" and not self.is_allowed


@dataclass(frozen=True, slots=True)
class Report:
    """All that one run found. `stale` are entries of the allowed list that name no surviving mutant."""

    judged: tuple[Judged, ...]
    stale: tuple[str, ...]
    seconds: float

    @property
    def survivors(self) -> tuple[Judged, ...]:
        """The mutants that show a missing test or a dead branch."""
        return tuple(one for one in self.judged if one.survived)

    @property
    def passed(self) -> bool:
        """Every mutant was killed or is rightly allowed."""
        return not self.survivors and not self.stale

    def as_json(self) -> str:
        """Return the figures and the survivors as one JSON object."""
        figures: dict[str, Any] = {**_counted(self.judged), "seconds": round(self.seconds, 1), "stale": self.stale}
        figures["modules"] = {file: _counted(some) for file, some in _by_module(self.judged)}
        figures["survivors"] = [
            {"file": one.mutant.file, "line": one.mutant.line, "within": one.mutant.within}
            | {"before": one.mutant.before, "after": one.mutant.after, "occurrence": one.mutant.occurrence}
            for one in self.survivors
        ]
        return json.dumps(figures, indent=2)


class Progress:
    """The line that says how far it is; survivors are printed as they are found. Use as a context manager."""

    def __init__(self, console: Console, *, total: int) -> None:
        self._console = console
        self._total = total
        self._done = 0
        self._survivors = 0
        self._live = Live(Text(""), console=console, auto_refresh=False, transient=True)

    def __enter__(self) -> "Progress":
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *details: object) -> None:
        self._live.stop()

    def note(self, judged: Judged) -> None:
        """Count one more mutant."""
        self._done += 1
        if judged.survived:
            self._survivors += 1
            self._console.print(Text(f"survived: {judged.mutant}"))
        line = f"{self._done}/{self._total} mutants, {self._survivors} survivors"
        if self._console.is_terminal:
            self._live.update(Text(f"{line}  {judged.mutant.file}:{judged.mutant.line}"), refresh=True)
        elif self._done % _PLAIN_EVERY == 0 or self._done == self._total:
            self._console.print(Text(line))


def print_report(report: Report, console: Console) -> None:
    """Print the figures of each module, then everything that is wrong."""
    table = Table("module", *(Column(name, justify="right") for name in _COUNTS))
    for file, some in (*_by_module(report.judged), ("all", report.judged)):
        counts = _counted(some)
        table.add_row(file, *(str(counts[name]) for name in _COUNTS))
    console.print(table)
    for one in report.survivors:
        console.print(Text(f"survived: {one.mutant}"))
    for entry in report.stale:
        console.print(Text(f"allowed, but no such mutant survives: {entry}"))
    console.print(Text(f"{'passed' if report.passed else 'failed'} in {report.seconds:.0f} s"))


def _counted(judged: Sequence[Judged]) -> dict[str, int]:
    fates = Counter(one.outcome.fate for one in judged)
    survived = sum(one.survived for one in judged)
    return {
        "mutants": len(judged),
        "killed": fates["killed"],
        "timeout": fates["timeout"],
        "allowed": fates["survived"] - survived,
        "survived": survived,
    }


def _by_module(judged: Sequence[Judged]) -> list[tuple[str, list[Judged]]]:
    files = dict.fromkeys(one.mutant.file for one in judged)
    return [(file, [one for one in judged if one.mutant.file == file]) for file in files]
