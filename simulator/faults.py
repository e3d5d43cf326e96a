"""Faults on demand: rules that make a site fail before or after it acted, cut the line, or only pretend.

The simulator's own invention, for tests: real services do all four, at times of their own choosing.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Any, Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

# Set on a request whose line was cut.
DROPPED = web.RequestKey("dropped", bool)
SITES = ("entra", "graph", "vault", "connector", "itsm", "msi")


class FaultRule(BaseModel):
    """One rule. Exactly one effect: `status` (an error answer), `drop` (the line is cut) or `ignore`.

    `path` is a regular expression searched for in the request's path; no `method` means any. The rule
    strikes `times` times. `after_write` lets the site act first. `ignore` answers success although
    nothing was done, and exists on Graph only. `body` replaces the site's own error body.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    site: Literal["entra", "graph", "vault", "connector", "itsm", "msi"] = "graph"
    method: str | None = None
    path: str = ""
    status: int | None = Field(default=None, ge=400, le=599)
    times: int = Field(default=1, ge=1)
    after_write: bool = False
    headers: dict[str, str] = {}
    body: dict[str, Any] | None = None
    drop: bool = False
    ignore: bool = False

    @field_validator("path")
    @classmethod
    def _path_compiles(cls, path: str) -> str:
        try:
            re.compile(path)
        except re.error as wrong:
            raise ValueError(f"expected a regular expression: {wrong}") from wrong
        return path

    @model_validator(mode="after")
    def _one_effect(self) -> "FaultRule":
        if (self.status is not None) + self.drop + self.ignore != 1:
            raise ValueError("expected exactly one of `status`, `drop` and `ignore`")
        if self.ignore and (self.site != "graph" or self.after_write):
            raise ValueError("`ignore` is for Graph, and without `after_write`")
        return self

    def matches(self, site: str, method: str, *, path: str) -> bool:
        """Whether the rule strikes this request."""
        same_method = self.method is None or self.method.upper() == method
        return self.site == site and same_method and re.search(self.path, path) is not None


class Faults:
    """The rules in force, oldest first, each with the times it has left."""

    def __init__(self) -> None:
        self._rules: list[tuple[FaultRule, int]] = []

    def add(self, rule: FaultRule) -> None:
        """Put a rule behind the others."""
        self._rules.append((rule, rule.times))

    def clear(self) -> None:
        """Forget every rule."""
        self._rules.clear()

    def dump(self) -> list[dict[str, Any]]:
        """The rules in force with `times` counted down."""
        return [{**rule.model_dump(), "times": left} for rule, left in self._rules]

    def take(self, site: str, method: str, *, path: str) -> FaultRule | None:
        """The first rule that strikes this request, used up by one; None when there is none."""
        for place, (rule, left) in enumerate(self._rules):
            if rule.matches(site, method, path=path):
                self._rules[place : place + 1] = [(rule, left - 1)] if left > 1 else []
                return rule
        return None


async def strike(
    rule: FaultRule,
    request: web.Request,
    *,
    act: Callable[[], Awaitable[web.StreamResponse]],
    fail: Callable[[FaultRule], web.StreamResponse],
) -> web.StreamResponse:
    """Let the rule have its effect: `act` is what the site would do, `fail` draws the rule's error answer."""
    if rule.after_write:
        await act()
    return cut(request) if rule.drop else fail(rule)


def cut(request: web.Request) -> web.Response:
    """Cut the line without an answer; the returned response never leaves the machine."""
    request[DROPPED] = True
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
