"""What a person at a terminal sees while a command works, and what is read as markup: nothing."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from policy.command.command import Terminal
from policy.command.main import main
from tests.policy.command.conftest import Ask, edit


def test_a_long_command_shows_what_it_is_doing_on_a_terminal_only() -> None:
    said = {}
    for terminal in (True, False):
        file = io.StringIO()
        with Terminal(Console(file=file), Console(file=file, force_terminal=terminal)).working("proving 3 of 7"):
            pass
        said[terminal] = file.getvalue()
    assert "proving 3 of 7" in said[True] and said[False] == ""


def test_ctrl_c_ends_a_command_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("policy.command.schema.document_schema", interrupted)
    assert main(["schema"]) == 130
    assert capsys.readouterr().err == "policy: stopped\n"


@pytest.mark.parametrize("text", ["[red]", "[/]", ":warning:", "a [link=x]b"])
def test_what_people_write_is_never_read_as_markup(ask: Ask, policy: Path, catalogue: Path, text: str) -> None:
    edit(policy, "5-action.yaml", old="requester.department: Sales", new=f"requester.department: '{text}'")
    shown = ask("explain", policy, "--action", "user.password.reset", "--catalogue", catalogue)
    assert f"requester.department were {text}" in shown.words
    said = ask("prove", policy, f"never allow * where requester.department='\"{text}\"'", "--catalogue", catalogue)
    assert said.code == 1 and f"requester.department is {text}" in said.words
