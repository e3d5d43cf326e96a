"""A whole local stack seals its log by its timer, and a stranger verifies what it exports."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from agent.command.main import main
from agent.storage.connections import CONNECTION_STRING
from devhost.desk import Desk
from devhost.journey import play, read_journey
from devhost.stack import LocalStack
from tests.house.documents import ROOT
from tests.journeys.stacks import SAMPLES


def seal(stack: LocalStack) -> dict[str, Any]:
    """Let the timer run now; return what the host counted once it has."""

    def tally() -> dict[str, Any]:
        counted = httpx.get(f"{stack.url}/admin/health").json()["functions"]["checkpoint"]
        return dict(counted)

    before = tally()
    assert httpx.post(f"{stack.url}/admin/functions/checkpoint", json={"input": ""}).status_code == 202
    until = time.monotonic() + 60
    while tally()["succeeded"] + tally()["failed"] == before["succeeded"] + before["failed"]:
        assert time.monotonic() < until, "the timer did not run"
        time.sleep(0.1)
    return tally()


def test_what_a_story_left_in_the_log_is_sealed_and_verified_by_a_stranger(
    stack: LocalStack, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # One that changes nothing and so can be told again, whatever other stories left in the tenant.
    (story,) = (SAMPLES / "journeys").glob("*-refused.yaml")
    told = play(read_journey(story), desk, watch=lambda _case_id, _case: None)
    tally = seal(stack)
    assert tally["succeeded"] and not tally["failed"]
    monkeypatch.setenv(CONNECTION_STRING, stack.storage)
    file = tmp_path / "log.jsonl"
    assert main(["log", "export", str(file), "--tenant", stack.tenant_id]) == 0
    capsys.readouterr()
    assert main(["log", "key", "--tenant", stack.tenant_id, "--json"]) == 0
    key = json.loads(capsys.readouterr().out)["public_key"]
    assert main(["log", "verify", str(file), "--key", key, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert told.case["id"] in found["cases"], sorted(found["cases"])
    state = found["cases"][told.case["id"]]
    assert state["entries"] == state["sealed"] > 15
    command = [sys.executable, "-I", "-S", str(ROOT / "verify_log.py"), str(file), "--key", key]
    alone = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert alone.returncode == 0 and "everything holds" in alone.stdout, alone.stdout
    # The private key is in the tenant's vault and nowhere else.
    secrets = stack_secrets(stack)
    private = secrets["remit-log-key"][-1]["value"]
    assert private not in file.read_text(encoding="utf-8")
    assert all(private not in log.read_text(errors="replace") for log in stack.plan.state.glob("devhost.log"))


def stack_secrets(stack: LocalStack) -> dict[str, Any]:
    state = httpx.get(f"{stack.cloud['control']}/state").json()
    return dict(state["tenants"][stack.tenant_id]["vault"]["secrets"])
