"""What the sender promises about reads, tokens and its own start."""

import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from agent.errors import DirectoryError, SettingsError
from agent.graph.sender import GraphDirectory
from tests.agent.graph.permits import ADD_MEMBER, permit_for
from tests.agent.graph.reads import MEMBERS, USER
from tests.agent.graph.stub_graph import BEARER_MARK, TENANT, FakeCredential, Script, StubGraph


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 501])
async def test_a_read_returns_whatever_graph_answered(graph: StubGraph, directory: GraphDirectory, status: int) -> None:
    graph.answers("GET", USER.path, Script(status, {"id": "u-1"}))
    answer = await directory.read(USER)
    assert (answer.status, answer.body, answer.request_id, answer.token_id) == (
        status,
        {"id": "u-1"},
        "graph-1",
        "uti-1",
    )
    assert len(graph.received) == 1


async def test_every_read_has_its_own_request_id(graph: StubGraph, directory: GraphDirectory) -> None:
    graph.answers("GET", USER.path, Script(200, {}))
    await directory.read(USER)
    await directory.read(USER)
    sent = {uuid.UUID(one.headers["client-request-id"]) for one in graph.received}
    assert len(sent) == 2
    assert graph.received[0].headers["User-Agent"] == "Remit/0.1"
    assert "ConsistencyLevel" not in graph.received[0].headers


async def test_a_write_is_not_read(graph: StubGraph, directory: GraphDirectory) -> None:
    with pytest.raises(ValueError, match="expected a GET"):
        await directory.read(ADD_MEMBER)
    assert graph.received == []


async def test_pages_are_merged_with_their_header_repeated(graph: StubGraph, directory: GraphDirectory) -> None:
    link = {"@odata.nextLink": f"{graph.base_url}/groups/g-1/members?$skiptoken=a%2Fb"}
    graph.answers(
        "GET",
        MEMBERS.path,
        Script(200, {"@odata.count": 3, "value": [{"id": "1"}], **link}),
        Script(200, {"value": [{"id": "2"}], **link}),
        Script(200, {"value": [{"id": "3"}]}),
    )
    answer = await directory.read(MEMBERS)
    assert answer.body == {"@odata.count": 3, "value": [{"id": "1"}, {"id": "2"}, {"id": "3"}]}
    assert [one.headers["ConsistencyLevel"] for one in graph.received] == ["eventual"] * 3
    assert graph.received[2].target == "/v1.0/groups/g-1/members?$skiptoken=a%2Fb"


@pytest.mark.parametrize(
    "link", ["https://evil.example/v1.0/x", "http://127.0.0.1:1/v1.0/x", "//evil.example/v1.0/x", "{origin}/beta/x", 7]
)
async def test_a_next_page_elsewhere_is_refused_and_not_asked_for(
    graph: StubGraph, directory: GraphDirectory, link: object
) -> None:
    link = link.replace("{origin}", graph.origin) if isinstance(link, str) else link
    graph.answers("GET", MEMBERS.path, Script(200, {"value": [], "@odata.nextLink": link}))
    with pytest.raises(DirectoryError, match="next page"):
        await directory.read(MEMBERS)
    assert len(graph.received) == 1


async def test_a_collection_without_end_is_not_passed_off_as_whole(graph: StubGraph, directory: GraphDirectory) -> None:
    link = f"{graph.base_url}{MEMBERS.path}?again"
    graph.answers("GET", MEMBERS.path, Script(200, {"value": [1], "@odata.nextLink": link}))
    with pytest.raises(DirectoryError, match="50"):
        await directory.read(MEMBERS)
    assert len(graph.received) == 50


@pytest.mark.parametrize("last", [Script(403, {}), Script(200, {}), Script(200, raw=b"<"), Script(404)])
async def test_a_collection_with_a_bad_page_is_no_answer(
    graph: StubGraph, directory: GraphDirectory, last: Script
) -> None:
    link = f"{graph.base_url}{MEMBERS.path}?more"
    graph.answers("GET", MEMBERS.path, Script(200, {"value": [1], "@odata.nextLink": link}), last)
    with pytest.raises(DirectoryError):
        await directory.read(MEMBERS)


async def test_a_throttled_read_waits_as_long_as_graph_asks(
    graph: StubGraph, directory: GraphDirectory, waits: list[float]
) -> None:
    graph.answers(
        "GET", USER.path, Script(429, headers={"Retry-After": "2.128"}), Script(503), Script(200, {"id": "u"})
    )
    assert (await directory.read(USER)).body == {"id": "u"}
    assert waits == [2.128 + 0.125, 1.0]


