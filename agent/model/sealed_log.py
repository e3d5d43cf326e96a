"""The activity log as it is sealed: entries chained within a case, leaves that say how long each chain is, checkpoints.

A leaf names one case, how many entries its log had, and the hash of the last of them. The leaves of a tenant are the
leaves of one Merkle tree, in the order in which they were sealed. A checkpoint is what is signed: the tree's size and
root, and the digest of the checkpoint before.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import Field

from agent.model.frozen import Frozen
from policy.canonical import NotCanonicalError, canonical_json, digest

# What the first entry of a case and the first checkpoint of a tenant name as the one before.
NOTHING_BEFORE = "0" * 64

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
PublicKey = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Signature = Annotated[str, Field(pattern=r"^[0-9a-f]{128}$")]


class Leaf(Frozen):
    """How long a case's log was when it was sealed (`count` entries), and the hash of its last entry."""

    case: str = Field(min_length=1)
    count: int = Field(ge=1)
    hash: Sha256

    @property
    def text(self) -> str:
        """The canonical JSON that is hashed into the tree."""
        return canonical_json(self.model_dump(mode="json"))


class Checkpoint(Frozen):
    """What one signature stands for. `sealed_at` is UTC text of `moment_text`, so that no library rewrites it."""

    tenant: str = Field(min_length=1)
    number: int = Field(ge=1)
    size: int = Field(ge=0)
    root: Sha256
    sealed_at: str
    prev: Sha256

    @property
    def text(self) -> str:
        """The canonical JSON that is signed."""
        return canonical_json(self.model_dump(mode="json"))

    @property
    def digest(self) -> str:
        """The SHA-256 of what is signed; the next checkpoint names it as `prev`."""
        return digest(self.model_dump(mode="json"))


class SealedCheckpoint(Frozen):
    """A checkpoint with its Ed25519 signature and the public key that it is signed with (RFC 8032, both as hex)."""

    checkpoint: Checkpoint
    signature: Signature
    public_key: PublicKey


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One entry of a case's log as it is stored. `event` is its plain JSON, or the stored text if that is no JSON."""

    number: int
    event: Any
    prev: str
    hash: str

    def follows(self, number: int, prev: str) -> bool:
        """Whether this is entry `number`, chained to `prev`, and its hash is that of what it says."""
        return (self.number, self.prev, self.hash) == (number, prev, entry_hash(number, self.event, prev=prev))


@dataclass(frozen=True, slots=True)
class ChainEnd:
    """Where a log ends: how many entries it has, and the hash of the last. A log of all tenants has no `tenant_id`."""

    case_id: str
    tenant_id: str
    count: int
    hash: str

    @property
    def leaf(self) -> Leaf:
        """The leaf that seals the log up to here."""
        return Leaf(case=self.case_id, count=self.count, hash=self.hash)


def entry_hash(number: int, event: Any, *, prev: str) -> str:
    """Return the hash that entry `number` must have after one with the hash `prev`; empty if it has no canonical form.

    The rule is that of `agent/storage/event_rows.py`, for plain data: nothing that is stored is read into a model.
    """
    try:
        return digest({"seq": number, "event": event, "prev": prev})
    except (NotCanonicalError, UnicodeEncodeError, RecursionError):
        return ""


def moment_text(moment: datetime) -> str:
    """Return an aware time as UTC text with microseconds, which sorts like the time itself."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
