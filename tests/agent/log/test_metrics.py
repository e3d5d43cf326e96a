"""The resolution rate is what the log shows, by words that mean one thing each."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.command.main import main
from agent.log.metrics import Story, by_intent, figures, stops, stories_of
from agent.ports import Proposal
from policy.canonical import canonical_json
from tests.agent.world import ANN, READERS, START, add_member, allowed

Entry = tuple[str, dict[str, Any]]


def entry(case_id: str, code: str, after: timedelta, **data: Any) -> Entry:
    return case_id, {"code": code, "at": (START + after).isoformat(), "data": data}


def case(
    case_id: str, *between: tuple[str, dict[str, Any]], begins: timedelta = timedelta(), outcome: str = "resolved"
) -> list[Entry]:
    """A case that takes a minute, with entries in between."""
    middle = [entry(case_id, code, begins + timedelta(seconds=30), **data) for code, data in between]
    return [
        entry(case_id, "case.opened", begins, requester=ANN),
        entry(case_id, "case.reasoned", begins, why="x", intent="group_access"),
        *middle,
        entry(case_id, "case.closed", begins + timedelta(minutes=1), outcome=outcome),
    ]


def told(*cases: list[Entry]) -> tuple[Story, ...]:
    return stories_of(one for each in cases for one in each)


WRITE = ("write.attempted", {"step": 0, "kind": "do"})
SEEN = ("effect.verified", {"step": 0, "kind": "do"})


def test_a_case_that_wrote_and_read_back_is_resolved_by_itself() -> None:
    found = figures(told(case("c1", WRITE, SEEN)))
    assert (found.ended, found.by_itself, found.rate, found.p50_seconds, found.young) == (1, 1, 1.0, 60.0, 1)


@pytest.mark.parametrize(
    ("between", "outcome"),
    [
        ((WRITE,), "resolved"),
        ((WRITE, SEEN, ("write.attempted", {"step": 1, "kind": "do"})), "resolved"),
        ((WRITE, SEEN, ("approval.given", {})), "resolved"),
        ((WRITE, SEEN, ("control.modified", {})), "resolved"),
        ((("case.escalated", {}),), "escalated"),
        ((), "refused"),
    ],
)
def test_what_is_not_read_back_or_was_touched_does_not_count(between: tuple[Any, ...], outcome: str) -> None:
    found = figures(told(case("c1", *between, outcome=outcome)))
    assert (found.ended, found.by_itself) == (1, 0)


@pytest.mark.parametrize(("hours", "by_itself"), [(71, 1), (73, 2)])
def test_the_same_wish_within_three_days_reopens(hours: int, by_itself: int) -> None:
    found = figures(told(case("c1"), case("c2", begins=timedelta(hours=hours, minutes=1))))
    assert found.by_itself == by_itself
    other = case("c3", begins=timedelta(hours=1))
    other[1][1]["data"]["intent"] = "licence"
    assert figures(told(case("c1"), other)).reopened == 0


def test_an_open_case_counts_in_nothing() -> None:
    assert figures(told(case("c1")[:-1])).ended == 0


def test_each_stop_is_told_by_the_layer_that_denied() -> None:
    denied = {
        "verdict": "DENY",
        "layers": [{"layer": "target", "verdict": "DENY"}, {"layer": "global", "verdict": "ALLOW"}],
    }
    stories = told(
        case("c1", ("step.decided", denied), outcome="refused"),
        case("c2", ("approval.asked", {}), outcome="escalated"),
        case("c3", outcome="escalated"),
        case("c4", WRITE, outcome="rolled_back"),
        case("c5"),
    )
    assert stops(stories) == {"policy: target": 1, "people": 1, "planner": 1, "verification": 1}
    assert by_intent(stories)["group_access"].ended == 5


def test_the_logs_of_orders_and_damaged_entries_are_no_cases() -> None:
    entries: list[Entry] = [
        entry("tenant-1", "control.paused", timedelta()),
        ("c9", {"code": "case.opened", "at": "?"}),
    ]
    assert stories_of(entries) == ()


def _export(file: Path, *cases: list[Entry]) -> None:
    lines = [canonical_json({"header": {"format": "remit-log/2", "tenant": "t", "cases": "all"}})]
    for number, (case_id, event) in enumerate(one for each in cases for one in each):
        fields = {"case": case_id, "number": number, "event": event, "prev": "0" * 64, "hash": "1" * 64}
        lines.append(canonical_json({"entry": fields}))
    file.write_text("".join(f"{one}\n" for one in lines), encoding="utf-8")


def test_the_command_prints_the_same_from_an_export(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "log.jsonl"
    _export(file, case("c1", WRITE, SEEN), case("c2", outcome="escalated", begins=timedelta(days=9)))
    assert main(["metrics", str(file), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["all"]["ended"], found["all"]["by_itself"], found["all"]["rate"]) == (2, 1, 0.5)
    assert found["stopped_by"] == {"planner": 1} and found["all"]["young"] == 0
    assert main(["metrics", str(tmp_path / "missing")]) == 2
    (tmp_path / "other").write_text("hello\n")
    assert main(["metrics", str(tmp_path / "other")]) == 2


async def test_the_log_says_the_kind_of_request_and_a_planner_cannot_write_prose_there() -> None:
    world, case_id = await allowed(add_member(READERS))
    (proposal,) = world.planner.proposals
    world.planner.proposals = [Proposal(why=proposal.why, plan=proposal.plan, intent="group_access")]
    await world.run(case_id)
    entries = [(case_id, one.model_dump(mode="json")) for one in await world.store.events(case_id)]
    (story,) = stories_of(entries)
    assert (story.intent, story.is_verified, story.outcome) == ("group_access", True, "resolved")
    other, other_id = await allowed()
    other.planner.proposals = [Proposal(why="x", refuse=True, intent="Please pay me!")]
    assert (await other.run(other_id)).outcome == "escalated"
