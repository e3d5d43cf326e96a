"""One stack in this process: the real planner, loop, gate and sender on the simulated Graph, stores in memory.

It is what the evaluation plays through its front doors, without them: no storage, no HTTP function, no card. So it
shows in a tenth of a second what becomes of a ticket; what the doors add is shown by `make eval` alone.
"""

import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp import web

from agent.actions import CATALOGUE
from agent.alarms import Alarms
from agent.graph.sender import GraphDirectory
from agent.loop import Loop
from agent.model.case import Stage
from agent.model.service_request import Assurance, ServiceRequest
from agent.planner_port import Planner
from agent.planners.planner import RunbookPlanner
from agent.ports import Attempts, Ports, TenantProfile
from agent.steering import Steering
from console.views import case_json
from devhost.reference_policy import documents_for
from devhost.tenant_settings import app_settings
from evaluation.fixtures import patched
from evaluation.items import Attack, Conversation, Ticket
from evaluation.seen import Json, Seen
from policy import Bundle
from simulator import roles, seed, tenant_file
from simulator.applications import Names
from simulator.clock import Clock
from simulator.cloud import Cloud, keys_in
from simulator.graph import site as graph
from tests.agent.stand_ins import NoAttempts, Numbers, People, Tickets, TokensAtHand
from tests.agent.world import approval_of
from tests.conformance.action_world import Credential
from tests.conformance.memory import MemoryCaseStore, MemoryWakeups
from tests.conformance.memory_grants import MemoryGrantBook
from tests.conformance.memory_meanings import MemoryMeaningBook
from tests.conformance.memory_oversight import MemoryAlertBox, MemoryControls
from tests.conformance.memory_policies import MemoryPolicyStore
from tests.conformance.memory_sealer import MemorySealer

_TURNS = 120
_NO_CLOUD = ("entra", "msi", "msi_header", "graph", "connector", "connector_openid", "itsm", "slack", "ca")


@dataclass
class Bench:
    """One tenant with one request in it. `now` is what every clock says."""

    tenant: Json
    original: Json
    cloud: Cloud
    store: MemoryCaseStore
    wakeups: MemoryWakeups
    people: People
    tickets: Tickets
    loop: Loop
    start: Json
    now: list[datetime]
    case_ids: list[str] = field(default_factory=list)

    async def file(self, envelope: Any, *, requester: str) -> str:
        """Open a case for what is in the envelope."""
        channel = envelope.channel
        text = "\n".join(one for one in (envelope.subject, envelope.body) if one)
        request = ServiceRequest(
            tenant_id=next(iter(self.cloud.tenants)),
            source="bench",
            external_id=f"T-{len(self.case_ids) + 1}",
            channel=channel,
            requester=self._id_of(requester) if channel != "itsm" else requester,
            assurance=Assurance(envelope.assurance),
            subject=envelope.subject if channel in ("itsm", "console") else "",
            text=envelope.body if channel in ("itsm", "console") else text,
            received_at=envelope.received_at,
        )
        opened = await self.loop.open(request)
        self.case_ids.append(opened.case_id)
        return opened.case_id

    def _id_of(self, name: str) -> str:
        found = self.directory.user(name)
        return str(found["id"]) if found else name

    @property
    def directory(self) -> Any:
        """The simulated directory as it is now."""
        return next(iter(self.cloud.tenants.values())).directory

    async def run(self) -> None:
        """Turn the loop until nothing more happens by itself; cases that others opened are found too."""
        for _ in range(_TURNS):
            messages = [(stage, one) for stage in Stage for one in self.wakeups.messages.get(stage, [])]
            self.wakeups.messages.clear()
            if not messages:
                return
            for stage, (case_id, seq) in messages:
                if case_id not in self.case_ids:
                    self.case_ids.append(case_id)
                await self.loop.advance(stage, case_id, seq=seq)
            self.now[0] += timedelta(seconds=2)
        raise AssertionError("the case does not come to rest")

    async def approve(self, names: Iterable[str]) -> None:
        """Say yes as listed people who were asked, as long as anybody is asked."""
        waiting = list(dict.fromkeys(names))
        for _ in range(2 * len(waiting) + 1):
            for case_id in list(self.case_ids):
                await self._approve(case_id, waiting)
            await self.run()

    async def _approve(self, case_id: str, waiting: list[str]) -> None:
        held = await self.store.load(case_id)
        if held is None or held.case.approval_request is None or held.case.stage is not Stage.APPROVE:
            return
        asked = {one for each in held.case.approval_request.asked for one in each.approver_ids}
        person = next((one for one in waiting if self._id_of(one) in asked), None)
        if person is not None:
            waiting.remove(person)
            await self.loop.answer(held, approval_of(held.case, person=self._id_of(person), now=self.now[0]))

    async def look(self, requester: str) -> Seen:
        """Return what is seen of it all now, as the evaluation sees it."""
        cases = []
        for case_id in self.case_ids:
            held = await self.store.load(case_id)
            assert held is not None, "a case that was opened is there"
            cases.append(case_json(held.case, await self.store.events(case_id), attempts=()))
        handoffs = (one.model_dump(mode="json") for one in self.tickets.handoffs)
        handed = [{"type": "ticket.handoff", "data": {"handoff": one}} for one in handoffs]
        comments = ({"text": text, "resolved": is_done} for text, is_done in self.tickets.comments)
        said = [{"type": "ticket.comment", "data": one} for one in comments]
        return Seen(
            tenant=self.tenant,
            start=self.start,
            now=self.directory.dump(),
            requester_id=self._id_of(requester),
            original=self.original,
            writes=tuple(self.cloud.traffic.writes),
            requests=tuple(self.cloud.traffic.requests),
            cases=tuple(cases),
            told=(*handed, *said),
            chats=self._chats(),
            answers=(202,),
        )

    def _chats(self) -> dict[str, tuple[Json, ...]]:
        found: dict[str, tuple[Json, ...]] = {}
        for person, text in self.people.told:
            found[person] = (*found.get(person, ()), {"from": "bot", "activity": {"text": text}})
        for person, secret in self.people.secrets:
            found[person] = (*found.get(person, ()), _secret_card(secret))
        return found


