"""A Key Vault on loopback: challenges for a token, keeps versions of secrets, and can be switched off."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from azure.core.credentials import AccessToken
from azure.core.pipeline.transport import AioHttpTransport

from tests.conformance.loopback_tls import tls_server


class FakeVault:
    """Secrets by name, each a list of versions, the last one current.

    `down` makes every answer a 503, `read_only` every PUT a 403.
    """

    def __init__(self) -> None:
        self.secrets: dict[str, list[str]] = {}
        self.disabled: set[tuple[str, int]] = set()
        self.reads = 0
        self.down = False
        self.read_only = False
        self.tags: dict[tuple[str, int], dict[str, str]] = {}

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer GET /secrets/{name}[/{version}], GET /secrets/{name}/versions and PUT /secrets/{name}."""
        if self.down:
            return web.json_response({"error": {"code": "Busy"}}, status=503)
        if "Authorization" not in request.headers:
            challenge = 'Bearer authorization="https://localhost/t", resource="https://vault.azure.net"'
            return web.Response(status=401, headers={"WWW-Authenticate": challenge})
        _, _, name, version, *_ = [*request.path.split("/"), ""]
        if request.method == "PUT":
            return await self._put(request, name)
        self.reads += 1
        versions = self.secrets.get(name, [])
        if version == "versions":
            return web.json_response({"value": [self._item(request, name, one) for one in range(1, len(versions) + 1)]})
        number = int(version, 16) if version else len(versions)
        if not 1 <= number <= len(versions):
            return web.json_response({"error": {"code": "SecretNotFound", "message": name}}, status=404)
        if (name, number) in self.disabled:
            return web.json_response({"error": {"code": "Forbidden", "message": "disabled"}}, status=403)
        return web.json_response({"value": versions[number - 1], **self._item(request, name, number)})

    async def _put(self, request: web.Request, name: str) -> web.StreamResponse:
        if self.read_only:
            return web.json_response({"error": {"code": "Forbidden", "message": "no right to set"}}, status=403)
        body = await request.json()
        self.secrets.setdefault(name, []).append(body["value"])
        self.tags[name, len(self.secrets[name])] = body.get("tags", {})
        return web.json_response({"value": body["value"], **self._item(request, name, len(self.secrets[name]))})

    def _item(self, request: web.Request, name: str, number: int) -> dict[str, Any]:
        found = f"https://{request.host}/secrets/{name}/{number:032x}"
        tags = self.tags.get((name, number), {})
        return {"id": found, "attributes": {"enabled": (name, number) not in self.disabled}, "tags": tags}


class VaultCredential:
    """Any token will do."""

    async def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        """Return a token."""
        return AccessToken("token", 4_000_000_000)

    async def close(self) -> None:
        """Nothing to close."""

    async def __aenter__(self) -> "VaultCredential":
        return self

    async def __aexit__(self, *_details: object) -> None:
        return None


@asynccontextmanager
async def fake_vault() -> AsyncIterator[tuple[FakeVault, str, AioHttpTransport]]:
    """Give a running vault, its address and a transport that trusts it."""
    vault = FakeVault()
    async with tls_server(vault.handle) as (url, transport):
        yield vault, url, transport
