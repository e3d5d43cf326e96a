"""The lines of an export as verification reads them: one text a value, so that no two readers take a line differently.

A line ends with one line feed and is canonical JSON of exactly the fields of its kind. Its numbers have at most 15
digits, it is nested at most 64 deep and has at most 4 MiB. `verify_log.py` draws the same limits.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO, Final

from agent.log.export import EVERY_CASE
from agent.model.sealed_log import FORMAT, MAX_DEPTH, is_plain
from policy.canonical import canonical_json

# An entry is at most one row of Table Storage, 1 MiB in UTF-16, each control character of which takes six bytes here.
MAX_LINE_BYTES: Final = 4 * 1_048_576
_LINE_DEPTH: Final = MAX_DEPTH + 2

_HASH: Final = re.compile(r"[0-9a-f]{64}")
_SIGNATURE: Final = re.compile(r"[0-9a-f]{128}")
# No letter that looks like another one, and nothing that moves a terminal's cursor.
_NAME: Final = re.compile(r"[0-9a-z-]+")
_MOMENT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")

# In which order the kinds of lines come.
ORDER: Final = {"header": 0, "leaf": 1, "checkpoint": 1, "entry": 2, "end": 3}

_Test = Callable[[Any], bool]


def _text_of(pattern: re.Pattern[str]) -> _Test:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def _is_count(value: Any) -> bool:
    return type(value) is int and value >= 0


def _are_cases(value: Any) -> bool:
    return value == EVERY_CASE or (isinstance(value, list) and bool(value) and all(map(_is_name, value)))


_is_name, _is_hash = _text_of(_NAME), _text_of(_HASH)

# What the object under the name of a line's kind holds.
_FIELDS: Final[Mapping[str, Mapping[str, _Test]]] = {
    "header": {"format": lambda value: bool(value == FORMAT), "tenant": _is_name, "cases": _are_cases},
    "leaf": {"case": _is_name, "count": _is_count, "hash": _is_hash},
    "checkpoint": {
        "tenant": _is_name,
        "number": _is_count,
        "size": _is_count,
        "root": _is_hash,
        "sealed_at": _text_of(_MOMENT),
        "prev": _is_hash,
        "key": _is_hash,
        "next_key": _is_hash,
    },
    "entry": {
        "case": _is_name,
        "number": _is_count,
        "event": lambda _: True,
        "prev": _is_hash,
        "hash": _is_hash,
    },
    "end": {"leaves": _is_count, "checkpoints": _is_count, "entries": _is_count, "ends": _is_hash},
}
# What stands beside that object.
_BESIDE: Final[Mapping[str, Mapping[str, _Test]]] = {"checkpoint": {"signature": _text_of(_SIGNATURE)}}


def lines_of(file: BinaryIO) -> Iterator[bytes]:
    """Yield the lines of a file with their ends; what is longer than any line of an export comes in pieces."""
    while raw := file.readline(MAX_LINE_BYTES):
        yield raw


def read_line(raw: bytes) -> tuple[str, dict[str, Any]]:
    """Return a line's kind and content, or the kind "" for what is no line of an export."""
    try:
        text = raw.decode()
        line = json.loads(text, parse_float=_refused, parse_constant=_refused)
        if not is_plain(line, depth=_LINE_DEPTH) or canonical_json(line) + "\n" != text:
            return "", {}
    except (ValueError, RecursionError):
        return "", {}
    kind = next((one for one in ORDER if isinstance(line, dict) and one in line), "")
    return (kind, line) if kind and _is_of_kind(line, kind) else ("", {})


def _is_of_kind(line: dict[str, Any], kind: str) -> bool:
    beside = _BESIDE.get(kind, {})
    return _holds(line, {kind: lambda value: _holds(value, _FIELDS[kind]), **beside})


def _holds(value: Any, fields: Mapping[str, _Test]) -> bool:
    """Whether a value is an object of exactly these fields, each of which passes its test."""
    if not isinstance(value, dict) or set(value) != set(fields):
        return False
    return all(test(value[name]) for name, test in fields.items())


def _refused(text: str) -> Any:
    raise ValueError(f"expected whole numbers only, got `{text[:20]}`")
