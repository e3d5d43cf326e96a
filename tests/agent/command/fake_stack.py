"""What the commands for orders reach instead of a running stack."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from agent.command import drill, orders
from agent.command.stack import RunningStack

NOW = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
TENANT = "11111111-1111-4111-8111-111111111111"
WHO = ["--as", "Olga", "--why", "to be safe"]


class Stack:
    """A stack that keeps what it was asked, and the order in force on its one tenant.

    `later` are cases as they are from the second look on, `held` those that the state names; `note` goes with an
    answer to an order.
    """

    def __init__(self) -> None:
        self.orders: list[dict[str, Any]] = []
        self.control: dict[str, Any] | None = None
        self.stack_control: dict[str, Any] | None = None
        self.cases: list[dict[str, Any]] = []
        self.later: dict[str, list[dict[str, Any]]] = {}
        self.status = 200
        self.held: list[dict[str, Any]] = []
        self.note = ""
        self.looks: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        path = request.url.path
        if path == "/api/controls":
            tenants = {TENANT: {"control": self.control, "log": []}}
            found = {"stack": {"control": self.stack_control}, "tenants": tenants, "cases": self.held}
            return httpx.Response(200, json=found)
        if path == "/api/cases":
            return httpx.Response(200, json={"cases": [{"id": one["id"], "tenant_id": TENANT} for one in self.cases]})
        if path.startswith("/api/cases/"):
            return self._case(path.rsplit("/", 1)[1])
        return self._order(json.loads(request.content))

    def _case(self, case_id: str) -> httpx.Response:
        self.looks.append(case_id)
        (first,) = (one for one in self.cases if one["id"] == case_id)
        later = self.later.get(case_id, [])
        count = self.looks.count(case_id) - 2
        found = first if count < 0 or not later else later[min(count, len(later) - 1)]
        # A look that fails is None.
        return httpx.Response(200 if found else 503, json=found or {"error": "storage is down"})

    def _order(self, body: dict[str, Any]) -> httpx.Response:
        self.orders.append(body)
        if self.status != 200:
            return httpx.Response(self.status, json={"error": "the case has ended"})
        states = {"pause": "paused", "stop": "stopped", "resume": "running"}
        if body["order"] in states:
            self.control = {"state": states[body["order"]], "by": body["by"], "why": body["why"], "at": NOW.isoformat()}
        note = {"note": self.note} if self.note else {}
        return httpx.Response(200, json={"order": body["order"], "stored_at": NOW.isoformat(), **note})


def reached(monkeypatch: pytest.MonkeyPatch) -> Stack:
    """Return the stack that the commands reach during a test."""
    made = Stack()

    @contextmanager
    def connected() -> Iterator[RunningStack]:
        yield RunningStack(httpx.Client(base_url="https://stack", transport=httpx.MockTransport(made)))

    monkeypatch.setattr(orders, "running_stack", connected)
    monkeypatch.setattr(drill, "running_stack", connected)
    return made
