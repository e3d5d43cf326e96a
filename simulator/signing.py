"""The keys that sign tokens, their JWKS form, and the check of a token's signature, audience and time."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from simulator.ca import write_private
from simulator.errors import TokenError

Claims = dict[str, Any]
# The skew Entra's own resources allow between two clocks.
_SKEW_SECONDS = 300
_REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One RSA-2048 key; `endorsements` are the channels it may speak for (bot connector only)."""

    private: rsa.RSAPrivateKey
    endorsements: tuple[str, ...] = ()

    @property
    def kid(self) -> str:
        """The key's id: a digest of its public half, so it outlives a restart."""
        numbers = self.private.public_key().public_numbers()
        digest = hashlib.sha256(str(numbers.n).encode()).digest()
        return base64.urlsafe_b64encode(digest[:20]).rstrip(b"=").decode()

    def sign(self, claims: Claims) -> str:
        """A JWT signed with RS256 (RFC 7519, RFC 7518 section 3.3)."""
        return jwt.encode(claims, self.private, algorithm="RS256", headers={"kid": self.kid, "x5t": self.kid})

    def jwk(self) -> dict[str, Any]:
        """The public half as Microsoft's key documents show it (RFC 7517, plus `endorsements`)."""
        numbers = self.private.public_key().public_numbers()
        shown = {
            "kty": "RSA",
            "use": "sig",
            "kid": self.kid,
            "x5t": self.kid,
            "n": _b64(numbers.n),
            "e": _b64(numbers.e),
        }
        return {**shown, "endorsements": list(self.endorsements)} if self.endorsements else shown


def fresh_key() -> SigningKey:
    """A key that nobody publishes."""
    return SigningKey(private=rsa.generate_private_key(public_exponent=65537, key_size=2048))


def load_or_create(path: Path, *, endorsements: tuple[str, ...] = ()) -> SigningKey:
    """The key at `path`, made with mode 0600 when missing, so that tokens stay valid over a restart."""
    if path.exists():
        private = serialization.load_pem_private_key(path.read_bytes(), password=None)
        if isinstance(private, rsa.RSAPrivateKey):
            return SigningKey(private=private, endorsements=endorsements)
    fresh = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = fresh.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    write_private(path, pem)
    return SigningKey(private=fresh, endorsements=endorsements)


def unsigned(claims: Claims) -> str:
    """The same claims with `alg: none` and no signature: a forgery that every verifier must refuse."""
    return jwt.encode(claims, key="", algorithm="none")


def confused(claims: Claims, key: SigningKey) -> str:
    """The same claims with `alg: HS256`, made with the published public key as the shared secret.

    No library makes such a token any more, so it is put together here.
    """
    pem = key.private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    parts = [{"alg": "HS256", "typ": "JWT", "kid": key.kid}, claims]
    text = ".".join(_text(json.dumps(part).encode()) for part in parts)
    return f"{text}.{_text(hmac.new(pem, text.encode(), hashlib.sha256).digest())}"


@dataclass(slots=True)
class Verifier:
    """Checks tokens against one key. A signature is checked once per token text, audience and time always."""

    key: SigningKey
    _seen: dict[str, Claims] = field(default_factory=dict)

    def claims(self, token: str, audiences: frozenset[str], *, now: int) -> Claims:
        """The claims of a token that is signed, meant for one of `audiences` and valid at `now` (unix seconds).

        Raises:
            TokenError: anything else; `reason` says what.
        """
        claims = self._seen.get(token) or self._signed(token)
        if claims.get("aud") not in audiences:
            raise TokenError("audience", f"expected an audience of {sorted(audiences)}, got `{claims.get('aud')}`")
        if int(claims["exp"]) + _SKEW_SECONDS <= now:
            raise TokenError("expired", "the token has expired")
        if int(claims.get("nbf", 0)) - _SKEW_SECONDS > now:
            raise TokenError("not_yet_valid", "the token is not yet valid")
        return claims

    def _signed(self, token: str) -> Claims:
        try:
            claims: Claims = jwt.decode(
                token,
                self.key.private.public_key(),
                algorithms=["RS256"],
                options={
                    "verify_aud": False,
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                    "require": ["exp"],
                },
            )
        except jwt.MissingRequiredClaimError as missing:
            raise TokenError("claims", "the token has no `exp`") from missing
        except (jwt.InvalidTokenError, ValueError) as wrong:
            raise TokenError("signature", "the signature does not verify") from wrong
        if len(self._seen) >= _REMEMBERED:
            self._seen.clear()
        self._seen[token] = claims
        return claims


def _b64(number: int) -> str:
    return _text(number.to_bytes((number.bit_length() + 7) // 8))


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
