"""The local stack publishes through the same door as everybody, under names that say that nobody read it."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from agent.actions import CATALOGUE
from agent.storage.connections import CONNECTION_STRING, StorageConnections, connect
from agent.storage.drafts import TableDrafts
from agent.storage.policies import TablePolicyStore
from agent.storage.publications import TablePublications
from devhost.publish import AUTHOR, REVIEWER, publish_documents
from policy.errors import DocumentError, PublicationError

ROOT = Path(__file__).parents[2]
SAMPLES = tuple((ROOT / "samples" / "policy").glob("*.yaml"))
KNOWN = frozenset(CATALOGUE)
# The tenant of the sample documents; another test's stack has an account of its own.
TENANT = "0161082c-fbe2-5695-a02a-8868ae87e1fc"


@pytest.fixture
async def connections(azurite_connection: str) -> Any:
    opened = connect({CONNECTION_STRING: azurite_connection}, None)
    yield opened
    await opened.close()


def publications(connections: StorageConnections) -> TablePublications:
    return TablePublications(connections.tables, catalogue=KNOWN)


async def test_the_sample_policy_comes_in_force_signed_by_two_made_up_people(
    azurite_connection: str, connections: StorageConnections
) -> None:
    digest = await publish_documents(SAMPLES, TENANT, storage=azurite_connection)
    engine = await TablePolicyStore(connections.tables, catalogue=KNOWN).engine(TENANT)
    assert engine.bundle_digest == digest
    (line,) = await publications(connections).history(TENANT)
    assert (line.author, [one.person for one in line.signatures]) == (AUTHOR, [AUTHOR, REVIEWER])
    assert all("made up" in one.person for one in line.signatures)
    held = await TableDrafts(connections.tables, catalogue=KNOWN).get(TENANT, line.draft)
    assert held.review.blockers == () and held.review.digest == line.review


async def test_a_stack_that_starts_again_writes_no_new_history(
    azurite_connection: str, connections: StorageConnections
) -> None:
    for _ in range(2):
        await publish_documents(SAMPLES, "again", storage=azurite_connection)
    assert len(await publications(connections).history("again")) == 1


async def test_edited_documents_come_on_top_of_the_ones_before(
    azurite_connection: str, connections: StorageConnections
) -> None:
    first = await publish_documents(SAMPLES, "edited", storage=azurite_connection)
    second = await publish_documents(SAMPLES[:5], "edited", storage=azurite_connection)
    assert [one.based_on for one in await publications(connections).history("edited")] == ["", first]
    assert (await publications(connections).in_force("edited")).digest == second


async def test_what_the_review_blocks_is_not_published(
    azurite_connection: str, connections: StorageConnections, tmp_path: Path
) -> None:
    example = {"id": "ex.no", "given": {"action": "entra.license.assign"}, "expect": {"verdict": "allow"}}
    document = {"apiVersion": "policy/v1", "layer": "action", "tenant": "*", "tests": {"examples": [example]}}
    (tmp_path / "tests.yaml").write_text(yaml.safe_dump(document))
    with pytest.raises(PublicationError, match=r"example `ex\.no` fails"):
        await publish_documents([tmp_path / "tests.yaml"], "blocked", storage=azurite_connection)
    assert await publications(connections).history("blocked") == ()


async def test_a_document_with_a_mistake_is_told_before_anything_is_stored(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("apiVersion: policy/v1\nlayer: nowhere\n")
    with pytest.raises(DocumentError, match=r"bad\.yaml"):
        await publish_documents([tmp_path / "bad.yaml"], "bad", storage="nobody connects to this")
