"""The storage queues as the host uses them: one client per account, messages encoded, listeners woken after a send."""

import asyncio
import base64
import binascii
from collections.abc import Mapping
from typing import Literal

from azure.core.exceptions import AzureError, ResourceExistsError, ResourceNotFoundError
from azure.storage.queue.aio import QueueClient, QueueServiceClient

from devhost.production_guard import connection_string

_TAKEN_OVER = frozenset(
    {"PopReceiptMismatch", "MessageNotFound", "QueueNotFound", "QueueBeingDeleted", "QueueDisabled"}
)


class QueueStore:
    """Queue clients by connection and name. One per host, used from one event loop."""

    def __init__(self, environ: Mapping[str, str], encoding: Literal["base64", "none"]) -> None:
        """`environ` names the connections; `encoding` is `messageEncoding` of host.json."""
        self._environ = environ
        self._encoding = encoding
        self._services: dict[str, QueueServiceClient] = {}
        self._wakers: dict[tuple[str, str], asyncio.Event] = {}

    def client(self, connection: str, queue: str) -> QueueClient:
        """Return the client of `queue` in the account that the setting `connection` names.

        Raises:
            StartError: the connection is absent or not on loopback.
        """
        if connection not in self._services:
            text = connection_string(connection, self._environ)
            self._services[connection] = QueueServiceClient.from_connection_string(text, retry_total=2)
        return self._services[connection].get_queue_client(queue)

    def waker(self, connection: str, queue: str) -> asyncio.Event:
        """Return the event that is set whenever this process puts a message into that queue (SharedQueueWatcher.cs)."""
        return self._wakers.setdefault((connection, queue), asyncio.Event())

    def decode(self, content: str) -> str:
        """Return the text of a message's raw `content`.

        Raises:
            ValueError: the content is not base64 of UTF-8 although it should be.
        """
        if self._encoding == "none":
            return content
        try:
            return base64.b64decode(content, validate=True).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError) as problem:
            raise ValueError("the message is not base64 of UTF-8 text") from problem

    async def put(self, connection: str, queue: str, *, text: str) -> None:
        """Encode `text` and put it into `queue`, which is created when missing."""
        raw = base64.b64encode(text.encode("utf-8")).decode("ascii") if self._encoding == "base64" else text
        await self.put_raw(connection, queue, content=raw)

    async def put_raw(self, connection: str, queue: str, *, content: str) -> None:
        """Put `content` as it is into `queue`, which is created when missing (AddMessageAndCreateIfNotExistsAsync)."""
        client = self.client(connection, queue)
        try:
            await client.send_message(content)
        except ResourceNotFoundError:
            try:
                await client.create_queue()
            except ResourceExistsError:
                pass  # Another process created it meanwhile.
            await client.send_message(content)
        if (connection, queue) in self._wakers:
            self._wakers[connection, queue].set()

    async def close(self) -> None:
        """Close every connection."""
        for service in self._services.values():
            await service.close()
        self._services.clear()


def is_taken_over(problem: AzureError) -> bool:
    """Whether a failed update or delete only means that somebody else holds the message by now (QueueProcessor.cs)."""
    return error_code(problem) in _TAKEN_OVER or getattr(problem, "status_code", None) == 404


def error_code(problem: AzureError) -> str:
    """Return the storage service's own code, such as `PopReceiptMismatch`, else the kind of the error."""
    code = getattr(problem, "error_code", None)
    return str(getattr(code, "value", code) or type(problem).__name__)
