"""The secretless chain: managed identity, assertion, app in the customer's tenant."""

import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from agent.errors import SettingsError
from agent.identity.tokens import EXCHANGE_SCOPE, managed_identity, workload_credential
from tests.conformance.loopback_tls import tls_server

TENANT, APP = "11111111-2222-3333-4444-555555555555", "aaaaaaaa-2222-3333-4444-555555555555"
GRAPH_SCOPE = "https://graph.microsoft.com/.default"


class Authority:
    """An Entra authority and the platform's identity endpoint in one; it keeps every token request."""

    def __init__(self) -> None:
        self.token_requests: list[tuple[str, dict[str, str]]] = []
        self.identity_requests: list[dict[str, str]] = []
        self.others: list[str] = []

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer POST /{tenant}/oauth2/v2.0/token and GET /msi/token."""
        if request.path == "/msi/token" and request.headers.get("X-IDENTITY-HEADER") == "platform":
            self.identity_requests.append(dict(request.query))
            token = {"access_token": "assertion-1", "expires_on": str(int(time.time()) + 7200), "token_type": "Bearer"}
            return web.json_response({**token, "resource": request.query["resource"]})
        if request.method == "POST" and request.path.endswith("/oauth2/v2.0/token"):
            form = {key: str(value) for key, value in (await request.post()).items()}
            self.token_requests.append((request.path, form))
            return web.json_response(
                {"token_type": "Bearer", "expires_in": 3600, "ext_expires_in": 3600, "access_token": "app-token"}
            )
        self.others.append(request.path)
        return web.json_response({"error": "not_found"}, status=404)


@pytest.fixture
async def place(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Authority, str, Any]]:
    authority = Authority()
    async with tls_server(authority.handle) as (origin, transport):
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"{origin}/msi/token")
        monkeypatch.setenv("IDENTITY_HEADER", "platform")
        yield authority, origin, transport


async def test_the_app_proves_itself_with_the_stacks_own_identity(place: tuple[Authority, str, Any]) -> None:
    authority, origin, transport = place
    identity = managed_identity("mi-client", transport=transport)
    credential = workload_credential(TENANT, APP, identity=identity, authority=origin, transport=transport)
    assert (await credential.get_token(GRAPH_SCOPE)).token == "app-token"
    [(path, form)] = authority.token_requests
    assert path == f"/{TENANT}/oauth2/v2.0/token"
    assert (form["client_id"], form["scope"], form["client_assertion"]) == (APP, GRAPH_SCOPE, "assertion-1")
    assert "client_secret" not in form
    assert authority.others == []
    [asked] = authority.identity_requests
    assert (asked["resource"], asked["client_id"]) == (EXCHANGE_SCOPE.removesuffix("/.default"), "mi-client")
    await credential.close()
    await identity.close()


async def test_tokens_are_kept_until_they_are_old(place: tuple[Authority, str, Any]) -> None:
    authority, origin, transport = place
    identity = managed_identity(transport=transport)
    credential = workload_credential(TENANT, APP, identity=identity, authority=origin, transport=transport)
    for _ in range(3):
        await credential.get_token(GRAPH_SCOPE)
    assert (await credential.get_token_info(GRAPH_SCOPE)).token == "app-token"
    assert (len(authority.token_requests), len(authority.identity_requests)) == (1, 1)
    await credential.close()
    await identity.close()


@pytest.mark.parametrize("authority", ["http://login.example", "login.microsoftonline.com", "https://x/tenant", ""])
async def test_an_authority_that_is_no_https_host_is_refused(authority: str) -> None:
    with pytest.raises(SettingsError):
        workload_credential(TENANT, APP, identity=managed_identity(), authority=authority)


@pytest.mark.parametrize(("tenant_id", "app_id"), [("", APP), (TENANT, "")])
async def test_a_missing_id_is_refused(tenant_id: str, app_id: str) -> None:
    with pytest.raises(SettingsError):
        workload_credential(tenant_id, app_id, identity=managed_identity())
