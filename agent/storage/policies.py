"""Published policy bundles in Table Storage: immutable by digest, with one pointer a tenant.

Table `policies`: PartitionKey = the bundle's digest, rows `part000` ... hold its text; PartitionKey
`tenant-<id>`, row `current` names the digest in force. What is read is hashed again before it is used.
"""

from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables import UpdateMode
from azure.data.tables.aio import TableServiceClient

from agent.errors import PolicyUnavailableError, StorageError
from agent.storage.failures import missing_table, storage_errors
from agent.storage.rows import Row, check_sizes, chunked, joined
from policy import Bundle, Engine
from policy.errors import PolicyError

# At most 120,000 UTF-16 units, well below one entity's 1 MiB, and at most 720 KB as the SDK's ASCII JSON.
_CHARACTERS_PER_ROW = 60_000
_MAX_ENGINES = 32


class TablePolicyStore:
    """ports.PolicyStore on Table Storage. `catalogue` holds the action ids that policies may name.

    Engines are kept by tenant and digest: a bundle never changes, so a kept engine is never stale.
    """

    def __init__(self, tables: TableServiceClient, *, catalogue: frozenset[str]) -> None:
        self._table = tables.get_table_client("policies")
        self._catalogue = catalogue
        self._engines: dict[tuple[str, str], Engine] = {}

    async def publish(self, tenant_id: str, bundle: Bundle) -> None:
        """Store `bundle` and put it in force for the tenant. Repeating it changes nothing.

        Raises:
            StorageError: storage did not answer or refused; what was in force stays in force.
        """
        text = bundle.canonical_json()
        rows = [
            {"PartitionKey": bundle.digest, "RowKey": f"part{number:03d}", **chunked(piece)}
            for number, piece in enumerate(_pieces(text))
        ]
        pointer: Row = {
            "PartitionKey": f"tenant-{tenant_id}",
            "RowKey": "current",
            "digest": bundle.digest,
            "parts": len(rows),
        }
        with storage_errors(f"publish the policy of tenant `{tenant_id}`"):
            for row in rows:
                check_sizes([row])
                await self._table.upsert_entity(row, mode=UpdateMode.REPLACE)
            # INVARIANT: the pointer comes last, so it never names a bundle that is not wholly there.
            await self._table.upsert_entity(pointer, mode=UpdateMode.REPLACE)

    async def engine(self, tenant_id: str) -> Engine:
        """See ports.PolicyStore. One request while the published bundle stays the same."""
        try:
            digest, parts = await self._pointer(tenant_id)
            if (kept := self._engines.get((tenant_id, digest))) is not None:
                return kept
            engine = self._compiled(tenant_id, await self._text(digest, parts), digest=digest)
        except StorageError as error:
            raise PolicyUnavailableError(f"the policy of tenant `{tenant_id}` cannot be read: {error}") from None
        if len(self._engines) >= _MAX_ENGINES:
            self._engines.clear()
        self._engines[tenant_id, digest] = engine
        return engine

    async def _pointer(self, tenant_id: str) -> tuple[str, int]:
        with storage_errors("read which policy is in force"):
            try:
                row = await self._table.get_entity(f"tenant-{tenant_id}", "current")
            except ResourceNotFoundError as error:
                if missing_table(error):
                    raise
                raise PolicyUnavailableError(f"no policy is published for tenant `{tenant_id}`") from None
        digest, parts = row.get("digest"), row.get("parts")
        if not isinstance(digest, str) or not isinstance(parts, int):
            raise PolicyUnavailableError(f"the row that names the policy of tenant `{tenant_id}` is damaged")
        return digest, parts

    async def _text(self, digest: str, parts: int) -> str:
        with storage_errors(f"read policy `{digest}`"):
            found = self._table.query_entities("PartitionKey eq @digest", parameters={"digest": digest})
            pieces = {str(row["RowKey"]): joined(row) async for row in found}
        try:
            return "".join(pieces[f"part{number:03d}"] for number in range(parts))
        except KeyError:
            raise StorageError(f"policy `{digest}` lacks a part") from None

    def _compiled(self, tenant_id: str, text: str, *, digest: str) -> Engine:
        try:
            bundle = Bundle.parse(text, catalogue=self._catalogue)
            if bundle.digest != digest:
                raise PolicyUnavailableError(f"policy `{digest}` of tenant `{tenant_id}` was altered in storage")
            return Engine(bundle, tenant_id=tenant_id, catalogue=self._catalogue)
        except PolicyError as error:
            raise PolicyUnavailableError(f"policy `{digest}` of tenant `{tenant_id}` does not parse: {error}") from None


def _pieces(text: str) -> list[str]:
    return [text[start : start + _CHARACTERS_PER_ROW] for start in range(0, len(text), _CHARACTERS_PER_ROW)]
