"""What somebody sees who may read the table of cases, but has no key, and when a tenant's key is asked for."""

import zlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from agent.errors import KeyUnavailableError, StorageError
from agent.model.case import Stage
from agent.storage.cases import TableCaseStore
from agent.storage.connections import StorageConnections
from agent.vault.sealer import DATA_KEY, VaultSealer, new_data_key
from agent.vault.secrets import CACHE_SECONDS, TenantVault
from tests.agent.storage.stored_cases import GROUP, WORDS, opened, row_of, rows_of, told
from tests.agent.storage.stored_cases import store as store  # The fixture is used by its name.
from tests.conformance.fake_vault import FakeVault, VaultCredential, fake_vault
from tests.conformance.memory_payloads import MemoryPayloads
from tests.conformance.memory_sealer import MemorySealer
from tests.conformance.samples import NOW, SOON, TENANT, attempt, case, event


def readable(rows: list[dict[str, Any]]) -> str:
    """All that stands in rows, unpacked where it is only compressed."""
    found = [repr(row) for row in rows]
    for row in rows:
        parts = [value for _, value in sorted(row.items()) if isinstance(value, bytes)]
        for raw in parts:
            try:
                found.append(zlib.decompressobj().decompress(raw).decode())
            except (zlib.error, ValueError):
                found.append(raw.decode("latin-1"))
    return "\n".join(found)


class TestReading:
    async def test_nothing_that_a_case_knows_is_readable_while_it_is_open_or_after_it_closed(
        self, store: TableCaseStore, storage: StorageConnections
    ) -> None:
        held = await opened(store, case(text=WORDS[0]))
        tried = attempt(sealed_before=WORDS[5], state="answered")
        held = await store.commit(held, told(held.case), events=(event(),), attempts=(tried,), due_at=SOON)
        open_rows = await rows_of(storage, held.case.id)
        assert [word for word in WORDS if word in readable(open_rows)] == []
        assert {row["RowKey"] for row in open_rows} == {"case", "ev000000", "ev000001", "op000-do"}
        closing = held.case.evolve(stage=Stage.CLOSED, handoff=None, closed_at=NOW)
        await store.commit(held, closing, events=(), attempts=(), due_at=None)
        closed = await row_of(storage, held.case.id)
        assert [word for word in WORDS if word in readable([closed])] == []
        # The search finds what is there.
        assert GROUP in readable([closed]) and "key" not in closed

    async def test_what_the_loop_and_the_sweep_need_is_readable_without_a_key(
        self, store: TableCaseStore, storage: StorageConnections
    ) -> None:
        held = await opened(store, case())
        await store.begin(held, attempt(), events=(), lease_until=SOON)
        row = await row_of(storage, held.case.id)
        shown = {name for name, value in row.items() if not isinstance(value, bytes)}
        assert shown == {
            *("PartitionKey", "RowKey", "tenant", "stage", "outcome", "seq", "due_at", "lease_until"),
            *("next_event", "last_hash", "key", "case_parts", "plan_parts", "hand_parts"),
        }

    async def test_what_was_sealed_before_the_closing_opens_with_no_key_that_is_left(
        self, store: TableCaseStore, storage: StorageConnections
    ) -> None:
        held = await opened(store, told(case(text=WORDS[0])))
        before = await row_of(storage, held.case.id)
        tried = attempt(sealed_before=WORDS[5])
        held = await store.begin(held, tried, events=(), lease_until=SOON)
        sealed = await row_of(storage, held.case.id, "op000-do")
        closing = held.case.evolve(stage=Stage.CLOSED, handoff=None, closed_at=NOW)
        forgotten = attempt(step_index=1, sealed_secret=WORDS[5])
        await store.commit(held, closing, events=(), attempts=(forgotten,), due_at=None)
        rows = await rows_of(storage, held.case.id)
        assert all(str(before["key"]) not in repr(row) for row in rows)
        # A stage forgot the attempt: its ciphertext still stands there, and nobody can open it.
        assert sealed["sealed00"] in [row.get("sealed00") for row in rows]
        assert [one.sealed_before + one.sealed_secret for one in await store.attempts(held.case.id)] == ["", ""]


class Locked(MemorySealer):
    """A tenant's key that cannot be had, and how often it was asked for."""

    asked = 0

    async def open(self, tenant_id: str, *, purpose: str, sealed: str) -> str:
        self.asked += tenant_id in self.lost_tenants
        return await super().open(tenant_id, purpose=purpose, sealed=sealed)


class TestTheTenantsKey:
    async def test_a_sweep_asks_once_for_a_key_that_cannot_be_had_and_never_for_cases_that_are_not_due(
        self, storage: StorageConnections
    ) -> None:
        sealer = Locked()
        store = TableCaseStore(storage.tables, sealer=sealer, payloads=MemoryPayloads())
        for _ in range(5):
            await opened(store, case())
        sealer.lost_tenants.add(TENANT)
        assert [one async for one in store.overdue(NOW)] == [] and sealer.asked == 0
        with pytest.raises(KeyUnavailableError):
            assert [one async for one in store.overdue(SOON)] == []
        assert sealer.asked == 1

    @pytest.fixture
    async def vault(self) -> AsyncIterator[tuple[FakeVault, TenantVault, list[float]]]:
        clock = [0.0]
        async with fake_vault() as (server, url, transport):
            server.secrets[DATA_KEY] = [new_data_key()]
            made = TenantVault(url, VaultCredential(), clock=lambda: clock[0], transport=transport)
            yield server, made, clock
            await made.close()

    async def test_after_a_rotation_old_cases_go_on_and_new_ones_use_the_new_version(
        self, vault: tuple[FakeVault, TenantVault, list[float]], storage: StorageConnections
    ) -> None:
        server, made, clock = vault
        store = TableCaseStore(storage.tables, sealer=VaultSealer({TENANT: made}), payloads=MemoryPayloads())
        old = await opened(store, case(text="older"))
        server.secrets[DATA_KEY].append(new_data_key())
        clock[0] += CACHE_SECONDS
        new = await opened(store, case(text="newer"))
        versions = [str((await row_of(storage, one.case.id))["key"]).split(".")[1] for one in (old, new)]
        assert [int(one, 16) for one in versions] == [1, 2]
        saved = await store.commit(old, old.case, events=(event(),), attempts=(), due_at=SOON)
        assert await store.load(old.case.id) == saved
        # The old version is needed until the last case that was opened under it has closed.
        server.disabled.add((DATA_KEY, 1))
        clock[0] += CACHE_SECONDS
        with pytest.raises(StorageError, match="403"):
            await store.load(old.case.id)
        assert await store.load(new.case.id) == new

    async def test_turns_ask_the_vault_no_more_often_than_every_five_minutes(
        self, vault: tuple[FakeVault, TenantVault, list[float]], storage: StorageConnections
    ) -> None:
        server, made, _ = vault
        store = TableCaseStore(storage.tables, sealer=VaultSealer({TENANT: made}), payloads=MemoryPayloads())
        for _ in range(3):
            held = await opened(store, case())
            for _ in range(3):
                held = await store.begin(held, attempt(), events=(), lease_until=SOON)
                held = await store.commit(held, held.case, events=(event(),), attempts=(), due_at=SOON)
        # Once for what is current, once for that version by its name.
        assert server.reads == 2
