"""Which values a document may be made of: text, whole numbers, flags, dates, lists and fields; finite and not too deep.

YAML can say more than a policy may: values that contain themselves, aliases that unfold into billions, keys
that are numbers, nothing where a value is expected. Each is found with its place, and all of them at once.
"""

import datetime
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from policy.canonical import MAX_NUMBER
from policy.foreign import shown

Path = tuple[int | str, ...]

# A document has eight levels; a value that contains itself has endless ones.
MAX_DEPTH: Final = 16
# Ten thousand rules have some 200,000 values.
MAX_VALUES: Final = 1_000_000

# Half of a surrogate pair is no character; it has no UTF-8 and so no digest.
_HALF_A_PAIR: Final = re.compile("[\ud800-\udfff]")

_OUT_OF_BOUNDS: Final = f"expected a number from `-{MAX_NUMBER}` to `{MAX_NUMBER}`, got one beyond"


@dataclass(frozen=True, slots=True)
class Unplain:
    """One place in a document, and what is wrong with the value or key that stands there."""

    path: Path
    message: str


def unplain(data: object) -> tuple[Unplain, ...]:
    """Return every value and key of `data` that no document may hold, in document order."""
    left = [MAX_VALUES]
    found = tuple(_unplain(data, path=(), left=left))
    if left[0] < 0:
        return (Unplain((), f"expected at most `{MAX_VALUES}` values, got more; do aliases unfold into too many?"),)
    return found


def plain_part(data: object, found: tuple[Unplain, ...]) -> object:
    """Return `data` without the values and keys that `unplain` found in it, nor what is empty without them.

    Where a rule or block stood in a list, None is left, so that the others keep their places.
    """
    return _plain_part(data, path=(), bad={one.path for one in found}) if found else data


def json_text(data: object) -> str:
    """Return `data`, which holds nothing that is not plain, as JSON text; dates become ISO text."""
    return json.dumps(data, default=lambda date: date.isoformat())


def _unplain(value: object, *, path: Path, left: list[int]) -> Iterator[Unplain]:
    left[0] -= 1
    if left[0] < 0:
        return
    if isinstance(value, (dict, list)):
        if len(path) >= MAX_DEPTH:
            yield Unplain(path, f"expected at most `{MAX_DEPTH}` levels, got a value that is deeper or contains itself")
            return
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            if isinstance(value, dict) and (wrong := _wrong_key(key)):
                yield Unplain((*path, _spelt(key)), wrong)
            else:
                yield from _unplain(item, path=(*path, key), left=left)
    elif wrong := _wrong_value(value, is_whole=not path):
        yield Unplain(path, wrong)


def _wrong_key(key: object) -> str:
    if not isinstance(key, str):
        return f"expected text as a key, got {shown(key)}; quote it"
    return "" if _is_unicode(key) else f"expected text as a key, got {shown(key)}, which is no Unicode text"


def _wrong_value(value: object, *, is_whole: bool) -> str:
    if value is None and is_whole:
        return "expected fields with their values, got nothing; write them or leave the file out"
    if value is None:
        return "expected a value, got nothing; leave the key out instead"
    if isinstance(value, str):
        return "" if _is_unicode(value) else f"expected text, got {shown(value)}, which is no Unicode text"
    if isinstance(value, int):
        return "" if -MAX_NUMBER <= value <= MAX_NUMBER else _OUT_OF_BOUNDS
    if isinstance(value, datetime.date):
        return ""
    return f"expected text, a whole number, a flag, a date, a list or fields, got {shown(value)}"


def _is_unicode(text: str) -> bool:
    return not _HALF_A_PAIR.search(text)


def _spelt(key: object) -> str:
    return shown(key).strip("`") if not isinstance(key, str) else key


def _plain_part(value: Any, *, path: Path, bad: set[Path]) -> Any:
    """Return what is left of `value`; None when it is bad itself, or holds nothing any more but did."""
    if path in bad or not isinstance(value, (dict, list)) or not value:
        return None if path in bad else value
    if isinstance(value, dict):
        kept = {
            key: _plain_part(item, path=(*path, key), bad=bad) for key, item in value.items() if not _wrong_key(key)
        }
        return {key: item for key, item in kept.items() if item is not None} or None
    items = [_plain_part(item, path=(*path, place), bad=bad) for place, item in enumerate(value)]
    if any(isinstance(item, dict) for item in value):
        return items
    return [item for item in items if item is not None] or None
