"""Parses OData `$filter` into a predicate, as far as the directory understands it.

    or    = and  *("or" and)          and   = not  *("and" not)
    not   = ["not"] term              term  = "(" or ")" / function / lambda / comparison
    function   = startswith|endswith "(" path "," text ")"
    lambda     = path "/any(" name ":" or ")"
    comparison = path (eq|ne|gt|ge|lt|le) value / path "in" "(" value *("," value) ")"

Source: OData 4.01 URL conventions, section 5.1.1, and Graph's "advanced query capabilities".
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from simulator.clock import parse as parse_time
from simulator.errors import GraphError
from simulator.graph.calls import bad_request

Scope = Mapping[str, Any]
Predicate = Callable[[Scope], bool]
_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<time>\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d))?)"
    r"|(?P<guid>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})|(?P<number>-?\d+)"
    r"|(?P<word>[A-Za-z_][\w./]*)|(?P<mark>[(),:]))"
)
_COMPARISONS = ("eq", "ne", "gt", "ge", "lt", "le")
# What the literals of each kind are, and those types that Graph compares with nothing else.
_TYPES = {"text": "Edm.String", "guid": "Edm.Guid", "time": "Edm.DateTimeOffset", "flag": "Edm.Boolean"}
_STRICT = frozenset({"Edm.Guid", "Edm.Boolean", "Edm.DateTimeOffset"})
_KINDS = {
    "eq": "Equal",
    "ne": "NotEqual",
    "gt": "GreaterThan",
    "ge": "GreaterThanOrEqual",
    "lt": "LessThan",
    "le": "LessThanOrEqual",
    "in": "In",
}
# Operators that the directory only offers with `ConsistencyLevel: eventual` and `$count=true`.
_ADVANCED = frozenset({"ne", "not", "endswith"})


@dataclass(frozen=True, slots=True)
class Filter:
    """A parsed filter. `advanced` says whether it needs the advanced query header."""

    matches: Callable[[Mapping[str, Any]], bool]
    advanced: bool


def compile_filter(
    text: str, operators: Mapping[str, frozenset[str]], *, resource: str, guids: frozenset[str] = frozenset()
) -> Filter:
    """Parse `text`; `operators` says which operators each property path (`a/b`) of `resource` offers.

    `guids` are the paths whose values are GUIDs, written without quotes; most ids are texts.

    Raises:
        GraphError: (400) it does not parse, asks what the property does not offer, or compares what cannot be compared.
    """
    parser = _Parser(_tokens(text), operators, resource=resource, guids=guids)
    predicate = parser.disjunction()
    parser.end()
    return Filter(matches=lambda item: predicate({"": item}), advanced=bool(parser.used & _ADVANCED))


def _tokens(text: str) -> list[tuple[str, str]]:
    found, position = [], 0
    while position < len(text.rstrip()):
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise _invalid(f"Syntax error at position {position} in '{text}'.")
        found.append((match.lastgroup, match.group(match.lastgroup)))
        position = match.end()
    return found


def _invalid(reason: str) -> GraphError:
    return bad_request(f"Invalid filter clause: {reason}", code="BadRequest")


class _Parser:
    def __init__(
        self,
        tokens: list[tuple[str, str]],
        operators: Mapping[str, frozenset[str]],
        *,
        resource: str,
        guids: frozenset[str],
    ) -> None:
        self._tokens = tokens
        self._guids = guids
        self._operators = operators
        self._resource = resource
        self._variables: dict[str, str] = {}
        self.used: set[str] = set()

    def disjunction(self) -> Predicate:
        """Parse from here on, as far as the expression goes."""
        parts = [self._conjunction()]
        while self._take_word("or"):
            parts.append(self._conjunction())
        return parts[0] if len(parts) == 1 else lambda scope: any(part(scope) for part in parts)

    def _conjunction(self) -> Predicate:
        parts = [self._negation()]
        while self._take_word("and"):
            parts.append(self._negation())
        return parts[0] if len(parts) == 1 else lambda scope: all(part(scope) for part in parts)

    def _negation(self) -> Predicate:
        if not self._take_word("not"):
            return self._term()
        self.used.add("not")
        negated = self._term()
        return lambda scope: not negated(scope)

    def _term(self) -> Predicate:
        if self._take_mark("("):
            inner = self.disjunction()
            self._need_mark(")")
            return inner
        word = self._need("word")
        if word.lower() in ("startswith", "endswith"):
            return self._function(word.lower())
        if word.endswith("/any"):
            return self._lambda(word.removesuffix("/any"))
        return self._comparison(word)

    def _function(self, name: str) -> Predicate:
        self._need_mark("(")
        path = self._path(self._need("word"), name)
        self._need_mark(",")
        wanted = self._value()
        self._need_mark(")")
        if not isinstance(wanted, str):
            raise _invalid(f"{name} expects a text.")
        prefix = wanted.casefold()
        test = str.startswith if name == "startswith" else str.endswith
        return lambda scope: any(test(value.casefold(), prefix) for value in _texts(_read(path, scope)))

    def _lambda(self, collection: str) -> Predicate:
        self._need_mark("(")
        name = self._need("word")
        self._need_mark(":")
        self._variables[name] = collection
        inner = self.disjunction()
        self._need_mark(")")
        del self._variables[name]
        path = _Path("", tuple(collection.split("/")), "")
        return lambda scope: any(inner({**scope, name: item}) for item in _read(path, scope) or ())

    def _comparison(self, word: str) -> Predicate:
        operator = self._need("word").lower()
        path = self._path(word, operator)
        if operator == "in":
            wanted = self._list(path)
            return lambda scope: any(_same(_read(path, scope), one) for one in wanted)
        if operator not in _COMPARISONS:
            raise _invalid(f"Unknown operator '{operator}'.")
        value = self._value_for(path, operator)
        return lambda scope: _compare(_read(path, scope), value, operator=operator)

    def _path(self, word: str, operator: str) -> "_Path":
        variable, _, rest = word.partition("/")
        inside = variable in self._variables
        full = "/".join(filter(None, (self._variables[variable], rest))) if inside else word
        self.used.add(operator)
        if operator not in self._operators.get(full, frozenset()):
            message = f"Unsupported or invalid query filter clause specified for property '{full}' of resource"
            raise bad_request(f"{message} '{self._resource}'.", code="Request_UnsupportedQuery")
        type_name = "Edm.Guid" if full in self._guids else _type_of(full)
        steps = tuple(filter(None, rest.split("/"))) if inside else tuple(word.split("/"))
        return _Path(variable if inside else "", steps, type_name)

    def _list(self, path: "_Path") -> list[object]:
        self._need_mark("(")
        values = [self._value_for(path, "in")]
        while self._take_mark(","):
            values.append(self._value_for(path, "in"))
        self._need_mark(")")
        return values

    def _value_for(self, path: "_Path", operator: str) -> object:
        """Return the next value, which must be of the property's type; null is of every type."""
        kind, text = self._tokens[0] if self._tokens else ("", "")
        given = _TYPES.get("flag" if text in ("true", "false") else kind, path.type_name)
        if given != path.type_name and {given, path.type_name} & _STRICT:
            types = f"Found operand types '{path.type_name}' and '{given}' for operator kind '{_KINDS[operator]}'."
            raise _invalid(f"A binary operator with incompatible types was detected. {types}")
        return self._value()

    def _value(self) -> object:
        kind, text = self._next()
        match kind:
            case "text":
                return text[1:-1].replace("''", "'")
            case "guid":
                return text
            case "number":
                return int(text)
            case "time":
                return parse_time(text if "T" in text else f"{text}T00:00:00Z")
            case "word" if text in ("true", "false", "null"):
                return {"true": True, "false": False, "null": None}[text]
        raise _invalid(f"Expected a value, got '{text}'.")

    def _next(self) -> tuple[str, str]:
        if not self._tokens:
            raise _invalid("The expression ends too early.")
        return self._tokens.pop(0)

    def _need(self, kind: str) -> str:
        found, text = self._next()
        if found != kind:
            raise _invalid(f"Expected a {kind}, got '{text}'.")
        return text

    def _need_mark(self, mark: str) -> None:
        if not self._take_mark(mark):
            raise _invalid(f"Expected '{mark}'.")

    def _take_mark(self, mark: str) -> bool:
        return self._take("mark", mark)

    def _take_word(self, word: str) -> bool:
        return self._take("word", word)

    def _take(self, kind: str, text: str) -> bool:
        if self._tokens and self._tokens[0][0] == kind and self._tokens[0][1].lower() == text:
            self._tokens.pop(0)
            return True
        return False

    def end(self) -> None:
        """Raises:
        GraphError: (400) something is left over.
        """
        if self._tokens:
            raise _invalid(f"Unexpected '{self._tokens[0][1]}'.")


