"""Reading recorded decisions from the lines of a log, whatever they are wrapped in.

A line is JSON and one of:

1. a recorded decision as `policy.history.recorded` writes it;
2. an entry of the activity log, `{"code": "step.decided", "data": {...}}`, whose data holds a record's fields;
3. a whole case as `GET /api/cases/{id}` answers it, with such entries in `events`.

Log entries with another code are no decisions and are passed over. Everything else that is not understood is
an error that names its line: a history with a hole would prove less than it says.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from policy.errors import RecordError
from policy.foreign import quoted, shown, without_repeats
from policy.history.recorded import FIELDS, RecordedDecision, parse_record

DECIDED: Final = "step.decided"


def read_history(lines: Iterable[str]) -> Iterator[RecordedDecision]:
    """Yield the recorded decisions of JSON lines, in order, each with its `origin`; blank lines say nothing.

    `origin` is `line 3`, or `case <id>, entry 12 (line 3)`, counted from 1.

    Raises:
        RecordError: a line is not JSON, repeats a key, or is none of the three forms, or a record in it is not whole.
    """
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield from _records_of(_parsed(line, number), number=number)


def _parsed(line: str, number: int) -> Any:
    try:
        return json.loads(line, object_pairs_hook=without_repeats)
    except (ValueError, RecursionError) as error:
        raise RecordError(f"line {number}: expected one JSON value a line, got unreadable text: {error}") from None


def _records_of(item: Any, *, number: int) -> Iterator[RecordedDecision]:
    line = f"line {number}"
    if not isinstance(item, dict):
        raise RecordError(f"{line}: expected a recorded decision, a log entry or a case, got {shown(item)}")
    if isinstance(item.get("events"), list):
        for place, entry in enumerate(item["events"], start=1):
            yield from _entry(entry, origin=f"case {_case_in(item)}, entry {place} ({line})")
    elif "code" in item:
        yield from _entry(item, origin=line)
    else:
        yield _record(item, origin=line)


def _case_in(item: dict[str, Any]) -> str:
    # The origin stands in reviews and reports, where an id must not read as a line of its own.
    found = item.get("id")
    return quoted(found) if isinstance(found, str) else "without an id"


def _entry(entry: Any, *, origin: str) -> Iterator[RecordedDecision]:
    if not isinstance(entry, dict) or not isinstance(entry.get("code"), str):
        raise RecordError(f"{origin}: expected a log entry with its `code`, got {shown(entry)}")
    if entry["code"] != DECIDED:
        return
    data = entry.get("data")
    if not isinstance(data, dict):
        raise RecordError(f"{origin}: expected `data` in an entry `{DECIDED}`, got {shown(data)}")
    # The entry's other fields repeat the decision for people; only the exact form is decided on again.
    yield _record({name: data[name] for name in FIELDS if name in data}, origin=origin)


def _record(data: dict[str, Any], *, origin: str) -> RecordedDecision:
    try:
        return parse_record(data, origin=origin)
    except RecordError as error:
        raise RecordError(f"{origin}: {error}") from None
