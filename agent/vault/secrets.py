"""The secrets of one tenant's Key Vault, remembered for five minutes and never logged."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import AzureError, HttpResponseError
from azure.core.pipeline.transport import AsyncHttpTransport
from azure.keyvault.secrets.aio import SecretClient

from agent.errors import SettingsError, VaultError

# How long a rotated secret may go unnoticed, against one request for every use.
CACHE_SECONDS = 300.0

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A secret's text and the version it came from."""

    text: str
    version: str


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
        found = await self._fetch(name, version)
        self._kept[name, version] = (self._clock(), found)
        return found

    async def close(self) -> None:
        """Forget what was kept and close the connections; the credential belongs to whoever made it."""
        self._kept.clear()
        await self._client.close()

    async def _fetch(self, name: str, version: str) -> Secret:
        try:
            found = await self._client.get_secret(name, version or None)
        except (AzureError, OSError, ValueError) as error:
            status = error.status_code if isinstance(error, HttpResponseError) else None
            reason = f"status `{status}`" if status else f"`{type(error).__name__}`"
            raise VaultError(f"secret `{name}` cannot be read: {reason}") from None
        if not found.value or not found.properties.version:
            raise VaultError(f"expected a text and a version in secret `{name}`, got none")
        return Secret(found.value, found.properties.version)
