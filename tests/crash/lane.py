"""One lane: a local stack whose function app dies as ordered, and a driver that lives through a story with it.

The driver is everybody outside: the ticket system that sends a webhook again, the approver who clicks again, the timer
that runs the sweep, and the time that passes while nothing moves.
"""

import base64
import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables import TableServiceClient
from azure.storage.queue import QueueServiceClient

from agent.itsm.standard_webhooks import sign
from agent.model.case import Stage, case_id_for
from devhost.desk import Desk, Ticket
from devhost.journey import _with_ids
from devhost.stack import LocalStack, Plan
from devhost.tenant_settings import SOURCE_ID
from tests.crash.page import Page
from tests.crash.stories import SAMPLES, Story, write_tenant

# How long the process stays away after a death, and how far apart the timer's sweeps are (function_app.py:sweep).
_AWAY_SECONDS = 70
_SWEEP_SECONDS = 30
# Nothing has moved for so long that only time can help.
_IDLE_SECONDS = 0.2
_PATIENCE_SECONDS = 90.0


class DyingStack(LocalStack):
    """A local stack whose function app and whose cloud run on the page's clock."""

    def __init__(self, plan: Plan, *, progress: Callable[[str], None]) -> None:
        super().__init__(plan, progress=progress)
        plan.state.mkdir(parents=True, exist_ok=True)
        self.trace = plan.state / "trace"
        self.page_file = plan.state / "page"
        self.page = Page(self.page_file)

    def _simulator_command(self) -> list[str]:
        return ["-m", "tests.crash.cloud", str(self.page_file), *super()._simulator_command()[2:]]

    def _host_command(self, port: int) -> list[str]:
        return ["-m", "tests.crash.host", str(self.page_file), str(self.trace), *super()._host_command(port)[2:]]

    @property
    def _host_environment(self) -> dict[str, str]:
        fast = {"AzureFunctionsJobHost__extensions__queues__maxPollingInterval": "00:00:00.300"}
        return {**super()._host_environment, **fast}


@dataclass(frozen=True, slots=True)
class Ended:
    """What is there after a story: the closed case with its log, or None; the Graph writes; rows; the deaths."""

    case_id: str
    case: dict[str, Any] | None
    writes: tuple[dict[str, Any], ...]
    rows: tuple[dict[str, Any], ...]
    ticket: dict[str, Any]
    deaths: int
    seconds: float
    passed: tuple[str, ...]


@dataclass(slots=True)
class _Telling:
    """Where one story stands."""

    story: Story
    case_id: str
    delivery: Callable[[], httpx.Response]
    orders: list[str]
    is_noisy: bool
    is_filed: bool = False
    clicks: int = 0
    deaths: int = 0
    last_moved: float = field(default_factory=time.monotonic)
    mark: Any = None


