"""Alerts that wait to be told, in Table Storage: table `alerts`, PartitionKey `a`, RowKey tenant, case and kind."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables import UpdateMode
from azure.data.tables.aio import TableServiceClient
from pydantic import ValidationError

from agent.errors import StorageError
from agent.model.alert import Alert
from agent.storage.failures import missing_table, storage_errors
from agent.storage.rows import Row, check_sizes, chunked, joined

_PARTITION: Final = "a"


class TableAlertBox:
    """oversight.AlertBox on Table Storage."""

    def __init__(self, tables: TableServiceClient) -> None:
        self._table = tables.get_table_client("alerts")

    async def keep(self, alert: Alert) -> None:
        """See oversight.AlertBox. One request."""
        row = _row(alert)
        check_sizes([row])
        with storage_errors(f"keep an alert of case `{alert.case_id}`"):
            await self._table.upsert_entity(row, mode=UpdateMode.REPLACE)

    async def told(self, alert: Alert) -> None:
        """See oversight.AlertBox. One request."""
        with storage_errors(f"forget an alert of case `{alert.case_id}`"):
            try:
                await self._table.delete_entity(_PARTITION, _key(alert))
            except ResourceNotFoundError as error:
                if missing_table(error):
                    raise

    async def waiting(self) -> AsyncIterator[Alert]:
        """See oversight.AlertBox. One that cannot be read must not hide the others: they come first, then it raises."""
        unread: StorageError | None = None
        with storage_errors("list the alerts"):
            async for row in self._table.query_entities("PartitionKey eq @key", parameters={"key": _PARTITION}):
                try:
                    alert = _alert_of(row)
                except StorageError as error:
                    unread = error
                    continue
                yield alert
        if unread is not None:
            raise unread


def _key(alert: Alert) -> str:
    # The log of the whole stack is every tenant's, so a case and a kind do not say whose people must hear of it.
    return f"{alert.tenant_id}-{alert.case_id}-{alert.kind}"


def _row(alert: Alert) -> Row:
    return {"PartitionKey": _PARTITION, "RowKey": _key(alert), **chunked(alert.model_dump_json())}


def _alert_of(row: Mapping[str, Any]) -> Alert:
    try:
        return Alert.model_validate_json(joined(row))
    except ValidationError:
        raise StorageError(f"the alert `{row.get('RowKey')}` is damaged") from None
