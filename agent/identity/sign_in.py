"""A person signs in to our app by the browser, freshly: authorization code flow with PKCE, by MSAL, without a secret.

Nothing that App Service puts into a header is believed ("Easy Auth" may be off, or passed by); what counts is the ID
token that Entra hands to us directly, verified once more by `agent.identity.user_tokens`. In this order:
1. Entra is asked to let the person prove themselves now (`prompt=login`, `max_age`), and to say when they did;
2. the answer carries the state that went out, so it is this browser's, and a code, not an error;
3. MSAL redeems the code with the verifier that only this browser's sealed cookie holds, and compares the nonce;
4. the ID token is verified: issuer, audience, time, nonce, a person of the tenant in which they signed in, no guest;
5. it says when the person proved themselves, and that is `MAX_AGE_SECONDS` ago at most. Absent is too old: (1) is part
   of an address that a person can edit, so only the token counts;
6. the access token beside it is for our own app and of the same person, or nobody gets it.

Source: Entra "OAuth 2.0 authorization code flow", OpenID Connect Core, sections 3.1.2.1 and 3.1.3.7.
"""

import asyncio
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from azure.core.credentials_async import AsyncTokenCredential

from agent.errors import BadRequestError
from agent.identity.tokens import EXCHANGE_SCOPE, PUBLIC_AUTHORITY
from agent.identity.user_tokens import SignedPerson, UserTokens

#: How long ago a person may have proven themselves when they come back from Entra: long enough for a second factor on
#: another device, too short for a browser that somebody left open.
MAX_AGE_SECONDS = 300
#: How far Entra's clock may be ahead of ours.
_SKEW_SECONDS = 60
_TIMEOUT_SECONDS = 10
#: Where Entra sends the browser, below the stack's public address; it must be a redirect URI of the app registration.
REDIRECT_PATH = "/api/sign-in"

_REQUEST: Mapping[str, Any] = {
    # The code comes in a form and not in an address, so it is in no history and no access log (RFC 9700, 4.3.1).
    "response_mode": "form_post",
    "prompt": "login",
    "max_age": MAX_AGE_SECONDS,
    # Entra leaves `auth_time` out unless it is asked for.
    "claims_challenge": '{"id_token":{"auth_time":{"essential":true}}}',
}


@dataclass(frozen=True, slots=True, repr=False)
class Begun:
    """A sign-in under way: where the browser goes, and what only that browser may bring back. Not for any log."""

    address: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True, repr=False)
class SignedIn:
    """Who signed in, and when. `user_token` is that person's own access token for our app, or empty."""

    person: SignedPerson
    signed_in_at: datetime
    user_token: str


