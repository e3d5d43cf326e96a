"""Orders on the command line: what is sent, what is refused before it is sent, and what a drill makes of the log."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from agent.command import drill, orders
from agent.command.drill import figures, stop_times
from agent.command.main import main
from agent.command.stack import KEY, URL, RunningStack, running_stack
from policy.command.errors import UsageError

NOW = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
TENANT = "11111111-1111-4111-8111-111111111111"
WHO = ["--as", "Olga", "--why", "to be safe"]


class Stack:
    """A stack that keeps what it was asked, and the order in force on its one tenant."""

    def __init__(self) -> None:
        self.orders: list[dict[str, Any]] = []
        self.control: dict[str, Any] | None = None
        self.stack_control: dict[str, Any] | None = None
        self.cases: list[dict[str, Any]] = []
        self.status = 200

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path == "/api/controls":
            tenants = {TENANT: {"control": self.control, "log": []}}
            return httpx.Response(200, json={"stack": {"control": self.stack_control}, "tenants": tenants, "cases": []})
        if path == "/api/cases":
            return httpx.Response(200, json={"cases": [{"id": one["id"], "tenant_id": TENANT} for one in self.cases]})
        if path.startswith("/api/cases/"):
            return httpx.Response(200, json=next(one for one in self.cases if path.endswith(one["id"])))
        body = json.loads(request.content)
        self.orders.append(body)
        if self.status != 200:
            return httpx.Response(self.status, json={"error": "the case has ended"})
        states = {"pause": "paused", "stop": "stopped", "resume": "running"}
        if body["order"] in states:
            self.control = {"state": states[body["order"]], "by": body["by"], "why": body["why"], "at": NOW.isoformat()}
        return httpx.Response(200, json={"order": body["order"], "stored_at": NOW.isoformat()})


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Stack:
    """What the commands reach instead of a running stack."""
    made = Stack()

    @contextmanager
    def reached() -> Iterator[RunningStack]:
        yield RunningStack(httpx.Client(base_url="https://stack", transport=httpx.MockTransport(made)))

    monkeypatch.setattr(orders, "running_stack", reached)
    monkeypatch.setattr(drill, "running_stack", reached)
    return made


@pytest.mark.parametrize(
    ("words", "sent"),
    [
        (["stop", "--stack"], {"order": "stop", "stack": True}),
        (["pause", "--tenant", TENANT], {"order": "pause", "tenant": TENANT}),
        (["resume", "--case", "c"], {"order": "resume", "case": "c"}),
        (
            ["modify", "--case", "c", "--step", "2", "--set", "group_id=g", "--set", "size=7"],
            {"order": "modify", "case": "c", "step": 2, "drop": False, "params": {"group_id": "g", "size": 7}},
        ),
        (
            ["modify", "--case", "c", "--step", "1", "--drop"],
            {"order": "modify", "case": "c", "step": 1, "drop": True, "params": {}},
        ),
    ],
)
def test_an_order_is_sent_as_it_was_given_with_who_and_why(
    stack: Stack, words: list[str], sent: dict[str, Any]
) -> None:
    assert main([*words, *WHO]) == 0
    assert stack.orders == [{**sent, "by": "Olga", "why": "to be safe"}]


@pytest.mark.parametrize(
    "words",
    [
        ["stop", *WHO],
        ["stop", "--stack", "--tenant", TENANT, *WHO],
        ["stop", "--stack", "--why", "no name"],
        ["stop", "--stack", "--as", "no reason"],
        ["modify", "--case", "c", "--step", "1", *WHO],
        ["modify", "--case", "c", "--step", "1", "--drop", "--set", "a=1", *WHO],
    ],
)
def test_an_order_that_is_not_whole_is_never_sent(stack: Stack, words: list[str]) -> None:
    assert main(words) == 2 and stack.orders == []


def test_what_the_stack_refuses_is_said_and_is_no_success(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    stack.status = 409
    assert main(["stop", "--case", "c", *WHO]) == 2
    assert "the stack answered 409: the case has ended" in capsys.readouterr().err


@pytest.mark.parametrize(
    "environment",
    [{}, {URL: "https://stack"}, {KEY: "k"}, {URL: "http://stack.example", KEY: "k"}, {URL: "ftp://stack", KEY: "k"}],
)
def test_the_key_never_goes_where_others_could_read_it(environment: dict[str, str]) -> None:
    with pytest.raises(UsageError), running_stack(environment):
        pass


def case(name: str, *events: tuple[str, str, float]) -> dict[str, Any]:
    """A case with writes of (code, kind, seconds after the order)."""
    logged = [
        {"code": code, "at": (NOW + timedelta(seconds=late)).isoformat(), "data": {"kind": kind}}
        for code, kind, late in events
    ]
    return {"id": name, "events": logged, "closed_at": None}


def test_a_stop_took_as_long_as_the_last_write_of_a_step_took_to_be_answered() -> None:
    cases = [
        case("early", ("write.answered", "do", -5.0)),
        case("late", ("write.answered", "do", -1.0), ("write.answered", "do", 0.2501)),
        case("lost", ("write.failed", "do", 1.5)),
        case("undone", ("write.answered", "do", -0.1), ("write.answered", "undo", 9.0)),
        case("idle"),
        case("long ago", ("write.answered", "do", -600.0)),
        case("held", ("control.paused", "", 3.0)),
        case("held before", ("control.paused", "", -3.0)),
        {**case("over", ("write.answered", "do", -5.0)), "closed_at": (NOW - timedelta(seconds=1)).isoformat()},
    ]
    assert stop_times(cases, stored_at=NOW) == {"early": 0, "late": 251, "lost": 1500, "undone": 0, "held": 0}


def test_figures_name_ranks_that_were_measured() -> None:
    assert figures(range(1, 201)) == {"cases": 200, "p50_ms": 100, "p99_ms": 198, "most_ms": 200}
    assert figures([7]) == {"cases": 1, "p50_ms": 7, "p99_ms": 7, "most_ms": 7}
    assert figures([]) == {"cases": 0, "p50_ms": 0, "p99_ms": 0, "most_ms": 0}


def drilled(*words: str) -> int:
    return main(["drill", "--tenant", TENANT, "--wait", "0", *words, *WHO])


def test_a_drill_pauses_measures_logs_and_resumes(stack: Stack) -> None:
    stack.cases = [case("a" * 32, ("write.answered", "do", 0.04)), case("b" * 32, ("write.answered", "do", -2.0))]
    assert drilled() == 0
    assert [one["order"] for one in stack.orders] == ["pause", "drill", "resume"]
    assert stack.orders[1]["result"] == {"cases": 2, "p50_ms": 0, "p99_ms": 40, "most_ms": 40}
    assert {one["why"] for one in stack.orders} == {"drill: to be safe"}


def test_a_drill_without_work_says_that_it_measured_nothing(stack: Stack) -> None:
    assert drilled("--stop") == 1
    assert [one["order"] for one in stack.orders] == ["stop", "drill", "resume"]


@pytest.mark.parametrize("where", ["control", "stack_control"])
def test_a_drill_never_begins_on_what_is_held_already(stack: Stack, where: str) -> None:
    setattr(stack, where, {"state": "stopped", "by": "Kim", "why": "an attack", "at": NOW.isoformat()})
    assert drilled() == 2 and stack.orders == []


def test_a_drill_never_lifts_what_somebody_else_ordered_meanwhile(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    def attacked(_seconds: float) -> None:
        stack.control = {"state": "stopped", "by": "Kim", "why": "an attack", "at": NOW.isoformat()}

    monkeypatch.setattr(drill.time, "sleep", attacked)
    drilled()
    assert "resume" not in [one["order"] for one in stack.orders]


def test_a_drill_that_is_broken_off_resumes_what_it_held(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(drill.time, "sleep", interrupted)
    assert drilled() == 130
    assert [one["order"] for one in stack.orders] == ["pause", "resume"]
