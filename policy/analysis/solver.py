"""What an analysis asks of a solver when the cells of a question are too many to list."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from policy.analysis.scenario import Ask, Scenario
from policy.decision import Verdict
from policy.request import AuthorizationRequest
from policy.rule import Atom


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one side decides: one of `verdicts`, and when `ask` is given, that it is `asked` or is not."""

    verdicts: frozenset[Verdict]
    ask: Ask | None = None
    asked: bool = True

    def negated(self) -> tuple["Outcome", ...]:
        """Return the outcomes that together are every other one."""
        others = frozenset(Verdict) - self.verdicts
        found = (Outcome(others),) if others else ()
        return (*found, Outcome(self.verdicts, self.ask, not self.asked)) if self.ask else found


@dataclass(frozen=True, slots=True)
class Allowed:
    """What one attribute may be: a value for which one of `atoms` is TRUE, or unknown if `unknown` says so."""

    attribute: str
    atoms: tuple[Atom, ...]
    unknown: bool


# All of it must be so.
Box = tuple[Allowed, ...]


class Solver(Protocol):
    """Finds requests by symbolic reasoning. An answer is exact in both directions or an error, never a guess."""

    def request(
        self, scenario: Scenario, outcomes: Sequence[Outcome], *, inside: Box = (), outside: Sequence[Box] = ()
    ) -> AuthorizationRequest | None:
        """Return a request in `scenario` that each side decides as its outcome says, or None: there is none.

        The request lies in `inside` and in no box of `outside`, which mention no values but those that the
        scenario mentions. Facts that are unknown are left out of it.

        Raises:
            PolicyError: the solver gave up.
        """
