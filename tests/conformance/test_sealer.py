"""What every Sealer promises, checked on Key Vault with AES-GCM, for cookies too, and on its in-memory twin."""

from collections.abc import AsyncIterator

import pytest

from agent.errors import VaultError
from agent.ports import Sealer
from agent.vault.cookie_sealer import CookieSealer
from agent.vault.sealer import DATA_KEY, VaultSealer, new_data_key
from agent.vault.secrets import TenantVault
from tests.conformance.fake_vault import VaultCredential, fake_vault
from tests.conformance.memory_sealer import MemorySealer

TENANT, OTHER, WITHOUT_KEY = "tenant-a", "tenant-b", "tenant-c"
TEXT = 'before-image: {"jobTitle": "Ingénieure \N{GRINNING FACE}"}'


@pytest.fixture(params=["memory", "vault", "cookies"])
async def sealer(request: pytest.FixtureRequest) -> AsyncIterator[Sealer]:
    if request.param == "memory":
        memory = MemorySealer()
        memory.lost_tenants.add(WITHOUT_KEY)
        yield memory
        return
    async with fake_vault() as (vault, url, transport), fake_vault() as (empty, empty_url, empty_transport):
        vault.secrets[DATA_KEY] = [new_data_key()]
        assert not empty.secrets
        shared = TenantVault(url, VaultCredential(), transport=transport)
        bare = TenantVault(empty_url, VaultCredential(), transport=empty_transport)
        # Two tenants with one key: what keeps them apart here is only what the text was bound to.
        kind = CookieSealer if request.param == "cookies" else VaultSealer
        yield kind({TENANT: shared, OTHER: shared, WITHOUT_KEY: bare})
        await shared.close()
        await bare.close()


async def test_what_was_sealed_opens_again(sealer: Sealer) -> None:
    for text in (TEXT, "", "x" * 100_000):
        sealed = await sealer.seal(TENANT, purpose="before", text=text)
        assert await sealer.open(TENANT, purpose="before", sealed=sealed) == text


async def test_sealed_text_hides_its_content_and_its_equality(sealer: Sealer) -> None:
    first = await sealer.seal(TENANT, purpose="before", text=TEXT)
    second = await sealer.seal(TENANT, purpose="before", text=TEXT)
    assert first != second
    assert "jobTitle" not in first


@pytest.mark.parametrize(("tenant_id", "purpose"), [(OTHER, "before"), (TENANT, "secret"), (OTHER, "secret")])
async def test_sealed_text_opens_for_its_own_tenant_and_purpose_only(
    sealer: Sealer, tenant_id: str, purpose: str
) -> None:
    sealed = await sealer.seal(TENANT, purpose="before", text=TEXT)
    with pytest.raises(VaultError):
        await sealer.open(tenant_id, purpose=purpose, sealed=sealed)


async def test_altered_text_does_not_open(sealer: Sealer) -> None:
    sealed = await sealer.seal(TENANT, purpose="before", text="odd end")
    for place in range(len(sealed)):
        altered = sealed[:place] + ("A" if sealed[place] != "A" else "B") + sealed[place + 1 :]
        with pytest.raises(VaultError):
            await sealer.open(TENANT, purpose="before", sealed=altered)
    endings = {sealed[:-1] + last for last in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"}
    for altered in endings - {sealed}:
        with pytest.raises(VaultError):
            await sealer.open(TENANT, purpose="before", sealed=altered)
    for altered in ("", sealed[:-1], sealed + "A", sealed + "=", "v1..", "v1.1.", "plain text"):
        with pytest.raises(VaultError):
            await sealer.open(TENANT, purpose="before", sealed=altered)


async def test_without_a_key_nothing_is_sealed(sealer: Sealer) -> None:
    with pytest.raises(VaultError):
        await sealer.seal(WITHOUT_KEY, purpose="before", text=TEXT)
