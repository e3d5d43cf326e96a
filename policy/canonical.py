"""Canonical JSON and its SHA-256: one byte string per value, so that equal means equal bytes.

The form is RFC 8785 restricted to what Remit stores: objects, arrays, strings, whole numbers,
booleans and null. Floats are refused because their shortest form differs between languages.
"""

import hashlib
import json
from typing import Any, Final

# The largest whole number that every JSON reader keeps exactly (RFC 8259, section 6).
MAX_NUMBER: Final = 2**53 - 1


class NotCanonicalError(ValueError):
    """A value has no canonical form here (a float, or a type that JSON does not know)."""


def canonical_json(value: Any) -> str:
    """Return `value` as canonical JSON text: sorted keys, no spaces, UTF-8 characters kept.

    Raises:
        NotCanonicalError: `value` holds a float or a type that JSON does not know.
    """
    _refuse_floats(value)
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    except TypeError as error:
        raise NotCanonicalError(f"expected plain JSON data, got {error}") from None


def digest(value: Any) -> str:
    """Return the lower-case hex SHA-256 (64 characters) of `value`'s canonical JSON.

    Raises:
        NotCanonicalError: as `canonical_json`.
    """
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def _refuse_floats(value: Any) -> None:
    if isinstance(value, float):
        raise NotCanonicalError(f"expected a whole number or text, got the float `{value}`")
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise NotCanonicalError(f"expected text as a key, got `{key!r}`")
            _refuse_floats(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _refuse_floats(item)
