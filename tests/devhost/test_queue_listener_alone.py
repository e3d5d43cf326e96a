"""How a queue listener waits, and what it does when storage or itself breaks, without a storage service."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError, ServiceRequestError
from azure.storage.queue import QueueMessage
from azure.storage.queue.aio import QueueClient

from devhost.crash import Misfortune
from devhost.errors import ListenerError
from devhost.function import Binding, LoadedFunction
from devhost.host import _run_or_end
from devhost.host_config import QueueConfig
from devhost.invocation import Invoker
from devhost.queue_listener import QueueListener
from devhost.queue_store import QueueStore, is_taken_over


class EmptyQueue:
    """A queue that is polled in vain; it may not exist yet. `polls` are loop times."""

    def __init__(self, *, missing: bool) -> None:
        self.missing = missing
        self.polls: list[float] = []
        self.sent = 0

    def receive_messages(self, **_: Any) -> Any:
        """Answer like the SDK: an object with pages."""
        return SimpleNamespace(by_page=self._pages)

    async def send_message(self, content: str) -> None:
        """Count the message."""
        self.sent += 1

    async def _pages(self) -> AsyncIterator[AsyncIterator[Any]]:
        self.polls.append(asyncio.get_running_loop().time())
        if self.missing:
            raise ResourceNotFoundError("no such queue")
        yield _nothing()


async def _nothing() -> AsyncIterator[Any]:
    for message in ():
        yield message


class OneQueueStore(QueueStore):
    """A store whose every queue is the given one."""

    def __init__(self, queue: EmptyQueue) -> None:
        super().__init__({}, "base64")
        self.queue = queue

    def client(self, connection: str, queue: str) -> Any:
        """Return the one queue."""
        return self.queue


def _listener(queue: EmptyQueue, max_polling: str) -> QueueListener:
    trigger = Binding("msg", "queueTrigger", {"queueName": "q", "connection": "C"})
    function = LoadedFunction("f", lambda: None, trigger, {}, None, wants_context=False, is_async=True)
    config = QueueConfig.model_validate({"maxPollingInterval": max_polling})
    return QueueListener(function, "q", config, OneQueueStore(queue), cast(Invoker, None), Misfortune())


@pytest.mark.parametrize("missing", [False, True])
async def test_an_empty_or_missing_queue_is_polled_with_doubling_waits(missing: bool) -> None:
    queue = EmptyQueue(missing=missing)
    listener = _listener(queue, "00:00:00.300")
    task = asyncio.create_task(listener.run())
    async with asyncio.timeout(20):
        while len(queue.polls) < 5:
            await asyncio.sleep(0.02)
    listener.stop()
    await task
    waits = [later - earlier for earlier, later in zip(queue.polls, queue.polls[1:], strict=False)][:4]
    for wait, nominal in zip(waits, [0.1, 0.2, 0.3, 0.3], strict=True):
        # Only the upper end has room: a busy machine makes a wait longer, never shorter.
        assert nominal * 0.79 <= wait <= nominal * 1.2 + 1.0


async def test_a_message_put_by_this_process_ends_the_wait_at_once() -> None:
    queue = EmptyQueue(missing=False)
    listener = _listener(queue, "00:10:00")
    waiting = asyncio.create_task(listener._back_off(3600))
    await asyncio.sleep(0)
    await listener.store.put("C", "another", text="x")
    assert not waiting.done()
    await listener.store.put("C", "q", text="x")
    async with asyncio.timeout(10):
        await waiting
    assert queue.sent == 2


class Unreachable:
    """A queue whose service has gone away."""

    async def delete_message(self, message: Any) -> None:
        """Fail as the SDK does without a connection."""
        raise ServiceRequestError("no connection")


async def test_a_message_that_cannot_be_completed_is_logged_and_left_to_come_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    listener = _listener(EmptyQueue(missing=False), "00:00:01")
    message = cast(QueueMessage, SimpleNamespace(id="m1", content="", pop_receipt="p"))
    await listener._complete(cast(QueueClient, Unreachable()), message, succeeded=True, is_last_chance=False)
    assert "message `m1` not completed: ServiceRequestError" in caplog.text


@pytest.mark.parametrize("is_last_chance", [False, True])
async def test_what_fails_in_a_queue_of_poison_stays_hidden_and_makes_no_poison_of_poison(is_last_chance: bool) -> None:
    queue = EmptyQueue(missing=False)
    listener = dataclasses.replace(_listener(queue, "00:00:01"), queue_name="q-poison")
    message = cast(QueueMessage, SimpleNamespace(id="m1", content="", pop_receipt="p"))
    # The queue that it is given can neither update nor delete: asking it to would fail.
    nothing = cast(QueueClient, SimpleNamespace())
    await listener._complete(nothing, message, succeeded=False, is_last_chance=is_last_chance)
    assert queue.sent == 0


async def test_a_listener_that_breaks_ends_the_host() -> None:
    class Broken(EmptyQueue):
        def receive_messages(self, **_: Any) -> Any:
            raise LookupError("a defect of the host")

    stopping = asyncio.Event()
    with pytest.raises(ListenerError, match="the listener of `f` broke: LookupError"):
        await _run_or_end(_listener(Broken(missing=False), "00:00:01"), stopping)
    assert stopping.is_set()


def test_only_losing_a_message_to_somebody_else_counts_as_taken_over() -> None:
    def problem(code: str, status: int) -> HttpResponseError:
        error = HttpResponseError("refused")
        error.status_code = status
        error.error_code = code  # type: ignore[attr-defined]  # The storage SDK adds it.
        return error

    assert is_taken_over(problem("PopReceiptMismatch", 400))
    assert is_taken_over(problem("MessageNotFound", 404))
    assert is_taken_over(problem("QueueBeingDeleted", 409))
    assert not is_taken_over(problem("InternalError", 500))
    assert not is_taken_over(problem("AuthenticationFailed", 403))
