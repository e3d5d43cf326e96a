"""Continuous access evaluation: a token that Graph refuses before its time is replaced, and no write is repeated."""

import base64

import pytest

from agent.errors import DirectoryError
from agent.graph.sender import GraphDirectory
from agent.model.graph_call import GraphCall
from tests.agent.graph.permits import ADD_MEMBER, permit_for
from tests.agent.graph.stub_graph import FakeCredential, Script, StubGraph

USER = GraphCall(method="GET", path="/users/u-1", query=(("$select", "id"),))
WANTED = '{"access_token":{"nbf":{"essential":true,"value":"1764000000"}}}'
ID = "11111111-2222-4333-8444-555555555555"


def challenge(claims: str, *, error: str = "insufficient_claims") -> Script:
    header = f'Bearer realm="", authorization_uri="https://login.example/", error="{error}", claims="{claims}"'
    return Script(401, {"error": {"code": "InvalidAuthenticationToken"}}, headers={"WWW-Authenticate": header})


def coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


async def test_a_read_is_sent_again_once_with_a_token_that_shows_what_was_asked(
    graph: StubGraph, directory: GraphDirectory, credential: FakeCredential
) -> None:
    graph.answers("GET", "/users/u-1", challenge(coded(WANTED)), Script(200, {"id": "u-1"}))
    assert (await directory.read(USER)).status == 200
    assert [one.get("claims") for one in credential.asked] == [None, WANTED]
    assert all(one["enable_cae"] for one in credential.asked)


async def test_a_read_that_is_challenged_twice_is_answered_as_refused(
    graph: StubGraph, directory: GraphDirectory
) -> None:
    graph.answers("GET", "/users/u-1", challenge(coded(WANTED)))
    assert (await directory.read(USER)).status == 401
    assert len(graph.received) == 2


async def test_a_batch_of_reads_is_sent_again_once_too(
    graph: StubGraph, directory: GraphDirectory, credential: FakeCredential
) -> None:
    batch = {"responses": [{"id": str(place), "status": 200, "body": {"id": "u"}} for place in range(2)]}
    graph.answers("POST", "/$batch", challenge(coded(WANTED)), Script(200, batch))
    calls = [GraphCall(method="GET", path=f"/users/u-{place}") for place in range(2)]
    answers = await directory.read_many(calls)
    assert [getattr(one, "status", one) for one in answers] == [200, 200]
    assert [one.get("claims") for one in credential.asked] == [None, WANTED]


USERS = tuple(GraphCall(method="GET", path=f"/users/u-{number}") for number in range(3))


async def test_refused_parts_of_a_batch_are_asked_again_once_with_a_new_token(
    graph: StubGraph, directory: GraphDirectory, credential: FakeCredential, waits: list[float]
) -> None:
    graph.answers("GET", USERS[0].path, challenge(coded(WANTED)), Script(200, {"id": "u-0"}))
    graph.answers("GET", USERS[1].path, Script(200, {"id": "u-1"}))
    graph.answers("GET", USERS[2].path, challenge(coded(WANTED)))
    answers = await directory.read_many(USERS)
    assert [getattr(one, "status", one) for one in answers] == [200, 200, 401]
    assert [one.target for one in graph.parts] == [*(one.path for one in USERS), USERS[0].path, USERS[2].path]
    assert [one.get("claims") for one in credential.asked] == [None, WANTED]
    assert waits == []
    # The last challenge was not met: whatever is sent next meets it.
    await directory.read(USERS[1])
    assert credential.asked[-1].get("claims") == WANTED


async def test_a_challenge_is_kept_until_there_is_a_token(
    graph: StubGraph, directory: GraphDirectory, credential: FakeCredential
) -> None:
    graph.answers("POST", ADD_MEMBER.path, challenge(coded(WANTED)), Script(204))
    with pytest.raises(DirectoryError, match="wants a new token"):
        await directory.write(permit_for(ADD_MEMBER), client_request_id=ID, secret=None)
    credential.failure = RuntimeError("the authority is away")
    with pytest.raises(DirectoryError, match="no token"):
        await directory.write(permit_for(ADD_MEMBER), client_request_id=ID, secret=None)
    credential.failure = None
    assert (await directory.write(permit_for(ADD_MEMBER), client_request_id=ID, secret=None)).status == 204
    assert [one.get("claims") for one in credential.asked] == [None, WANTED, WANTED]


async def test_a_challenged_write_certainly_did_not_happen_and_the_next_try_has_a_new_token(
    graph: StubGraph, directory: GraphDirectory, credential: FakeCredential
) -> None:
    graph.answers("POST", "/groups/g-1/members/$ref", challenge(coded(WANTED)), Script(204))
    with pytest.raises(DirectoryError, match="wants a new token"):
        await directory.write(permit_for(ADD_MEMBER), client_request_id=ID, secret=None)
    assert len(graph.received) == 1, "the sender never sends a write twice"
    answer = await directory.write(permit_for(ADD_MEMBER), client_request_id=ID, secret=None)
    assert answer.status == 204
    assert credential.asked[-1]["claims"] == WANTED


@pytest.mark.parametrize(
    "script",
    [
        challenge("not base64!"),
        challenge(coded("no json")),
        challenge(coded('"a text"')),
        challenge(coded(WANTED), error="invalid_token"),
        challenge(coded('{"x":"' + "y" * 5000 + '"}')),
        Script(401, {"error": {"code": "InvalidAuthenticationToken"}}),
    ],
    ids=["malformed", "no json", "no object", "another error", "too long", "no header"],
)
async def test_what_is_no_challenge_is_a_plain_refusal(
    graph: StubGraph, directory: GraphDirectory, credential: FakeCredential, script: Script
) -> None:
    graph.answers("GET", "/users/u-1", script)
    assert (await directory.read(USER)).status == 401
    assert len(graph.received) == 1
    assert all("claims" not in one for one in credential.asked)
