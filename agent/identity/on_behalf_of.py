"""Tokens in which the app acts for a person, from that person's own token: the on-behalf-of flow, without a secret.

The person's token must have been made for our app and must still be valid: Entra exchanges no other. It is handed in
for one step and kept nowhere here.
https://learn.microsoft.com/entra/identity-platform/v2-oauth2-on-behalf-of-flow
"""

from typing import Any
from urllib.parse import urlsplit

from azure.core.credentials import AccessToken
from azure.core.credentials_async import AsyncTokenCredential
from azure.identity.aio import OnBehalfOfCredential

from agent.errors import SettingsError
from agent.identity.tokens import EXCHANGE_SCOPE, PUBLIC_AUTHORITY, Transport, transport_options


class DelegatedCredential(AsyncTokenCredential):
    """The app `app_client_id` acting for the person whose token is `user_token`, proven by `identity`.

    Raises:
        SettingsError: `authority` is not an https address of a host.
    """

    def __init__(
        self,
        tenant_id: str,
        app_client_id: str,
        *,
        user_token: str,
        identity: AsyncTokenCredential,
        authority: str = PUBLIC_AUTHORITY,
        transport: Transport | None = None,
    ) -> None:
        parts = urlsplit(authority)
        if parts.scheme != "https" or not parts.hostname:
            raise SettingsError("expected the authority as `https://` and a host")
        self._identity = identity
        self._assertion = ""
        self._app = OnBehalfOfCredential(
            tenant_id,
            app_client_id,
            client_assertion_func=lambda: self._assertion,
            user_assertion=user_token,
            authority=authority,
            # Instance discovery asks a public host whether the authority is known, which no other cloud's is.
            disable_instance_discovery=True,
            **transport_options(transport),
        )

    async def get_token(self, *scopes: str, **kwargs: Any) -> AccessToken:
        """Return a token for `scopes`, each a permission of one resource.

        Raises:
            azure.core.exceptions.ClientAuthenticationError: Entra refused, for instance because it wants the person
                to sign in again.
        """
        self._assertion = (await self._identity.get_token(EXCHANGE_SCOPE)).token
        return await self._app.get_token(*scopes, **kwargs)

    async def close(self) -> None:
        """Close the connections; the identity belongs to whoever made it."""
        await self._app.close()

    async def __aenter__(self) -> "DelegatedCredential":
        return self

    async def __aexit__(self, *details: object) -> None:
        await self.close()
