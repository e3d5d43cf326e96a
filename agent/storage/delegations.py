"""People's leave to act in their names, in Table Storage: table `delegations`, PartitionKey = case id, RowKey = person.

A row holds what a person's tokens can be had with, sealed with the tenant's data key for this tenant, case and person.
It goes when its case closes, when Entra takes it back, or when its time is over (`remove_left`).
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.data.tables import UpdateMode
from azure.data.tables.aio import TableServiceClient

from agent.delegation_ports import Delegation
from agent.errors import StorageError
from agent.model.case import Stage
from agent.storage.case_partition import CasePartitions
from agent.storage.failures import CONFLICT_STATUSES, missing_table, storage_errors
from agent.storage.rows import Row, check_sizes, moment_of, stamp

_UNCHANGED = MatchConditions.IfNotModified
_KEYS = ["PartitionKey", "RowKey"]


class TableDelegations:
    """delegation_ports.DelegationBox on Table Storage."""

    def __init__(self, tables: TableServiceClient) -> None:
        self._table = tables.get_table_client("delegations")
        self._cases = CasePartitions(tables)

    async def keep(self, delegation: Delegation) -> bool:
        """See delegation_ports.DelegationBox. One request."""
        row = _row(delegation)
        check_sizes([row])
        with storage_errors(f"keep a delegation of case `{delegation.case_id}`"):
            if not delegation.version:
                await self._table.upsert_entity(row, mode=UpdateMode.REPLACE)
                return True
            try:
                await self._table.update_entity(
                    row, mode=UpdateMode.REPLACE, etag=delegation.version, match_condition=_UNCHANGED
                )
            except HttpResponseError as error:
                if not _is_outdated(error):
                    raise
                return False
        return True

    async def of_case(self, case_id: str) -> tuple[Delegation, ...]:
        """See delegation_ports.DelegationBox. One request."""
        with storage_errors(f"read the delegations of case `{case_id}`"):
            found = self._table.query_entities("PartitionKey eq @case", parameters={"case": case_id})
            return tuple([_delegation_of(row) async for row in found])

    async def drop(self, delegation: Delegation) -> None:
        """See delegation_ports.DelegationBox. One request."""
        with storage_errors(f"drop a delegation of case `{delegation.case_id}`"):
            try:
                await self._table.delete_entity(
                    delegation.case_id, delegation.person_id, etag=delegation.version, match_condition=_UNCHANGED
                )
            except HttpResponseError as error:
                if not _is_outdated(error):
                    raise

    async def forget(self, case_id: str) -> int:
        """See delegation_ports.DelegationBox. One request, and one for each delegation."""
        with storage_errors(f"erase the delegations of case `{case_id}`"):
            found = self._table.query_entities("PartitionKey eq @case", parameters={"case": case_id}, select=_KEYS)
            people = [str(row["RowKey"]) async for row in found]
        for person in people:
            await self._remove(case_id, person)
        return len(people)

    async def remove_left(self, now: datetime) -> int:
        """Remove delegations that ended, and those of cases that are closed or gone; return how many there were.

        What a crash between keeping and saving left of a case that goes on stays until that case ends: no permit is
        ever made out to somebody who did not approve.

        Raises:
            StorageError: storage did not answer; the others are done first.
        """
        removed = 0
        unread: StorageError | None = None
        over: dict[str, bool] = {}
        for case_id, person_id, ends_at in await self._listed():
            try:
                # Times are of fixed width, so texts compare as they do; a row without one is over.
                if ends_at > stamp(now) and case_id not in over:
                    over[case_id] = await self._is_over(case_id)
                if ends_at <= stamp(now) or over[case_id]:
                    await self._remove(case_id, person_id)
                    removed += 1
            except StorageError as error:
                unread = error
        if unread is not None:
            raise unread
        return removed

    async def _listed(self) -> list[tuple[str, str, str]]:
        with storage_errors("list the delegations"):
            rows = self._table.list_entities(select=[*_KEYS, "ends_at"])
            return [(str(row["PartitionKey"]), str(row["RowKey"]), str(row.get("ends_at", ""))) async for row in rows]

    async def _remove(self, case_id: str, person_id: str) -> None:
        with storage_errors(f"erase a delegation of case `{case_id}`"):
            try:
                await self._table.delete_entity(case_id, person_id)
            except ResourceNotFoundError as error:
                if missing_table(error):
                    raise

    async def _is_over(self, case_id: str) -> bool:
        row = await self._cases.case_row(case_id)
        return row is None or row.get("stage") == Stage.CLOSED


def _is_outdated(error: HttpResponseError) -> bool:
    return error.status_code in CONFLICT_STATUSES and not missing_table(error)


def _row(delegation: Delegation) -> Row:
    return {
        "PartitionKey": delegation.case_id,
        "RowKey": delegation.person_id,
        "tenant": delegation.tenant_id,
        "sealed": delegation.sealed,
        "ends_at": stamp(delegation.ends_at.astimezone(UTC)),
    }


def _delegation_of(row: Mapping[str, Any]) -> Delegation:
    ends_at = moment_of(row, "ends_at")
    sealed, tenant_id = row.get("sealed"), row.get("tenant")
    if ends_at is None or not isinstance(sealed, str) or not isinstance(tenant_id, str):
        raise StorageError(f"the delegation of `{row.get('RowKey')}` for case `{row.get('PartitionKey')}` is damaged")
    return Delegation(
        tenant_id=tenant_id,
        case_id=str(row["PartitionKey"]),
        person_id=str(row["RowKey"]),
        sealed=sealed,
        ends_at=ends_at,
        version=str(row.metadata["etag"]),  # type: ignore[attr-defined]  # The SDK's rows are mappings with metadata.
    )