class SignIn:
    """Signs people in to the app `app_client_id`, which `identity` proves. `http_client` is MSAL's, for tests."""

    def __init__(
        self,
        app_client_id: str,
        *,
        identity: AsyncTokenCredential,
        tokens: UserTokens,
        redirect_uri: str,
        authority: str = PUBLIC_AUTHORITY,
        http_client: Any = None,
    ) -> None:
        self._app_client_id = app_client_id
        self._identity = identity
        self._tokens = tokens
        self._redirect_uri = redirect_uri
        self._authority = authority
        self._http_client = http_client
        self._scope = f"api://{app_client_id}/user_impersonation"
        self._beginners: dict[str, Any] = {}

    async def begin(self, tenant_id: str, *, state: str) -> Begun:
        """Return where to send a browser whose person shall sign in to `tenant_id`; `state` is random text.

        Raises:
            BadRequestError: 503 while Entra does not answer.
        """
        try:
            flow = await asyncio.to_thread(self._begin, tenant_id, state)
        except Exception as error:
            raise _unavailable(error) from None
        return Begun(flow["auth_uri"], state, flow["nonce"], flow["code_verifier"])

    async def finish(self, tenant_id: str, *, begun: Begun, answer: Mapping[str, str], now: datetime) -> SignedIn:
        """Return who came back from Entra with `answer`, the form that the browser was made to send.

        Raises:
            BadRequestError: 400 for an answer that is not to this sign-in, 401 for one that proves nobody or too long
                ago, 403 for a guest, 503 while it cannot be checked.
        """
        if not hmac.compare_digest(answer.get("state", "").encode(), begun.state.encode()):  # (2)
            raise BadRequestError("the answer is not to the sign-in that this browser began", status=400)
        if not answer.get("code"):
            raise BadRequestError("the sign-in was not completed", status=401)
        issued = await self._redeem(tenant_id, begun=begun, code=answer["code"])  # (3)
        nonce = hashlib.sha256(begun.nonce.encode()).hexdigest()
        person = await self._tokens.verify_id_token(issued.get("id_token", ""), nonce=nonce, now=now)  # (4)
        if person.tenant_id != tenant_id:
            raise BadRequestError("the person signed in to another tenant", status=401)
        signed_in_at = _fresh(person.auth_time, now=now)  # (5)
        user_token = await self._own(issued.get("access_token", ""), person, now=now)
        return SignedIn(person, signed_in_at, user_token)

    async def _redeem(self, tenant_id: str, *, begun: Begun, code: str) -> Mapping[str, Any]:
        try:
            assertion = (await self._identity.get_token(EXCHANGE_SCOPE)).token
            issued = await asyncio.to_thread(self._finish, tenant_id, assertion, begun=begun, code=code)
        except RuntimeError:
            # What MSAL raises when the nonce is another one.
            raise BadRequestError("the sign-in is not the one that this browser began", status=401) from None
        except Exception as error:
            raise _unavailable(error) from None
        if "error" in issued:
            raise BadRequestError(f"Entra did not accept the sign-in: `{_word(issued['error'])}`", status=401)
        return issued

    async def _own(self, token: str, person: SignedPerson, *, now: datetime) -> str:
        """Return the access token if it is the person's own for our app (6); a sign-in counts without one, too."""
        try:
            speaks_for = await self._tokens.verify(token, now=now)
        except BadRequestError:
            return ""
        same = (speaks_for.tenant_id, speaks_for.person_id) == (person.tenant_id, person.person_id)
        return token if same else ""

    def _begin(self, tenant_id: str, state: str) -> dict[str, Any]:
        # This app never redeems anything, so it holds no token and can be kept, with what it knows of the tenant.
        app = self._beginners.get(tenant_id) or self._app(tenant_id, assertion="")
        self._beginners[tenant_id] = app
        flow = app.initiate_auth_code_flow([self._scope], redirect_uri=self._redirect_uri, state=state, **_REQUEST)
        return dict(flow)

    def _finish(self, tenant_id: str, assertion: str, *, begun: Begun, code: str) -> Mapping[str, Any]:
        flow = {
            "state": begun.state,
            "nonce": begun.nonce,
            "code_verifier": begun.verifier,
            "redirect_uri": self._redirect_uri,
            "scope": [self._scope, "openid", "profile"],
        }
        # INVARIANT: one app a sign-in. Its cache goes with it, so nobody's token is ever found by somebody else.
        app = self._app(tenant_id, assertion=assertion)
        issued: Mapping[str, Any] = app.acquire_token_by_auth_code_flow(flow, {"state": begun.state, "code": code})
        return issued

    def _app(self, tenant_id: str, *, assertion: str) -> Any:
        # Loaded by the first sign-in and not at a cold start.
        import msal

        return msal.ConfidentialClientApplication(
            self._app_client_id,
            authority=f"{self._authority}/{tenant_id}",
            client_credential={"client_assertion": lambda: assertion},
            # Instance discovery asks a public host whether the authority is known, which no other cloud's is.
            instance_discovery=False,
            # No refresh token: a sign-in is for one answer.
            exclude_scopes=["offline_access"],
            http_client=self._http_client,
            **({} if self._http_client else {"timeout": _TIMEOUT_SECONDS}),
        )


def _fresh(auth_time: datetime | None, *, now: datetime) -> datetime:
    if auth_time is None:
        raise BadRequestError("the sign-in does not say when the person proved themselves", status=401)
    age = now - auth_time
    if not -timedelta(seconds=_SKEW_SECONDS) <= age <= timedelta(seconds=MAX_AGE_SECONDS):
        raise BadRequestError("the person proved themselves too long ago", status=401)
    return auth_time


def _word(text: object) -> str:
    """Return an error's code if it is one word, so that nothing else of an answer gets into a message."""
    word = str(text)
    return word if word.replace("_", "").isalnum() and len(word) <= 40 else "unknown"


def _unavailable(error: Exception) -> BadRequestError:
    return BadRequestError(f"nobody can be signed in now: `{type(error).__name__}`", status=503)
