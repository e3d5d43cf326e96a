"""What every PolicyStore promises, its publisher's side included, checked on Table Storage and its in-memory twin."""

import asyncio
from datetime import timedelta
from typing import Protocol

import pytest
from azure.data.tables.aio import TableServiceClient

from agent.errors import PolicyUnavailableError
from agent.storage.policies import TablePolicyStore
from agent.storage.publications import TablePublications
from policy import AuthorizationRequest, Engine, Verdict
from policy.errors import PublicationError
from policy.publication.approval import Published
from tests.conformance.memory_policies import MemoryPolicyStore
from tests.conformance.publishing import SIGNERS, Publishing, approved, publish
from tests.conformance.samples import CATALOGUE, NOW, bundle


class BothSides(Publishing, Protocol):
    """A PolicyStore with its publisher's side."""

    async def engine(self, tenant_id: str) -> Engine:
        """See ports.PolicyStore."""


class OnTables(TablePublications):
    """Both sides of the policy store on the same tables."""

    def __init__(self, tables: TableServiceClient) -> None:
        super().__init__(tables, catalogue=CATALOGUE)
        self._read = TablePolicyStore(tables, catalogue=CATALOGUE)

    async def engine(self, tenant_id: str) -> Engine:
        """Ask the agent's side."""
        return await self._read.engine(tenant_id)


@pytest.fixture(params=["memory", "table"])
def store(request: pytest.FixtureRequest) -> BothSides:
    if request.param == "memory":
        return MemoryPolicyStore(CATALOGUE)
    return OnTables(request.getfixturevalue("storage").tables)


def digest_in_force(engine: Engine) -> str:
    return engine.decide(AuthorizationRequest(action="entra.group.member.add", facts={})).bundle_digest


async def test_a_tenant_without_a_policy_gets_no_engine(store: BothSides) -> None:
    with pytest.raises(PolicyUnavailableError):
        await store.engine("nobody")
    assert (await store.in_force("nobody")).digest == ""
    assert await store.history("nobody") == ()


async def test_the_published_bundle_is_in_force(store: BothSides) -> None:
    await publish(store, "t-1", bundle())
    engine = await store.engine("t-1")
    assert digest_in_force(engine) == bundle().digest
    assert (await store.in_force("t-1")).bundle == bundle()
    # The sample permits in one layer of six, so it denies: an engine from the store is a strict one.
    decided = engine.decide(AuthorizationRequest(action="entra.group.member.add", facts={}))
    assert decided.verdict is Verdict.DENY


async def test_a_new_bundle_takes_over_at_once_and_the_old_one_can_come_back(store: BothSides) -> None:
    old, new = bundle(), bundle(rule_id="allow-members-2")
    for published in (old, new, old):
        await publish(store, "t-2", published)
        assert digest_in_force(await store.engine("t-2")) == published.digest
    history = await store.history("t-2")
    assert [(one.number, one.bundle, one.based_on) for one in history] == [
        (1, old.digest, ""),
        (2, new.digest, old.digest),
        (3, old.digest, new.digest),
    ]


async def test_the_history_says_who_stood_for_what_and_when(store: BothSides) -> None:
    publication = approved(bundle(), "t-5", in_force=await store.in_force("t-5"), note="First policy.")
    line = await store.publish(publication, published_at=NOW)
    assert await store.history("t-5") == (line,)
    assert (line.author, line.note, line.published_at) == (SIGNERS[0], "First policy.", NOW)
    assert [(one.person, one.review) for one in line.signatures] == [(name, line.review) for name in SIGNERS]
    assert (line.draft, line.review) == (publication.draft.digest, publication.review.digest)


async def test_publishing_a_second_time_changes_nothing(store: BothSides) -> None:
    publication = approved(bundle(), "t-6", in_force=await store.in_force("t-6"))
    first = await store.publish(publication, published_at=NOW)
    assert await store.publish(publication, published_at=NOW + timedelta(hours=1)) == first
    assert await store.history("t-6") == (first,)


async def test_what_was_approved_on_top_of_something_else_is_not_put_in_force(store: BothSides) -> None:
    empty = await store.in_force("t-7")
    late = approved(bundle(rule_id="late-rule"), "t-7", in_force=empty)
    await publish(store, "t-7", bundle())
    with pytest.raises(PublicationError, match="meanwhile"):
        await store.publish(late, published_at=NOW)
    assert digest_in_force(await store.engine("t-7")) == bundle().digest
    assert len(await store.history("t-7")) == 1


async def test_a_publication_of_before_a_roll_back_cannot_be_put_in_force_again(store: BothSides) -> None:
    await publish(store, "t-10", bundle())
    loose = approved(bundle(rule_id="loose-rule"), "t-10", in_force=await store.in_force("t-10"))
    await store.publish(loose, published_at=NOW)
    await publish(store, "t-10", bundle())
    with pytest.raises(PublicationError, match="meanwhile"):
        await store.publish(loose, published_at=NOW)
    assert digest_in_force(await store.engine("t-10")) == bundle().digest
    assert len(await store.history("t-10")) == 3


async def test_what_was_reviewed_with_other_actions_than_the_agents_is_not_put_in_force(store: BothSides) -> None:
    larger = CATALOGUE | {"entra.group.delete"}
    publication = approved(bundle(), "t-9", in_force=await store.in_force("t-9"), catalogue=larger)
    with pytest.raises(PublicationError, match="another catalogue"):
        await store.publish(publication, published_at=NOW)
    assert await store.history("t-9") == ()


@pytest.mark.parametrize("base", ["nothing", "something"])
async def test_of_two_who_publish_at_once_one_wins_and_the_other_is_told_to_rebase(store: BothSides, base: str) -> None:
    tenant_id = f"t-8-{base}"
    if base == "something":
        await publish(store, tenant_id, bundle())
    in_force = await store.in_force(tenant_id)
    rivals = [approved(bundle(rule_id=f"rival-{n}"), tenant_id, in_force=in_force) for n in range(4)]
    answers = await asyncio.gather(*(store.publish(one, published_at=NOW) for one in rivals), return_exceptions=True)
    (winner,) = [one for one in answers if isinstance(one, Published)]
    assert sum(isinstance(one, PublicationError) for one in answers) == len(rivals) - 1
    assert digest_in_force(await store.engine(tenant_id)) == winner.bundle
    assert (await store.history(tenant_id))[-1] == winner


async def test_tenants_have_policies_of_their_own(store: BothSides) -> None:
    await publish(store, "t-3", bundle(rule_id="for-three"))
    await publish(store, "t-4", bundle(rule_id="for-four"))
    assert digest_in_force(await store.engine("t-3")) == bundle(rule_id="for-three").digest
    assert digest_in_force(await store.engine("t-4")) == bundle(rule_id="for-four").digest
