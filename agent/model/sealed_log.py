"""The activity log as it is sealed: entries chained within a case, leaves that say how long each chain is, checkpoints.

A chain begins with a hash that is made of the log's name, so the entries alone show whose they are.
A leaf names one case, how many entries its log had, and the hash of the last of them. The leaves of a tenant are the
leaves of one Merkle tree, in the order in which they were sealed. A checkpoint is what is signed: the tree's size and
root, the digest of the checkpoint before, the key that signs it, and the key that signs the next one.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from pydantic import Field

from agent.model.frozen import Frozen
from policy.canonical import NotCanonicalError, canonical_json, digest

# The form of chains, leaves and checkpoints; another form begins every chain with another hash.
FORMAT: Final = "remit-log/2"
# What the first checkpoint of a tenant names as the one before.
NOTHING_BEFORE: Final = "0" * 64
# How deep an entry may be nested. The line of an export adds two levels, and its readers take 64.
MAX_DEPTH: Final = 62
# Every number with that many digits is kept exactly by every reader of JSON (RFC 8259, section 6).
MAX_DIGITS: Final = 15

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
    """What one signature stands for. `sealed_at` is UTC text of `moment_text`, so that no library rewrites it.

    `key` is the public key that it is signed with, `next_key` that of the checkpoint after it: the same, unless the key
    is replaced. A checkpoint whose `key` the one before does not name is a new beginning, as after a lost key.
    """

    tenant: str = Field(min_length=1)
    number: int = Field(ge=1)
    size: int = Field(ge=0)
    root: Sha256
    sealed_at: str
    prev: Sha256
    key: PublicKey
    next_key: PublicKey

    @property
    def text(self) -> str:
        """The canonical JSON that is signed."""
        return canonical_json(self.model_dump(mode="json"))

    @property
    def digest(self) -> str:
        """The SHA-256 of what is signed; the next checkpoint names it as `prev`."""
        return digest(self.model_dump(mode="json"))


class SealedCheckpoint(Frozen):
    """A checkpoint with its Ed25519 signature (RFC 8032, as hex) by the key that it names."""

    checkpoint: Checkpoint
    signature: Signature


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


def chain_start(log: str) -> str:
    """Return the hash that the first entry of a log names as the one before: that of the log's name and the form."""
    return digest({"format": FORMAT, "log": log})


def is_plain(value: Any, *, depth: int = MAX_DEPTH) -> bool:
    """Whether every reader of JSON takes a value for the same: no number that some round, not nested too deep."""
    if isinstance(value, (dict, list, tuple)):
        parts = value.values() if isinstance(value, dict) else value
        return depth > 0 and all(is_plain(one, depth=depth - 1) for one in parts)
    return not isinstance(value, int) or abs(value) < 10**MAX_DIGITS


def writable(text: str) -> str:
    """Return stored text so that it has UTF-8: half of a surrogate pair, which has none, becomes its escape."""
    return text.encode("utf-8", "backslashreplace").decode()


def entry_hash(number: int, event: Any, *, prev: str) -> str:
    """Return the hash that entry `number` must have after one with the hash `prev`; empty if it has no canonical form.

    The rule is that of `agent/storage/event_rows.py`, for plain data: nothing that is stored is read into a model.
    """
    if not is_plain(event):
        return ""
    try:
        return digest({"seq": number, "event": event, "prev": prev})
    except (NotCanonicalError, UnicodeEncodeError):
        return ""


def moment_text(moment: datetime) -> str:
    """Return an aware time as UTC text with microseconds, which sorts like the time itself."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
