"""A whole case through the loop on real storage, in which what was there before the write is a megabyte long."""

from collections.abc import AsyncIterator

import pytest

from agent.dispatch import sealing_purpose
from agent.model.case import Stage
from agent.storage.cases import TableCaseStore
from agent.storage.connections import StorageConnections
from agent.storage.payloads import BlobPayloads
from agent.vault.sealer import DATA_KEY, VaultSealer, new_data_key
from agent.vault.secrets import TenantVault
from tests.agent.storage.test_turn_requests import REQUESTS, Counted
from tests.agent.world import ALLOW_ALL, ANN, READERS, TENANT, add_member
from tests.conformance.fake_vault import VaultCredential, fake_vault
from tests.conformance.long_samples import noise, stored_of
from tests.conformance.storage_fixtures import RequestCount

STEP = add_member(READERS)


@pytest.fixture
async def counted(
    storage: StorageConnections, payloads: BlobPayloads, request_count: RequestCount
) -> AsyncIterator[Counted]:
    """A world whose tenant has a vault, because what the twin of the sealer returns is always short."""
    async with fake_vault() as (server, url, transport):
        server.secrets[DATA_KEY] = [new_data_key()]
        vault = TenantVault(url, VaultCredential(), transport=transport)
        made = Counted(storage, payloads, count=request_count)
        sealer = VaultSealer({TENANT: vault})
        made.world.sealer = sealer  # type: ignore[assignment]
        made.store = TableCaseStore(storage.tables, sealer=sealer, payloads=payloads)
        made.loop._store = made.store
        yield made
        await vault.close()


async def test_a_before_image_of_a_megabyte_is_kept_until_the_case_closes_and_costs_nothing_where_none_is_held(
    counted: Counted, payloads: BlobPayloads
) -> None:
    world = counted.world
    assert STEP.capture is not None
    body = {"id": ANN, "note": noise(1_048_576)}
    world.directory.put(STEP.capture.path, body)
    await world.publish(ALLOW_ALL)
    case_id, _ = await counted.open()
    more: dict[Stage, int] = {}
    while Stage.CLOSE not in more:
        stage, requests = await counted.turn(case_id)
        more[stage] = requests - REQUESTS[stage]
        if stage is Stage.EXECUTE:
            # Once in hand, and once in the row of the attempt.
            assert len(await stored_of(payloads, case_id)) == 2
            (tried,) = await counted.store.attempts(case_id)
            purpose = sealing_purpose(case_id, 0, kind="before")
            kept = await world.sealer.open(TENANT, purpose=purpose, sealed=tried.sealed_before)
            assert kept == repr(body)
    held = await counted.store.load(case_id)
    assert held is not None and held.case.outcome == "resolved" and len(world.directory.written) == 1
    assert await stored_of(payloads, case_id) == []
    # A payload of more than 1 MiB is put by three requests, read by one and removed by one. The intent puts two, the
    # answer two more and removes the first two; to verify reads one, puts two and removes two; to close reads one and
    # removes two.
    assert more == {
        **dict.fromkeys((Stage.INVESTIGATE, Stage.PLAN, Stage.AUTHORIZE), 0),
        Stage.EXECUTE: 6 + 6 + 2,
        Stage.VERIFY: 1 + 6 + 2,
        Stage.CLOSE: 1 + 2,
    }
