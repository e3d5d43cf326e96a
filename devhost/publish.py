"""Publishes policy on the local stack, through the same door as everywhere: review, two signatures, publication.

Nobody sits at a development stack to sign, so two made-up people do: `AUTHOR` wrote it, `REVIEWER` read it. Their
names stand in the history, so that nobody takes what they signed for a review by people.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from agent.actions import CATALOGUE, TARGET_KINDS
from agent.storage.blob_connection import connect_blobs, provision_containers
from agent.storage.connections import CONNECTION_STRING, StorageConnections, connect
from agent.storage.drafts import TableDrafts
from agent.storage.provision import provision
from agent.storage.publications import TablePublications
from devhost.yaml_file import read_yaml
from policy import Bundle, PolicyDocument, parse_document
from policy.publication.approval import Draft, Signature, approve, review

AUTHOR: Final = "local-author (made up)"
REVIEWER: Final = "local-reviewer (made up)"


def read_documents(files: Iterable[Path]) -> list[PolicyDocument]:
    """Return the policy documents in `files`, one document a file.

    Raises:
        StartError: a file cannot be read or is not YAML.
        DocumentError: a document is not a policy; the message names file, rule and the nearest valid name.
    """
    known = frozenset(CATALOGUE)
    return [parse_document(read_yaml(file, "policy file"), source=file.name, catalogue=known) for file in sorted(files)]


async def publish_documents(files: Iterable[Path], tenant_id: str, *, storage: str) -> str:
    """Put the documents in force for a tenant, making what storage lacks; return the bundle's digest.

    Raises:
        StartError, DocumentError: as `read_documents`.
        BundleError, PublicationError, StorageError: as `publish_bundle`.
    """
    return await publish_bundle(Bundle.of(read_documents(files)), tenant_id, storage=storage)


async def publish_bundle(bundle: Bundle, tenant_id: str, *, storage: str) -> str:
    """Put a bundle in force for a tenant, signed by the two made-up people; return its digest.

    What is in force already is left alone, so that a stack which is started again writes no new history.

    Raises:
        PublicationError: a stage found something that no signature lifts, such as an example that fails.
        StorageError: storage did not answer or refused.
    """
    connections = connect({CONNECTION_STRING: storage}, None)
    try:
        await provision(connections)
        async with connect_blobs({CONNECTION_STRING: storage}, None) as blobs:
            await provision_containers(blobs)
        await _publish(bundle, tenant_id, connections=connections)
    finally:
        await connections.close()
    return bundle.digest


async def _publish(bundle: Bundle, tenant_id: str, *, connections: StorageConnections) -> None:
    known = frozenset(CATALOGUE)
    publications = TablePublications(connections.tables, catalogue=known)
    in_force = await publications.in_force(tenant_id)
    if in_force.digest == bundle.digest:
        return
    now = datetime.now(UTC)
    draft = Draft(tenant_id, bundle, AUTHOR, in_force.digest, "published by the local stack", in_force.number)
    found = review(draft, in_force=in_force, catalogue=known, target_kinds=TARGET_KINDS)
    drafts = TableDrafts(connections.tables, catalogue=known)
    held = await drafts.save(draft, found, now=now)
    for person in (AUTHOR, REVIEWER):
        signature = Signature(person=person, review=found.digest, signed_at=now)
        held = await drafts.sign(tenant_id, draft.digest, signature=signature)
    approved = approve(
        draft, found, signatures=held.signatures, in_force=in_force, catalogue=known, target_kinds=TARGET_KINDS
    )
    await publications.publish(approved, published_at=now)
