"""What the host put aside: messages in the queues `<stage>-poison`, each as the stage's own queue had it."""

import base64
import binascii
from collections.abc import AsyncIterator
from typing import Any, Final

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.queue import QueueMessage
from azure.storage.queue.aio import QueueServiceClient

from agent.errors import StorageError
from agent.model.case import Stage
from agent.oversight import PoisonMessage
from agent.storage.failures import storage_errors

# Azure's host names the queue so (azure-webjobs-sdk, QueueListenerFactory.cs).
POISON_SUFFIX: Final = "-poison"

# How long a message that is not dropped stays hidden: longer than a turn, and shorter than anybody's patience.
_HIDDEN_SECONDS: Final = 60
# So many of one stage in one sweep; the next sweep takes the others.
_AT_ONCE: Final = 32


class QueuePoison:
    """oversight.PoisonBox on Storage Queues."""

    def __init__(self, queues: QueueServiceClient) -> None:
        self._queues = queues

    async def waiting(self) -> AsyncIterator[PoisonMessage]:
        """See oversight.PoisonBox. One request a stage."""
        unread: StorageError | None = None
        for stage in Stage:
            if stage is Stage.CLOSED:
                continue
            try:
                found = await self._received(stage)
            except StorageError as error:
                unread = error
                continue
            for message in found:
                yield PoisonMessage(stage=stage.value, body=_decoded(message.content), receipt=message)
        if unread is not None:
            raise unread

    async def drop(self, message: PoisonMessage) -> None:
        """See oversight.PoisonBox. One request."""
        with storage_errors(f"drop a message of `{message.stage}{POISON_SUFFIX}`"):
            try:
                receipt: Any = message.receipt
                await self._queues.get_queue_client(message.stage + POISON_SUFFIX).delete_message(receipt)
            except ResourceNotFoundError:
                # Another sweep had it meanwhile, and has dropped it.
                return

    async def _received(self, stage: Stage) -> list[QueueMessage]:
        queue = self._queues.get_queue_client(stage.value + POISON_SUFFIX)
        with storage_errors(f"look into `{stage.value}{POISON_SUFFIX}`"):
            try:
                # One page is one request; the SDK's own loop would ask for each message by itself.
                pages = queue.receive_messages(messages_per_page=_AT_ONCE, visibility_timeout=_HIDDEN_SECONDS).by_page()
                page = await anext(pages, None)
                return [] if page is None else [message async for message in page]
            except ResourceNotFoundError:
                # The host makes this queue when it needs it for the first time.
                return []


def _decoded(content: Any) -> bytes:
    """Return the message's body as the stage would have been given it; what is no base64 is as it is."""
    try:
        return base64.b64decode(str(content), validate=True)
    except (binascii.Error, ValueError):
        return str(content).encode("utf-8", "replace")
