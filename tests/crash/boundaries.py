"""Counts every request that leaves a process, and kills the process at the one that is ordered.

Between two requests nothing is visible outside, so dying anywhere in between is the same as dying right before the
later one: the requests are all the boundaries there are. `install` wraps the two transports through which everything
leaves (httpx and the Azure SDKs' aiohttp one), so it finds the boundaries of code that is written tomorrow too. A
request that changes something has three: before it, while it is under way, and after its answer came.
"""

import asyncio
import json
import os
import random
import re
import signal
import threading
from collections import Counter
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import httpx
from azure.core.pipeline.transport import AioHttpTransport

from devhost.invocation import Invoker
from devhost.queue_listener import QueueListener
from tests.crash.page import Page

# The pages of the console read only, and the tests ask for them; nothing of a case depends on them.
_WATCHED = frozenset({"intake", "messages", "control", "sweep", "checkpoint"})
_GUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_IDS = re.compile(rf"{_GUID}|[0-9a-f]{{32}}|CR-\w+|\([^)]*\)|[^/]{{25,}}|\d{{4,}}", re.IGNORECASE)
# These POSTs change nothing that anybody could count.
_ASKS = re.compile(r"/oauth2/|/msi/|/v1\.0/\$batch$")
_PUT = re.compile(r"/(\w+)/messages$")
_UNDER_WAY_SECONDS = 0.006
_LOOK_SECONDS = 0.002


@dataclass(slots=True)
class Visit:
    """One run of a function: which one, for which message, and how often each request was seen in it."""

    function: str
    case_id: str = ""
    seq: int = -1
    seen: Counter[str] = field(default_factory=Counter)

    def key(self, method: str, path: str) -> str:
        """Return the name of the next request of that kind in this run; the same in every run of this turn."""
        label = f"{method} {_IDS.sub('*', path)}"
        self.seen[label] += 1
        return f"{self.case_id}|{self.function}|{self.seq}|{label}|{self.seen[label]}"


_VISIT: ContextVar[Visit | None] = ContextVar("visit", default=None)


class Boundaries:
    """The boundaries of one process. `trace` is an open file that gets a line for each that is passed."""

    def __init__(self, page: Page, trace: int) -> None:
        self._page = page
        self._trace = trace
        self._chance = random.Random()
        self._listeners: dict[str, QueueListener] = {}

    def install(self) -> None:
        """Wrap the transports and what tells which function is running. For a process of its own only."""
        self._wrap_listener()
        self._wrap_invoker()
        sdk, plain = AioHttpTransport.send, httpx.AsyncHTTPTransport.handle_async_request

        async def send(transport: Any, request: Any, **options: Any) -> Any:
            return await self._around(request.method, request.url, sending=lambda: sdk(transport, request, **options))

        async def handle(transport: Any, request: httpx.Request) -> httpx.Response:
            return await self._around(request.method, str(request.url), sending=lambda: plain(transport, request))

        AioHttpTransport.send = send
        httpx.AsyncHTTPTransport.handle_async_request = handle

    async def _around(self, method: str, url: str, *, sending: Any) -> Any:
        visit = _VISIT.get()
        if visit is None:
            return await sending()
        path = httpx.URL(url).path
        key = visit.key(method, path)
        changes = method not in ("GET", "HEAD") and not _ASKS.search(path)
        self._pass(f"{key}|before")
        await self._wait_while_held(key)
        if changes and self._strikes(f"{key}|during"):
            threading.Timer(self._chance.uniform(0, _UNDER_WAY_SECONDS), _die).start()
        answer = await sending()
        if changes:
            self._wake_listener(path)
            self._pass(f"{key}|after")
        return answer

    async def _wait_while_held(self, key: str) -> None:
        _, function, _, label, _ = key.split("|")
        while self._page.hold == f"{function}|{label}":
            self._page["held"] = 1
            await asyncio.sleep(_LOOK_SECONDS)
        self._page["held"] = 0

    def _wake_listener(self, path: str) -> None:
        # A real host polls after a while; here a message is fetched at once, so that a story takes seconds.
        queue = _PUT.search(path)
        if queue is not None and (listener := self._listeners.get(queue[1])):
            listener.store.waker(listener.connection, queue[1]).set()

    def _pass(self, key: str) -> None:
        if self._strikes(key):
            _die()

    def _strikes(self, key: str) -> bool:
        self._page.add("passed", 1)
        os.write(self._trace, f"{key}\n".encode())
        order = self._page.order
        if order.startswith("?"):
            return self._chance.random() < float(order[1:])
        return key == order

    def _wrap_listener(self) -> None:
        process, run = QueueListener._process, QueueListener.run

        async def known(listener: QueueListener) -> None:
            self._listeners[listener.queue_name] = listener
            await run(listener)

        async def visited(listener: QueueListener, client: Any, message: Any) -> None:
            body = json.loads(listener.store.decode(message.content))
            _VISIT.set(Visit(listener.function.name, body["case"], body["seq"]))
            self._page.add("running", 1)
            await process(listener, client, message)
            self._page.add("running", -1)

        QueueListener._process, QueueListener.run = visited, known

    def _wrap_invoker(self) -> None:
        invoke = Invoker.invoke

        async def visited(invoker: Invoker, function: Any, data: Any, *, metadata: Any) -> Any:
            if function.name not in _WATCHED:
                return await invoke(invoker, function, data, metadata=metadata)
            _VISIT.set(Visit(function.name))
            self._page.add("running", 1)
            try:
                return await invoke(invoker, function, data, metadata=metadata)
            finally:
                self._page.add("running", -1)

        Invoker.invoke = visited


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
