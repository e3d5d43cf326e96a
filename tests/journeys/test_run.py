"""`make run` as a program: what it shows, how it ends, and that it leaves nothing running."""

import os
import shlex
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from devhost.journey import read_journey
from devhost.production_guard import connection_string
from devhost.run import SAMPLE_TENANT
from devhost.tenant_settings import read_tenant
from tests.devhost.host_process import until
from tests.journeys.stacks import ROOT, SAMPLES, is_listening, processes_of

SHORT = "4-escalated.yaml"
_SECONDS = 120

Run = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """Start `python -m devhost.run` with its state in the test's own folder, and never leave it behind."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str | Path) -> subprocess.Popen[str]:
        command = [sys.executable, "-u", "-m", "devhost.run", "--state", tmp_path / "state", *arguments]
        pipe = subprocess.PIPE
        started.append(subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe, text=True, env=_environment()))
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def _environment() -> dict[str, str]:
    return {**os.environ, "COLUMNS": "200", "NO_COLOR": "1"}


def stories(folder: Path, **changes: str) -> Path:
    """A folder with the short story in it; each change is an old text and what stands in its place."""
    made = folder / "journeys"
    made.mkdir()
    text = (SAMPLES / "journeys" / SHORT).read_text(encoding="utf-8")
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    (made / SHORT).write_text(text, encoding="utf-8")
    return made


def read_until(process: subprocess.Popen[str], words: str) -> str:
    """Return what it printed up to the line that holds `words`."""
    assert process.stdout is not None
    timer = threading.Timer(_SECONDS, process.kill)
    timer.start()
    try:
        lines: list[str] = []
        for line in process.stdout:
            lines.append(line)
            if words in line:
                return "".join(lines)
    finally:
        timer.cancel()
    raise AssertionError(f"it never said `{words}`:\n{''.join(lines)}")


def test_once_tells_every_story_and_ends_well(run: Run, tmp_path: Path) -> None:
    process = run("--once")
    shown, errors = process.communicate(timeout=_SECONDS)
    assert (process.returncode, errors) == (0, ""), shown
    told = [read_journey(file) for file in sorted((SAMPLES / "journeys").glob("*.yaml"))]
    for number, story in enumerate(told, start=1):
        assert f"{number}. {story.title}" in shown
    # Below the table stand addresses with a random key, which may hold any two letters.
    table = shown.split("What happened")[1].split("all cases:")[0]
    assert shown.count("as expected") >= len(told) and "NO" not in table
    for part in ("step.decided", "action.group.ask-owner", "write.attempted", "effect.verified", "approval.given"):
        assert part in shown
    assert "Activity log of case" in shown and "all cases:" in shown
    (export,) = (line for line in shown.splitlines() if line.startswith("export "))
    named = dict(word.split("=", 1) for word in shlex.split(export)[1:])
    assert list(named) == ["REMIT_URL", "REMIT_KEY", "AzureWebJobsStorage"]
    assert f"{named['REMIT_URL']}/api/cases?code={named['REMIT_KEY']}" in shown
    assert connection_string("AzureWebJobsStorage", named) == named["AzureWebJobsStorage"]
    assert f"tenant id:      {read_tenant(SAMPLE_TENANT)['organization']['id']}" in shown
    assert "\n.venv/bin/python -m agent state\n.venv/bin/python -m agent log show CASE\n" in shown
    assert processes_of(tmp_path) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_everything_that_was_started(run: Run, tmp_path: Path, number: signal.Signals) -> None:
    process = run("--journeys", stories(tmp_path))
    shown = read_until(process, "press Ctrl-C")
    (address,) = {word for word in shown.split() if word.startswith("http://") and "/api/cases" in word}
    port = int(address.split(":")[2].split("/")[0])
    assert is_listening(port) and len(processes_of(tmp_path / "state")) >= 4
    process.send_signal(number)
    rest, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")
    assert "everything that was started has been ended" in rest
    assert processes_of(tmp_path / "state") == [] and not is_listening(port)


@pytest.mark.parametrize(
    ("step", "started"), [("starting Azurite", "azurite"), ("starting the function app", "devhost --app")]
)
def test_ctrl_c_in_the_middle_of_the_start_leaves_nothing_either(
    run: Run, tmp_path: Path, step: str, started: str
) -> None:
    process = run("--journeys", stories(tmp_path))
    read_until(process, step)
    # The moment between a process being there and being ready is where one is forgotten most easily.
    until(lambda: any(started in line and "devhost.run" not in line for line in processes_of(tmp_path / "state")))
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")
    assert processes_of(tmp_path / "state") == []


def test_a_story_that_does_not_end_as_told_is_shown_and_is_exit_code_1(run: Run, tmp_path: Path) -> None:
    told = stories(tmp_path, **{"outcome: escalated": "outcome: resolved"})
    # One story that ends well must not hide one that does not.
    shutil.copy(SAMPLES / "journeys" / SHORT, told / "9-well.yaml")
    process = run("--once", "--journeys", told)
    shown, errors = process.communicate(timeout=_SECONDS)
    assert (process.returncode, errors) == (1, "")
    assert "not as expected" in shown and ", as expected" in shown
    assert "expected the outcome `resolved`, got `escalated`" in shown
    assert processes_of(tmp_path) == []


def _missing_tenant(folder: Path) -> list[str | Path]:
    return ["--tenant", folder / "nowhere.json"]


def _broken_tenant(folder: Path) -> list[str | Path]:
    (folder / "tenant.json").write_text('{"schema": "corpus-tenant/1", "users": []}')
    return ["--tenant", folder / "tenant.json"]


def _no_yaml(folder: Path) -> list[str | Path]:
    (folder / "1-global.yaml").write_text("rules: [\n")
    return ["--policy", folder]


def _no_policy(folder: Path) -> list[str | Path]:
    text = (SAMPLES / "policy" / "1-global.yaml").read_text()
    (folder / "1-global.yaml").write_text(text.replace("effect: permit", "effect: alow"))
    return ["--policy", folder]


def _empty_policy(folder: Path) -> list[str | Path]:
    return ["--policy", folder]


def _broken_story(folder: Path) -> list[str | Path]:
    return ["--journeys", stories(folder, **{"outcome: escalated": "outcome: splendid"})]


def _no_stories(folder: Path) -> list[str | Path]:
    return ["--journeys", folder / "nowhere"]


@pytest.mark.parametrize(
    ("prepare", "named"),
    [
        (_missing_tenant, "nowhere.json"),
        (_broken_tenant, "organization"),
        (_no_yaml, "1-global.yaml"),
        (_no_policy, "1-global.yaml"),
        (_empty_policy, "policy"),
        (_broken_story, SHORT),
        (_no_stories, "nowhere"),
    ],
)
def test_what_cannot_be_started_is_one_sentence_and_exit_code_2(
    run: Run, tmp_path: Path, prepare: Callable[[Path], list[str | Path]], named: str
) -> None:
    folder = tmp_path / "given"
    folder.mkdir()
    process = run("--once", *prepare(folder))
    _, errors = process.communicate(timeout=_SECONDS)
    assert process.returncode == 2
    assert errors.startswith("remit: ") and named in errors and errors.count("\n") == 1
    assert processes_of(tmp_path / "state") == []
