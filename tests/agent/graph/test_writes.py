"""What the sender promises about writes."""

import json

import pytest

from agent.errors import DirectoryError, WriteUnknownError
from agent.graph.sender import GraphDirectory
from agent.model.graph_call import GraphCall
from tests.agent.graph.permits import ADD_MEMBER, SET_PASSWORD, permit_for
from tests.agent.graph.stub_graph import BEARER_MARK, FakeCredential, Script, StubGraph

PASSWORD = "Temp-7f3a-Secret-91c2"


async def test_a_write_leaves_exactly_as_permitted(graph: StubGraph, directory: GraphDirectory) -> None:
    graph.answers("POST", ADD_MEMBER.path, Script(204))
    answer = await directory.write(permit_for(ADD_MEMBER), client_request_id="rq-1", secret=None)
    assert (answer.status, answer.body, answer.request_id, answer.token_id) == (204, {}, "graph-1", "uti-1")
    [sent] = graph.received
    assert (sent.method, sent.target) == ("POST", "/v1.0/groups/g-1/members/$ref")
    assert sent.content == b'{"@odata.id":"https://graph.microsoft.com/v1.0/directoryObjects/u-1"}'
    assert sent.headers["client-request-id"] == "rq-1"
    assert sent.headers["User-Agent"] == "Remit/0.1 (+" + "c" * 32 + ")"
    assert sent.headers["Content-Type"] == "application/json"


async def test_an_answer_body_is_returned(graph: StubGraph, directory: GraphDirectory) -> None:
    graph.answers("POST", ADD_MEMBER.path, Script(201, {"id": "new"}))
    answer = await directory.write(permit_for(ADD_MEMBER), client_request_id="rq-1", secret=None)
    assert (answer.status, answer.body) == (201, {"id": "new"})


async def test_an_explicit_null_goes_out_as_null(graph: StubGraph, directory: GraphDirectory) -> None:
    call = GraphCall(method="PATCH", path="/users/u-1", body={"jobTitle": None, "city": "Bern"})
    graph.answers("PATCH", call.path, Script(204))
    await directory.write(permit_for(call), client_request_id="rq-1", secret=None)
    assert graph.received[0].content == b'{"jobTitle":null,"city":"Bern"}'


async def test_a_delete_has_no_body(graph: StubGraph, directory: GraphDirectory) -> None:
    call = GraphCall(method="DELETE", path="/groups/g-1/members/u-1/$ref")
    graph.answers("DELETE", call.path, Script(204))
    await directory.write(permit_for(call), client_request_id="rq-1", secret=None)
    assert graph.received[0].content == b""
    assert "Content-Type" not in graph.received[0].headers


async def test_escaped_paths_and_queries_arrive_unchanged(graph: StubGraph, directory: GraphDirectory) -> None:
    call = GraphCall(
        method="PATCH", path="/users/o'neil_x.org%23EXT%23@c.org/a(b='c')", query=(("$select", "id,a b&c=ü"),), body={}
    )
    graph.answers("PATCH", call.path, Script(204))
    await directory.write(permit_for(call), client_request_id="rq-1", secret=None)
    assert graph.received[0].target == "/v1.0" + call.path + "?$select=id%2Ca%20b%26c%3D%C3%BC"


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
async def test_a_write_with_a_doubtful_answer_is_unknown_and_never_sent_again(
    graph: StubGraph, directory: GraphDirectory, waits: list[float], status: int
) -> None:
    graph.answers("POST", ADD_MEMBER.path, Script(status, headers={"Retry-After": "0"}), Script(204))
    with pytest.raises(WriteUnknownError):
        await directory.write(permit_for(ADD_MEMBER), client_request_id="rq-1", secret=None)
    assert len(graph.received) == 1
    assert waits == []


@pytest.mark.parametrize("script", [Script(hang=True), Script(drop=True), Script(201, raw=b"<html>")])
async def test_a_write_whose_answer_is_lost_is_unknown_and_never_sent_again(
    graph: StubGraph, directory: GraphDirectory, script: Script
) -> None:
    graph.answers("POST", ADD_MEMBER.path, script, Script(204))
    with pytest.raises(WriteUnknownError, match="rq-1"):
        await directory.write(permit_for(ADD_MEMBER), client_request_id="rq-1", secret=None)
    assert len(graph.received) == 1


