"""Throttling by class of request, with the budgets that Microsoft documents or with a test's own. Off by default.

Source: Graph documentation, "Throttling limits". What counts as a class is read from the path. Costs and windows are
simplified: a write costs one unit, windows slide, and limits on concurrency and on bytes are not simulated. Classes
whose numbers are not documented (SharePoint) have no budget.
"""

import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from simulator.errors import GraphError

# Tried in this order; what fits none of them is the directory's.
_CLASSES: Final = (
    ("entra-ca", r"/identity/conditionalaccess/|/identityprotection/"),
    ("entra-reports", r"/auditlogs/|/reports/"),
    ("invitation", r"/invitations$"),
    ("intune", r"/devicemanagement/|/deviceappmanagement/|/users/[^/]+/manageddevices"),
    ("messagetrace", r"/admin/exchange/tracing/"),
    ("servicecomms", r"/admin/serviceannouncement/"),
    ("outlook", r"/users/[^/]+/(?:mailboxsettings|mailfolders|messages|calendar|calendars|events)(?:/|$)"),
    ("sharepoint", r"/drives/|/sites(?:/|$)|/users/[^/]+/drive(?:/|$)"),
    ("teams", r"/teams(?:/|$)|/admin/teams/|/users/[^/]+/joinedteams|/groups/[^/]+/team$"),
    ("security", r"/security/"),
)
CLASSES: Final = frozenset({name for name, _ in _CLASSES} | {"entra-read", "entra-write"})
# What a directory read costs where it is not one unit; `$select` takes one off, `$expand` puts one on.
_COSTS: Final = (
    (r"/groups/[^/]+/transitivemembers", 5),
    (r"/users/[^/]+/transitivememberof", 5),
    (r"/groups/[^/]+/members$", 3),
    (r"/users$", 2),
)
# Resource units in ten seconds by number of users: below 50, up to 500, and more.
_UNITS_BY_SIZE: Final = ((50, 3500), (501, 5000))
_UNITS_OF_LARGE: Final = 8000
# Only the directory says more than 429 and when to try again.
_INFORMATION: Final = {"entra-write": "WriteLimitExceeded", "entra-read": "ResourceUnitLimitExceeded"}
# From this part of a budget on the directory tells how much is used.
_WARNING_PART: Final = 0.8


class Budget(BaseModel):
    """So many `units` in `seconds`, for each application in a tenant, or `per` tenant for all of them together.

    `units` None is the number for the size of the tenant. `retry_after` says whether a refusal names a time.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    units: int | None = Field(default=None, ge=1)
    seconds: float = Field(gt=0)
    per: Literal["application", "tenant"] = "application"
    retry_after: bool = True


def _budget(units: int | None, seconds: float, *, per: Literal["application", "tenant"] = "application") -> Budget:
    return Budget(units=units, seconds=seconds, per=per)


DOCUMENTED: Final[Mapping[str, tuple[Budget, ...]]] = {
    "entra-write": (_budget(3000, 150), _budget(18_000, 300, per="tenant")),
    "entra-read": (_budget(None, 10),),
    "entra-ca": (Budget(units=1, seconds=1, per="tenant", retry_after=False),),
    "entra-reports": (_budget(5, 10),),
    "invitation": (_budget(150, 5, per="tenant"),),
    # Documented only as existing; the number is a guess.
    "intune": (_budget(100, 20),),
    "outlook": (_budget(10_000, 600),),
    "messagetrace": (_budget(100, 300),),
    "teams": (_budget(30, 1),),
    "security": (_budget(150, 60),),
    "servicecomms": (_budget(240, 60), _budget(800, 3600)),
}


def class_of(method: str, path: str) -> str:
    """The class of limits that a request counts against; `path` starts after `/v1.0`."""
    plain = path.lower()
    found = next((name for name, pattern in _CLASSES if re.match(pattern, plain)), None)
    return found or ("entra-read" if method == "GET" or plain.endswith("/checkmembergroups") else "entra-write")


def cost_of(kind: str, path: str, *, query: Mapping[str, str]) -> int:
    """What a request costs, in units of its class."""
    if kind != "entra-read":
        return 1
    usual = next((units for pattern, units in _COSTS if re.match(pattern, path.lower())), 1)
    return max(1, usual - ("$select" in query) + ("$expand" in query))


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: an application in a tenant of `users` people."""

    app_id: str
    tenant_id: str
    users: int