async def test_a_long_wait_is_given_back_at_once(
    graph: StubGraph, directory: GraphDirectory, waits: list[float]
) -> None:
    graph.answers("GET", USER.path, Script(429, headers={"Retry-After": "5.5"}))
    with pytest.raises(DirectoryError) as caught:
        await directory.read(USER)
    assert (caught.value.retry_after_seconds, waits, len(graph.received)) == (5.5, [], 1)


@pytest.mark.parametrize(
    "script",
    [
        Script(504),
        Script(429, headers={"Retry-After": "nan"}),
        Script(429, headers={"Retry-After": "inf"}),
        Script(drop=True),
    ],
)
async def test_a_read_gives_up_after_three_retries(
    graph: StubGraph, directory: GraphDirectory, waits: list[float], script: Script
) -> None:
    graph.answers("GET", USER.path, script)
    with pytest.raises(DirectoryError) as caught:
        await directory.read(USER)
    assert waits == [0.5, 1.0, 2.0]
    assert len(graph.received) == 4
    assert caught.value.retry_after_seconds is None


async def test_a_body_that_is_no_object_is_no_answer(graph: StubGraph, directory: GraphDirectory) -> None:
    for raw in (b"<html>", b"[1]", b"\xff"):
        graph.answers("GET", USER.path, Script(200, raw=raw))
        with pytest.raises(DirectoryError, match="JSON object"):
            await directory.read(USER)


@pytest.mark.parametrize("claims", [{"tid": "99999999-2222-3333-4444-555555555555"}, {"tid": ""}])
async def test_a_token_of_another_tenant_is_never_sent(
    graph: StubGraph, directory: GraphDirectory, credential: FakeCredential, claims: dict[str, str]
) -> None:
    credential.claims.update(claims)
    with pytest.raises(DirectoryError, match="token of tenant"):
        await directory.read(USER)
    with pytest.raises(DirectoryError, match="token of tenant"):
        await directory.write(permit_for(ADD_MEMBER), client_request_id="rq-1", secret=None)
    assert graph.received == []


@pytest.mark.parametrize("raw", ["", "opaque", "a.!!!.c", "a.W10.c", "a.e30.c"])
async def test_a_token_that_cannot_be_read_is_never_sent(
    graph: StubGraph, directory: GraphDirectory, credential: FakeCredential, raw: str
) -> None:
    credential.raw = raw
    with pytest.raises(DirectoryError):
        await directory.read(USER)
    assert graph.received == []


async def test_a_credential_that_fails_is_named_by_type_only(
    graph: StubGraph, directory: GraphDirectory, credential: FakeCredential
) -> None:
    credential.failure = RuntimeError(f"authority said {BEARER_MARK}")
    with pytest.raises(DirectoryError, match="RuntimeError") as caught:
        await directory.write(permit_for(ADD_MEMBER), client_request_id="rq-1", secret=None)
    assert BEARER_MARK not in str(caught.value)
    assert graph.received == []


@pytest.mark.parametrize(
    "base_url",
    ["http://graph.example/v1.0", "graph.microsoft.com/v1.0", "https://u@graph.example/v1.0", "https://g/v1.0?x=1", ""],
)
def test_an_endpoint_without_tls_off_loopback_is_refused(credential: FakeCredential, base_url: str) -> None:
    with pytest.raises(SettingsError):
        GraphDirectory(TENANT, credential, base_url=base_url)


SCRIPT = """
import asyncio, sys
from agent.graph.sender import GraphDirectory
from agent.model.graph_call import GraphCall
from tests.agent.graph.stub_graph import TENANT, FakeCredential, Script, StubGraph
assert "msgraph" not in sys.modules, "msgraph is loaded on first use only"

async def main():
    graph = StubGraph()
    await graph.start()
    graph.answers("GET", "/users/u-1", Script(200, {"id": "u-1"}))
    directory = GraphDirectory(TENANT, FakeCredential(), base_url=graph.base_url)
    assert (await directory.read(GraphCall(method="GET", path="/users/u-1"))).status == 200
    await directory.close()
    await graph.stop()

asyncio.run(main())
assert "msgraph.graph_request_adapter" in sys.modules
assert not [name for name in sys.modules if name.startswith("msgraph.generated.models.")]
"""


def test_a_read_loads_no_typed_model() -> None:
    root = Path(__file__).resolve().parents[3]
    subprocess.run([sys.executable, "-c", SCRIPT], check=True, timeout=60, cwd=root)
