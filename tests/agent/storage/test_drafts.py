"""Drafts on tables: what was drafted, reviewed and signed comes back as it was, and nothing altered passes."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from azure.data.tables import UpdateMode

from agent.errors import DamagedError, StorageError
from agent.storage.connections import StorageConnections
from agent.storage.drafts import TableDrafts
from agent.storage.publications import TablePublications
from policy.errors import PolicyError, PublicationError
from policy.publication.approval import NOTHING_IN_FORCE, Draft, InForce, Review, Signature, approve, review
from tests.conformance.samples import CATALOGUE, NOW, bundle

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def drafts(storage: StorageConnections) -> TableDrafts:
    return TableDrafts(storage.tables, catalogue=CATALOGUE)


def draft_for(tenant_id: str, *, note: str = "Because.", rule_id: str = "allow-members") -> Draft:
    return Draft(tenant_id, bundle(rule_id=rule_id), "ann", "", note)


def review_of(draft: Draft, *, on: InForce = NOTHING_IN_FORCE) -> Review:
    return review(draft, in_force=on, catalogue=CATALOGUE)


def signature(found: Review, *, person: str = "bob", at: datetime = NOW) -> Signature:
    return Signature(person=person, review=found.digest, signed_at=at)


async def test_a_draft_comes_back_with_its_review_and_signatures(drafts: TableDrafts) -> None:
    draft = draft_for("d-1")
    found = review_of(draft)
    assert (await drafts.save(draft, found, now=NOW)).signatures == ()
    await drafts.sign("d-1", draft.digest, signature=signature(found, person="eve", at=LATER))
    held = await drafts.sign("D-1", draft.digest, signature=signature(found))
    assert (held.draft, held.review, held.drafted_at) == (draft, found, NOW)
    assert [one.person for one in held.signatures] == ["bob", "eve"]
    assert await drafts.get("d-1", draft.digest) == held


async def test_what_was_stored_can_be_approved_and_published(drafts: TableDrafts, storage: StorageConnections) -> None:
    draft = draft_for("d-2")
    found = review_of(draft)
    await drafts.save(draft, found, now=NOW)
    held = await drafts.sign("d-2", draft.digest, signature=signature(found))
    publication = approve(
        held.draft, held.review, signatures=held.signatures, in_force=NOTHING_IN_FORCE, catalogue=CATALOGUE
    )
    publications = TablePublications(storage.tables, catalogue=CATALOGUE)
    line = await publications.publish(publication, published_at=NOW)
    assert line.draft == draft.digest
    assert (await drafts.get("d-2", draft.digest)).signatures == held.signatures, "a draft is kept after publication"


async def test_signing_twice_is_one_signature(drafts: TableDrafts) -> None:
    draft = draft_for("d-3")
    found = review_of(draft)
    await drafts.save(draft, found, now=NOW)
    for _ in range(2):
        held = await drafts.sign("d-3", draft.digest, signature=signature(found))
    assert len(held.signatures) == 1


async def test_a_new_review_is_the_one_to_sign_and_the_signatures_of_the_old_one_no_longer_count(
    drafts: TableDrafts,
) -> None:
    draft = draft_for("d-4")
    first = review_of(draft)
    await drafts.save(draft, first, now=NOW)
    await drafts.sign("d-4", draft.digest, signature=signature(first))
    second = first.model_copy(update={"unanalysed": ("Something was too large.",)})
    held = await drafts.save(draft, second, now=LATER)
    assert (held.review, held.signatures, held.drafted_at) == (second, (), NOW)
    with pytest.raises(PublicationError, match="under the review"):
        await drafts.sign("d-4", draft.digest, signature=signature(first))


async def test_a_review_of_another_draft_is_refused(drafts: TableDrafts) -> None:
    with pytest.raises(PublicationError, match="expected a review of the draft"):
        await drafts.save(draft_for("d-5"), review_of(draft_for("d-5", note="Other.")), now=NOW)


async def test_the_newest_draft_is_listed_first_and_each_tenant_has_its_own(drafts: TableDrafts) -> None:
    early, late, other = draft_for("d-6", note="Early."), draft_for("d-6", note="Late."), draft_for("d-7")
    for draft, at in ((late, LATER), (early, NOW), (other, NOW)):
        await drafts.save(draft, review_of(draft), now=at)
    assert await drafts.digests("d-6") == (late.digest, early.digest)
    assert await drafts.digests("d-7") == (other.digest,)
    with pytest.raises(StorageError, match="has no draft"):
        await drafts.get("d-7", early.digest)


DAMAGE: list[tuple[str, dict[str, Any]]] = [
    ("another author", {"author": "mallory"}),
    ("another base", {"based_on": "0" * 64}),
    ("no author", {"author": " "}),
    ("no bundle", {"bundle": "0" * 64}),
    ("no parts", {"parts": "x"}),
    ("no time", {"drafted_at": "x"}),
]


@pytest.mark.parametrize(("name", "columns"), DAMAGE, ids=[name for name, _ in DAMAGE])
async def test_a_draft_that_was_altered_in_storage_is_not_used(
    drafts: TableDrafts, storage: StorageConnections, name: str, columns: dict[str, Any]
) -> None:
    draft = draft_for("d-8", note=name)
    await drafts.save(draft, review_of(draft), now=NOW)
    row = {"PartitionKey": "drafts-d-8", "RowKey": draft.digest, **columns}
    await storage.tables.get_table_client("policies").upsert_entity(row, mode=UpdateMode.MERGE)
    with pytest.raises(StorageError):
        await drafts.get("d-8", draft.digest)


@pytest.mark.parametrize("text", ["{}", "[", None])
async def test_a_review_that_was_altered_in_storage_is_not_used(
    drafts: TableDrafts, storage: StorageConnections, text: str | None
) -> None:
    draft = draft_for("d-9", note=f"Altered to {text}.")
    found = review_of(draft)
    await drafts.save(draft, found, now=NOW)
    changed = text if text is not None else found.model_copy(update={"dropped_tests": ("x",)}).canonical_json()
    row = {"PartitionKey": found.digest, "RowKey": "part000", "parts": 1, "c00": changed}
    await storage.tables.get_table_client("policies").upsert_entity(row, mode=UpdateMode.REPLACE)
    with pytest.raises(DamagedError, match="the review"):
        await drafts.get("d-9", draft.digest)


async def test_a_draft_for_actions_that_no_longer_exist_is_refused(
    drafts: TableDrafts, storage: StorageConnections
) -> None:
    draft = draft_for("d-10")
    await drafts.save(draft, review_of(draft), now=NOW)
    smaller = TableDrafts(storage.tables, catalogue=frozenset({"entra.license.assign"}))
    with pytest.raises(PolicyError):
        await smaller.get("d-10", draft.digest)
