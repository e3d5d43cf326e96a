"""Judging what a check's answer proves: the effect is there, it is not there, or nobody can tell."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from agent.model.plan import ChangedSince, Check, FieldEquals, ListHolds, ListHoldsCreated

Effect = Literal["verified", "refuted", "unknown"]

# Graph stamps with its own clock, often in whole seconds, and ours may be ahead. A change by somebody else
# in these seconds before our write would pass as ours; fewer seconds would refute true changes.
CLOCK_SKEW = timedelta(seconds=5)

_MISSING = object()


def judge(
    check: Check, status: int, *, body: Mapping[str, Any], attempted_at: datetime, created_id: str = ""
) -> Effect:
    """Return what one answer to `check.call` proves about the effect of the attempt at `attempted_at`.

    `created_id` is the id that the attempt's own answer returned, or empty when there is none. Only a 200
    with the expected field proves anything: 403, 404, 5xx, a missing or malformed field, and a list that is
    not complete are unknown. Nothing is ever verified by the lack of an answer.
    """
    if status != 200:
        return "unknown"
    expect = check.expect
    if isinstance(expect, ChangedSince):
        return _changed(_field(body, expect.field), attempted_at)
    if isinstance(expect, FieldEquals):
        return _equal(_field(body, expect.field), expect.value)
    if isinstance(expect, ListHolds):
        found = _holds(body, expect.field, key=expect.key, value=expect.value)
        return _as_effect(found, wanted=expect.present)
    return _as_effect(_holds_created(body, expect, created_id=created_id), wanted=expect.present)


def _field(body: Mapping[str, Any], path: str) -> Any:
    # The whole name first: annotations such as `@odata.count` have dots of their own.
    if path in body:
        return body[path]
    value: Any = body
    for name in path.split("."):
        if not isinstance(value, Mapping) or name not in value:
            return _MISSING
        value = value[name]
    return value


def _equal(value: Any, wanted: str | int | bool | None) -> Effect:
    if value is _MISSING:
        return "unknown"
    # Python holds True equal to 1; JSON does not.
    return "verified" if type(value) is type(wanted) and value == wanted else "refuted"


def _changed(value: Any, attempted_at: datetime) -> Effect:
    moment = _moment(value)
    if moment is None:
        return "unknown"
    return "verified" if moment >= attempted_at - CLOCK_SKEW else "refuted"


def _moment(value: Any) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    # A time without a zone could be any time; reading it as UTC would be a guess.
    return moment.astimezone(UTC) if moment.tzinfo else None


def _holds(body: Mapping[str, Any], field: str, *, key: str, value: str) -> bool | None:
    """Return whether the list has the item; None when the list is missing, malformed or incomplete."""
    items = _field(body, field)
    if not isinstance(items, list):
        return None
    values = [one.get(key) if isinstance(one, Mapping) else None for one in items]
    # Ids are compared without regard to case, as GUIDs are (RFC 9562, section 4).
    if any(isinstance(one, str) and one.lower() == value.lower() for one in values):
        return True
    complete = "@odata.nextLink" not in body and f"{field}@odata.nextLink" not in body
    return False if complete and all(isinstance(one, str) for one in values) else None


def _holds_created(body: Mapping[str, Any], expect: ListHoldsCreated, *, created_id: str) -> bool | None:
    if created_id:
        return _holds(body, expect.field, key="id", value=created_id)
    # Without the id only an empty list tells something: whatever was created is not there.
    nothing = _field(body, expect.field) == [] and "@odata.nextLink" not in body
    return False if nothing else None


def _as_effect(found: bool | None, *, wanted: bool) -> Effect:
    if found is None:
        return "unknown"
    return "verified" if found is wanted else "refuted"
