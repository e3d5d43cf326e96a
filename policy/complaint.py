"""How a refused document is explained: pydantic's errors in the author's words, with rule id and nearest name."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from policy.conflict import ConflictError, RuleError
from policy.errors import DocumentError, Problem
from policy.foreign import printable, shown
from policy.grammar import messages_of, nearest
from policy.plain import Path, json_text, unplain

_SHAPES: Final = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "string_type": "text in quotes",
    "tuple_type": "a list",
    "model_type": "fields with their values",
    "too_short": "at least one value",
}
# Where the entries with an id of their own stand.
_LISTS: Final[tuple[Path, ...]] = (("rules",), ("limits",), ("tests", "examples"), ("tests", "assertions"))


def plain_json(data: object, *, source: str) -> str:
    """Return `data` as JSON text, dates as ISO text, so that strict JSON rules judge it.

    Raises:
        DocumentError: a null, a key that is not text, or a value that JSON does not know.
    """
    found = unplain(data)
    if found:
        raise DocumentError(problem_at(one.path, data, source=source, message=one.message) for one in found)
    return json_text(data)


def problems_in(
    error: ValidationError, data: object, *, source: str, fields_at: Callable[[Path], tuple[str, ...]]
) -> list[tuple[Path, Problem]]:
    """Return one problem per error that pydantic found in `data`, with its path.

    `fields_at` returns the names that are valid at a path of the document.
    """
    found = (one for one in error.errors() if not _is_echo(one))
    return [(one["loc"], each) for one in found for each in _problems(one, data, source=source, fields_at=fields_at)]


def problem_at(path: Path, data: object, *, source: str, message: str) -> Problem:
    """Return the problem of what stands at `path`, named by the rule or test that it belongs to."""
    for place in _LISTS:
        end = len(place) + 1
        if path[: end - 1] == place and len(path) >= end and isinstance(path[end - 1], int):
            return Problem(source, _id_at(path[:end], data), _dotted(path[end:]), message)
    return Problem(source, "", _dotted(path), message)


def in_document_order(found: Iterable[tuple[Path, Problem]], data: object) -> list[Problem]:
    """Return the problems in the order in which an author reads the document, each once."""
    ordered = sorted(found, key=lambda one: _position(one[0], data))
    return list(dict.fromkeys(problem for _, problem in ordered))


def _is_echo(error: ErrorDetails) -> bool:
    # Pydantic also calls a list too short when its items were refused one by one.
    return error["type"] == "too_short" and bool(error["input"])


def _problems(
    error: ErrorDetails, data: object, *, source: str, fields_at: Callable[[Path], tuple[str, ...]]
) -> Iterator[Problem]:
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, ConflictError):
        yield from (conflict_problem(one, source=source) for one in cause.errors)
        return
    messages = messages_of(cause) if isinstance(cause, ValueError) else (_message(error, fields_at),)
    yield from (problem_at(error["loc"], data, source=source, message=message) for message in messages)


def conflict_problem(error: RuleError, *, source: str) -> Problem:
    """Return the problem of a rule that does not go together with its document."""
    return Problem(source, printable(error.rule_id), "", str(error))


def _message(error: ErrorDetails, fields_at: Callable[[Path], tuple[str, ...]]) -> str:
    kind, found, context = error["type"], shown(error["input"]), error.get("ctx", {})
    path: Path = error["loc"]
    if kind == "extra_forbidden":
        name = str(path[-1])
        return f"{shown(name)} is not a field here{nearest(name, fields_at(path[:-1]))}"
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


def _id_at(path: Path, data: Any) -> str:
    """Return the id of the rule or test at `path`, or its place in the file when it has none."""
    *parts, index = path
    place = f"{_dotted(tuple(parts))}[{index}]"
    try:
        for part in path:
            data = data[part]
        found = data["id"]
    except (KeyError, IndexError, TypeError):
        return place
    return printable(found) if isinstance(found, str) else place


def _dotted(path: Path) -> str:
    return ".".join(printable(str(part)) for part in path)


def _position(path: Path, data: Any) -> tuple[int, ...]:
    """Return where `path` stands: for each level how many siblings come before; what is missing comes last."""
    position: list[int] = []
    for part in path:
        siblings = list(data if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ())
        known = part in siblings
        position.append(siblings.index(part) if known else len(siblings))
        data = data[part] if known else None
    return tuple(position)
