"""What words mean, whatever their language: `concepts.txt` made quick to look up.

A concept such as `password` is learned from an example in one language and then known in five. The file says which
words, beginnings and ends of words, and phrases stand for which concept.
"""

from functools import cache
from importlib.resources import files
from typing import Final

# A shorter beginning of a word would stand in too many others.
_SHORTEST: Final = 3
_LONGEST_PHRASE: Final = 3

Names = frozenset[str]
_NONE: Final[Names] = frozenset()


class Concepts:
    """Words, beginnings (`passw*`), ends (`*handy`) and phrases (`sign_in`), with the concepts that they stand for."""

    def __init__(self, text: str) -> None:
        self._words: dict[str, set[str]] = {}
        self._beginnings: dict[str, set[str]] = {}
        self._ends: dict[str, set[str]] = {}
        self._phrases: dict[tuple[str, ...], set[str]] = {}
        for line in text.splitlines():
            if line and not line.startswith("#"):
                concept, _, entries = line.partition(": ")
                for entry in entries.split():
                    self._learn(entry, concept)

    def of(self, words: tuple[str, ...]) -> tuple[Names, ...]:
        """Return the concepts of each word; those of a phrase stand at its first word."""
        alone = [self._of_word(word) for word in words]
        for start in range(len(words)):
            for length in range(2, _LONGEST_PHRASE + 1):
                phrase = words[start : start + length]
                if len(phrase) == length:
                    alone[start] |= self._phrases.get(phrase, _NONE) | self._open_phrase(phrase)
        return tuple(frozenset(one) for one in alone)

    def _learn(self, entry: str, concept: str) -> None:
        parts = tuple(entry.split("_"))
        if len(parts) > 1:
            self._phrases.setdefault(parts, set()).add(concept)
        elif entry.endswith("*"):
            self._beginnings.setdefault(entry[:-1], set()).add(concept)
        elif entry.startswith("*"):
            self._ends.setdefault(entry[1:], set()).add(concept)
        else:
            self._words.setdefault(entry, set()).add(concept)

    def _of_word(self, word: str) -> set[str]:
        found = set(self._words.get(word, _NONE))
        for length in range(_SHORTEST, len(word) + 1):
            found |= self._beginnings.get(word[:length], _NONE)
            found |= self._ends.get(word[-length:], _NONE)
        if "-" in word:
            for part in word.split("-"):
                found |= self._of_word(part)
        return found

    def _open_phrase(self, phrase: tuple[str, ...]) -> set[str]:
        # The last word of a phrase may be a beginning, as in `code_de*`.
        last = phrase[-1]
        found: set[str] = set()
        for length in range(_SHORTEST, len(last) + 1):
            found |= self._phrases.get((*phrase[:-1], f"{last[:length]}*"), _NONE)
        return found


@cache
def concepts() -> Concepts:
    """Return the concepts of `concepts.txt`, read once."""
    return Concepts(concepts_text())


def concepts_text() -> str:
    """Return the text of `concepts.txt`."""
    return files("agent.planners.reading").joinpath("concepts.txt").read_text(encoding="utf-8")
