"""One Microsoft Graph request as data, so it can be shown, hashed, approved, permitted and sent."""

import re
from typing import Any, Literal
from urllib.parse import unquote

from pydantic import Field, field_validator, model_validator

from agent.model.frozen import Frozen
from policy.canonical import digest

# Path characters of RFC 3986 without the ones that would start a query or a fragment. The one
# template is `{created}`: the id that the step's own write returned, filled in for its undo.
_PATH = re.compile(r"/(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-F]{2}|\{created\})*")

# Sets whose objects hold a recovery key or an administrator's password, and how a request asks for it: by name, by a
# property's own path, or by everything (Graph reference, bitlockerRecoveryKey-get, deviceLocalCredentialInfo-get).
_SECRETS = (("recoverykeys", "key"), ("devicelocalcredentials", "credential"))


def reveals_secret(path: str, options: str) -> bool:
    """Return whether a GET of `path` with the query text `options` is answered with a secret, however it is spelt."""
    text = f"{path}?{options}"
    # A server may unescape more than once; what would be a secret after any of it counts as one.
    while (plain := unquote(text)) != text:
        text = plain
    text = text.lower()
    rests = ((text.replace(of, ""), secret) for of, secret in _SECRETS if of in text)
    return any(secret in rest or "*" in rest for rest, secret in rests)


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
        options = "&".join(f"{name}={value}" for name, value in self.query)
        return not self.writes and reveals_secret(self.path, options)

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
