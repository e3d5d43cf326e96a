"""Every way to tamper with an export that anybody has who owns an editor: one field, one line, one character.

A mutation is (what was done, the lines afterwards). `forgeries.py` has the work of somebody who knows the format.
"""

import copy
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from policy.canonical import canonical_json

Lines = list[str]
Mutation = tuple[str, Lines]
Path = tuple[str | int, ...]


def single(lines: Lines) -> Iterator[Mutation]:
    """Every single-field mutation of every line, and every deletion, doubling, swap and truncation of lines."""
    for at, line in enumerate(lines):
        for what, text in (*_fields(line), *_spellings(line)):
            yield f"line {at + 1}: {what}", [*lines[:at], text, *lines[at + 1 :]]
        yield f"line {at + 1} deleted", lines[:at] + lines[at + 1 :]
        yield f"line {at + 1} doubled", [*lines[: at + 1], *lines[at:]]
        yield f"cut off after line {at}", lines[:at]
    for one in range(len(lines)):
        for two in range(one + 1, len(lines)):
            swapped = list(lines)
            swapped[one], swapped[two] = swapped[two], swapped[one]
            yield f"lines {one + 1} and {two + 1} swapped", swapped


def _fields(line: str) -> Iterator[tuple[str, str]]:
    value = json.loads(line)
    for path, found in _places(value):
        for what, other in _others(found):
            changed = _with(value, path, lambda holder, name, other=other: holder.__setitem__(name, other))
            yield f"{_name(path)} {what}", canonical_json(changed)
        if path:
            yield f"{_name(path)} left out", canonical_json(_with(value, path, lambda holder, name: holder.pop(name)))


def _places(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    yield path, value
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in parts:
        yield from _places(part, (*path, name))


def _with(value: Any, path: Path, change: Callable[[Any, Any], object]) -> Any:
    whole = {"": copy.deepcopy(value)}
    holder: Any = whole
    *way, name = ("", *path)
    for step in way:
        holder = holder[step]
    change(holder, name)
    return whole.get("")


def _others(value: Any) -> Iterator[tuple[str, Any]]:
    match value:
        case bool():
            yield from (("turned", not value), ("as a number", int(value)))
        case int():
            numbers = {value + 1, value - 1, -value, 0, value * 10} - {value}
            yield from ((f"is {other}", other) for other in sorted(numbers))
            yield from (("as text", str(value)), ("as a flag", bool(value)))
        case str():
            yield from _other_texts(value)
        case dict():
            yield from (("with one more", {**value, "zz": 1}), ("emptied", {}), ("in a list", [value]))
        case list():
            yield from (("with one more", [*value, 1]), ("emptied", []), ("turned round", value[::-1]))
    yield from (("is nothing", None), ("is a list", [value]))


def _other_texts(value: str) -> Iterator[tuple[str, Any]]:
    # Another first, middle and last character; what reads the same to a person or to a lenient reader; another type.
    for at in sorted({0, len(value) // 2, len(value) - 1} if value else ()):
        other = "1" if value[at] != "1" else "2"
        yield f"with another character {at}", value[:at] + other + value[at + 1 :]
    texts = {"": "emptied", value + "0": "longer", value[:-1]: "shorter", value + " ": "with a blank"}
    texts |= {
        value.upper(): "in capitals",
        value.lower(): "in small letters",
        value + "\u200b": "with something unseen",
    }
    yield from ((what, other) for other, what in texts.items() if other != value)
    yield from (("is a number", 1), ("is a flag", True))
    if value.isdigit() and len(value) < 16:
        yield "as a number", int(value)


def _name(path: Path) -> str:
    return ".".join(map(str, path)) or "all of it"


def _spellings(line: str) -> Iterator[tuple[str, str]]:
    """The same content in another spelling: no reader may take two texts for one."""
    value = json.loads(line)
    name = next(iter(value))
    turned = dict(reversed(value.items())) | {name: dict(reversed(value[name].items()))}
    ways = {
        "with blanks": json.dumps(value, sort_keys=True, ensure_ascii=False),
        "in another order": json.dumps(turned, separators=(",", ":"), ensure_ascii=False),
        "with a name twice": line[:-1] + f',"{name}":1}}',
        "with a letter escaped": line.replace(name, f"\\u{ord(name[0]):04x}{name[1:]}", 1),
        "with numbers as floats": re.sub(r'("(?:number|count|size|entries)":)([0-9]+)', r"\1\2.0", line),
        "with a carriage return": line + "\r",
        "with an empty line": line + "\n",
        "cut in the middle": line[: len(line) // 2],
        "as a list": f"[{line}]",
    }
    yield from ((what, text) for what, text in ways.items() if text != line)
