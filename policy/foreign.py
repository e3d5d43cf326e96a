"""Foreign text in our sentences: what others named or typed is shown on one line, cut, and never read as our words."""

import datetime
import itertools
import re
from collections import Counter
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


def shown(value: object) -> str:
    """Return `value` for an error message, in backticks, cut to 60 characters.

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
    return f"`{printable(text)}`"


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


def unquotable(text: str) -> str:
    """Return `text` printable and cut, for a place between backticks: it cannot end them."""
    return printable(text.replace("\\", "\\\\").replace("`", "\\`"))


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


def _in_brief(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and abs(value) > MAX_NUMBER:
        # Python refuses to write a number of thousands of digits.
        return "a number of many digits"
    return str(value) if value is None or isinstance(value, (str, int, float, datetime.date)) else type(value).__name__
