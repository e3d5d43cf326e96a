"""What every store of orders and of poison promises, checked on Azure Storage and on the in-memory twins."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import pytest
from aiohttp import web
from azure.core.credentials import AzureNamedKeyCredential
from azure.data.tables import UpdateMode
from azure.data.tables.aio import TableServiceClient
from azure.storage.queue import TextBase64EncodePolicy

from agent.controls import entry_of
from agent.errors import ControlsUnknownError, StorageError
from agent.model.activity_event import EventCode
from agent.model.case import Stage
from agent.model.control import Control, ControlState, Scope
from agent.model.sealed_log import chain_start
from agent.oversight import Controls, PoisonMessage
from agent.storage.connections import StorageConnections, connect
from agent.storage.controls import PARTITION, TableControls, state_row
from agent.storage.poison import QueuePoison
from policy import digest
from tests.conformance.loopback_tls import tls_server
from tests.conformance.memory_oversight import MemoryControls
from tests.conformance.order_rows import forget, rows_of
from tests.conformance.samples import NOW, event
from tests.conformance.storage_fixtures import RequestCount


@pytest.fixture
async def tables(storage: StorageConnections) -> AsyncIterator[StorageConnections]:
    """Storage in which the stack is ordered nothing, before and after."""
    await forget(storage, "stack")
    yield storage
    await forget(storage, "stack")


@pytest.fixture(params=["memory", "table"])
def controls(request: pytest.FixtureRequest) -> Controls:
    if request.param == "memory":
        return MemoryControls()
    return TableControls(request.getfixturevalue("tables").tables)


@pytest.fixture
def tenant_id() -> str:
    return str(uuid4())


def order(subject: str, state: ControlState = "paused", *, scope: Scope = "tenant", minute: int = 0) -> Control:
    moment = NOW + timedelta(minutes=minute)
    return Control(scope=scope, subject=subject, state=state, by="Olga", why="héllo", at=moment)


async def give(controls: Controls, control: Control) -> Control:
    await controls.record(control, entry_of(control, now=control.at))
    return control


class TestControls:
    async def test_without_an_order_nothing_is_held(self, controls: Controls, tenant_id: str) -> None:
        assert await controls.of("tenant", tenant_id) is None
        assert [one for one in await controls.holding(tenant_id) if one.scope == "tenant"] == []
        assert await controls.events("tenant", tenant_id) == ()

    async def test_the_newest_order_is_in_force_and_every_one_is_logged(
        self, controls: Controls, tenant_id: str
    ) -> None:
        states: tuple[ControlState, ...] = ("paused", "stopped", "running", "stopped")
        given = [await give(controls, order(tenant_id, one, minute=n)) for n, one in enumerate(states)]
        assert await controls.of("tenant", tenant_id) == given[-1]
        assert given[-1] in await controls.holding(tenant_id)
        logged = await controls.events("tenant", tenant_id)
        assert [one.code.value.removeprefix("control.") for one in logged] == [
            "paused",
            "stopped",
            "resumed",
            "stopped",
        ]

    async def test_what_was_resumed_holds_nothing(self, controls: Controls, tenant_id: str) -> None:
        await give(controls, order(tenant_id))
        await give(controls, order(tenant_id, "running", minute=1))
        assert [one for one in await controls.holding(tenant_id) if one.scope == "tenant"] == []

    async def test_the_stacks_order_holds_every_tenant_and_a_tenants_own_no_other(
        self, controls: Controls, tenant_id: str
    ) -> None:
        stack = await give(controls, order("", "stopped", scope="stack"))
        own = await give(controls, order(tenant_id))
        try:
            assert await controls.holding(tenant_id) == (stack, own)
            assert await controls.holding(tenant_id.upper()) == (stack, own)
            assert await controls.holding(str(uuid4())) == (stack,)
        finally:
            await give(controls, order("", "running", scope="stack", minute=1))

    async def test_a_log_entry_alone_leaves_the_order_as_it_is(self, controls: Controls, tenant_id: str) -> None:
        drilled = event(EventCode.CONTROL_DRILLED, cases=3)
        await controls.log("tenant", tenant_id, event=drilled)
        assert await controls.of("tenant", tenant_id) is None
        given = await give(controls, order(tenant_id))
        await controls.log("tenant", tenant_id, event=drilled)
        assert await controls.of("tenant", tenant_id) == given
        assert [one.code for one in await controls.events("tenant", tenant_id)][::2] == [drilled.code] * 2

    async def test_of_orders_given_at_once_each_is_logged_and_the_last_is_in_force(
        self, controls: Controls, tenant_id: str
    ) -> None:
        orders = [order(tenant_id, minute=number) for number in range(6)]
        await asyncio.gather(*(give(controls, one) for one in orders))
        logged = await controls.events("tenant", tenant_id)
        assert {one.at for one in logged} == {one.at for one in orders} and len(logged) == 6
        in_force = await controls.of("tenant", tenant_id)
        assert in_force is not None and in_force.at == logged[-1].at

    async def test_an_order_on_a_case_has_no_place_here(self, controls: Controls) -> None:
        with pytest.raises(ValueError, match="stands in the case"):
            await controls.events("case", "f" * 32)


class TestControlsInTables:
    @pytest.mark.parametrize("damage", [{"state": "gone"}, {"by": ""}, {"at": "soon"}])
    @pytest.mark.parametrize("scope", ["stack", "tenant"])
    async def test_a_damaged_order_is_never_taken_for_none(
        self, tables: StorageConnections, tenant_id: str, scope: Scope, damage: dict[str, str]
    ) -> None:
        controls = TableControls(tables.tables)
        given = order(tenant_id if scope == "tenant" else "", scope=scope)
        await give(controls, given)
        name = f"tenant-{tenant_id}" if scope == "tenant" else "stack"
        row = {"PartitionKey": PARTITION, "RowKey": state_row(name), **damage}
        await tables.tables.get_table_client("controls").upsert_entity(row, mode=UpdateMode.MERGE)
        with pytest.raises(ControlsUnknownError, match="damaged"):
            await controls.holding(tenant_id)
        # Whoever gives a new order is heard all the same.
        await give(controls, given.model_copy(update={"state": "stopped"}))
        assert len(await controls.holding(tenant_id)) == 1

    async def test_a_missing_table_is_not_the_absence_of_orders(self, azurite_connection: str, tenant_id: str) -> None:
        bare = connect({"AzureWebJobsStorage": azurite_connection}, None)
        controls = TableControls(bare.tables)
        controls._table = bare.tables.get_table_client("nowhere")
        try:
            for asked in (controls.holding(tenant_id), controls.of("tenant", tenant_id)):
                with pytest.raises(ControlsUnknownError, match="TableNotFound"):
                    await asked
            with pytest.raises(StorageError, match="TableNotFound"):
                await give(controls, order(tenant_id))
        finally:
            await bare.close()

    async def test_what_holds_a_write_is_read_with_one_request_however_long_the_logs_are(
        self, tables: StorageConnections, request_count: RequestCount, tenant_id: str
    ) -> None:
        controls = TableControls(tables.tables)
        stack, own = order("", "stopped", scope="stack"), order(tenant_id)
        for one in (stack, own, order(str(uuid4())), own):
            await give(controls, one)
        request_count.reset()
        assert await controls.holding(tenant_id) == (stack, own)
        assert request_count.value == 1

    async def test_an_order_that_comes_on_a_later_page_holds_as_well(self, tenant_id: str) -> None:
        row = {"PartitionKey": PARTITION, "RowKey": state_row(f"tenant-{tenant_id}"), "state": "paused", "by": "Olga"}
        rows = {"3": [{**row, "why": "w", "at": "2026-03-01T10:00:00.000000Z"}]}

        async def answer(request: web.Request) -> web.Response:
            page = request.query.get("NextRowKey", "1")
            follows = {f"x-ms-continuation-Next{key}Key": str(int(page) + 1) for key in ("Partition", "Row")}
            return web.json_response({"value": rows.get(page, [])}, headers=follows if page != "3" else {})

        async with tls_server(answer) as (url, transport):
            key = AzureNamedKeyCredential("a", base64.b64encode(b"k").decode())
            async with TableServiceClient(url, credential=key, transport=transport) as service:
                (held,) = await TableControls(service).holding(tenant_id)
        assert (held.state, held.subject) == ("paused", tenant_id)

    async def test_the_log_of_orders_is_chained_as_a_cases_is(self, tables: StorageConnections, tenant_id: str) -> None:
        controls = TableControls(tables.tables)
        for minute in range(3):
            await give(controls, order(tenant_id, minute=minute))
        rows = await rows_of(tables, f"tenant-{tenant_id}")
        prev = chain_start(f"tenant-{tenant_id}")
        for number, (row, logged) in enumerate(zip(rows, await controls.events("tenant", tenant_id), strict=True)):
            assert (row["RowKey"], row["prev"]) == (f"ev-tenant-{tenant_id}-{number:06d}", prev)
            prev = digest({"seq": number, "event": logged.model_dump(mode="json"), "prev": prev})
            assert row["hash"] == prev


class TestPoison:
    async def test_every_stages_poison_is_found_as_it_was_sent_and_gone_when_dropped(
        self, storage: StorageConnections
    ) -> None:
        body = json.dumps({"case": uuid4().hex, "seq": 1})
        for stage in ("investigate", "close"):
            queue = storage.queues.get_queue_client(f"{stage}-poison", message_encode_policy=TextBase64EncodePolicy())
            await queue.send_message(body)
        await storage.queues.get_queue_client("execute-poison").send_message("not base64!")
        box = QueuePoison(storage.queues)
        found = [one async for one in box.waiting()]
        assert {(one.stage, one.body) for one in found} >= {
            ("investigate", body.encode()),
            ("close", body.encode()),
            ("execute", b"not base64!"),
        }
        for one in found:
            await box.drop(one)
            await box.drop(one)
        assert await self.left(storage, found) == 0

    async def test_however_many_there_are_each_stage_is_asked_once(
        self, storage: StorageConnections, request_count: RequestCount
    ) -> None:
        for number in range(5):
            await storage.queues.get_queue_client("plan-poison").send_message(f"{number}")
        request_count.reset()
        box = QueuePoison(storage.queues)
        found = [one async for one in box.waiting() if one.stage == "plan"]
        assert len(found) == 5 and request_count.value == len(Stage) - 1
        for one in found:
            await box.drop(one)

    async def test_a_queue_that_the_host_never_made_is_empty(
        self, storage: StorageConnections, azurite_connection: str
    ) -> None:
        bare = connect({"AzureWebJobsStorage": azurite_connection}, None)
        try:
            queues = bare.queues
            await queues.delete_queue("verify-poison")
            found = [one async for one in QueuePoison(queues).waiting()]
            await queues.create_queue("verify-poison")
            assert [one for one in found if one.stage == "verify"] == []
        finally:
            await bare.close()

    async def test_what_is_not_dropped_stays_and_is_hidden_for_a_while(self, storage: StorageConnections) -> None:
        await storage.queues.get_queue_client("plan-poison").send_message(base64.b64encode(b"{}").decode())
        box = QueuePoison(storage.queues)
        first = [one async for one in box.waiting() if one.stage == "plan"]
        again = [one async for one in box.waiting() if one.stage == "plan"]
        assert len(first) == 1 and again == []
        assert await self.left(storage, first) == 1
        await box.drop(first[0])

    @staticmethod
    async def left(storage: StorageConnections, messages: list[PoisonMessage]) -> int:
        names = {f"{one.stage}-poison" for one in messages}
        counted = [await storage.queues.get_queue_client(name).get_queue_properties() for name in names]
        return sum(one.approximate_message_count or 0 for one in counted)
