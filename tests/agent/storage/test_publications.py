"""Publications on tables: what is damaged, lost on the way or older than the history, and what never changes."""

from typing import Any

import pytest
from azure.core.exceptions import ServiceResponseError
from azure.data.tables import UpdateMode

from agent.errors import DamagedError, StorageError
from agent.storage.connections import StorageConnections
from agent.storage.publications import TablePublications
from policy.errors import PolicyError
from policy.publication.approval import InForce
from tests.conformance.publishing import approved, publish
from tests.conformance.samples import CATALOGUE, NOW, bundle
from tests.house.test_layers import callers_of, users_of


@pytest.fixture
def publications(storage: StorageConnections) -> TablePublications:
    return TablePublications(storage.tables, catalogue=CATALOGUE)


async def put(storage: StorageConnections, partition: str, row_key: str, **columns: Any) -> None:
    row = {"PartitionKey": partition, "RowKey": row_key, **columns}
    await storage.tables.get_table_client("policies").upsert_entity(row, mode=UpdateMode.REPLACE)


async def test_a_bundle_is_found_by_its_digest_whether_or_not_it_is_in_force(publications: TablePublications) -> None:
    old = bundle(rule_id="old-one")
    await publish(publications, "q-1", old)
    await publish(publications, "q-1", bundle())
    assert await publications.bundle(old.digest) == old
    with pytest.raises(StorageError, match="there is no policy"):
        await publications.bundle("0" * 64)


async def test_a_bundle_in_force_that_was_altered_can_be_replaced(
    publications: TablePublications, storage: StorageConnections
) -> None:
    altered = bundle(rule_id="altered-one")
    await publish(publications, "q-2", altered)
    await put(storage, altered.digest, "part000", parts=1, c00=bundle().canonical_json())
    assert await publications.in_force("q-2") == InForce(altered.digest, number=1)
    with pytest.raises(DamagedError, match="was altered"):
        await publications.bundle(altered.digest)
    await publish(publications, "q-2", bundle())
    assert (await publications.in_force("q-2")).bundle == bundle()


async def test_a_bundle_for_actions_that_no_longer_exist_can_be_replaced(
    publications: TablePublications, storage: StorageConnections
) -> None:
    await publish(publications, "q-3", bundle(rule_id="gone-action"))
    smaller = TablePublications(storage.tables, catalogue=frozenset({"entra.license.assign"}))
    in_force = await smaller.in_force("q-3")
    assert in_force.is_unreadable
    assert in_force.digest == bundle(rule_id="gone-action").digest
    with pytest.raises(PolicyError):
        await smaller.bundle(in_force.digest)


async def test_publishing_again_what_was_damaged_heals_it(
    publications: TablePublications, storage: StorageConnections
) -> None:
    healed = bundle(rule_id="healed-one")
    await publish(publications, "q-4", healed)
    await put(storage, healed.digest, "part000", parts=1, c00="[]")
    await publish(publications, "q-9", healed)
    assert await publications.bundle(healed.digest) == healed


@pytest.mark.parametrize("columns", [{}, {"digest": "d"}, {"digest": "d", "parts": "1"}, {"digest": 1, "parts": 1}])
async def test_a_damaged_pointer_is_not_taken_for_nothing_in_force(
    publications: TablePublications, storage: StorageConnections, columns: dict[str, Any]
) -> None:
    await put(storage, "tenant-q-5", "current", **columns)
    with pytest.raises(DamagedError, match="names the policy"):
        await publications.in_force("q-5")


async def test_a_damaged_line_of_history_is_told_and_not_left_out(
    publications: TablePublications, storage: StorageConnections
) -> None:
    await publish(publications, "q-6", bundle())
    await put(storage, "tenant-q-6", "pub000001", parts=1, c00="{}")
    with pytest.raises(DamagedError, match="pub000001"):
        await publications.history("q-6")


async def test_a_pointer_of_the_time_before_the_history_is_built_upon(
    publications: TablePublications, storage: StorageConnections
) -> None:
    await publish(publications, "q-10", bundle())
    await put(storage, "tenant-q-7", "current", digest=bundle().digest, parts=1)
    line = await publish(publications, "q-7", bundle(rule_id="next-one"))
    assert (line.number, line.based_on) == (1, bundle().digest)


async def test_a_publication_whose_answer_was_lost_is_found_and_not_refused(
    publications: TablePublications, monkeypatch: pytest.MonkeyPatch
) -> None:
    publication = approved(bundle(), "q-8", in_force=await publications.in_force("q-8"))
    submit = publications._table.submit_transaction

    async def lose_the_answer(*given: Any, **named: Any) -> None:
        await submit(*given, **named)
        raise ServiceResponseError("the connection broke")

    monkeypatch.setattr(publications._table, "submit_transaction", lose_the_answer)
    with pytest.raises(StorageError, match="could not publish"):
        await publications.publish(publication, published_at=NOW)
    monkeypatch.undo()
    line = await publications.publish(publication, published_at=NOW)
    assert await publications.history("q-8") == (line,)


async def test_the_tenants_id_is_the_same_in_any_case(publications: TablePublications) -> None:
    await publish(publications, "Q-11", bundle())
    assert (await publications.in_force("q-11")).bundle == (await publications.in_force("Q-11")).bundle == bundle()


def test_only_approve_makes_what_storage_publishes() -> None:
    assert callers_of("Publication") == {"policy.publication.approval"}
    assert users_of("_MINT") == set(), "the mint stays in its file"
