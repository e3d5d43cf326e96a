"""The app's settings: `local.settings.json` and `--set` put into the environment, and `%NAME%` in bindings resolved.

Only the standard library is imported here, because the conformance check runs in a virtualenv without our requirements.
"""

import json
import re
from collections.abc import Iterable, Mapping, MutableMapping
from pathlib import Path

from devhost.errors import AppError, StartError

_PERCENT_NAME = re.compile(r"%([^%]+)%")


def read_values(file: Path) -> dict[str, str]:
    """Return the `Values` of a settings file in the format of `local.settings.json`.

    Source: Microsoft Learn, "Code and test Azure Functions locally", section local settings file.

    Raises:
        StartError: the file is absent, is not JSON, or a value is not a string.
    """
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise StartError(f"settings file `{file.name}` cannot be read: {type(problem).__name__}") from problem
    values = document.get("Values") if isinstance(document, dict) else None
    if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
        raise StartError(
            f'settings file `{file.name}`: expected {{"Values": {{"NAME": "text"}}}} with text values only'
        )
    return values


def parse_assignments(assignments: Iterable[str]) -> dict[str, str]:
    """Turn `NAME=value` arguments into a mapping; the value may hold further `=`.

    Raises:
        StartError: an argument has no `=` or no name.
    """
    parsed: dict[str, str] = {}
    for assignment in assignments:
        name, separator, value = assignment.partition("=")
        if not separator or not name:
            # The text itself is not repeated: it may be a secret typed without its name.
            raise StartError("a setting on the command line has no name: expected `NAME=value`")
        parsed[name] = value
    return parsed


def apply_settings(
    environ: MutableMapping[str, str], values: Mapping[str, str], *, overrides: Mapping[str, str]
) -> None:
    """Put `values` and `overrides` into `environ`, in place.

    The environment wins over the file, as in Core Tools; `overrides` (the command line) win over both.
    """
    for name, value in values.items():
        environ.setdefault(name, value)
    environ.update(overrides)


def resolve_names(text: str, environ: Mapping[str, str]) -> str:
    """Replace each `%NAME%` by the app setting of that name, as the host's name resolver does.

    Raises:
        AppError: a named setting is absent.
    """

    def value_of(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in environ:
            raise AppError(f"a binding names `%{name}%`, which is not an app setting: set `{name}`")
        return environ[name]

    return _PERCENT_NAME.sub(value_of, text)


def is_disabled(function_name: str, environ: Mapping[str, str]) -> bool:
    """Whether the setting `AzureWebJobs.<function>.Disabled` is true (Microsoft Learn, "How to disable functions")."""
    wanted = f"azurewebjobs.{function_name}.disabled".lower()
    value = next((text for name, text in environ.items() if name.lower().replace("__", ".") == wanted), "")
    return value.strip().lower() in {"true", "1"}
