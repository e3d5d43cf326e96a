"""The bot connector's keys and tokens, made here, and the activity that they are for."""

import copy
import json
from collections.abc import Mapping
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from agent.channels.activities import Activity, parse_activity
from agent.channels.bot_token import METADATA_URL, BotTokens
from agent.errors import ChannelError
from agent.published_keys import PublishedKeys
from tests.agent.channels.cases import INVOKE, NOW, SERVICE_URL, TENANT

BOT = "11111111-1111-1111-1111-111111111111"
OTHER_TENANT = "bbbbbbbb-0000-4000-8000-000000000002"
GOOD, UNENDORSED, FOREIGN = (rsa.generate_private_key(65537, 2048) for _ in range(3))
SMALL = rsa.generate_private_key(65537, 1024)
JWKS_URL = "https://login.botframework.com/v1/.well-known/keys"


def jwk(key: rsa.RSAPrivateKey, kid: str, **changes: Any) -> dict[str, Any]:
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
    return {**public, "kid": kid, "use": "sig", "endorsements": ["msteams", "webchat"], **changes}


class Site:
    """The connector's published metadata and keys; it counts reads and can be down or rolled over."""

    def __init__(self) -> None:
        self.keys = [jwk(GOOD, "good"), jwk(UNENDORSED, "plain", endorsements=["webchat"]), jwk(SMALL, "small")]
        self.reads = 0
        self.is_down = False
        self.jwks_uri = JWKS_URL

    async def fetch(self, url: str) -> Mapping[str, Any]:
        self.reads += 1
        if self.is_down:
            raise ChannelError("down")
        return {METADATA_URL: {"jwks_uri": self.jwks_uri}, JWKS_URL: {"keys": self.keys}}[url]


def claims(**changes: Any) -> dict[str, Any]:
    now = int(NOW.timestamp())
    given = {
        "iss": "https://api.botframework.com",
        "aud": BOT,
        "nbf": now - 60,
        "exp": now + 3_600,
        "serviceurl": SERVICE_URL,
        **changes,
    }
    return {name: value for name, value in given.items() if value is not None}


def token(key: rsa.RSAPrivateKey = GOOD, kid: str | None = "good", *, alg: str = "RS256", **changes: Any) -> str:
    return jwt.encode(claims(**changes), key, algorithm=alg, headers={"kid": kid} if kid else {})


def activity(**changes: Any) -> Activity:
    sent = copy.deepcopy(INVOKE)
    sent["value"]["action"]["data"] = {"approval": "approval-1", "plan": "a" * 64}
    for path, value in changes.items():
        *way, last = path.split("__")
        place = sent
        for name in way:
            place = place[name]
        place[last] = value
    return parse_activity(json.dumps(sent).encode())


def keys_of(site: Site) -> PublishedKeys:
    return PublishedKeys(site.fetch, metadata_url=METADATA_URL, publisher="the bot connector")


def tokens(site: Site | None = None) -> BotTokens:
    return BotTokens(keys_of(site or Site()), bot_app_id=BOT, tenant_ids=frozenset({TENANT}))
