"""The policy in force, as the agent reads it: one pointer a tenant to an immutable bundle.

Table `policies`: PartitionKey `tenant-<id>`, row `current` names the digest in force and in how many parts it is
stored (`agent/storage/policy_rows.py`). What is read is hashed again before it is used. Only
`agent/storage/publications.py` moves the pointer.
"""

from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables.aio import TableServiceClient

from agent.errors import PolicyUnavailableError, StorageError
from agent.storage.failures import missing_table, storage_errors
from agent.storage.policy_rows import load_bundle
from policy import Engine
from policy.errors import PolicyError

_MAX_ENGINES = 32


class TablePolicyStore:
    """ports.PolicyStore on Table Storage. `catalogue` holds the action ids that policies may name.

    Engines are kept by tenant and digest: a bundle never changes, so a kept engine is never stale.
    """

    def __init__(self, tables: TableServiceClient, *, catalogue: frozenset[str]) -> None:
        self._table = tables.get_table_client("policies")
        self._catalogue = catalogue
        self._engines: dict[tuple[str, str], Engine] = {}

    async def engine(self, tenant_id: str) -> Engine:
        """See ports.PolicyStore. One request while the published bundle stays the same."""
        try:
            digest, parts = await self._pointer(tenant_id)
            if (kept := self._engines.get((tenant_id, digest))) is not None:
                return kept
            engine = await self._compiled(tenant_id, digest, parts=parts)
        except StorageError as error:
            raise PolicyUnavailableError(f"the policy of tenant `{tenant_id}` cannot be read: {error}") from None
        if len(self._engines) >= _MAX_ENGINES:
            self._engines.clear()
        self._engines[tenant_id, digest] = engine
        return engine

    async def _pointer(self, tenant_id: str) -> tuple[str, int]:
        with storage_errors("read which policy is in force"):
            try:
                row = await self._table.get_entity(f"tenant-{tenant_id.lower()}", "current")
            except ResourceNotFoundError as error:
                if missing_table(error):
                    raise
                raise PolicyUnavailableError(f"no policy is published for tenant `{tenant_id}`") from None
        digest, parts = row.get("digest"), row.get("parts")
        if not isinstance(digest, str) or not isinstance(parts, int):
            raise PolicyUnavailableError(f"the row that names the policy of tenant `{tenant_id}` is damaged")
        return digest, parts

    async def _compiled(self, tenant_id: str, digest: str, *, parts: int) -> Engine:
        try:
            bundle = await load_bundle(self._table, digest, parts=parts, catalogue=self._catalogue)
            return Engine(bundle, tenant_id=tenant_id, catalogue=self._catalogue)
        except PolicyError as error:
            raise PolicyUnavailableError(f"policy `{digest}` of tenant `{tenant_id}` does not parse: {error}") from None