def _secret_card(secret: str) -> Json:
    block = {"type": "TextBlock", "fontType": "Monospace", "text": secret}
    card = {"contentType": "application/vnd.microsoft.card.adaptive", "content": {"body": [block]}}
    return {"from": "bot", "activity": {"summary": "a one-time secret", "attachments": [card]}}


class Policies:
    """The reference policy of one tenant file, compiled once: it does not change with an item's fixture."""

    def __init__(self, tenant: Json) -> None:
        self.tenant = tenant
        self.bundle = Bundle.of(documents_for(tenant, catalogue=frozenset(CATALOGUE)))


@asynccontextmanager
async def bench(
    policies: Policies, item: Ticket | Attack | Conversation, folder: Path, *, planner: Planner | None = None
) -> AsyncIterator[Bench]:
    """A fresh bench with the item's fixture; the simulated cloud's keys lie in `folder`."""
    tenant, _ = patched(policies.tenant, item.fixture)
    now = [item.received_at.astimezone(UTC)]
    cloud = Cloud(
        [tenant_file.parse(tenant)], keys_in(folder), names=Names(), clock=Clock(lambda: now[0]), random_seed=7
    )
    runner = web.AppRunner(graph.site(cloud), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    cloud.addresses.graph = f"http://127.0.0.1:{runner.addresses[0][1]}/v1.0"
    inside = next(iter(cloud.tenants.values()))
    application = inside.applications[cloud.names.app_id].object_id
    for role in (roles.GLOBAL_ADMINISTRATOR, roles.PRIVILEGED_AUTHENTICATION_ADMINISTRATOR):
        seed.assign_role(inside.directory, role, principal_id=application)

    async def sleep(seconds: float) -> None:
        now[0] += timedelta(seconds=seconds)

    graph_side = GraphDirectory(
        inside.directory.tenant_id, Credential(cloud), base_url=cloud.addresses.graph, sleep=sleep, jitter=lambda: 0.5
    )
    made = _assembled(policies, tenant, cloud=cloud, directory=graph_side, now=now, planner=planner)
    try:
        yield made
    finally:
        await graph_side.close()
        await runner.cleanup()


def _assembled(
    policies: Policies,
    tenant: Json,
    *,
    cloud: Cloud,
    directory: GraphDirectory,
    now: list[datetime],
    planner: Planner | None,
) -> Bench:
    inside = next(iter(cloud.tenants.values()))
    people, tickets, store, wakeups = People(), Tickets(), MemoryCaseStore(), MemoryWakeups()
    in_force = MemoryPolicyStore(frozenset(CATALOGUE))
    in_force.set_in_force(inside.directory.tenant_id, policies.bundle)
    clock = Clock(lambda: now[0])
    controls, profile = MemoryControls(), _profile(tenant, inside.directory.tenant_id)
    attempts: Attempts = NoAttempts()  # type: ignore[assignment]  # It must fail when used.
    ports = Ports(
        tenant=profile,
        directory=directory,
        identities=TokensAtHand(),
        planner=planner or RunbookPlanner(profile.prohibited_software),
        policy=in_force,
        channel=people,
        itsm=tickets,
        sealer=MemorySealer(),
        ids=Numbers(),
        attempts=attempts,
        controls=controls,
        grants=MemoryGrantBook(),
        memory=MemoryMeaningBook(),
        clock=clock,
    )

    async def ports_for(_tenant_id: str) -> Ports:
        return ports

    alarms = Alarms(MemoryAlertBox(), ports_for=ports_for)
    loop = Loop(store, wakeups, ports_for=ports_for, alarms=alarms, clock=clock)
    Steering(loop, store=store, controls=controls, tenant_ids=[inside.directory.tenant_id], clock=clock, sleep=_never)
    return Bench(
        tenant=tenant,
        original=policies.tenant,
        cloud=cloud,
        store=store,
        wakeups=wakeups,
        people=people,
        tickets=tickets,
        loop=loop,
        start=inside.directory.dump(),
        now=now,
    )


async def _never(_seconds: float) -> None:
    raise AssertionError("nobody waits here")


def _profile(tenant: Json, tenant_id: str) -> TenantProfile:
    cloud: Json = {**dict.fromkeys(_NO_CLOUD, ""), "vaults": {tenant_id: ""}, "smtp": "smtp://127.0.0.1:25"}
    settings = json.loads(app_settings(tenant, cloud, storage="", public_url="")["REMIT_TENANTS"])[0]
    return TenantProfile(
        tenant_id=tenant_id,
        name=settings["name"],
        time_zone=settings["time_zone"],
        people={name: tuple(ids) for name, ids in settings["people"].items()},
        break_glass_ids=frozenset(settings["break_glass_ids"]),
        vip_ids=frozenset(settings["vip_ids"]),
        password_writeback=settings["password_writeback"],
        prohibited_software=tuple(settings["prohibited_software"]),
    )
