"""The drill: what it takes for a measurement, what it says when the guarantee is broken, and what it lifts."""

import json
from datetime import timedelta
from typing import Any

import pytest

from agent.command import drill
from agent.command.main import main
from agent.command.stop_times import CaseTimes, figures, has_settled, was_at_work
from agent.orders import DrillResult
from tests.agent.command.fake_stack import NOW, TENANT, WHO, Stack, reached

DRILLED = {"scope": "tenant", "state": "paused", "by": "Olga", "why": "drill: to be safe"}
Event = tuple[str, str, float]


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Stack:
    """What the drill reaches instead of a running stack; nobody waits."""
    monkeypatch.setattr(drill.time, "sleep", lambda _seconds: None)
    return reached(monkeypatch)


def case(name: str, stage: str, *events: Event, **more: Any) -> dict[str, Any]:
    """A case whose log has writes of step 0 as (code, kind, seconds after the order)."""
    logged = [
        {
            "code": f"write.{code}",
            "at": (NOW + timedelta(seconds=late)).isoformat(),
            "data": {"step": 0, **({"kind": kind} if kind else {})},
        }
        for code, kind, late in events
    ]
    shown = {"id": name * 32, "stage": stage, "events": logged, "closed_at": None, "control": None}
    return {**shown, **more}


def times(*events: Event, order: str = "pause") -> tuple[int, int, int | None]:
    found = CaseTimes.of(case("a", "execute", *events), order=order, stored_at=NOW)
    return found.under_way, found.begun_after, found.last_ms


SENT = ("attempted", "do", -0.5)


def test_a_write_under_way_counts_until_its_answer_and_the_longest_of_them() -> None:
    assert times(SENT, ("answered", "do", 0.2501)) == (1, 0, 251)
    assert times(SENT, ("failed", "do", 1.5)) == (1, 0, 1500)
    assert times(("attempted", "undo", -1.0), ("found_done", "", 2.0)) == (1, 0, 2000)


def test_a_write_that_has_no_answer_yet_is_no_measurement_yet() -> None:
    assert times(SENT) == (1, 0, None)


def test_what_was_answered_before_or_was_lost_long_ago_was_not_under_way() -> None:
    assert times(("attempted", "do", -5.0), ("answered", "do", -4.0)) == (0, 0, 0)
    assert times(("attempted", "do", -600.0)) == (0, 0, 0)
    # It never left: its failure has the time at which it was begun.
    assert times(SENT, ("failed", "do", -0.5)) == (0, 0, 0)


def test_a_write_begun_after_the_order_is_told_apart_from_one_begun_before() -> None:
    assert times(SENT, ("answered", "do", 0.1), ("attempted", "do", 0.2), ("answered", "do", 0.9)) == (1, 1, 100)


def test_a_stop_may_put_back_and_a_pause_may_not() -> None:
    undo = ("attempted", "undo", 0.2), ("answered", "undo", 0.3)
    assert (times(*undo, order="stop")[1], times(*undo, order="pause")[1]) == (0, 1)


def test_at_work_is_who_carries_out_a_plan_or_was_writing_at_that_moment() -> None:
    late = {"closed_at": (NOW + timedelta(seconds=1)).isoformat()}
    early = {"closed_at": (NOW - timedelta(seconds=1)).isoformat()}
    own = {"control": {**DRILLED, "scope": "case"}}
    met = {"code": "control.stopped", "at": NOW.isoformat(), "data": DRILLED}
    cases = {
        "before its first write": (case("a", "execute"), True),
        "read back": (case("a", "verify"), True),
        "planned": (case("a", "plan"), False),
        "asked about": (case("a", "approve"), False),
        "ended meanwhile": (case("a", "closed", SENT, ("answered", "do", 0.1), **late), True),
        "ended before": (case("a", "closed", SENT, **early), False),
        "paused by itself": (case("a", "execute", **own), False),
        "met the order and ended": (case("a", "escalate", events=[met]), True),
    }
    who = {"by": "Olga", "why": DRILLED["why"]}
    assert {name: was_at_work(one, stored_at=NOW, **who) for name, (one, _) in cases.items()} == {
        name: expected for name, (_, expected) in cases.items()
    }


def test_settled_is_who_met_this_very_order_or_ended() -> None:
    def settled(stage: str, order: str = "pause", **more: Any) -> bool:
        return has_settled(case("a", stage, **more), order=order, by="Olga", why=DRILLED["why"])

    assert not settled("execute") and not settled("execute", control={**DRILLED, "by": "Kim"})
    assert settled("execute", control=DRILLED) and settled("verify") and settled("closed")
    assert [settled(one, "stop") for one in ("execute", "rollback", "verify", "escalate")] == [False] * 3 + [True]


def test_figures_name_ranks_that_were_measured() -> None:
    assert figures(range(1, 201)) == {"p50_ms": 100, "p99_ms": 198, "most_ms": 200}
    assert figures([7]) == {"p50_ms": 7, "p99_ms": 7, "most_ms": 7}
    assert figures([]) == {"p50_ms": None, "p99_ms": None, "most_ms": None}


def drilled(*words: str) -> int:
    return main(["drill", "--tenant", TENANT, *words, *WHO])


