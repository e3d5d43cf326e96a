"""What sealing and exporting the activity log need from the world, as Protocols."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pydantic import Field

from agent.model.frozen import Frozen
from agent.model.sealed_log import ChainEnd, Leaf, LogEntry, PublicKey, SealedCheckpoint, Sha256, Signature


class ArchiveRecord(Frozen):
    """A sealed checkpoint with what the next sealing goes on from; that part is not signed and proves nothing.

    `peaks` are those of the tree; whoever uses them must see that they give the signed root. Every case that closed
    before `searched_until` (text of `moment_text`, empty for never) is sealed to its end.
    """

    sealed: SealedCheckpoint
    peaks: tuple[Sha256, ...] = Field(max_length=64)
    searched_until: str = ""


@dataclass(frozen=True, slots=True)
class Archived:
    """The newest record of a tenant, and the archive's own mark of where the next one goes."""

    record: ArchiveRecord
    mark: str


class CaseLogs(Protocol):
    """The logs of all cases of the stack as they are stored, with numbers and hashes. Nothing in them is verified."""

    def names(self, *, closed_since: datetime | None) -> AsyncIterator[str]:
        """Yield the ids of all active cases, then of those that closed at that time or later; None for all.

        Beside them stand the names of other logs that are kept in the same way.

        A case that closes meanwhile may come twice, or not at all.

        Raises:
            StorageError: storage did not answer or refused.
        """

    async def end(self, case_id: str) -> ChainEnd | None:
        """Return where the log of a case ends by what the case says, or None if there is no such case.

        Raises:
            DamagedError: the case does not say it, or its first entry does not say whose it is.
            StorageError: as above.
        """

    def entries(self, case_id: str, *, first: int = 0) -> AsyncIterator[LogEntry]:
        """Yield the entries of a case from number `first` on, in order.

        Raises:
            StorageError: as above.
        """


class ActivityArchive(Protocol):
    """Leaves and checkpoints of each tenant, written once and never again changed or removed."""

    async def newest(self, tenant_id: str) -> Archived | None:
        """Return the newest record, or None if the tenant has none.

        Raises:
            DamagedError: what stands at the end is not a record.
            StorageError: storage did not answer or refused.
        """

    async def last(self, tenant_id: str) -> Archived | None:
        """Return the newest record as what the next one goes behind: what a crash left half done is completed first.

        Raises:
            DamagedError, StorageError: as above.
        """

    async def append(
        self, tenant_id: str, leaves: Sequence[Leaf], *, record: ArchiveRecord, after: Archived | None
    ) -> Archived:
        """Write leaves and the record that seals them, all or nothing, right behind `after`. Return the new end.

        Raises:
            AlreadySupersededError: another sealer wrote behind `after` first; nothing was written.
            DoesNotFitError: that is more than one write takes.
            StorageError: storage did not answer or refused; `last` tells whether it was written.
        """

    async def sealed(self, tenant_id: str, case_id: str) -> Leaf | None:
        """Return the newest leaf of a case, as of the last `last` or `append`, or None.

        Raises:
            DamagedError, StorageError: as above.
        """

    def lines(self, tenant_id: str) -> AsyncIterator[Leaf | SealedCheckpoint]:
        """Yield everything of a tenant in the order of writing, from where it cannot be changed.

        Raises:
            DamagedError: something else stands there.
            StorageError: as above.
        """


class LogKey(Protocol):
    """One tenant's signing key (Ed25519, RFC 8032), for the length of one sealing."""

    @property
    def public_key(self) -> PublicKey:
        """The public key as hex."""

    def sign(self, text: str) -> Signature:
        """Return the signature of the UTF-8 of `text` as hex. The same text always gets the same one."""


class LogKeys(Protocol):
    """The signing keys of the stack's tenants; each is in its tenant's own vault."""

    async def key(self, tenant_id: str, *, public_key: str) -> LogKey:
        """Return the key with that public key; if `public_key` is empty the newest one, made if there is none.

        Raises:
            AbsentSecretError: the vault answered, and has no such key.
            VaultError: the tenant has no vault, the vault did not answer, or what it has is no key.
        """

    async def make(self, tenant_id: str) -> LogKey:
        """Make another key, store it beside those that there are and return it.

        Raises:
            VaultError: the tenant has no vault, or the vault did not take it.
        """
