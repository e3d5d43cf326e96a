"""What the sender promises about many reads at once."""

from typing import Any

import pytest

from agent.errors import DirectoryError
from agent.graph.sender import GraphDirectory
from agent.lookups import LOOKUPS
from agent.model.graph_call import GraphCall
from agent.ports import Answer
from tests.agent.graph.permits import ADD_MEMBER
from tests.agent.graph.reads import MEMBERS, USER
from tests.agent.graph.stub_graph import FakeCredential, Script, StubGraph

KEY = GraphCall(method="GET", path="/informationProtection/bitlocker/recoveryKeys/k-1", query=(("$select", "key"),))


def bodies(answers: tuple[Any, ...]) -> list[Any]:
    """What came back, errors as their class."""
    return [one.body if isinstance(one, Answer) else type(one) for one in answers]


async def test_reads_share_one_request_and_keep_their_own_headers(graph: StubGraph, directory: GraphDirectory) -> None:
    graph.answers("GET", USER.path, Script(200, {"id": "u-1"}))
    graph.answers("GET", MEMBERS.path, Script(200, {"value": []}))
    answers = await directory.read_many((USER, MEMBERS))
    assert bodies(answers) == [{"id": "u-1"}, {"value": []}]
    [sent] = graph.received
    assert (sent.method, sent.target) == ("POST", "/v1.0/$batch")
    assert sent.json() == {
        "requests": [
            {"id": "0", "method": "GET", "url": "/users/u-1?$select=id%2CdisplayName"},
            {
                "id": "1",
                "method": "GET",
                "url": "/groups/g-1/members?$count=true",
                "headers": {"ConsistencyLevel": "eventual"},
            },
        ]
    }
    assert all(isinstance(one, Answer) and (one.request_id, one.token_id) == ("graph-1", "uti-1") for one in answers)


async def test_more_than_twenty_reads_take_more_than_one_batch(graph: StubGraph, directory: GraphDirectory) -> None:
    calls = [GraphCall(method="GET", path=f"/users/u-{number}") for number in range(41)]
    for call in calls:
        graph.answers("GET", call.path, Script(200, {"id": call.path}))
    assert bodies(await directory.read_many(calls)) == [{"id": call.path} for call in calls]
    # The last one is alone, so it needs no batch.
    assert [one.target for one in graph.received] == ["/v1.0/$batch", "/v1.0/$batch", "/v1.0/users/u-40"]


async def test_only_the_throttled_parts_are_asked_again_after_their_time(
    graph: StubGraph, directory: GraphDirectory, waits: list[float]
) -> None:
    graph.answers("GET", USER.path, Script(200, {"id": "u-1"}))
    busy = Script(429, {"error": {}}, {"Retry-After": "2.5"})
    graph.answers("GET", MEMBERS.path, busy, Script(504), Script(200, {"value": [1]}))
    assert bodies(await directory.read_many((USER, MEMBERS))) == [{"id": "u-1"}, {"value": [1]}]
    assert [one.target for one in graph.parts] == [
        "/users/u-1?$select=id%2CdisplayName",
        *["/groups/g-1/members?$count=true"] * 3,
    ]
    assert waits == [2.625, 1.0]


@pytest.mark.parametrize(
    ("script", "asked", "tries"),
    [
        (Script(429, headers={"Retry-After": "90"}), 90.0, 1),
        (Script(429, headers={"Retry-After": "soon"}), None, 4),
        (Script(drop=True), None, 4),
    ],
)
async def test_a_part_that_stays_without_an_answer_is_an_error_that_says_when_to_come_back(
    graph: StubGraph, directory: GraphDirectory, script: Script, asked: float | None, tries: int
) -> None:
    graph.answers("GET", USER.path, Script(200, {"id": "u-1"}))
    graph.answers("GET", MEMBERS.path, script)
    first, second = await directory.read_many((USER, MEMBERS))
    assert isinstance(first, Answer)
    assert isinstance(second, DirectoryError) and second.retry_after_seconds == asked
    assert len(graph.received) == tries


async def test_later_pages_of_a_part_are_read_one_by_one(graph: StubGraph, directory: GraphDirectory) -> None:
    link = {"@odata.nextLink": f"{graph.base_url}/groups/g-1/members?$skiptoken=a"}
    graph.answers("GET", MEMBERS.path, Script(200, {"value": [1], **link}), Script(200, {"value": [2]}))
    graph.answers("GET", USER.path, Script(200, {}))
    assert bodies(await directory.read_many((USER, MEMBERS))) == [{}, {"value": [1, 2]}]
    page = graph.received[1]
    assert (page.method, page.headers["ConsistencyLevel"]) == ("GET", "eventual")


