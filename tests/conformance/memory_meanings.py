"""An in-memory twin of the book of meanings; the conformance suite holds it to the adapter's promises."""

import asyncio

from agent.errors import StorageError
from agent.memory.book import MeaningChange
from agent.memory.meaning import Kind, Meaning, meaning_id, meaning_in, said_as, text_of


class MemoryMeaningBook:
    """memory.book.MeaningBook in a dictionary of stored texts. While it `is_down` it takes and gives nothing."""

    def __init__(self) -> None:
        self._texts: dict[tuple[str, str], str] = {}
        self.is_down = False

    async def get(self, tenant_id: str, kind: Kind, *, words: str) -> Meaning:
        """See memory.book.MeaningBook."""
        await self._answer()
        text = self._texts.get((tenant_id.lower(), meaning_id(kind, words)))
        return meaning_in(text) if text else Meaning(tenant_id=tenant_id.lower(), kind=kind, words=said_as(words))

    async def all(self, tenant_id: str) -> tuple[Meaning, ...]:
        """See memory.book.MeaningBook."""
        await self._answer()
        found = [meaning_in(text) for (tenant, _), text in self._texts.items() if tenant == tenant_id.lower()]
        return tuple(sorted(found, key=lambda one: (one.kind, one.words)))

    async def change(self, tenant_id: str, kind: Kind, *, words: str, to: MeaningChange) -> None:
        """See memory.book.MeaningBook. Nobody else comes in between."""
        changed = to(await self.get(tenant_id, kind, words=words))
        if changed is not None:
            self._texts[changed.tenant_id, changed.id] = text_of(changed)

    async def forget(self, tenant_id: str, meaning_id: str) -> bool:
        """See memory.book.MeaningBook."""
        await self._answer()
        return self._texts.pop((tenant_id.lower(), meaning_id), None) is not None

    async def _answer(self) -> None:
        await asyncio.sleep(0)
        if self.is_down:
            raise StorageError("storage is down")
