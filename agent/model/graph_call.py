"""One Microsoft Graph request as data, so it can be shown, hashed, approved, permitted and sent."""

import re
from typing import Any, Literal
from urllib.parse import quote, unquote

from pydantic import Field, field_validator, model_validator

from agent.model.frozen import Frozen
from policy.canonical import digest

# Path characters of RFC 3986 without the ones that would start a query or a fragment. The one
# template is `{created}`: the id that the step's own write returned, filled in for its undo.
_PATH = re.compile(r"/(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-F]{2}|\{created\})*")

# Sets whose objects hold a recovery key or an administrator's password, and how a request asks for it: by name, by a
# property's own path, or by everything (Graph reference, bitlockerRecoveryKey-get, deviceLocalCredentialInfo-get).
_KEYS = (("recoverykeys", "key"), ("devicelocalcredentials", "credential"))

# A managed device's action results hold passcodes, unlock PINs and places (types derived from deviceActionResult).
# Keys and passwords come only when they are named; a managed device comes with all that it has unless fewer
# properties are named, and inside of another object nobody can name fewer of them safely.
_DEVICES = "manageddevices"
_DEVICE_SECRETS = ("deviceactionresult", "activationlockbypass", "*")
_PROPERTIES = re.compile(r"\w+(, ?\w+)*", re.ASCII)
# What is kept beside a device and has none of its properties.
_BESIDE_DEVICES = re.compile(r"/devicemanagement/manageddevices/[0-9a-z-]+/devicecompliancepolicystates$")

# Options whose values are for comparing, often with what somebody wrote in a ticket; they bring no property.
_COMPARING = frozenset({"$filter", "$search", "search"})


def reveals_secret(path: str, options: str) -> bool:
    """Return whether a GET of `path` with the query text `options` is answered with a secret, however it is spelt.

    `options` is the text as it is sent, escaped: what is one pair of it, and what is inside of a value, must be told
    apart before anything is unescaped.
    """
    pairs = [(unquote(name), value) for name, _, value in (one.partition("=") for one in options.split("&"))]
    place = _plain(path)
    named = "&".join(_plain(f"{name}={value}") for name, value in pairs if name.lower() not in _COMPARING)
    if _reveals_key(place, named, everything=_plain(options)):
        return True
    is_beside = _BESIDE_DEVICES.search(path.lower()) is not None
    # In small letters only: a server that does not know the option shows everything.
    is_narrow = any(name == "$select" and _PROPERTIES.fullmatch(unquote(value)) for name, value in pairs)
    return _reveals_device(place, named, is_beside=is_beside, is_narrow=is_narrow)


def _reveals_key(place: str, named: str, *, everything: str) -> bool:
    # Whoever asks for keys by their own address compares with nothing but ids, so every word is weighed there.
    texts = ((f"{place}?{everything if of in place else named}", of, secret) for of, secret in _KEYS)
    return any(of in text and _has(text.replace(of, ""), (secret, "*")) for text, of, secret in texts)


def _reveals_device(place: str, named: str, *, is_beside: bool, is_narrow: bool) -> bool:
    if _DEVICES not in place or is_beside:
        return _DEVICES in named
    return not is_narrow or _DEVICES in named or _has(f"{place}?{named}", _DEVICE_SECRETS)


def _has(text: str, words: tuple[str, ...]) -> bool:
    return any(word in text for word in words)


def _plain(text: str) -> str:
    # A server may unescape more than once; what would be a secret after any of it counts as one.
    while (plain := unquote(text)) != text:
        text = plain
    return text.lower()


class GraphCall(Frozen):
    """A request that has not been sent. `path` starts after the version segment (`/users/...`).

    `query` holds name and value pairs, unescaped, in the order in which they are sent.
    `eventual` asks for the header `ConsistencyLevel: eventual`, which advanced queries need.
    `secret_at` names the place in `body` (keys from the top) that the executor fills with a fresh
    secret just before sending: the secret itself is never part of a plan, a card or the log.
    """

    method: Literal["GET", "POST", "PATCH", "PUT", "DELETE"]
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: dict[str, Any] | None = None
    eventual: bool = False
    secret_at: tuple[str, ...] = Field(default=())

    @property
    def writes(self) -> bool:
        """Whether sending this call could change the tenant."""
        return self.method != "GET"

    @property
    def reveals(self) -> bool:
        """Whether the answer is a secret of the tenant, so that sending this read needs a permit like a write."""
        return not self.writes and reveals_secret(self.path, self._options)

    @property
    def target(self) -> str:
        """Path and query as they are sent. Everything but unreserved characters is escaped in the query."""
        return f"{self.path}?{self._options}" if self.query else self.path

    @property
    def _options(self) -> str:
        return "&".join(f"{quote(name, safe='$')}={quote(value, safe='')}" for name, value in self.query)

    @property
    def digest(self) -> str:
        """SHA-256 of the exact call; what was approved and what is sent have the same one."""
        return digest(self.model_dump(mode="json"))

    @field_validator("path")
    @classmethod
    def _path_is_plain(cls, path: str) -> str:
        # A server may fold `.`, `..`, their escaped forms and empty segments into another path than the permitted.
        parts = unquote(path)[1:].split("/")
        if not _PATH.fullmatch(path) or any(part in ("", ".", "..") for part in parts):
            raise ValueError(f"expected a Graph path with escaped segments, got `{path}`")
        return path

    @model_validator(mode="after")
    def _get_has_no_body(self) -> "GraphCall":
        if self.method == "GET" and (self.body is not None or self.secret_at):
            raise ValueError("a GET carries no body and no secret")
        if self.secret_at and self.body is None:
            raise ValueError("`secret_at` needs a body to be filled in")
        return self
