"""Reads YAML files that people write, with the strict reader of the policy commands, and refuses as this host does."""

from pathlib import Path

from devhost.errors import StartError
from policy.command import yaml_file
from policy.command.errors import InputError


def read_yaml(file: Path, kind: str) -> object:
    """Return the content of a YAML file; `kind` is the word for it in a refusal, such as `policy file`.

    Raises:
        StartError: it cannot be read, is not YAML, or a key stands in it twice; the message names file and line.
    """
    try:
        return yaml_file.read_yaml(file, kind)
    except InputError as problem:
        raise StartError(str(problem)) from problem
