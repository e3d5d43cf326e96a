"""Entra's published keys and the tokens it issues to people, made here."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from agent.errors import ChannelError
from agent.identity.user_tokens import UserTokens

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
APP = "11111111-1111-4111-8111-111111111111"
TENANT = "aaaaaaaa-0000-4000-8000-000000000001"
SECOND_TENANT = "aaaaaaaa-0000-4000-8000-000000000002"
FOREIGN_TENANT = "bbbbbbbb-0000-4000-8000-000000000003"
PERSON = "00000000-0000-4000-8000-000000000011"
AUTHORITY = "https://login.microsoftonline.com"
GOOD, ROLLED, FOREIGN = (rsa.generate_private_key(65537, 2048) for _ in range(3))


def issuer(tenant_id: str = TENANT) -> str:
    return f"{AUTHORITY}/{tenant_id}/v2.0"


def jwk(key: rsa.RSAPrivateKey, kid: str, **changes: Any) -> dict[str, Any]:
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
    return {**public, "kid": kid, "use": "sig", "issuer": f"{AUTHORITY}/{{tenantid}}/v2.0", **changes}


class Entra:
    """Every tenant's metadata and keys; it notes what is read and can be down."""

    def __init__(self) -> None:
        self.keys = [
            jwk(GOOD, "good"),
            jwk(FOREIGN, "elsewhere", issuer=issuer(FOREIGN_TENANT)),
            jwk(ROLLED, "own", issuer=issuer()),
        ]
        self.read: list[str] = []
        self.is_down = False

    async def fetch(self, url: str) -> Mapping[str, Any]:
        self.read.append(url)
        if self.is_down:
            raise ChannelError("down")
        if url.endswith("/discovery/v2.0/keys"):
            return {"keys": self.keys}
        tenant_id = url.removeprefix(f"{AUTHORITY}/").split("/")[0]
        assert url == f"{issuer(tenant_id)}/.well-known/openid-configuration"
        return {"issuer": issuer(tenant_id), "jwks_uri": f"{AUTHORITY}/{tenant_id}/discovery/v2.0/keys"}


def claims(**changes: Any) -> dict[str, Any]:
    now = int(NOW.timestamp())
    given = {
        "aud": APP,
        "iss": issuer(),
        "iat": now - 60,
        "nbf": now - 60,
        "exp": now + 3_600,
        "oid": PERSON,
        "tid": TENANT,
        "uti": "uti-1",
        "ver": "2.0",
        **changes,
    }
    return {name: value for name, value in given.items() if value is not None}


def access_token(key: rsa.RSAPrivateKey = GOOD, kid: str | None = "good", *, alg: str = "RS256", **changes: Any) -> str:
    given = claims(**{"scp": "access_as_user", "azp": "client-1", **changes})
    return jwt.encode(given, key, algorithm=alg, headers={"kid": kid} if kid else {})


def id_token(**changes: Any) -> str:
    return jwt.encode(claims(**changes), GOOD, algorithm="RS256", headers={"kid": "good"})


def user_tokens(entra: Entra | None = None, *, tenant_ids: frozenset[str] = frozenset({TENANT})) -> UserTokens:
    return UserTokens((entra or Entra()).fetch, audiences=frozenset({APP}), tenant_ids=tenant_ids)
