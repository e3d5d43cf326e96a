"""What every store of delegations promises, checked on Table Storage and its in-memory twin; and what is left over."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from agent.delegation_ports import Delegation, DelegationBox
from agent.errors import StorageError
from agent.model.case import Stage
from agent.storage.cases import TableCaseStore
from agent.storage.connections import StorageConnections
from agent.storage.delegations import TableDelegations
from tests.conformance.memory_delegations import MemoryDelegations
from tests.conformance.memory_payloads import MemoryPayloads
from tests.conformance.memory_sealer import MemorySealer
from tests.conformance.samples import NOW, SOON, case, event

LATER = NOW + timedelta(hours=1)


@pytest.fixture(params=["memory", "table"])
def box(request: pytest.FixtureRequest) -> DelegationBox:
    if request.param == "memory":
        return MemoryDelegations()
    return TableDelegations(request.getfixturevalue("storage").tables)


def delegation(case_id: str = "") -> Delegation:
    case_id = case_id or uuid4().hex
    return Delegation(tenant_id="t", case_id=case_id, person_id=str(uuid4()), sealed="s-1", ends_at=LATER)


async def stored(box: DelegationBox, one: Delegation) -> Delegation:
    assert await box.keep(one)
    (found,) = [kept for kept in await box.of_case(one.case_id) if kept.person_id == one.person_id]
    return found


class TestDelegations:
    async def test_what_was_kept_comes_back_and_of_other_cases_nothing(self, box: DelegationBox) -> None:
        one = delegation()
        other, elsewhere = delegation(one.case_id), delegation()
        for each in (one, other, elsewhere):
            await box.keep(each)
        found = {found.person_id: replace(found, version="") for found in await box.of_case(one.case_id)}
        assert found == {one.person_id: one, other.person_id: other}

    async def test_a_drop_never_takes_a_newer_sign_in_with_it(self, box: DelegationBox) -> None:
        old = await stored(box, delegation())
        new = await stored(box, replace(old, version="", sealed="s-2"))
        await box.drop(old)
        assert [one.sealed for one in await box.of_case(old.case_id)] == ["s-2"]
        await box.drop(new)
        await box.drop(new)
        assert await box.of_case(old.case_id) == ()

    async def test_a_change_is_made_to_the_very_version_that_was_read(self, box: DelegationBox) -> None:
        old = await stored(box, delegation())
        await stored(box, replace(old, version="", sealed="s-2"))
        assert not await box.keep(replace(old, sealed="s-3"))
        (newest,) = await box.of_case(old.case_id)
        assert newest.sealed == "s-2" and await box.keep(replace(newest, sealed="s-3"))
        await box.forget(old.case_id)
        assert not await box.keep(replace(newest, sealed="s-4")), "what was erased does not come back"

    async def test_a_case_that_ends_leaves_nothing(self, box: DelegationBox) -> None:
        one, elsewhere = await stored(box, delegation()), await stored(box, delegation())
        await box.keep(delegation(one.case_id))
        assert (await box.forget(one.case_id), await box.forget(one.case_id)) == (2, 0)
        assert await box.of_case(one.case_id) == () and len(await box.of_case(elsewhere.case_id)) == 1


async def test_what_a_crash_left_of_ended_closed_and_vanished_cases_is_removed(storage: StorageConnections) -> None:
    box = TableDelegations(storage.tables)
    await box.remove_left(LATER + timedelta(days=1_000))
    cases = TableCaseStore(storage.tables, sealer=MemorySealer(), payloads=MemoryPayloads())
    going_on, closed = case(), case()
    for one in (going_on, closed):
        await cases.create(one, (event(),), due_at=SOON)
    held = await cases.load(closed.id)
    assert held is not None
    done = closed.evolve(stage=Stage.CLOSED, closed_at=NOW)
    await cases.commit(held, done, events=(), attempts=(), due_at=None)
    kept = delegation(going_on.id)
    for each in (kept, replace(delegation(going_on.id), ends_at=NOW), delegation(closed.id), delegation()):
        await box.keep(each)
    assert await box.remove_left(NOW) == 3
    assert [one.person_id for one in await box.of_case(going_on.id)] == [kept.person_id]
    assert await box.remove_left(LATER) == 1, "its time is over, whatever becomes of its case"


async def test_a_damaged_delegation_is_an_error_and_can_still_be_erased(storage: StorageConnections) -> None:
    box = TableDelegations(storage.tables)
    one = delegation()
    table = storage.tables.get_table_client("delegations")
    await table.upsert_entity({"PartitionKey": one.case_id, "RowKey": one.person_id, "sealed": 5})
    with pytest.raises(StorageError, match="damaged"):
        await box.of_case(one.case_id)
    assert await box.forget(one.case_id) == 1
