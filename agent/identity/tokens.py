"""The stack's credentials: its managed identity, and that identity acting as our app in a customer's tenant.

No secret is stored anywhere: the managed identity's own token is the assertion that proves the app
(workload identity federation).
https://learn.microsoft.com/entra/workload-id/workload-identity-federation-config-app-trust-managed-identity
"""

from typing import Any
from urllib.parse import urlsplit

from azure.core.credentials import AccessToken, AccessTokenInfo, TokenRequestOptions
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.pipeline.transport import AsyncHttpTransport
from azure.identity.aio import ClientAssertionCredential, ManagedIdentityCredential

from agent.errors import SettingsError

PUBLIC_AUTHORITY = "https://login.microsoftonline.com"

# The audience of assertions that Entra accepts from managed identities in the public cloud.
EXCHANGE_SCOPE = "api://AzureADTokenExchange/.default"

Transport = AsyncHttpTransport[Any, Any]


def managed_identity(client_id: str = "", *, transport: Transport | None = None) -> ManagedIdentityCredential:
    """Return the stack's own identity, for storage and Key Vault; empty `client_id` means system-assigned."""
    return ManagedIdentityCredential(client_id=client_id or None, **transport_options(transport))


def workload_credential(
    tenant_id: str,
    app_client_id: str,
    *,
    identity: AsyncTokenCredential,
    authority: str = PUBLIC_AUTHORITY,
    transport: Transport | None = None,
) -> "WorkloadCredential":
    """Return the app `app_client_id` in the customer's tenant, proven by `identity`, the stack's own.

    Unlike azure-identity's MSAL credentials this one asks nobody whether `authority` is known, so an authority
    of another cloud, or the simulator's, needs no further option: one POST to it is all that is sent.

    Raises:
        SettingsError: `authority` is not an https address of a host, or an id is missing.
    """
    parts = urlsplit(authority)
    if parts.scheme != "https" or not parts.hostname or parts.path.strip("/") or parts.query:
        raise SettingsError("expected the authority as `https://` and a host")
    if not tenant_id or not app_client_id:
        raise SettingsError("expected a tenant id and the app's client id for the workload identity")
    return WorkloadCredential(
        tenant_id,
        app_client_id,
        identity=identity,
        options={"authority": authority, **transport_options(transport)},
    )


class WorkloadCredential(AsyncTokenCredential):
    """An async credential around azure-identity's ClientAssertionCredential.

    That one takes the assertion from a plain function, in which nothing can be awaited; so the assertion is
    fetched first, from a credential that caches it.
    """

    def __init__(
        self, tenant_id: str, app_client_id: str, *, identity: AsyncTokenCredential, options: dict[str, Any]
    ) -> None:
        self._identity = identity
        self._assertion = ""
        self._app = ClientAssertionCredential(tenant_id, app_client_id, lambda: self._assertion, **options)

    async def get_token(self, *scopes: str, **kwargs: Any) -> AccessToken:
        """Return a token of the app for `scopes`.

        Raises:
            azure.core.exceptions.ClientAuthenticationError: the identity or the app got no token.
        """
        await self._prove()
        return await self._app.get_token(*scopes, **kwargs)

    async def get_token_info(self, *scopes: str, options: TokenRequestOptions | None = None) -> AccessTokenInfo:
        """Return a token with its details.

        Raises:
            azure.core.exceptions.ClientAuthenticationError: as `get_token`.
        """
        await self._prove()
        return await self._app.get_token_info(*scopes, options=options or {})

    async def close(self) -> None:
        """Close the app's connections; the identity belongs to whoever made it."""
        await self._app.close()

    async def __aenter__(self) -> "WorkloadCredential":
        return self

    async def __aexit__(self, *details: object) -> None:
        await self.close()

    async def _prove(self) -> None:
        self._assertion = (await self._identity.get_token(EXCHANGE_SCOPE)).token


def transport_options(transport: Transport | None) -> dict[str, Any]:
    """Return the options that put `transport` under a credential; none for its own."""
    return {} if transport is None else {"transport": transport}
