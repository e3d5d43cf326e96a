"""The short form of the crash matrix, and that its accounts would show a broken promise."""

import io
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from agent.model.activity_event import ActivityEvent, EventCode
from agent.model.receipt import Attempt
from agent.storage.event_rows import ChainTip, event_rows
from agent.storage.rows import chunked, joined
from tests.crash.account import Settled, Undisturbed, settle, undisturbed
from tests.crash.lane import Ended, Lane
from tests.crash.matrix import Form, run
from tests.crash.stories import STORIES
from tests.crash.tally import Tally

BY_NAME = {story.name: story for story in STORIES}
APPROVED, ROLLED_BACK, STOPPED = (BY_NAME[name] for name in ("approved", "rolled back", "stopped"))
WRITING = frozenset({"execute"})
GRAPH_WRITE = "*|execute|{seq}|POST /v1.0/groups/*/members/$ref|1|{phase}"


def test_a_process_that_dies_at_any_boundary_neither_doubles_nor_loses_anything(tmp_path: Path) -> None:
    form = Form(stories=(ROLLED_BACK, STOPPED), every=90)
    tally = Tally()
    run(form, tmp_path, progress=lambda text: print(text, file=sys.stderr), tally=tally)
    total = tally.total
    assert tally.broken == [] and tally.missed == []
    assert total["kills"] >= 14 and total["made"] >= total["told"]
    places = {(ROLLED_BACK.name, "execute"), (ROLLED_BACK.name, "rollback"), (STOPPED.name, "execute")}
    assert places <= tally.rows.keys()
    shown = Console(file=io.StringIO(), width=200)
    tally.show(shown)
    assert tally.verdict in shown.file.getvalue() and tally.as_json()["total"]["kills"] == total["kills"]


@pytest.fixture(scope="module")
def lane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lane]:
    with Lane(tmp_path_factory.mktemp("lane")) as running:
        yield running


@pytest.fixture(scope="module")
def ended(lane: Lane) -> Ended:
    """The approved story, with no death."""
    return lane.tell(APPROVED)


@pytest.fixture(scope="module")
def clean(ended: Ended) -> Undisturbed:
    return undisturbed(ended)


class TestThePlaces:
    """A death is ordered at a place, so a story comes to the same ones whatever was told before it."""

    def test_a_sealing_comes_to_the_same_places_however_many_cases_were_closed_before(self, lane: Lane) -> None:
        told = [frozenset(places(lane.tell(BY_NAME["sealed"]), function="checkpoint")) for _ in range(3)]
        # The host's own timer may seal during one of them.
        (found, times), *_ = Counter(told).most_common()
        assert times >= 2 and any("jsonl" in one for one in found)

    def test_the_order_by_which_the_lane_ends_a_stop_is_no_place_of_the_story(self, lane: Lane) -> None:
        stored = [one for one in lane.tell(STOPPED).passed if "|control|" in one and one.endswith("$batch|1|before")]
        assert len(stored) == 1


def places(ended: Ended, *, function: str) -> list[str]:
    """Where a function could have died."""
    return [one for one in ended.passed if f"|{function}|" in one]


class TestTheAccounts:
    """What is settled here happened; the forgeries differ from it in one thing each."""

    def test_a_killed_write_is_found_and_an_ordered_death_is_one_process(
        self, lane: Lane, ended: Ended, clean: Undisturbed
    ) -> None:
        seq = next(int(one.split("|")[2]) for one in ended.passed if "|execute|" in one)
        order = GRAPH_WRITE.format(seq=seq, phase="after")
        killed = lane.tell(APPROVED, (order,))
        settled = settle(killed, clean=clean, died_in=WRITING)
        assert (killed.deaths, settled.seen, settled.is_broken) == (1, 1, False)
        assert [one["code"] for one in killed.case["events"]].count("write.found_done") == 1
        # The same log is wrong for somebody who did not die while writing.
        assert settle(killed, clean=clean, died_in=frozenset({"plan"})).wrong

    @pytest.mark.parametrize(
        ("forge", "shown"),
        [
            (lambda one: replace(one, writes=one.writes * 2), lambda settled: settled.doubled == 1),
            (lambda one: replace(one, writes=(*one.writes, refused(one))), lambda settled: settled.doubled == 1),
            (lambda one: replace(one, writes=()), lambda settled: settled.lost == 1),
            (lambda one: replace(one, writes=tuple(map(unnamed, one.writes))), lambda settled: settled.untold == 1),
            (lambda one: replace(one, rows=with_alert(one)), lambda settled: settled.untold == 1),
            (lambda one: replace(one, rows=tuple(map(unlearned, one.rows))), lambda settled: settled.wrong),
            (lambda one: replace(one, rows=without_last(one.rows)), lambda settled: settled.wrong),
            (lambda one: replace(one, rows=tuple(map(rehashed, one.rows))), lambda settled: settled.wrong),
            (lambda one: replace(one, case={**(one.case or {}), "outcome": "escalated"}), lambda settled: settled.lost),
            (lambda one: replace(one, uses=1), lambda settled: settled.wrong),
            (lambda one: replace(one, replies=1), lambda settled: settled.wrong),
            (lambda one: replace(one, case=None), lambda settled: settled.is_open),
        ],
        ids=[
            "doubled",
            "asked again",
            "lost",
            "untold",
            "unheard",
            "not learned",
            "no entry",
            "broken chain",
            "not told",
            "used once more",
            "told once more",
            "open",
        ],
    )
    def test_a_broken_promise_shows(
        self,
        ended: Ended,
        clean: Undisturbed,
        forge: Callable[[Ended], Ended],
        shown: Callable[[Settled], Any],
    ) -> None:
        assert not settle(ended, clean=clean, died_in=WRITING).is_broken
        forged = settle(forge(ended), clean=clean, died_in=WRITING)
        assert shown(forged) and forged.is_broken


def refused(ended: Ended) -> dict[str, Any]:
    """The same write once more, refused because it was done."""
    return {**ended.writes[0], "applied": False, "status": 400}


def unnamed(write: dict[str, Any]) -> dict[str, Any]:
    """A write under an id that nobody knows."""
    return {**write, "client_request_id": "00000000-0000-4000-8000-000000000000"}


def with_alert(ended: Ended) -> tuple[dict[str, Any], ...]:
    """The rows with an entry more, of an alert that nobody was told of."""
    (row,) = (one for one in ended.rows if one["RowKey"] == "case")
    alert = ActivityEvent(code=EventCode.ALERT_RAISED, at=datetime.now(UTC), data={"kind": "tripwire", "problem": ""})
    more, _ = event_rows(ended.case_id, (alert,), tip=ChainTip(row["next_event"], row["last_hash"]))
    return (*ended.rows, *more)


def unlearned(row: dict[str, Any]) -> dict[str, Any]:
    """An attempt as it was before its answer came."""
    if not row["RowKey"].startswith("op"):
        return row
    attempt = Attempt.model_validate_json(joined(row))
    plain = Attempt.model_validate({**dict(attempt), "state": "intended", "receipt": None})
    return {**row, **chunked(plain.model_dump_json())}


def without_last(rows: tuple[dict[str, Any], ...]) -> tuple[dict[str, Any], ...]:
    """The rows without the last entry of the log."""
    last = max(row["RowKey"] for row in rows if row["RowKey"].startswith("ev"))
    return tuple(row for row in rows if row["RowKey"] != last)


def rehashed(row: dict[str, Any]) -> dict[str, Any]:
    """The fourth entry with another hash."""
    return {**row, "hash": "0" * 64} if row["RowKey"] == "ev000003" else row
