"""Another signing key for a tenant's log: handed over by the old one, or begun anew when that one is lost.

Handed over: the old key signs a checkpoint that names the next public key, and the new key signs one right behind it,
which names the digest of the first. Whoever knows either key can follow that offline.

Begun anew: a checkpoint of a new key goes behind one that does not name it. Tree, numbers and digests go on, so nothing
that was sealed can be left out; but no signature of the old key stands behind the new one, and anybody who may write
the archive could have done the same. Every verifier says so, until it is told by another way that the new key is right.

The new key is stored in the vault before any checkpoint names it. A run that dies in between leaves a key that nobody
uses, or a hand-over whose second checkpoint the next sealing makes.
"""

from dataclasses import dataclass
from typing import Final

from agent.errors import AbsentSecretError, AlreadySupersededError, OrderRefusedError
from agent.log.record import grown_from, not_signed, proven_key, record_behind
from agent.log.verify import IsSigned
from agent.log_ports import ActivityArchive, Archived, LogKey, LogKeys
from agent.model.sealed_log import Checkpoint
from agent.ports import Clock

# A sealing takes seconds and comes every five minutes; it can win once, hardly twice.
_TRIES: Final = 4


@dataclass(frozen=True, slots=True)
class KeyChange:
    """The public key until now, and the last checkpoint that was written; `checkpoint.key` is the new public key."""

    old_key: str
    checkpoint: Checkpoint


class Rotation:
    """Gives tenants' logs another key. `archive` and `keys` are those that sealing uses."""

    def __init__(self, archive: ActivityArchive, keys: LogKeys, *, clock: Clock, is_signed: IsSigned) -> None:
        self._archive = archive
        self._keys = keys
        self._clock = clock
        self._is_signed = is_signed

    async def hand_over(self, tenant_id: str) -> KeyChange | None:
        """Let the key of a tenant's log name a new one, and that one sign; None if nothing is sealed yet.

        Raises:
            AlreadySupersededError: sealers were faster every time; nothing was handed over.
            DamagedError: the newest record is not one that the key signed.
            VaultError: the vault has no such key any more, or takes no new one.
            StorageError: storage did not answer or refused.
        """
        if (last := await self._archive.last(tenant_id)) is None:
            return None
        # Whether the old key is there is seen before a new one is made.
        old = await proven_key(self._keys, last, tenant_id=tenant_id)
        new = await self._keys.make(tenant_id)
        for _ in range(_TRIES):
            try:
                named = await self._append(tenant_id, last, key=old, next_key=new.public_key)
                break
            except AlreadySupersededError:
                last = await self._archive.last(tenant_id) or last
                old = await proven_key(self._keys, last, tenant_id=tenant_id)
        else:
            raise AlreadySupersededError(f"the log of tenant `{tenant_id}` is being sealed by others: try again")
        try:
            named = await self._append(tenant_id, named, key=new)
        except AlreadySupersededError:
            # A sealing that came in between signed with the new key already, because the checkpoint says so.
            named = await self._archive.last(tenant_id) or named
        return KeyChange(old.public_key, named.record.sealed.checkpoint)

    async def begin_anew(self, tenant_id: str) -> KeyChange | None:
        """Go on with a new key although the old one cannot name it; None if nothing is sealed yet.

        Raises:
            OrderRefusedError: the old key is in the vault, so it can hand over; nothing was changed.
            AlreadySupersededError: somebody sealed meanwhile, so the key is not lost.
            DamagedError: the newest record is not one that the key which it names signed.
            VaultError: the vault did not say that the key is gone, or takes no new one.
            StorageError: storage did not answer or refused.
        """
        if (last := await self._archive.last(tenant_id)) is None:
            return None
        sealed = last.record.sealed
        if not (lost := await self._lost(tenant_id, sealed.checkpoint)):
            held = sealed.checkpoint.next_key
            raise OrderRefusedError(f"the key `{held}` is not lost, it is in the vault: let it hand over instead")
        if not self._is_signed(sealed.checkpoint.text, sealed.signature, public_key=sealed.checkpoint.key):
            raise not_signed(sealed.checkpoint)
        new = await self._keys.make(tenant_id)
        return KeyChange(lost, (await self._append(tenant_id, last, key=new)).record.sealed.checkpoint)

    async def _lost(self, tenant_id: str, newest: Checkpoint) -> str:
        """Return the public key without which nothing goes on behind `newest`, empty if the vault has all of them.

        Behind a hand-over that died half way it takes two: the key that is named, and the one that signed it.
        """
        for public_key in dict.fromkeys((newest.next_key, newest.key)):
            try:
                await self._keys.key(tenant_id, public_key=public_key)
            except AbsentSecretError:
                return public_key
        return ""

    async def _append(self, tenant_id: str, last: Archived, *, key: LogKey, next_key: str = "") -> Archived:
        tree = grown_from(last)
        record = record_behind(last, tenant_id=tenant_id, tree=tree, key=key, now=self._clock.now(), next_key=next_key)
        return await self._archive.append(tenant_id, (), record=record, after=last)
