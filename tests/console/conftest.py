"""A simulated cloud with two tenants in this process, and a fresh console in front of it for every test."""

import json
import ssl
from collections.abc import AsyncIterator
from datetime import datetime

import httpx
import pytest

from simulator.clock import Clock
from simulator.server import Options, Simulator
from tests.agent.world import ANN, BOB, EVE, GUEST, START, TENANT
from tests.console.desk import ELSEWHERE, OTHER_TENANT, OURS, Console, tenant_file


class _Time:
    """The cloud's clock: it shows what the stack's shows."""

    console: Console | None = None

    def now(self) -> datetime:
        return self.console.world.clock.now() if self.console else START


_TIME = _Time()


@pytest.fixture(scope="session")
async def entra(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Simulator]:
    folder = tmp_path_factory.mktemp("entra")
    people = [(ANN, "ann", "Member"), (BOB, "bob", "Member"), (EVE, "eve", "Member"), (GUEST, "guest", "Guest")]
    files = {
        "ours": tenant_file(TENANT, *people),
        "other": tenant_file(OTHER_TENANT, (ELSEWHERE, "elsa", "Member")),
    }
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    tenants = [folder / f"{name}.json" for name in files]
    async with Simulator(Options(tenants=tenants, state_dir=folder, clock=Clock(_TIME.now))) as running:
        yield running


@pytest.fixture
async def console(entra: Simulator) -> AsyncIterator[Console]:
    entra.cloud.reset()
    for tenant in entra.cloud.tenants.values():
        tenant.applications[entra.cloud.names.app_id].redirect_uris = {f"{OURS}/api/sign-in"}
    trusted = ssl.create_default_context(cafile=entra.ready["ca"])
    async with httpx.AsyncClient(verify=trusted, trust_env=False) as client:
        made = Console(entra, client)
        _TIME.console = made
        yield made
        await made.close()
        _TIME.console = None
