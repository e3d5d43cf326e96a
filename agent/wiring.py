"""The composition root: settings in, a stack of adapters around the loop out. Nothing is built before it is used.

Importing this module loads no SDK: the first call of a trigger builds what that trigger needs, so a cold
start pays only for itself.
"""

import asyncio
from collections.abc import Mapping
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from agent.groundwork import (
    Speaking,
    blobs_of,
    bot_tokens_of,
    channel_of,
    connector_of,
    names_of,
    profile_of,
    storage_of,
    user_tokens_of,
)
from agent.model.case import Stage
from agent.ports import Attempts, CaseStore, Ports
from agent.settings import Settings, TenantSettings
from agent.surroundings import SecureIds, UnboundAttempts, UtcClock, all_of
from agent.wakeup_message import parse_wakeup

if TYPE_CHECKING:
    from agent.answering import Answering
    from agent.approval_desk import ApprovalDesk
    from agent.callback import Callback
    from agent.chat_wiring import Talking
    from agent.grant_desk import GrantDesk
    from agent.intake import Intake
    from agent.itsm.source import SourceProfile
    from agent.memory_desk import MemoryDesk
    from agent.request_desk import RequestDesk
    from agent.slack_door import SlackDoor
    from agent.standing.book import GrantBook
    from agent.standing.suspension import OwnersNotices
    from agent.steering import Steering
    from agent.storage.connections import StorageConnections


class Stack:
    """One deployment: everything the triggers call. Parts are built once, on first use, in one event loop.

    Raises:
        SettingsError: a source is malformed.
    """

    def __init__(self, settings: Settings) -> None:
        from agent.itsm.source import SourceProfile

        self._settings = settings
        self._clock = UtcClock()
        self._sources: Mapping[str, SourceProfile] = {one.id: SourceProfile(**dict(one)) for one in settings.sources}
        self._building = asyncio.Lock()
        self._parts: _Parts | None = None

    async def advance(self, stage: str, message: bytes) -> None:
        """Run one turn for a queue message `{"case": id, "seq": n}`; a malformed message is dropped.

        Raises:
            StorageError: nothing was saved; the queue delivers the message again.
        """
        parsed = parse_wakeup(message)
        if parsed is not None:
            await (await self._built()).loop.advance(Stage(stage), parsed[0], seq=parsed[1])

    async def sweep(self) -> int:
        """Hand over what the host gave up, tell alerts and ends of grants to whom they concern, and wake what waits.

        Returns how many cases were woken.

        Raises:
            StorageError: storage did not answer for one of these; the next run tries again.
        """
        from agent.poison import pick_up

        parts = await self._built()
        done = await all_of(
            pick_up(parts.poison, parts.loop), parts.alarms.drain(), parts.loop.sweep(), parts.notices.tell()
        )
        return int(done[2])

    async def checkpoint(self) -> int:
        """Seal the log of every tenant (`agent/checkpoint.py`); remove payloads and tokens that no case needs any more.

        Returns how many checkpoints were made.

        Raises:
            PortError: one of the three failed, or did so for one tenant or case; the next run tries again.
        """
        parts, now = await self._built(), self._clock.now()
        left = (parts.leftovers.remove(now), parts.delegations.remove_left(now))
        done = await all_of(parts.checkpoints.make(), *left)
        return int(done[0])

    async def intake(self) -> "Intake":
        """Return the receiver of ticket webhooks."""
        return (await self._built()).talking.intake

    async def slack(self) -> "SlackDoor":
        """Return the receiver of Slack's events."""
        return (await self._built()).talking.slack

    async def request_desk(self) -> "RequestDesk":
        """Return the receiver of requests from the console's page."""
        return (await self._built()).talking.requests

    async def callback(self) -> "Callback":
        """Return the receiver of the bot connector's activities."""
        return (await self._built()).callback

    async def approval_desk(self) -> "ApprovalDesk":
        """Return what the console's approval pages work with."""
        return (await self._built()).approval_desk

    async def steering(self) -> "Steering":
        """Return the receiver of people's orders."""
        return (await self._built()).steering

    async def grant_desk(self) -> "GrantDesk":
        """Return who lists standing grants and takes orders about them."""
        from agent.grant_desk import GrantDesk

        tenant_ids = [one.tenant_id for one in self._settings.tenants]
        return GrantDesk((await self._built()).grants, tenant_ids=tenant_ids, clock=self._clock)

    async def memory_desk(self) -> "MemoryDesk":
        """Return who lists what words meant and forgets it."""
        from agent.memory_desk import MemoryDesk

        tenant_ids = [one.tenant_id for one in self._settings.tenants]
        return MemoryDesk((await self._built()).memory, tenant_ids=tenant_ids, clock=self._clock)

    async def store(self) -> CaseStore:
        """Return the cases, for the console."""
        return (await self._built()).store

    async def _built(self) -> "_Parts":
        async with self._building:
            if self._parts is None:
                self._parts = _Parts(self._settings, sources=self._sources, clock=self._clock)
        return self._parts


