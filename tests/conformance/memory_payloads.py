"""The in-memory twin of the payloads: same promises as the blobs, held by the conformance suite."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime

from agent.errors import StorageError
from agent.storage.payloads import StoredPayload, check_payload, damaged, digest_of, name_of, version_of


class MemoryPayloads:
    """storage.payloads.Payloads in a dictionary by case and digest. `is_down` lets every request fail."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], tuple[bytes, StoredPayload]] = {}
        self.is_down = False

    async def put(self, case_id: str, raw: bytes, *, etag: str) -> str:
        """See Payloads."""
        digest = digest_of(raw)
        name_of(case_id, digest)
        check_payload(raw)
        await self._asked()
        one = StoredPayload(case_id, digest, version_of(etag), datetime.now(UTC))
        self.kept.setdefault((case_id, digest), (raw, one))
        return digest

    async def get(self, case_id: str, digest: str, *, size: int, place: str) -> bytes:
        """See Payloads."""
        await self._asked()
        raw, _ = self.kept.get((case_id, digest), (b"", None))
        if not raw or digest_of(raw[:size]) != digest:
            raise damaged(case_id, place, what="nothing or something else")
        return raw

    async def remove(self, case_id: str, digests: Iterable[str]) -> None:
        """See Payloads."""
        for digest in digests:
            await self._asked()
            self.kept.pop((case_id, digest), None)

    async def stored(self) -> AsyncIterator[StoredPayload]:
        """See Payloads."""
        await self._asked()
        for _, one in [self.kept[place] for place in sorted(self.kept)]:
            yield one

    async def _asked(self) -> None:
        await asyncio.sleep(0)
        if self.is_down:
            raise StorageError("storage did not answer")
