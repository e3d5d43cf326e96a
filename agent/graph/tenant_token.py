"""Tokens for one tenant's Graph: obtained from a credential and checked to be that tenant's before use.

The signature is not checked here: Graph does that. The check is that we are not about to act, with a perfectly
valid token, in somebody else's tenant.
"""

import asyncio
import base64
import json
from dataclasses import dataclass
from typing import Any

from azure.core.credentials_async import AsyncTokenCredential

from agent.errors import DirectoryError, SignInNeededError

TOKEN_SECONDS = 10


@dataclass(frozen=True, slots=True, repr=False)
class TenantToken:
    """A bearer token and its `uti` claim, the id under which Microsoft's logs know it."""

    bearer: str
    token_id: str


async def tenant_token(
    credential: AsyncTokenCredential, *scopes: str, tenant_id: str, user_id: str = "", claims: str = ""
) -> TenantToken:
    """Return a token for `scopes` whose `tid` claim is `tenant_id` and, with a `user_id`, whose `oid` is that person.

    `claims` is what Graph asked for when it refused the last one; with it no cached token will do.

    Raises:
        SignInNeededError: the person must sign in again before there is one.
        DirectoryError: no token within 10 seconds, an unreadable one, or one of another tenant or person.
    """
    try:
        async with asyncio.timeout(TOKEN_SECONDS):
            # Whoever can take a challenge gets tokens that are refused at once when something happens to an account.
            options = {"claims": claims} if claims else {}
            bearer = (await credential.get_token(*scopes, enable_cae=True, **options)).token
    except SignInNeededError:
        raise
    except Exception as error:
        # Credentials raise many types, and their texts quote the authority's answer: name the type only.
        raise DirectoryError(f"no token for tenant `{tenant_id}`: `{type(error).__name__}`") from None
    found = _claims(bearer)
    if str(found.get("tid", "")).lower() != tenant_id.lower():
        raise DirectoryError(f"expected a token of tenant `{tenant_id}`, got one of `{found.get('tid', 'no tenant')}`")
    if user_id and (str(found.get("oid", "")).lower() != user_id.lower() or found.get("idtyp") == "app"):
        raise DirectoryError("expected the token of the person in whose name the step is written, got another one")
    return TenantToken(bearer, str(found.get("uti", "")))


def _claims(bearer: str) -> dict[str, Any]:
    try:
        payload = bearer.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError):
        claims = None
    if not isinstance(claims, dict):
        raise DirectoryError("expected a token with readable claims, got none")
    return claims
