"""Reading Graph answers strictly: a field of another type than documented makes the answer unreadable."""

from collections.abc import Mapping
from typing import Any

from agent.lookups.quoting import is_object_id


class UnreadableError(ValueError):
    """An answer does not have the documented shape, so nothing in it counts as known."""


def records(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the items of a complete collection answer.

    Raises:
        UnreadableError: `value` is not a list of objects, or more pages were left unread.
    """
    items = body.get("value")
    if not isinstance(items, list) or not all(isinstance(one, Mapping) for one in items):
        raise UnreadableError("expected a list of objects in `value`")
    if "@odata.nextLink" in body:
        raise UnreadableError("expected all pages of the list, got some of them")
    return items


def picked(record: Mapping[str, Any], **kinds: type) -> dict[str, Any]:
    """Return the named fields that are there, null or of the given type. Others never enter a fact.

    A field that is missing stays missing: missing is not null, and neither is False.

    Raises:
        UnreadableError: a field has another type.
    """
    found: dict[str, Any] = {}
    for name, kind in kinds.items():
        if name not in record:
            continue
        value = record[name]
        # INVARIANT: exact types only, so that True is never a number and no float reaches a digest.
        if value is not None and type(value) is not kind:
            raise UnreadableError(f"expected {kind.__name__} in `{name}`, got {type(value).__name__}")
        found[name] = value
    return found


def id_of(record: Mapping[str, Any], name: str = "id") -> str:
    """Return the record's id in the one spelling that facts use: GUIDs in lower case, all others as they came.

    Ids that are no GUIDs, as those of SharePoint, Exchange, Teams and security keys, differ by case.

    Raises:
        UnreadableError: there is none.
    """
    value = record.get(name)
    if not isinstance(value, str) or not value:
        raise UnreadableError(f"expected an id in `{name}`")
    return value.lower() if is_object_id(value) else value


def inside(record: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return the object inside of the record.

    Raises:
        UnreadableError: there is none.
    """
    value = record.get(name)
    if not isinstance(value, Mapping):
        raise UnreadableError(f"expected an object in `{name}`")
    return value


def texts(record: Mapping[str, Any], name: str) -> list[str]:
    """Return a list of texts.

    Raises:
        UnreadableError: the field is missing or holds something else.
    """
    value = record.get(name)
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise UnreadableError(f"expected a list of texts in `{name}`")
    return list(value)
