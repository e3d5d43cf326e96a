"""A simulator in this process and the delegations of a stack beside it, for the tests of people's tokens."""

import time
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from azure.core.credentials import AccessToken

from agent.identity.delegations import Delegations
from simulator.applications import Application
from simulator.cloud import Tenant
from simulator.entra import mint
from simulator.server import Options, Simulator
from tests.agent.stand_ins import START, Time
from tests.conformance.memory_delegations import MemoryDelegations
from tests.conformance.memory_sealer import MemorySealer

ROOT = Path(__file__).parents[3]
GRAPH = "https://graph.microsoft.com"
CASE = "c" * 32
NOW = START
_NEVER = datetime.max.replace(tzinfo=NOW.tzinfo)


class Identity:
    """The stack's managed identity."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    async def get_token(self, *scopes: str, **_options: Any) -> AccessToken:
        token, expires = mint.managed_identity(self._simulator.cloud, scopes[0].removesuffix("/.default"))
        return AccessToken(token, min(expires, int(time.time()) + 3600))

    async def close(self) -> None: ...

    async def __aenter__(self) -> "Identity":
        return self

    async def __aexit__(self, *_: object) -> None: ...


class Place:
    """A simulator and what a test needs of it."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.clock = Time()
        self.box = MemoryDelegations()
        self.sealer = MemorySealer()
        self.delegations = self.made_delegations()

    @property
    def tenant(self) -> Tenant:
        return next(iter(self.simulator.cloud.tenants.values()))

    @property
    def app(self) -> Application:
        return self.tenant.applications[self.simulator.cloud.names.app_id]

    def person(self, name: str) -> dict[str, Any]:
        found = self.tenant.directory.user(f"{name}@quillmere.example")
        assert found is not None
        return found

    def signed_in(self, name: str) -> str:
        """The token that a person's sign-in to our app yields."""
        cloud = self.simulator.cloud
        user = self.person(name)
        return mint.user_token(cloud, self.tenant, app_id=cloud.names.app_id, user=user, lifetime_seconds=600)

    def app_only(self) -> str:
        """A token in which our app speaks for itself."""
        return mint.app_only(self.simulator.cloud, self.tenant, app=self.app, audience=mint.GRAPH, by_secret=False)

    def token_requests(self) -> list[Any]:
        """The requests to Entra's token endpoint so far."""
        found = self.simulator.cloud.traffic.requests
        return [one for one in found if one["site"] == "entra" and one["path"].endswith("/token")]

    async def keep(self, name: str, *, token: str = "", until: datetime = _NEVER) -> None:
        """Let a person lend their name to the case."""
        await self.delegations.keep(
            CASE,
            tenant_id=self.tenant.directory.tenant_id,
            person_id=self.person(name)["id"],
            user_token=token or self.signed_in(name),
            until=until,
        )

    async def restart(self) -> None:
        """Go on as another worker, which has nothing but what was stored."""
        await self.delegations.close()
        self.delegations = self.made_delegations()

    def made_delegations(self) -> Delegations:
        """The delegations as a worker makes them, with this place's clock and storage."""
        cloud = self.simulator.cloud
        return Delegations(
            self.box,
            sealer=self.sealer,
            identity=Identity(self.simulator),
            app_id=cloud.names.app_id,
            clock=self.clock,
            authority=cloud.addresses.entra,
        )


@pytest.fixture(scope="module")
async def simulator(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Simulator]:
    """One simulator for a file of tests: making its keys takes longer than all that a test asks of it."""
    options = Options(tenants=[ROOT / "samples" / "tenant.json"], state_dir=tmp_path_factory.mktemp("simulator"))
    async with Simulator(options) as running:
        yield running


@pytest.fixture
async def place(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Place]:
    """A place of its own for each test, in a simulator that starts from the tenant file again."""
    monkeypatch.setenv("SSL_CERT_FILE", simulator.ready["ca"])
    simulator.cloud.reset()
    found = Place(simulator)
    yield found
    await found.delegations.close()
