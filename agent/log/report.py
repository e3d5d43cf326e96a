"""What verification of an export found."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """What does not hold, and the number of the line where that shows, counted from 1."""

    line: int
    what: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.what}"


@dataclass(frozen=True, slots=True)
class CaseState:
    """One case in the file: how many entries there are, how many of them are sealed, and how many problems."""

    entries: int
    sealed: int
    problems: int


@dataclass(frozen=True, slots=True)
class KeyUse:
    """From which checkpoint on a public key signs. `is_named` is whether the checkpoint before it says so.

    The first key of a log is named by nobody. Any other that is not is a new beginning, as after a lost key.
    """

    key: str
    number: int
    is_named: bool


@dataclass(frozen=True, slots=True)
class Newest:
    """The last checkpoint in the file; `digest` is what a verifier keeps, to ask for it the next time."""

    number: int
    sealed_at: str
    digest: str


@dataclass(frozen=True, slots=True)
class Report:
    """What was found. `left_out` counts cases that are sealed and that the file does not promise to hold."""

    tenant: str
    problems: tuple[Problem, ...]
    cases: Mapping[str, CaseState]
    left_out: int
    counts: Mapping[str, int]
    keys: tuple[KeyUse, ...]
    newest: Newest | None

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    @property
    def public_key(self) -> str:
        """The key of the newest checkpoint; empty if there is none."""
        return self.keys[-1].key if self.keys else ""