async def test_a_page_of_a_part_elsewhere_is_that_parts_error(graph: StubGraph, directory: GraphDirectory) -> None:
    link = {"@odata.nextLink": "https://evil.example/v1.0/x"}
    graph.answers("GET", MEMBERS.path, Script(200, {"value": [], **link}))
    graph.answers("GET", USER.path, Script(200, {"id": "u-1"}))
    assert bodies(await directory.read_many((MEMBERS, USER))) == [DirectoryError, {"id": "u-1"}]
    assert len(graph.received) == 1


async def test_a_part_whose_body_is_no_object_is_an_error(graph: StubGraph, directory: GraphDirectory) -> None:
    graph.answers("GET", MEMBERS.path, Script(200, "PGh0bWw+"))
    graph.answers("GET", USER.path, Script(200, {"id": "u-1"}))
    assert bodies(await directory.read_many((MEMBERS, USER))) == [DirectoryError, {"id": "u-1"}]


async def test_a_service_without_batches_is_asked_one_by_one(graph: StubGraph, directory: GraphDirectory) -> None:
    graph.answers("POST", "/$batch", Script(501))
    graph.answers("GET", USER.path, Script(200, {"id": "u-1"}))
    graph.answers("GET", MEMBERS.path, Script(404, {"error": {}}))
    assert bodies(await directory.read_many((USER, MEMBERS))) == [{"id": "u-1"}, {"error": {}}]


async def test_a_batch_that_is_throttled_or_lost_as_a_whole_is_sent_again(
    graph: StubGraph, directory: GraphDirectory, waits: list[float]
) -> None:
    both = {"responses": [{"id": place, "status": 200, "body": {"n": place}} for place in ("1", "0")]}
    busy = Script(429, headers={"Retry-After": "1"})
    graph.answers("POST", "/$batch", busy, Script(drop=True), Script(200, both))
    assert bodies(await directory.read_many((USER, MEMBERS))) == [{"n": "0"}, {"n": "1"}]
    assert waits == [1.125, 1.0]


async def test_a_batch_that_nobody_may_send_is_answered_for_every_part(
    graph: StubGraph, directory: GraphDirectory
) -> None:
    graph.answers("POST", "/$batch", Script(401, {"error": {"code": "InvalidAuthenticationToken"}}))
    answers = await directory.read_many((USER, MEMBERS))
    assert [one.status for one in answers if isinstance(one, Answer)] == [401, 401]
    assert len(graph.received) == 1


async def test_without_a_token_every_read_is_an_error_and_nothing_is_sent(
    graph: StubGraph, directory: GraphDirectory, credential: FakeCredential
) -> None:
    credential.failure = RuntimeError("no token")
    assert bodies(await directory.read_many((USER, MEMBERS))) == [DirectoryError, DirectoryError]
    assert graph.received == []


async def test_a_write_is_not_read_with_others(graph: StubGraph, directory: GraphDirectory) -> None:
    with pytest.raises(ValueError, match="GET"):
        await directory.read_many((USER, ADD_MEMBER))
    assert graph.received == []


async def test_a_secret_among_others_is_not_asked_for_and_the_others_are(
    graph: StubGraph, directory: GraphDirectory
) -> None:
    graph.answers("GET", USER.path, Script(200, {"id": "u-1"}))
    graph.answers("GET", MEMBERS.path, Script(200, {"value": []}))
    assert bodies(await directory.read_many((USER, KEY, MEMBERS))) == [{"id": "u-1"}, DirectoryError, {"value": []}]
    assert [one.target for one in graph.parts] == [USER.target, MEMBERS.target]


NAMED_AFTER_SECRETS = [
    "RecoveryKeys Keyholders",
    "deviceLocalCredentials credential",
    "managedDevices project",
    "x&$select=deviceActionResults",
    "recoveryKeys%3F$select=key",
    "..",
    "a/../b",
    "",
    "\ud800",
]


@pytest.mark.parametrize("name", NAMED_AFTER_SECRETS)
async def test_no_name_in_a_ticket_keeps_other_questions_from_being_asked(
    graph: StubGraph, directory: GraphDirectory, name: str
) -> None:
    calls = [call for lookup in LOOKUPS if (call := call_of(lookup, name)) is not None]
    graph.answers("GET", USER.path, Script(200, {"id": "u-1"}))
    answers = await directory.read_many((*calls, USER))
    assert bodies(answers)[-1:] == [{"id": "u-1"}]


@pytest.mark.parametrize("name", NAMED_AFTER_SECRETS[:3])
@pytest.mark.parametrize("lookup", ["group.find", "user.find", "app.find", "site.search", "device.managed.find"])
def test_what_is_searched_for_is_never_taken_for_a_secret(lookup: str, name: str) -> None:
    call = call_of(lookup, name)
    assert call is None or not call.reveals


def call_of(lookup: str, subject: str) -> GraphCall | None:
    """The request of a look-up, or None where the subject is no possible one."""
    try:
        return LOOKUPS[lookup].call(subject)
    except DirectoryError:
        return None
