"""The evaluation's clock: processes stand at the time at which an item was received, and it never goes back."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from evaluation import clock as clock_module
from evaluation.clock import Clock
from evaluation.errors import EvaluationError

RECEIVED = datetime(2031, 5, 9, 16, 45, tzinfo=UTC)
#: Says the time for each line that it reads, in two ways, and how much time had passed for those who wait.
SAYING = """
import sys, time
from datetime import UTC, datetime
began = time.monotonic()
for line in sys.stdin:
    print(datetime.now(UTC).isoformat(), time.time(), time.monotonic() - began, flush=True)
"""


@pytest.fixture
def clock(tmp_path: Path) -> Iterator[Clock]:
    with Clock(tmp_path / "clock") as kept:
        yield kept


@pytest.fixture
def other(clock: Clock) -> Iterator[subprocess.Popen[str]]:
    """A process started with nothing but the clock's environment."""
    environment = {**os.environ, **clock.environment}
    with subprocess.Popen(
        [sys.executable, "-c", SAYING], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


def _said(process: subprocess.Popen[str]) -> tuple[datetime, float, float]:
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write("\n")
    process.stdin.flush()
    moment, seconds, waited = process.stdout.readline().split()
    return datetime.fromisoformat(moment), float(seconds), float(waited)


def _is_just_after(found: datetime, moment: datetime) -> bool:
    return moment <= found < moment + timedelta(seconds=20)


def test_a_process_that_knows_nothing_of_it_follows_when_time_moves(clock: Clock, other: subprocess.Popen[str]) -> None:
    present = datetime.now(UTC)
    assert _is_just_after(_said(other)[0], present)
    for moment in (RECEIVED, RECEIVED + timedelta(days=40)):
        clock.wait_for(moment, followed_by=[other.pid])
        found, seconds, waited = _said(other)
        assert _is_just_after(found, moment) and abs(seconds - found.timestamp()) < 1
        assert waited < 20, "whoever waits goes by the machine"


def test_this_process_stands_at_the_same_time_and_is_back_in_the_present_afterwards(tmp_path: Path) -> None:
    present = datetime.now(UTC)
    with Clock(tmp_path / "clock") as kept:
        kept.wait_for(RECEIVED, followed_by=[])
        assert _is_just_after(datetime.now(UTC), RECEIVED) and time.time() > RECEIVED.timestamp()
    assert _is_just_after(datetime.now(UTC), present)


def test_it_starts_anywhere_and_from_then_on_never_goes_back(clock: Clock) -> None:
    past = datetime(2020, 2, 28, 8, tzinfo=UTC)
    clock.start_at(past)
    assert _is_just_after(datetime.now(UTC), past)
    clock.wait_for(past - timedelta(days=1), followed_by=[])
    assert _is_just_after(datetime.now(UTC), past)


def test_a_process_started_later_never_sees_another_time(clock: Clock) -> None:
    clock.start_at(RECEIVED)
    asking = [sys.executable, "-c", "import time; print(time.time())"]
    answer = subprocess.run(asking, env={**os.environ, **clock.environment}, capture_output=True, check=True)
    assert _is_just_after(datetime.fromtimestamp(float(answer.stdout), UTC), RECEIVED)


def test_a_process_that_does_not_follow_ends_the_evaluation(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock_module, "_PATIENCE_SECONDS", 0.1)
    with pytest.raises(EvaluationError, match=f"process {os.getppid()} "):
        clock.wait_for(RECEIVED, followed_by=[os.getppid()])


async def test_an_event_loop_waits_as_long_as_before_when_time_moves(clock: Clock) -> None:
    sleeping = asyncio.create_task(asyncio.sleep(0.2))
    await asyncio.sleep(0)
    clock.wait_for(RECEIVED, followed_by=[])
    await asyncio.sleep(0.05)
    assert not sleeping.done()
    await asyncio.wait_for(sleeping, timeout=10)
