"""Facts as they are typed or kept in a file: `requester.department=Sales`, or a mapping of such names.

A value has the form of the examples in policy documents (`policy.given`); the tenant's clock is `time.local`.
The raw clock numbers `time.day` and `time.minute_of_week` are taken too, because recorded decisions and
counterexamples hold them. `unknown` in place of a value, like leaving a fact out, says that nobody knows it.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from policy.command.conditions import assignment
from policy.command.errors import InputError, UsageError
from policy.command.yaml_file import read_yaml
from policy.foreign import shown
from policy.given import parse_given
from policy.grammar import messages_of
from policy.registry import check_fact
from policy.request import AuthorizationRequest, FactValue, Unknown

_RAW_CLOCK: Final = ("time.day", "time.minute_of_week")
_UNKNOWN: Final = "unknown"


def request_of(words: Sequence[str], *, action: str | None) -> AuthorizationRequest:
    """Return the request that `words` make up: files, and `name=value` which win over them.

    A file holds facts by name, with the action as `action` if it likes, or a recorded decision.

    Raises:
        UsageError: a word is neither, a fact is wrong, or no action is named anywhere.
        InputError: a file cannot be read or does not hold facts.
    """
    named: dict[str, Any] = {}
    for word in words:
        if "=" in word:
            name, value = assignment(word)
            named[name] = value
        else:
            named |= _from_file(Path(word))
    if action is not None:
        named["action"] = action
    if "action" not in named:
        raise UsageError("expected `--action` with the id of an action, got nothing")
    try:
        given, raw = parse_given(_written(named)), _raw_clock(named)
    except ValueError as error:
        raise UsageError("\n".join(messages_of(error))) from None
    return AuthorizationRequest(given.action, {**given.known(), **raw})


def _from_file(file: Path) -> dict[str, Any]:
    data = read_yaml(file, "file of facts")
    if not isinstance(data, dict) or not all(isinstance(name, str) for name in data):
        raise InputError([f"file of facts `{file.name}`: expected facts by name, got {shown(data)}"])
    if isinstance(data.get("facts"), dict):
        return {**({"action": data["action"]} if "action" in data else {}), **data["facts"]}
    return data


def _written(named: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in named.items() if value != _UNKNOWN and name not in _RAW_CLOCK}


def _raw_clock(named: Mapping[str, Any]) -> dict[str, FactValue]:
    found: dict[str, FactValue] = {}
    for name in _RAW_CLOCK:
        value = named.get(name, _UNKNOWN)
        if value == _UNKNOWN:
            continue
        found[name] = check_fact(name, value)
        if isinstance(found[name], Unknown):
            raise ValueError(f"`{name}`: expected a whole number as it is recorded, got {shown(value)}")
    return found
