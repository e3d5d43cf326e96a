"""An in-memory twin of the policy store: same promises as the real adapter, held by the conformance suite."""

import asyncio
from datetime import datetime

from agent.errors import PolicyUnavailableError
from policy import Bundle, Engine
from policy.errors import PublicationError
from policy.publication.approval import NOTHING_IN_FORCE, InForce, Publication, Published
from policy.publication.review import catalogue_digest


class MemoryPolicyStore:
    """ports.PolicyStore and its publisher's side in dictionaries. `catalogue` holds the ids that policies may name."""

    def __init__(self, catalogue: frozenset[str]) -> None:
        self._catalogue = catalogue
        self._bundles: dict[str, Bundle] = {}
        self._history: dict[str, tuple[Published, ...]] = {}

    def set_in_force(self, tenant_id: str, bundle: Bundle) -> None:
        """Let `bundle` be in force from the start: what a test begins with, without the ceremony."""
        self._bundles[tenant_id] = bundle

    async def in_force(self, tenant_id: str) -> InForce:
        """Return what the tenant runs under."""
        await asyncio.sleep(0)
        if tenant_id not in self._bundles:
            return NOTHING_IN_FORCE
        return InForce.of(self._bundles[tenant_id], number=len(self._history.get(tenant_id, ())))

    async def publish(self, publication: Publication, *, published_at: datetime) -> Published:
        """Put a publication in force, unless something else came first."""
        draft = publication.draft
        await asyncio.sleep(0)
        if publication.review.catalogue != catalogue_digest(self._catalogue):
            raise PublicationError(["it was reviewed with another catalogue"])
        lines = self._history.get(draft.tenant_id, ())
        if lines and lines[-1] == publication.line(number=len(lines), published_at=lines[-1].published_at):
            return lines[-1]
        if not draft.is_on(await self.in_force(draft.tenant_id)):
            raise PublicationError(["something else came in force meanwhile"])
        line = publication.line(number=len(lines) + 1, published_at=published_at)
        self._history[draft.tenant_id] = (*lines, line)
        self._bundles[draft.tenant_id] = draft.bundle
        return line

    async def history(self, tenant_id: str) -> tuple[Published, ...]:
        """Return everything that was ever in force, oldest first."""
        return self._history.get(tenant_id, ())

    async def engine(self, tenant_id: str) -> Engine:
        """See ports.PolicyStore."""
        if tenant_id not in self._bundles:
            raise PolicyUnavailableError(f"no policy is published for tenant `{tenant_id}`")
        return Engine(self._bundles[tenant_id], tenant_id=tenant_id, catalogue=self._catalogue)
