"""In-memory twins of the log's ports: same promises as the real adapters, held by the conformance suites."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent.errors import AbsentSecretError, AlreadySupersededError, DamagedError, DoesNotFitError
from agent.log_ports import Archived, ArchiveRecord
from agent.model.case import Stage
from agent.model.sealed_log import ChainEnd, Leaf, LogEntry, SealedCheckpoint, chain_start, entry_hash
from agent.storage.archive import MAX_BLOCK_BYTES
from agent.storage.archive_lines import block_of, line_in
from agent.vault.log_keys import VaultLogKey
from tests.conformance.memory import MemoryCaseStore


class MemoryArchive:
    """log_ports.ActivityArchive as one byte string a tenant, for each block that was written."""

    def __init__(self) -> None:
        self.blocks: dict[str, list[bytes]] = {}

    async def last(self, tenant_id: str) -> Archived | None:
        """See log_ports.ActivityArchive."""
        return await self.newest(tenant_id)

    async def newest(self, tenant_id: str) -> Archived | None:
        """See log_ports.ActivityArchive."""
        await asyncio.sleep(0)
        blocks = self.blocks.get(tenant_id, [])
        if not blocks:
            return None
        record = _lines(blocks[-1])[-1]
        if not isinstance(record, ArchiveRecord):
            raise DamagedError("the archive does not end with a checkpoint")
        return Archived(record, str(len(blocks)))

    async def append(
        self, tenant_id: str, leaves: Sequence[Leaf], *, record: ArchiveRecord, after: Archived | None
    ) -> Archived:
        """See log_ports.ActivityArchive."""
        await asyncio.sleep(0)
        block = block_of(leaves, record)
        if len(block) > MAX_BLOCK_BYTES:
            raise DoesNotFitError("too much at once")
        blocks = self.blocks.setdefault(tenant_id, [])
        if str(len(blocks)) != (after.mark if after else "0"):
            raise AlreadySupersededError("another sealer was first")
        blocks.append(block)
        return Archived(record, str(len(blocks)))

    async def sealed(self, tenant_id: str, case_id: str) -> Leaf | None:
        """See log_ports.ActivityArchive."""
        leaves = [one async for one in self.lines(tenant_id) if isinstance(one, Leaf) and one.case == case_id]
        return max(leaves, key=lambda one: one.count, default=None)

    async def lines(self, tenant_id: str) -> AsyncIterator[Leaf | SealedCheckpoint]:
        """See log_ports.ActivityArchive."""
        for block in self.blocks.get(tenant_id, []):
            for line in _lines(block):
                yield line.sealed if isinstance(line, ArchiveRecord) else line


def _lines(block: bytes) -> list[Leaf | ArchiveRecord]:
    return [line_in(text, place="the archive") for text in block.splitlines()]


class MemoryCaseLogs:
    """log_ports.CaseLogs over a MemoryCaseStore. What is put into `rewritten` stands in place of a case's true log."""

    def __init__(self, store: MemoryCaseStore) -> None:
        self._store = store
        self.rewritten: dict[str, list[LogEntry]] = {}

    async def names(self, *, closed_since: datetime | None) -> AsyncIterator[str]:
        """See log_ports.CaseLogs."""
        async for held in self._store.recent(1_000_000):
            closed_at = held.case.closed_at if held.case.stage is Stage.CLOSED else None
            if closed_at is None or closed_since is None or closed_at >= closed_since:
                yield held.case.id

    async def end(self, case_id: str) -> ChainEnd | None:
        """See log_ports.CaseLogs."""
        chain = await self._chain(case_id)
        if not chain:
            return None
        try:
            tenant_id = str(chain[0].event["data"]["tenant_id"])
        except (KeyError, TypeError):
            raise DamagedError(f"case `{case_id}` does not say whose it is") from None
        return ChainEnd(case_id, tenant_id, len(chain), chain[-1].hash)

    async def entries(self, case_id: str, *, first: int = 0) -> AsyncIterator[LogEntry]:
        """See log_ports.CaseLogs."""
        for entry in (await self._chain(case_id))[first:]:
            yield entry

    async def _chain(self, case_id: str) -> list[LogEntry]:
        if case_id in self.rewritten:
            return self.rewritten[case_id]
        events = [one.model_dump(mode="json") for one in await self._store.events(case_id)]
        return chained(events, log=case_id)


class MemoryLogKeys:
    """log_ports.LogKeys with keys made of each tenant's id; `lost_tenants` have none until another one is made."""

    def __init__(self) -> None:
        self.lost_tenants: set[str] = set()
        self._made: dict[str, list[VaultLogKey]] = {}

    async def key(self, tenant_id: str, *, public_key: str) -> VaultLogKey:
        """See log_ports.LogKeys."""
        first = [] if tenant_id in self.lost_tenants else [key_of(tenant_id)]
        for one in (*first, *self._made.get(tenant_id, [])):
            if public_key in ("", one.public_key):
                return one
        raise AbsentSecretError(f"the key of tenant `{tenant_id}` cannot be had")

    async def make(self, tenant_id: str) -> VaultLogKey:
        """See log_ports.LogKeys."""
        made = self._made.setdefault(tenant_id, [])
        made.append(key_of(f"{tenant_id}, {len(made) + 2}"))
        return made[-1]


def key_of(name: str) -> VaultLogKey:
    """Return a key that is always the same for a name."""
    return VaultLogKey(Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest()))


def chained(events: Sequence[object], *, log: str) -> list[LogEntry]:
    """Return events as the entries of one log."""
    entries: list[LogEntry] = []
    prev = chain_start(log)
    for number, event in enumerate(events):
        entries.append(LogEntry(number, event, prev, entry_hash(number, event, prev=prev)))
        prev = entries[-1].hash
    return entries
