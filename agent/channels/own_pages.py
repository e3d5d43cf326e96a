"""Addresses of this stack's own pages: the only ones to which a card can link. None of them carries a secret."""

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

#: The pages that people are sent to, by the name of their room below `/api/`.
Room = Literal["approvals"]

_ID = re.compile(r"[A-Za-z0-9-]{1,64}")


@dataclass(frozen=True, slots=True)
class OwnPages:
    """The stack's public address: https, with neither a user name nor a query in it.

    Raises:
        ValueError: it is another.
    """

    public_url: str

    def __post_init__(self) -> None:
        parts = urlsplit(self.public_url)
        if parts.scheme != "https" or not parts.hostname or "@" in parts.netloc:
            raise ValueError("expected the stack's own https address, without a user name")
        if parts.query or parts.fragment or not self.public_url.isascii() or not self.public_url.isprintable():
            raise ValueError(f"expected an address without query and fragment, got `{self.public_url}`")

    def approval(self, approval_id: str) -> "OwnPage":
        """Return the page that shows the whole plan of one question, after a sign-in."""
        return OwnPage(self, "approvals", approval_id)

    def requests(self, tenant_id: str) -> str:
        """Return the address at which people of a tenant ask for something; no card leads there."""
        return f"{self.public_url.rstrip('/')}/api/requests?tenant={tenant_id}"

    def request(self, case_id: str) -> str:
        """Return the address at which a request's own requester sees how it stands; no card leads there."""
        return f"{self.public_url.rstrip('/')}/api/request/{case_id}"


@dataclass(frozen=True, slots=True)
class OwnPage:
    """One page about one object, by an id of ours: at most 64 letters, digits and dashes.

    Raises:
        ValueError: it is no such id.
    """

    pages: OwnPages
    room: Room
    object_id: str

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.object_id):
            raise ValueError("expected an id of at most 64 letters, digits and dashes")

    @property
    def url(self) -> str:
        """The address, as a browser takes it."""
        return f"{self.pages.public_url.rstrip('/')}/api/{self.room}/{self.object_id}"
