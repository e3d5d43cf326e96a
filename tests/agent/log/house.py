"""A stack of two tenants whose log is sealed in memory, and an export of it."""

from collections.abc import Collection
from datetime import datetime, timedelta

from agent.log.export import export_lines
from agent.log.rotation import Rotation
from agent.log.sealing import Sealing
from agent.log_ports import Archived
from agent.model.activity_event import ActivityEvent, EventCode
from agent.model.case import Stage
from agent.model.sealed_log import ChainEnd, Leaf, SealedCheckpoint
from agent.ports import Held
from agent.vault.log_keys import is_signed
from tests.conformance.memory import MemoryCaseStore
from tests.conformance.memory_log import MemoryArchive, MemoryCaseLogs, MemoryLogKeys
from tests.conformance.samples import NOW, SOON, TENANT, case, event

OTHER = "99999999-2222-3333-4444-555555555555"


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.moment = NOW

    def now(self) -> datetime:
        return self.moment


class House:
    """A stack of two tenants: its cases, its archive, and a sealer."""

    def __init__(self) -> None:
        self.store = MemoryCaseStore()
        self.logs = MemoryCaseLogs(self.store)
        self.archive = MemoryArchive()
        self.keys = MemoryLogKeys()
        self.clock = Clock()
        self.alarms: list[tuple[str, str]] = []
        self.alarmed_tenants: list[str] = []
        self.sealer = self.another()

    @property
    def rotation(self) -> Rotation:
        return Rotation(self.archive, self.keys, clock=self.clock, is_signed=is_signed)

    def another(self) -> Sealing:
        return Sealing(
            self.logs, self.archive, keys=self.keys, tenant_ids=[TENANT, OTHER], clock=self.clock, alarm=self.alarm
        )

    async def alarm(self, end: ChainEnd, why: str) -> None:
        self.alarms.append((end.case_id, why))
        self.alarmed_tenants.append(end.tenant_id)

    async def open(self, tenant_id: str = TENANT) -> Held:
        opened = case()
        assert await self.store.create(opened, (event(EventCode.CASE_OPENED, tenant_id=tenant_id),), due_at=SOON)
        return await self.held(opened.id)

    async def held(self, case_id: str) -> Held:
        held = await self.store.load(case_id)
        assert held is not None
        return held

    async def add(self, held: Held, *, code: EventCode = EventCode.REASONED, **data: object) -> Held:
        added = ActivityEvent(code=code, at=self.clock.moment, data=data)
        return await self.store.commit(held, held.case, events=(added,), attempts=(), due_at=SOON)

    async def close(self, held: Held) -> Held:
        closed = held.case.evolve(stage=Stage.CLOSED, outcome="resolved", closed_at=self.clock.moment)
        return await self.store.commit(held, closed, events=(event(),), attempts=(), due_at=None)

    async def leaves(self, tenant_id: str = TENANT) -> list[tuple[str, int]]:
        return [(one.case, one.count) async for one in self.archive.lines(tenant_id) if isinstance(one, Leaf)]

    async def checkpoints(self, tenant_id: str = TENANT) -> list[SealedCheckpoint]:
        return [one async for one in self.archive.lines(tenant_id) if isinstance(one, SealedCheckpoint)]

    async def last(self, tenant_id: str = TENANT) -> Archived:
        last = await self.archive.last(tenant_id)
        assert last is not None
        return last

    def later(self, minutes: int) -> None:
        self.clock.moment += timedelta(minutes=minutes)

    async def exported(self, only: Collection[str] = ()) -> list[str]:
        return [line async for line in export_lines(TENANT, logs=self.logs, archive=self.archive, only=only)]


async def busy_house(*, rounds: int = 1) -> House:
    """Return a stack with cases of both tenants, sealed several times, under two keys, with a tail and a new case."""
    house = House()
    for _ in range(rounds):
        await _busy_round(house)
    await house.open()
    return house


async def _busy_round(house: House) -> None:
    first, second, third = [await house.open() for _ in range(3)]
    await house.open(OTHER)
    await house.sealer.run()
    first = await house.add(await house.add(first, code=EventCode.STEP_DECIDED, facts={"a": [1, 2], "b": True}))
    second = await house.close(await house.add(second, why='h\u00e9llo \u2028 \U0001f600 "quoted" \\ \n'))
    house.later(5)
    await house.sealer.run()
    await house.rotation.hand_over(TENANT)
    fourth = await house.open()
    third = await house.close(third)
    house.later(5)
    await house.sealer.run()
    house.clock.moment += timedelta(days=2)
    await house.sealer.run()
    await house.add(fourth)
    await house.add(await house.add(first))
