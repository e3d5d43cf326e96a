"""The mails that a local stack handed in, and where they lead."""

import re
from typing import Any

from devhost.desk import Desk


def mails_to(desk: Desk, address: str) -> list[dict[str, Any]]:
    """The mails that came for an address, oldest first."""
    return list(desk.control("GET", f"/mail?to={address}")["mails"])


def link_in(mail: dict[str, Any]) -> str:
    """The one address that stands in a mail."""
    (found,) = re.findall(r"https?://\S+", mail["text"])
    return str(found)
