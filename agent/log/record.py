"""The record behind the newest one: what sealing and a change of the key write, and what they first see to."""

from datetime import datetime

from agent.errors import DamagedError
from agent.log.merkle import Tree
from agent.log_ports import Archived, ArchiveRecord, LogKey, LogKeys
from agent.model.sealed_log import NOTHING_BEFORE, Checkpoint, SealedCheckpoint, moment_text


def grown_from(last: Archived | None) -> Tree:
    """Return the tree that the next leaves go into; who signed its root is the caller's to see.

    Raises:
        DamagedError: the peaks beside the newest checkpoint are not those of its root.
    """
    if last is None:
        return Tree()
    checkpoint = last.record.sealed.checkpoint
    try:
        tree = Tree(checkpoint.size, last.record.peaks)
    except ValueError:
        raise not_signed(checkpoint) from None
    if tree.root != checkpoint.root:
        raise not_signed(checkpoint)
    return tree


async def proven_key(keys: LogKeys, last: Archived | None, *, tenant_id: str) -> LogKey:
    """Return the key that signs behind `last`, after seeing that a key of ours signed `last`; a new one for None.

    Raises:
        DamagedError: the newest record is not one that we signed.
        VaultError: the vault did not give the keys that the record names.
    """
    if last is None:
        return await keys.key(tenant_id, public_key="")
    sealed = last.record.sealed
    key = signer = await keys.key(tenant_id, public_key=sealed.checkpoint.next_key)
    if sealed.checkpoint.key != key.public_key:
        signer = await keys.key(tenant_id, public_key=sealed.checkpoint.key)
    # INVARIANT: what a record says of the next key is believed only if a key in our own vault signed it. Ed25519 is
    # deterministic, so signing again verifies.
    if signer.sign(sealed.checkpoint.text) != sealed.signature:
        raise not_signed(sealed.checkpoint)
    return key


def not_signed(checkpoint: Checkpoint) -> DamagedError:
    """Return the error for a newest record that nothing may go on from."""
    return DamagedError(f"checkpoint `{checkpoint.number}` of tenant `{checkpoint.tenant}` is not what was signed")


def record_behind(
    last: Archived | None,
    *,
    tenant_id: str,
    tree: Tree,
    key: LogKey,
    now: datetime,
    next_key: str = "",
    searched: datetime | None = None,
) -> ArchiveRecord:
    """Return the record that seals `tree` behind `last`, signed with `key`.

    `next_key` is the public key of the next checkpoint, empty for the same. `searched` says before when every case that
    closed is sealed to its end; None keeps what `last` says about it.
    """
    before = last.record.sealed.checkpoint if last else None
    checkpoint = Checkpoint(
        tenant=tenant_id,
        number=before.number + 1 if before else 1,
        size=tree.size,
        root=tree.root,
        # Another machine's clock may be ahead of ours; the log's time does not run backwards.
        sealed_at=max(moment_text(now), before.sealed_at if before else ""),
        prev=before.digest if before else NOTHING_BEFORE,
        key=key.public_key,
        next_key=next_key or key.public_key,
    )
    sealed = SealedCheckpoint(checkpoint=checkpoint, signature=key.sign(checkpoint.text))
    kept = last.record.searched_until if last else ""
    return ArchiveRecord(
        sealed=sealed, peaks=tree.peaks, searched_until=kept if searched is None else moment_text(searched)
    )
