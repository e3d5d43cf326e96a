"""One queue trigger: polls its queue, runs its function, and deletes, releases or poisons each message.

Rules (azure-webjobs-sdk QueueListener.cs and QueueProcessor.cs; the same algorithm lives in azure-sdk-for-net today):
  1. Ask for up to batchSize messages; ask again as soon as no more than newBatchThreshold of them are running.
  2. An empty answer, a missing queue or a server error backs off: 100 ms, doubling up to maxPollingInterval, spread by
     a fifth; a message put into the queue by this process ends the wait at once.
  3. A message stays hidden for ten minutes, renewed at half time while its function runs.
  4. Success deletes the message, last of all. Failure releases it after host.json's visibilityTimeout, or at
     maxDequeueCount copies it to `<queue>-poison` and then deletes it: two calls, so the copy can be made twice.
  5. A queue of poison has no poison of its own (QueueListenerFactory.cs): what fails there stays hidden for its ten
     minutes, however often.
  6. Losing the message to somebody else (a stale pop receipt) is no error.
"""

import asyncio
import contextlib
import logging
import random
from dataclasses import dataclass, field
from typing import Final

from azure.core.exceptions import AzureError
from azure.functions.meta import Datum
from azure.storage.queue import QueueMessage
from azure.storage.queue.aio import QueueClient

from devhost.crash import Misfortune
from devhost.function import LoadedFunction
from devhost.host_config import QueueConfig
from devhost.invocation import Invoker
from devhost.queue_message import trigger_metadata
from devhost.queue_store import QueueStore, error_code, is_taken_over

VISIBILITY_SECONDS: Final = 600
"""How long a message being processed stays hidden; hard-coded in QueueListener.cs."""

_POISON_SUFFIX: Final = "-poison"
_SHORTEST_WAIT_SECONDS: Final = 0.1
_DRAIN_SECONDS: Final = 10.0
_STOP_CHECK_SECONDS: Final = 0.5
_LOG = logging.getLogger("devhost.queue")