class Lane:
    """Tells stories one after another on a stack of its own. A context manager."""

    def __init__(self, state: Path, *, host_arguments: Sequence[str] = (), seed: int = 1) -> None:
        state.mkdir(parents=True, exist_ok=True)
        policies = tuple(sorted((SAMPLES / "policy").glob("*.yaml")))
        tenant = write_tenant(state / "tenant.json")
        plan = Plan(
            root=SAMPLES.parent, state=state, tenant=tenant, policies=policies, host_arguments=tuple(host_arguments)
        )
        self._stack = DyingStack(plan, progress=lambda _: None)
        self._page = self._stack.page
        self._chance = random.Random(seed)

    def __enter__(self) -> "Lane":
        try:
            self._desk: Desk = self._stack.start()
            self._http = httpx.Client(timeout=20)
            self._table = TableServiceClient.from_connection_string(self._stack.storage).get_table_client("cases")
            self._queues = QueueServiceClient.from_connection_string(self._stack.storage)
            self._first_tenants = self._desk.control("GET", "/state")["tenants"]
        except BaseException:
            self._stack.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for one in (self._desk, self._http, self._table, self._queues):
            one.close()
        self._stack.stop()

    def restart(self) -> None:
        """Kill the process while it does nothing, so that the next story begins in a cold one."""
        self._page.order = "?1"
        self._sweep()
        self._until(lambda: self._page["deaths"] > self._page["released"])
        self._page.order = ""
        self._revive()

    def tell(
        self, story: Story, orders: Sequence[str] = (), *, faults: Sequence[dict[str, Any]] = (), is_noisy: bool = False
    ) -> Ended:
        """Tell a story from the tenant's first state to its end, dying where `orders` say, one after another.

        An order is a boundary's key with `*` for the case, or `?0.02` to die by chance. `is_noisy` puts doubled, old
        and early messages into all queues all the time.
        """
        started = time.monotonic()
        self._desk.control("DELETE", "/faults")
        self._restore()
        for fault in (*story.faults, *faults):
            self._desk.control("POST", "/faults", body=_with_ids(fault, self._desk))
        before = len(self._desk.control("GET", "/writes")["writes"])
        seen = self._stack.trace.stat().st_size
        telling = self._begin(story, orders, is_noisy=is_noisy)
        is_closed = self._live_through(telling)
        self._page.order = ""
        ended = time.monotonic() - started
        with self._stack.trace.open("rb") as trace:
            trace.seek(seen)
            passed = tuple(line.replace(telling.case_id, "*") for line in trace.read().decode().splitlines())
        return Ended(
            case_id=telling.case_id,
            case=self._desk.case(telling.case_id) if is_closed else None,
            writes=tuple(self._desk.control("GET", "/writes")["writes"][before:]),
            rows=tuple(dict(row) for row in self._table.query_entities(f"PartitionKey eq '{telling.case_id}'")),
            ticket=self._desk.control("GET", f"/itsm/tickets/{self._ticket_id}"),
            deaths=telling.deaths,
            seconds=ended,
            passed=passed,
        )

    def _restore(self) -> None:
        """Give the tenant back its first state. Conversations stay, without what was said in them."""
        state = {**self._desk.control("GET", "/state"), "tenants": self._first_tenants, "tickets": {"events": {}}}
        for conversation in state["chats"]["conversations"].values():
            conversation["messages"] = []
        self._desk.control("POST", "/state", body=state)

    def _begin(self, story: Story, orders: Sequence[str], *, is_noisy: bool) -> _Telling:
        self._ticket_id = f"CR-{uuid4().hex[:12]}"
        case_id = case_id_for(tenant_id=self._stack.tenant_id, source=SOURCE_ID, external_id=self._ticket_id)
        body = Ticket(id=self._ticket_id, **story.journey.ticket.model_dump()).body
        message_id = f"msg_{uuid4().hex}"

        def deliver() -> httpx.Response:
            # The ticket system sends the same delivery again, with the time of the sending.
            headers = sign(body, self._stack.webhook_secret, message_id=message_id, sent_at=self._page.now)
            return self._desk.deliver(body, headers)

        wanted = [one.replace("*", case_id, 1) if one.startswith("*") else one for one in orders]
        telling = _Telling(story, case_id, deliver, wanted, is_noisy)
        self._page.order = wanted[0] if wanted else ""
        return telling

    def _live_through(self, telling: _Telling) -> bool:
        """Return whether the case was closed in time."""
        ends = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < ends:
            if self._page["deaths"] > self._page["released"]:
                self._bury(telling)
            stage, seq = self._standing(telling.case_id)
            is_idle = self._is_idle(telling, (stage, seq))
            if not telling.is_filed:
                telling.is_filed = self._tries(lambda: telling.delivery().status_code == 202)
            elif stage == Stage.CLOSED.value and is_idle:
                return True
            elif stage == Stage.APPROVE.value and telling.clicks < len(telling.story.journey.clicks) and is_idle:
                telling.clicks += self._clicked(telling)
            elif is_idle:
                self._page.add("offset", _SWEEP_SECONDS)
                self._tries(self._sweep)
                telling.last_moved = time.monotonic()
            if telling.is_noisy:
                self._make_noise(telling.case_id, stage, seq=seq)
            time.sleep(0.04)
        return False

    def _bury(self, telling: _Telling) -> None:
        telling.deaths += 1
        if telling.orders and not telling.orders[0].startswith("?"):
            telling.orders.pop(0)
        self._page.order = telling.orders[0] if telling.orders else ""
        self._revive()
        self._tries(self._sweep)
        telling.last_moved = time.monotonic()

    def _revive(self) -> None:
        self._page.add("offset", _AWAY_SECONDS)
        lives = self._page["lives"]
        self._page["released"] = self._page["deaths"]
        # A process may be killed again before it was ready.
        self._until(lambda: self._page["lives"] > lives or self._page["deaths"] > self._page["released"])

    def _standing(self, case_id: str) -> tuple[str, int]:
        try:
            row = self._table.get_entity(case_id, "case", select=["stage", "seq"])
        except ResourceNotFoundError:
            return "", -1
        return str(row["stage"]), int(row["seq"])

    def _is_idle(self, telling: _Telling, standing: tuple[str, int]) -> bool:
        mark = (standing, self._page["passed"], self._page["deaths"])
        if mark != telling.mark or self._page["running"]:
            telling.mark, telling.last_moved = mark, time.monotonic()
        return time.monotonic() - telling.last_moved > _IDLE_SECONDS

    def _clicked(self, telling: _Telling) -> bool:
        click = telling.story.journey.clicks[telling.clicks]

        def press() -> bool:
            answer = self._desk.click(click.person, click.verb)
            return answer["status"] == 200

        telling.last_moved = time.monotonic()
        return self._tries(press)

    def _sweep(self) -> bool:
        answer = self._http.post(f"{self._stack.url}/admin/functions/sweep", json={})
        return answer.status_code == 202

    def _make_noise(self, case_id: str, stage: str, *, seq: int) -> None:
        """Put one message that is doubled, old, early or for another stage, as queues may deliver them."""
        queue = self._chance.choice([stage or "investigate", *(one.value for one in Stage if one is not Stage.CLOSED)])
        if queue == Stage.CLOSED.value:
            return
        text = json.dumps({"case": case_id, "seq": self._chance.randint(max(0, seq - 3), seq + 1)})
        self._queues.get_queue_client(queue).send_message(base64.b64encode(text.encode()).decode())

    @staticmethod
    def _tries(action: Callable[[], bool]) -> bool:
        """Return what `action` returned, or False when the process died under it."""
        try:
            return action()
        except httpx.HTTPError:
            return False

    @staticmethod
    def _until(condition: Callable[[], bool]) -> None:
        ends = time.monotonic() + 30
        while not condition():
            if time.monotonic() > ends:
                raise TimeoutError("the function app did not come back")
            time.sleep(0.001)
