"""How a refused document is explained: pydantic's errors in the author's words, with rule id and what to write instead.

Whoever meets a message knows nothing of models and patterns. So it says what was expected, what came and, where that
does not follow by itself, how the place is written.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any, Final, Literal

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from policy.conflict import ConflictError, RuleError
from policy.errors import DocumentError, Problem
from policy.foreign import shown, stray_quotes, ticked
from policy.grammar import messages_of, nearest
from policy.plain import Path, json_text, unplain

_Kind = Literal["rule", "limit", "example", "assertion", "id"]

# Where the entries with an id of their own stand, and what they are called.
_LISTS: Final[dict[Path, _Kind]] = {
    ("rules",): "rule",
    ("limits",): "limit",
    ("tests", "examples"): "example",
    ("tests", "assertions"): "assertion",
}

_SHAPES: Final = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "tuple_type": "a list",
    "model_type": "fields with their values",
    "too_short": "at least one value",
}
# What a field holds where its pattern alone would say it.
_AN_ID: Final = "an id of 3 to 81 lower-case letters, digits, `.`, `_` and `-` that begins with a letter or digit"
_TEXTS: Final = {
    "id": _AN_ID,
    "rules": _AN_ID,
    "actions": "an action, or a pattern of letters, digits, `.`, `_`, `-` and `*`",
    "tenant": 'the id of one tenant, or `"*"` for all of them',
    "valid_for": "a time such as `30m`, `24h` or `7d`",
}

# How a field is written. The examples are narrow, because some will be copied without thought.
_WRITTEN: Final = {
    "apiVersion": "policy/v1",
    "layer": "action",
    "tenant": "contoso",
    "id": "action.my-own",
    "effect": "deny",
    "actions": '["entra.user.password.reset"]',
    "when_any": "[{requester.kind: guest}]",
    "unless": "[{requester.kind: guest}]",
    "where_any": "[{requester.kind: guest}]",
    "approval": "{from: [tenant_admin]}",
    "from": "[tenant_admin]",
    "per": "tenant",
    "window": "24h",
    "max": "20",
    "never": "[allow]",
    "given": "{action: entra.user.password.reset}",
    "expect": "{verdict: deny}",
    "verdict": "deny",
    "unknown": "[risk]",
    "unmatched": "[action]",
    "approvers": "[tenant_admin]",
}

# Words that other policy languages, or other parts of this one, use for the same thing.
_SAME: Final = (
    {"permit", "allow", "allowed", "grant", "accept"},
    {"require_approval", "approval", "approve", "ask"},
    {"deny", "block", "forbid", "refuse", "reject"},
    {"when", "where", "if", "condition", "conditions"},
    {"when_any", "where_any", "any", "any_of", "or"},
    {"unless", "except", "exception", "exceptions", "not"},
    {"approval", "approvers", "approver"},
    {"from", "by", "who", "approvers"},
    {"id", "name"},
    {"note", "comment", "description", "reason"},
)


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
    """Return the problem of what stands at `path`, named by the rule, limit or test that it belongs to."""
    for place, kind in _LISTS.items():
        end = len(place) + 1
        if path[: end - 1] == place and len(path) >= end and isinstance(path[end - 1], int):
            return Problem(source, _id_at(path[:end], data), _dotted(path[end:]), message, kind)
    return Problem(source, "", _dotted(path), message)


def in_document_order(found: Iterable[tuple[Path, Problem]], data: object) -> list[Problem]:
    """Return the problems in the order in which an author reads the document, each once."""
    ordered = sorted(found, key=lambda one: _position(one[0], data))
    return list(dict.fromkeys(problem for _, problem in ordered))


def conflict_problems(errors: Iterable[RuleError], data: object, *, source: str) -> Iterator[Problem]:
    """Yield the problems of rules, limits and tests that do not go together with their document."""
    kinds: dict[str, set[_Kind]] = {}
    for place, kind in _LISTS.items():
        for name in _ids_at(place, data):
            kinds.setdefault(name, set()).add(kind)
    for error in errors:
        (kind, *others) = kinds.get(error.rule_id, ("id",))
        yield Problem(source, error.rule_id, "", str(error), "id" if others else kind)


def _is_echo(error: ErrorDetails) -> bool:
    # Pydantic also calls a list too short when its items were refused one by one.
    return error["type"] == "too_short" and bool(error["input"])


def _problems(
    error: ErrorDetails, data: object, *, source: str, fields_at: Callable[[Path], tuple[str, ...]]
) -> Iterator[Problem]:
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, ConflictError):
        yield from conflict_problems(cause.errors, data, source=source)
        return
    messages = messages_of(cause) if isinstance(cause, ValueError) else (_message(error, fields_at),)
    yield from (problem_at(error["loc"], data, source=source, message=message) for message in messages)


def _message(error: ErrorDetails, fields_at: Callable[[Path], tuple[str, ...]]) -> str:
    kind, path, value = error["type"], error["loc"], error["input"]
    name = _field_in(path)
    if kind == "extra_forbidden":
        fields = fields_at(path[:-1])
        return f"{shown(name)} is not a field here{_meant(name, fields) or f'; here stand {ticked(fields)}'}"
    if kind == "missing":
        return f"expected `{name}`, got nothing{_example(path)}"
    if kind in ("literal_error", "enum"):
        expected = str(error["ctx"]["expected"]).replace("'", "`")
        choices = expected.split("`")[1::2]
        remedy = _meant(str(value), choices) or ("" if len(choices) > 1 else _example(path))
        return f"expected {expected}, got {shown(value)}{remedy}"
    if kind == "model_type" and name not in _WRITTEN:
        return f"expected fields with their values, got {shown(value)}; here stand {ticked(fields_at(path))}"
    return f"{_expected(error)}, got {shown(value)}{_remedy(error)}"


def _expected(error: ErrorDetails) -> str:
    kind, message, context = error["type"], error["msg"], error.get("ctx", {})
    name = _field_in(error["loc"])
    if kind in ("string_pattern_mismatch", "string_type") and name in _TEXTS:
        return f"expected {_TEXTS[name]}"
    match kind:
        case "string_pattern_mismatch":
            return f"expected text matching `{context['pattern']}`"
        case "string_type":
            return "expected one text" if isinstance(error["input"], (list, dict)) else "expected text in quotes"
        case "greater_than_equal":
            return f"expected at least `{context['ge']}`"
        case "less_than_equal":
            return f"expected at most `{context['le']}`"
        case _:
            return f"expected {_SHAPES[kind]}" if kind in _SHAPES else f"{message[:1].lower()}{message[1:]}"


def _remedy(error: ErrorDetails) -> str:
    if error["type"] == "int_type":
        return stray_quotes(error["input"])
    if error["type"] == "tuple_type" and _field_in(error["loc"]) not in _WRITTEN:
        return "; begin each entry with `- `"
    return _example(error["loc"]) if error["type"] in _SHAPES else ""


def _example(path: Path) -> str:
    """Return how the field at `path` is written, or nothing where that is another field of the same name."""
    name = _field_in(path)
    known = name in _WRITTEN and not (name == "from" and "approvers" in path)
    return f"; for example `{name}: {_WRITTEN[name]}`" if known else ""


def _meant(word: str, choices: Collection[str]) -> str:
    """Return `; did you mean ...?` with the choice that says the same, or else is spelt alike, or nothing."""
    same = [one for one in choices for words in _SAME if word.lower() in words and one in words]
    return f"; did you mean `{same[0]}`?" if same else nearest(word, choices)


def _field_in(path: Path) -> str:
    """Return the name of the field that `path` leads to, or into."""
    return next((one for one in reversed(path) if isinstance(one, str)), "")


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
    return found if isinstance(found, str) else place


def _ids_at(place: Path, data: Any) -> Iterator[str]:
    """Yield the ids of the entries that stand at `place`; nothing of them need be valid."""
    for part in place:
        data = data.get(part) if isinstance(data, dict) else None
    for entry in data if isinstance(data, list) else ():
        if isinstance(entry, dict) and isinstance(entry.get("id"), str):
            yield entry["id"]


def _dotted(path: Path) -> str:
    return ".".join(map(str, path))


def _position(path: Path, data: Any) -> tuple[int, ...]:
    """Return where `path` stands: for each level how many siblings come before; what is missing comes last."""
    position: list[int] = []
    for part in path:
        siblings = list(data if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ())
        known = part in siblings
        position.append(siblings.index(part) if known else len(siblings))
        data = data[part] if known else None
    return tuple(position)
