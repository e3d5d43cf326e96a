"""A change of the key on append blobs and a Key Vault, as an operator's command and the timer work on them."""

import uuid
from datetime import timedelta

from azure.storage.blob.aio import BlobServiceClient

from agent.log.export import export_lines
from agent.log.rotation import Rotation
from agent.log.sealing import Sealing
from agent.storage.archive import BlobArchive
from agent.storage.case_logs import TableCaseLogs
from agent.storage.connections import StorageConnections
from agent.vault.log_keys import LOG_KEY, VaultLogKeys, is_signed
from agent.vault.secrets import TenantVault
from tests.agent.log.house import Clock
from tests.agent.log.verifiers import command, holds
from tests.conformance.fake_vault import VaultCredential, fake_vault
from tests.conformance.storage_fixtures import blobs, provisioned, request_count, storage

__all__ = ["blobs", "provisioned", "request_count", "storage"]


async def nobody(*_: object) -> None:
    """The logs of orders on the whole stack belong to other tests too, so what is found broken is not asked here."""


async def test_workers_that_share_storage_and_vault_only_follow_every_change_of_the_key(
    storage: StorageConnections, blobs: BlobServiceClient
) -> None:
    tenant, clock = str(uuid.uuid4()), Clock()
    logs = TableCaseLogs(storage.tables)
    async with fake_vault() as (server, url, transport):
        vaults: list[TenantVault] = []

        def keys() -> VaultLogKeys:
            vaults.append(TenantVault(url, VaultCredential(), transport=transport))
            return VaultLogKeys({tenant: vaults[-1]})

        def archive() -> BlobArchive:
            return BlobArchive(blobs, storage.tables)

        app = Sealing(logs, archive(), keys=keys(), tenant_ids=[tenant], clock=clock, alarm=nobody)
        assert await app.run() == 1
        seen = []
        for lost in (False, False, True):
            if lost:
                server.secrets[LOG_KEY] = ["11" * 32 for _ in server.secrets[LOG_KEY]]
            operator = Rotation(archive(), keys(), clock=clock, is_signed=is_signed)
            change = await (operator.begin_anew(tenant) if lost else operator.hand_over(tenant))
            assert change is not None
            seen.append(change)
            # The timer's worker has the old key in its memory, and seals with the new one all the same.
            clock.moment += timedelta(days=2)
            assert await app.run() == 1
        file = "".join([f"{line}\n" async for line in export_lines(tenant, logs=logs, archive=archive())]).encode()
        for vault in vaults:
            await vault.close()
    first, last = seen[0].old_key, seen[-1].checkpoint.key
    assert [one.number for one in command(file).keys] == [1, 3, 6, 8]
    assert holds(file, keys=[last]) and holds(file, keys=[first, last])
    assert not holds(file) and not holds(file, keys=[first])
