"""A whole local stack: Azurite, the simulated Microsoft cloud and the function app, started and stopped together."""

import asyncio
import base64
import json
import os
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.error import URLError
from urllib.request import Request, urlopen

from devhost import azurite
from devhost.desk import Address, Desk
from devhost.errors import ToolError
from devhost.interrupts import undisturbed
from devhost.ports import free_port
from devhost.publish import publish_documents
from devhost.tenant_settings import (
    APP_ID,
    IDENTITY_ID,
    MAIL_SECRET_NAME,
    REPLY_SECRET_NAME,
    SLACK_SECRET_NAME,
    SLACK_TOKEN_NAME,
    SOURCE_ID,
    WEBHOOK_SECRET_NAME,
    app_settings,
    read_tenant,
)
from simulator.slack.workspace import TEAM_ID as SLACK_TEAM_ID

_READY_SECONDS = 60.0
_STOP_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What to start. `root` is the project's folder, `state` where data and logs go, `port` 0 takes a free one.

    `policies` and `journeys` are YAML files; `host_arguments` are passed on to the development host.
    """

    root: Path
    state: Path
    tenant: Path
    policies: tuple[Path, ...]
    journeys: tuple[Path, ...] = ()
    port: int = 0
    host_arguments: tuple[str, ...] = ()


class LocalStack:
    """Starts everything on loopback and stops what it started, in reverse order. A context manager."""

    def __init__(self, plan: Plan, *, progress: Callable[[str], None]) -> None:
        self.plan = plan
        self._progress = progress
        self._processes: list[subprocess.Popen[str]] = []
        self._azurite: azurite.Azurite | None = None
        self.tenant = read_tenant(plan.tenant)
        self.key = secrets.token_urlsafe(16)
        self.webhook_secret = f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"
        self.cloud: Mapping[str, Any] = {}
        self.url = ""

    def start(self) -> Desk:
        """Start all three and return the desk for filing tickets and clicking cards.

        Raises:
            ToolError: something could not be started; the message names it and where its log is.
            PolicyError: a policy document is not usable.
        """
        self.plan.state.mkdir(parents=True, exist_ok=True)
        self._progress("starting Azurite (tables and queues)")
        self._azurite = azurite.start(self.plan.root / ".remit", self.plan.state / "azurite")
        port = self.plan.port or free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._progress("starting the simulated Microsoft cloud (sign-in, Graph, Key Vault, Teams, tickets)")
        self.cloud = self._launch("simulator", self._simulator_command())
        self._seed_vault()
        self._progress("publishing the policy, signed by two made-up people as nobody sits here to review it")
        asyncio.run(publish_documents(self.plan.policies, self.tenant_id, storage=self.storage))
        self._progress("starting the function app on the development host")
        self._launch("devhost", self._host_command(port), environment=self._host_environment)
        return Desk(self.address)

    @property
    def tenant_id(self) -> str:
        """The object id of the tenant in the tenant file, in lower case as everywhere else."""
        return str(self.tenant["organization"]["id"]).lower()

    @property
    def storage(self) -> str:
        """The emulator's connection string."""
        assert self._azurite is not None, "storage is there once the stack has started"
        return self._azurite.connection_string

    @property
    def public_url(self) -> str:
        """The address at which people would find the function app, were something in front of it that speaks TLS."""
        return f"https://localhost{self.url[16:]}"

    @property
    def settings(self) -> dict[str, str]:
        """The function app's settings."""
        return app_settings(self.tenant, self.cloud, storage=self.storage, public_url=self.public_url)

    @property
    def _host_environment(self) -> dict[str, str]:
        # The host's own way to override host.json: a person at a terminal should not wait for a poll.
        return {**self.settings, "AzureFunctionsJobHost__extensions__queues__maxPollingInterval": "00:00:00.300"}

    @property
    def address(self) -> Address:
        """How to reach the stack."""
        return Address(
            functions=self.url,
            key=self.key,
            control=str(self.cloud["control"]),
            source=SOURCE_ID,
            webhook_secret=self.webhook_secret,
            public_url=self.public_url,
            ca=str(self.cloud["ca"]),
        )

    def stop(self) -> None:
        """End everything that was started: the host first, Azurite last and gently."""
        for process in reversed(self._processes):
            _end(process)
        self._processes.clear()
        if self._azurite is not None:
            self._azurite.stop()
            self._azurite = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def restart_host(self) -> None:
        """End the function app and start it again on the same port, as a deployment would."""
        _end(self._processes.pop())
        self._launch("devhost", self._host_command(int(self.url.rsplit(":", 1)[1])), environment=self._host_environment)

    def _simulator_command(self) -> list[str]:
        state = str(self.plan.state / "simulator")
        ids = ["--app-id", APP_ID, "--identity-client-id", IDENTITY_ID]
        bot = ["--bot-endpoint", f"{self.url}/api/messages"]
        return ["-m", "simulator", "--tenant", str(self.plan.tenant), "--state-dir", state, *ids, *bot]

    def _host_command(self, port: int) -> list[str]:
        state = str(self.plan.state / "devhost")
        options = ["--app", str(self.plan.root), "--port", str(port), "--keys", f"default={self.key}", "--state", state]
        return ["-m", "devhost", *options, *self.plan.host_arguments]

    def _seed_vault(self) -> None:
        data_key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
        reply_secret = f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"
        mail_password = secrets.token_urlsafe(24)
        slack = {"signing_secret": secrets.token_hex(16), "token": f"xoxb-{secrets.token_urlsafe(24)}"}
        for name, value in (
            (WEBHOOK_SECRET_NAME, self.webhook_secret),
            (REPLY_SECRET_NAME, reply_secret),
            (MAIL_SECRET_NAME, mail_password),
            (SLACK_SECRET_NAME, slack["signing_secret"]),
            (SLACK_TOKEN_NAME, slack["token"]),
            ("remit-data-key", data_key),
        ):
            self._control(f"/vault/{self.tenant_id}/secrets/{name}", {"value": value})
        self._control("/itsm", {"secret": reply_secret})
        self._control("/mail", {"password": mail_password})
        self._control("/slack", {**slack, "endpoint": f"{self.url}/api/slack/{SLACK_TEAM_ID}"})
        # Where people who sign in on a page of ours are sent back to.
        self._control("/apps", {"redirect_uris": [f"{self.public_url}/api/sign-in"]})

    def _control(self, path: str, body: Mapping[str, Any]) -> None:
        request = Request(  # noqa: S310  # The address is the simulator's own, on loopback.
            f"{self.cloud['control']}{path}",
            data=json.dumps(body).encode(),
            headers={"content-type": "application/json"},
            method="POST",
        )
        try:
            with urlopen(request, timeout=10):  # noqa: S310
                pass
        except URLError as problem:
            raise ToolError(f"the simulator refused `{path}`: {problem.reason}") from problem

    def _launch(
        self, name: str, command: list[str], *, environment: Mapping[str, str] | None = None
    ) -> Mapping[str, Any]:
        """Start one of our own processes and return the JSON line that it prints when it is ready."""
        with (self.plan.state / f"{name}.log").open("ab") as log, undisturbed():
            process = subprocess.Popen(  # noqa: S603  # The command is built by this package alone.
                [sys.executable, *command],
                cwd=self.plan.root,
                env={**os.environ, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                # In its own session, so that Ctrl-C reaches us first and everything is stopped in order.
                start_new_session=True,
            )
            self._processes.append(process)
        line = _first_line(process)
        if line is None:
            log_file = self.plan.state / f"{name}.log"
            raise ToolError(f"the {name} did not get ready ({_ending(process, log_file)}): see `{log_file}`")
        return dict(json.loads(line))


def _first_line(process: subprocess.Popen[str]) -> str | None:
    """Return the first line on standard output, or None when the process ends or takes too long."""
    timer = threading.Timer(_READY_SECONDS, process.terminate)
    # Ctrl-C may come before it can be cancelled; then it must not keep this program from ending.
    timer.daemon = True
    try:
        timer.start()
        assert process.stdout is not None, "our processes are started with a pipe"
        line = process.stdout.readline()
    finally:
        timer.cancel()
    return line if line.startswith("{") else None


def _ending(process: subprocess.Popen[str], log_file: Path) -> str:
    """Say how a process that never got ready came to its end, with the last line that it logged."""
    try:
        code = process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        return f"still silent {_READY_SECONDS:.0f} s after its start"
    lines = log_file.read_text(encoding="utf-8", errors="replace").split("\n")
    said = next((line.strip() for line in reversed(lines) if line.strip()), "nothing")
    return f"ended with {code}; its last line: {said[:300]}"


def _end(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
