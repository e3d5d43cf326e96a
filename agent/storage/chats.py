"""Which cases a person opened by chat, and what that person was told a moment ago. It names cases and holds no words.

Table `chats`: PartitionKey `<tenant id>-<object id>`; rows `case-<case id>` and `note-<name>`, each with a time.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import ResourceExistsError, ResourceModifiedError, ResourceNotFoundError
from azure.data.tables import UpdateMode
from azure.data.tables.aio import TableServiceClient

from agent.storage.failures import missing_table, storage_errors
from agent.storage.rows import check_sizes, moment_of, stamp

_CASE = "case-"
_CASES = "PartitionKey eq @person and RowKey ge 'case-' and RowKey lt 'case.'"


class TableChats:
    """`agent.conversation.Chats` on Table Storage."""

    def __init__(self, tables: TableServiceClient) -> None:
        self._table = tables.get_table_client("chats")

    async def add(self, tenant_id: str, person_id: str, *, case_id: str, at: datetime) -> None:
        """See agent.conversation.Chats. One request."""
        row = {"PartitionKey": _person(tenant_id, person_id), "RowKey": _CASE + case_id, "at": stamp(at)}
        check_sizes([row])
        with storage_errors("name a case of a chat"):
            try:
                await self._table.create_entity(row)
            except ResourceExistsError:
                # The first time is the one that counts: a repeated message must not make its case younger.
                return

    async def cases(self, tenant_id: str, person_id: str) -> tuple[tuple[str, datetime], ...]:
        """See agent.conversation.Chats. One request."""
        with storage_errors("list the cases of a chat"):
            named = {"person": _person(tenant_id, person_id)}
            rows = [row async for row in self._table.query_entities(_CASES, parameters=named)]
        found = ((str(row["RowKey"]).removeprefix(_CASE), moment_of(row, "at")) for row in rows)
        return tuple(sorted(((case_id, at) for case_id, at in found if at), key=lambda one: one[1], reverse=True))

    async def forget(self, tenant_id: str, person_id: str, *, case_id: str) -> None:
        """See agent.conversation.Chats. One request."""
        with storage_errors("forget a case of a chat"):
            try:
                await self._table.delete_entity(_person(tenant_id, person_id), _CASE + case_id)
            except ResourceNotFoundError as error:
                if missing_table(error):
                    raise

    async def once(self, tenant_id: str, person_id: str, *, note: str, now: datetime, every: timedelta) -> bool:
        """See agent.conversation.Chats. Two requests; of several at once one is told yes."""
        row = {"PartitionKey": _person(tenant_id, person_id), "RowKey": f"note-{note}", "at": stamp(now)}
        check_sizes([row])
        with storage_errors("note what was told in a chat"):
            try:
                known = await self._table.get_entity(row["PartitionKey"], row["RowKey"])
            except ResourceNotFoundError as error:
                if missing_table(error):
                    raise
                return await self._create(row)
            last = moment_of(known, "at")
            return (last is None or now - last >= every) and await self._replace(row, known)

    async def _create(self, row: Mapping[str, Any]) -> bool:
        try:
            await self._table.create_entity(dict(row))
        except ResourceExistsError:
            return False
        return True

    async def _replace(self, row: Mapping[str, Any], known: Any) -> bool:
        guard: dict[str, Any] = {"etag": known.metadata["etag"], "match_condition": MatchConditions.IfNotModified}
        try:
            await self._table.update_entity(dict(row), mode=UpdateMode.REPLACE, **guard)
        except (ResourceModifiedError, ResourceNotFoundError):
            return False
        return True


def _person(tenant_id: str, person_id: str) -> str:
    return f"{tenant_id}-{person_id}"
