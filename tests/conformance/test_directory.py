"""What every Directory promises, checked on the Graph sender over HTTP and on the fake of the stages' tests."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from typing import Any

import pytest

from agent.errors import DirectoryError, WriteUnknownError
from agent.graph.sender import GraphDirectory
from agent.model.graph_call import GraphCall
from agent.ports import Answer, Directory
from tests.agent.graph.permits import ADD_MEMBER, SET_PASSWORD, permit_for
from tests.agent.graph.stub_graph import TENANT, FakeCredential, Script, StubGraph
from tests.conformance.fake_directory import FakeDirectory

USER = GraphCall(method="GET", path="/users/u-1", query=(("$select", "id"),))


class World(ABC):
    """A directory and a way to decide what it answers."""

    directory: Directory

    @abstractmethod
    def answers(self, call: GraphCall, status: int, body: dict[str, Any]) -> None:
        """Make `call` answer this."""

    @abstractmethod
    def fails(self, call: GraphCall) -> None:
        """Make reads of `call` fail for good."""

    @abstractmethod
    def loses(self, call: GraphCall) -> None:
        """Make the next write take effect and lose its answer."""

    @abstractmethod
    def bodies(self) -> list[Any]:
        """Return the bodies of the writes that arrived."""


class MemoryWorld(World):
    """FakeDirectory."""

    def __init__(self) -> None:
        self.directory = self._fake = FakeDirectory(TENANT)

    def answers(self, call: GraphCall, status: int, body: dict[str, Any]) -> None:
        if call.writes:
            self._fake.on(call.method, call.path, lambda _sent: (status, body))
        elif status == 200:
            self._fake.put(call.path, body)
        else:
            self._fake.refuse(call.method, call.path, Answer(status=status, body=body, request_id="refused"))

    def fails(self, call: GraphCall) -> None:
        self._fake.refuse(call.method, call.path, DirectoryError("the service does not answer"))

    def loses(self, call: GraphCall) -> None:
        self._fake.on(call.method, call.path, lambda _sent: (204, {}))
        self._fake.lose_next_answer(when="after")

    def bodies(self) -> list[Any]:
        return [one.body for one in self._fake.written]


class HttpWorld(World):
    """GraphDirectory on a stub service."""

    def __init__(self, stub: StubGraph, directory: GraphDirectory) -> None:
        self.directory = directory
        self._stub = stub

    def answers(self, call: GraphCall, status: int, body: dict[str, Any]) -> None:
        self._stub.answers(call.method, call.path, Script(status, body or None))

    def fails(self, call: GraphCall) -> None:
        self._stub.answers(call.method, call.path, Script(503))

    def loses(self, call: GraphCall) -> None:
        self._stub.answers(call.method, call.path, Script(drop=True))

    def bodies(self) -> list[Any]:
        return [one.json() for one in self._stub.received if one.method != "GET" and "$batch" not in one.target]


async def no_wait(_seconds: float) -> None:
    """Do not sleep."""


@pytest.fixture(params=["memory", "graph"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    if request.param == "memory":
        yield MemoryWorld()
        return
    stub = StubGraph()
    await stub.start()
    directory = GraphDirectory(TENANT, FakeCredential(), base_url=stub.base_url, sleep=no_wait)
    yield HttpWorld(stub, directory)
    await directory.close()
    await stub.stop()


@pytest.mark.parametrize(("status", "body"), [(200, {"id": "u-1"}), (403, {"error": {}}), (404, {"error": {}})])
async def test_a_read_returns_its_answer_also_when_it_is_no(world: World, status: int, body: dict[str, Any]) -> None:
    world.answers(USER, status, body)
    answer = await world.directory.read(USER)
    assert (answer.status, answer.body) == (status, body)


async def test_a_read_without_an_answer_is_an_error(world: World) -> None:
    world.fails(USER)
    with pytest.raises(DirectoryError):
        await world.directory.read(USER)


OTHERS = tuple(GraphCall(method="GET", path=f"/users/u-{number}") for number in range(2, 25))


async def test_many_reads_are_answered_each_in_its_place(world: World) -> None:
    for place, call in enumerate((USER, *OTHERS)):
        world.answers(call, (200, 404, 403)[place % 3], {"id": call.path})
    answers = await world.directory.read_many((USER, *OTHERS))
    assert [(one.status, one.body) for one in answers if isinstance(one, Answer)] == [
        ((200, 404, 403)[place % 3], {"id": call.path}) for place, call in enumerate((USER, *OTHERS))
    ]


async def test_one_read_of_many_without_an_answer_leaves_the_others_theirs(world: World) -> None:
    world.answers(USER, 200, {"id": "u-1"})
    world.fails(OTHERS[0])
    first, second = await world.directory.read_many((USER, OTHERS[0]))
    assert isinstance(first, Answer) and first.body == {"id": "u-1"}
    assert isinstance(second, DirectoryError)


async def test_no_reads_at_all_are_answered_by_nothing(world: World) -> None:
    assert await world.directory.read_many(()) == ()


async def test_a_write_among_many_reads_stops_them_all(world: World) -> None:
    world.answers(ADD_MEMBER, 204, {})
    with pytest.raises(ValueError, match="GET"):
        await world.directory.read_many((USER, ADD_MEMBER))
    assert world.bodies() == []


async def test_a_write_is_never_read(world: World) -> None:
    with pytest.raises(ValueError, match="GET"):
        await world.directory.read(ADD_MEMBER)
    assert world.bodies() == []


async def test_a_permitted_write_arrives_once_with_its_body(world: World) -> None:
    world.answers(ADD_MEMBER, 201, {"id": "new"})
    answer = await world.directory.write(permit_for(ADD_MEMBER), client_request_id="rq-1", secret=None)
    assert (answer.status, answer.body) == (201, {"id": "new"})
    assert world.bodies() == [ADD_MEMBER.body]


async def test_a_refused_write_is_an_answer(world: World) -> None:
    world.answers(ADD_MEMBER, 400, {"error": {"code": "x"}})
    answer = await world.directory.write(permit_for(ADD_MEMBER), client_request_id="rq-1", secret=None)
    assert (answer.status, answer.body) == (400, {"error": {"code": "x"}})


async def test_an_answer_without_a_body_has_an_empty_one(world: World) -> None:
    world.answers(ADD_MEMBER, 204, {})
    answer = await world.directory.write(permit_for(ADD_MEMBER), client_request_id="rq-1", secret=None)
    assert (answer.status, answer.body) == (204, {})


async def test_a_write_that_took_effect_and_lost_its_answer_is_unknown(world: World) -> None:
    world.loses(ADD_MEMBER)
    with pytest.raises(WriteUnknownError):
        await world.directory.write(permit_for(ADD_MEMBER), client_request_id="rq-1", secret=None)
    assert world.bodies() == [ADD_MEMBER.body]


async def test_a_secret_goes_to_its_place_and_not_into_the_call(world: World) -> None:
    world.answers(SET_PASSWORD, 204, {})
    permit = permit_for(SET_PASSWORD)
    await world.directory.write(permit, client_request_id="rq-1", secret="s3cret")
    assert world.bodies() == [{"passwordProfile": {"forceChangePasswordNextSignIn": True, "password": "s3cret"}}]
    assert permit.call_digest == SET_PASSWORD.digest


@pytest.mark.parametrize(("call", "secret"), [(SET_PASSWORD, None), (ADD_MEMBER, "s3cret")])
async def test_a_secret_is_required_at_its_place_and_refused_elsewhere(
    world: World, call: GraphCall, secret: str | None
) -> None:
    world.answers(call, 204, {})
    with pytest.raises(DirectoryError):
        await world.directory.write(permit_for(call), client_request_id="rq-1", secret=secret)
    assert world.bodies() == []


async def test_another_tenants_permit_writes_nothing(world: World) -> None:
    world.answers(ADD_MEMBER, 204, {})
    with pytest.raises(DirectoryError):
        await world.directory.write(permit_for(ADD_MEMBER, tenant_id="other"), client_request_id="rq-1", secret=None)
    assert world.bodies() == []
