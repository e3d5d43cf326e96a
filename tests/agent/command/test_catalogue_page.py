"""`docs/actions.md` is made from the catalogue, and says of every action what a reader must know."""

import json
from pathlib import Path

import pytest

from agent.actions import CATALOGUE
from agent.command.catalogue import data_of, page, summary, tier, told_by
from agent.command.main import main
from agent.lookups import LOOKUPS

PAGE = Path(__file__).parents[3] / "docs" / "actions.md"


def test_the_page_is_what_the_catalogue_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "docs/actions.md is out of date: run `python -m agent actions --markdown > docs/actions.md`"
    )


def test_the_command_prints_the_page_unwrapped(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["actions", "--markdown"]) == 0
    assert capsys.readouterr().out == page()


def _named(part: str) -> list[str]:
    return [line.split("`")[1] for line in part.splitlines() if line.startswith("| `")]


def test_every_action_and_lookup_stands_on_the_page_once() -> None:
    before, _, after = page().partition("## Who could do it without Remit")
    able, _, after = after.partition("## What parameters tell policy")
    parameters, _, lookups = after.partition("## Look-ups")
    rows, told = (_named(part) for part in (before + lookups, parameters))
    assert sorted(rows) == sorted([*CATALOGUE, *LOOKUPS]) and _named(able) == sorted(CATALOGUE)
    assert told == [name for name in sorted(CATALOGUE) if told_by(CATALOGUE[name])]


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_an_action_says_what_it_does_in_a_sentence(name: str) -> None:
    said = summary(CATALOGUE[name])
    assert 10 < len(said) <= 160 and said.endswith(".") and "|" not in said, said
    assert 1 <= tier(CATALOGUE[name]) <= 4


def test_the_catalogue_is_there_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["actions", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["actions"]
    assert told == [data_of(CATALOGUE[name]) for name in sorted(CATALOGUE)]
