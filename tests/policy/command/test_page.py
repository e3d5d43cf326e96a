"""Every command of docs/policy-command.md prints what the page shows, and the page shows every command."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from devhost import azurite
from policy.command.main import COMMANDS
from tests.policy.command.page import PAGE, ROOT, examples, run, settle, steady


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder with what the page speaks of, and a storage emulator of its own: the page shows digests of its state."""
    before = Path.cwd()
    with azurite.start(ROOT / ".remit", tmp_path / "azurite") as running:
        settle(tmp_path / "page", running.connection_string, set_environment=monkeypatch.setenv)
        yield
        os.chdir(before)


@pytest.mark.usefixtures("place")
def test_every_command_of_the_page_prints_what_the_page_shows() -> None:
    # One after the other: what is drafted by one is signed and published by those that follow.
    for words, shown in examples():
        assert run(words) == steady(shown), f"{words}: run `python -m tests.policy.command.page` and read what changed"


def test_the_page_shows_every_command() -> None:
    assert [one.name for one in COMMANDS if f"\n## `{one.name}`" not in PAGE.read_text(encoding="utf-8")] == []
    assert {words.split()[0] for words, _ in examples()} | {"schema"} == {one.name for one in COMMANDS}
