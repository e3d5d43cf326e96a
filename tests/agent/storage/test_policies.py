"""Published policies: integrity, caching, and everything unreadable being unavailable."""

from typing import Any

import pytest
from azure.data.tables import UpdateMode

from agent.errors import PolicyUnavailableError
from agent.storage.connections import StorageConnections
from agent.storage.policies import TablePolicyStore
from agent.storage.publications import TablePublications
from policy import Bundle, parse_document
from tests.conformance.publishing import publish
from tests.conformance.samples import CATALOGUE, bundle
from tests.conformance.storage_fixtures import RequestCount


@pytest.fixture
def store(storage: StorageConnections) -> TablePolicyStore:
    return TablePolicyStore(storage.tables, catalogue=CATALOGUE)


@pytest.fixture
def publications(storage: StorageConnections) -> TablePublications:
    return TablePublications(storage.tables, catalogue=CATALOGUE)


def big_bundle() -> Bundle:
    rules = [
        {"id": f"rule-{n:04d}", "effect": "permit", "actions": ["entra.group.*"], "note": "\N{GRINNING FACE}" * 200}
        for n in range(1_500)
    ]
    document = {"apiVersion": "policy/v1", "layer": "action", "tenant": "*", "rules": rules}
    return Bundle.of([parse_document(document, source="big.yaml", catalogue=CATALOGUE)])


async def test_an_engine_is_compiled_once_and_its_pointer_is_read_every_time(
    store: TablePolicyStore, publications: TablePublications, request_count: RequestCount
) -> None:
    await publish(publications, "p-1", bundle())
    first = await store.engine("p-1")
    request_count.reset()
    assert await store.engine("p-1") is first
    assert request_count.value == 1


async def test_a_bundle_of_many_rows_comes_back_whole(
    store: TablePolicyStore, publications: TablePublications, storage: StorageConnections
) -> None:
    large = big_bundle()
    await publish(publications, "p-2", large)
    assert await store.engine("p-2")
    found = storage.tables.get_table_client("policies").query_entities(f"PartitionKey eq '{large.digest}'")
    assert len([row async for row in found]) > 1


DAMAGE: list[tuple[str, dict[str, Any]]] = [
    ("not json", {"parts": 1, "c00": "{"}),
    ("another bundle", {"parts": 1, "c00": "[]"}),
    ("a missing piece", {"parts": 2, "c00": bundle().canonical_json()}),
    ("no piece at all", {}),
]


@pytest.mark.parametrize(("name", "columns"), DAMAGE, ids=[name for name, _ in DAMAGE])
async def test_a_bundle_that_was_altered_in_storage_is_not_used(
    store: TablePolicyStore,
    publications: TablePublications,
    storage: StorageConnections,
    name: str,
    columns: dict[str, Any],
) -> None:
    altered = bundle(rule_id=name.replace(" ", "-"))
    await publish(publications, "p-3", altered)
    row = {"PartitionKey": altered.digest, "RowKey": "part000", **columns}
    await storage.tables.get_table_client("policies").upsert_entity(row, mode=UpdateMode.REPLACE)
    with pytest.raises(PolicyUnavailableError):
        await store.engine("p-3")


@pytest.mark.parametrize("columns", [{}, {"digest": "d"}, {"digest": "d", "parts": "1"}, {"digest": "d", "parts": 1}])
async def test_a_damaged_or_dangling_pointer_is_no_policy(
    store: TablePolicyStore, storage: StorageConnections, columns: dict[str, Any]
) -> None:
    row = {"PartitionKey": "tenant-p-4", "RowKey": "current", **columns}
    await storage.tables.get_table_client("policies").upsert_entity(row, mode=UpdateMode.REPLACE)
    with pytest.raises(PolicyUnavailableError):
        await store.engine("p-4")


async def test_a_policy_for_actions_that_no_longer_exist_is_not_used(
    publications: TablePublications, storage: StorageConnections
) -> None:
    await publish(publications, "p-5", bundle(rule_id="old-action"))
    smaller = TablePolicyStore(storage.tables, catalogue=frozenset({"entra.license.assign"}))
    with pytest.raises(PolicyUnavailableError, match="does not parse"):
        await smaller.engine("p-5")
