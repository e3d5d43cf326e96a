"""Which deaths a story is to die: one at every boundary, one more while it recovers, and many by chance."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.crash.account import Undisturbed, UnmeasuredError, undisturbed
from tests.crash.lane import Lane
from tests.crash.stories import Story

CHANCE = "0.02"
# The last request of a write to Graph, by what it writes.
_WRITTEN = tuple(f"{last}|1|after" for last in ("$ref", "assignLicense", "Methods", "/users/*"))
# After these a case is in a different kind of trouble each: a wake-up that was never put, an intent that was never
# sent, a write that was never answered, an undo of either kind, a closed case that is still called open, an order that
# is stored and was never answered, and a sealed log whose copy is missing.
_TROUBLES: tuple[tuple[str, str | tuple[str, ...]], ...] = (
    ("plan", "messages|1|before"),
    ("execute", "$batch|1|after"),
    ("execute", _WRITTEN),
    ("rollback", "$batch|1|after"),
    ("rollback", _WRITTEN),
    ("close", "$batch|1|after"),
    ("control", "$batch|1|after"),
    ("checkpoint", "jsonl|1|after"),
)
# These run by the clock; a story names them if their deaths are of interest.
_TIMERS = frozenset({"sweep", "checkpoint"})
_UNDER_WAY = re.compile(r"\|(execute|rollback)\|.*\$(batch|ref)\|1\|during")
_WRITING = frozenset({"execute", "rollback"})
_WRITE = {"site": "graph", "path": r"/v1\.0/(groups|users)/"}
# What may befall a write although nobody dies: (name, fault). 504 after the write, an answer that is lost, and a 504
# that tells the truth.
MISHAPS: tuple[tuple[str, dict[str, Any]], ...] = tuple(
    (name, {**_WRITE, "method": method, **effect})
    for method in ("POST", "PATCH", "DELETE")
    for name, effect in (
        (f"504 after {method}", {"status": 504, "after_write": True, "times": 1}),
        (f"{method} answer lost", {"drop": True, "after_write": True, "times": 1}),
        (f"504 before {method}", {"status": 504, "times": 1}),
    )
)


@dataclass(frozen=True, slots=True)
class Experiment:
    """One telling of a story. `name` is the row of the table; a cold one begins in a process that just started."""

    story: Story
    name: str
    orders: tuple[str, ...] = ()
    faults: tuple[dict[str, Any], ...] = ()
    is_cold: bool = False
    is_noisy: bool = False

    @property
    def sure_orders(self) -> tuple[str, ...]:
        """The places at which the process is to die; the other orders leave it to chance."""
        return tuple(one for one in self.orders if not one.startswith("?"))

    @property
    def died_in(self) -> frozenset[str]:
        """The functions that may have been at work when a death or a mishap struck."""
        found = frozenset(map(function_of, self.sure_orders))
        # A timer, an order and a chance may strike while something else of the same process writes.
        strikes_others = bool(self.story.holds or found & _TIMERS) or len(found) < len(self.orders)
        return found | _WRITING if self.faults or strikes_others else found


def function_of(key: str) -> str:
    """The function that a boundary's key is about."""
    return key.split("|")[1]


def measured(story: Story, lane: Lane) -> tuple[Undisturbed, list[Experiment]]:
    """Tell a story without a death, once cold and once warm, and return its measure and a death at every boundary.

    Raises:
        UnmeasuredError: it does not end as it says.
    """
    lane.restart()
    cold, warm = lane.tell(story), lane.tell(story)
    clean = undisturbed(warm)
    due = (story.journey.expect.outcome, story.writes, int(story.is_granted), int(bool(story.journey.says)))
    if (clean.outcome, clean.applied.total(), clean.uses, clean.replies) != due:
        found = f"`{clean.outcome}` with {clean.applied.total()} changes, {clean.uses} uses, {clean.replies} replies"
        raise UnmeasuredError(f"`{story.name}` went wrong without a death: {found}")
    boundaries = dict.fromkeys(key for key in warm.passed if _is_of_interest(story, key))
    only_cold = [
        key
        for key in dict.fromkeys(cold.passed)
        if key not in boundaries and key.startswith("*") and _is_of_interest(story, key)
    ]
    deaths = [Experiment(story, function_of(key), (key,)) for key in boundaries]
    return clean, deaths + [Experiment(story, function_of(key), (key,), is_cold=True) for key in only_cold]


def _is_of_interest(story: Story, key: str) -> bool:
    function = function_of(key)
    return function in story.dies_in if story.dies_in else function not in _TIMERS


def second_deaths(story: Story, lane: Lane, *, boundaries: Iterable[str]) -> list[Experiment]:
    """Die once in each kind of trouble, and return a second death at every boundary of getting out of it."""
    found = []
    for first in _first_of_each(tuple(boundaries)):
        passed = lane.tell(story, (first,)).passed
        after = passed[passed.index(first) + 1 :]
        function, seq = function_of(first), int(first.split("|")[2])
        near = {("sweep", -1), *((function, seq + later) for later in range(3))}
        keys = [key for key in dict.fromkeys(after) if (function_of(key), int(key.split("|")[2])) in near]
        # What comes after one request comes before the next one, so every second phase is enough here.
        found += [Experiment(story, f"{function}, again", (first, key)) for key in keys if not key.endswith("after")]
    return found


def mishaps(story: Story) -> list[Experiment]:
    """Lost answers and doubtful errors of Graph, alone and with noise in the queues."""
    quiet = [Experiment(story, "lost answers", faults=(fault,)) for _, fault in MISHAPS if story.writes]
    # Under noise nothing is ever idle, so no time passes for who waits, and a case goes on while somebody still has to
    # give an order again. The other stories show what noise does.
    if story.dies_in:
        return quiet
    return quiet + [Experiment(story, "lost answers, noise", faults=(one.faults), is_noisy=True) for one in quiet]


def storms(story: Story, *, count: int) -> list[Experiment]:
    """Deaths by chance at every boundary, with doubled, old and early messages all the time.

    Only where every boundary is of interest: another story would die where it differs from these least of all.
    """
    if story.dies_in:
        return []
    return [Experiment(story, "by chance, noise", (f"?{CHANCE}",), is_noisy=True) for _ in range(count)]


def short(experiments: Sequence[Experiment], *, every: int) -> list[Experiment]:
    """Return the deaths around writes that are under way, and every so-manyth of the others."""
    urgent = [one for one in experiments if _UNDER_WAY.search(one.orders[-1])]
    rest = [one for one in experiments if one not in urgent]
    return urgent + rest[::every]


def _first_of_each(boundaries: Sequence[str]) -> list[str]:
    fitting = (
        next((key for key in boundaries if function_of(key) == function and key.endswith(ending)), None)
        for function, ending in _TROUBLES
    )
    return [key for key in fitting if key is not None]
