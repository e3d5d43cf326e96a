"""The cloud: every tenant and service of one simulator, and how it is reset, saved and read in the past."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from simulator import applications, seed, signing
from simulator.applications import Application, Names
from simulator.clock import Clock
from simulator.connector.chats import Chats
from simulator.directory import Directory, Resource
from simulator.directory import load as load_directory
from simulator.entra.codes import Code
from simulator.errors import ControlError, StartError
from simulator.faults import Faults
from simulator.ids import Ids
from simulator.itsm.tickets import Tickets
from simulator.mail_relay import Letters
from simulator.slack.workspace import Workspace
from simulator.tenant_file import TenantFile
from simulator.throttling import Throttling
from simulator.traffic import Traffic
from simulator.vault.secrets import Vault


@dataclass(slots=True)
class Addresses:
    """Where the sites listen, filled in at the start. `vaults` is by tenant id."""

    entra: str = ""
    graph: str = ""
    connector: str = ""
    itsm: str = ""
    slack: str = ""
    msi: str = ""
    control: str = ""
    smtp: str = ""
    vaults: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Keys:
    """The signing keys: Entra's, the connector's, and a connector key that no channel endorses."""

    entra: signing.SigningKey
    connector: signing.SigningKey
    unendorsed: signing.SigningKey


def keys_in(folder: Path) -> Keys:
    """The keys of a state directory, made when missing."""
    return Keys(
        entra=signing.load_or_create(folder / "entra.key"),
        connector=signing.load_or_create(folder / "connector.key", endorsements=("msteams", "webchat")),
        unendorsed=signing.load_or_create(folder / "unendorsed.key", endorsements=("webchat",)),
    )


@dataclass(slots=True)
class Tenant:
    """One tenant: its file, its directory now and as it was, its applications and its vault."""

    file: TenantFile
    directory: Directory
    applications: dict[str, Application]
    vault: Vault
    _past: list[tuple[datetime, Directory]] = field(default_factory=list)
    _made: dict[str, datetime] = field(default_factory=dict)

    def remember(self, now: datetime, *, stale_seconds: float) -> None:
        """Keep the directory as it is before a write, when reads are to lag behind."""
        horizon = now - timedelta(seconds=stale_seconds)
        self._past = [(until, directory) for until, directory in self._past if until > horizon]
        if stale_seconds > 0:
            self._past.append((now, deepcopy(self.directory)))

    def seen(self, now: datetime, *, stale_seconds: float) -> Directory:
        """The directory as a read sees it: as it stood `stale_seconds` ago."""
        horizon = now - timedelta(seconds=stale_seconds)
        return next((directory for until, directory in self._past if until > horizon), self.directory)

    def note_made(self, object_id: str, now: datetime) -> None:
        """Remember when an object was created."""
        self._made[object_id.lower()] = now

    def knows(self, name: str, now: datetime, *, new_seconds: float) -> bool:
        """Whether an object of that id is older than `new_seconds`, or was not created here."""
        made = self._made.get(name.lower())
        return made is None or made <= now - timedelta(seconds=new_seconds)


class Cloud:
    """Everything one simulator holds. All state is in memory and changes only on the event loop's thread."""

    def __init__(
        self, files: Sequence[TenantFile], keys: Keys, *, names: Names, clock: Clock, random_seed: int
    ) -> None:
        if not files:
            raise StartError("expected at least one tenant; give `--tenant FILE`")
        self._files = {file.organization.id: file for file in files}
        if len(self._files) != len(files):
            raise StartError("expected tenants with different ids; two files have the same `organization.id`")
        self.keys = keys
        self.names = names
        self.clock = clock
        self.verifier = signing.Verifier(keys.entra)
        self.addresses = Addresses()
        self.traffic = Traffic(clock)
        self.faults = Faults(clock)
        self.throttling = Throttling()
        self.chats = Chats(clock)
        self.tickets = Tickets(clock)
        self.letters = Letters(clock)
        self.slack = Workspace(clock)
        self.bot_endpoint: str | None = None
        self.ca_file: Path | None = None
        self._seed = random_seed
        self.reset()

    @property
    def home_tenant_id(self) -> str:
        """The tenant in which the managed identity lives: that of the first file."""
        return next(iter(self._files))

    def reset(self) -> None:
        """Back to the tenant files; logs, faults, chats, tickets and vaults are emptied."""
        self.ids = Ids(self._seed)
        self.stale_seconds = 0.0
        self.index_stale_seconds: float | None = None
        self.new_object_seconds = 0.0
        self.throttling.set({})
        self.audit_delay_seconds = 0.0
        self.refresh_tokens: dict[str, dict[str, Any]] = {}
        self.codes: dict[str, Code] = {}
        self.traffic.clear()
        self.faults.clear()
        self.chats.clear()
        self.tickets.clear()
        self.letters.clear()
        self.slack.clear()
        self.tenants = {tenant_id: self._fresh_tenant(file) for tenant_id, file in self._files.items()}

    def _fresh_tenant(self, file: TenantFile) -> Tenant:
        tenant_id = file.organization.id
        directory = seed.directory_of(file)
        product = applications.product(tenant_id, self.names)
        for role in applications.DEFAULT_DIRECTORY_ROLES:
            seed.assign_role(directory, role, principal_id=product.object_id)
        known = {product.app_id: product}
        if tenant_id == self.home_tenant_id:
            identity = self._identity()
            known[identity.app_id] = identity
        readers = {(tenant_id, product.object_id), (self.home_tenant_id, self.names.identity_object_id)}
        return Tenant(file=file, directory=directory, applications=known, vault=Vault(tenant_id, readers=readers))

    def _identity(self) -> Application:
        names = self.names
        return Application(names.identity_client_id, "remit-identity", names.identity_object_id)

    def lag_seconds(self, *, of_index: bool) -> float:
        """How far reads lag behind writes: by the index (`$filter`, `$search`) or by id. One number may be both."""
        index = self.stale_seconds if self.index_stale_seconds is None else self.index_stale_seconds
        return index if of_index else self.stale_seconds

    @property
    def longest_lag_seconds(self) -> float:
        """How much of the past reads may see."""
        return max(self.lag_seconds(of_index=True), self.lag_seconds(of_index=False))

    def tenant_of_user(self, name: str, tenant_id: str | None) -> tuple[Tenant, Resource]:
        """The tenant and user behind an id or sign-in name.

        Raises:
            ControlError: (404) nobody of that name, in that tenant or in any.
        """
        for tenant in self.tenants.values():
            user = tenant.directory.user(name)
            if user is not None and tenant_id in (None, tenant.directory.tenant_id):
                return tenant, user
        raise ControlError(404, "NoSuchUser", message=f"expected a user of a simulated tenant, got `{name}`")

    def dump(self) -> Resource:
        """The state of every tenant, chats, Slack and tickets as JSON; `load` reads it back. Vaults are included."""
        return {
            "tenants": {tenant_id: _dump_tenant(tenant) for tenant_id, tenant in self.tenants.items()},
            "chats": self.chats.dump(),
            "tickets": self.tickets.dump(),
            "slack": self.slack.dump(),
        }

    def load(self, document: Resource) -> None:
        """Put a dumped state in the place of this one. Tenants must be the ones the simulator runs.

        Raises:
            ControlError: (400) it is no such state; nothing has changed then.
        """
        found = document.get("tenants")
        if not isinstance(found, dict) or set(found) != set(self.tenants):
            raise ControlError(400, "BadState", message=f"expected `tenants` with {sorted(self.tenants)}")
        try:
            parts = {tenant_id: _load_parts(part) for tenant_id, part in found.items()}
            vaults = {tenant_id: part["vault"] for tenant_id, part in found.items()}
            chats, tickets, slack = document["chats"], document["tickets"], document["slack"]
        except (KeyError, TypeError) as wrong:
            raise ControlError(
                400, "BadState", message=f"expected a dumped state, missing or unknown {wrong}"
            ) from wrong
        for tenant_id, (directory, apps) in parts.items():
            tenant = self.tenants[tenant_id]
            tenant.directory, tenant.applications = directory, apps
            tenant.vault.load(vaults[tenant_id])
        self.chats.load(chats)
        self.tickets.load(tickets)
        self.slack.load(slack)


def _dump_tenant(tenant: Tenant) -> Resource:
    apps = [app.dump() for app in tenant.applications.values()]
    return {"directory": tenant.directory.dump(), "applications": apps, "vault": tenant.vault.dump()}


def _load_parts(part: Resource) -> tuple[Directory, dict[str, Application]]:
    apps = [applications.load(app) for app in part["applications"]]
    return load_directory(part["directory"]), {app.app_id: app for app in apps}
