"""Where meanings are kept, as a Protocol; as in `agent.ports`, an adapter raises only the errors named here."""

from collections.abc import Callable
from typing import Protocol

from agent.memory.meaning import Kind, Meaning

#: A pure change of a meaning as it stands, empty if it is new; None leaves it as it is.
MeaningChange = Callable[[Meaning], Meaning | None]


class MeaningBook(Protocol):
    """What the words of every tenant's people meant. It decides nothing.

    INVARIANT: a meaning that cannot be read is one that nobody remembers: a forged or damaged row hints at nothing.
    """

    async def get(self, tenant_id: str, kind: Kind, *, words: str) -> Meaning:
        """Return what `words` meant in a tenant, empty if nobody knows.

        Raises:
            StorageError: storage did not answer, or the tenant's key cannot be had.
        """

    async def all(self, tenant_id: str) -> tuple[Meaning, ...]:
        """Return everything that is remembered in a tenant, sorted by kind and words. Raises as above."""

    async def change(self, tenant_id: str, kind: Kind, *, words: str, to: MeaningChange) -> None:
        """Make of a meaning as it stands what `to` says; of two changes at once both count. Raises as above."""

    async def forget(self, tenant_id: str, meaning_id: str) -> bool:
        """Forget a meaning; return whether there was one. Raises as above."""
