"""Judging what a check's answer proves: the effect is there, it is not there, or nobody can tell."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from agent.model.expectation import (
    AllOf,
    ChangedSince,
    Expectation,
    FieldEquals,
    Gone,
    HasItem,
    ItemHas,
    ListHolds,
    ListHoldsCreated,
)
from agent.model.plan import Check
from agent.model.reached import MISSING, reached

Effect = Literal["verified", "refuted", "unknown"]

# Graph stamps with its own clock, often in whole seconds, and ours may be ahead. A change by somebody else
# in these seconds before our write would pass as ours; fewer seconds would refute true changes.
CLOCK_SKEW = timedelta(seconds=5)


def judge(
    check: Check,
    status: int,
    *,
    body: Mapping[str, Any],
    attempted_at: datetime,
    created_id: str = "",
    request_id: str = "",
) -> Effect:
    """Return what one answer to `check.call` proves about the effect of the attempt at `attempted_at`.

    `created_id` is the id that the attempt's own answer returned, or empty when there is none; `request_id` is the
    client-request-id that it was sent with. Only a 200
    with the expected field proves anything, and a 404 where the object is to be gone: 403, 5xx, a missing or
    malformed field, and a list that is not complete are unknown. Nothing is ever verified by the lack of an answer.
    """
    return seen(
        check.expect, status, body=body, attempted_at=attempted_at, created_id=created_id, request_id=request_id
    )


def seen(
    expect: Expectation,
    status: int,
    *,
    body: Mapping[str, Any],
    attempted_at: datetime,
    created_id: str = "",
    request_id: str = "",
) -> Effect:
    """Return what an answer shows of `expect`; as `judge`."""
    if isinstance(expect, Gone):
        return "verified" if status == 404 else "refuted" if status == 200 else "unknown"
    if status != 200:
        return "unknown"
    if isinstance(expect, AllOf):
        parts = (
            seen(one, status, body=body, attempted_at=attempted_at, created_id=created_id, request_id=request_id)
            for one in expect.of
        )
        return _together(set(parts))
    if isinstance(expect, ChangedSince):
        return _changed(reached(body, expect.field), attempted_at)
    if isinstance(expect, FieldEquals):
        return _equal(reached(body, expect.field), expect.value)
    if isinstance(expect, HasItem):
        return _has_item(body, expect, attempted_at=attempted_at, created_id=created_id, request_id=request_id)
    if isinstance(expect, ItemHas):
        return _item_has(body, expect)
    if isinstance(expect, ListHolds):
        found = _holds(body, expect.field, key=expect.key, value=expect.value)
        return _as_effect(found, wanted=expect.present)
    return _as_effect(_holds_created(body, expect, created_id=created_id), wanted=expect.present)


def _together(parts: set[Effect]) -> Effect:
    return "refuted" if "refuted" in parts else "unknown" if "unknown" in parts else "verified"


def _equal(value: Any, wanted: Any) -> Effect:
    if value is MISSING:
        return "unknown"
    return "verified" if _same(value, wanted) else "refuted"


def _same(one: Any, other: Any) -> bool:
    # Python holds True equal to 1, also deep inside lists and objects; JSON does not.
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_same(one[name], other[name]) for name in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    return type(one) is type(other) and bool(one == other)


def _changed(value: Any, attempted_at: datetime) -> Effect:
    moment = _moment(value)
    if moment is None:
        return "unknown"
    return "verified" if moment >= attempted_at - CLOCK_SKEW else "refuted"


def _has_item(
    body: Mapping[str, Any], expect: HasItem, *, attempted_at: datetime, created_id: str, request_id: str
) -> Effect:
    items = reached(body, expect.field)
    if not isinstance(items, list) or not all(isinstance(one, Mapping) for one in items):
        return "unknown"
    where = {**expect.where, **({"id": created_id} if expect.own and created_id else {})}
    if expect.request_in and not request_id:
        # Without an id of our own nobody can tell whose an act is, and an entry with an empty one is not ours.
        return "unknown"
    where |= {expect.request_in: request_id} if expect.request_in else {}
    meant = [one for one in items if all(_alike(reached(one, place), value) for place, value in where.items())]
    effects = {_changed(reached(one, expect.since), attempted_at) if expect.since else "verified" for one in meant}
    if "verified" in effects:
        return _as_effect(True, wanted=expect.present)
    if not expect.present and not all(_can_be_told(one, expect) for one in items):
        return "unknown"
    # What is not there yet may stand on a page that was not read.
    incomplete = "@odata.nextLink" in body or f"{expect.field}@odata.nextLink" in body
    return "unknown" if "unknown" in effects or incomplete else _as_effect(False, wanted=expect.present)


def _can_be_told(item: Mapping[str, Any], expect: HasItem) -> bool:
    """Whether it can be told that an item is not the one: it has all places, or that of another kind."""
    whole = all(reached(item, place) is not MISSING for place in expect.where)
    return whole or any(reached(item, place) is not MISSING for place in expect.other_kinds)


def _alike(value: Any, wanted: Any) -> bool:
    if isinstance(value, str) and isinstance(wanted, str):
        return value.lower() == wanted.lower()
    return _same(_fold(value), _fold(wanted))


def _item_has(body: Mapping[str, Any], expect: ItemHas) -> Effect:
    there = _holds(body, expect.field, key=expect.key, value=expect.value)
    if not there:
        return "unknown" if there is None else "refuted"
    items = [one for one in reached(body, expect.field) if isinstance(one, Mapping)]
    own = [one for one in items if str(reached(one, expect.key)).lower() == expect.value.lower()]
    found = reached(own[0], expect.within)
    if len(own) != 1 or found is MISSING:
        return "unknown"
    return "verified" if _same(_fold(found), _fold(expect.wanted)) else "refuted"


def _fold(value: Any) -> Any:
    """Return a list of ids in one order and one spelling; all else as it is."""
    if isinstance(value, list | tuple) and all(isinstance(one, str) for one in value):
        return sorted(one.lower() for one in value)
    return value


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
    items = reached(body, field)
    if not isinstance(items, list):
        return None
    values = [one if not key else reached(one, key) if isinstance(one, Mapping) else None for one in items]
    # Ids are compared without regard to case, as GUIDs are (RFC 9562, section 4).
    if any(isinstance(one, str) and one.lower() == value.lower() for one in values):
        return True
    complete = "@odata.nextLink" not in body and f"{field}@odata.nextLink" not in body
    return False if complete and all(isinstance(one, str) for one in values) else None


def _holds_created(body: Mapping[str, Any], expect: ListHoldsCreated, *, created_id: str) -> bool | None:
    if created_id:
        return _holds(body, expect.field, key="id", value=created_id)
    # Without the id only an empty list tells something: whatever was created is not there.
    nothing = reached(body, expect.field) == [] and "@odata.nextLink" not in body
    return False if nothing else None


def _as_effect(found: bool | None, *, wanted: bool) -> Effect:
    if found is None:
        return "unknown"
    return "verified" if found is wanted else "refuted"
