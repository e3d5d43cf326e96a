"""Publishing in a test through the one door: a draft, its review, signatures of two people, a publication."""

from datetime import datetime
from typing import Protocol

from policy import Bundle
from policy.publication.approval import Draft, InForce, Publication, Published, Signature, approve, review
from tests.conformance.samples import CATALOGUE, NOW

SIGNERS = ("ann", "bob")


class Publishing(Protocol):
    """The publisher's side of a policy store."""

    async def in_force(self, tenant_id: str) -> InForce:
        """Return what the tenant runs under."""

    async def publish(self, publication: Publication, *, published_at: datetime) -> Published:
        """Put a publication in force."""

    async def history(self, tenant_id: str) -> tuple[Published, ...]:
        """Return everything that was ever in force, oldest first."""


def approved(
    bundle: Bundle,
    tenant_id: str,
    *,
    in_force: InForce,
    note: str = "",
    catalogue: frozenset[str] = CATALOGUE,
) -> Publication:
    """Return the publication of a bundle by Ann, signed by Ann and Bob."""
    draft = Draft(tenant_id, bundle, SIGNERS[0], in_force.digest, note, in_force.number)
    found = review(draft, in_force=in_force, catalogue=catalogue)
    signatures = [Signature(person=person, review=found.digest, signed_at=NOW) for person in SIGNERS]
    return approve(draft, found, signatures=signatures, in_force=in_force, catalogue=catalogue)


async def publish(store: Publishing, tenant_id: str, bundle: Bundle) -> Published:
    """Put a bundle in force for a tenant on top of what is."""
    publication = approved(bundle, tenant_id, in_force=await store.in_force(tenant_id))
    return await store.publish(publication, published_at=NOW)
