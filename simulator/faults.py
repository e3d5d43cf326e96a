"""Faults on demand: rules that make a site fail before or after it acted, cut the line, or only pretend.

The simulator's own invention, for tests: real services do all of it, at times of their own choosing. A rule strikes
the first requests that it fits, every nth of them, or a part of them that is chosen by a seed and so can be repeated.
"""

import random
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from simulator.clock import Clock

# Set on a request whose line was cut.
DROPPED = web.RequestKey("dropped", bool)
SITES = ("entra", "graph", "vault", "connector", "itsm", "msi")


class FaultRule(BaseModel):
    """One rule. Exactly one effect: `status` (an error answer), `drop` (the line is cut), `ignore`, `challenge` or
    `outcome`.

    `path` is a regular expression searched for in the request's path; no `method` means any. Of the requests that fit,
    `every` strikes each so-manyth, and `share` (above 0 to 1) a random part, the same for the same `seed`. The rule
    strikes `times` times; None is without end, and the default is once for a rule without `every` and `share`.
    `after_write` lets the site act first. `ignore` answers success although nothing was done, and exists on Graph
    only. So does `challenge`, which goes on refusing tokens until one comes that was asked for with its claims; these
    name `since` (unix seconds), by default the time of the rule; with `lasting` no token will do. With `outcome`,
    on Graph too, a managed device takes what it is told and ends it so. `body` replaces the site's own error body.
    `retry_after` are seconds, fractions too, for that header; `throttled_by` gives a 429 of Graph the headers that
    say which limit was reached, and whose.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    site: Literal["entra", "graph", "vault", "connector", "itsm", "msi"] = "graph"
    method: str | None = None
    path: str = ""
    status: int | None = Field(default=None, ge=400, le=599)
    times: int | None = Field(default=None, ge=1)
    every: int | None = Field(default=None, ge=2)
    share: float | None = Field(default=None, gt=0, le=1)
    seed: int = 0
    retry_after: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    throttled_by: Literal["CPULimitExceeded", "WriteLimitExceeded", "ResourceUnitLimitExceeded"] | None = None
    after_write: bool = False
    headers: dict[str, str] = {}
    body: dict[str, Any] | None = None
    drop: bool = False
    ignore: bool = False
    challenge: bool = False
    since: int | None = Field(default=None, ge=0)
    lasting: bool = False
    outcome: Literal["failed", "notSupported", "canceled"] | None = None

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
        effects = (self.status is not None, self.drop, self.ignore, self.challenge, self.outcome is not None)
        if sum(effects) != 1:
            raise ValueError("expected exactly one of `status`, `drop`, `ignore`, `challenge` and `outcome`")
        if (self.challenge or self.outcome) and (self.site != "graph" or self.after_write):
            raise ValueError("`challenge` and `outcome` are for Graph, and without `after_write`")
        if self.since is not None and not self.challenge:
            raise ValueError("`since` needs a `challenge`")
        if self.lasting and not self.challenge:
            raise ValueError("`lasting` needs a `challenge`")
        if self.ignore and (self.site != "graph" or self.after_write):
            raise ValueError("`ignore` is for Graph, and without `after_write`")
        return self

    @model_validator(mode="after")
    def _parts_fit(self) -> "FaultRule":
        if self.every is not None and self.share is not None:
            raise ValueError("expected at most one of `every` and `share`")
        if self.retry_after is not None and self.status is None:
            raise ValueError("`retry_after` needs a `status`")
        if any("insufficient_claims" in value for value in self.headers.values()):
            raise ValueError("a claims challenge is made with `challenge`, so that it stays until it is met")
        if self.throttled_by is not None and (self.site != "graph" or self.status != 429):
            raise ValueError("`throttled_by` is for 429 of Graph")
        return self

    @property
    def most(self) -> int | None:
        """How often the rule strikes; None is without end."""
        return self.times if self.times or self.every or self.share or self.challenge else 1

    @property
    def answer_headers(self) -> dict[str, str]:
        """The headers of the error answer."""
        wait = {} if self.retry_after is None else {"Retry-After": f"{self.retry_after:g}"}
        limit = {} if self.throttled_by is None else {"x-ms-throttle-information": self.throttled_by}
        return {**wait, **limit, **self.headers}

    def matches(self, site: str, method: str, *, path: str, shown: str) -> bool:
        """Whether the rule strikes this request, whose token was asked for with the claims `shown`."""
        if self.challenge and not self.lasting and shown == str(self.since):
            return False
        same_method = self.method is None or self.method.upper() == method
        return self.site == site and same_method and re.search(self.path, path) is not None


@dataclass(slots=True)
class _Armed:
    """A rule in force: the strikes it has left, the requests it has seen, and its own chance."""

    rule: FaultRule
    left: int | None
    chance: random.Random
    seen: int = field(default=0)

    def strikes(self) -> bool:
        """Whether it strikes the next request that it fits; used up by one then."""
        self.seen += 1
        every, share = self.rule.every, self.rule.share
        # The chance is asked once a request, so that which requests are struck depends on the seed alone.
        struck = self.seen % every == 0 if every else self.chance.random() < share if share else True
        if struck and self.left is not None:
            self.left -= 1
        return struck


class Faults:
    """The rules in force, oldest first, each with the times it has left."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rules: list[_Armed] = []

    def add(self, rule: FaultRule) -> None:
        """Put a rule behind the others."""
        if rule.challenge and rule.since is None:
            earlier = [one.rule.since + 1 for one in self._rules if one.rule.since is not None]
            # No two challenges ask for the same, or the answer to one would be that to the other.
            rule = rule.model_copy(update={"since": max((self._clock.unix(), *earlier))})
        self._rules.append(_Armed(rule, rule.most, random.Random(rule.seed)))

    def clear(self) -> None:
        """Forget every rule."""
        self._rules.clear()

    def dump(self) -> list[dict[str, Any]]:
        """The rules in force with `times` counted down."""
        return [{**one.rule.model_dump(), "times": one.left} for one in self._rules]

    def take(self, site: str, method: str, *, path: str, shown: str = "") -> FaultRule | None:
        """The first rule that strikes this request, used up by one; None when there is none."""
        for armed in self._rules:
            if armed.rule.matches(site, method, path=path, shown=shown) and armed.strikes():
                self._rules = [one for one in self._rules if one.left != 0]
                return armed.rule
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
