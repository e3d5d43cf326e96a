"""Putting foreign text into a Graph query so that it stays one value: ids, OData literals, search phrases.

The results are unescaped query values; the sender percent-encodes them (`&`, `#`, `+`, `%` are its concern).
"""

import re
from urllib.parse import quote

from agent.errors import DirectoryError

_GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")

# Longest user principal name that Entra takes: 64 before the at sign, 48 after it, and guests reach 113;
# 256 is what a request's requester may have.
_MAX_ADDRESS = 256


def is_object_id(text: str) -> bool:
    """Whether `text` is an object id: a GUID in 36 characters, in either case."""
    return _GUID.fullmatch(text.lower()) is not None


def object_id(text: str) -> str:
    """Return the object id in lower case, safe as a path segment and inside a literal.

    Raises:
        DirectoryError: `text` is not an object id, so there is nothing that could be asked.
    """
    if not is_object_id(text):
        raise DirectoryError("expected an object id to look up, got something else")
    return text.lower()


def segment(text: str) -> str:
    """Return `text` escaped so that it is one segment of a path, whatever characters it has.

    Raises:
        DirectoryError: no path can have it: it is empty, or a segment that leads to another place.
    """
    if text in ("", ".", ".."):
        raise DirectoryError("expected an id to look up, got nothing or a path")
    return quote(text, safe="")


def is_address(text: str) -> bool:
    """Whether `text` could be a user principal name or mail address: one at sign with text around it."""
    name, _, domain = text.partition("@")
    plain = len(text) <= _MAX_ADDRESS and text.isprintable() and " " not in text
    return plain and bool(name) and bool(domain) and "@" not in domain


def domain_of(address: str | None) -> str | None:
    """Return the domain of a mail address in lower case, or None when there is none."""
    _, at, domain = (address or "").rpartition("@")
    return domain.lower() if at and domain else None


def literal(text: str) -> str:
    """Return `text` as an OData string literal: in single quotes, with single quotes doubled.

    Source: OData 4.01 URL conventions, section 5.1.1.14.1 (SQUOTE-in-string).
    """
    return "'" + text.replace("'", "''") + "'"


def search_phrase(field: str, text: str) -> str:
    """Return a `$search` value that looks for `text` in `field`, in double quotes.

    Graph compares words and ignores the marks between them (Graph docs, `$search` on directory objects), so
    double quotes, backslashes and characters that print nothing become spaces: nothing is left to escape.

    Raises:
        DirectoryError: nothing is left to search for.
    """
    plain = "".join(char if char.isprintable() and char not in '"\\' else " " for char in text).strip()
    if not plain:
        raise DirectoryError("expected a name to search for, got nothing")
    return f'"{field}:{plain}"'
