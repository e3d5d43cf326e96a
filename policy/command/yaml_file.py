"""Reads YAML and JSON files that people write, strictly and with every refusal in one sentence."""

import json
from collections import Counter
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from policy.command.errors import InputError


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
        reason = f"{problem.problem}{line}"
    except RecursionError:
        reason = "it is nested too deeply"
    except (yaml.YAMLError, ValueError) as problem:
        # A date that does not exist, a key that stands twice, or bytes that are no UTF-8.
        reason = " ".join(str(problem).split())
    raise InputError([f"{kind} `{file.name}` cannot be read: {reason}"])


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
    return json.loads(text, object_pairs_hook=_without_repeats)


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    for name, count in Counter(key for key, _ in pairs).items():
        if count > 1:
            raise ValueError(f"key `{name}` stands twice in one object")
    return dict(pairs)


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
                    raise yaml.YAMLError(f"key `{key}` stands twice in line {node.start_mark.line + 1}")
                seen.add(key)
        return super().construct_mapping(node, deep=deep)
