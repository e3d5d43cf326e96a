"""Foreign text in our sentences: what others named or typed is shown on one line, cut, and never read as our words."""

import datetime
import difflib
import itertools
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from policy.canonical import MAX_NUMBER

_MOST_CHARS: Final = 60

# One name is unmistakable without a mark unless it holds a comma, a quote or a backslash, or spaces that do not show.
_ONE_NAME: Final = re.compile(r"""[^\s,"'`\\]+( [^\s,"'`\\]+)*""")
_WORD: Final = re.compile(r"\w+")
# With these a name could go on as our sentences do: `Sales, or is unknown`.
_OURS: Final = frozenset(
    ("and", "any", "anything", "but", "hold", "holds", "is", "known", "none", "not", "or", "other", "unknown")
)
# As YAML 1.1 reads them.
_FLAGS: Final = ("true", "false", "yes", "no", "on", "off")
# A longer name is no slip of the pen, and comparing it would take long.
_LONGEST_NAME: Final = 120
_MOST_MEANT: Final = 4


def shown(value: object) -> str:
    """Return `value` for an error message, in backticks that it cannot end, cut to 60 characters.

    What is neither text, number, flag nor date is told by its type, for YAML can hold a value in itself a billion
    times; so are the values in a list or in fields.
    """
    match value:
        case list():
            text = f"[{', '.join(map(_in_brief, value[:_MOST_CHARS]))}]"
        case dict():
            some = itertools.islice(value.items(), _MOST_CHARS)
            text = f"{{{', '.join(f'{_in_brief(key)}: {_in_brief(item)}' for key, item in some)}}}"
        case _:
            text = _in_brief(value)
    return f"`{unquotable(text)}`"


def printable(text: str, *, most: int = _MOST_CHARS) -> str:
    """Return `text` on one line, cut to `most` characters, with escapes for what no terminal can show."""
    cut = text if len(text) <= most else text[: most - 3] + "..."
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in cut)


def quoted(text: str) -> str:
    """Return `text` as one name in a sentence: as it is where that is unmistakable, else in backticks."""
    plain = len(text) <= _MOST_CHARS and text.isprintable() and _ONE_NAME.fullmatch(text)
    if plain and _OURS.isdisjoint(_WORD.findall(text.casefold())):
        return text
    return f"`{unquotable(text)}`"


def unquotable(text: str, *, most: int = _MOST_CHARS) -> str:
    """Return `text` printable and cut to `most` characters, for a place between backticks: it cannot end them."""
    return printable(text.replace("\\", "\\\\").replace("`", "\\`"), most=most)


def in_ticks(text: str) -> str:
    """Return a name that should be one of ours, an id or an action, in backticks; whatever it is, it stays in them."""
    return f"`{unquotable(text, most=_LONGEST_NAME)}`"


def ticked(names: Iterable[str], *, last: str = "and") -> str:
    """Return names in backticks, as "`a`, `b` and `c`"; `last` stands before the last one. At least one name."""
    *rest, end = map(in_ticks, names)
    return f"{', '.join(rest)} {last} {end}" if rest else end


def alike(name: str, candidates: Iterable[str]) -> tuple[str, ...]:
    """Return the candidates that a mistyped `name` may have been meant as: none, or the closest.

    1. The last part of names with dots means each of them: `department` is `requester.department` and others.
    2. Else it is the closest of those that begin like it up to the last dot, or of all.
    """
    if len(name) > _LONGEST_NAME:
        return ()
    known = tuple(candidates)
    ending = [one for one in known if one.endswith(f".{name}")]
    beginning = f"{name.rpartition('.')[0]}."
    family = {one.removeprefix(beginning): one for one in known if one.startswith(beginning)}
    close = [family[last] for last in _closest(name.removeprefix(beginning), family)]
    return tuple(ending[:_MOST_MEANT] or close or _closest(name, known))


def stray_quotes(value: object) -> str:
    """Return what to write where a number or a flag is text because of its quotes; nothing for all else."""
    meant = isinstance(value, str) and (value.isdecimal() or value.lower() in _FLAGS)
    return "; write it without quotes" if meant else ""


def without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return one JSON object's pairs as a dictionary: an `object_pairs_hook` for `json.loads`.

    JSON readers keep the last of two equal keys, so a second `unless` could silently replace the first.

    Raises:
        ValueError: a key stands in the object twice.
    """
    found = dict(pairs)
    if len(found) < len(pairs):
        ((name, _),) = Counter(key for key, _ in pairs).most_common(1)
        raise ValueError(f"key {shown(name)} stands twice in one object")
    return found


def _closest(name: str, candidates: Iterable[str]) -> list[str]:
    return difflib.get_close_matches(name, tuple(candidates), n=1, cutoff=0.5)


def _in_brief(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and abs(value) > MAX_NUMBER:
        # Python refuses to write a number of thousands of digits.
        return "a number of many digits"
    return str(value) if value is None or isinstance(value, (str, int, float, datetime.date)) else type(value).__name__
