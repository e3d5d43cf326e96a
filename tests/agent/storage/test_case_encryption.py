"""What somebody sees and can do who may read and write the table of cases, but has no key."""

import zlib
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from azure.data.tables import UpdateMode

from agent.actions import parse_step
from agent.errors import AlreadySupersededError, KeyUnavailableError, StorageError
from agent.model.case import Case, Stage
from agent.model.plan import Plan
from agent.ports import Held
from agent.storage.case_rows import case_row
from agent.storage.cases import TableCaseStore
from agent.storage.connections import StorageConnections
from agent.storage.event_rows import ChainTip
from agent.vault.sealer import DATA_KEY, VaultSealer, new_data_key
from agent.vault.secrets import CACHE_SECONDS, TenantVault
from tests.conformance.fake_vault import FakeVault, VaultCredential, fake_vault
from tests.conformance.memory import MemorySealer
from tests.conformance.samples import NOW, SOON, TENANT, attempt, case, event, handoff, observation

WORDS = ("private words", "Person 7", "QG-Secret-Readers", "ada.mail@contoso.example", "because I say so", "was before")
USER, GROUP = "11111111-0000-4000-8000-000000000001", "11111111-0000-4000-8000-000000000002"
OTHER = "99999999-2222-3333-4444-555555555555"


@pytest.fixture
def store(storage: StorageConnections) -> TableCaseStore:
    return TableCaseStore(storage.tables, sealer=MemorySealer())


def told(stored: Case) -> Case:
    """A case that knows something of every kind."""
    names = {"group_name": WORDS[2], "user_name": WORDS[1]}
    step = parse_step("entra.group.member.add", {"group_id": GROUP, "user_id": USER, **names})
    plan = Plan(summary=WORDS[2], reason="as asked", steps=(step,))
    return stored.evolve(
        seen={"user.get:7": observation(7)},
        questions=(("user.get", WORDS[3]),),
        concerned={WORDS[3]: USER},
        plan=plan,
        answer=WORDS[4],
        handoff=handoff(stored.id),
    )


async def opened(store: TableCaseStore, stored: Case) -> Held:
    assert await store.create(stored, (event(),), due_at=SOON)
    held = await store.load(stored.id)
    assert held is not None
    return held


async def rows_of(storage: StorageConnections, case_id: str) -> list[dict[str, Any]]:
    table = storage.tables.get_table_client("cases")
    return [dict(row) async for row in table.query_entities(f"PartitionKey eq '{case_id}'")]


async def row_of(storage: StorageConnections, case_id: str, name: str = "case") -> dict[str, Any]:
    return next(row for row in await rows_of(storage, case_id) if row["RowKey"] == name)


async def put(storage: StorageConnections, row: dict[str, Any]) -> None:
    await storage.tables.get_table_client("cases").upsert_entity(row, mode=UpdateMode.REPLACE)


def in_the_clear(held: Held, stored: Case) -> dict[str, Any]:
    """The row of a case as somebody without any key can write it."""
    return case_row(replace(held, case=stored), key=None, tip=ChainTip())


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


