"""Reads YAML files that people write, strictly and with every refusal in one sentence."""

from pathlib import Path
from typing import Any

import yaml

from devhost.errors import StartError


def read_yaml(file: Path, kind: str) -> object:
    """Return the content of a YAML file; `kind` is the word for it in a refusal, such as `policy file`.

    Raises:
        StartError: it cannot be read, is not YAML, or a key stands in it twice; the message names file and line.
    """
    try:
        return yaml.load(file.read_text(encoding="utf-8"), Loader=_StrictLoader)  # noqa: S506  # It is a SafeLoader.
    except OSError as problem:
        reason = str(problem.strerror)
    except yaml.MarkedYAMLError as problem:
        line = f" in line {problem.problem_mark.line + 1}" if problem.problem_mark else ""
        reason = f"{problem.problem}{line}"
    except (yaml.YAMLError, ValueError) as problem:
        # A date that does not exist, or bytes that are no UTF-8.
        reason = " ".join(str(problem).split())
    raise StartError(f"{kind} `{file.name}` cannot be read: {reason}")


class _StrictLoader(yaml.SafeLoader):
    """YAML without the trap that the last of two equal keys wins silently, which could drop a condition."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Return the mapping of `node`.

        Raises:
            yaml.YAMLError: a key stands in it twice.
        """
        keys = [self.construct_object(key, deep=deep) for key, _ in node.value]
        doubled = [key for key in keys if keys.count(key) > 1]
        if doubled:
            raise yaml.YAMLError(f"key `{doubled[0]}` stands twice in line {node.start_mark.line + 1}")
        return super().construct_mapping(node, deep=deep)
