"""Words of a text in comparable spellings, and when two of them are one: case, accents, plurals, one slip of the pen.

What looks like another word on purpose is never the same: letters of two scripts in one word, digits among letters, a
capital inside of it. A slip is forgiven in a long plain word only.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

_WORD: Final = re.compile(r"[^\W_]+")
_CAMEL: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W_]")
# Letters that Unicode does not take apart into a plain letter and a mark.
_PLAIN: Final = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th"})
_GERMAN: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
# What a name of one word is put together with, as in `Vertriebsteam`.
_KIND_ENDINGS: Final = ("team", "gruppe", "seite", "liste", "verteiler", "ordner", "gruppen", "mailbox", "postfach")
_ENDINGS: Final = ("es", "en", "s", "n", "x", "e")
_SHORTEST_ROOT: Final = 4
_SHORTEST_SLIP: Final = 5


@dataclass(frozen=True, slots=True)
class Word:
    """One word as written, where it stands in its text, and the spellings under which it is compared."""

    text: str
    start: int
    end: int
    keys: frozenset[str]

    @property
    def is_plain(self) -> bool:
        """Whether it is made of letters in an ordinary way, so that a slip in it could be a slip."""
        return self.text.isalpha() and (self.text[1:].islower() or self.text.isupper())


def words_of(text: str) -> tuple[Word, ...]:
    """Return the words of a text in order. Marks between letters, also apostrophes and hyphens, part words."""
    return tuple(Word(one[0], one.start(), one.end(), keys_of(one[0])) for one in _WORD.finditer(text))


def camel_words(name: str) -> tuple[Word, ...]:
    """Return the words of a name that is written like `TradeFairs2031`."""
    return tuple(Word(one[0], one.start(), one.end(), keys_of(one[0])) for one in _CAMEL.finditer(name))


def keys_of(word: str) -> frozenset[str]:
    """Return the spellings of a word that count as the same: `Müller` is also `muller` and `mueller`."""
    low = unicodedata.normalize("NFC", word.casefold())
    keys = {_bare(low), _bare(low.translate(_GERMAN))}
    cut = {key.removesuffix(end) for key in keys for end in _KIND_ENDINGS if key.endswith(end)}
    parts = {part for one in cut for part in (one, one.removesuffix("s")) if len(part) >= _SHORTEST_ROOT}
    return frozenset(keys | parts)


def _bare(low: str) -> str:
    marked = unicodedata.normalize("NFD", low.translate(_PLAIN))
    return "".join(char for char in marked if not unicodedata.combining(char))


def is_disguised(word: str) -> bool:
    """Whether letters of two scripts stand in one word, which only pretends to be what it looks like."""
    scripts = {unicodedata.name(char, "?").partition(" ")[0] for char in word if char.isalpha()}
    return len(scripts) > 1


def same(one: Word, other: Word) -> bool:
    """Whether two words are the same but for case and accents."""
    return bool(one.keys & other.keys)


def alike(one: Word, other: Word) -> bool:
    """Whether two words are the same but for case, accents, an ending of number or case, or one slip of the pen."""
    if same(one, other) or {_root(key) for key in one.keys} & {_root(key) for key in other.keys}:
        return True
    plain = one.is_plain and other.is_plain and not is_disguised(one.text) and not is_disguised(other.text)
    return plain and any(_one_slip(mine, yours) for mine in one.keys for yours in other.keys)


def _root(key: str) -> str:
    fits = (end for end in _ENDINGS if key.endswith(end) and len(key) - len(end) >= _SHORTEST_ROOT)
    return key.removesuffix(next(fits, ""))


def _one_slip(one: str, other: str) -> bool:
    """Whether one letter is wrong, missing, too many, or changed places with its neighbour; never the first one."""
    if min(len(one), len(other)) < _SHORTEST_SLIP or one[0] != other[0] or abs(len(one) - len(other)) > 1:
        return False
    short, long = sorted((one, other), key=len)
    start = next((place for place, char in enumerate(short) if char != long[place]), len(short))
    if len(short) < len(long):
        return short[start:] == long[start + 1 :]
    swapped = short[start + 1 : start + 2] + short[start : start + 1]
    return short[start + 1 :] == long[start + 1 :] or (
        swapped == long[start : start + 2] and short[start + 2 :] == long[start + 2 :]
    )
