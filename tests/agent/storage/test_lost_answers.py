"""Storage did it and its answer never came: the worker finds its own transaction and goes on as if it had heard."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from azure.core.exceptions import ServiceResponseError
from azure.core.pipeline.transport import AioHttpTransport
from azure.data.tables.aio import TableServiceClient

from agent.errors import AlreadySupersededError, StorageError
from agent.model.case import Stage
from agent.storage.cases import TableCaseStore
from agent.storage.connections import StorageConnections
from tests.conformance.memory_payloads import MemoryPayloads
from tests.conformance.memory_sealer import MemorySealer
from tests.conformance.samples import NOW, SOON, attempt, case, event


class Deaf(AioHttpTransport):
    """Sends every request and loses the answer to the next transaction: as a broken line, or as a 503 on the way."""

    losing = ""

    async def send(self, request: Any, **kwargs: Any) -> Any:
        answer = await super().send(request, **kwargs)
        if not self.losing or not request.url.endswith("/$batch"):
            return answer
        losing, self.losing = self.losing, ""
        if losing == "line":
            raise ServiceResponseError("the line broke")
        answer.status_code = 503
        return answer


@pytest.fixture
async def deaf() -> Deaf:
    return Deaf()


@pytest.fixture
async def store(
    storage: StorageConnections, azurite_connection: str, deaf: Deaf, sealer: MemorySealer
) -> AsyncIterator[TableCaseStore]:
    """A store on the same tables whose line can break."""
    async with TableServiceClient.from_connection_string(
        azurite_connection, transport=deaf, retry_backoff_factor=0.01
    ) as tables:
        yield TableCaseStore(tables, sealer=sealer, payloads=MemoryPayloads())


@pytest.fixture
def sealer() -> MemorySealer:
    return MemorySealer()


@pytest.mark.parametrize("losing", ["line", "503"])
class TestLostAnswers:
    async def test_a_case_a_turn_and_an_intent_are_saved_once_and_known_to_be(
        self, store: TableCaseStore, deaf: Deaf, losing: str
    ) -> None:
        stored = case()
        deaf.losing = losing
        assert await store.create(stored, (event(),), due_at=SOON)
        held = await store.load(stored.id)
        assert held is not None
        deaf.losing = losing
        begun = await store.begin(held, attempt(), events=(event(),), lease_until=SOON)
        assert begun == await store.load(stored.id)
        deaf.losing = losing
        saved = await store.commit(begun, begun.case, events=(event(),), attempts=(), due_at=SOON)
        assert saved == await store.load(stored.id)
        assert len(await store.events(stored.id)) == 3
        deaf.losing = losing
        closed = saved.case.evolve(stage=Stage.CLOSED, outcome="resolved", closed_at=NOW)
        await store.commit(saved, closed, events=(), attempts=(), due_at=None)
        assert [one.case.id async for one in store.recent(9)] == [stored.id]

    async def test_what_another_worker_saved_is_never_taken_for_our_own(
        self, store: TableCaseStore, deaf: Deaf, losing: str
    ) -> None:
        await store.create(stored := case(), (event(),), due_at=SOON)
        held = await store.load(stored.id)
        assert held is not None
        # The same turn in the same moment, down to the last word.
        other = await store.commit(held, held.case, events=(event(),), attempts=(), due_at=SOON)
        deaf.losing = losing
        with pytest.raises((AlreadySupersededError, StorageError)):
            await store.commit(held, held.case, events=(event(),), attempts=(), due_at=SOON)
        deaf.losing = losing
        with pytest.raises((AlreadySupersededError, StorageError)):
            await store.begin(held, attempt(), events=(), lease_until=SOON)
        assert await store.load(stored.id) == other
        assert await store.attempts(stored.id) == ()
