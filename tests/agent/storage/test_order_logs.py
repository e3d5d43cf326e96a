"""Orders on a tenant and on the stack have logs of their own, which are sealed with those of cases."""

import uuid

from azure.storage.blob.aio import BlobServiceClient

from agent.log.export import export_lines
from agent.log.sealing import Sealing
from agent.log.verify import Verification
from agent.model.activity_event import EventCode
from agent.model.control import Control
from agent.model.sealed_log import Leaf
from agent.storage.archive import BlobArchive
from agent.storage.case_logs import TableCaseLogs
from agent.storage.connections import StorageConnections
from agent.storage.controls import TableControls
from agent.vault.log_keys import is_signed
from agent.wiring import UtcClock
from tests.agent.command.test_log import without_orders
from tests.conformance.memory_log import MemoryLogKeys, key_of
from tests.conformance.samples import NOW, event


async def nobody(*_: object) -> None:
    """An alarm that nobody needs here."""
    raise AssertionError("no log is broken")


async def test_the_logs_of_orders_are_sealed_and_exported_with_the_cases(
    storage: StorageConnections, blobs: BlobServiceClient
) -> None:
    await without_orders(storage)
    tenant, other = str(uuid.uuid4()), str(uuid.uuid4())
    controls, logs = TableControls(storage.tables), TableCaseLogs(storage.tables)
    archive = BlobArchive(blobs, storage.tables)
    for scope, subject in (("tenant", tenant), ("tenant", other), ("stack", "")):
        order = Control(scope=scope, subject=subject, state="paused", by="ann", why="w", at=NOW)
        await controls.record(order, event(EventCode.CONTROL_PAUSED, by="ann"))
    names = [one async for one in logs.names(closed_since=NOW)]
    assert {f"tenant-{tenant}", f"tenant-{other}", "stack"} <= set(names)
    keys = MemoryLogKeys()
    await Sealing(logs, archive, keys=keys, tenant_ids=[tenant, other], clock=UtcClock(), alarm=nobody).run()
    for one in (tenant, other):
        leaves = {leaf.case: leaf async for leaf in archive.lines(one) if isinstance(leaf, Leaf)}
        assert set(leaves) == {f"tenant-{one}", "stack"}
        end = await logs.end(f"tenant-{one}")
        assert end is not None and leaves[f"tenant-{one}"] == end.leaf
    lines = [f"{line}\n".encode() async for line in export_lines(tenant, logs=logs, archive=archive)]
    report = Verification(is_signed, key=key_of(tenant).public_key).run(lines)
    assert report.holds and set(report.cases) == {f"tenant-{tenant}", "stack"}
    assert await logs.end(f"tenant-{uuid.uuid4()}") is None
    await without_orders(storage)
