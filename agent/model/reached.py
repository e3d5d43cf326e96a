"""Reaching into a JSON answer by a path of names."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

# Stands for what is not there; null is something else.
MISSING: Final = object()

_LATEST: Final = re.compile(r"latest\((\w+)\)")


def reached(body: Mapping[str, Any], path: str) -> Any:
    """Return what `path` leads to in `body`, or `MISSING`.

    A dot descends into an object by a name, and into a list by a place or by `latest(name)`: the one item whose time
    under that name is the latest. Where one item's time cannot be read, or two are the latest, nobody knows which.
    """
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
    if isinstance(value, list) and (latest := _LATEST.fullmatch(name)):
        return _latest(value, latest[1])
    return MISSING


def _latest(items: list[Any], key: str) -> Any:
    times = [_moment(one.get(key)) if isinstance(one, Mapping) else None for one in items]
    known = [time for time in times if time is not None]
    if not known or len(known) < len(times) or known.count(max(known)) > 1:
        return MISSING
    return items[times.index(max(known))]


def _moment(text: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None
