"""How a refused document is explained: pydantic's errors in the author's words, with rule id and nearest name."""

import datetime
import json
from collections.abc import Callable
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from policy.errors import DocumentError, Problem
from policy.grammar import nearest, shown

Path = tuple[int | str, ...]

_SHAPES: Final = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "string_type": "text in quotes",
    "tuple_type": "a list",
    "model_type": "fields with their values",
    "too_short": "at least one value",
}


class RuleError(ValueError):
    """A document is wrong because of one of its rules; the id would not be in pydantic's path."""

    def __init__(self, rule_id: str, message: str) -> None:
        self.rule_id = rule_id
        super().__init__(message)


def plain_json(data: object, *, source: str) -> str:
    """Return `data` as JSON text, dates as ISO text, so that strict JSON rules judge it.

    Raises:
        DocumentError: a null, a key that is not text, or a value that JSON does not know.
    """
    try:
        problem = _unplain(data, path=(), data=data, source=source)
    except RecursionError:
        problem = Problem(source, "", "", "expected plain data, got a value that contains itself")
    if problem is not None:
        raise DocumentError([problem])
    return json.dumps(data, default=lambda date: date.isoformat())


def problems_in(
    error: ValidationError, data: object, *, source: str, fields_at: Callable[[Path], tuple[str, ...]]
) -> list[Problem]:
    """Return one problem per error that pydantic found in `data`.

    `fields_at` returns the names that are valid at a path of the document.
    """
    found = (one for one in error.errors() if not _is_echo(one))
    return [_problem(one, data, source=source, fields_at=fields_at) for one in found]


def _is_echo(error: ErrorDetails) -> bool:
    # Pydantic also calls a list too short when its items were refused one by one.
    return error["type"] == "too_short" and bool(error["input"])


def _problem(
    error: ErrorDetails, data: object, *, source: str, fields_at: Callable[[Path], tuple[str, ...]]
) -> Problem:
    path: Path = error["loc"]
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, RuleError):
        return Problem(source, cause.rule_id, "", str(cause))
    return _at(path, data, source=source, message=_message(error, fields_at))


def _message(error: ErrorDetails, fields_at: Callable[[Path], tuple[str, ...]]) -> str:
    kind, found, context = error["type"], shown(error["input"]), error.get("ctx", {})
    path: Path = error["loc"]
    if kind == "value_error":
        return str(context["error"])
    if kind == "extra_forbidden":
        name = str(path[-1])
        return f"`{name}` is not a field here{nearest(name, fields_at(path[:-1]))}"
    if kind == "missing":
        return f"expected `{path[-1]}`, got nothing"
    if kind in ("literal_error", "enum"):
        expected = str(context["expected"]).replace("'", "`")
        return f"expected {expected}, got {found}{nearest(str(error['input']), expected.split('`')[1::2])}"
    if kind == "string_pattern_mismatch":
        return f"expected text matching `{context['pattern']}`, got {found}"
    if kind in _SHAPES:
        return f"expected {_SHAPES[kind]}, got {found}"
    message = error["msg"]
    return f"{message[:1].lower()}{message[1:]}, got {found}"


def _at(path: Path, data: object, *, source: str, message: str) -> Problem:
    if len(path) >= 2 and path[0] in ("rules", "limits"):
        return Problem(source, _rule_id(path, data), _dotted(path[2:]), message)
    return Problem(source, "", _dotted(path), message)


def _rule_id(path: Path, data: Any) -> str:
    """Return the id of the rule at `path`, or its place in the file when it has none."""
    place = f"{path[0]}[{path[1]}]"
    try:
        rule_id = data[path[0]][path[1]]["id"]
    except (KeyError, IndexError, TypeError):
        return place
    return rule_id if isinstance(rule_id, str) else place


def _dotted(path: Path) -> str:
    return ".".join(str(part) for part in path)


def _unplain(value: object, *, path: Path, data: object, source: str) -> Problem | None:
    """Return what is wrong with the first value that is not plain data."""
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                return _at(path, data, source=source, message=f"expected text as a key, got {shown(key)}; quote it")
            if problem := _unplain(item, path=(*path, key), data=data, source=source):
                return problem
        return None
    if isinstance(value, list):
        items = (_unplain(item, path=(*path, place), data=data, source=source) for place, item in enumerate(value))
        return next((problem for problem in items if problem), None)
    if value is None:
        return _at(path, data, source=source, message="expected a value, got nothing; leave the key out instead")
    if isinstance(value, (str, bool, int, datetime.date)):
        return None
    return _at(
        path,
        data,
        source=source,
        message=f"expected text, a whole number, a flag, a date, a list or fields, got {shown(value)}",
    )
