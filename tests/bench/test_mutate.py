"""The mutation checker on a small tree: what is tested dies, what is not tested survives and is named."""

import io
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from bench.allowed_mutants import Allowed
from bench.errors import BenchError
from bench.mutant_pool import Worker
from bench.mutant_report import Report
from bench.mutant_worker import Task
from bench.mutate import ROOT, Campaign, main

MODULE = "policy/age.py"
SOURCE = "def may_drive(age: int) -> bool:\n    return age >= 18\n"
GOOD_TEST = (
    "from policy.age import may_drive\n\n\n"
    "def test_from_eighteen_on() -> None:\n    assert [may_drive(one) for one in (17, 18, 19)] == [False, True, True]\n"
)
WEAK_TEST = GOOD_TEST.replace("(17, 18, 19)", "(17, 19)").replace("[False, True, True]", "[False, True]")
BOUNDARY = Allowed(
    file=MODULE,
    within="may_drive",
    before="age >= 18",
    after="age > 18",
    reason="Nobody in this test is eighteen years old.",
)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "bench", tmp_path / "bench", ignore=shutil.ignore_patterns("__pycache__"))
    for name, text in {
        MODULE: SOURCE,
        "tests/policy/test_age.py": GOOD_TEST,
        "pytest.ini": "[pytest]\npythonpath = .\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def run(tree: Path, *allowed: Allowed) -> Report:
    return Campaign(tree, modules=[MODULE], allowed=allowed, jobs=1).run(Console(file=io.StringIO()))


def test_mutants_die_of_a_test_that_sees_them_and_the_tree_is_untouched(tree: Path) -> None:
    report = run(tree)
    assert report.passed and len(report.judged) == 4
    assert {one.outcome.by for one in report.judged} == {"tests/policy/test_age.py::test_from_eighteen_on"}
    assert (tree / MODULE).read_text("utf-8") == SOURCE


def test_a_mutant_that_no_test_sees_survives_and_is_named(tree: Path) -> None:
    (tree / "tests/policy/test_age.py").write_text(WEAK_TEST, encoding="utf-8")
    report = run(tree)
    assert not report.passed
    assert [str(one.mutant) for one in report.survivors] == [
        "policy/age.py:2 in `may_drive`: `age >= 18` -> `age > 18`"
    ]
    assert '"survived": 1' in report.as_json()
    assert run(tree, BOUNDARY).passed


def test_a_mutant_that_is_allowed_and_dies_all_the_same_is_stale(tree: Path) -> None:
    report = run(tree, BOUNDARY)
    assert not report.passed and report.stale == (str(BOUNDARY),)


def test_a_test_that_fails_without_any_change_stops_the_run(tree: Path) -> None:
    (tree / "tests/policy/test_age.py").write_text(GOOD_TEST.replace("17", "20"), encoding="utf-8")
    with pytest.raises(BenchError, match="test_from_eighteen_on"):
        run(tree)


@pytest.fixture
def worker(tree: Path) -> Iterator[Worker]:
    started = Worker(tree)
    yield started
    started.close()


def test_a_mutant_that_never_ends_is_stopped_and_leaves_nothing_behind(worker: Worker) -> None:
    endless = "def may_drive(age: int) -> bool:\n    while True:\n        pass\n"
    tests = (("tests/policy/test_age.py",),)
    assert worker.judge(Task(MODULE, endless, tests, "fast", timeout_seconds=2)).fate == "timeout"
    assert worker.judge(Task("", "", tests, "fast", timeout_seconds=60)).fate == "survived"


def test_a_mutant_that_cannot_be_loaded_is_dead(worker: Worker) -> None:
    outcome = worker.judge(Task(MODULE, "import nothing_of_this_name\n", (("tests/policy/test_age.py",),), "fast", 60))
    assert (outcome.fate, outcome.by) == ("killed", "tests/policy/test_age.py")


def test_a_module_without_a_suite_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--module", "agent/intake.py"]) == 2
    assert "`agent/intake.py`" in capsys.readouterr().err
