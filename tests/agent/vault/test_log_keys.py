"""The key that signs a tenant's log: made once, found again by its public key, and told to nobody."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from agent.errors import AbsentSecretError, VaultError
from agent.vault.log_keys import LOG_KEY, VaultLogKeys, is_signed
from agent.vault.secrets import TenantVault
from tests.conformance.fake_vault import FakeVault, VaultCredential, fake_vault

TENANT = "tenant-a"

# A vault, and workers that share nothing but it.
Room = tuple[FakeVault, list[VaultLogKeys]]


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    async with fake_vault() as (server, url, transport):
        vaults = [TenantVault(url, VaultCredential(), transport=transport) for _ in range(4)]
        yield server, [VaultLogKeys({TENANT: one}) for one in vaults]
        for one in vaults:
            await one.close()


async def test_a_key_is_made_once_and_is_the_same_for_everybody(room: Room) -> None:
    server, (first, second, *_) = room
    made = await first.key(TENANT, public_key="")
    again = await second.key(TENANT, public_key="")
    assert made.public_key == again.public_key and made.sign("text") == again.sign("text")
    assert len(server.secrets[LOG_KEY]) == 1
    assert server.tags[LOG_KEY, 1] == {"public_key": made.public_key, "tenant": TENANT}


async def test_what_a_key_signs_verifies_with_it_and_with_nothing_else(room: Room) -> None:
    _, (keys, *_) = room
    key = await keys.key(TENANT, public_key="")
    signature = key.sign("text")
    assert is_signed("text", signature, public_key=key.public_key)
    assert not is_signed("texT", signature, public_key=key.public_key)
    assert not is_signed("text", "00" + signature[2:], public_key=key.public_key)
    assert not is_signed("text", signature, public_key="00" + key.public_key[2:])
    assert not is_signed("text", "zz", public_key=key.public_key) and not is_signed("text", signature, public_key="")


async def test_of_two_keys_made_at_once_the_one_that_sealed_first_stays(room: Room) -> None:
    server, workers = room
    made = await asyncio.gather(*(one.key(TENANT, public_key="") for one in workers[:3]))
    assert len(server.secrets[LOG_KEY]) > 1, "the promise is about several"
    for key in made:
        assert (await workers[3].key(TENANT, public_key=key.public_key)).public_key == key.public_key


async def test_a_log_does_not_go_on_under_another_key(room: Room) -> None:
    server, (first, second, third, _) = room
    known = (await first.key(TENANT, public_key="")).public_key
    server.secrets[LOG_KEY] = ["11" * 32]
    with pytest.raises(VaultError, match="put that key back"):
        await second.key(TENANT, public_key=known)
    server.secrets.clear()
    with pytest.raises(VaultError, match="put that key back"):
        await third.key(TENANT, public_key=known)
    assert not server.secrets, "a lost key is not replaced by a new one"


async def test_a_vault_that_does_not_answer_gets_no_second_key(room: Room) -> None:
    server, (first, second, *_) = room
    await first.key(TENANT, public_key="")
    server.down = True
    with pytest.raises(VaultError):
        await second.key(TENANT, public_key="")
    server.down = False
    server.disabled.add((LOG_KEY, 1))
    with pytest.raises(VaultError):
        await room[1][2].key(TENANT, public_key="")
    assert len(server.secrets[LOG_KEY]) == 1


async def test_a_vault_that_takes_no_secrets_says_so(room: Room) -> None:
    server, (first, *_) = room
    server.read_only = True
    with pytest.raises(VaultError, match=r"`remit-log-key` cannot be stored.*`403`"):
        await first.key(TENANT, public_key="")


@pytest.mark.parametrize("text", ["", "zz" * 32, "11" * 31, "AA" * 32])
async def test_a_secret_that_is_no_key_is_refused_without_being_shown(room: Room, text: str) -> None:
    server, (first, *_) = room
    server.secrets[LOG_KEY] = [text]
    with pytest.raises(VaultError) as refusal:
        await first.key(TENANT, public_key="")
    assert not text or text not in str(refusal.value)


async def test_a_key_does_not_show_itself(room: Room) -> None:
    server, (first, *_) = room
    key = await first.key(TENANT, public_key="")
    assert server.secrets[LOG_KEY][0] not in repr(key)


async def test_a_tenant_without_a_vault_has_no_key(room: Room) -> None:
    with pytest.raises(VaultError, match="has no vault"):
        await room[1][0].key("tenant-b", public_key="")


@pytest.mark.parametrize("how", ["junk", "disabled"])
async def test_a_newest_version_that_is_no_key_or_disabled_stops_no_log(room: Room, how: str) -> None:
    server, (first, second, *_) = room
    key = await first.key(TENANT, public_key="")
    server.secrets[LOG_KEY].append("not a key" if how == "junk" else "ab" * 32)
    if how == "disabled":
        server.disabled.add((LOG_KEY, 2))
    assert (await second.key(TENANT, public_key=key.public_key)).public_key == key.public_key


async def test_a_vault_with_another_tenants_key_is_refused_and_gets_no_further_one(room: Room) -> None:
    server, (first, second, *_) = room
    await first.key(TENANT, public_key="")
    item = server._item

    def tagged(request: web.Request, name: str, number: int) -> dict[str, Any]:
        return {**item(request, name, number), "tags": server.tags[name, number]}

    # A vault tells the tags of what it has; another worker knows nothing but what it is told.
    server._item = tagged  # type: ignore[method-assign]
    mistaken = VaultLogKeys({"tenant-b": second._vault(TENANT)})
    for public_key in ("", "11" * 32):
        with pytest.raises(VaultError, match=f"of tenant `{TENANT}`, not of `tenant-b`") as refusal:
            await mistaken.key("tenant-b", public_key=public_key)
        assert not isinstance(refusal.value, AbsentSecretError), "what is absent may begin anew"
    assert len(server.secrets[LOG_KEY]) == 1
