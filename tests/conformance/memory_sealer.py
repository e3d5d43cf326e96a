"""An in-memory twin of the sealer: same promises as the real adapter, held by the conformance suite."""

import uuid

from agent.errors import BrokenSealError, VaultError


class MemorySealer:
    """ports.Sealer as a lookup of random tokens: the sealed text says nothing about what it stands for."""

    def __init__(self) -> None:
        self._texts: dict[str, tuple[str, str, str]] = {}
        self.lost_tenants: set[str] = set()

    async def seal(self, tenant_id: str, *, purpose: str, text: str) -> str:
        """See ports.Sealer."""
        self._need_key(tenant_id)
        token = f"sealed-{uuid.uuid4()}"
        self._texts[token] = (tenant_id, purpose, text)
        return token

    async def open(self, tenant_id: str, *, purpose: str, sealed: str) -> str:
        """See ports.Sealer."""
        self._need_key(tenant_id)
        owner, meant_for, text = self._texts.get(sealed, ("", "", ""))
        if (owner, meant_for) != (tenant_id, purpose):
            raise BrokenSealError(f"sealed text does not open for tenant `{tenant_id}` and purpose `{purpose}`")
        return text

    def _need_key(self, tenant_id: str) -> None:
        if tenant_id in self.lost_tenants:
            raise VaultError(f"the data key of tenant `{tenant_id}` cannot be read")
