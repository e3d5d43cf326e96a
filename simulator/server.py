"""Starts and stops the sites of one simulator, each on a loopback port of its own."""

import secrets
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from simulator import ca, tenant_file
from simulator.applications import Names
from simulator.clock import Clock
from simulator.cloud import Cloud, keys_in
from simulator.connector import routes as connector
from simulator.control import routes as control
from simulator.entra import managed_identity
from simulator.entra import routes as entra
from simulator.errors import StartError
from simulator.graph import site as graph
from simulator.itsm import routes as itsm
from simulator.mail_relay import MailRelay
from simulator.slack import routes as slack
from simulator.vault import routes as vault

SITES = ("entra", "graph", "connector", "itsm", "slack", "msi", "control", "smtp", "vault")
_HOST = "127.0.0.1"
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Options:
    """What a simulator is started with. A port of 0 means any free one; `vault` is the first of consecutive ports."""

    tenants: Sequence[Path]
    state_dir: Path
    ports: Mapping[str, int] = field(default_factory=dict)
    bot_endpoint: str | None = None
    seed: int = 1
    names: Names = field(default_factory=Names)
    clock: Clock = field(default_factory=Clock)


class Simulator:
    """A running cloud: `async with Simulator(options) as running`, then `running.ready` says where everything is."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._runners: list[web.AppRunner] = []
        self._relay: MailRelay | None = None
        self._certificates = ca.ensure(options.state_dir)
        self._identity_header = secrets.token_hex(16)
        files = [tenant_file.read(path) for path in options.tenants]
        keys = keys_in(options.state_dir)
        self.cloud = Cloud(files, keys, names=options.names, clock=options.clock, random_seed=options.seed)
        self.cloud.ca_file = self._certificates.ca
        self.cloud.bot_endpoint = _loopback(options.bot_endpoint)

    async def __aenter__(self) -> "Simulator":
        """Raises:
        StartError: a port is taken; nothing is left listening.
        """
        try:
            await self._start()
        except OSError as taken:
            await self.stop()
            raise StartError(f"cannot listen on loopback: {taken.strerror}") from taken
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def stop(self) -> None:
        """Close every site."""
        if self._relay is not None:
            await self._relay.close()
        for runner in reversed(self._runners):
            await runner.cleanup()
        self._runners.clear()

    async def _start(self) -> None:
        cloud, tls = self.cloud, self._certificates.server_context()
        addresses = cloud.addresses
        addresses.entra = await self._listen("entra", entra.site(cloud), tls=tls)
        addresses.graph = await self._listen("graph", graph.site(cloud), tls=tls) + "/v1.0"
        addresses.connector = await self._listen("connector", connector.site(cloud), tls=tls)
        addresses.itsm = await self._listen("itsm", itsm.site(cloud), tls=tls)
        addresses.slack = await self._listen("slack", slack.site(cloud), tls=tls)
        addresses.msi = await self._listen("msi", managed_identity.site(cloud, self._identity_header), tls=None)
        addresses.control = await self._listen("control", control.site(cloud), tls=None)
        self._relay = MailRelay(cloud.letters, tls)
        port = await self._relay.listen(_HOST, self._options.ports.get("smtp", 0))
        addresses.smtp = f"smtp://localhost:{port}"
        for place, tenant_id in enumerate(cloud.tenants):
            address = await self._listen("vault", vault.site(cloud, tenant_id), tls=tls, offset=place)
            addresses.vaults[tenant_id] = address

    async def _listen(self, name: str, app: web.Application, *, tls: ssl.SSLContext | None, offset: int = 0) -> str:
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        self._runners.append(runner)
        wanted = self._options.ports.get(name, 0)
        await web.TCPSite(runner, _HOST, wanted + offset if wanted else 0, ssl_context=tls).start()
        port = runner.addresses[0][1]
        return f"https://localhost:{port}" if tls else f"http://{_HOST}:{port}"

    @property
    def ready(self) -> dict[str, Any]:
        """Where everything is and who is who, as the one line on standard output says it."""
        addresses, names = self.cloud.addresses, self.cloud.names
        return {
            "ready": True,
            "ca": str(self._certificates.ca.resolve()),
            "entra": addresses.entra,
            "graph": addresses.graph,
            "connector": connector.service_url(self.cloud),
            "connector_openid": f"{addresses.connector}/v1/.well-known/openidconfiguration",
            "itsm": addresses.itsm,
            "slack": f"{addresses.slack}/api",
            "msi": f"{addresses.msi}/msi/token",
            "msi_header": self._identity_header,
            "control": addresses.control,
            "smtp": addresses.smtp,
            "vaults": dict(addresses.vaults),
            "tenants": list(self.cloud.tenants),
            "app_id": names.app_id,
            "identity_client_id": names.identity_client_id,
            "bot_app_id": names.bot_app_id,
        }


def _loopback(url: str | None) -> str | None:
    if url is not None and urlsplit(url).hostname not in _LOOPBACK:
        raise StartError(f"expected a `--bot-endpoint` on loopback, got `{url}`")
    return url