@dataclass(slots=True)
class Throttling:
    """The budgets in force and what was spent of each. Without budgets everything is let through."""

    budgets: dict[str, tuple[Budget, ...]] = field(default_factory=dict)
    _spent: dict[tuple[str, int, str, str], deque[tuple[datetime, int]]] = field(default_factory=dict)

    def set(self, budgets: Mapping[str, tuple[Budget, ...]]) -> None:
        """Put these budgets in force; nothing is spent yet."""
        self.budgets = dict(budgets)
        self._spent.clear()

    def admit(self, asker: Asker, *, kind: str, cost: int, now: datetime) -> dict[str, str]:
        """Spend `cost`, and return the headers that tell about it.

        Raises:
            GraphError: (429) a budget is used up; nothing is spent then.
        """
        parts = [0.0]
        windows = [
            self._window(asker, kind, place=place, budget=one, now=now) for place, one in enumerate(self._of(kind))
        ]
        for budget, window in zip(self._of(kind), windows, strict=True):
            limit = budget.units or _units_for(asker.users)
            used = sum(units for _, units in window)
            if used + cost > limit:
                raise _refused(asker, kind, wait=_wait(window, used + cost - limit, budget=budget, now=now))
            parts.append((used + cost) / limit)
        for window in windows:
            window.append((now, cost))
        return _told(kind, cost, part=max(parts)) if windows else {}

    def _of(self, kind: str) -> tuple[Budget, ...]:
        return self.budgets.get(kind, ())

    def _window(
        self, asker: Asker, kind: str, *, place: int, budget: Budget, now: datetime
    ) -> deque[tuple[datetime, int]]:
        app = asker.app_id if budget.per == "application" else ""
        window = self._spent.setdefault((kind, place, asker.tenant_id, app), deque())
        while window and window[0][0] <= now - timedelta(seconds=budget.seconds):
            window.popleft()
        return window


def _units_for(users: int) -> int:
    return next((units for below, units in _UNITS_BY_SIZE if users < below), _UNITS_OF_LARGE)


def _wait(window: deque[tuple[datetime, int]], missing: int, *, budget: Budget, now: datetime) -> float | None:
    """Seconds until `missing` units are free again; None when the service would not say."""
    if not budget.retry_after:
        return None
    freed = 0
    for at, units in window:
        freed += units
        if freed >= missing:
            return max(0.001, (at - now).total_seconds() + budget.seconds)
    return budget.seconds


def _refused(asker: Asker, kind: str, *, wait: float | None) -> GraphError:
    headers = throttle_headers(_INFORMATION[kind], asker) if kind in _INFORMATION else {}
    if wait is not None:
        # Fractions, as in the documentation's example; a client that reads whole seconds only must notice.
        headers["Retry-After"] = f"{wait:.3f}"
    return GraphError(429, "TooManyRequests", message="Please retry again later.", headers=headers)


def throttle_headers(information: str, asker: Asker | None) -> dict[str, str]:
    """The directory's headers on a 429: which limit, and whose."""
    scope = {} if asker is None else {"x-ms-throttle-scope": _scope(asker)}
    return {"x-ms-throttle-information": information, **scope}


def _scope(asker: Asker) -> str:
    return f"Tenant_Application/ReadWrite/{asker.app_id}/{asker.tenant_id}"


def _told(kind: str, cost: int, *, part: float) -> dict[str, str]:
    headers = {"x-ms-resource-unit": str(cost)} if kind == "entra-read" else {}
    if kind in _INFORMATION and part >= _WARNING_PART:
        headers["x-ms-throttle-limit-percentage"] = f"{part:.1f}"
    return headers