@dataclass(frozen=True, slots=True)
class _Path:
    variable: str
    steps: tuple[str, ...]
    type_name: str


def _read(path: _Path, scope: Scope) -> Any:
    value = scope[path.variable]
    for step in path.steps:
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _type_of(path: str) -> str:
    """Return the type that a property's name tells, in the way all of Graph names them; a text where it tells none."""
    name = path.rpartition("/")[2]
    if name.endswith("Enabled") or re.match("is[A-Z]", name):
        return "Edm.Boolean"
    return "Edm.DateTimeOffset" if name.endswith(("DateTime", "HireDate")) else "Edm.String"


def _texts(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [one for one in values if isinstance(one, str)]


def _same(found: Any, wanted: object) -> bool:
    if isinstance(wanted, datetime):
        return isinstance(found, str) and parse_time(found) == wanted
    if isinstance(found, str) and isinstance(wanted, str):
        return found.casefold() == wanted.casefold()
    return type(found) is type(wanted) and bool(found == wanted)


def _compare(found: Any, wanted: object, *, operator: str) -> bool:
    if operator in ("eq", "ne"):
        return _same(found, wanted) == (operator == "eq")
    if found is None or wanted is None:
        return False
    left: Any = parse_time(found) if isinstance(wanted, datetime) else found
    right: Any = wanted
    match operator:
        case "gt":
            return bool(left > right)
        case "ge":
            return bool(left >= right)
        case "lt":
            return bool(left < right)
        case _:
            return bool(left <= right)
