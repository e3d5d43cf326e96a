"""What every signed token (JWT) is checked for here, whoever issued it: form, RS256 signature and time.

Whom a token is for and what it may prove is its reader's to check (`agent/channels/bot_token.py`,
`agent/identity/user_tokens.py`). Sources: RFC 7519; RFC 8725 (one algorithm, chosen by us and never by the token).
"""

import hashlib
from datetime import datetime
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from agent.errors import BadRequestError

#: Longer tokens are refused unread; Entra's own stay below 8 KB.
MAX_TOKEN_CHARS = 16_384

_SKEW_SECONDS = 300
# What a JWT library may raise on hostile input, besides its own errors.
_HOSTILE = (jwt.PyJWTError, ValueError, TypeError, KeyError, RecursionError)
# Times are compared with the caller's clock in `check_times`, so the library must not use its own; issuer and
# audience are compared by the token's reader, who knows which are right.
_SIGNATURE_ONLY: Any = {
    "verify_signature": True,
    **{f"verify_{claim}": False for claim in ("exp", "nbf", "iat", "aud", "iss", "sub", "jti")},
}


def key_id_in(token: str) -> str:
    """Return the id of the key that a token says it is signed with. It picks a key and proves nothing.

    Raises:
        BadRequestError: 401 for what is no RS256 token with a key id.
    """
    if len(token) > MAX_TOKEN_CHARS or not token.isascii():
        raise refused("it is malformed")
    try:
        header = jwt.get_unverified_header(token)
    except _HOSTILE:
        raise refused("it is malformed") from None
    key_id = header.get("kid")
    if header.get("alg") != "RS256" or not isinstance(key_id, str):
        raise refused("expected RS256 with a key id")
    return key_id


def unproven_claims(token: str) -> dict[str, Any]:
    """Return what a token claims, unverified: only to choose whose keys to check it with.

    Raises:
        BadRequestError: 401 for what is no token.
    """
    try:
        return jwt.decode(token, options={"verify_signature": False})
    except _HOSTILE:
        raise refused("it is malformed") from None


def signed_claims(token: str, public: RSAPublicKey) -> dict[str, Any]:
    """Return the claims of a token that the owner of the key signed. Nothing else about them is checked yet.

    Raises:
        BadRequestError: 401 for any other token.
    """
    try:
        return jwt.decode(token, public, algorithms=["RS256"], options=_SIGNATURE_ONLY)
    except _HOSTILE:
        raise refused("its signature is wrong") from None


def check_times(claims: dict[str, Any], *, now: datetime) -> None:
    """Refuse claims that are not valid at `now`, give or take five minutes; without an expiry they never are.

    Raises:
        BadRequestError: 401 for them.
    """
    expires, starts = claims.get("exp"), claims.get("nbf", 0)
    if type(expires) is not int or type(starts) is not int:
        raise refused("its times are missing or not whole seconds")
    if now.timestamp() >= expires + _SKEW_SECONDS:
        raise refused("it has expired")
    if now.timestamp() < starts - _SKEW_SECONDS:
        raise refused("it is not valid yet")


def digest_of(token: str) -> str:
    """Return the SHA-256 of a token: it finds this very token in its issuer's records without being one."""
    return hashlib.sha256(token.encode()).hexdigest()


def refused(reason: str) -> BadRequestError:
    """Return the error for a token that proves nothing; `reason` holds no part of it."""
    return BadRequestError(f"the token is refused: {reason}", status=401)
