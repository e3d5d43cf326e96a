"""A crowd of workers: loops of their own over one Table Storage, one tenant in memory, and a queue that is unfair."""

import asyncio
import copy
import json
import random
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from agent.errors import AlreadySupersededError
from agent.loop import Loop
from agent.model.case import Case, Stage
from agent.model.clarification import Reply
from agent.model.observation import Observation
from agent.model.permit import Permit
from agent.model.plan import Plan, Step
from agent.model.receipt import Attempt
from agent.model.service_request import Assurance, ServiceRequest
from agent.ports import Answer, Held, Proposal
from agent.steering import Steering
from agent.storage.cases import TableCaseStore
from agent.storage.connections import StorageConnections
from tests.agent.stand_ins import Script
from tests.agent.world import ALLOW_ALL, ANN_UPN, BOB, TENANT, World, add_member
from tests.conformance.memory_payloads import MemoryPayloads

Message = tuple[Stage, str, int]
_COPIES = 3
_WRITE_SECONDS = 0.1
_PATIENCE_SECONDS = 60


class UnfairQueue:
    """ports.Wakeups: each message comes three times, in any order, with old and early ones among them."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self.waiting: list[Message] = []
        self._newest: dict[str, Message] = {}

    async def put(self, stage: str, case_id: str, *, seq: int, delay_seconds: int = 0) -> None:
        """See ports.Wakeups. Nothing waits: a delayed message comes at once, as an early one."""
        self._newest[case_id] = (Stage(stage), case_id, seq)
        self.waiting += [(Stage(stage), case_id, seq)] * _COPIES
        self.waiting += [(Stage(stage), case_id, other) for other in (seq - 1, seq + 1)]

    def deliver_again(self, case_id: str) -> None:
        """Deliver the newest message of a case once more."""
        self.waiting += [self._newest[case_id]] * _COPIES

    def take(self) -> Message | None:
        """Return any message, or None."""
        if not self.waiting:
            return None
        return self.waiting.pop(self._chance.randrange(len(self.waiting)))


class WatchedStore(TableCaseStore):
    """The real store, which counts who came too late."""

    lost_races = 0

    async def commit(self, held: Held, case: Case, **saved: Any) -> Held:
        """See ports.CaseStore."""
        try:
            return await super().commit(held, case, **saved)
        except AlreadySupersededError:
            type(self).lost_races += 1
            raise

    async def begin(self, held: Held, attempt: Attempt, **saved: Any) -> Held:
        """See ports.CaseStore."""
        try:
            return await super().begin(held, attempt, **saved)
        except AlreadySupersededError:
            type(self).lost_races += 1
            raise


class GroupsOfTheTicket:
    """A planner that adds the requester to each of the groups whose ids are the ticket's text."""

    def propose(
        self,
        request: ServiceRequest,
        seen: Mapping[str, Observation],
        *,
        requester_id: str,
        replies: tuple[Reply, ...] = (),
    ) -> Proposal:
        """See ports.Planner."""
        steps = tuple(add_member(group) for group in request.text.split())
        return Proposal(why="as asked", plan=Plan(summary="s", reason="r", steps=steps))

    def count_wishes(self, request: ServiceRequest, seen: Mapping[str, Observation]) -> int:
        """See ports.Planner."""
        return 1


class Crowd(World):
    """A world in which every case wants into groups of its own, and a write takes a while."""

    def __init__(self, storage: Sequence[StorageConnections], *, seed: int) -> None:
        super().__init__()
        self.queue = UnfairQueue(random.Random(seed))
        self.planner: Any = GroupsOfTheTicket()
        payloads = MemoryPayloads()
        self.stores = [WatchedStore(one.tables, sealer=self.sealer, payloads=payloads) for one in storage]
        self.workers = [self._worker(store) for store in self.stores]
        self.after_write: list[asyncio.Event] = []
        write = self.directory.write

        async def slow(permit: Permit, *, client_request_id: str, secret: str | None) -> Answer:
            # The others come by while the case is leased and the write is under way.
            self.queue.deliver_again(permit.case_id)
            await asyncio.sleep(_WRITE_SECONDS)
            answer = await write(permit, client_request_id=client_request_id, secret=secret)
            await asyncio.sleep(_WRITE_SECONDS)
            if self.after_write:
                await self.after_write.pop().wait()
            return answer

        self.directory.write = slow  # type: ignore[method-assign]

    async def file(self, count: int) -> list[str]:
        """Open so many cases about one group each, each case by all workers at once, and return their ids."""
        return [await self.file_about([self.new_group()]) for _ in range(count)]

    async def file_about(self, groups: Sequence[str]) -> str:
        """Open a case about these groups, by all workers at once, and return its id."""
        await self.publish(ALLOW_ALL)
        request = self._request(groups)
        opened = await asyncio.gather(*(worker.open(request) for worker in self.workers))
        assert sum(one.created for one in opened) == 1, "a case was created twice"
        return opened[0].case_id

    def plan_instead(self, step: Step) -> None:
        """Plan this step for every case."""
        self.planner = Script()
        self.plan(step)

    async def stop(self, case_id: str) -> None:
        """Stop a case by an order that waits for the write that is under way."""
        steering = Steering(
            self.workers[0],
            store=self.stores[0],
            controls=self.controls,
            tenant_ids=[TENANT],
            clock=self.clock,
            # Between two writes there is less time here than anywhere else, and the order must not miss it.
            sleep=lambda _seconds: asyncio.sleep(0.002),
        )
        body = {"order": "stop", "case": case_id, "by": "Olga", "why": "to be safe"}
        reply = await steering.receive(json.dumps(body).encode())
        assert reply.status == 200, reply

    async def work(self, case_ids: Sequence[str]) -> None:
        """Let all workers take messages until every case is closed and no message is left.

        Raises:
            TimeoutError: a case stands still, for nobody sweeps here.
        """
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await asyncio.gather(*(self._work(worker, case_ids) for worker in self.workers))

    async def _work(self, worker: Loop, case_ids: Sequence[str]) -> None:
        while True:
            message = self.queue.take()
            if message is not None:
                stage, case_id, seq = message
                await worker.advance(stage, case_id, seq=seq)
            elif await self.all_closed(case_ids):
                return
            else:
                await asyncio.sleep(0.02)

    async def all_closed(self, case_ids: Sequence[str]) -> bool:
        """Whether all these cases are closed."""
        held = [await self.stores[0].load(one) for one in case_ids]
        return all(one is not None and one.case.stage is Stage.CLOSED for one in held)

    def _worker(self, store: TableCaseStore) -> Loop:
        worker = copy.copy(self.loop)
        worker._store, worker._wakeups = store, self.queue
        return worker

    def new_group(self) -> str:
        """Make a group that Bob owns and nobody is in."""
        group = str(UUID(int=uuid4().int))
        self.members[group] = set()
        shape = {"groupTypes": [], "isAssignableToRole": None, "onPremisesSyncEnabled": None}
        self.directory.put(f"/groups/{group}", {"id": group, "displayName": "one of many", **shape})
        owner = {"id": BOB, "displayName": "bob", "accountEnabled": True}
        self.directory.put(f"/groups/{group}/owners", {"value": [owner]})
        self._memberships(group)
        return group

    def _request(self, groups: Sequence[str]) -> ServiceRequest:
        return ServiceRequest(
            tenant_id=TENANT,
            source="desk",
            external_id=f"T-{groups[0]}",
            channel="itsm",
            requester=ANN_UPN,
            assurance=Assurance.PORTAL,
            text=" ".join(groups),
            received_at=self.clock.now(),
        )
