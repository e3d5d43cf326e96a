"""A worker whose storage requests are counted, so that something can happen right before any one of them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from azure.core.pipeline.transport import AioHttpTransport
from azure.data.tables.aio import TableServiceClient
from azure.storage.blob.aio import BlobServiceClient

from agent.ports import Sealer
from agent.storage.cases import TableCaseStore
from agent.storage.leftovers import Leftovers
from agent.storage.payloads import BlobPayloads

EVERY = -1


class DiedError(Exception):
    """The worker is no more. No adapter knows this error, so none survives it."""


async def die() -> None:
    """End the worker here."""
    raise DiedError


class Worker:
    """A store with clients of its own. Its requests are counted from 1 and kept in `sent`."""

    def __init__(self, tables: TableServiceClient, blobs: BlobServiceClient, *, sealer: Sealer) -> None:
        self.payloads = BlobPayloads(lambda: blobs)
        self.store = TableCaseStore(tables, sealer=sealer, payloads=self.payloads)
        self.leftovers = Leftovers(tables, self.payloads)
        self.sent: list[str] = []
        self._at, self._happens, self._among = 0, die, ""

    def expect(self, at: int, happens: Callable[[], Awaitable[None]], *, among: str = "") -> None:
        """Begin to count anew, and let something happen before a request; before every one if `at` is `EVERY`.

        `among` are the methods that count, all if it is empty: a death before a read is one before the next write.
        """
        self.sent.clear()
        self._at, self._happens, self._among = at, happens, among

    async def cross(self, request: Any, send: Callable[[], Awaitable[Any]]) -> Any:
        """Send one request of this worker."""
        if not self._among or request.method in self._among:
            self.sent.append(f"{request.method} {request.url.partition('?')[0]}")
            if self._at in (EVERY, len(self.sent)):
                await self._happens()
        return await send()


class _Transport(AioHttpTransport):
    worker: Worker | None = None

    async def send(self, request: Any, **options: Any) -> Any:
        async def sent() -> Any:
            return await super(_Transport, self).send(request, **options)

        assert self.worker is not None
        return await self.worker.cross(request, sent)


@asynccontextmanager
async def hired(account: str, sealer: Sealer) -> AsyncIterator[Worker]:
    """Yield a worker on the account of a connection string."""
    lines = _Transport(), _Transport()
    async with (
        TableServiceClient.from_connection_string(account, transport=lines[0]) as tables,
        BlobServiceClient.from_connection_string(account, transport=lines[1]) as blobs,
    ):
        worker = Worker(tables, blobs, sealer=sealer)
        for line in lines:
            line.worker = worker
        yield worker
