"""A simulated Graph in this process, the real sender in front of it, and what one action does there."""

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import httpx
from aiohttp import web
from azure.core.credentials import AccessToken

from agent.actions import CATALOGUE, parse_step
from agent.actions.judge import Effect, judge
from agent.gate import _filled
from agent.graph.sender import GraphDirectory
from agent.lookups import LOOKUPS
from agent.model.expectation import is_about_time
from agent.model.graph_call import GraphCall
from agent.model.permit import MINT, Permit
from agent.model.plan import Check, Step
from agent.model.reached import reached
from agent.ports import Answer
from policy import Decision, Verdict
from simulator import roles, seed, tenant_file
from simulator.applications import Names
from simulator.clock import Clock
from simulator.cloud import Cloud, Tenant, keys_in
from simulator.directory import Directory
from simulator.entra import mint
from simulator.graph import site as graph
from tests.agent.areas.example import Example
from tests.conformance.tenants import difference

TENANT_FILE = Path(__file__).parents[2] / "samples" / "tenant.json"
START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
_PASSWORD = "Correct-horse-7-battery"

# All that the catalogue and the look-ups may need; what one call needs at least is told by other tests.
EVERYTHING = frozenset(one.permission for one in LOOKUPS.values()) | frozenset(
    name for action in CATALOGUE.values() for name in (*action.application_permissions, *action.delegated_permissions)
)


@dataclass
class Credential:
    """Tokens of the simulated Entra, for the application itself or for a user, with the permissions in `granted`."""

    cloud: Cloud
    granted: set[str] = field(default_factory=lambda: set(EVERYTHING))
    user_id: str = ""

    async def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        tenant = next(iter(self.cloud.tenants.values()))
        app = tenant.applications[self.cloud.names.app_id]
        app.roles = set(self.granted)
        if self.user_id:
            user = tenant.directory.users[self.user_id]
            token = mint.delegated(self.cloud, tenant, app=app, user=user, audience=mint.GRAPH, scopes=self.granted)
        else:
            token = mint.app_only(self.cloud, tenant, app=app, audience=mint.GRAPH, by_secret=False)
        return AccessToken(token, int(time.time()) + 3600)

    async def close(self) -> None: ...

    async def __aenter__(self) -> "Credential":
        return self

    async def __aexit__(self, *_: object) -> None: ...


@dataclass(frozen=True)
class Exchange:
    """One request to Graph and its answer."""

    request: httpx.Request
    content: bytes
    response: httpx.Response


