"""What every PolicyStore promises, checked on Table Storage and on its in-memory twin."""

from typing import Protocol

import pytest

from agent.errors import PolicyUnavailableError
from agent.storage.policies import TablePolicyStore
from policy import AuthorizationRequest, Bundle, Engine, Verdict
from tests.conformance.memory import MemoryPolicyStore
from tests.conformance.samples import CATALOGUE, bundle


class Publishing(Protocol):
    """A PolicyStore into which a test can publish."""

    async def publish(self, tenant_id: str, bundle: Bundle) -> None:
        """Put a bundle in force."""

    async def engine(self, tenant_id: str) -> Engine:
        """See ports.PolicyStore."""


@pytest.fixture(params=["memory", "table"])
def store(request: pytest.FixtureRequest) -> Publishing:
    if request.param == "memory":
        return MemoryPolicyStore(CATALOGUE)
    return TablePolicyStore(request.getfixturevalue("storage").tables, catalogue=CATALOGUE)


def digest_in_force(engine: Engine) -> str:
    return engine.decide(AuthorizationRequest(action="entra.group.member.add", facts={})).bundle_digest


async def test_a_tenant_without_a_policy_gets_no_engine(store: Publishing) -> None:
    with pytest.raises(PolicyUnavailableError):
        await store.engine("nobody")


async def test_the_published_bundle_is_in_force(store: Publishing) -> None:
    await store.publish("t-1", bundle())
    engine = await store.engine("t-1")
    assert digest_in_force(engine) == bundle().digest
    # The sample permits in one layer of six, so it denies: an engine from the store is a strict one.
    decided = engine.decide(AuthorizationRequest(action="entra.group.member.add", facts={}))
    assert decided.verdict is Verdict.DENY


async def test_a_new_bundle_takes_over_at_once_and_the_old_one_can_come_back(store: Publishing) -> None:
    old, new = bundle(), bundle(rule_id="allow-members-2")
    for published in (old, new, old):
        await store.publish("t-2", published)
        assert digest_in_force(await store.engine("t-2")) == published.digest


async def test_tenants_have_policies_of_their_own(store: Publishing) -> None:
    await store.publish("t-3", bundle(rule_id="for-three"))
    await store.publish("t-4", bundle(rule_id="for-four"))
    assert digest_in_force(await store.engine("t-3")) == bundle(rule_id="for-three").digest
    assert digest_in_force(await store.engine("t-4")) == bundle(rule_id="for-four").digest
