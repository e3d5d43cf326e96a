"""The real function app through Microsoft's own azure-functions-runtime, against a live cloud and live storage."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from agent.model.case import Stage
from devhost.stack import LocalStack
from tests.devhost.host_process import REPOSITORY

STAGES = [stage.value for stage in Stage if stage is not Stage.CLOSED]
# A wake-up of a case that never was: what is left over is acknowledged, or it would come back for ever.
STALE = json.dumps({"case": "0123456789abcdef" * 2, "seq": 7})


def inputs() -> dict[str, dict[str, Any]]:
    """Every function of the app with a harmless input and the status that its HTTP answer must have."""
    nobodys = {"params": {"approval_id": f"{'0' * 32}-{'0' * 24}"}}
    unsigned = {"params": {"source": "service-desk"}, "body": '{"type": "ticket.created"}', "status": 401}
    return {
        "intake": unsigned,
        "messages": {"body": "{}", "status": 400},
        "slack": {"params": {"team": "T0"}, "body": "{}", "status": 401},
        "cases": {"method": "GET", "status": 200},
        "case": {"method": "GET", "params": {"case_id": "0" * 32}, "status": 404},
        "approval": {**nobodys, "method": "GET", "status": 200},
        "approval_answer": {**nobodys, "body": "answer=approve", "status": 403},
        "sign_in_begin": {"params": {"approval_id": "0"}, "method": "GET", "status": 404},
        "requests": {"method": "GET", "status": 200},
        "request_filed": {"body": "wish=x", "status": 403},
        "requests_sign_in": {"method": "GET", "status": 303},
        "request": {"params": {"case_id": "0" * 32}, "method": "GET", "status": 200},
        "request_answer": {"params": {"case_id": "0" * 32}, "body": "reply=x", "status": 403},
        "sign_in_end": {"body": "code=0", "status": 400},
        "controls": {"method": "GET", "status": 200},
        "control": {"body": "{}", "status": 400},
        "grants": {"method": "GET", "status": 200},
        "proposals": {"method": "GET", "status": 200},
        "grant": {"body": "{}", "status": 400},
        "memory": {"method": "GET", "status": 200},
        "forget": {"body": "{}", "status": 400},
        **{stage: {"text": STALE} for stage in STAGES},
        "sweep": {},
        "checkpoint": {},
    }


@pytest.fixture
def settings(stack: LocalStack, tmp_path: Path) -> Path:
    """The settings of the running stack, in the format of `local.settings.json`."""
    file = tmp_path / "local.settings.json"
    file.write_text(json.dumps({"Values": stack.settings}), encoding="utf-8")
    return file


def check(python: Path, settings: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the conformance check on the project's own `function_app.py`."""
    command = [python, "-m", "devhost.runtime_check", "--app", REPOSITORY, "--settings", settings, *arguments]
    # The environment wins over the file, so nothing of the developer's own may hide a setting.
    kept = {name: value for name, value in os.environ.items() if name not in _values(settings)}
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False, env=kept)


def _values(settings: Path) -> dict[str, str]:
    return dict(json.loads(settings.read_text(encoding="utf-8"))["Values"])


def test_the_runtime_indexes_every_function_of_the_app(python313: Path, settings: Path) -> None:
    done = check(python313, settings)
    assert done.returncode == 0, done.stderr
    *functions, last = done.stdout.splitlines()
    assert {line.split()[0] for line in functions} == set(inputs())
    assert last == f"{len(inputs())} functions, 0 not as expected"


def test_every_function_answers_under_the_runtime_as_it_should(python313: Path, settings: Path, tmp_path: Path) -> None:
    given = tmp_path / "inputs.json"
    given.write_text(json.dumps(inputs()), encoding="utf-8")
    done = check(python313, settings, "--invoke", "--inputs", given)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = {line.split()[0]: line for line in done.stdout.splitlines()[:-1]}
    assert "success 401" in lines["intake"] and "success 400" in lines["messages"]
    assert all("success in" in lines[name] for name in (*STAGES, "sweep"))


def test_a_status_that_was_not_expected_is_reported(python313: Path, settings: Path, tmp_path: Path) -> None:
    given = tmp_path / "inputs.json"
    given.write_text(json.dumps({**inputs(), "intake": {**inputs()["intake"], "status": 202}}), encoding="utf-8")
    done = check(python313, settings, "--invoke", "--inputs", given)
    assert done.returncode == 1
    assert "success 401" in done.stdout and "expected success 202" in done.stdout


def test_the_runtime_refuses_the_app_when_a_setting_is_missing(python313: Path, tmp_path: Path) -> None:
    file = tmp_path / "local.settings.json"
    file.write_text('{"Values": {}}', encoding="utf-8")
    done = check(python313, file)
    assert done.returncode == 1 and "`REMIT_APP_ID` is missing" in done.stderr
