"""The public keys with which somebody signs tokens, found through their OpenID metadata and kept for a day.

The bot connector and Entra ID both publish them so: the metadata's `jwks_uri` lists the keys. Sources: OpenID Connect
Discovery 1.0, section 3; Bot Framework "Authenticate requests from the Bot Connector service" (each key has
`endorsements`; keys may be cached for 24 hours); Entra "Access tokens" (each key has an `issuer`).
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from agent.errors import BadRequestError, ChannelError, RemitError, SettingsError

#: Reads the JSON object behind a URL; raises a RemitError when it cannot be had.
Fetch = Callable[[str], Awaitable[Mapping[str, Any]]]

_TIMEOUT_SECONDS = 5
_MAX_ANSWER_BYTES = 1_048_576
_KEPT_FOR = timedelta(hours=24)
# An unknown key id comes from the caller, so it must not make us fetch as often as somebody likes.
_PAUSE = timedelta(minutes=1)
# RFC 7518 section 3.3: RS256 needs a key of 2048 bits or more.
_SMALLEST_KEY_BITS = 2048


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A public key, the channels whose activities it may sign (the connector's keys) and the issuer for whose tokens
    it was published (Entra's). What the list does not say is empty.
    """

    public: RSAPublicKey
    endorsements: frozenset[str]
    issuer: str = ""


class PublishedKeys:
    """Answers which of one publisher's keys has an id. It fetches when it has no keys, when they are a day old, or,
    at most once a minute, when an id is unknown (keys roll over). `publisher` names it in errors.

    Raises:
        SettingsError: the metadata address is not https.
    """

    def __init__(self, fetch: Fetch, *, metadata_url: str, publisher: str) -> None:
        if urlsplit(metadata_url).scheme != "https":
            raise SettingsError(f"the OpenID metadata of {publisher} must be read over https")
        self._fetch = fetch
        self._metadata_url = metadata_url
        self._publisher = publisher
        self._keys: dict[str, SigningKey] = {}
        self._fetched_at: datetime | None = None
        self._tried_at: datetime | None = None
        self._turn = asyncio.Lock()

    async def find(self, key_id: str, *, now: datetime) -> SigningKey | None:
        """Return the key with this id, or None if the publisher has no such key.

        Raises:
            BadRequestError: 503 when no fresh keys can be had: a caller who is right may try again.
        """
        if not self._is_fresh(now) or key_id not in self._keys:
            async with self._turn:
                await self._refresh(key_id, now=now)
        if not self._is_fresh(now):
            raise BadRequestError(f"the signing keys of {self._publisher} cannot be read just now", status=503)
        return self._keys.get(key_id)

    def _is_fresh(self, now: datetime) -> bool:
        return self._fetched_at is not None and now - self._fetched_at < _KEPT_FOR

    async def _refresh(self, key_id: str, *, now: datetime) -> None:
        if self._is_fresh(now) and key_id in self._keys:
            return  # Somebody else fetched while this caller waited for its turn.
        if self._tried_at is not None and now - self._tried_at < _PAUSE:
            return
        self._tried_at = now
        try:
            metadata = await self._fetch(self._metadata_url)
            address = metadata.get("jwks_uri")
            # INVARIANT: keys come from where their publisher is, so that no answer sends us to another host for them.
            if not isinstance(address, str) or urlsplit(address)[:2] != urlsplit(self._metadata_url)[:2]:
                return
            listed = (await self._fetch(address)).get("keys")
        except (RemitError, ValueError):
            return  # `find` answers 503 unless what is kept is still fresh.
        keys = dict(filter(None, map(_parse, listed))) if isinstance(listed, list) else {}
        if keys:
            self._keys, self._fetched_at = keys, now


def _parse(listed: object) -> tuple[str, SigningKey] | None:
    """Return a listed key with its id, or None for one that cannot sign RS256."""
    if not isinstance(listed, dict) or listed.get("kty") != "RSA" or listed.get("use", "sig") != "sig":
        return None
    key_id, endorsements, issuer = listed.get("kid"), listed.get("endorsements", []), listed.get("issuer", "")
    if not isinstance(key_id, str) or not isinstance(endorsements, list) or not isinstance(issuer, str):
        return None
    try:
        public = jwt.PyJWK(listed, algorithm="RS256").key
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    if not isinstance(public, RSAPublicKey) or public.key_size < _SMALLEST_KEY_BITS:
        return None
    return key_id, SigningKey(public, frozenset(one for one in endorsements if isinstance(one, str)), issuer=issuer)


def fetch_with(client: httpx.AsyncClient) -> Fetch:
    """Return a Fetch over `client`: one JSON object of limited size within five seconds, no redirects.

    The Fetch raises ChannelError for anything else.
    """

    async def fetch(url: str) -> Mapping[str, Any]:
        try:
            async with asyncio.timeout(_TIMEOUT_SECONDS), client.stream("GET", url, follow_redirects=False) as response:
                raw = await _limited(response) if response.status_code == 200 else b""
            found = json.loads(raw)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise ChannelError("expected published keys as a JSON object, got none")
        return found

    return fetch


async def _limited(response: httpx.Response) -> bytes:
    raw = b""
    async for part in response.aiter_bytes():
        raw += part
        if len(raw) > _MAX_ANSWER_BYTES:
            return b""
    return raw
