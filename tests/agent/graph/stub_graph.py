"""A tiny Graph on loopback that answers what a test scripts and keeps what it was sent."""

import asyncio
import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from azure.core.credentials import AccessToken

TENANT = "11111111-2222-3333-4444-555555555555"
BEARER_MARK = "do-not-log-me"


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it came in; `target` is path and query, undecoded, names of headers in any case."""

    method: str
    target: str
    headers: Mapping[str, str]
    content: bytes

    def json(self) -> Any:
        """Return the body."""
        return json.loads(self.content)


@dataclass(frozen=True, slots=True)
class Script:
    """One answer. `hang` never answers, `drop` breaks the connection after reading the request."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    hang: bool = False
    drop: bool = False


class StubGraph:
    """Answers by (method, path); the last script of a list is repeated. Unknown calls get 501.

    A batch without a script of its own is answered part by part, last part first. A part that would hang or drop the
    line has no answer in it.
    """

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.parts: list[Received] = []
        self.origin = ""
        self._scripts: dict[tuple[str, str], list[Script]] = {}
        self._runner: web.AppRunner | None = None

    @property
    def base_url(self) -> str:
        """The endpoint to give to the sender."""
        return f"{self.origin}/v1.0"

    def answers(self, method: str, path: str, *scripts: Script) -> None:
        """Script the answers to a call; `path` starts after `/v1.0` and has no query."""
        self._scripts[method, path] = list(scripts)

    async def start(self) -> None:
        """Listen on a free port of 127.0.0.1."""
        app = web.Application()
        app.router.add_route("*", "/{rest:.*}", self._handle)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.origin = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        content = await request.read()
        self.received.append(Received(request.method, request.raw_path, request.headers.copy(), content))
        path = request.rel_url.raw_path.removeprefix("/v1.0")
        batch = path == "/$batch" and (request.method, path) not in self._scripts
        script = self._batch(json.loads(content)) if batch else self._next(request.method, path)
        if script.hang:
            await asyncio.sleep(3600)
        if script.drop and request.transport is not None:
            request.transport.abort()
        raw = script.raw if script.raw is not None else b"" if script.body is None else json.dumps(script.body).encode()
        return web.Response(status=script.status, body=raw, headers={"request-id": "graph-1", **script.headers})

    def _batch(self, whole: Any) -> Script:
        answers = []
        for part in whole["requests"]:
            self.parts.append(Received(part["method"], part["url"], part.get("headers", {}), b""))
            script = self._next(part["method"], part["url"].partition("?")[0])
            if not (script.hang or script.drop):
                body = {} if script.body is None else {"body": script.body}
                answers.append({"id": part["id"], "status": script.status, "headers": script.headers, **body})
        return Script(200, {"responses": answers[::-1]})

    def _next(self, method: str, path: str) -> Script:
        scripts = self._scripts.get((method, path), [Script(501)])
        return scripts.pop(0) if len(scripts) > 1 else scripts[0]


class FakeCredential:
    """Hands out unsigned tokens with the claims it is given; `failure` is raised instead if set."""

    def __init__(self, **claims: str) -> None:
        self.claims = {"tid": TENANT, "uti": "uti-1", "note": BEARER_MARK, **claims}
        self.failure: Exception | None = None
        self.raw: str | None = None
        self.asked: list[dict[str, Any]] = []

    async def get_token(self, *_scopes: str, **options: Any) -> AccessToken:
        """Return a token that says what `claims` say."""
        self.asked.append(options)
        if self.failure is not None:
            raise self.failure
        payload = base64.urlsafe_b64encode(json.dumps(self.claims).encode()).rstrip(b"=").decode()
        return AccessToken(self.raw if self.raw is not None else f"e30.{payload}.sig", 4_000_000_000)

    async def close(self) -> None:
        """Nothing to close."""

    async def __aenter__(self) -> "FakeCredential":
        return self

    async def __aexit__(self, *_details: object) -> None:
        return None
