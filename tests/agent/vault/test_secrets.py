"""The tenant's vault: what is kept, for how long, and what a failure says."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from agent.errors import SettingsError, VaultError
from agent.vault.sealer import DATA_KEY, VaultSealer, new_data_key
from agent.vault.secrets import CACHE_SECONDS, GRACE_SECONDS, SILENCE_SECONDS, TenantVault
from tests.conformance.fake_vault import FakeVault, VaultCredential, fake_vault


@dataclass
class Clock:
    """A monotonic clock that a test moves."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


@dataclass(frozen=True)
class Room:
    """A vault server, its client and the client's clock."""

    server: FakeVault
    vault: TenantVault
    clock: Clock


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    clock = Clock()
    async with fake_vault() as (server, url, transport):
        vault = TenantVault(url, VaultCredential(), clock=clock, transport=transport)
        yield Room(server, vault, clock)
        await vault.close()


async def test_a_secret_is_fetched_once_in_five_minutes(room: Room) -> None:
    room.server.secrets["hook"] = ["old"]
    assert await room.vault.get("hook") == "old"
    room.server.secrets["hook"].append("new")
    room.clock.seconds = CACHE_SECONDS - 1
    assert await room.vault.get("hook") == "old"
    assert room.server.reads == 1
    room.clock.seconds = CACHE_SECONDS
    assert await room.vault.get("hook") == "new"
    assert room.server.reads == 2


async def test_a_missing_secret_is_an_error_every_time(room: Room) -> None:
    with pytest.raises(VaultError, match=r"`hook`.*`404`"):
        await room.vault.get("hook")
    room.server.secrets["hook"] = ["now there"]
    assert await room.vault.get("hook") == "now there"


async def test_an_empty_secret_is_no_secret(room: Room) -> None:
    room.server.secrets["hook"] = [""]
    with pytest.raises(VaultError):
        await room.vault.get("hook")


async def test_a_vault_that_does_not_answer_is_a_vault_error(room: Room) -> None:
    room.server.down = True
    with pytest.raises(VaultError, match="`503`"):
        await room.vault.get("hook")


async def test_a_vault_that_did_not_answer_is_left_alone_for_a_moment(room: Room) -> None:
    room.server.secrets["hook"] = ["text"]
    room.server.down = True
    with pytest.raises(VaultError):
        await room.vault.get("hook")
    room.server.down = False
    room.clock.seconds += SILENCE_SECONDS - 1
    with pytest.raises(VaultError, match="a moment ago"):
        await room.vault.get("hook")
    assert room.server.reads == 0
    room.clock.seconds += 1
    assert await room.vault.get("hook") == "text"


async def test_a_turn_that_began_ends_although_the_vault_stopped_answering(room: Room) -> None:
    room.server.secrets["hook"] = ["text"]
    assert await room.vault.get("hook") == "text"
    room.server.down = True
    room.clock.seconds = CACHE_SECONDS + GRACE_SECONDS - 1
    assert await room.vault.get("hook") == "text"
    room.clock.seconds += 1
    with pytest.raises(VaultError):
        await room.vault.get("hook")


async def test_a_secret_that_was_locked_serves_no_longer_than_five_minutes(room: Room) -> None:
    room.server.secrets["hook"] = ["text"]
    assert await room.vault.get("hook") == "text"
    room.server.disabled.add(("hook", 1))
    room.clock.seconds = CACHE_SECONDS
    with pytest.raises(VaultError, match="403"):
        await room.vault.get("hook")


@pytest.mark.parametrize("url", ["http://localhost:1", "kv.vault.azure.net", "", "https://"])
async def test_a_vault_without_tls_is_refused(url: str) -> None:
    with pytest.raises(SettingsError):
        TenantVault(url, VaultCredential())


async def test_only_a_loopback_vault_may_name_a_foreign_resource() -> None:
    loopback = TenantVault("https://localhost:1", VaultCredential())
    real = TenantVault("https://kv-contoso.vault.azure.net", VaultCredential())
    try:
        checks = [_checks_the_resource(vault) for vault in (loopback, real)]
    finally:
        await loopback.close()
        await real.close()
    assert checks == [False, True]


async def test_texts_of_an_older_key_version_still_open_after_rotation(room: Room) -> None:
    room.server.secrets[DATA_KEY] = [new_data_key()]
    sealer = VaultSealer({"t": room.vault})
    before = await sealer.seal("t", purpose="p", text="kept")
    room.server.secrets[DATA_KEY].append(new_data_key())
    room.clock.seconds += CACHE_SECONDS
    after = await sealer.seal("t", purpose="p", text="newer")
    assert before.split(".")[1] != after.split(".")[1]
    assert await sealer.open("t", purpose="p", sealed=before) == "kept"
    assert await sealer.open("t", purpose="p", sealed=after) == "newer"


async def test_a_destroyed_key_version_opens_nothing(room: Room) -> None:
    room.server.secrets[DATA_KEY] = [new_data_key()]
    sealer = VaultSealer({"t": room.vault})
    sealed = await sealer.seal("t", purpose="p", text="gone")
    room.server.disabled.add((DATA_KEY, 1))
    room.clock.seconds += CACHE_SECONDS
    with pytest.raises(VaultError, match="403"):
        await sealer.open("t", purpose="p", sealed=sealed)


@pytest.mark.parametrize(
    "text",
    ["short", "A" * 42, "A" * 44, "not base64 !!", new_data_key() + "AA"],
    ids=["short", "a character less", "a character more", "no base64", "a key and more"],
)
async def test_a_data_key_of_the_wrong_size_seals_nothing_and_is_not_told(room: Room, text: str) -> None:
    room.server.secrets[DATA_KEY] = [text]
    with pytest.raises(VaultError, match="32") as caught:
        await VaultSealer({"t": room.vault}).seal("t", purpose="p", text="x")
    assert text not in str(caught.value)


async def test_a_tenant_without_a_vault_gets_nothing_sealed(room: Room) -> None:
    with pytest.raises(VaultError, match="no vault"):
        await VaultSealer({"t": room.vault}).seal("other", purpose="p", text="x")


def _checks_the_resource(vault: TenantVault) -> bool:
    policies = vault._client._client._client._pipeline._impl_policies
    found = [getattr(one, "_verify_challenge_resource", None) for one in policies]
    [checks] = [one for one in found if one is not None]
    return bool(checks)
