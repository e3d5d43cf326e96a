"""What a browser keeps for us between the pages of one place: a sign-in under way, then a session. Sealed.

There is one cookie an approval, so that several can be open in tabs, and one for the requests of a tenant. It begins
with the tenant's id, which only says whose key opens the rest; the rest is sealed for that tenant, for that place and
for one of three purposes, so a cookie of one kind, tenant or place never passes for another. It lives for minutes,
whatever the browser does: the end stands in what is sealed.

`__Host-` lets no other host of the domain set it and no other path see it, `HttpOnly` no script, `Secure` no plain
http (RFC 6265bis, sections 4.1.2 and 4.1.3.2). A session comes along when people follow a link and with no form of
another site (`SameSite=Lax`). A sign-in under way must come along with the form by which Entra sends the browser back
(`SameSite=None`); it is good for nothing but the answer to itself.
"""

import hashlib
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TypeVar

from pydantic import AwareDatetime, Field, ValidationError

from agent.errors import BrokenSealError
from agent.model.frozen import Frozen
from agent.ports import Sealer

#: How long a sign-in may take, and how long a person may then read a plan and answer it. Whoever comes later signs in
#: again: an answer is never given more than this and the freshness of the sign-in after the person proved themselves.
LIFETIME = timedelta(minutes=10)
#: Browsers keep no longer cookies, name and attributes included (RFC 6265bis, section 5.6).
MAX_COOKIE_BYTES = 4096

_ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite="


class Flow(Frozen):
    """A sign-in that this browser began, for one place: the id of an approval, or what stands for the requests."""

    place: str
    state: str = Field(repr=False)
    nonce: str = Field(repr=False)
    verifier: str = Field(repr=False)
    expires_at: AwareDatetime


class Session(Frozen):
    """A person who signed in for one place. `form_token` is what only a form of our page can send.

    `evidence` are ids of the verified sign-in, never a token.
    """

    place: str
    tenant_id: str
    person_id: str
    form_token: str = Field(repr=False)
    signed_in_at: AwareDatetime
    evidence: dict[str, str]
    expires_at: AwareDatetime


class UserToken(Frozen):
    """The person's own access token for our app, for whoever may act in their name once they have approved.

    It goes with a session of that very person: at one browser there may be several, one after the other.
    """

    person_id: str
    token: str = Field(repr=False)
    expires_at: AwareDatetime


_Kept = TypeVar("_Kept", Flow, Session, UserToken)
_PURPOSES: dict[type[Frozen], str] = {Flow: "sign-in", Session: "session", UserToken: "token"}


def tag_of(place: str) -> str:
    """Return what stands for a place in a cookie's name and in a sign-in's state: 32 hex characters."""
    return hashlib.sha256(place.encode()).hexdigest()[:32]


class SignInCookies:
    """Makes and reads the cookies of people of `tenant_ids`, sealed by `sealer`."""

    def __init__(self, sealer: Sealer, tenant_ids: Collection[str]) -> None:
        self._sealer = sealer
        self._tenant_ids = frozenset(tenant_ids)

    async def make(self, tenant_id: str, tag: str, *, kept: Flow | Session | UserToken) -> str:
        """Return the `Set-Cookie` value that keeps `kept` for the approval of `tag`.

        Raises:
            VaultError: the tenant's key cannot be had.
        """
        sealed = await self._sealer.seal(tenant_id, purpose=_purpose(type(kept), tag), text=kept.model_dump_json())
        value = f"{_name(type(kept), tag)}={tenant_id}.{sealed}"
        return f"{value}; {_ATTRIBUTES}{_site(type(kept))}; Max-Age={int(LIFETIME.total_seconds())}"

    async def read(self, header: str, tag: str, *, kind: type[_Kept], now: datetime) -> tuple[str, _Kept] | None:
        """Return the tenant and what its cookie in the request's `Cookie` header keeps for the approval of `tag`.

        None when there is none, or when it is over, altered, another tenant's or another approval's.

        Raises:
            VaultError: the tenant's key cannot be had.
        """
        tenant_id, _, sealed = _values(header).get(_name(kind, tag), "").partition(".")
        if tenant_id not in self._tenant_ids:
            return None
        try:
            text = await self._sealer.open(tenant_id, purpose=_purpose(kind, tag), sealed=sealed)
            kept = kind.model_validate_json(text)
        except (BrokenSealError, ValidationError):
            return None
        return (tenant_id, kept) if now < kept.expires_at else None


def forget(kind: type[Flow] | type[Session] | type[UserToken], tag: str) -> str:
    """Return the `Set-Cookie` value that makes the browser drop a cookie."""
    return f"{_name(kind, tag)}=; {_ATTRIBUTES}{_site(kind)}; Max-Age=0"


def _name(kind: type[Frozen], tag: str) -> str:
    return f"__Host-remit-{tag}-{_PURPOSES[kind]}"


def _site(kind: type[Frozen]) -> str:
    return "None" if kind is Flow else "Lax"


def _purpose(kind: type[Frozen], tag: str) -> str:
    return f"console {_PURPOSES[kind]} {tag}"


def _values(header: str) -> dict[str, str]:
    """Return a `Cookie` header's pairs. Of two of one name the first counts, and what is no pair is left out."""
    found: dict[str, str] = {}
    for pair in header.split(";"):
        name, _, value = pair.strip().partition("=")
        found.setdefault(name, value)
    return found