class _Parts:
    """The adapters of one stack, wired together."""

    def __init__(self, settings: Settings, *, sources: Mapping[str, "SourceProfile"], clock: UtcClock) -> None:
        import httpx

        from agent.actions import CATALOGUE
        from agent.alarms import Alarms
        from agent.channels.own_pages import OwnPages
        from agent.checkpoint import Checkpoints
        from agent.identity.tokens import managed_identity
        from agent.loop import Loop
        from agent.steering import Steering
        from agent.storage.alerts import TableAlertBox
        from agent.storage.cases import TableCaseStore
        from agent.storage.controls import TableControls
        from agent.storage.delegations import TableDelegations
        from agent.storage.leftovers import Leftovers
        from agent.storage.memory import TableMeaningBook
        from agent.storage.payloads import BlobPayloads
        from agent.storage.poison import QueuePoison
        from agent.storage.policies import TablePolicyStore
        from agent.storage.wakeups import QueueWakeups
        from agent.vault.sealer import VaultSealer
        from agent.vault.secrets import TenantVault

        self._settings = settings
        self._sources = sources
        self._clock = clock
        self._ports: dict[str, Ports] = {}
        self._identity = managed_identity(settings.identity_client_id)
        self._client = httpx.AsyncClient(follow_redirects=False, timeout=10)
        self._vaults = {one.tenant_id: TenantVault(one.vault_url, self._identity) for one in settings.tenants}
        storage = storage_of(settings, self._identity)
        self._sealer = VaultSealer(self._vaults)
        payloads = BlobPayloads(partial(blobs_of, settings, self._identity))
        self.store: CaseStore = TableCaseStore(storage.tables, sealer=self._sealer, payloads=payloads)
        self.leftovers = Leftovers(storage.tables, payloads)
        self.delegations = TableDelegations(storage.tables)
        self._names = names_of(settings, self.delegations, sealer=self._sealer, identity=self._identity, clock=clock)
        self._policy = TablePolicyStore(storage.tables, catalogue=frozenset(CATALOGUE))
        self._controls = TableControls(storage.tables)
        self.poison = QueuePoison(storage.queues)
        self.alarms = Alarms(TableAlertBox(storage.tables), ports_for=self._ports_for)
        self.checkpoints = Checkpoints(
            settings, self._identity, tables=storage.tables, vaults=self._vaults, clock=clock, alarms=self.alarms
        )
        self.grants, self.notices = self._standing(storage)
        self.memory = TableMeaningBook(storage.tables, sealer=self._sealer)
        wakeups = QueueWakeups(storage.queues)
        self.loop: Loop = Loop(self.store, wakeups, ports_for=self._ports_for, alarms=self.alarms, clock=clock)
        self.steering: Steering = Steering(
            self.loop, store=self.store, controls=self._controls, tenant_ids=list(self._vaults), clock=clock
        )
        self._pages = OwnPages(settings.public_url)
        self._connector = connector_of(settings, self._identity, client=self._client)
        self.talking = self._talking(storage, sources)
        self.answering, self.callback = self._answered_by_people()

    def _talking(self, storage: "StorageConnections", sources: Mapping[str, "SourceProfile"]) -> "Talking":
        from agent.chat_wiring import Around, wire_talking

        around = Around(
            storage.tables, self._connector, self._client, self._vaults, self._ports_for, self._secret, self._clock
        )
        return wire_talking(self._settings, self.loop, store=self.store, sources=sources, around=around)

    def _answered_by_people(self) -> tuple["Answering", "Callback"]:
        from agent.answering import Answering
        from agent.callback import Callback
        from agent.channels.card_answer import StepUp
        from agent.granting import Granting
        from agent.standing.giving import Giving

        settings = self._settings
        given: dict[str, Any] = {"store": self.store, "clock": self._clock}
        giving = Giving(ports_for=self._ports_for)
        answering = Answering(self.loop, ports_for=self._ports_for, delegations=self._names, **given)
        callback = Callback(
            answering,
            conversation=self.talking.conversation,
            granting=Granting(answering, giving, ports_for=self._ports_for, pages=self._pages, **given),
            tokens=bot_tokens_of(self._settings, self._client),
            people=user_tokens_of(self._settings, self._client),
            pages=self._pages,
            step_up=StepUp(resource=settings.app_id_uri, connection_name=settings.sign_in_connection),
            clock=self._clock,
        )
        return answering, callback

    def _standing(self, storage: "StorageConnections") -> tuple["GrantBook", "OwnersNotices"]:
        from agent.standing.suspension import OwnersNotices
        from agent.storage.grants import TableGrantBook

        book = TableGrantBook(storage.tables, sealer=self._sealer)
        return book, OwnersNotices(book, ports_for=self._ports_for, clock=self._clock)

    @cached_property
    def approval_desk(self) -> "ApprovalDesk":
        """What the console's approval pages work with."""
        from agent.approval_desk import Behind, open_desk

        behind = Behind(self.store, self.answering, self._pages, self._identity, self._client, self._vaults)
        return open_desk(self._settings, behind, clock=self._clock)

    async def _secret(self, tenant_id: str, name: str) -> str:
        return await self._vaults[tenant_id].get(name)

    async def _ports_for(self, tenant_id: str) -> Ports:
        if tenant_id not in self._ports:
            self._ports[tenant_id] = self._make_ports(self._settings.tenant(tenant_id))
        return self._ports[tenant_id]

    def _make_ports(self, tenant: TenantSettings) -> Ports:
        from agent.graph.sender import GraphDirectory
        from agent.identity.tokens import workload_credential
        from agent.itsm.reply import TicketReplies
        from agent.planners.planner import RunbookPlanner

        credential = workload_credential(
            tenant.tenant_id,
            self._settings.app_id,
            identity=self._identity,
            authority=self._settings.authority_url,
        )
        unbound: Attempts = UnboundAttempts()
        base_url, vault = self._settings.graph_url, self._vaults[tenant.tenant_id]
        speaking = Speaking(
            self._connector, self._pages, vault, self._clock, client=self._client, slack_url=self._settings.slack_url
        )
        return Ports(
            tenant=profile_of(tenant),
            directory=GraphDirectory(tenant.tenant_id, credential, base_url=base_url, delegated=self._names),
            identities=self._names,
            planner=RunbookPlanner(tenant.prohibited_software),
            policy=self._policy,
            channel=channel_of(tenant, speaking),
            itsm=TicketReplies(self._client, sources=self._sources, secret=self._secret, clock=self._clock),
            sealer=self._sealer,
            ids=SecureIds(),
            attempts=unbound,
            controls=self._controls,
            grants=self.grants,
            memory=self.memory,
            clock=self._clock,
        )
