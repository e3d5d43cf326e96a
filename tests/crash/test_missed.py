"""A place at which no process died: it fails the run, unless it does not come without a death either."""

from dataclasses import dataclass, field
from typing import Any, cast

import httpx
import pytest

from tests.crash import matrix
from tests.crash.experiments import Experiment
from tests.crash.lane import Lane
from tests.crash.stories import STORIES

FIRST, SECOND = "|plan|1|GET cases|1|before", "|plan|2|GET cases|1|before"


@dataclass
class Told:
    deaths: int
    passed: tuple[str, ...]
    seconds: float = 0.0


@dataclass
class StubLane:
    """Tells every story with so many deaths, and passes these places when it is told without the last of them."""

    deaths: int
    passes: tuple[str, ...]
    told: list[tuple[str, ...]] = field(default_factory=list)

    def tell(self, _story: Any, orders: tuple[str, ...] = (), **_: Any) -> Told:
        self.told.append(orders)
        return Told(self.deaths, self.passes)


@dataclass
class Fine:
    is_broken: bool = False


@pytest.mark.parametrize(
    ("orders", "deaths", "passes", "missed", "gone"),
    [
        ((FIRST,), 1, (), False, False),
        ((FIRST,), 0, (), True, True),
        ((FIRST,), 0, (FIRST,), True, False),
        ((FIRST, SECOND), 1, (FIRST,), True, True),
        ((FIRST, SECOND), 1, (FIRST, SECOND), True, False),
        ((FIRST, SECOND), 0, (SECOND,), True, True),
    ],
)
def test_a_place_is_gone_only_if_it_does_not_come_without_that_death_either(
    orders: tuple[str, ...],
    deaths: int,
    passes: tuple[str, ...],
    missed: bool,
    gone: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(matrix, "settle", lambda *_, **__: Fine())
    lane: Any = StubLane(deaths, passes)
    result = matrix._told(lane, Experiment(STORIES[0], "plan", orders), clean=None)  # type: ignore[arg-type]
    assert (result.missed, result.is_gone) == (missed, gone)
    tries = 3 if missed else 1
    assert lane.told == [orders] * tries + ([orders[:deaths]] if missed else []) and hasattr(Lane, "tell")


@dataclass
class CutOff(StubLane):
    """Loses its connection in the first tellings."""

    cuts: int = 1
    restarts: int = 0

    def tell(self, story: Any, orders: tuple[str, ...] = (), **more: Any) -> Told:
        if self.cuts:
            self.cuts -= 1
            raise httpx.RemoteProtocolError("Server disconnected without sending a response.")
        return super().tell(story, orders, **more)

    def restart(self) -> None:
        self.restarts += 1


def test_a_telling_that_was_cut_off_counts_for_nothing_and_is_told_anew_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matrix, "settle", lambda *_, **__: Fine())
    lane = CutOff(1, ())
    result = matrix._told_whole(cast(Lane, lane), Experiment(STORIES[0], "plan", (FIRST,)), clean=cast(Any, None))
    assert (result.deaths, lane.restarts, lane.told) == (1, 1, [(FIRST,)])
    with pytest.raises(httpx.RemoteProtocolError):
        lost = cast(Lane, CutOff(1, (), cuts=2))
        matrix._told_whole(lost, Experiment(STORIES[0], "plan", (FIRST,)), clean=cast(Any, None))
