"""Says in words what a step changes: what its own check shows before, and what it has to show after.

A reader sees `account enabled: true` become `account enabled: false`, and `members: without ID` become
`members: with ID`. What an answer does not show is said to be unread; nothing is guessed. Values are foreign text, cut
to a length but not cleaned.
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from agent.actions.judge import seen
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
from agent.model.graph_call import GraphCall
from agent.model.plan import Check
from agent.model.reached import MISSING, reached

UNREAD = "could not be read"

_VALUE_CHARS = 80
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_WORD = re.compile(r"[A-Za-z][A-Za-z.]*")

Body = Mapping[str, Any]


def words_before(check: Check, status: int, *, body: Body, now: datetime) -> str:
    """Return the state that one answer to `check.call` shows, before anything was written."""
    return _before(check.expect, check.call, status=status, body=body, now=now)


def words_after(check: Check) -> str:
    """Return the state that the check has to show once the step is in effect."""
    return _after(check.expect, check.call)


def _before(expect: Expectation, call: GraphCall, *, status: int, body: Body, now: datetime) -> str:
    if isinstance(expect, AllOf):
        parts = (_before(one, call, status=status, body=body, now=now) for one in expect.of)
        # Of something that is not there each part says the same.
        return "; ".join(dict.fromkeys(parts))
    if status == 404:
        return "not there"
    if status != 200:
        return UNREAD
    name = _name(expect, call)
    if isinstance(expect, Gone):
        return "there"
    if isinstance(expect, FieldEquals | ChangedSince):
        value = reached(body, expect.field)
        if value is MISSING and reached(body, "value") == []:
            return "not there"
        return f"{name}: {UNREAD if value is MISSING else _value(value)}"
    if isinstance(expect, ItemHas):
        return _item_before(expect, name, body=body)
    if isinstance(expect, HasItem) and expect.since:
        return "an act and not a state"
    return _list_before(expect, name, body=body, now=now)


def _list_before(expect: ListHolds | ListHoldsCreated | HasItem, name: str, *, body: Body, now: datetime) -> str:
    if isinstance(expect, ListHoldsCreated):
        items = reached(body, expect.field)
        # What the step will create has no id yet, so nothing that is there can be it.
        return f"{name}: {len(items)} there, none of them this one" if isinstance(items, list) else f"{name}: {UNREAD}"
    effect = seen(expect, 200, body=body, attempted_at=now)
    if effect == "unknown":
        return f"{name}: {UNREAD}"
    return f"{name}: {_with((effect == 'verified') is expect.present)} {_item(expect)}"


def _item_before(expect: ItemHas, name: str, *, body: Body) -> str:
    items = reached(body, expect.field)
    if not isinstance(items, list):
        return f"{name}: {UNREAD}"
    found = [
        one
        for one in items
        if isinstance(one, Mapping) and str(reached(one, expect.key)).lower() == expect.value.lower()
    ]
    if not found:
        return f"{name}: without {_cut(expect.value)}"
    inside = [reached(one, expect.within) for one in found]
    known = [_value(one) for one in inside if one is not MISSING]
    shown = " and ".join(known) if len(known) == len(inside) else UNREAD
    return f"{name}: {_cut(expect.value)} with {expect.within} {shown}"


def _after(expect: Expectation, call: GraphCall) -> str:
    name = _name(expect, call)
    match expect:
        case AllOf(of=parts):
            return "; ".join(dict.fromkeys(_after(one, call) for one in parts))
        case FieldEquals(value=value):
            return f"{name}: {_value(value)}"
        case ChangedSince():
            return f"{name}: the time of this change"
        case Gone():
            return "not there"
        case ItemHas(value=value, within=within, wanted=wanted):
            return f"{name}: {_cut(value)} with {within} {_value(wanted)}"
        case ListHoldsCreated(present=present):
            return f"{name}: {_with(present)} what this step creates"
        case HasItem(since=since) if since:
            return f"done once, seen in {name} as {_item(expect)}"
        case HasItem() | ListHolds():
            return f"{name}: {_with(expect.present)} {_item(expect)}"


def _with(is_there: bool) -> str:
    return "with" if is_there else "without"


def _item(expect: ListHolds | HasItem) -> str:
    if isinstance(expect, ListHolds):
        # An id says itself what it is; of anything else the reader must know the place.
        return _cut(expect.value) if expect.key in ("", "id") else f"{expect.key} {_cut(expect.value)}"
    return ", ".join(f"{place} {_value(value)}" for place, value in expect.where.items())


def _name(expect: Expectation, call: GraphCall) -> str:
    """Return what the reader is shown a state of: a field, or the collection that the path leads to."""
    field = "" if isinstance(expect, AllOf | Gone) else expect.field.removeprefix("value.0.")
    if field in ("", "value"):
        field = next((part for part in reversed(call.path.split("/")) if _WORD.fullmatch(part)), "it")
    # Words of usual length, which wrap on a phone.
    return _HUMP.sub(" ", field.replace(".", " ")).lower()


def _value(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, list) and len(value) > 1:
        return f"{len(value)} entries {_cut(json.dumps(value, ensure_ascii=False))}"
    return _cut(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)) or "nothing"


def _cut(text: str) -> str:
    return text if len(text) <= _VALUE_CHARS else f"{text[: _VALUE_CHARS - 1]}\u2026"
