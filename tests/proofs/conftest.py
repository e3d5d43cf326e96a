"""One product for the whole file of proofs: starting it takes longer than all that a proof asks of it."""

import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import pytest
from aiohttp import web

from devhost.tenant_settings import APP_ID, IDENTITY_ID, app_settings, read_tenant
from policy import Bundle
from simulator.applications import Names
from simulator.clock import Clock
from simulator.server import Options, Simulator
from tests.agent.signed_world import Ahead
from tests.agent.world import BASELINES, bundle_of
from tests.proofs.product import Product, stack_on, wire

SAMPLES = Path(__file__).parents[2] / "samples"
#: QG-Finance-Ledger, whose owner is Mona.
LEDGER_ID = "8272451c-0789-5c5e-8b19-8ed1992695b8"
#: How long a question stays open here; a proof lets it pass.
APPROVAL_SECONDS = 1_800


@pytest.fixture(scope="module")
async def product(tmp_path_factory: pytest.TempPathFactory, azurite_connection: str) -> AsyncIterator[Product]:
    """The product with the sample tenant."""
    clock = Ahead()
    names = Names(app_id=APP_ID, identity_client_id=IDENTITY_ID, bot_app_id=IDENTITY_ID)
    tenant_file = SAMPLES / "tenant.json"
    options = Options(
        tenants=[tenant_file], state_dir=tmp_path_factory.mktemp("cloud"), names=names, clock=Clock(clock.now)
    )
    async with Simulator(options) as simulator:
        tenant = read_tenant(tenant_file)
        trusting = ssl.create_default_context(cafile=simulator.ready["ca"])
        with pytest.MonkeyPatch.context() as patch:
            settings = app_settings(
                tenant, simulator.ready, storage=azurite_connection, public_url="https://localhost:1"
            )
            for name, value in settings.items():
                if not name.startswith("REMIT_"):
                    patch.setenv(name, value)
            # aiohttp reads whom to trust when it is imported, which was long ago.
            patch.setattr("aiohttp.connector._SSL_CONTEXT_VERIFIED", trusting)
            opened = _recorded(patch)
            async with httpx.AsyncClient(verify=trusting, timeout=30) as client:
                stack = stack_on(simulator, tenant, storage=azurite_connection, approval_seconds=APPROVAL_SECONDS)
                found = Product(simulator, stack, client, clock, azurite_connection)
                await found.publish(policy())
                await wire(found)
                app = web.Application()
                app.router.add_post("/api/{tail:.*}", found.receive)
                runner = web.AppRunner(app)
                await runner.setup()
                await web.TCPSite(runner, "127.0.0.1", 0).start()
                found.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
                yield found
                await runner.cleanup()
            # A stack lives as long as its process, so it closes nothing itself.
            await found.forget_people()
            for one in opened:
                await (one.aclose() if isinstance(one, httpx.AsyncClient) else one.close())


def _recorded(patch: pytest.MonkeyPatch) -> list[aiohttp.ClientSession | httpx.AsyncClient]:
    """Return a list of all HTTP clients that are made from now on."""
    opened: list[Any] = []
    for kind in (aiohttp.ClientSession, httpx.AsyncClient):
        begin = kind.__init__

        def record(self: Any, *arguments: Any, begin: Any = begin, **named: Any) -> None:
            opened.append(self)
            begin(self, *arguments, **named)

        patch.setattr(kind, "__init__", record)
    return opened


def policy(*, ledger_standing: str = "allowed") -> Bundle:
    """Every membership is a question to an owner of the group, and for one group by a rule of its own as well."""
    ask = {"effect": "require_approval", "actions": ["entra.group.member.add"]}
    owner = {"from": ["group_owner"], "count": 1}
    action = {"id": "action.ask", **ask, "approval": {**owner, "standing": "allowed"}}
    ledger = {"id": "department.ledger", **ask, "when": {"target.id": [LEDGER_ID]}}
    department = next(one for one in BASELINES if one["layer"] == "department")
    return bundle_of(
        *(one for one in BASELINES if one is not department),
        {**department, "rules": [*department["rules"], {**ledger, "approval": {**owner, "standing": ledger_standing}}]},
        {"layer": "action", "rules": [action]},
    )
