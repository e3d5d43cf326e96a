"""A log gets another key in a way that a stranger can check offline, and a lost key shows."""

import asyncio
from collections.abc import Sequence

import pytest

import verify_log
from agent.errors import AbsentSecretError, AlreadySupersededError, DamagedError, OrderRefusedError, StorageError
from agent.log.report import Report
from agent.log.verify import Verification
from agent.log_ports import Archived
from agent.model.sealed_log import Leaf
from agent.vault.log_keys import LOG_KEY, VaultLogKeys, is_signed
from agent.vault.secrets import TenantVault
from tests.agent.log.house import House
from tests.conformance.fake_vault import VaultCredential, fake_vault
from tests.conformance.memory_log import key_of
from tests.conformance.samples import TENANT

FIRST, SECOND, THIRD = (key_of(name).public_key for name in (TENANT, f"{TENANT}, 2", f"{TENANT}, 3"))


@pytest.fixture
async def house() -> House:
    """A tenant whose log is sealed once, with one case."""
    house = House()
    await house.open()
    await house.sealer.run()
    return house


async def seal_more(house: House) -> None:
    house.later(5)
    await house.open()
    await house.sealer.run()


async def verified(house: House, *keys: str) -> Report:
    """What both verifiers say of an export, which must be the same."""
    lines = [f"{line}\n".encode() for line in await house.exported()]
    script = verify_log.Verification(keys)
    script.read(lines)
    report = Verification(is_signed, keys=keys).run(lines)
    assert report.holds is not bool(script.problems), (report.problems, script.problems)
    return report


async def test_the_old_key_names_the_new_one_and_whoever_knows_either_can_follow(house: House) -> None:
    change = await house.rotation.hand_over(TENANT)
    assert change is not None and (change.old_key, change.checkpoint.key) == (FIRST, SECOND)
    await seal_more(house)
    sealed, named, first, second = [one.checkpoint for one in await house.checkpoints()]
    assert (sealed.key, sealed.next_key) == (FIRST, FIRST)
    assert (named.key, named.next_key) == (FIRST, SECOND)
    assert (first.key, first.next_key, first.prev) == (SECOND, SECOND, named.digest)
    assert (second.key, second.prev) == (SECOND, first.digest) and change.checkpoint == first
    for keys in ((), (FIRST,), (SECOND,), (FIRST, SECOND), (FIRST, key_of("somebody").public_key)):
        report = await verified(house, *keys)
        assert report.holds, report.problems
        assert [(one.key, one.number, one.is_named) for one in report.keys] == [(FIRST, 1, True), (SECOND, 3, True)]
    assert not (await verified(house, key_of("somebody").public_key)).holds


async def test_a_key_can_be_replaced_again_and_again(house: House) -> None:
    for _ in range(2):
        await house.rotation.hand_over(TENANT)
        await seal_more(house)
    for key in (FIRST, SECOND, THIRD):
        report = await verified(house, key)
        assert report.holds and [one.key for one in report.keys] == [FIRST, SECOND, THIRD]


async def test_once_a_key_has_handed_over_sealing_needs_it_no_more(house: House) -> None:
    await house.rotation.hand_over(TENANT)
    house.keys.lost_tenants.add(TENANT)
    await seal_more(house)
    assert (await house.last()).record.sealed.checkpoint.key == SECOND
    assert (await verified(house, FIRST)).holds


