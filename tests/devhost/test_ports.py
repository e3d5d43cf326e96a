import socket
from pathlib import Path

import pytest

from devhost import ports
from devhost.errors import ToolError
from devhost.stack import LocalStack
from tests.journeys.stacks import plan


def test_a_port_of_ours_is_none_that_an_outgoing_connection_is_given() -> None:
    lowest, highest = (int(each) for each in ports._RANGE.read_text(encoding="ascii").split())

    assert not [port for port in (ports.free_port() for _ in range(200)) if lowest <= port <= highest]


def test_a_port_that_somebody_listens_on_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server((ports.HOST, ports.free_port())) as taken:
        number = taken.getsockname()[1]
        proposed = iter((number, ports.free_port()))
        monkeypatch.setattr(ports.random, "randrange", lambda *_: next(proposed))

        assert ports.free_port() != number


@pytest.mark.parametrize("text", ["", "words", "1024 65535"])
def test_a_machine_that_says_nothing_of_use_about_its_ports_still_gets_one(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "range"
    path.write_text(text, encoding="ascii")
    monkeypatch.setattr(ports, "_RANGE", path)

    assert ports._LOWEST <= ports.free_port() < ports._OUTGOING_FROM


def test_a_process_that_ends_before_it_is_ready_is_quoted(tmp_path: Path) -> None:
    stack = LocalStack(plan(tmp_path), progress=lambda text: None)

    with pytest.raises(ToolError, match=r"ended with 3; its last line: the port is taken\): see `.*host\.log`"):
        stack._launch("host", ["-c", "import sys; print('the port is taken', file=sys.stderr); sys.exit(3)"])
    stack.stop()
