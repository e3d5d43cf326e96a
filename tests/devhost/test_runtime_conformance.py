"""The app through Microsoft's own azure-functions-runtime, on Python 3.13; skipped where there is no Python 3.13."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.devhost.host_process import REPOSITORY, SAMPLE_APP, HostProcess

SETTINGS = {"PREFIX": "check-", "TICK_SCHEDULE": "0 * * * * *", "AzureWebJobsStorage": "UseDevelopmentStorage=true"}
INPUTS = {
    "item": {"params": {"id": "7"}},
    "send": {"body": '{"one": "x", "many": ["a"]}'},
    "work": {"text": '{"name": "checked"}'},
    "boom": {"expect": "failure"},
    "silent": {"expect": "failure"},
    "returns": {"expect": "failure"},
}


def _check(python: Path, app: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    sets = [part for name, value in SETTINGS.items() for part in ("--set", f"{name}={value}")]
    command = [str(python), "-m", "devhost.runtime_check", "--app", str(app), *sets, *arguments]
    return subprocess.run(
        command, cwd=REPOSITORY, capture_output=True, text=True, check=False, env={**os.environ, **environ}
    )


def test_the_runtime_indexes_the_same_functions_as_this_host(python313: Path, host: HostProcess) -> None:
    done = _check(python313, SAMPLE_APP)
    names = [line.split()[0] for line in done.stdout.splitlines()[:-1]]
    assert done.returncode == 0, done.stderr
    assert sorted(names, key=str.lower) == host.functions


def test_the_runtime_invokes_every_function_with_the_outcome_this_host_gives(python313: Path, tmp_path: Path) -> None:
    inputs, journal = tmp_path / "inputs.json", tmp_path / "journal"
    inputs.write_text(json.dumps(INPUTS))
    done = _check(python313, SAMPLE_APP, "--invoke", "--inputs", str(inputs), SAMPLE_JOURNAL=str(journal))
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].endswith("functions, 0 not as expected")
    events = {json.loads(line)["event"] for line in journal.read_text().splitlines()}
    assert {"work", "work-done", "chain", "returns", "tick", "startup"} <= events


def test_an_outcome_that_was_not_expected_is_reported_without_its_text(python313: Path, tmp_path: Path) -> None:
    inputs = tmp_path / "inputs.json"
    inputs.write_text(json.dumps({**INPUTS, "boom": {}, "echo": {"expect": "failure"}}))
    done = _check(python313, SAMPLE_APP, "--invoke", "--inputs", str(inputs))
    assert done.returncode == 1
    assert "failure RuntimeError" in done.stdout and done.stdout.splitlines()[-1].endswith("2 not as expected")
    assert "a secret detail" not in done.stdout + done.stderr


APPS = [
    (
        "import azure.functions as func\napp = func.FunctionApp()\n"
        '@app.route(route="x")\n@app.queue_output(arg_name="out", queue_name="q", connection="C")\n'
        "def f(req: func.HttpRequest, out: func.Out[list[str]]) -> str: return ''\n",
        "has invalid non-type annotation",
    ),
    ("import a_module_that_is_not_there\n", "a_module_that_is_not_there"),
    ("import azure.functions as func\n", "Could not find top level function app instances"),
]


@pytest.mark.parametrize(("source", "reason"), APPS)
def test_an_app_this_host_refuses_is_refused_by_the_runtime_too(
    python313: Path, tmp_path: Path, source: str, reason: str
) -> None:
    (tmp_path / "function_app.py").write_text(source)
    done = _check(python313, tmp_path)
    assert done.returncode == 1
    assert reason in done.stderr


def test_the_check_refuses_to_run_where_it_looks_like_production(python313: Path) -> None:
    done = _check(python313, SAMPLE_APP, "--invoke", WEBSITE_SITE_NAME="x")
    assert (done.returncode, done.stdout) == (1, "")
    assert "`WEBSITE_SITE_NAME` is set" in done.stderr