@dataclass(slots=True)
class QueueListener:
    """Runs until `stop()`. `visibility_seconds` other than 600 is for tests only."""

    function: LoadedFunction
    queue_name: str
    config: QueueConfig
    store: QueueStore
    invoker: Invoker
    misfortune: Misfortune
    visibility_seconds: int = VISIBILITY_SECONDS
    _running: set[asyncio.Task[None]] = field(default_factory=set)
    _stopping: bool = False

    @property
    def connection(self) -> str:
        """The setting that names the storage account."""
        return self.function.trigger.connection

    async def run(self) -> None:
        """Poll until stopped, then wait for the running functions, ten seconds at most."""
        wait_seconds = _SHORTEST_WAIT_SECONDS
        while not self._stopping:
            if await self._take_batch():
                wait_seconds = _SHORTEST_WAIT_SECONDS
                await self._until_below_threshold()
            else:
                await self._back_off(wait_seconds)
                wait_seconds = min(self.config.max_polling_interval, wait_seconds * 2)
        if self._running:
            await asyncio.wait(self._running, timeout=_DRAIN_SECONDS)

    def stop(self) -> None:
        """Ask for no more messages."""
        self._stopping = True
        self.store.waker(self.connection, self.queue_name).set()

    async def _take_batch(self) -> int:
        client = self.store.client(self.connection, self.queue_name)
        size = self.config.batch_size
        pages = client.receive_messages(
            messages_per_page=size, max_messages=size, visibility_timeout=self.visibility_seconds
        ).by_page()
        try:
            batch = [message async for message in await anext(pages)]
        except (AzureError, StopAsyncIteration) as problem:
            # A queue that does not exist yet is normal: the host never creates a trigger's queue.
            _LOG.debug("queue `%s` gave nothing: %s", self.queue_name, type(problem).__name__)
            return 0
        for message in batch:
            task = asyncio.create_task(self._process(client, message))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        return len(batch)

    async def _until_below_threshold(self) -> None:
        while len(self._running) > self.config.threshold and not self._stopping:
            # The timeout only lets a stop be noticed while every function runs long.
            await asyncio.wait(self._running, timeout=_STOP_CHECK_SECONDS, return_when=asyncio.FIRST_COMPLETED)

    async def _back_off(self, seconds: float) -> None:
        waker = self.store.waker(self.connection, self.queue_name)
        try:
            await asyncio.wait_for(waker.wait(), seconds * random.uniform(0.8, 1.2))
        except TimeoutError:
            pass
        waker.clear()

    async def _process(self, client: QueueClient, message: QueueMessage) -> None:
        self.misfortune.at("message-received")
        try:
            text = self.store.decode(message.content)
        except ValueError:
            _LOG.warning("message `%s` in `%s` is not base64 of UTF-8", message.id, self.queue_name)
            await self._complete(client, message, succeeded=False, is_last_chance=True)
            return
        dequeued = message.dequeue_count or 0
        if dequeued > self.config.max_dequeue_count:
            await self._complete(client, message, succeeded=False, is_last_chance=True)
            return
        async with _Renewal(client, message, visibility_seconds=self.visibility_seconds):
            await self._maybe_duplicate(client, message)
            succeeded = await self._invoke(message, text)
        is_last = dequeued >= self.config.max_dequeue_count
        await self._complete(client, message, succeeded=succeeded, is_last_chance=is_last)

    async def _invoke(self, message: QueueMessage, text: str) -> bool:
        metadata = trigger_metadata(message, text)
        try:
            await self.invoker.invoke(self.function, Datum(text, "string"), metadata=metadata)
        except Exception:  # The invoker has logged it; any failure of a function is handled alike.
            return False
        return True

    async def _complete(
        self, client: QueueClient, message: QueueMessage, *, succeeded: bool, is_last_chance: bool
    ) -> None:
        try:
            if succeeded:
                await client.delete_message(message)
                self.misfortune.at("message-deleted")
            elif self.queue_name.endswith(_POISON_SUFFIX):
                _LOG.warning("message `%s` of `%s` failed and stays hidden", message.id, self.queue_name)
            elif is_last_chance:
                await self._poison(client, message)
            else:
                await client.update_message(message, visibility_timeout=int(self.config.visibility_timeout))
        except AzureError as problem:
            # Whatever the storage service refused, the message comes back when its ten minutes are over.
            level = logging.INFO if is_taken_over(problem) else logging.ERROR
            _LOG.log(level, "message `%s` not completed: %s", message.id, error_code(problem))

    async def _poison(self, client: QueueClient, message: QueueMessage) -> None:
        poison = self.queue_name + _POISON_SUFFIX
        _LOG.warning("message `%s` reached maxDequeueCount: moved to `%s`", message.id, poison)
        await self.store.put_raw(self.connection, poison, content=message.content)
        self.misfortune.at("poison-copied")
        await client.delete_message(message)

    async def _maybe_duplicate(self, client: QueueClient, message: QueueMessage) -> None:
        """Make the message visible again while its function runs, as a late renewal does: two run it, one deletes."""
        if message.dequeue_count == 1 and self.misfortune.duplicates():
            with contextlib.suppress(AzureError):  # Then there is no duplicate this time.
                await client.update_message(message.id, message.pop_receipt, visibility_timeout=0)
            self.store.waker(self.connection, self.queue_name).set()


class _Renewal:
    """Keeps a message hidden while the block runs, and keeps its pop receipt current."""

    def __init__(self, client: QueueClient, message: QueueMessage, *, visibility_seconds: int) -> None:
        self._client = client
        self._message = message
        self._visibility_seconds = visibility_seconds
        self._ended = asyncio.Event()

    async def __aenter__(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def __aexit__(self, *_: object) -> None:
        # An update under way is awaited, not cancelled: cutting it off could lose the newest pop receipt.
        self._ended.set()
        await self._task

    async def _run(self) -> None:
        wait_seconds = self._visibility_seconds / 2
        while True:
            try:
                await asyncio.wait_for(self._ended.wait(), wait_seconds)
                return
            except TimeoutError:
                pass
            try:
                renewed = await self._client.update_message(self._message, visibility_timeout=self._visibility_seconds)
            except AzureError as problem:
                if is_taken_over(problem):
                    return
                # A failed renewal is tried again sooner, but not more than once a minute (LinearSpeedupStrategy).
                wait_seconds = max(wait_seconds / 2, min(60.0, self._visibility_seconds / 2))
            else:
                self._message.pop_receipt = renewed.pop_receipt
                wait_seconds = self._visibility_seconds / 2
