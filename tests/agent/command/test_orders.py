"""Orders on the command line: what is sent, and what is refused before it is sent."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from agent.command.main import main
from agent.command.stack import KEY, URL, NotAnsweredError, RunningStack, running_stack
from policy.command.errors import UsageError
from tests.agent.command.fake_stack import NOW, TENANT, WHO, Stack, reached

CASE = "c" * 32


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Stack:
    """What the commands reach instead of a running stack."""
    return reached(monkeypatch)


@pytest.mark.parametrize(
    ("words", "sent"),
    [
        (["stop", "--stack"], {"order": "stop", "stack": True}),
        (["pause", "--tenant", TENANT], {"order": "pause", "tenant": TENANT}),
        (["resume", "--case", CASE], {"order": "resume", "case": CASE}),
        (
            ["modify", "--case", CASE, "--step", "2", "--set", "group_id=g", "--set", "size=7"],
            {"order": "modify", "case": CASE, "step": 2, "drop": False, "params": {"group_id": "g", "size": 7}},
        ),
        (
            ["modify", "--case", CASE, "--step", "1", "--drop"],
            {"order": "modify", "case": CASE, "step": 1, "drop": True, "params": {}},
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
        ["modify", "--case", CASE, "--step", "1", *WHO],
        ["modify", "--case", CASE, "--step", "1", "--drop", "--set", "a=1", *WHO],
    ],
)
def test_an_order_that_is_not_whole_is_never_sent(stack: Stack, words: list[str]) -> None:
    assert main(words) == 2 and stack.orders == []


def test_what_the_stack_refuses_is_said_and_is_no_success(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    stack.status = 409
    assert main(["stop", "--case", CASE, *WHO]) == 2
    assert "the stack answered 409: the case has ended" in capsys.readouterr().err


@pytest.mark.parametrize(
    "environment",
    [{}, {URL: "https://stack"}, {KEY: "k"}, {URL: "http://stack.example", KEY: "k"}, {URL: "ftp://stack", KEY: "k"}],
)
def test_the_key_never_goes_where_others_could_read_it(environment: dict[str, str]) -> None:
    with pytest.raises(UsageError), running_stack(environment):
        pass


@pytest.mark.parametrize("more", ["/api", "/?code=hidden", "#hidden"])
def test_an_address_with_more_than_a_host_is_refused_and_not_shown(more: str) -> None:
    environment = {URL: f"https://stack{more}", KEY: "k"}
    with pytest.raises(UsageError, match="only scheme and host") as refused, running_stack(environment):
        pass
    assert "hidden" not in str(refused.value)


@pytest.mark.parametrize("about", [{}, {"--step": "1"}])
@pytest.mark.parametrize("given", ["", "17", "C-1", "g" * 32, f"{CASE}\n"])
def test_what_is_no_case_id_is_refused_before_it_is_sent(
    stack: Stack, given: str, about: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["modify", "--drop", "--step", "1"] if about else ["stop"]
    assert main([*words, "--case", given, *WHO]) == 2 and stack.orders == []
    assert "expected a case id of 32 hex characters, as in the address of its page" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--case", CASE.upper()], f"case {CASE}"),
        (["--tenant", TENANT], f"tenant {TENANT}"),
        (["--stack"], "the whole stack"),
    ],
)
def test_the_answer_names_what_the_order_is_about_and_what_else_to_know(
    stack: Stack, words: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.note = "but the whole stack is paused"
    assert main(["pause", *words, *WHO]) == 0
    assert capsys.readouterr().out.splitlines() == [f"stored at {NOW.isoformat()}: pause of {named}", stack.note]


def test_the_state_says_of_a_case_whose_order_holds_it(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    control = {"state": "paused", "by": "Kim", "why": "an attack", "at": NOW.isoformat()}
    stack.held = [
        {"id": one * 32, "stage": "execute", "control": {**control, "scope": scope}}
        for one, scope in (("a", "case"), ("b", "tenant"))
    ]
    assert main(["state"]) == 0
    rows = [line for line in capsys.readouterr().out.splitlines() if "case " in line]
    assert ["paused (tenant)" in one for one in rows] == [False, True] and "paused" in rows[0]


def asked(answer: Callable[[httpx.Request], httpx.Response], *, order: bool = True) -> str:
    """What is said when a stack answers an order, or a question, like this."""
    stack = RunningStack(httpx.Client(base_url="https://stack", transport=httpx.MockTransport(answer)))
    with pytest.raises(NotAnsweredError) as said:
        stack.order({"order": "stop"}) if order else stack.state()
    return str(said.value)


def raising(problem: type[httpx.TransportError]) -> Callable[[httpx.Request], httpx.Response]:
    def answer(_request: httpx.Request) -> httpx.Response:
        raise problem("hidden")

    return answer


@pytest.mark.parametrize("problem", [httpx.ReadTimeout, httpx.WriteError, httpx.RemoteProtocolError])
def test_an_order_of_which_no_answer_was_read_is_never_told_as_failed(problem: type[httpx.TransportError]) -> None:
    said = asked(raising(problem))
    assert said == (
        f"nobody knows whether the order is stored (`{problem.__name__}`): look with `python -m agent state`, "
        "then give it again"
    )
    assert "order" not in asked(raising(problem), order=False)


@pytest.mark.parametrize("problem", [httpx.ConnectError, httpx.ConnectTimeout])
def test_an_order_that_reached_nobody_is_told_as_not_sent(problem: type[httpx.TransportError]) -> None:
    assert asked(raising(problem)) == "nobody answers at `REMIT_URL`; the order was not sent"
    assert asked(raising(problem), order=False) == "nobody answers at `REMIT_URL`"


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (401, "", "does not know the function key in `REMIT_KEY`"),
        (403, "<html>", "does not know the function key in `REMIT_KEY`"),
        (404, "<html>", "the stack answered 404: no reason was given"),
        (409, '{"error": "it has ended"}', "the stack answered 409: it has ended"),
        (503, '{"error": "give it again"}', "the stack answered 503: give it again"),
        (502, "<html>", "nobody knows whether the order is stored (`status 502`)"),
        (200, "<html>", "nobody knows whether the order is stored (`status 200`)"),
        (200, "[]", "nobody knows whether the order is stored (`status 200`)"),
        (200, "{}", "nobody knows whether the order is stored (`status 200`)"),
    ],
)
def test_whatever_answers_an_order_becomes_a_sentence(status: int, body: str, said: str) -> None:
    assert said in asked(lambda _request: httpx.Response(status, text=body))
