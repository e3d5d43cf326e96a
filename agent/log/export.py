"""A tenant's log as one file that can be verified without us: JSON Lines, each line canonical JSON.

1. `header`: format, tenant, and which cases the file holds: "all", or a list of ids.
2. `leaf` and `checkpoint` (with `signature`): all of the tenant's, in the order in which they were sealed, because a
   root can be computed from all leaves only.
3. `entry`: every entry of the cases, by case id and number, with `prev` and `hash`.
4. `end`: how many of each there are, and `ends`, the digest of where every case in the file ends, as a list of
   `[case, entries, last hash]`. So a file that was cut off shows, and a case that was not sealed yet keeps its name.

Archives are read before entries, and logs only grow: what is sealed in the file is in the file.
Whatever is stored can be exported: what has no canonical form is written as text, and verification finds it.
"""

from collections.abc import AsyncIterator, Collection
from typing import Any, Final

from agent.errors import DamagedError
from agent.log.ocsf import ocsf_line
from agent.log_ports import ActivityArchive, CaseLogs
from agent.model.sealed_log import FORMAT, Leaf, LogEntry, is_plain, writable
from policy.canonical import canonical_json, digest

EVERY_CASE: Final = "all"


async def export_lines(
    tenant_id: str, *, logs: CaseLogs, archive: ActivityArchive, only: Collection[str] = ()
) -> AsyncIterator[str]:
    """Yield the lines of an export without their ends; of the cases in `only`, or of all if it is empty.

    Raises:
        DamagedError: the sealed log itself is damaged.
        StorageError: storage did not answer or refused.
    """
    header = {"format": FORMAT, "tenant": tenant_id, "cases": sorted(set(only)) or EVERY_CASE}
    yield canonical_json({"header": header})
    counts = {"leaves": 0, "checkpoints": 0, "entries": 0}
    ends: list[list[Any]] = []
    sealed: set[str] = set()
    async for one in archive.lines(tenant_id):
        if isinstance(one, Leaf):
            sealed.add(one.case)
        counts["leaves" if isinstance(one, Leaf) else "checkpoints"] += 1
        fields = one.model_dump(mode="json")
        yield canonical_json({"leaf": fields} if isinstance(one, Leaf) else fields)
    for case_id in sorted(set(only) or sealed | await _cases_of(tenant_id, logs)):
        async for entry in logs.entries(case_id):
            counts["entries"] += 1
            if not ends or ends[-1][0] != case_id:
                ends.append([case_id, 0, ""])
            ends[-1][1:] = ends[-1][1] + 1, writable(entry.hash)
            fields = {"number": entry.number, "event": _event(entry), "prev": writable(entry.prev)}
            yield canonical_json({"entry": {"case": case_id, **fields, "hash": writable(entry.hash)}})
    yield canonical_json({"end": {**counts, "ends": digest(ends)}})


def _event(entry: LogEntry) -> Any:
    """Return an event as it can be written: a row that is damaged must not make the whole log unreadable."""
    if isinstance(entry.event, str):
        return writable(entry.event)
    if is_plain(entry.event):
        return entry.event
    try:
        return writable(repr(entry.event))
    except RecursionError:
        return ""


async def _cases_of(tenant_id: str, logs: CaseLogs) -> set[str]:
    """Return the ids of the tenant's cases that can be found without the sealed log."""
    found: set[str] = set()
    async for case_id in logs.names(closed_since=None):
        try:
            end = await logs.end(case_id)
        except DamagedError:
            # Whose it is cannot be told any more; if it was ever sealed, its leaf names it.
            continue
        if end is not None and end.tenant_id in (tenant_id, ""):
            found.add(case_id)
    return found


async def ocsf_lines(
    tenant_id: str, *, logs: CaseLogs, archive: ActivityArchive, only: Collection[str] = ()
) -> AsyncIterator[str]:
    """Yield the entries of the cases in `only`, or of all, as OCSF events, one JSON object a line without its end.

    Raises:
        DamagedError, StorageError: as `export_lines`.
    """
    sealed = set() if only else {one.case async for one in archive.lines(tenant_id) if isinstance(one, Leaf)}
    for case_id in sorted(set(only) or sealed | await _cases_of(tenant_id, logs)):
        async for entry in logs.entries(case_id):
            yield ocsf_line(entry, tenant_id=tenant_id, case_id=case_id)