class TestForging:
    async def test_what_is_sealed_for_one_case_opens_in_no_row_of_another(
        self, store: TableCaseStore, storage: StorageConnections
    ) -> None:
        mine, same, foreign = [(await opened(store, one)).case.id for one in (case(), case(), case(tenant_id=OTHER))]
        victim = await row_of(storage, mine)
        for other in (await row_of(storage, same), await row_of(storage, foreign)):
            for forged in (
                {**other, "PartitionKey": mine},
                {**other, "PartitionKey": mine, "tenant": victim["tenant"]},
                {**victim, "case00": other["case00"]},
                {**victim, "key": other["key"]},
            ):
                await put(storage, forged)
                with pytest.raises(StorageError, match="cannot be"):
                    await store.load(mine)
            with pytest.raises(KeyUnavailableError):
                await store.load(mine)
        await put(storage, victim)
        assert await store.load(mine) is not None

    async def test_an_open_case_is_believed_only_if_it_is_sealed(
        self, store: TableCaseStore, storage: StorageConnections
    ) -> None:
        held = await opened(store, case())
        real = await row_of(storage, held.case.id)
        closed = in_the_clear(held, held.case.evolve(stage=Stage.CLOSED))
        forged = in_the_clear(held, told(held.case).evolve(handoff=None))
        for row in (forged, {**forged, "stage": "closed"}, {**forged, "key": real["key"]}):
            await put(storage, row)
            with pytest.raises(StorageError, match="cannot be read"):
                await store.load(held.case.id)
        await put(storage, closed)
        assert (await store.load(held.case.id)) is not None

    async def test_the_record_of_a_closed_case_stands_for_no_other(
        self, store: TableCaseStore, storage: StorageConnections
    ) -> None:
        held = await opened(store, case())
        other = in_the_clear(held, case().evolve(stage=Stage.CLOSED))
        await put(storage, {**other, "PartitionKey": held.case.id})
        with pytest.raises(StorageError, match="cannot be read"):
            await store.load(held.case.id)

    async def test_a_part_of_an_older_turn_does_not_open_in_a_newer_row(
        self, store: TableCaseStore, storage: StorageConnections
    ) -> None:
        held = await opened(store, told(case()))
        old = await row_of(storage, held.case.id)
        await store.commit(held, held.case.evolve(why="newer"), events=(event(),), attempts=(), due_at=SOON)
        new = await row_of(storage, held.case.id)
        for part in ("case00", "plan00"):
            await put(storage, {**new, part: old[part]})
            with pytest.raises(StorageError, match="altered"):
                await store.load(held.case.id)
        for readable_column in ("stage", "outcome", "seq", "next_event", "last_hash"):
            await put(storage, {**new, readable_column: 7 if isinstance(new[readable_column], int) else "verify"})
            with pytest.raises(StorageError, match="altered"):
                await store.load(held.case.id)
        await put(storage, {**new, "case00": new["plan00"], "plan00": new["case00"]})
        with pytest.raises(StorageError, match="altered"):
            await store.load(held.case.id)
        await put(storage, {name: value for name, value in new.items() if not name.startswith("plan")})
        with pytest.raises(StorageError):
            await store.load(held.case.id)
        await put(storage, {**new, "plan_parts": 0})
        with pytest.raises(StorageError, match="altered"):
            await store.load(held.case.id)

    async def test_the_attempts_in_hand_are_those_of_the_newest_intent_or_the_case_is_refused(
        self, store: TableCaseStore, storage: StorageConnections
    ) -> None:
        held = await opened(store, case())
        before = await row_of(storage, held.case.id)
        await store.begin(held, attempt(), events=(event(),), lease_until=SOON)
        begun = await row_of(storage, held.case.id)
        without = {name: value for name, value in begun.items() if not name.startswith("hand")}
        for forged in ({**begun, "hand00": before["hand00"]}, {**begun, "hand00": begun["case00"]}, without):
            await put(storage, forged)
            with pytest.raises(StorageError, match=r"cannot be read|missing"):
                await store.load(held.case.id)

    async def test_a_whole_row_that_was_put_back_opens_but_its_case_can_save_no_logged_turn(
        self, store: TableCaseStore, storage: StorageConnections
    ) -> None:
        held = await opened(store, case())
        old = await row_of(storage, held.case.id)
        await store.commit(held, held.case.evolve(why="newer"), events=(event(),), attempts=(), due_at=SOON)
        await put(storage, old)
        back = await store.load(held.case.id)
        assert back is not None and back.case.why == ""
        with pytest.raises(AlreadySupersededError):
            await store.commit(back, back.case, events=(event(),), attempts=(), due_at=SOON)

    async def test_an_attempt_with_sealed_data_is_believed_only_as_it_was_written(
        self, store: TableCaseStore, storage: StorageConnections
    ) -> None:
        held = await opened(store, case())
        for index in range(2):
            held = await store.begin(held, attempt(step_index=index, sealed_before="x"), events=(), lease_until=SOON)
        first, second = [await row_of(storage, held.case.id, f"op00{index}-do") for index in range(2)]
        changed = str(first["c00"]).replace('"intended"', '"verified"')
        assert changed != first["c00"]
        for forged in ({**first, "sealed00": second["sealed00"]}, {**first, "c00": changed}):
            await put(storage, forged)
            with pytest.raises(StorageError, match="not an attempt"):
                await store.attempts(held.case.id, step_index=0)
        await put(storage, {**first, "RowKey": "op001-do"})
        with pytest.raises(StorageError, match="not an attempt"):
            await store.attempts(held.case.id, step_index=1)


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
        store = TableCaseStore(storage.tables, sealer=sealer)
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
        store = TableCaseStore(storage.tables, sealer=VaultSealer({TENANT: made}))
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
        store = TableCaseStore(storage.tables, sealer=VaultSealer({TENANT: made}))
        for _ in range(3):
            held = await opened(store, case())
            for _ in range(3):
                held = await store.begin(held, attempt(), events=(), lease_until=SOON)
                held = await store.commit(held, held.case, events=(event(),), attempts=(), due_at=SOON)
        # Once for what is current, once for that version by its name.
        assert server.reads == 2
