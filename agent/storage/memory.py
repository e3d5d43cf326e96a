"""What a tenant's words meant, in Table Storage: table `memory`, PartitionKey = tenant id, row `meaning-<id>`."""

from typing import Final

from azure.data.tables.aio import TableServiceClient

from agent.memory.book import MeaningChange
from agent.memory.meaning import Kind, Meaning, meaning_id, meaning_in, said_as, text_of
from agent.ports import Sealer
from agent.storage.sealed_rows import SealedRows

_MEANING: Final = "meaning-"


class TableMeaningBook:
    """memory.book.MeaningBook on Table Storage."""

    def __init__(self, tables: TableServiceClient, *, sealer: Sealer) -> None:
        table = tables.get_table_client("memory")
        self._rows = SealedRows(table, sealer, prefix=_MEANING, room="memory", what="meaning")

    async def get(self, tenant_id: str, kind: Kind, *, words: str) -> Meaning:
        """See memory.book.MeaningBook. One request."""
        text = await self._rows.get(tenant_id.lower(), meaning_id(kind, words))
        return _meaning(text, tenant_id.lower(), kind=kind, words=said_as(words))

    async def all(self, tenant_id: str) -> tuple[Meaning, ...]:
        """See memory.book.MeaningBook. One request."""
        rows = await self._rows.all(tenant_id.lower())
        found = [one for name, text in rows if (one := _whole(text, tenant_id.lower())) is not None and one.id == name]
        return tuple(sorted(found, key=lambda one: (one.kind, one.words)))

    async def change(self, tenant_id: str, kind: Kind, *, words: str, to: MeaningChange) -> None:
        """See memory.book.MeaningBook. Two requests, one if nothing changes."""
        tenant, said = tenant_id.lower(), said_as(words)

        def changed(text: str | None) -> str | None:
            found = to(_meaning(text, tenant, kind=kind, words=said))
            return None if found is None else text_of(found)

        await self._rows.change(tenant, meaning_id(kind, said), to=changed)

    async def forget(self, tenant_id: str, meaning_id: str) -> bool:
        """See memory.book.MeaningBook. Two requests."""
        return await self._rows.delete(tenant_id.lower(), meaning_id)


def _meaning(text: str | None, tenant_id: str, *, kind: Kind, words: str) -> Meaning:
    found = _whole(text, tenant_id)
    is_it = found is not None and (found.kind, found.words) == (kind, words)
    return found if found is not None and is_it else Meaning(tenant_id=tenant_id, kind=kind, words=words)


def _whole(text: str | None, tenant_id: str) -> Meaning | None:
    try:
        found = None if text is None else meaning_in(text)
    except ValueError:
        return None
    return found if found is not None and found.tenant_id == tenant_id else None
