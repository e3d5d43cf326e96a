"""One sealing of the log: what every case of a tenant grew by since the last one, under one signed checkpoint.

1. Read the newest record. Its signature must be ours and its tree must have the signed root: storage is believed
   about nothing. It names the key that signs the next one.
2. Read where every case ends that is active or closed since the last search. Which entries are new says the copy of
   the leaves; each of them must be chained to what was sealed before.
3. Grow the tree, sign, and append leaves and checkpoint in one piece behind the record of (1). Whoever was first there
   makes it fail, and this run ends without a trace.

A case whose log is broken is not sealed: its leaf would bless the break. It is logged at every sealing, and the people
of a tenant are told once.
A tenant in which nothing happens gets a checkpoint once a day, so that a log which was cut off shows by its age.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from agent.errors import AlreadySupersededError, DamagedError, PortError
from agent.log.record import grown_from, proven_key, record_behind
from agent.log_ports import ActivityArchive, Archived, CaseLogs, LogKeys
from agent.model.sealed_log import ChainEnd, Leaf, chain_start, moment_text
from agent.ports import Clock

_log = logging.getLogger("remit.sealing")

# Leaves under one checkpoint; they are appended in one block, and a leaf takes about 150 bytes.
MAX_LEAVES = 10_000
# A case bears the time at which its last turn began; a turn takes at most minutes, and clocks differ by seconds.
LOOK_BACK = timedelta(minutes=15)
# How long a tenant may be without a checkpoint.
HEARTBEAT = timedelta(days=1)
_AT_ONCE = 16

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Search:
    """What one search found: the ends of logs by tenant, "" for all tenants, and whether every case could be read."""

    ends: Mapping[str, Sequence[ChainEnd]]
    is_whole: bool


# Tells people that the log of a case is broken, and why.
Alarm = Callable[[ChainEnd, str], Awaitable[None]]


class Sealing:
    """Seals the logs of `tenant_ids`."""

    def __init__(
        self,
        logs: CaseLogs,
        archive: ActivityArchive,
        *,
        keys: LogKeys,
        tenant_ids: Sequence[str],
        clock: Clock,
        alarm: Alarm,
    ) -> None:
        self._logs = logs
        self._archive = archive
        self._keys = keys
        self._tenant_ids = tuple(tenant_ids)
        self._clock = clock
        self._alarm = alarm
        # The log of the stack is sealed in every tenant's, so a name alone does not say whom to tell.
        self._alarmed: set[tuple[str, str]] = set()

    async def run(self) -> int:
        """Seal what is new and return how many checkpoints were made. A tenant that fails does not stop the others.

        Raises:
            PortError: a tenant could not be sealed, after all others were; the next run tries again.
        """
        now = self._clock.now()
        found: dict[str, Archived | None] = {}
        failures: list[PortError] = []
        for tenant_id in self._tenant_ids:
            try:
                found[tenant_id] = await self._archive.last(tenant_id)
            except PortError as failure:
                failures.append(_told(tenant_id, failure))
        search = await self._search(_since(found.values())) if found else _Search({}, is_whole=False)
        made = 0
        for tenant_id, last in found.items():
            try:
                made += await self._seal(tenant_id, last, search=search, now=now)
            except AlreadySupersededError:
                _log.info("another sealer was first for tenant `%s`", tenant_id)
            except PortError as failure:
                failures.append(_told(tenant_id, failure))
        if failures:
            raise failures[0]
        return made

    async def _seal(self, tenant_id: str, last: Archived | None, *, search: _Search, now: datetime) -> int:
        key, tree = await proven_key(self._keys, last, tenant_id=tenant_id), grown_from(last)
        shared = [replace(one, tenant_id=tenant_id) for one in search.ends.get("", ())]
        moved = await _all(self._moved(one) for one in (*search.ends.get(tenant_id, ()), *shared))
        is_whole = search.is_whole and not any(isinstance(one, PortError) for one in moved)
        leaves = sorted((one for one in moved if isinstance(one, Leaf)), key=lambda one: one.case)
        if not leaves and not _is_due(last, now):
            return 0
        parts = [leaves[start : start + MAX_LEAVES] for start in range(0, len(leaves), MAX_LEAVES)] or [[]]
        for index, part in enumerate(parts):
            tree = tree.grown(one.text for one in part)
            # What was searched counts once all that was found is sealed.
            done = is_whole and index == len(parts) - 1
            searched = now - LOOK_BACK if done else None
            record = record_behind(last, tenant_id=tenant_id, tree=tree, key=key, now=now, searched=searched)
            last = await self._archive.append(tenant_id, part, record=record, after=last)
        return len(parts)

    async def _search(self, since: datetime | None) -> _Search:
        names = dict.fromkeys([one async for one in self._logs.names(closed_since=since)])
        ends = await _all(self._end(one) for one in names)
        by_tenant: dict[str, list[ChainEnd]] = defaultdict(list)
        for name, one in zip(names, ends, strict=True):
            if isinstance(one, ChainEnd) and one.tenant_id in ("", *self._tenant_ids):
                by_tenant[one.tenant_id].append(one)
            elif not isinstance(one, PortError):
                await self._look_for_its_tenant(name)
        return _Search(by_tenant, not any(isinstance(one, PortError) for one in ends))

    async def _look_for_its_tenant(self, name: str) -> None:
        """Tell the people of whom a log was sealed for that it is gone, or does not say any more whose it is."""
        for tenant_id in self._tenant_ids:
            try:
                sealed = await self._archive.sealed(tenant_id, name)
            except PortError:
                continue
            if sealed is not None:
                await self._break(ChainEnd(name, tenant_id, 0, ""), "it is gone, or does not say whose it is")

    async def _end(self, case_id: str) -> ChainEnd | PortError | None:
        try:
            return await self._logs.end(case_id)
        except DamagedError as damage:
            _broken(case_id, str(damage))
            return None
        except PortError as failure:
            _log.warning("case `%s` cannot be sealed now: %s", case_id, failure)
            return failure

    async def _moved(self, end: ChainEnd) -> Leaf | PortError | None:
        """Return the leaf of a case that grew, None if it did not or is broken, or why it cannot be told now."""
        try:
            sealed = await self._archive.sealed(end.tenant_id, end.case_id)
            if sealed and sealed.count > end.count:
                # Another sealer may have seen the case later than we did.
                end = replace(await self._logs.end(end.case_id) or end, tenant_id=end.tenant_id)
            if sealed == end.leaf:
                return None
            if await self._continues(sealed, end):
                return end.leaf
            why = f"its log does not go on from the {sealed.count if sealed else 0} sealed entries"
        except DamagedError as damage:
            why = str(damage)
        except PortError as failure:
            _log.warning("case `%s` cannot be sealed now: %s", end.case_id, failure)
            return failure
        return await self._break(end, why)

    async def _break(self, end: ChainEnd, why: str) -> PortError | None:
        _broken(end.case_id, why)
        whose = (end.tenant_id, end.case_id)
        if whose not in self._alarmed:
            try:
                await self._alarm(end, why)
            except PortError as failure:
                return failure
            self._alarmed.add(whose)
        return None

    async def _continues(self, sealed: Leaf | None, end: ChainEnd) -> bool:
        """Whether the entries behind `sealed` are all there up to `end`, each chained to the one before."""
        number, prev = (sealed.count, sealed.hash) if sealed else (0, chain_start(end.case_id))
        async for entry in self._logs.entries(end.case_id, first=number):
            if number == end.count:
                break
            if not entry.follows(number, prev):
                return False
            number, prev = number + 1, entry.hash
        return (number, prev) == (end.count, end.hash)


def _is_due(last: Archived | None, now: datetime) -> bool:
    return last is None or last.record.sealed.checkpoint.sealed_at <= moment_text(now - HEARTBEAT)


def _since(found: Iterable[Archived | None]) -> datetime | None:
    """Return from when on closed cases must be searched; None for all of them."""
    texts = [one.record.searched_until if one else "" for one in found]
    return datetime.fromisoformat(min(texts)) if texts and all(texts) else None


async def _all(work: Iterable[Awaitable[_T]]) -> list[_T]:
    """Do many small things, some at a time, and return what came of them in order."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(part: Awaitable[_T]) -> _T:
        async with gate:
            return await part

    return await asyncio.gather(*map(one, work))


def _told(tenant_id: str, failure: PortError) -> PortError:
    _log.error("the log of tenant `%s` cannot be sealed: %s", tenant_id, failure)
    return failure


def _broken(case_id: str, why: str) -> None:
    # The operators' alert looks for this beginning.
    _log.error("log.broken: the log of case `%s` is broken: %s", case_id, why)
