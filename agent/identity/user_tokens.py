"""Verifies tokens that Entra ID issued to a person for our app: the proof that this very person is there.

The bot connector only vouches for the channel; who clicked is what the channel says. A token of the person's own is
signed by Entra. Sources: Entra "Access token claims reference", "ID token claims reference" and "Validate tokens";
the checks are:
1. a well-formed RS256 token of version 2.0, with a key id;
2. its tenant is one of ours; only then are that tenant's keys read, at our authority and nowhere else;
3. its signature is right for a key that Entra publishes there, for this tenant's issuer;
4. its issuer is `{authority}/{tenant}/v2.0`;
5. its one audience is our app;
6. it is within its time of validity, with five minutes of skew;
7. it speaks for a person: an access token has one of `SCOPES` and is no app's own; an ID token has no scope and, when
   a nonce was sent, that nonce;
8. it names the person (`oid`), and that person is no guest.

Tokens of version 1.0 are refused: the app registration sets `requestedAccessTokenVersion` to 2. A token does not always
say that somebody is a guest, so who may decide is asked of Graph as well.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from agent.errors import BadRequestError, SettingsError
from agent.identity.tokens import PUBLIC_AUTHORITY
from agent.published_keys import Fetch, PublishedKeys
from agent.signed_tokens import check_times, digest_of, key_id_in, refused, signed_claims, unproven_claims

#: The scopes of our app, each of which a person's client may hold: Teams asks for the first (Teams "Enable SSO"),
#: the console's sign-in for the second.
SCOPES = frozenset({"access_as_user", "user_impersonation"})

_GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedPerson:
    """A person as Entra signed for them; ids are lower-case GUIDs.

    `auth_time` is when they last proved themselves (None: the token does not say, so nothing may be concluded).
    `token_id` is the token's `uti`, or its SHA-256. `evidence` holds claims that identify the token, never the token.
    """

    tenant_id: str
    person_id: str
    auth_time: datetime | None
    token_id: str
    expires_at: datetime
    evidence: Mapping[str, str]


class UserTokens:
    """Verifies tokens of people in our tenants, for our app.

    `audiences` is the app's id, and whatever else Entra writes into `aud` for it. `fetch` reads published keys.

    Raises:
        SettingsError: an audience or tenant is missing, or `authority` is not an https address of a host.
    """

    def __init__(
        self,
        fetch: Fetch,
        *,
        audiences: frozenset[str],
        tenant_ids: frozenset[str],
        authority: str = PUBLIC_AUTHORITY,
    ) -> None:
        if not audiences or not tenant_ids or "" in audiences | tenant_ids:
            raise SettingsError("verifying people's tokens needs our app's id and at least one tenant id")
        parts = urlsplit(authority)
        if parts.scheme != "https" or not parts.hostname or parts.path.strip("/") or parts.query:
            raise SettingsError("expected the authority as `https://` and a host")
        self._audiences = audiences
        base = authority.rstrip("/")
        self._issuers = {one.lower(): f"{base}/{one.lower()}/v2.0" for one in tenant_ids}
        self._keys = {
            tenant_id: PublishedKeys(
                fetch, metadata_url=f"{issuer}/.well-known/openid-configuration", publisher="Entra ID"
            )
            for tenant_id, issuer in self._issuers.items()
        }

    async def verify(self, token: str, *, now: datetime) -> SignedPerson:
        """Return the person whose access token for our app this is.

        Raises:
            BadRequestError: 401 for a token that proves nobody, 403 for a guest, 503 while keys cannot be read.
        """
        claims, key_id = await self._signed(token, now=now)
        scopes = claims.get("scp")
        # (7) `scp` is what a person lets a client do; a token without it speaks for the client alone.
        if not isinstance(scopes, str) or SCOPES.isdisjoint(scopes.split(" ")) or claims.get("idtyp", "user") != "user":
            raise refused("it is not a person's access token for our app")
        return _person(claims, token=token, key_id=key_id)

    async def verify_id_token(self, token: str, *, nonce: str | None, now: datetime) -> SignedPerson:
        """Return the person whose sign-in to our app this ID token reports.

        `nonce` is what was sent with the sign-in, None if somebody else made that request and compared it.

        Raises:
            BadRequestError: as `verify`.
        """
        claims, key_id = await self._signed(token, now=now)
        # (7) An access token must not pass for a sign-in: its holder may be any client that the person ever used.
        if not {"scp", "azp", "idtyp"}.isdisjoint(claims):
            raise refused("it is not an ID token")
        if nonce is not None and (not nonce or claims.get("nonce") != nonce):
            raise refused("its nonce is not that of the sign-in")
        return _person(claims, token=token, key_id=key_id)

    async def _signed(self, token: str, *, now: datetime) -> tuple[dict[str, Any], str]:
        key_id = key_id_in(token)  # (1)
        # (2) Whose keys to read is chosen by what the token says; that it says so truly is checked below.
        tenant_id = _lower(unproven_claims(token).get("tid"))
        if tenant_id not in self._issuers:
            raise refused("its tenant is not served here")
        key = await self._keys[tenant_id].find(key_id, now=now)
        if key is None:
            raise refused("it is signed with a key that Entra ID does not publish for its tenant")
        claims = signed_claims(token, key.public)  # (3)
        issuer = self._issuers[tenant_id]
        if key.issuer and key.issuer.replace("{tenantid}", tenant_id) != issuer:
            raise refused("its key is published for another issuer")
        if claims.get("ver") != "2.0" or claims.get("iss") != issuer or _lower(claims.get("tid")) != tenant_id:  # (4)
            raise refused("its issuer is not the tenant's, version 2.0")
        audience = claims.get("aud")
        if not isinstance(audience, str) or audience not in self._audiences:  # (5)
            raise refused("it is for another audience")
        check_times(claims, now=now)  # (6)
        return claims, key_id


def _person(claims: dict[str, Any], *, token: str, key_id: str) -> SignedPerson:
    tenant_id, person_id = _lower(claims["tid"]), _lower(claims.get("oid"))
    if not _GUID.fullmatch(person_id):  # (8)
        raise refused("it does not name a person of the tenant")
    if _is_guest(claims, tenant_id):
        raise BadRequestError("a guest of the tenant may decide nothing here", status=403)
    digest, given = digest_of(token), claims.get("uti")
    token_id = given[:256] if isinstance(given, str) and given else digest
    evidence = {
        "user_issuer": str(claims["iss"]),
        "user_audience": str(claims["aud"]),
        "user_client": str(claims.get("azp", ""))[:64],
        "user_key_id": key_id[:256],
        "user_token_id": token_id,
        "user_token_sha256": digest,
        "user_token_expires_at": str(claims["exp"]),
    }
    return SignedPerson(
        tenant_id=tenant_id,
        person_id=person_id,
        auth_time=_moment(claims.get("auth_time")),
        token_id=token_id,
        expires_at=_required_moment(claims["exp"]),
        evidence={name: value for name, value in evidence.items() if value},
    )


def _is_guest(claims: dict[str, Any], tenant_id: str) -> bool:
    """Whether the token says that the account's home is elsewhere: `acct` 1, or another identity provider."""
    home = {claims["iss"], f"https://sts.windows.net/{tenant_id}/"}
    return claims.get("acct", 0) not in (0, "0") or claims.get("idp", claims["iss"]) not in home


def _moment(seconds: object) -> datetime | None:
    if type(seconds) is not int:
        return None
    try:
        return datetime.fromtimestamp(seconds, tz=UTC)
    except (OverflowError, OSError, ValueError):
        return None


def _required_moment(seconds: object) -> datetime:
    moment = _moment(seconds)
    if moment is None:
        raise refused("its times are out of range")
    return moment


def _lower(value: object) -> str:
    return value.lower() if isinstance(value, str) else ""
