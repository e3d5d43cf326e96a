"""Reads policy documents written in YAML and publishes them as a tenant's bundle."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from agent.actions import CATALOGUE
from agent.storage.connections import CONNECTION_STRING, connect
from agent.storage.policies import TablePolicyStore
from agent.storage.provision import provision
from devhost.errors import StartError
from policy import Bundle, PolicyDocument, parse_document


def read_documents(files: Iterable[Path]) -> list[PolicyDocument]:
    """Return the policy documents in `files`, one document a file.

    Raises:
        StartError: a file cannot be read or is not YAML.
        DocumentError: a document is not a policy; the message names file, rule and the nearest valid name.
    """
    return [parse_document(_yaml(file), source=file.name, catalogue=frozenset(CATALOGUE)) for file in sorted(files)]


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


class _StrictLoader(yaml.SafeLoader):
    """YAML without the trap that the last of two equal keys wins silently, which could drop a condition."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Return the mapping of `node`.

        Raises:
            yaml.YAMLError: a key stands in it twice.
        """
        keys = [self.construct_object(key, deep=deep) for key, _ in node.value]
        doubled = [key for key in keys if keys.count(key) > 1]
        if doubled:
            raise yaml.YAMLError(f"key `{doubled[0]}` stands twice in line {node.start_mark.line + 1}")
        return super().construct_mapping(node, deep=deep)


def _yaml(file: Path) -> object:
    try:
        return yaml.load(file.read_text(encoding="utf-8"), Loader=_StrictLoader)  # noqa: S506  # It is a SafeLoader.
    except (OSError, yaml.YAMLError) as problem:
        raise StartError(f"policy file `{file.name}` cannot be read: {problem}") from problem
