"""The host's own pages below `/admin`: health, status, the list of functions, and invoking one by hand.

`POST /admin/functions/{name}` with `{"input": "text"}` answers 202 and runs the function in the background, as in
azure-functions-host FunctionsController.cs. It needs the master key; without a configured one, loopback is enough,
because this host listens nowhere else.
"""

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from aiohttp import web
from azure.functions.meta import Datum

from devhost.function import LoadedFunction
from devhost.http_front import MASTER_KEY, Keys
from devhost.invocation import Invoker, Tally
from devhost.production_guard import is_loopback
from devhost.timer import timer_datum

_LOG = logging.getLogger("devhost.admin")


@dataclass(slots=True)
class AdminPages:
    """Answers requests below `/admin`."""

    functions: Mapping[str, LoadedFunction]
    invoker: Invoker
    keys: Keys
    _started_at: float = field(default_factory=time.monotonic)
    _background: set[asyncio.Task[None]] = field(default_factory=set)

    def routes(self) -> list[web.RouteDef]:
        """Return the routes to add before any catch-all."""
        return [
            web.get("/admin/health", self.health),
            web.get("/admin/host/status", self.status),
            web.get("/admin/functions", self.list_functions),
            web.post("/admin/functions/{name}", self.invoke),
            web.route("*", "/admin{rest:(?:/.*)?}", self.nothing),
        ]

    async def health(self, _: web.Request) -> web.Response:
        """Tell that the host lives and what each function did since it started."""
        tallies = {name: asdict(self.invoker.tallies.get(name, Tally())) for name in self.functions}
        return web.json_response({"status": "ok", "pid": os.getpid(), "functions": tallies})

    async def status(self, _: web.Request) -> web.Response:
        """Tell the state in the shape of the real host's status page."""
        uptime = int((time.monotonic() - self._started_at) * 1000)
        shape = {"id": "devhost", "state": "Running", "version": "devhost", "processUptime": uptime, "errors": []}
        return web.json_response(shape)

    async def list_functions(self, request: web.Request) -> web.Response:
        """List names and triggers."""
        if not self._may_administer(request):
            return web.Response(status=401)
        return web.json_response([{"name": f.name, "trigger": f.trigger.type} for f in self.functions.values()])

    async def invoke(self, request: web.Request) -> web.Response:
        """Start one queue or timer function and answer 202 before it has run."""
        if not self._may_administer(request):
            return web.Response(status=401)
        # A browser cannot send this content type across sites without asking first, which this host never grants.
        if request.content_type != "application/json":
            return web.Response(status=415)
        function = next((f for n, f in self.functions.items() if n.lower() == request.match_info["name"].lower()), None)
        if function is None:
            return web.Response(status=404)
        data = _input(function, await _json_or_none(request))
        if data is None:
            return web.Response(status=400)
        self._start(function, data)
        return web.Response(status=202)

    async def nothing(self, _: web.Request) -> web.Response:
        """Answer every other path below `/admin`, so that no function's route can take it."""
        return web.Response(status=404)

    def _may_administer(self, request: web.Request) -> bool:
        if MASTER_KEY in self.keys.by_name:
            return self.keys.opens("admin", request)
        host = request.url.host or ""
        # The name is checked as well as the peer, so that a rebound DNS name opens nothing.
        return is_loopback(host) and is_loopback(request.remote or "")

    def _start(self, function: LoadedFunction, data: Datum) -> None:
        async def run() -> None:
            with contextlib.suppress(Exception):  # The invoker has logged it, and the caller has had its 202.
                await self.invoker.invoke(function, data, metadata={})

        task = asyncio.create_task(run())
        self._background.add(task)
        task.add_done_callback(self._background.discard)


async def _json_or_none(request: web.Request) -> Any:
    try:
        return await request.json()
    except ValueError:
        return None


def _input(function: LoadedFunction, body: Any) -> Datum | None:
    if not isinstance(body, dict):
        return None
    if function.trigger.type == "timerTrigger":
        return timer_datum(None, is_past_due=False)
    text = body.get("input", "")
    return Datum(text, "string") if function.trigger.type == "queueTrigger" and isinstance(text, str) else None
