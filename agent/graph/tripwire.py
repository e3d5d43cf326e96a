"""The last check before the wire: a request that changes something must be the permitted one, once.

It sits in the HTTP transport, below the SDK and its middleware, so nothing above it can add, alter, repeat or
redirect a write. What it refuses: a write, or a read of a secret, without a permit in force, with another method,
host, path, query or body than the permitted call, or a second request under the same permit. The one POST that it lets
pass without a permit is a batch of plain reads, every part of which it opens.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from urllib.parse import unquote

import httpx

from agent.errors import RepeatedWriteError, TripwireError
from agent.graph import batches, wire
from agent.model.graph_call import reveals_secret
from agent.model.permit import Permit

_IN_FORCE: ContextVar[Permit | None] = ContextVar("permit_in_force", default=None)


@contextmanager
def in_force(permit: Permit) -> Iterator[None]:
    """Let the block send the permitted call, unless it has left before."""
    token = _IN_FORCE.set(permit)
    try:
        yield
    finally:
        _IN_FORCE.reset(token)


class Tripwire(httpx.AsyncBaseTransport):
    """A transport that sends reads to `base_url` and the write that is permitted, and nothing else.

    `base_url` is the Graph endpoint with its version segment and without a final slash.
    """

    def __init__(self, base_url: str, inner: httpx.AsyncBaseTransport) -> None:
        self._base = httpx.URL(base_url)
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send `request` if it may leave.

        Raises:
            TripwireError: it may not; nothing was sent.
            RepeatedWriteError: it may not, because its permit was used up by a request before.
        """
        if _origin(request.url) != _origin(self._base):
            raise TripwireError(f"expected a request to `{self._base.host}`, got one to `{request.url.host}`")
        options = request.url.query.decode("ascii", "replace")
        if _names_batch(request.url):
            self._check_batch(request, await request.aread())
        elif request.method != "GET" or reveals_secret(request.url.path, options):
            self._check(request, await request.aread())
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the inner transport."""
        await self._inner.aclose()

    def _check_batch(self, request: httpx.Request, content: bytes) -> None:
        # INVARIANT: no permit opens a batch, so a write never leaves in one.
        if _IN_FORCE.get() is not None:
            raise TripwireError("a batch under a permit was stopped: writes leave one by one")
        expected = ("POST", self._base.raw_path.rstrip(b"/") + batches.PATH.encode())
        if (request.method, request.url.raw_path) != expected:
            raise TripwireError(f"expected `POST {batches.PATH}`, got another request for a batch")
        batches.require_plain_reads(content)

    def _check(self, request: httpx.Request, content: bytes) -> None:
        permit = _IN_FORCE.get()
        if permit is None:
            raise TripwireError(f"a `{request.method}` without a permit was stopped")
        if permit.use.is_over:
            # The first one did leave, and only its sender knows how it ended.
            raise RepeatedWriteError("a second request under one permit was stopped")
        call = permit.call
        expected = (call.method, self._base.raw_path.rstrip(b"/") + call.target.encode())
        if (request.method, request.url.raw_path) != expected:
            raise TripwireError(f"expected `{call.method} {call.path}` as permitted, got another request")
        if (wire.without_secret(content, call) if call.secret_at else content) != (wire.encoded(call.body) or b""):
            raise TripwireError(f"the body of `{call.method} {call.path}` is not the permitted one")
        # INVARIANT: a permit is used up before the request leaves, so nothing that fails afterwards can send it again.
        permit.use.is_over = True


def _names_batch(url: httpx.URL) -> bool:
    """Whether a path has a segment for batches, however it is spelt."""
    path = url.path
    while (plain := unquote(path)) != path:
        path = plain
    return batches.PATH[1:] in path.lower().split("/")


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return (url.scheme, url.host, url.port)