@pytest.mark.parametrize(("written", "key_then"), [(0, FIRST), (1, SECOND)])
async def test_a_change_of_the_key_that_died_half_way_is_no_break(
    house: House, written: int, key_then: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    append, done = house.archive.append, 0

    async def dying(tenant_id: str, leaves: Sequence[Leaf], **rest: object) -> Archived:
        nonlocal done
        if done == written:
            raise StorageError("died")
        done += 1
        return await append(tenant_id, leaves, **rest)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(house.archive, "append", dying)
        with pytest.raises(StorageError, match="died"):
            await house.rotation.hand_over(TENANT)
    await seal_more(house)
    assert (await house.last()).record.sealed.checkpoint.key == key_then
    assert (await verified(house, FIRST)).holds


@pytest.mark.parametrize("raced", [1, 2])
async def test_a_sealing_in_between_makes_no_fork(house: House, raced: int, monkeypatch: pytest.MonkeyPatch) -> None:
    append, calls = house.archive.append, 0

    async def slow(tenant_id: str, leaves: Sequence[Leaf], **rest: object) -> Archived:
        nonlocal calls
        calls += 1
        if calls == raced:
            await seal_more(house)
        return await append(tenant_id, leaves, **rest)  # type: ignore[arg-type]

    monkeypatch.setattr(house.archive, "append", slow)
    change = await house.rotation.hand_over(TENANT)
    assert change is not None and change.checkpoint.key == SECOND
    report = await verified(house, FIRST)
    assert report.holds and [one.key for one in report.keys] == [FIRST, SECOND]


async def test_changes_of_the_key_and_sealings_all_at_once_leave_one_log_that_holds(house: House) -> None:
    house.later(5)
    await house.open()
    turns = (house.rotation.hand_over(TENANT), house.another().run(), house.rotation.hand_over(TENANT))
    ended = await asyncio.gather(*turns, house.another().run(), return_exceptions=True)
    assert all(isinstance(one, AlreadySupersededError) for one in ended if isinstance(one, BaseException)), ended
    await seal_more(house)
    report = await verified(house, FIRST)
    assert report.holds and len(report.keys) > 1 and (await house.last()).record.sealed.checkpoint.size == 3


async def test_a_key_that_is_lost_hands_nothing_over_and_none_is_made_for_it(house: House) -> None:
    house.keys.lost_tenants.add(TENANT)
    with pytest.raises(AbsentSecretError):
        await house.rotation.hand_over(TENANT)
    with pytest.raises(AbsentSecretError):
        await house.keys.key(TENANT, public_key="")
    assert len(await house.checkpoints()) == 1


async def test_a_lost_key_is_a_new_beginning_that_holds_for_nobody_who_was_not_told(house: House) -> None:
    house.keys.lost_tenants.add(TENANT)
    change = await house.rotation.begin_anew(TENANT)
    assert change is not None and (change.old_key, change.checkpoint.key) == (FIRST, SECOND)
    assert change.checkpoint.number == 2
    await seal_more(house)
    for keys in ((), (FIRST,)):
        report = await verified(house, *keys)
        assert any("begins anew at checkpoint `2`" in one.what for one in report.problems)
    for keys in ((SECOND,), (FIRST, SECOND)):
        report = await verified(house, *keys)
        assert report.holds and [(one.key, one.is_named) for one in report.keys] == [(FIRST, True), (SECOND, False)]
    # What was sealed before is under the new key's roots and digests too.
    assert report.newest is not None and (await house.last()).record.sealed.checkpoint.size == 2


async def test_a_key_that_is_in_the_vault_is_not_lost(house: House) -> None:
    with pytest.raises(OrderRefusedError, match="is not lost"):
        await house.rotation.begin_anew(TENANT)
    assert len(await house.checkpoints()) == 1


async def test_a_key_that_was_lost_before_its_successor_signed_is_lost_and_begins_anew(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    append, done = house.archive.append, 0

    async def dying(tenant_id: str, leaves: Sequence[Leaf], **rest: object) -> Archived:
        nonlocal done
        done += 1
        if done == 2:
            raise StorageError("died")
        return await append(tenant_id, leaves, **rest)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(house.archive, "append", dying)
        with pytest.raises(StorageError, match="died"):
            await house.rotation.hand_over(TENANT)
    house.keys.lost_tenants.add(TENANT)
    change = await house.rotation.begin_anew(TENANT)
    assert change is not None and (change.old_key, change.checkpoint.key) == (FIRST, THIRD)
    await seal_more(house)
    assert (await house.last()).record.sealed.checkpoint.key == THIRD
    assert (await verified(house, THIRD)).holds and not (await verified(house, FIRST)).holds


async def test_nothing_begins_anew_behind_a_checkpoint_that_its_key_did_not_sign(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    last = await house.last()
    sealed = last.record.sealed
    forged = sealed.model_copy(update={"signature": key_of("x").sign(sealed.checkpoint.text)})
    lying = Archived(last.record.model_copy(update={"sealed": forged}), last.mark)

    async def newest(_: str) -> Archived:
        return lying

    house.keys.lost_tenants.add(TENANT)
    monkeypatch.setattr(house.archive, "last", newest)
    with pytest.raises(DamagedError, match="not what was signed"):
        await house.rotation.begin_anew(TENANT)


async def test_two_new_beginnings_at_once_are_one(house: House) -> None:
    stale = await house.last()
    house.keys.lost_tenants.add(TENANT)
    await house.rotation.begin_anew(TENANT)

    class Behind(type(house.archive)):  # type: ignore[misc]
        async def last(self, _: str) -> Archived:
            return stale

    house.archive.__class__ = Behind
    with pytest.raises(AlreadySupersededError):
        await house.rotation.begin_anew(TENANT)


async def test_where_nothing_is_sealed_there_is_no_key_to_replace() -> None:
    house = House()
    assert await house.rotation.hand_over(TENANT) is None and await house.rotation.begin_anew(TENANT) is None


async def test_a_further_key_is_another_version_of_the_secret_and_signs_nothing_by_being_there() -> None:
    async with fake_vault() as (server, url, transport):
        vault = TenantVault(url, VaultCredential(), transport=transport)
        keys = VaultLogKeys({TENANT: vault})
        old = await keys.key(TENANT, public_key="")
        new = await keys.make(TENANT)
        assert len(server.secrets[LOG_KEY]) == 2
        assert server.tags[LOG_KEY, 2] == {"public_key": new.public_key, "tenant": TENANT}
        for one in (old, new):
            assert (await keys.key(TENANT, public_key=one.public_key)).sign("text") == one.sign("text")
        server.disabled.add((LOG_KEY, 1))
        await vault.close()
        vault = TenantVault(url, VaultCredential(), transport=transport)
        with pytest.raises(AbsentSecretError, match="put that key back"):
            await VaultLogKeys({TENANT: vault}).key(TENANT, public_key=old.public_key)
        await vault.close()
