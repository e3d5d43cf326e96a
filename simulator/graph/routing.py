"""Finds the route of a request in the areas' route tables."""

from collections.abc import Iterable
from urllib.parse import unquote

from simulator.graph import authentication, groups, licences, tenant_facts, user_writes, users
from simulator.graph.calls import Route

ROUTES: tuple[Route, ...] = (
    *users.ROUTES,
    *user_writes.ROUTES,
    *authentication.ROUTES,
    *licences.ROUTES,
    *groups.ROUTES,
    *tenant_facts.ROUTES,
)
_NAMESPACE = "microsoft.graph."

_Pattern = tuple[str | None, ...]


class Router:
    """Routes by method and number of path segments. Fixed segments match without case, as in the service."""

    def __init__(self, routes: Iterable[Route] = ROUTES) -> None:
        self._table: dict[tuple[str, int], list[tuple[_Pattern, Route]]] = {}
        for route in routes:
            pattern = tuple(None if part.startswith("{") else _plain(part) for part in route.path[1:].split("/"))
            self._table.setdefault((route.method, len(pattern)), []).append((pattern, route))

    def find(self, method: str, raw_path: str) -> tuple[Route, dict[str, str]] | None:
        """The route and the path's parameters, or None. `raw_path` is still escaped and starts after `/v1.0`."""
        parts = [unquote(part) for part in raw_path.strip("/").split("/")]
        plain = [_plain(part) for part in parts]
        for pattern, route in self._table.get((method, len(parts)), ()):
            if all(fixed is None or fixed == part for fixed, part in zip(pattern, plain, strict=True)):
                names = [name[1:-1] for name in route.path[1:].split("/") if name.startswith("{")]
                values = [part for part, fixed in zip(parts, pattern, strict=True) if fixed is None]
                return route, dict(zip(names, values, strict=True))
        return None


def _plain(part: str) -> str:
    """A segment as it is compared: a cast may be written `graph.group` or `microsoft.graph.group`."""
    lowered = part.lower()
    return lowered.removeprefix("microsoft.") if lowered.startswith(_NAMESPACE) else lowered
