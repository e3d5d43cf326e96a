"""The stack's sealing: for all tenants of the settings, and people are told when a log is broken."""

import json
import uuid
from collections.abc import AsyncIterator

import pytest
from azure.storage.blob.aio import BlobServiceClient

from agent.alarms import Alarms
from agent.checkpoint import Checkpoints
from agent.errors import ChannelError
from agent.model.sealed_log import ChainEnd
from agent.ports import Ports
from agent.settings import read_settings
from agent.storage.archive import BlobArchive
from agent.storage.connections import CONNECTION_STRING, StorageConnections
from agent.vault.log_keys import LOG_KEY
from agent.vault.secrets import TenantVault
from agent.wiring import UtcClock
from tests.agent.environments import environment, tenant
from tests.conformance.fake_vault import VaultCredential, fake_vault
from tests.conformance.memory_oversight import MemoryAlertBox
from tests.conformance.storage_fixtures import blobs, provisioned, request_count, storage

__all__ = ["blobs", "provisioned", "request_count", "storage"]

IDS = [str(uuid.uuid4()), str(uuid.uuid4())]


async def unreachable(_tenant_id: str) -> Ports:
    raise ChannelError("nobody is there")


@pytest.fixture
async def stack(
    storage: StorageConnections, blobs: BlobServiceClient, azurite_connection: str
) -> AsyncIterator[tuple[Checkpoints, MemoryAlertBox, list[dict[str, list[str]]]]]:
    each = [tenant(tenant_id=one, vault_url=f"https://kv-{one[:8]}.vault.azure.net") for one in IDS]
    named = environment(REMIT_TENANTS=json.dumps(each), REMIT_SOURCES="[]")
    settings = read_settings({**named, CONNECTION_STRING: azurite_connection})
    box = MemoryAlertBox()
    async with fake_vault() as (one, one_url, one_transport), fake_vault() as (two, two_url, two_transport):
        vaults = {
            IDS[0]: TenantVault(one_url, VaultCredential(), transport=one_transport),
            IDS[1]: TenantVault(two_url, VaultCredential(), transport=two_transport),
        }
        checkpoints = Checkpoints(
            settings,
            VaultCredential(),  # type: ignore[arg-type]
            tables=storage.tables,
            vaults=vaults,
            clock=UtcClock(),
            alarms=Alarms(box, ports_for=unreachable),
        )
        yield checkpoints, box, [one.secrets, two.secrets]
        await checkpoints.close()
        for vault in vaults.values():
            await vault.close()


async def test_every_tenant_of_the_settings_is_sealed_with_the_key_in_its_own_vault(
    stack: tuple[Checkpoints, MemoryAlertBox, list[dict[str, list[str]]]],
    storage: StorageConnections,
    blobs: BlobServiceClient,
) -> None:
    checkpoints, _, secrets = stack
    assert await checkpoints.make() == 2
    assert await checkpoints.make() == 0
    (first,), (second,) = (one[LOG_KEY] for one in secrets)
    assert first != second
    archive = BlobArchive(blobs, storage.tables)
    keys = [one.record.sealed.checkpoint.key for name in IDS if (one := await archive.newest(name)) is not None]
    assert len(set(keys)) == 2


async def test_a_broken_log_is_an_alert_that_stays_until_somebody_heard_of_it(
    stack: tuple[Checkpoints, MemoryAlertBox, list[dict[str, list[str]]]],
) -> None:
    checkpoints, box, _ = stack
    await checkpoints._alarm(ChainEnd("c1", IDS[0], 3, "0" * 64), "it does not go on")
    (alert,) = [one async for one in box.waiting()]
    assert (alert.tenant_id, alert.case_id, alert.kind) == (IDS[0], "c1", "log_broken")
    assert (
        "not as it was written. It does not go on. Export and verify it: `python -m agent log`. Case c1." in alert.text
    )
