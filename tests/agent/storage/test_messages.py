"""Wake-ups, deliveries, connections and provisioning on Azurite."""

import asyncio
import json

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ResourceNotFoundError
from azure.storage.queue import TextBase64DecodePolicy

from agent.errors import DoesNotFitError, SettingsError, StorageError
from agent.model.case import Stage
from agent.storage.connections import QUEUE_URL, TABLE_URL, StorageConnections, connect
from agent.storage.deliveries import TableDeliveries
from agent.storage.provision import QUEUES, provision
from agent.storage.wakeups import MAX_DELAY_SECONDS, QueueWakeups


class StoppedError(Exception):
    """A request got as far as asking for its token."""


class StoppingCredential:
    """Notes what it is asked for and gives nothing."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def get_token(self, *scopes: str, **_options: object) -> AccessToken:
        """Stop the request."""
        self.asked += scopes
        raise StoppedError

    async def close(self) -> None:
        """Nothing to close."""

    async def __aenter__(self) -> "StoppingCredential":
        return self

    async def __aexit__(self, *_details: object) -> None:
        return None


class TestWakeups:
    async def test_a_message_names_case_and_seq_and_nothing_else(self, storage: StorageConnections) -> None:
        queue = storage.queues.get_queue_client("plan", message_decode_policy=TextBase64DecodePolicy())
        await queue.clear_messages()
        await QueueWakeups(storage.queues).put(Stage.PLAN, "case-1", seq=7)
        message = await queue.receive_message()
        assert message is not None
        await queue.delete_message(message)
        assert json.loads(message.content) == {"case": "case-1", "seq": 7}

    async def test_a_message_never_expires(self, storage: StorageConnections) -> None:
        queue = storage.queues.get_queue_client("approve")
        await queue.clear_messages()
        await QueueWakeups(storage.queues).put("approve", "case-1", seq=0)
        message = await queue.receive_message()
        assert message is not None and message.expires_on is not None
        assert message.expires_on.year == 9999

    async def test_a_delayed_message_is_not_seen_before_its_time(self, storage: StorageConnections) -> None:
        queue = storage.queues.get_queue_client("verify")
        await queue.clear_messages()
        await QueueWakeups(storage.queues).put("verify", "case-1", seq=0, delay_seconds=MAX_DELAY_SECONDS)
        assert await queue.receive_message() is None
        assert (await queue.get_queue_properties()).approximate_message_count == 1

    @pytest.mark.parametrize("delay", [-1, MAX_DELAY_SECONDS + 1])
    async def test_a_delay_that_the_queue_cannot_keep_is_refused(self, storage: StorageConnections, delay: int) -> None:
        with pytest.raises(StorageError, match="delay"):
            await QueueWakeups(storage.queues).put("close", "case-1", seq=0, delay_seconds=delay)

    async def test_a_message_longer_than_a_queue_takes_is_refused_before_it_is_sent(
        self, storage: StorageConnections
    ) -> None:
        queue = storage.queues.get_queue_client("close")
        await queue.clear_messages()
        frame = len(json.dumps({"case": "", "seq": 0}))
        longest = "c" * (49_152 - frame)
        with pytest.raises(DoesNotFitError, match="`65536` characters"):
            await QueueWakeups(storage.queues).put("close", longest + "c", seq=0)
        assert (await queue.get_queue_properties()).approximate_message_count == 0
        await QueueWakeups(storage.queues).put("close", longest, seq=0)
        assert (await queue.get_queue_properties()).approximate_message_count == 1
        await queue.clear_messages()

    async def test_a_queue_that_does_not_exist_is_a_storage_error(self, storage: StorageConnections) -> None:
        with pytest.raises(StorageError, match="QueueNotFound"):
            await QueueWakeups(storage.queues).put("nowhere", "case-1", seq=0)


class TestDeliveries:
    async def test_a_redelivery_finds_the_case_of_the_first_delivery(self, storage: StorageConnections) -> None:
        deliveries = TableDeliveries(storage.tables)
        assert await deliveries.find_or_insert("desk", "msg/1?#\\", case_id="case-1") == "case-1"
        assert await deliveries.find_or_insert("desk", "msg/1?#\\", case_id="case-2") == "case-1"
        assert await deliveries.find_or_insert("other", "msg/1?#\\", case_id="case-3") == "case-3"

    async def test_of_eight_deliveries_at_once_all_find_one_case(self, storage: StorageConnections) -> None:
        deliveries = TableDeliveries(storage.tables)
        tries = [deliveries.find_or_insert("desk", "msg-2", case_id=f"case-{n}") for n in range(8)]
        assert len(set(await asyncio.gather(*tries))) == 1

    @pytest.mark.parametrize("source", ["", "a/b", "a" * 101, "é"])
    async def test_a_source_that_cannot_be_a_key_is_refused(self, storage: StorageConnections, source: str) -> None:
        with pytest.raises(StorageError):
            await TableDeliveries(storage.tables).find_or_insert(source, "m", case_id="c")


class TestConnections:
    @pytest.mark.parametrize(
        "settings",
        [
            {},
            {TABLE_URL: "https://a.table.core.windows.net"},
            {TABLE_URL: "https://a.table.core.windows.net", QUEUE_URL: "https://a.queue.core.windows.net"},
            {"AzureWebJobsStorage": "UseDevelopmentStorage=true", QUEUE_URL: "https://a.queue.core.windows.net"},
            {"AzureWebJobsStorage": "nonsense"},
            {TABLE_URL: "http://a.table.core.windows.net", QUEUE_URL: "https://a.queue.core.windows.net"},
        ],
    )
    def test_half_a_configuration_is_refused(self, settings: dict[str, str]) -> None:
        with pytest.raises(SettingsError):
            connect(settings, None)

    async def test_tokens_are_asked_for_storage_whatever_the_host_is(self) -> None:
        credential = StoppingCredential()
        storage = connect(
            {TABLE_URL: "https://localhost:1/account", QUEUE_URL: "https://localhost:1/account"}, credential
        )
        with pytest.raises(StoppedError):
            await storage.tables.get_table_client("cases").get_entity("p", "r")
        with pytest.raises(StoppedError):
            await storage.queues.get_queue_client("plan").send_message("x")
        await storage.close()
        assert credential.asked == ["https://storage.azure.com/.default"] * 2


class TestProvisioning:
    async def test_provisioning_twice_changes_nothing(self, storage: StorageConnections) -> None:
        await provision(storage)
        names = {queue.name async for queue in storage.queues.list_queues()}
        assert names == set(QUEUES)
        assert {"execute", "execute-poison", "approve", "close"} <= names
        assert "closed" not in names
        with pytest.raises(ResourceNotFoundError):
            await storage.queues.get_queue_client("closed").get_queue_properties()