class ActionWorld:
    """One tenant, a clock that a test moves, and the sender."""

    def __init__(self, cloud: Cloud, moved: list[timedelta]) -> None:
        self.cloud = cloud
        # Unlike the simulated present, which a reset turns back, this only ever grows.
        self._ticks = 0.0
        self.credential = Credential(cloud)
        self.directory = GraphDirectory(
            self.tenant.directory.tenant_id,
            self.credential,
            base_url=cloud.addresses.graph,
            sleep=self._sleep,
            monotonic=lambda: self._ticks,
            jitter=lambda: 0.5,
            send_seconds=2.0,
        )
        self._moved = moved
        # The client-request-id of the last write, by which some logs tell whose an act was.
        self.request_id = ""

    @property
    def tenant(self) -> Tenant:
        """The only tenant."""
        return next(iter(self.cloud.tenants.values()))

    @property
    def state(self) -> Directory:
        """The tenant's objects, as they are now."""
        return self.tenant.directory

    @property
    def now(self) -> datetime:
        """The simulated present."""
        return self.cloud.clock.now()

    def reset(self) -> None:
        """Back to the tenant file, at the first minute, with all permissions."""
        self._moved.clear()
        self.cloud.reset()
        self.credential.granted, self.credential.user_id = set(EVERYTHING), ""
        for role in (roles.GLOBAL_ADMINISTRATOR, roles.PRIVILEGED_AUTHENTICATION_ADMINISTRATOR):
            seed.assign_role(self.state, role, principal_id=self.tenant.applications[self.cloud.names.app_id].object_id)

    def pass_time(self, seconds: float) -> None:
        """Let so much time go by in the cloud."""
        self._ticks += seconds
        self._moved.append(timedelta(seconds=seconds))

    def step_for(self, example: Example) -> Step:
        """Arrange the tenant for `example` and return the step that its action builds.

        An action that only a user's token can do is done by an administrator, or by the user whom it serves.
        """
        step = parse_step(example.action, example.arrange(self.state))
        self.state.index_names()
        action = CATALOGUE[step.action]
        self.credential.granted |= {*action.application_permissions, *action.delegated_permissions}
        if not action.application_permissions:
            person = step.target.id
            self.credential.user_id = person if action.serves_me else self.administrator(besides=person)
        return step

    def administrator(self, *, besides: str) -> str:
        """An account other than `besides` that may do everything."""
        members = (one for one in self.state.users.values() if one["accountEnabled"] and one["userType"] == "Member")
        chosen = next(one for one in members if one["id"] != besides)
        for role in (roles.GLOBAL_ADMINISTRATOR, roles.PRIVILEGED_AUTHENTICATION_ADMINISTRATOR):
            if role not in self.state.roles_of(chosen["id"]):
                seed.assign_role(self.state, role, principal_id=chosen["id"])
        return str(chosen["id"])

    async def write(self, call: GraphCall, *, is_rollback: bool = False) -> Answer:
        """Send a call under a permit."""
        decision = Decision(verdict=Verdict.ALLOW, requirements=frozenset(), layers=(), bundle_digest="b" * 64)
        permit = Permit(
            tenant_id=self.state.tenant_id,
            case_id="c" * 32,
            step_index=0,
            call=call,
            decision=decision,
            approver_ids=(),
            is_rollback=is_rollback,
            mint=MINT,
        )
        secret = _PASSWORD if call.secret_at else None
        self.request_id = self.cloud.ids.guid()
        return await self.directory.write(permit, client_request_id=self.request_id, secret=secret)

    async def undo(self, step: Step, *, created_id: str) -> Answer:
        """Send the undo of `step`."""
        assert step.undo is not None, f"`{step.action}` has no undo"
        return await self.write(_filled(step.undo.call, created_id), is_rollback=True)

    async def seen(self, check: Check, *, since: datetime, created_id: str = "") -> Effect:
        """Return what one read shows."""
        answer = await self.directory.read(check.call)
        sent = self.request_id
        return judge(check, answer.status, body=answer.body, attempted_at=since, created_id=created_id, request_id=sent)

    async def awaited(self, check: Check, *, since: datetime, created_id: str = "") -> Effect:
        """Read until the effect shows or the check's patience is over; return what was seen last."""
        effect = await self.seen(check, since=since, created_id=created_id)
        for _ in range(8):
            if effect == "verified":
                break
            self.pass_time(check.patience_seconds / 8)
            effect = await self.seen(check, since=since, created_id=created_id)
        return effect

    async def _sleep(self, seconds: float) -> None:
        self.pass_time(seconds)


def created_id_of(step: Step, answer: Answer) -> str:
    """Return the id of what a write created, as the dispatcher reads it."""
    found = reached(answer.body, step.created_field)
    return found if isinstance(found, str) else ""


async def done_and_undone(world: ActionWorld, example: Example) -> None:
    """Do, check, undo and check `example`; the tenant must be as it was then."""
    step = world.step_for(example)
    before, started = deepcopy(world.state.dump()), world.now
    if not is_about_time(step.check.expect) and not step.call.reveals:
        assert await world.seen(step.check, since=started) != "verified", (
            "an effect that is there before proves nothing"
        )
    answer = await world.write(step.call)
    assert 200 <= answer.status < 300, answer.body
    created = created_id_of(step, answer)
    assert await world.awaited(step.check, since=started, created_id=created) == "verified"
    if step.undo is None:
        assert step.irreversible
        return
    again = await world.undo(step, created_id=created)
    assert 200 <= again.status < 300, again.body
    assert await world.awaited(step.undo.check, since=world.now, created_id=created) == "verified"
    assert difference(before, world.state.dump(), lost=example.lost) == []


@asynccontextmanager
async def action_world(folder: Path) -> AsyncIterator[ActionWorld]:
    """A world on the sample tenant; its keys lie in `folder`."""
    moved: list[timedelta] = []
    clock = Clock(lambda: START + sum(moved, timedelta()))
    cloud = Cloud([tenant_file.read(TENANT_FILE)], keys_in(folder), names=Names(), clock=clock, random_seed=7)
    runner = web.AppRunner(graph.site(cloud), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    cloud.addresses.graph = f"http://127.0.0.1:{runner.addresses[0][1]}/v1.0"
    world = ActionWorld(cloud, moved)
    world.reset()
    try:
        yield world
    finally:
        await world.directory.close()
        await runner.cleanup()


@contextmanager
def overheard() -> Iterator[list[Exchange]]:
    """Keep every exchange with Graph, below the tripwire."""
    kept: list[Exchange] = []
    plain = httpx.AsyncHTTPTransport.handle_async_request

    async def listening(self: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        content = await request.aread()
        response = await plain(self, request)
        await response.aread()
        kept.append(Exchange(request, content, response))
        return response

    with mock.patch.object(httpx.AsyncHTTPTransport, "handle_async_request", listening):
        yield kept
