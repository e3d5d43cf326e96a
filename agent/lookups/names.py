"""The one way in which a tenant's own names become labels on cards and in titles."""

import unicodedata
from collections.abc import Mapping
from typing import Any

_MAX_CHARS = 256


def name_of(facts: Mapping[str, Any]) -> str:
    """Return the display name in `facts` as one plain line of at most 256 characters, or empty.

    Control, format and direction characters are left out: they could make a card read differently from what
    it says.
    """
    name = facts.get("displayName")
    if not isinstance(name, str):
        return ""
    plain = "".join(char if unicodedata.category(char)[0] != "C" else " " for char in name)
    return " ".join(plain.split())[:_MAX_CHARS]
