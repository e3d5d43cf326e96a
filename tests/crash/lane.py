"""One lane: a local stack whose function app dies as ordered, on which one story is told after another."""

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from azure.storage.blob import BlobServiceClient

from agent.storage.connections import CONNECTION_STRING
from devhost.journey import _with_ids
from devhost.stack import Plan
from tests.crash import grant
from tests.crash.stack import Doors, DyingStack
from tests.crash.stories import SAMPLES, Order, Story, write_tenant
from tests.crash.telling import Telling, give, revive, seal, sweep, until

# What `agent/stages/close.py` tells a requester whose case was resolved.
_ENDED_WELL = "Done and checked"
_HOUR_SECONDS = 3600


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
    # How often people were told of an alert, each of them counted.
    alarms: int
    # How many uses of standing grants it took.
    uses: int = 0
    # How often whoever asked in a chat was told there how it ended.
    replies: int = 0


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
        # How many log entries each case had that was closed here.
        self._closed: dict[str, int] = {}
        self._may_have_grant = False

    def __enter__(self) -> "Lane":
        try:
            desk = self._stack.start()
            self._doors = Doors.of(desk, self._stack.storage)
            # The first sealing makes the tenant's key, which is never lost again: every story is told after it.
            seal(self._stack, self._doors)
            self._first_tenants = desk.control("GET", "/state")["tenants"]
        except BaseException:
            self._stack.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._doors.close()
        self._stack.stop()

    def restart(self) -> None:
        """Kill the process while it does nothing, so that the next story begins in a cold one."""
        self._page.order = "?1"
        sweep(self._stack, self._doors)
        until(lambda: self._page["deaths"] > self._page["released"])
        self._page.order = ""
        revive(self._page)

    def tell(
        self, story: Story, orders: Sequence[str] = (), *, faults: Sequence[dict[str, Any]] = (), is_noisy: bool = False
    ) -> Ended:
        """Tell a story from the tenant's first state to its end, dying where `orders` say, one after another.

        An order is a boundary's key with `*` for the case, or `?0.02` to die by chance. `is_noisy` puts doubled, old
        and early messages into all queues all the time.
        """
        if story.is_sealed:
            self._leave_two_unsealed(replace(story, is_sealed=False))
        started, control = time.monotonic(), self._doors.desk.control
        control("DELETE", "/faults")
        self._restore()
        if story.is_granted:
            grant.in_force(self._stack, self._doors)
            self._restore()
        elif self._may_have_grant:
            grant.ended(self._stack, self._doors)
        self._may_have_grant = story.is_granted
        uses = grant.uses(self._stack, self._doors) if story.is_granted else 0
        for fault in (*story.faults, *faults):
            control("POST", "/faults", body=_with_ids(fault, self._doors.desk))
        before, seen = len(control("GET", "/writes")["writes"]), self._stack.trace.stat().st_size
        told = Telling(story, self._stack, self._doors, orders=list(orders), chance=self._chance, is_noisy=is_noisy)
        is_closed = told.live()
        # What the lane orders below, so that the next story finds the tenant at work, is no place of this one.
        passed = self._passed(told.case_id, since=seen)
        if story.orders:
            give(Order("resume", "tenant", "waiting"), self._stack, self._doors, case_id="")
        rows = tuple(dict(row) for row in self._doors.cases.query_entities(f"PartitionKey eq '{told.case_id}'"))
        if is_closed:
            self._closed[told.case_id] = sum(row["RowKey"].startswith("ev") for row in rows)
        return Ended(
            case_id=told.case_id,
            case=self._doors.desk.case(told.case_id) if is_closed else None,
            writes=tuple(control("GET", "/writes")["writes"][before:]),
            rows=rows,
            ticket=control("GET", f"/itsm/tickets/{told.ticket_id}"),
            deaths=told.deaths,
            seconds=time.monotonic() - started,
            passed=passed,
            alarms=self._alarms(told.case_id),
            uses=grant.uses(self._stack, self._doors) - uses if story.is_granted else 0,
            replies=self._replies(story.journey.says[0].person) if story.journey.says else 0,
        )

    def _leave_two_unsealed(self, other: Story) -> None:
        """Seal what was told before, and tell `other` twice: a sealing then finds as many cases whenever it is told.

        A sealing looks back to the last one that found anything, and as far again as clocks may differ
        (`agent/log/sealing.py`): so `other` is told first of all, and then an hour passes.
        """
        self.tell(other)
        self._page.add("offset", _HOUR_SECONDS)
        if not seal(self._stack, self._doors):
            raise TimeoutError("the log could not be sealed before a story of its sealing")
        self.tell(other)
        self.tell(other)

    def aftermath(self) -> list[str]:
        """Seal what was told, let a stranger verify it, and look what closed cases left; return what is not right."""
        if not seal(self._stack, self._doors):
            return ["its log could not be sealed"]
        with BlobServiceClient.from_connection_string(self._stack.storage) as service:
            names = [one.name for one in service.get_container_client("payloads").list_blobs()]
        left = [f"payload `{one}` of a closed case is left" for one in names if one.partition("/")[0] in self._closed]
        return [*left, *self._unsealed()]

    def _unsealed(self) -> list[str]:
        file = self._stack.plan.state / "log.jsonl"
        environment = {**os.environ, CONNECTION_STRING: self._stack.storage}
        export = ["-m", "agent", "log", "export", str(file), "--tenant", self._stack.tenant_id]
        for command in (export, ["-I", "-S", "verify_log.py", str(file)]):
            done = subprocess.run(
                [sys.executable, *command], cwd=SAMPLES.parent, env=environment, capture_output=True, text=True
            )
            if done.returncode != 0:
                return [f"`{' '.join(command[:4])}` failed: {(done.stdout + done.stderr)[-500:]}"]
        with file.open(encoding="utf-8") as lines:
            found = Counter(one["entry"]["case"] for one in map(json.loads, lines) if "entry" in one)
        return [
            f"case {case_id} has {found[case_id]} of its {count} entries in the export"
            for case_id, count in self._closed.items()
            if found[case_id] != count
        ]

    def _passed(self, case_id: str, *, since: int) -> tuple[str, ...]:
        with self._stack.trace.open("rb") as trace:
            trace.seek(since)
            return tuple(line.replace(case_id, "*") for line in trace.read().decode().splitlines())

    def _alarms(self, case_id: str) -> int:
        chats = self._doors.desk.control("GET", "/state")["chats"]["conversations"].values()
        texts = [str(message) for one in chats for message in one["messages"]]
        return sum("raised an alert" in text and case_id in text for text in texts)

    def _replies(self, person: str) -> int:
        said = [str(one["activity"]) for one in self._doors.desk.messages(person) if one["from"] == "bot"]
        return sum(_ENDED_WELL in text for text in said)

    def _restore(self) -> None:
        """Give the tenant back its first state. Conversations stay, without what was said in them."""
        state = {
            **self._doors.desk.control("GET", "/state"),
            "tenants": self._first_tenants,
            "tickets": {"events": {}},
        }
        for conversation in state["chats"]["conversations"].values():
            conversation["messages"] = []
        self._doors.desk.control("POST", "/state", body=state)
