"""Key Vault with the real azure-keyvault-secrets: challenge, secrets, and who may read them."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.keyvault.secrets import SecretClient


class _Identity:
    """A credential that hands out one fixed token."""

    def __init__(self, token: str) -> None:
        self._token = token

    def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        return AccessToken(self._token, 4_102_444_800)


def _client(world: Any, token: str) -> SecretClient:
    return SecretClient(
        world.ready["vaults"][world.tenant_id],
        _Identity(token),
        verify_challenge_resource=False,
        connection_verify=world.ready["ca"],
        retry_total=0,
    )


@pytest.fixture
def vault(world: Any) -> Iterator[SecretClient]:
    """The home tenant's vault, opened by the managed identity."""
    with _client(world, world.identity_token("https://vault.azure.net")) as client:
        yield client


def test_a_secret_is_kept_in_versions_and_found_by_name_or_version(vault: SecretClient) -> None:
    first = vault.set_secret("itsm-key", "one", content_type="text/plain", tags={"for": "itsm"})
    second = vault.set_secret("itsm-key", "two")
    assert vault.get_secret("itsm-key").value == "two"
    assert vault.get_secret("itsm-key", first.properties.version).value == "one"
    versions = {one.version for one in vault.list_properties_of_secret_versions("itsm-key")}
    assert versions == {first.properties.version, second.properties.version}
    assert first.properties.tags == {"for": "itsm"}


def test_a_seeded_secret_is_there(world: Any, vault: SecretClient) -> None:
    world.control("POST", f"/vault/{world.tenant_id}/secrets/seeded", {"value": "from outside"})
    assert vault.get_secret("seeded").value == "from outside"


def test_an_unknown_secret_is_not_found(vault: SecretClient) -> None:
    with pytest.raises(ResourceNotFoundError) as missing:
        vault.get_secret("nowhere")
    assert missing.value.error is not None
    assert missing.value.error.code == "SecretNotFound"


def test_a_long_list_comes_in_pages(vault: SecretClient) -> None:
    names = {f"name-{number:02}" for number in range(30)}
    for name in names:
        vault.set_secret(name, "x")
    assert {one.name for one in vault.list_properties_of_secrets()} == names


def test_a_deleted_secret_is_gone_but_its_name_is_not_free_until_purged(vault: SecretClient) -> None:
    vault.set_secret("old", "x")
    vault.begin_delete_secret("old").wait()
    with pytest.raises(ResourceNotFoundError):
        vault.get_secret("old")
    with pytest.raises(ResourceExistsError):
        vault.set_secret("old", "y")
    vault.purge_deleted_secret("old")
    assert vault.set_secret("old", "y").value == "y"


def test_without_a_token_the_answer_is_the_challenge(world: Any) -> None:
    answer = world.client.get(f"{world.ready['vaults'][world.tenant_id]}/secrets/any")
    assert answer.status_code == 401
    authority = f"{world.ready['entra']}/{world.tenant_id}"
    assert answer.headers["WWW-Authenticate"] == (
        f'Bearer authorization="{authority}", resource="https://vault.azure.net"'
    )


def test_a_token_for_another_resource_is_challenged_again(world: Any) -> None:
    headers = {"Authorization": f"Bearer {world.app_token()}"}
    address = f"{world.ready['vaults'][world.tenant_id]}/secrets/any"
    assert world.client.get(address, headers=headers).status_code == 401


def test_another_app_of_the_same_tenant_is_forbidden(world: Any) -> None:
    other = "11111111-2222-4333-8444-555555555555"
    world.control("POST", "/apps", {"app_id": other, "secret": "a long enough secret"})
    token = world.app_token("https://vault.azure.net", client_id=other, client_secret="a long enough secret")
    with _client(world, token) as stranger, pytest.raises(HttpResponseError) as refused:
        stranger.get_secret("itsm-key")
    assert refused.value.status_code == 403


def test_no_vault_value_is_in_the_request_log(world: Any, vault: SecretClient) -> None:
    vault.set_secret("itsm-key", "do-not-log-me")
    assert "do-not-log-me" not in json.dumps(world.control("GET", "/requests?site=vault"))
