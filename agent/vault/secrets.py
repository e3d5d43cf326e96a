"""The secrets of one tenant's Key Vault, remembered for five minutes and never logged."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import AzureError, HttpResponseError, ResourceNotFoundError
from azure.core.pipeline.transport import AsyncHttpTransport
from azure.keyvault.secrets.aio import SecretClient

from agent.errors import AbsentSecretError, SettingsError, VaultError

# How long a rotated secret may go unnoticed, against one request for every use.
CACHE_SECONDS = 300.0
# How much longer a secret serves when the vault does not answer, so that a turn that began can end. A vault that
# answers that the secret is gone or locked is obeyed at once.
GRACE_SECONDS = 300.0
# How long nobody asks a vault again that did not answer. Waiting for it takes up to 45 s, and all cases would queue.
SILENCE_SECONDS = 10.0

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A secret's text and the version it came from."""

    text: str
    version: str
    tags: Mapping[str, str] = field(default_factory=dict)


class _SilentError(VaultError):
    """The vault did not answer, which says nothing about the secret."""


class TenantVault:
    """One tenant's vault at `url`, for example `https://kv-contoso.vault.azure.net`.

    Raises:
        SettingsError: `url` is not an https address of a host.
    """

    def __init__(
        self,
        url: str,
        credential: AsyncTokenCredential,
        *,
        clock: Callable[[], float] = time.monotonic,
        transport: AsyncHttpTransport[Any, Any] | None = None,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.hostname:
            raise SettingsError("expected the vault's address as `https://` and a host")
        options: dict[str, Any] = {} if transport is None else {"transport": transport}
        self._client = SecretClient(
            vault_url=url,
            credential=credential,
            # The check that the token's audience is the vault's own domain. A vault on loopback has no such domain.
            verify_challenge_resource=parts.hostname not in LOOPBACK,
            connection_timeout=5,
            read_timeout=10,
            retry_total=2,
            retry_backoff_factor=0.2,
            **options,
        )
        self._clock = clock
        self._kept: dict[tuple[str, str], tuple[float, Secret]] = {}
        self._silent_until = -math.inf

    async def get(self, name: str) -> str:
        """Return the current text of a secret.

        Raises:
            VaultError: there is no such secret, it is disabled, or the vault did not answer.
        """
        return (await self.secret(name)).text

    async def secret(self, name: str, version: str = "") -> Secret:
        """Return a secret in the given version, or in its current one if `version` is empty.

        Raises:
            VaultError: as `get`.
        """
        kept = self._kept.get((name, version))
        if kept is not None and self._clock() - kept[0] < CACHE_SECONDS:
            return kept[1]
        try:
            found = await self._fetch(name, version)
        except _SilentError:
            if kept is not None and self._clock() - kept[0] < CACHE_SECONDS + GRACE_SECONDS:
                return kept[1]
            raise
        self._kept[name, version] = (self._clock(), found)
        return found

    async def find(self, name: str) -> Secret | None:
        """Return the current version of a secret, or None if the vault says that there is none.

        Raises:
            VaultError: it is disabled, or the vault did not answer: nobody knows whether there is one.
        """
        try:
            return await self.secret(name)
        except AbsentSecretError:
            return None

    async def add(self, name: str, text: str, *, tags: Mapping[str, str]) -> Secret:
        """Store a new version of a secret and return it; `tags` are shown to whoever may list secrets.

        Raises:
            VaultError: the vault did not take it.
        """
        try:
            made = await self._client.set_secret(name, text, tags=dict(tags))
        except (AzureError, OSError, ValueError) as error:
            raise VaultError(f"secret `{name}` cannot be stored: {_reason_of(error)}") from None
        secret = Secret(text, str(made.properties.version), dict(tags))
        self._kept[name, secret.version] = (self._clock(), secret)
        return secret

    async def versions(self, name: str) -> tuple[str, ...]:
        """Return all enabled versions of a secret, in no special order.

        Raises:
            VaultError: the vault did not answer.
        """
        try:
            listed = [one async for one in self._client.list_properties_of_secret_versions(name)]
        except (AzureError, OSError, ValueError) as error:
            raise VaultError(f"the versions of secret `{name}` cannot be listed: {_reason_of(error)}") from None
        return tuple(one.version for one in listed if one.enabled and one.version)

    async def close(self) -> None:
        """Forget what was kept and close the connections; the credential belongs to whoever made it."""
        self._kept.clear()
        await self._client.close()

    async def _fetch(self, name: str, version: str) -> Secret:
        if self._clock() < self._silent_until:
            raise _SilentError(f"secret `{name}` cannot be read: the vault did not answer a moment ago")
        try:
            found = await self._client.get_secret(name, version or None)
        except (AzureError, OSError, ValueError) as error:
            if _is_silence(error):
                self._silent_until = self._clock() + SILENCE_SECONDS
                raise _SilentError(f"secret `{name}` cannot be read: {_reason_of(error)}") from None
            kind = AbsentSecretError if isinstance(error, ResourceNotFoundError) and not version else VaultError
            raise kind(f"secret `{name}` cannot be read: {_reason_of(error)}") from None
        if not found.value or not found.properties.version:
            raise VaultError(f"expected a text and a version in secret `{name}`, got none")
        return Secret(found.value, found.properties.version, dict(found.properties.tags or {}))


def _is_silence(error: Exception) -> bool:
    status = error.status_code if isinstance(error, HttpResponseError) else None
    return status is None or status == 429 or status >= 500


def _reason_of(error: Exception) -> str:
    status = error.status_code if isinstance(error, HttpResponseError) else None
    return f"status `{status}`" if status else f"`{type(error).__name__}`"
