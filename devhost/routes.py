"""ASP.NET route templates: compiled to patterns and tried in the order of the functions' names.

Sources: azure-functions-host WebScriptHostHttpRoutesManager.cs (prefix, method constraint, one route per function),
FunctionMetadataManager.cs (functions ordered by name, ignoring case), ASP.NET Core "Routing", route template reference.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from devhost.errors import AppError

_CONSTRAINTS = {
    "": r"[^/]+",
    "int": r"[+-]?[0-9]+",
    "long": r"[+-]?[0-9]+",
    "bool": r"(?:true|false)",
    "alpha": r"[a-z]+",
    "guid": r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
}
_WHOLE_NUMBER_BITS = {"int": 32, "long": 64}
_PARAMETER = re.compile(r"\{(?P<star>\*{0,2})(?P<name>[A-Za-z_]\w*)(?::(?P<constraint>[a-z]+))?(?P<optional>\??)\}")


@dataclass(frozen=True, slots=True)
class Route:
    """One function's template. `methods` is upper case; None means every method, as when the decorator names none."""

    function: str
    pattern: re.Pattern[str]
    methods: frozenset[str] | None
    whole_numbers: tuple[tuple[str, int], ...] = ()

    def match(self, method: str, path: str) -> dict[str, str] | None:
        """Return the route parameters (text) when this route serves `method` on the decoded `path`, else None."""
        # A wrong method is no match at all, so it ends in 404 and never in 405 (HttpMethodRouteConstraint).
        if self.methods is not None and method.upper() not in self.methods:
            return None
        found = self.pattern.fullmatch(path.strip("/"))
        if found is None:
            return None
        values = {name: value for name, value in found.groupdict().items() if value}
        in_range = all(
            -(1 << bits - 1) <= int(values[n]) < 1 << bits - 1 for n, bits in self.whole_numbers if n in values
        )
        return values if in_range else None


def compile_route(function: str, template: str, *, prefix: str, methods: Iterable[str] | None) -> Route:
    """Compile `template` below `prefix` (host.json `routePrefix`, may be empty) for the function of that name.

    Raises:
        AppError: a segment or a constraint this host does not know, or a name used twice.
    """
    segments = [segment for segment in f"{prefix}/{template}".split("/") if segment]
    pattern, numbers = "", []
    for position, segment in enumerate(segments):
        parts = list(_PARAMETER.finditer(segment))
        _check_segment(function, segment, parts=parts, is_last=position == len(segments) - 1)
        numbers += [
            (p["name"], _WHOLE_NUMBER_BITS[p["constraint"]]) for p in parts if p["constraint"] in _WHOLE_NUMBER_BITS
        ]
        pattern += _segment_pattern(segment, parts, is_first=position == 0)
    try:
        compiled = re.compile(pattern, re.IGNORECASE)
    except re.error as problem:
        raise AppError(f"route of function `{function}`: a parameter name is used twice") from problem
    return Route(function, compiled, frozenset(m.upper() for m in methods) if methods else None, tuple(numbers))


def ordered(routes: Iterable[Route]) -> tuple[Route, ...]:
    """Order routes as the host tries them: by function name, ignoring case. The first match wins."""
    return tuple(sorted(routes, key=lambda route: route.function.lower()))


def find(routes: Sequence[Route], method: str, *, path: str) -> tuple[str, dict[str, str]] | None:
    """Return (function name, route parameters) of the first route that matches, or None."""
    for route in routes:
        values = route.match(method, path)
        if values is not None:
            return route.function, values
    return None


def _check_segment(function: str, segment: str, *, parts: list[re.Match[str]], is_last: bool) -> None:
    if _PARAMETER.sub("", segment).count("{") or _PARAMETER.sub("", segment).count("}"):
        raise AppError(f"route of function `{function}`: segment `{segment}` is not understood")
    for part in parts:
        if (part["constraint"] or "") not in _CONSTRAINTS:
            known = ", ".join(name for name in _CONSTRAINTS if name)
            raise AppError(
                f"route of function `{function}`: constraint `{part['constraint']}` is not supported, known are {known}"
            )
        if (part["star"] or part["optional"]) and not (is_last and part.group(0) == segment):
            raise AppError(f"route of function `{function}`: `{segment}` may only be the whole last segment")


def _segment_pattern(segment: str, parts: list[re.Match[str]], *, is_first: bool) -> str:
    slash = "" if is_first else "/"
    if parts and parts[0]["star"]:
        return f"(?:{slash}(?P<{parts[0]['name']}>.*))?"
    text, end = "", 0
    for part in parts:
        text += re.escape(segment[end : part.start()])
        text += f"(?P<{part['name']}>{_CONSTRAINTS[part['constraint'] or '']})"
        end = part.end()
    text += re.escape(segment[end:])
    return f"(?:{slash}{text})?" if parts and parts[0]["optional"] else f"{slash}{text}"