def test_a_drill_watches_until_every_case_at_work_has_settled_and_no_longer(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    writing = case("a", "execute", SENT)
    answered = case("a", "verify", SENT, ("answered", "do", 0.04))
    held = case("b", "execute", control=DRILLED)
    stack.cases = [writing, held, case("c", "approve")]
    # The second look at it fails.
    stack.later = {"a" * 32: [{}, writing, answered]}
    assert drilled("--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["cases"], found["under_way"], found["begun_after"], found["p99_ms"]) == (2, 1, 0, 40)
    assert found["unsettled"] == [] and found["settled"]["p50_ms"] <= found["settled"]["most_ms"]
    # Once more at the end, for what was begun after the order.
    assert [stack.looks.count(one * 32) for one in "abc"] == [5, 2, 2]
    assert [one["order"] for one in stack.orders] == ["pause", "drill", "resume"]
    counts = {"order": "pause", "cases": 2, "under_way": 1, "begun_after": 0}
    assert stack.orders[1]["result"] == {**counts, "p50_ms": 40, "p99_ms": 40, "most_ms": 40}
    assert {one["why"] for one in stack.orders} == {"drill: to be safe"}


def test_a_write_that_was_begun_after_the_order_fails_the_drill_whoevers_it_is(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.cases = [case("a", "execute", control=DRILLED), case("b", "plan")]
    stack.later = {"b" * 32: [case("b", "verify", ("attempted", "do", 0.5), ("answered", "do", 0.6))]}
    assert drilled() == 1
    said = capsys.readouterr().out
    assert "writes begun after the order: 1" in said and "report this as a fault" in said


@pytest.mark.parametrize(
    ("words", "left", "said"),
    [
        ([], case("a", "execute", SENT), "have no answer yet"),
        ([], case("a", "execute", SENT, ("answered", "do", 0.1)), "1 cases are not at rest yet"),
        (["--stop"], case("a", "rollback"), "not put back or handed over yet"),
    ],
)
def test_a_drill_that_did_not_see_the_end_says_so(
    stack: Stack, words: list[str], left: dict[str, Any], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.cases = [left]
    assert drilled("--wait", "0", *words) == 1
    shown = capsys.readouterr().out
    assert said in shown and [one["order"] for one in stack.orders][-1] == "resume"
    assert ": 0 of 1 cases, no time was measured" in shown and "p50 0 ms" not in shown


@pytest.mark.parametrize("words", [[], ["--stop"]])
def test_a_drill_that_met_no_write_under_way_shows_no_time_and_is_not_good(
    stack: Stack, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    met = {"code": "control.stopped", "at": NOW.isoformat(), "data": DRILLED}
    stack.cases = [case("a", "escalate", events=[met])]
    assert drilled("--json", *words) == 1
    found = json.loads(capsys.readouterr().out)
    assert [found[name] for name in ("under_way", "p50_ms", "p99_ms", "most_ms")] == [0, None, None, None]
    # Such a result is one that the stack takes and logs.
    assert DrillResult.model_validate(stack.orders[1]["result"]).p99_ms is None
    assert drilled(*words) == 1
    shown = capsys.readouterr().out
    assert "no write was under way, so no time was measured" in shown
    assert "last answer after the order: no time was measured" in shown


def test_a_drill_without_work_says_that_it_measured_nothing(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    stack.cases = [case("a", "plan")]
    assert drilled("--stop") == 1
    assert "nothing was measured" in capsys.readouterr().out
    assert [one["order"] for one in stack.orders] == ["stop", "drill", "resume"]


@pytest.mark.parametrize("where", ["control", "stack_control"])
def test_a_drill_never_begins_on_what_is_held_already(stack: Stack, where: str) -> None:
    setattr(stack, where, {"state": "stopped", "by": "Kim", "why": "an attack", "at": NOW.isoformat()})
    assert drilled() == 2 and stack.orders == []


def test_a_drill_never_lifts_what_somebody_else_ordered_meanwhile(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack.cases = [case("a", "execute")]
    stack.later = {"a" * 32: [case("a", "verify")]}

    def attacked(_seconds: float) -> None:
        stack.control = {"state": "stopped", "by": "Kim", "why": "an attack", "at": NOW.isoformat()}

    monkeypatch.setattr(drill.time, "sleep", attacked)
    drilled()
    assert "resume" not in [one["order"] for one in stack.orders]


def test_a_drill_that_is_broken_off_resumes_what_it_held(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    stack.cases = [case("a", "execute")]

    def interrupted(_seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(drill.time, "sleep", interrupted)
    assert drilled() == 130
    assert [one["order"] for one in stack.orders] == ["pause", "resume"]


def test_a_drill_whose_order_was_not_stored_resumes_nothing(stack: Stack) -> None:
    # What the drill before has left.
    stack.control = {**DRILLED, "state": "running", "at": NOW.isoformat()}
    stack.status = 503
    assert drilled() == 2 and [one["order"] for one in stack.orders] == ["pause"]


def test_a_drill_whose_order_may_have_been_stored_all_the_same_resumes_it(stack: Stack) -> None:
    stack.cases = [case("a", "execute")]
    # The order is stored, and then its answer is lost.
    stack.status = 503
    stack.control = None
    order = stack._order

    def lost(body: dict[str, Any]) -> Any:
        stack.status = 200
        answer = order(body)
        return answer if len(stack.orders) > 1 else type(answer)(503, json={"error": "lost"})

    stack._order = lost  # type: ignore[method-assign]
    assert drilled() == 2
    assert [one["order"] for one in stack.orders] == ["pause", "resume"]
