"""Workers that run tests side by side, each in its own copy of the tree: nobody's work in progress is touched."""

import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from bench.errors import BenchError
from bench.mutant_worker import Outcome, Task

_NOT_COPIED: Final = (".git", ".venv*", ".remit", "node_modules", "__pycache__", ".*_cache", ".hypothesis")


def copy_of(root: Path) -> tempfile.TemporaryDirectory[str]:
    """Return a copy of the sources below `root`, without what was installed or is kept there between runs."""
    copy = tempfile.TemporaryDirectory(prefix="remit-mutate-", ignore_cleanup_errors=True)
    shutil.copytree(root, copy.name, ignore=shutil.ignore_patterns(*_NOT_COPIED), dirs_exist_ok=True)
    return copy


class Worker:
    """One copy of the tree below `root`, and the process that runs tests in it."""

    def __init__(self, root: Path) -> None:
        self._copy = copy_of(root)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.mutant_worker"],
            cwd=self._copy.name,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            # A group of its own: Ctrl-C is for us, and `close` ends whatever a test has started there.
            start_new_session=True,
        )

    def judge(self, task: Task) -> Outcome:
        """Run one task in the copy.

        Raises:
            BenchError: the worker ended without an answer.
        """
        assert self._process.stdin and self._process.stdout, "both were asked for as pipes"
        with suppress(BrokenPipeError):
            self._process.stdin.write(f"{json.dumps(asdict(task))}\n")
            self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline() or "{}")
        if not answer:
            raise BenchError("expected an answer of a worker, got its end: see its words above")
        return Outcome(**answer)

    def close(self) -> None:
        """End the process and all that it started, and remove the copy."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()
        self._copy.cleanup()


class Pool:
    """Idle workers; `judge` may be called from as many threads as there are workers."""

    def __init__(self, workers: Sequence[Worker]) -> None:
        self._idle: queue.SimpleQueue[Worker] = queue.SimpleQueue()
        for worker in workers:
            self._idle.put(worker)

    def judge(self, task: Task) -> Outcome:
        """Run one task on the next idle worker.

        Raises:
            BenchError: the worker ended without an answer.
        """
        worker = self._idle.get()
        try:
            return worker.judge(task)
        finally:
            self._idle.put(worker)


@contextmanager
def workers_on(root: Path, jobs: int) -> Iterator[Pool]:
    """Start `jobs` workers on copies of `root`; end them and remove the copies afterwards."""
    with ExitStack() as stack:
        workers = []
        for _ in range(jobs):
            workers.append(Worker(root))
            stack.callback(workers[-1].close)
        yield Pool(workers)
