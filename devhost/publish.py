"""Reads policy documents written in YAML and publishes them as a tenant's bundle."""

from collections.abc import Iterable
from pathlib import Path

from agent.actions import CATALOGUE
from agent.storage.connections import CONNECTION_STRING, connect
from agent.storage.policies import TablePolicyStore
from agent.storage.provision import provision
from devhost.yaml_file import read_yaml
from policy import Bundle, PolicyDocument, parse_document


def read_documents(files: Iterable[Path]) -> list[PolicyDocument]:
    """Return the policy documents in `files`, one document a file.

    Raises:
        StartError: a file cannot be read or is not YAML.
        DocumentError: a document is not a policy; the message names file, rule and the nearest valid name.
    """
    known = frozenset(CATALOGUE)
    return [parse_document(read_yaml(file, "policy file"), source=file.name, catalogue=known) for file in sorted(files)]


async def publish_documents(files: Iterable[Path], tenant_id: str, *, storage: str) -> str:
    """Put the documents in force for a tenant, making tables and queues as needed; return the bundle's digest.

    Raises:
        StartError, DocumentError: as `read_documents`.
        StorageError: storage did not answer or refused.
    """
    bundle = Bundle.of(read_documents(files))
    connections = connect({CONNECTION_STRING: storage}, None)
    try:
        await provision(connections)
        store = TablePolicyStore(connections.tables, catalogue=frozenset(CATALOGUE))
        await store.publish(tenant_id, bundle)
    finally:
        await connections.close()
    return bundle.digest
