"""What the benchmark of the policy engine makes of its figures: targets, wrong answers, missing engines."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.errors import BenchError
from bench.policy import __main__ as command
from bench.policy import bulk, environments
from bench.policy.environments import Environments
from bench.policy.measure import Plan, Result, Size, measured
from bench.policy.peers import CEDAR, OURS, PEERS
from bench.policy.report import Report, times_ours
from bench.policy.work import work_of

FAST = Result(OURS, p50_us=2.0, p99_us=10.0, per_second=4e5, load_ms=300.0, held_bytes=1, checked=300, wrong=0)
SLOW = replace(FAST, contender=CEDAR, p50_us=2_500.0)
BULK = bulk.Bulk(
    rules=10_000,
    indexing_seconds=0.1,
    new_p50_us=6.0,
    new_p99_us=30.0,
    analysis_seconds=5.0,
    cells=1,
    replay_seconds=0.5,
    reading_seconds=1.0,
)


def report(*results: Result, rules: int = 10_000, whole: bulk.Bulk | None = BULK) -> Report:
    return Report((Size(rules, results, ()),), bulk=whole, growth=())


def held(one: Report) -> list[bool | None]:
    return [target.held for target in one.targets()]


def test_a_run_within_every_target_passes() -> None:
    found = report(FAST, SLOW)
    assert held(found) == [True] * 9 and found.passed
    assert times_ours(found.sizes[0], SLOW) == 1_250


@pytest.mark.parametrize(
    ("place", "broken"),
    [
        (0, report(replace(FAST, p50_us=8.1), replace(SLOW, p50_us=1e5))),
        (1, report(replace(FAST, p99_us=50.1), SLOW)),
        (2, report(replace(FAST, load_ms=400.1), SLOW)),
        (3, report(FAST, replace(SLOW, p50_us=1_999.0))),
        (5, report(FAST, SLOW, whole=replace(BULK, new_p50_us=8.1))),
        (6, report(FAST, SLOW, whole=replace(BULK, new_p99_us=50.1))),
        (7, report(FAST, SLOW, whole=replace(BULK, analysis_seconds=10.1))),
        (8, report(FAST, SLOW, whole=replace(BULK, replay_seconds=2.1))),
    ],
)
def test_one_broken_target_fails_the_run(place: int, broken: Report) -> None:
    assert held(broken) == [number != place for number in range(9)] and not broken.passed


def test_being_behind_cedar_at_any_size_fails_the_run() -> None:
    behind = report(FAST, replace(SLOW, p50_us=1.9), rules=10, whole=None)
    assert held(behind) == [None] * 4 + [False] + [None] * 4 and not behind.passed


def test_what_a_run_does_not_measure_is_not_broken() -> None:
    found = report(FAST, rules=10, whole=None)
    assert held(found) == [None] * 9 and found.passed


def test_a_wrong_answer_fails_the_run_whoever_gave_it() -> None:
    found = report(FAST, replace(SLOW, wrong=1))
    assert not found.passed
    assert found.wrong() == ["cedarpy 4.12.2 at 10,000 rules: 1 of 300 answers are not the specification's"]
    assert report(FAST, replace(SLOW, wrong=None)).passed


def test_the_report_as_json_tells_the_figures_and_the_targets() -> None:
    data = json.loads(report(FAST, SLOW).as_json())
    assert data["passed"] and [one["held"] for one in data["targets"]] == [True] * 9
    assert [one["times_ours"] for one in data["sizes"][0]["engines"]] == [1, 1_250]


def refusing(*_: Any) -> None:
    raise BenchError("cannot be installed: no such package")


def test_a_peer_that_cannot_be_installed_is_named_and_the_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environments, "_run", refusing)
    plan = Plan((10,), (CEDAR, replace(CEDAR, environment="", largest=9)), checked=20, rounds=1, seconds=0.01)
    kept = Environments(tmp_path / "envs", tell=lambda _: None)
    (size,) = measured(plan, kept, folder=tmp_path, tell=lambda _: None)
    assert [one.contender for one in size.results] == [OURS] and size.results[0].wrong == 0
    assert [one.reason for one in size.missing] == [
        "cannot be installed: no such package",
        "not run above 9 rules: it would take too long",
    ]


def test_an_engine_that_fails_is_named_with_its_last_words(tmp_path: Path) -> None:
    plan = Plan((10,), (replace(CEDAR, engine="nothing", environment=""),), checked=5, rounds=1, seconds=0.01)
    (size,) = measured(plan, Environments(tmp_path, tell=lambda _: None), folder=tmp_path, tell=lambda _: None)
    assert "does not run: ModuleNotFoundError" in size.missing[0].reason


def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Callable[[list[str]], None]) -> Environments:
    monkeypatch.setattr(environments, "_run", run)
    return Environments(tmp_path, tell=lambda _: None)


def test_an_environment_is_made_once_and_again_when_its_requirements_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands: list[str] = []

    def run(command: list[str]) -> None:
        commands.append(command[2])
        (tmp_path / "cedarpy").mkdir(exist_ok=True)

    for _ in range(2):
        python = made(tmp_path, monkeypatch, run).python("cedarpy")
        assert python.is_relative_to(tmp_path / "cedarpy")
    assert commands == ["venv", "pip"]
    (tmp_path / "cedarpy" / "installed.txt").write_text("older", "utf-8")
    made(tmp_path, monkeypatch, run).python("cedarpy")
    assert commands == ["venv", "pip"] * 2


def test_an_installation_that_fails_is_tried_once_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []

    def run(command: list[str]) -> None:
        tried.append(command[2])
        refusing()

    kept = made(tmp_path, monkeypatch, run)
    for _ in range(2):
        with pytest.raises(BenchError, match="no such package"):
            kept.python("cel")
    assert tried == ["venv"]


def test_the_analysis_and_the_replay_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "HISTORY", 300)
    monkeypatch.setattr(bulk, "NEVER_SEEN", 50)
    found = bulk.bulk_of(work_of(60, checked=0), tell=lambda _: None)
    assert found.rules == 60 and found.cells > 500 and 0 < found.new_p50_us <= found.new_p99_us


def test_the_command_prints_one_json_object_and_its_exit_code_says_whether_it_passed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert command.main(["--sizes", "10", "--peers", "none", "--quick", "--checked", "30", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["passed"] and [one["name"] for one in data["sizes"][0]["engines"]] == ["remit"]


@pytest.mark.parametrize("arguments", [["--peers", "opa"], ["--sizes", "0"], ["--checked", "0"]])
def test_an_argument_that_makes_no_sense_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(arguments) == 2
    assert "expected" in capsys.readouterr().err


def test_every_peer_is_listed_in_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert all(one.engine in said for one in PEERS)
