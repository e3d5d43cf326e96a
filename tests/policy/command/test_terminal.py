"""What a person at a terminal sees while a command works, and what is read as markup: nothing."""

import io
from pathlib import Path

import pytest
from rich.console import Console
from rich.panel import Panel

from policy.command.command import Terminal
from policy.command.cover_shown import named, names_in
from policy.command.main import main
from policy.command.printed import SafeConsole, without_controls
from policy.directory.snapshot import SCHEMA, parse_snapshot
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


# C0 but the line feed, DEL, and C1.
CONTROLS = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) != "\n"]
# What turns the order of what follows, what begins another line, what nobody sees, and what no terminal can be sent.
REORDERING = "\u061c\u200e\u200f\u202a\u202e\u2066\u2069\u2028\u2029"
UNSEEN = [*REORDERING, *"\u200b\u2060\ufeff\U000e0041", "\ud800", "\udfff"]


@pytest.mark.parametrize("control", [*CONTROLS, *UNSEEN], ids=ascii)
def test_no_control_character_of_foreign_text_is_printed(control: str) -> None:
    text = f"a{control}[2Jb"
    for foreign in (text, Panel(text, title=text)):
        file = io.StringIO()
        SafeConsole(file=file, width=40).print(foreign)
        assert control not in file.getvalue() and "[2Jb" in file.getvalue()


def test_letters_of_any_script_and_their_joiners_are_printed() -> None:
    text = "Büro 東京 क\u094d\u200dष 👩\u200d🔧"
    assert without_controls(f"{text}\n") == f"{text}\n"


def test_colours_and_marks_of_our_own_are_printed() -> None:
    file = io.StringIO()
    SafeConsole(file=file, force_terminal=True, color_system="standard").print("ours", style="bold")
    assert file.getvalue() == "\x1b[1mours\x1b[0m\n"


def test_no_answer_and_no_refusal_repeats_a_control_character(ask: Ask, policy: Path, catalogue: Path) -> None:
    for words in (
        ("check", policy / "\x1b[2J.yaml"),
        ("check", policy, "--tenant", "\x1b[2J"),
        ("check", policy / "\u202e2J\udcff.yaml"),
        ("explain", policy, "--action", "user.password.reset", "--facts", "\x9b2J=1"),
        ("check", policy, "--\x1b[2J"),
    ):
        said = ask(*words, "--catalogue", catalogue)
        assert "2j" in (said.out + said.err).lower()
        assert not {*CONTROLS, *UNSEEN} & set(said.out + said.err)


@pytest.mark.parametrize("name", ["HR, or is unknown", "any other value", "HR or IT", "`HR`"])
def test_a_department_whose_name_reads_like_policy_is_quoted(
    ask: Ask, policy: Path, catalogue: Path, name: str
) -> None:
    edit(policy, "5-action.yaml", old="requester.department: Sales", new=f'requester.department: "{name}"')
    quoted = name.replace("`", "\\`")
    for words in (("who-can", policy, "user.password.reset"), ("check", policy)):
        said = ask(*words, "--catalogue", catalogue)
        assert f"`{quoted}`" in said.words


def test_a_department_whose_name_is_a_screen_command_is_refused(ask: Ask, policy: Path, catalogue: Path) -> None:
    edit(policy, "5-action.yaml", old="requester.department: Sales", new='requester.department: "x\\n\\e[2J"')
    said = ask("check", policy, "--catalogue", catalogue)
    assert said.code == 2 and r"expected text without control characters, got `x\n\x1b[2J`" in said.err


def test_people_and_groups_whose_names_read_as_policy_are_quoted() -> None:
    one, other = "0a0a0a0a-0000-4000-8000-000000000001", "0a0a0a0a-0000-4000-8000-000000000002"
    users, groups = [{"id": one, "name": "Ann, or is unknown"}], [{"id": other, "name": "x\n2. anybody\x1b[2J"}]
    names = names_in(parse_snapshot({"schema": SCHEMA, "users": users, "groups": groups}, source="d.yaml"))
    said = named(f"requester.id is {one}, target.groups holds {other}", names)
    assert said == r"requester.id is `Ann, or is unknown`, target.groups holds `x\n2. anybody\x1b[2J`"