@pytest.mark.parametrize("status", [302, 400, 403, 404, 409, 501])
async def test_a_refused_write_is_an_answer(graph: StubGraph, directory: GraphDirectory, status: int) -> None:
    graph.answers("POST", ADD_MEMBER.path, Script(status, {"error": {"code": "x"}}, {"Location": "/v1.0/elsewhere"}))
    answer = await directory.write(permit_for(ADD_MEMBER), client_request_id="rq-1", secret=None)
    assert (answer.status, answer.body) == (status, {"error": {"code": "x"}})
    assert len(graph.received) == 1


async def test_a_throttled_write_says_when_to_come_back(graph: StubGraph, directory: GraphDirectory) -> None:
    graph.answers("POST", ADD_MEMBER.path, Script(429, headers={"Retry-After": "2.128"}))
    answer = await directory.write(permit_for(ADD_MEMBER), client_request_id="rq-1", secret=None)
    assert (answer.status, answer.retry_after_seconds) == (429, 2.128)
    assert len(graph.received) == 1


async def test_a_secret_is_filled_in_at_its_place(graph: StubGraph, directory: GraphDirectory) -> None:
    graph.answers("PATCH", SET_PASSWORD.path, Script(204))
    await directory.write(permit_for(SET_PASSWORD), client_request_id="rq-1", secret=PASSWORD)
    profile = {"forceChangePasswordNextSignIn": True, "password": PASSWORD}
    assert json.loads(graph.received[0].content) == {"passwordProfile": profile}
    assert "password" not in (SET_PASSWORD.body or {})["passwordProfile"]


@pytest.mark.parametrize(
    ("call", "secret", "reason"),
    [
        (SET_PASSWORD, None, "exactly where"),
        (ADD_MEMBER, PASSWORD, "exactly where"),
        (GraphCall(method="PATCH", path="/u", body={}, secret_at=("profile", "password")), PASSWORD, "no place"),
        (GraphCall(method="PATCH", path="/u", body={"password": "set"}, secret_at=("password",)), PASSWORD, "taken"),
    ],
)
async def test_a_secret_without_its_place_or_a_place_without_its_secret_stops_the_write(
    graph: StubGraph, directory: GraphDirectory, call: GraphCall, secret: str | None, reason: str
) -> None:
    with pytest.raises(DirectoryError, match=reason) as caught:
        await directory.write(permit_for(call), client_request_id="rq-1", secret=secret)
    assert PASSWORD not in str(caught.value)
    assert graph.received == []


@pytest.mark.parametrize("script", [Script(504), Script(hang=True), Script(drop=True), Script(200, raw=b"[")])
async def test_no_error_tells_the_secret_or_the_token(
    graph: StubGraph, directory: GraphDirectory, credential: FakeCredential, script: Script
) -> None:
    graph.answers("PATCH", SET_PASSWORD.path, script)
    with pytest.raises(WriteUnknownError) as caught:
        await directory.write(permit_for(SET_PASSWORD), client_request_id="rq-1", secret=PASSWORD)
    told = f"{caught.value!r} {caught.value.__cause__!r}"
    assert PASSWORD not in told
    assert BEARER_MARK not in told
    assert (await credential.get_token()).token not in told


async def test_a_permit_of_another_tenant_is_not_used(graph: StubGraph, directory: GraphDirectory) -> None:
    foreign = permit_for(ADD_MEMBER, tenant_id="99999999-2222-3333-4444-555555555555")
    with pytest.raises(DirectoryError, match="permit for tenant"):
        await directory.write(foreign, client_request_id="rq-1", secret=None)
    assert graph.received == []


async def test_a_permit_for_a_read_is_not_a_permit_to_write(graph: StubGraph, directory: GraphDirectory) -> None:
    with pytest.raises(DirectoryError):
        await directory.write(permit_for(GraphCall(method="GET", path="/me")), client_request_id="rq-1", secret=None)
    assert graph.received == []


async def test_a_service_that_is_not_there_means_that_nothing_left(
    credential: FakeCredential, graph: StubGraph
) -> None:
    await graph.stop()
    directory = GraphDirectory(permit_for(ADD_MEMBER).tenant_id, credential, base_url=graph.base_url)
    with pytest.raises(DirectoryError, match="did not leave"):
        await directory.write(permit_for(ADD_MEMBER), client_request_id="rq-1", secret=None)
    await directory.close()
