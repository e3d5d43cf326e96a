"""What every store of alerts promises, checked on Table Storage and on its in-memory twin."""

from uuid import uuid4

import pytest

from agent.errors import StorageError
from agent.model.alert import Alert
from agent.oversight import AlertBox
from agent.storage.alerts import TableAlertBox
from agent.storage.connections import StorageConnections
from tests.conformance.memory_oversight import MemoryAlertBox
from tests.conformance.samples import NOW


@pytest.fixture(params=["memory", "table"])
def box(request: pytest.FixtureRequest) -> AlertBox:
    if request.param == "memory":
        return MemoryAlertBox()
    return TableAlertBox(request.getfixturevalue("storage").tables)


class TestAlerts:
    async def test_an_alert_is_kept_once_until_it_was_told(self, box: AlertBox) -> None:
        alert = Alert(tenant_id=str(uuid4()), case_id=uuid4().hex, kind="tripwire", problem="héllo", at=NOW)
        other = alert.model_copy(update={"kind": "effect_refuted"})
        for one in (alert, alert, other):
            await box.keep(one)
        assert {one.kind: one for one in await self.of(box, alert)} == {alert.kind: alert, other.kind: other}
        await box.told(alert)
        await box.told(alert)
        assert await self.of(box, alert) == [other]
        await box.told(other)

    async def test_one_that_is_damaged_hides_no_other(self, storage: StorageConnections) -> None:
        box = TableAlertBox(storage.tables)
        alert = Alert(tenant_id=str(uuid4()), case_id=uuid4().hex, kind="tripwire", at=NOW)
        await box.keep(alert)
        table = storage.tables.get_table_client("alerts")
        await table.upsert_entity({"PartitionKey": "a", "RowKey": "0", "parts": 1, "c00": "{}"})
        found = []
        try:
            with pytest.raises(StorageError, match="damaged"):
                async for one in box.waiting():
                    found.append(one)
        finally:
            await table.delete_entity("a", "0")
            await box.told(alert)
        assert alert in found

    async def test_an_alert_of_the_whole_stack_waits_for_each_tenants_people(self, box: AlertBox) -> None:
        first = Alert(tenant_id=str(uuid4()), case_id=uuid4().hex, kind="log_broken", at=NOW)
        second = first.model_copy(update={"tenant_id": str(uuid4())})
        for one in (first, second):
            await box.keep(one)
        await box.told(second)
        assert await self.of(box, first) == [first]

    @staticmethod
    async def of(box: AlertBox, alert: Alert) -> list[Alert]:
        return [one async for one in box.waiting() if one.case_id == alert.case_id]
