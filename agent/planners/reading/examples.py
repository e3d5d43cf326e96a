"""The examples from which requests are told apart: one file a family, written by the authors of its runbooks.

A file has headings (`# auto_reply`, the value of an Intent, or `# nothing` for talk that asks for nothing) and below
each one example a line after its language (`de: ...`).
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

from agent.model.service_request import Language
from agent.planners.asks import Intent

#: The heading of what people write besides their wishes.
NOTHING: Final = "nothing"
_LABELS: Final = frozenset({NOTHING, *Intent})
_LANGUAGES: Final[dict[str, Language]] = {"en": "en", "de": "de", "fr": "fr", "es": "es", "pt": "pt"}


class BadExamplesError(ValueError):
    """A file of examples cannot be read; whoever wrote the named line must act."""


@dataclass(frozen=True, slots=True)
class Example:
    """One thing that people say: `label` is an Intent's value or `NOTHING`; `turn` its number below its heading."""

    label: str
    language: Language
    text: str
    turn: int


def example_files() -> dict[str, str]:
    """Return the text of every file of examples by its name, in order of the names."""
    folder = files("agent.planners").joinpath("examples")
    named = sorted((one for one in folder.iterdir() if one.name.endswith(".txt")), key=lambda one: one.name)
    return {one.name: one.read_text(encoding="utf-8") for one in named}


def examples_in(texts: dict[str, str]) -> tuple[Example, ...]:
    """Return all examples. Raises: `BadExamplesError`."""
    return tuple(one for name, text in texts.items() for one in _parse(name, text))


def digest_of(texts: dict[str, str]) -> str:
    """Return the SHA-256 of the files' texts, by which a model is known to be made from them."""
    joined = "\0".join(f"{name}\n{text}" for name, text in sorted(texts.items()))
    return hashlib.sha256(joined.encode()).hexdigest()


def _parse(name: str, text: str) -> Iterator[Example]:
    label = ""
    turns: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        said = line.strip()
        if not said:
            continue
        if said.startswith("#"):
            label, turns = said.lstrip("# "), {}
            if label not in _LABELS:
                raise BadExamplesError(f"{name}, line {number}: expected an intent or `{NOTHING}`, got `{label}`")
            continue
        tag, colon, words = said.partition(": ")
        language = _LANGUAGES.get(tag)
        if not label or not colon or language is None or not words.strip():
            raise BadExamplesError(f"{name}, line {number}: expected a language and an example below a heading")
        turns[language] = turns.get(language, 0) + 1
        yield Example(label, language, words.strip(), turns[language] - 1)
