"""Ctrl-C waits while a process is being started, and is never lost."""

import os
import signal
import subprocess
import sys
import threading

import pytest

from devhost.interrupts import undisturbed


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_waits_for_the_end_of_the_block_and_then_happens_once(number: signal.Signals) -> None:
    came: list[int] = []
    kept = signal.signal(number, lambda one, _: came.append(one))
    try:
        with undisturbed():
            os.kill(os.getpid(), number)
            os.kill(os.getpid(), number)
            assert came == []
        assert came == [number]
        os.kill(os.getpid(), number)
        assert came == [number, number]
    finally:
        signal.signal(number, kept)


def test_a_keyboard_interrupt_comes_after_the_block() -> None:
    steps = []
    # Whoever starts a process in the background may have it ignore Ctrl-C, and Python leaves that as it finds it.
    kept = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt), undisturbed():
            os.kill(os.getpid(), signal.SIGINT)
            steps.append("the block went on")
    finally:
        signal.signal(signal.SIGINT, kept)
    assert steps == ["the block went on"]


def test_an_error_in_the_block_is_not_hidden_and_the_handlers_are_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(ValueError, match="x"), undisturbed():
        raise ValueError("x")
    assert signal.getsignal(signal.SIGINT) is before


def test_a_process_started_meanwhile_can_be_ended_as_usual() -> None:
    with undisturbed():
        process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    process.terminate()
    assert process.wait(20) == -signal.SIGTERM


def test_off_the_main_thread_it_does_nothing() -> None:
    done = []

    def work() -> None:
        with undisturbed():
            done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [True]
