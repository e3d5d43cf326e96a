"""Reads YAML and JSON files that people write, strictly and with every refusal in one sentence."""

import json
from collections.abc import Hashable
from pathlib import Path
from typing import Any, Final

import yaml

from policy.command.errors import InputError
from policy.foreign import shown, unquotable, without_repeats

# The parser speaks of its own insides; these are the mistakes behind its most frequent words, and what to write.
_HINTS: Final = (
    ("expected <block end>", "the keys of one rule begin in the same column, one level is two spaces"),
    ("cannot start any token", "indent with spaces, and put text that begins with a special sign in quotes"),
    ("expected alphabetic or numeric character", 'put `*` in quotes: `["*"]`'),
    ("mapping values are not allowed here", "a colon needs one space after it; text with a colon needs quotes"),
    ("another document", "write one document a file"),
    ("could not find expected ':'", "a key is followed by a colon and a space; look at the line before, too"),
    ("expected ',' or", "a list ends with `]`, fields end with `}`, and text with signs needs quotes"),
    ("unexpected end of stream", "a quote that was opened is not closed"),
    ("could not determine a constructor", "write text, numbers, lists and fields, without tags and merge keys"),
    ("codec can't decode", "save the file as UTF-8"),
    ("Exceeds the limit", "write a smaller number"),
)


def read_yaml(file: Path, kind: str) -> object:
    """Return the content of a file, as JSON if it is called `*.json`, else as YAML.

    `kind` is the word for it in a refusal, such as `policy file`.

    Raises:
        InputError: it cannot be read, is not YAML, or a key stands in it twice; the message names file and line.
    """
    try:
        text = file.read_text(encoding="utf-8")
        return parse_json(text) if file.suffix == ".json" else parse_yaml(text)
    except OSError as problem:
        reason = str(problem.strerror)
    except yaml.MarkedYAMLError as problem:
        line = f" in line {problem.problem_mark.line + 1}" if problem.problem_mark else ""
        reason = f"{problem.problem}{line}{_hint(str(problem.problem))}"
    except RecursionError:
        reason = "it is nested too deeply"
    except (yaml.YAMLError, ValueError) as problem:
        # A date that does not exist, a key that stands twice, or bytes that are no UTF-8.
        words = " ".join(str(problem).partition("; use sys.")[0].split())
        reason = f"{words}{_hint(words)}"
    raise InputError([f"{kind} `{unquotable(file.name)}` cannot be read: {reason}"])


def _hint(problem: str) -> str:
    return next((f"; {hint}" for words, hint in _HINTS if words in problem), "")


def parse_yaml(text: str) -> object:
    """Return the value of a YAML text that holds one document.

    Raises:
        yaml.YAMLError, ValueError, RecursionError: it is not YAML, or a key stands twice in one place.
    """
    return yaml.load(text, Loader=_StrictLoader)  # noqa: S506  # It is a SafeLoader.


def parse_json(text: str) -> object:
    """Return the value of a JSON text.

    Raises:
        ValueError, RecursionError: it is not JSON, or a key stands twice in one object.
    """
    return json.loads(text, object_pairs_hook=without_repeats)


class _StrictLoader(yaml.SafeLoader):
    """YAML without the trap that the last of two equal keys wins silently, which could drop a condition."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Return the mapping of `node`.

        Raises:
            yaml.YAMLError: a key stands in it twice.
        """
        seen: set[Hashable] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=deep)
            # What is not hashable is no key either; the parent class refuses it with its place.
            if isinstance(key, Hashable):
                if key in seen:
                    line = node.start_mark.line + 1
                    raise yaml.YAMLError(f"key {shown(key)} stands twice in line {line} or below; write it once")
                seen.add(key)
        return super().construct_mapping(node, deep=deep)


def _refuse(_: _StrictLoader, node: yaml.Node) -> object:
    name = node.tag.rpartition(":")[2]
    raise yaml.constructor.ConstructorError(
        problem=f"tag `!!{name}` is not for files like this: write text, numbers, lists and fields",
        problem_mark=node.start_mark,
    )


# YAML's own collections and bytes become values that no JSON knows, and that may hold each other endlessly.
for _tag in ("binary", "omap", "pairs", "set"):
    _StrictLoader.add_constructor(f"tag:yaml.org,2002:{_tag}", _refuse)
