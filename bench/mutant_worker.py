"""The process that runs tests on one mutant after another, in a copy of the tree that is its own.

Started as `python -m bench.mutant_worker` inside the copy. It loads the test tools once and forks for every
mutant, so each one meets fresh modules of ours without paying for pytest and its friends again. It reads one
`Task` as JSON per line from stdin and answers one `Outcome` as JSON per line on stdout.
"""

import importlib
import json
import os
import resource
import select
import signal
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, NoReturn, Self

import pytest

# Loaded before the fork and shared by all children. Nothing of ours is among them: a mutant is loaded anew.
_SHARED = (
    "hypothesis.strategies",
    "pydantic.main",
    "pydantic.functional_serializers",
    "pydantic.functional_validators",
    "yaml",
    "httpx",
    "aiohttp",
    "cryptography.x509",
    "pytest_asyncio",
)
# pytest would warn that it came too late to rewrite the asserts of its plugins, which hold none of our promises.
_QUIET = ("-x", "-W", "ignore::pytest.PytestAssertRewriteWarning")
# A mutant may loop for ever and collect something while it does.
_MAX_MEMORY_BYTES = 4 * 1024**3


@dataclass(frozen=True, slots=True)
class Task:
    """Run `rounds` of test files, one round after the other up to the first failure, while `file` holds `code`.

    An empty `file` changes nothing. `profile` is a hypothesis profile of tests/policy/conftest.py.
    """

    file: str
    code: str
    rounds: tuple[tuple[str, ...], ...]
    profile: Literal["fast", "full"]
    timeout_seconds: float

    @classmethod
    def parse(cls, line: str) -> Self:
        """Read what `json.dumps(asdict(task))` wrote."""
        fields: dict[str, Any] = json.loads(line)
        return cls(**{**fields, "rounds": tuple(tuple(one) for one in fields["rounds"])})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the tests said. `by` is the test that failed; empty when the tests could not even be loaded."""

    fate: Literal["killed", "survived", "timeout"]
    by: str
    seconds: float


class FirstFailure:
    """A pytest plugin that writes the id of what failed into a pipe."""

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a failed test."""
        self._note(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a file that could not be loaded."""
        self._note(report)

    def _note(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        if report.failed:
            os.write(self._pipe, f"{report.nodeid}\n".encode())


def judge(task: Task) -> Outcome:
    """Put the mutant in place, run its tests in a child process, and put the original back."""
    started = time.monotonic()
    if not task.file:
        return _in_child(task, started=started)
    path = Path(task.file)
    original, times = path.read_bytes(), path.stat()
    path.write_text(task.code, encoding="utf-8")
    # An age of its own, or Python could take the compiled form of the original for this one's.
    os.utime(path, (0, 0))
    try:
        return _in_child(task, started=started)
    finally:
        path.write_bytes(original)
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def _in_child(task: Task, *, started: float) -> Outcome:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _run_and_leave(task, writer)
    os.close(writer)
    said, ended = _read(reader, until=started + task.timeout_seconds)
    os.close(reader)
    if not ended:
        os.kill(child, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    by, seconds = said.partition("\n")[0], time.monotonic() - started
    if not ended:
        return Outcome("timeout", by, seconds)
    # The same files pass unchanged (see the baseline), so whatever is not a pass is this mutant's death.
    return Outcome("survived" if status == 0 else "killed", by, seconds)


def _read(pipe: int, *, until: float) -> tuple[str, bool]:
    """Return what came through the pipe, and whether its other end was closed, which is the child's end."""
    said = b""
    while select.select([pipe], [], [], max(0.0, until - time.monotonic()))[0]:
        chunk = os.read(pipe, 65_536)
        if not chunk:
            return said.decode(errors="replace"), True
        said += chunk
    return said.decode(errors="replace"), False


def _run_and_leave(task: Task, pipe: int) -> NoReturn:
    status = 1
    try:
        resource.setrlimit(resource.RLIMIT_AS, (_MAX_MEMORY_BYTES, _MAX_MEMORY_BYTES))
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nowhere, stream)
        sys.dont_write_bytecode = bool(task.file)
        os.environ["REMIT_HYPOTHESIS_PROFILE"] = task.profile
        for files in task.rounds:
            # The conftest of all tests starts what these do not need: half of a mutant's time.
            cut = f"--confcutdir={os.path.commonpath([Path(file).parent for file in files])}"
            status = int(pytest.main([*_QUIET, cut, *files], plugins=[FirstFailure(pipe)]))
            if status:
                break
    finally:
        os._exit(status)


def main() -> None:
    """Answer tasks until stdin ends."""
    for name in _SHARED:
        importlib.import_module(name)
    for line in sys.stdin:
        print(json.dumps(asdict(judge(Task.parse(line)))), flush=True)


if __name__ == "__main__":
    main()
