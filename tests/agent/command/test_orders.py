"""Orders on the command line: what is sent, and what is refused before it is sent."""

from typing import Any

import pytest

from agent.command.main import main
from agent.command.stack import KEY, URL, running_stack
from policy.command.errors import UsageError
from tests.agent.command.fake_stack import TENANT, WHO, Stack, reached


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Stack:
    """What the commands reach instead of a running stack."""
    return reached(monkeypatch)


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
