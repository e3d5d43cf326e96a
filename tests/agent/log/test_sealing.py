"""A sealing seals every case that moved, once, and blesses nothing that was rewritten."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from agent.errors import PortError, StorageError, VaultError
from agent.log import sealing as sealing_module
from agent.log.merkle import Tree
from agent.log.sealing import HEARTBEAT, LOOK_BACK
from agent.log_ports import Archived
from agent.model.sealed_log import NOTHING_BEFORE, ChainEnd, Leaf, LogEntry, SealedCheckpoint, moment_text
from agent.vault.log_keys import is_signed
from tests.agent.log.house import OTHER, House
from tests.conformance.memory_log import chained, key_of
from tests.conformance.samples import NOW, TENANT


@pytest.fixture
def house() -> House:
    return House()


async def test_each_case_is_sealed_to_its_end_and_again_when_it_moved_on(house: House) -> None:
    first, second = await house.open(), await house.open()
    assert await house.sealer.run() == 2
    assert await house.leaves() == [(first.case.id, 1), (second.case.id, 1)]
    assert await house.sealer.run() == 0
    await house.add(await house.add(second))
    house.later(5)
    assert await house.sealer.run() == 1
    assert (await house.leaves())[2:] == [(second.case.id, 3)]


async def test_a_checkpoint_is_signed_names_the_one_before_and_has_the_root_of_all_leaves(house: House) -> None:
    held = await house.open()
    await house.sealer.run()
    await house.add(held)
    await house.sealer.run()
    leaves, (first, second) = [], await house.checkpoints()
    async for one in house.archive.lines(TENANT):
        leaves += [one.text] if isinstance(one, Leaf) else []
    assert (first.checkpoint.number, first.checkpoint.prev) == (1, NOTHING_BEFORE)
    assert (second.checkpoint.number, second.checkpoint.prev) == (2, first.checkpoint.digest)
    assert (second.checkpoint.size, second.checkpoint.root) == (2, Tree().grown(leaves).root)
    for one in (first, second):
        assert one.checkpoint.tenant == TENANT and one.checkpoint.sealed_at == moment_text(NOW)
        assert is_signed(one.checkpoint.text, one.signature, public_key=one.checkpoint.key)
        assert one.checkpoint.key == one.checkpoint.next_key == key_of(TENANT).public_key


async def test_tenants_are_sealed_apart_and_each_with_its_own_key(house: House) -> None:
    ours, theirs = await house.open(), await house.open(OTHER)
    await house.sealer.run()
    assert await house.leaves() == [(ours.case.id, 1)] and await house.leaves(OTHER) == [(theirs.case.id, 1)]
    assert {one.checkpoint.key for one in await house.checkpoints(OTHER)} == {key_of(OTHER).public_key}


async def test_a_tenant_whose_key_cannot_be_had_does_not_stop_the_others(house: House) -> None:
    await house.open()
    theirs = await house.open(OTHER)
    house.keys.lost_tenants.add(TENANT)
    with pytest.raises(VaultError):
        await house.sealer.run()
    assert await house.leaves(OTHER) == [(theirs.case.id, 1)] and not await house.checkpoints()
    house.keys.lost_tenants.clear()
    assert await house.sealer.run() == 1


async def test_a_case_that_closed_since_the_last_sealing_is_sealed_to_its_end(house: House) -> None:
    held = await house.open()
    await house.sealer.run()
    house.later(5)
    await house.close(held)
    # Its turn began before the sealing that did not see it, and was saved after.
    house.later(10)
    await house.sealer.run()
    assert (await house.leaves())[-1] == (held.case.id, 2)


async def test_closed_cases_are_looked_through_again_only_as_far_as_needed(house: House) -> None:
    old = await house.close(await house.open())
    house.later(60)
    assert await house.sealer.run() == 2
    assert (await house.last()).record.searched_until == moment_text(house.clock.moment - LOOK_BACK)
    house.logs.rewritten[old.case.id] = []
    asked: list[datetime | None] = []
    names = house.logs.names

    def spying(*, closed_since: datetime | None) -> object:
        asked.append(closed_since)
        return names(closed_since=closed_since)

    house.logs.names = spying  # type: ignore[assignment, method-assign]
    await house.open()
    await house.sealer.run()
    assert asked == [house.clock.moment - LOOK_BACK]


async def test_what_could_not_be_read_is_searched_for_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    lost, other = await house.close(await house.open()), await house.open()
    house.later(60)
    end = house.logs.end

    async def failing(case_id: str) -> ChainEnd | None:
        if case_id == lost.case.id:
            raise StorageError("no answer")
        return await end(case_id)

    with monkeypatch.context() as patch:
        patch.setattr(house.logs, "end", failing)
        await house.sealer.run()
        assert await house.leaves() == [(other.case.id, 1)]
        assert (await house.last()).record.searched_until == ""
    house.later(60)
    await house.sealer.run()
    assert (lost.case.id, 2) in await house.leaves()


async def test_of_two_sealers_at_once_one_makes_the_checkpoint(house: House) -> None:
    for _ in range(3):
        await house.open()
    made = await asyncio.gather(*(house.another().run() for _ in range(6)))
    assert sum(made) == 2
    assert len(await house.checkpoints()) == 1 and len(await house.leaves()) == 3 and not house.alarms


async def test_many_leaves_are_sealed_by_several_checkpoints(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing_module, "MAX_LEAVES", 2)
    opened = sorted([(await house.open()).case.id for _ in range(5)])
    assert await house.sealer.run() == 4
    assert [one for one, _ in await house.leaves()] == opened
    assert [one.checkpoint.size for one in await house.checkpoints()] == [2, 4, 5]


async def test_a_search_counts_only_when_all_that_it_found_is_sealed(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing_module, "MAX_LEAVES", 1)
    for _ in range(3):
        await house.close(await house.open())
    house.later(600)
    append, calls = house.archive.append, 0

    async def dying(tenant_id: str, leaves: Sequence[Leaf], **rest: object) -> Archived:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise StorageError("died")
        return await append(tenant_id, leaves, **rest)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(house.archive, "append", dying)
        with pytest.raises(PortError):
            await house.sealer.run()
    assert len(await house.leaves()) == 1
    await house.another().run()
    assert len(await house.leaves()) == 3


async def test_a_quiet_tenant_gets_one_checkpoint_a_day(house: House) -> None:
    assert await house.sealer.run() == 2
    house.clock.moment += HEARTBEAT - timedelta(minutes=5)
    assert await house.sealer.run() == 0
    house.later(5)
    assert await house.sealer.run() == 2
    assert [one.checkpoint.size for one in await house.checkpoints()] == [0, 0]


async def test_the_logs_time_does_not_run_backwards(house: House) -> None:
    await house.open()
    await house.sealer.run()
    house.later(-60)
    await house.open()
    await house.sealer.run()
    assert [one.checkpoint.sealed_at for one in await house.checkpoints()] == [moment_text(NOW)] * 2


@pytest.mark.parametrize(
    "how", ["rewritten", "another case's", "shortened", "altered", "unchained", "renumbered", "whose"]
)
async def test_a_log_that_was_tampered_with_is_not_sealed_and_people_hear_of_it(
    house: House, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    broken, sound = await house.add(await house.add(await house.open())), await house.open()
    await house.sealer.run()
    for held in (broken, sound):
        await house.add(held)
    true = [one async for one in house.logs.entries(broken.case.id)]
    altered = replace(true[3], event={**true[3].event, "data": {"x": 1}})
    house.logs.rewritten[broken.case.id] = {
        "rewritten": chained([true[0].event, *({"code": "x"} for _ in range(3))], log=broken.case.id),
        "another case's": chained([one.event for one in true], log=sound.case.id),
        "shortened": true[:2],
        "altered": [*true[:3], altered],
        "unchained": [*true[:3], replace(true[3], prev=NOTHING_BEFORE)],
        "renumbered": [*true[:3], replace(true[3], number=4)],
        "whose": [replace(true[0], event={"code": "case.opened"}), *true[1:]],
    }[how]
    with caplog.at_level(logging.ERROR):
        await house.sealer.run()
    assert (await house.leaves())[2:] == [(sound.case.id, 2)]
    assert f"log.broken: the log of case `{broken.case.id}`" in caplog.text
    # A log that does not say whose it is any more was sealed for somebody, and those people are told.
    assert [one for one, _ in house.alarms] == [broken.case.id]
    await house.sealer.run()
    assert len(house.alarms) <= 1


@pytest.mark.parametrize("how", ["another tenant's", "damaged", "gone"])
async def test_people_of_the_tenant_a_log_was_sealed_for_hear_that_it_is_gone_or_says_another(
    house: House, how: str
) -> None:
    held = await house.open()
    await house.sealer.run()
    (true,) = [one async for one in house.logs.entries(held.case.id)]
    forged = {**true.event, "data": {**true.event["data"], "tenant_id": "nobody"}}
    house.logs.rewritten[held.case.id] = {
        "another tenant's": chained([forged], log=held.case.id),
        "damaged": [LogEntry(0, "damaged", "", "")],
        "gone": [],
    }[how]
    house.later(5)
    await house.sealer.run()
    assert [one for one, _ in house.alarms] == [held.case.id]


async def test_of_a_broken_log_that_all_tenants_share_each_tenant_hears_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = await house.open()
    end = await house.logs.end(broken.case.id)
    assert end is not None

    async def of_everybody(_: str) -> ChainEnd:
        return replace(end, tenant_id="", hash="0" * 64)

    monkeypatch.setattr(house.logs, "end", of_everybody)
    await house.sealer.run()
    await house.sealer.run()
    assert sorted(house.alarmed_tenants) == sorted([TENANT, OTHER])


@pytest.mark.parametrize("how", ["signature", "peaks", "count of peaks", "another key", "another next key"])
async def test_an_archive_that_we_did_not_sign_is_not_gone_on_with(
    house: House, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.open()
    await house.sealer.run()
    last = await house.last()
    sealed = last.record.sealed
    forged = {
        "signature": {"sealed": sealed.model_copy(update={"signature": key_of("x").sign(sealed.checkpoint.text)})},
        "another key": {"sealed": _by_another(sealed, key=key_of("x").public_key)},
        "another next key": {"sealed": _by_another(sealed, next_key=key_of("x").public_key)},
        "peaks": {"peaks": ("0" * 64,)},
        "count of peaks": {"peaks": ()},
    }[how]

    async def lying(tenant_id: str) -> Archived | None:
        return replace(last, record=last.record.model_copy(update=forged)) if tenant_id == TENANT else None

    monkeypatch.setattr(house.archive, "last", lying)
    await house.open()
    # A key that is in no vault of ours is not there at all; that one signed with ours what we did not sign is seen.
    with pytest.raises(PortError, match=r"not what was signed|cannot be had"):
        await house.sealer.run()
    assert len(await house.checkpoints()) == 1


def _by_another(sealed: SealedCheckpoint, **keys: str) -> SealedCheckpoint:
    """A checkpoint that somebody with a key of their own put behind ours, or in place of it."""
    checkpoint = sealed.checkpoint.model_copy(update=keys)
    return SealedCheckpoint(checkpoint=checkpoint, signature=key_of("x").sign(checkpoint.text))


async def test_a_case_that_another_sealer_saw_later_is_no_alarm(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    held = await house.open()
    early = await house.logs.end(held.case.id)
    await house.add(held)
    await house.another().run()
    end, calls = house.logs.end, 0

    async def first_early(case_id: str) -> ChainEnd | None:
        nonlocal calls
        calls += 1
        return early if calls == 1 else await end(case_id)

    monkeypatch.setattr(house.logs, "end", first_early)
    await house.sealer.run()
    assert house.alarms == [] and await house.leaves() == [(held.case.id, 2)]
