"""Reaching into a JSON answer by a path of names."""

from collections.abc import Mapping
from typing import Any, Final

# Stands for what is not there; null is something else.
MISSING: Final = object()


def reached(body: Mapping[str, Any], path: str) -> Any:
    """Return what `path` leads to in `body`, or `MISSING`. A dot descends, by a name or by a place in a list."""
    # The whole name first: annotations such as `@odata.count` have dots of their own.
    if path in body:
        return body[path]
    value: Any = body
    for name in path.split("."):
        value = _inside(value, name)
        if value is MISSING:
            return MISSING
    return value


def _inside(value: Any, name: str) -> Any:
    if isinstance(value, Mapping):
        return value.get(name, MISSING)
    if isinstance(value, list) and name.isdecimal():
        return value[int(name)] if int(name) < len(value) else MISSING
    return MISSING
