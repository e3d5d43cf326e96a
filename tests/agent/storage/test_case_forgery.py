"""What somebody can do who may write the table of cases, but has no key: nothing that is believed."""

from dataclasses import replace
from typing import Any

import pytest
from azure.data.tables import UpdateMode

from agent.errors import AlreadySupersededError, StorageError
from agent.model.case import Case, Stage
from agent.ports import Held
from agent.storage.case_rows import case_row
from agent.storage.cases import TableCaseStore
from agent.storage.connections import StorageConnections
from agent.storage.event_rows import ChainTip
from tests.agent.storage.stored_cases import opened, row_of, told
from tests.agent.storage.stored_cases import store as store  # The fixture is used by its name.
from tests.conformance.samples import SOON, attempt, case, event

OTHER = "99999999-2222-3333-4444-555555555555"


async def put(storage: StorageConnections, row: dict[str, Any]) -> None:
    await storage.tables.get_table_client("cases").upsert_entity(row, mode=UpdateMode.REPLACE)


def in_the_clear(held: Held, stored: Case) -> dict[str, Any]:
    """The row of a case as somebody without any key can write it."""
    return case_row(replace(held, case=stored), key=None, tip=ChainTip())


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
            with pytest.raises(StorageError):
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
