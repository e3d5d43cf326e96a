"""The tripwire, tripped in every way, and the SDK's own retries stopped by it."""

import httpx
import pytest
from kiota_http.kiota_client_factory import KiotaClientFactory

from agent.errors import DirectoryError, WriteUnknownError
from agent.graph import wire
from agent.graph.adapter import RawAdapter
from agent.graph.sender import GraphDirectory
from agent.graph.tripwire import Tripwire, in_force
from agent.model.graph_call import GraphCall
from tests.agent.graph.permits import ADD_MEMBER, SET_PASSWORD, permit_for
from tests.agent.graph.stub_graph import Script, StubGraph

BASE = "https://graph.example/v1.0"
QUERIED = GraphCall(method="POST", path="/users", query=(("$select", "id"),), body={"a": 1})


class Wire(httpx.AsyncBaseTransport):
    """What is behind the tripwire: counts what gets through."""

    def __init__(self, *statuses: int) -> None:
        self.passed: list[httpx.Request] = []
        self._statuses = list(statuses)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.passed.append(request)
        return httpx.Response(self._statuses.pop(0) if self._statuses else 204, headers={"Retry-After": "0.01"})


async def send(behind: Wire, method: str, url: str, content: bytes | None, *, permitted: GraphCall | None) -> None:
    async with httpx.AsyncClient(transport=Tripwire(BASE, behind)) as client:
        if permitted is None:
            await client.request(method, url, content=content)
            return
        with in_force(permit_for(permitted)):
            await client.request(method, url, content=content)


def parts_of(call: GraphCall) -> tuple[str, str, bytes | None]:
    return call.method, BASE + call.target, wire.encoded(call.body)


async def test_the_permitted_request_passes() -> None:
    for call in (ADD_MEMBER, QUERIED, GraphCall(method="DELETE", path="/x")):
        behind = Wire()
        await send(behind, *parts_of(call), permitted=call)
        assert len(behind.passed) == 1


METHOD, URL, CONTENT = parts_of(QUERIED)


@pytest.mark.parametrize(
    ("method", "url", "content"),
    [
        ("PATCH", URL, CONTENT),
        ("PUT", URL, CONTENT),
        ("POST", URL.replace("/users", "/groups"), CONTENT),
        ("POST", URL.replace("/v1.0", "/beta"), CONTENT),
        ("POST", URL + "&$top=1", CONTENT),
        ("POST", URL.partition("?")[0], CONTENT),
        ("POST", URL, b'{"a":2}'),
        ("POST", URL, b'{"a":1,"b":2}'),
        ("POST", URL, b'{"a": 1}'),
        ("POST", URL, b'{"a":true}'),
        ("POST", URL, None),
        ("POST", URL.replace("graph.example", "graph.example.org"), CONTENT),
        ("POST", URL.replace("https", "http"), CONTENT),
        ("POST", URL.replace("graph.example", "graph.example:8443"), CONTENT),
    ],
)
async def test_any_other_request_is_stopped(method: str, url: str, content: bytes | None) -> None:
    behind = Wire()
    with pytest.raises(DirectoryError):
        await send(behind, method, url, content, permitted=QUERIED)
    assert behind.passed == []


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS", "get"])
async def test_without_a_permit_only_a_read_passes(method: str) -> None:
    behind = Wire()
    if method == "get":
        await send(behind, method, URL, None, permitted=None)
        assert len(behind.passed) == 1
        return
    with pytest.raises(DirectoryError, match="without a permit"):
        await send(behind, method, URL, CONTENT, permitted=None)
    assert behind.passed == []


async def test_a_read_of_another_host_is_stopped_too() -> None:
    behind = Wire()
    with pytest.raises(DirectoryError):
        await send(behind, "GET", "https://graph.example.org/v1.0/users", None, permitted=None)
    assert behind.passed == []


@pytest.mark.parametrize(
    "content",
    [
        b'{"passwordProfile":{"forceChangePasswordNextSignIn":false,"password":"p"}}',
        b'{"passwordProfile":{"forceChangePasswordNextSignIn":true}}',
        b'{"passwordProfile":{"forceChangePasswordNextSignIn":true,"password":7}}',
        b'{"passwordProfile":{"forceChangePasswordNextSignIn":true,"password":"p"},"accountEnabled":false}',
        b'{"accountEnabled":false,"passwordProfile":{"forceChangePasswordNextSignIn":true,"password":"p"}}',
        b'{"passwordProfile":{"forceChangePasswordNextSignIn":false,'
        b'"forceChangePasswordNextSignIn":true,"password":"p"}}',
        b'{"passwordProfile":"p"}',
        b"[]",
        b"p",
    ],
)
async def test_a_body_with_a_secret_is_the_permitted_one_but_for_the_secret(content: bytes) -> None:
    behind = Wire()
    with pytest.raises(DirectoryError):
        await send(behind, "PATCH", parts_of(SET_PASSWORD)[1], content, permitted=SET_PASSWORD)
    assert behind.passed == []


async def test_a_permit_lets_one_request_pass() -> None:
    behind = Wire()
    method, url, content = parts_of(ADD_MEMBER)
    async with httpx.AsyncClient(transport=Tripwire(BASE, behind)) as client:
        with in_force(permit_for(ADD_MEMBER)):
            await client.request(method, url, content=content)
            with pytest.raises(WriteUnknownError, match="second request"):
                await client.request(method, url, content=content)
        with pytest.raises(DirectoryError, match="without a permit"):
            await client.request(method, url, content=content)
    assert len(behind.passed) == 1


async def test_a_permit_that_was_used_opens_nothing_again(graph: StubGraph, directory: GraphDirectory) -> None:
    graph.answers("POST", ADD_MEMBER.path, Script(204))
    used = permit_for(ADD_MEMBER)
    await directory.write(used, client_request_id="rq-1", secret=None)
    with pytest.raises(WriteUnknownError, match="second request"):
        await directory.write(used, client_request_id="rq-2", secret=None)
    assert len(graph.received) == 1
    assert (await directory.write(permit_for(ADD_MEMBER), client_request_id="rq-3", secret=None)).status == 204


async def test_the_sdks_retrying_middleware_cannot_repeat_a_write() -> None:
    behind = Wire(504, 204)
    plain = httpx.AsyncClient(transport=Tripwire(BASE, behind))
    async with KiotaClientFactory.create_with_default_middleware(plain) as client:
        method, url, content = parts_of(ADD_MEMBER)
        with in_force(permit_for(ADD_MEMBER)):
            response = await RawAdapter(client).send_raw(method, url, headers={}, content=content)
    assert response.status_code == 504
    assert len(behind.passed) == 1


async def test_a_sender_whose_body_is_changed_on_the_way_sends_nothing(
    graph: StubGraph, directory: GraphDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph.answers("POST", ADD_MEMBER.path, Script(204))
    monkeypatch.setattr("agent.graph.wire.filled", lambda _call, _secret: b'{"@odata.id":"somebody-else"}')
    with pytest.raises(DirectoryError, match="not the permitted one"):
        await directory.write(permit_for(ADD_MEMBER), client_request_id="rq-1", secret=None)
    assert graph.received == []
