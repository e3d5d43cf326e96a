"""MSAL's part in acting for a person: their token becomes a refresh token, and that a token for one step.

Of what Entra hands out only the refresh token is kept: an access token would go on for an hour, and with it a right
that was taken back meanwhile; an id token names the person. So every step asks Entra anew, which sees at once that
somebody was signed out or disabled, or that a consent is gone.

MSAL waits while it works: call this in a thread. Importing this module loads it.
https://learn.microsoft.com/entra/identity-platform/v2-oauth2-on-behalf-of-flow
"""

import time
from dataclasses import dataclass
from typing import Any

import httpx
import msal

from agent.errors import DirectoryError, SignInNeededError
from agent.identity.authority_client import AuthorityClient

# What only the person can mend: signing in again, agreeing again, a second factor.
# https://learn.microsoft.com/entra/identity-platform/reference-error-codes
_THEIRS = frozenset({"invalid_grant", "interaction_required", "consent_required", "login_required"})
# The scope of exchanging names no permission: each step asks for its own.
_ALL = "https://graph.microsoft.com/.default"
_KEPT = ("RefreshToken", "AppMetadata")


@dataclass(frozen=True, slots=True, repr=False)
class Redeemer:
    """Our app in one tenant, proven by `assertion`, a token of the managed identity."""

    tenant_id: str
    app_id: str
    authority: str
    assertion: str
    client: AuthorityClient

    def exchanged(self, user_token: str, *, person_id: str) -> str:
        """Return, as text to be sealed, what tokens of the person can be had with.

        Raises:
            SignInNeededError: Entra does not let us act for this person.
            DirectoryError: it did not answer, gave nothing to go on with, or answered for somebody else.
        """
        cache = msal.SerializableTokenCache()
        answer = self._asked(cache, lambda app: app.acquire_token_on_behalf_of(user_token, [_ALL]))
        whose = answer.get("id_token_claims", {})
        if (str(whose.get("oid", "")).lower(), str(whose.get("tid", "")).lower()) != (person_id, self.tenant_id):
            raise DirectoryError("expected a token of the person who answered, got another one's")
        _forget_tokens(cache)
        if not list(cache.search("RefreshToken")):
            raise DirectoryError("expected a refresh token beside the person's token, got none")
        return str(cache.serialize())

    def redeemed(self, kept: str, scopes: tuple[str, ...], *, claims: str) -> tuple[str, int]:
        """Return a new token for `scopes`, which shows `claims` if there are any, and when it expires (unix seconds).

        Raises:
            SignInNeededError: Entra gives none any more.
            DirectoryError: it did not answer, or something else is wrong than with this person.
        """
        cache = msal.SerializableTokenCache()
        cache.deserialize(kept)
        (refresh, *_) = cache.search("RefreshToken")
        account = {"home_account_id": refresh["home_account_id"], "environment": refresh["environment"]}
        answer = self._asked(
            cache,
            lambda app: app.acquire_token_silent_with_error(
                list(scopes), account, force_refresh=True, claims_challenge=claims or None
            ),
        )
        return str(answer["access_token"]), int(time.time()) + int(answer.get("expires_in", 0))

    def _asked(self, cache: msal.SerializableTokenCache, ask: Any) -> dict[str, Any]:
        try:
            app = msal.ConfidentialClientApplication(
                self.app_id,
                client_credential={"client_assertion": lambda: self.assertion},
                authority=f"{self.authority}/{self.tenant_id}",
                token_cache=cache,
                http_client=self.client,
                # It asks a public host whether the authority is known, which no other cloud's is.
                instance_discovery=False,
                # Whoever can take a challenge gets tokens that end at once when something happens to an account.
                client_capabilities=["CP1"],
            )
            answer = ask(app)
        except (httpx.HTTPError, OSError, ValueError) as error:
            # Texts of these quote addresses and answers: name the type only.
            raise DirectoryError(f"Entra did not answer for a person's token: `{type(error).__name__}`") from None
        if answer and "access_token" in answer:
            return dict(answer)
        raise _problem(answer or {})


def _problem(answer: dict[str, Any]) -> DirectoryError:
    code = str(answer.get("error", "nothing"))
    numbers = [one for one in answer.get("error_codes", ()) if isinstance(one, int)]
    named = f"AADSTS{numbers[0]}" if numbers else code[:40]
    if code in _THEIRS:
        return SignInNeededError(f"Entra gives no token of this person any more: `{named}`")
    return DirectoryError(f"Entra gave no token of a person, and not because of them: `{named}`")


def _forget_tokens(cache: msal.SerializableTokenCache) -> None:
    for one in list(cache.search("AccessToken")):
        cache.remove_at(one)
    for one in list(cache.search("IdToken")):
        cache.remove_idt(one)
    for one in list(cache.search("Account")):
        cache.remove_account(one)
