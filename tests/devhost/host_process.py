"""A development host as a subprocess, and what a test can ask it from outside."""

import base64
import http.client
import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.storage.queue import QueueServiceClient

REPOSITORY = Path(__file__).parents[2]
SAMPLE_APP = Path(__file__).parent / "sample_app"
NEVER = "0 0 0 1 1 *"

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer, headers lower-cased."""

    status: int
    headers: Mapping[str, str]
    body: str

    def json(self) -> Any:
        """Return the parsed body."""
        return json.loads(self.body)


@dataclass(slots=True)
class HostProcess:
    """One running host. Its queues are prefixed, so that hosts do not take each other's messages."""

    process: subprocess.Popen[str]
    port: int
    functions: list[str]
    folder: Path
    prefix: str
    settings: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def start(cls, folder: Path, arguments: Sequence[str], *, settings: Mapping[str, str]) -> Self:
        """Start it and wait for its ready line."""
        settings = {
            "PREFIX": f"h{next(_numbers)}-{os.getpid()}-",
            "TICK_SCHEDULE": NEVER,
            "SAMPLE_JOURNAL": str(folder / "journal"),
            **settings,
        }
        process = launch(folder, ["--port", "0", *arguments], settings=settings)
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, (folder / "stderr").read_text()
        ready = json.loads(line)
        assert ready["ready"] is True
        return cls(process, ready["port"], ready["functions"], folder, settings["PREFIX"], settings)

    def stop(self) -> int:
        """End it gently and return its exit code."""
        self.process.terminate()
        return self.wait()

    def wait(self) -> int:
        """Wait for its end and return its exit code."""
        code = self.process.wait(20)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code

    @property
    def stderr(self) -> str:
        """Everything it wrote there so far."""
        return (self.folder / "stderr").read_text()

    def request(
        self, path: str, method: str = "GET", *, body: str | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send one request and return the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body=body, headers=dict(headers or {}))
            answer = connection.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read().decode())
        finally:
            connection.close()

    def journal(self, event: str, **facts: Any) -> list[dict[str, Any]]:
        """Return the lines functions wrote for `event` with these facts, oldest first."""
        file = Path(self.settings["SAMPLE_JOURNAL"])
        lines = file.read_text().splitlines() if file.exists() else []
        entries = [json.loads(line) for line in lines]
        return [e for e in entries if e["event"] == event and all(e.get(k) == v for k, v in facts.items())]

    def until_journal(self, event: str, count: int = 1, **facts: Any) -> list[dict[str, Any]]:
        """Wait until there are `count` such lines and return them."""
        until(lambda: len(self.journal(event, **facts)) >= count)
        return self.journal(event, **facts)


def launch(folder: Path, arguments: Sequence[str], *, settings: Mapping[str, str]) -> subprocess.Popen[str]:
    """Start `python -m devhost` on the sample app; its stderr goes to a file in `folder`."""
    command = [sys.executable, "-m", "devhost", "--app", str(SAMPLE_APP), "--state", str(folder / "state")]
    sets = [part for name, value in settings.items() for part in ("--set", f"{name}={value}")]
    with (folder / "stderr").open("w") as stderr:
        return subprocess.Popen(
            [*command, *sets, *arguments], cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=stderr, text=True
        )


def until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait until `condition` holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.02)


def put(queues: QueueServiceClient, name: str, text: str) -> None:
    """Put `text`, base64-encoded, into the queue `name`, creating it when missing."""
    put_raw(queues, name, base64.b64encode(text.encode()).decode())


def put_raw(queues: QueueServiceClient, name: str, content: str) -> None:
    """Put `content` as it is into the queue `name`, creating it when missing."""
    client = queues.get_queue_client(name)
    try:
        client.create_queue()
    except ResourceExistsError:
        pass
    client.send_message(content)


def peek_raw(queues: QueueServiceClient, name: str) -> list[str]:
    """Return the raw contents of the visible messages of `name`; a missing queue is empty."""
    try:
        return [message.content for message in queues.get_queue_client(name).peek_messages(32)]
    except ResourceNotFoundError:
        return []


def peek(queues: QueueServiceClient, name: str) -> list[str]:
    """Return the decoded texts of the visible messages of `name`."""
    return [base64.b64decode(content).decode() for content in peek_raw(queues, name)]


def held(queues: QueueServiceClient, name: str) -> int:
    """Return how many messages `name` holds, hidden ones included."""
    try:
        return queues.get_queue_client(name).get_queue_properties().approximate_message_count or 0
    except ResourceNotFoundError:
        return 0
