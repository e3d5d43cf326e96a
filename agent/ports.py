"""What the stages need from the world, as Protocols; adapters and the tests' fakes fulfil them.

A port translates: an adapter raises only the errors named here, never its library's own.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from agent.delegation_ports import Identities
from agent.errors import (
    AlreadySupersededError,
    ChannelError,
    DirectoryError,
    StorageError,
    WriteUnknownError,
)
from agent.memory.book import MeaningBook
from agent.model.activity_event import ActivityEvent
from agent.model.case import Case
from agent.model.graph_call import GraphCall
from agent.model.permit import Permit
from agent.model.receipt import Attempt
from agent.model.sent_card import SentCard
from agent.oversight import Controls
from agent.planner_port import Planner
from agent.port_values import Answer, ApprovalNotice, Held, Proposal, TenantProfile, Turn
from agent.sibling_port import NoSiblings, Siblings
from agent.standing.book import GrantBook
from agent.ticket_port import Itsm
from policy import Engine

__all__ = [
    "AlreadySupersededError",
    "Answer",
    "ApprovalNotice",
    "ChannelError",
    "DirectoryError",
    "Held",
    "Planner",
    "Proposal",
    "StorageError",
    "TenantProfile",
    "Turn",
    "WriteUnknownError",
]


class Clock(Protocol):
    """The only source of time. Stages are given one `now` per turn and never ask for another."""

    def now(self) -> datetime:
        """Return the current time, aware, in UTC."""


class Ids(Protocol):
    """The only source of randomness in the loop."""

    def new(self) -> str:
        """Return a fresh UUID in its 36-character form."""

    def password(self) -> str:
        """Return a fresh temporary password of at least 20 characters from a secure generator."""


class Directory(Protocol):
    """One tenant's Microsoft Graph. Reads are free; a write needs a permit."""

    async def read(self, call: GraphCall) -> Answer:
        """Send a GET and return its answer, also for 404 (nothing there) and 403 (not allowed to look).

        Raises:
            DirectoryError: no answer within the time allowed, or still throttled or failing after retries;
                its `retry_after_seconds` says when another try makes sense.
            ValueError: the call is not a GET.
        """

    async def read_many(self, calls: Sequence[GraphCall]) -> tuple[Answer | DirectoryError, ...]:
        """Send several GETs at once and return, in the same order, what `read` would have returned or raised for each.

        A call that would reveal a secret is not sent; a DirectoryError stands in its place.

        Raises:
            ValueError: a call is not a GET; nothing was sent.
        """

    async def write(self, permit: Permit, *, client_request_id: str, secret: str | None) -> Answer:
        """Send exactly the permitted call, once, and return its answer, whatever its status.

        `secret` is filled in at the call's `secret_at`; it is required there and refused elsewhere.

        Raises:
            WriteUnknownError: the request may have left but its answer was lost (timeout, broken connection,
                502, 503, 504): the tenant must be read before anything else is done.
            DirectoryError: the request certainly did not leave (no token, wrong tenant in the token, tripwire).
        """


class PolicyStore(Protocol):
    """Published policy bundles per tenant."""

    async def engine(self, tenant_id: str) -> Engine:
        """Return the engine of the tenant's published bundle.

        Raises:
            PolicyUnavailableError: nothing is published for the tenant, or it cannot be read or parsed.
        """


class CaseStore(Protocol):
    """Cases, their activity log and their attempts: one partition a case, one transaction a turn."""

    async def create(self, case: Case, events: tuple[ActivityEvent, ...], *, due_at: datetime) -> bool:
        """Create the case at seq 0 with its first events. Return False if it exists already.

        Raises:
            StorageError: storage did not answer or refused.
        """

    async def load(self, case_id: str) -> Held | None:
        """Return the case, or None if there is none.

        Raises:
            StorageError: as above.
        """

    async def begin(
        self, held: Held, attempt: Attempt, *, events: tuple[ActivityEvent, ...], lease_until: datetime
    ) -> Held:
        """Store the attempt with the events that led to it and take the lease; the case stays as it was loaded.

        Raises:
            AlreadySupersededError: somebody else saved the case since it was loaded. StorageError: as above.
        """

    async def commit(
        self,
        held: Held,
        case: Case,
        *,
        events: tuple[ActivityEvent, ...],
        attempts: tuple[Attempt, ...],
        due_at: datetime | None,
    ) -> Held:
        """Save case, events and attempts in one transaction at seq + 1 and drop the lease.

        `due_at` is when the sweep should look after it; None ends the sweep's interest. Raises as `begin`.
        """

    async def attempts(self, case_id: str, *, step_index: int | None = None) -> tuple[Attempt, ...]:
        """Return the attempts of a case, or of one of its steps, in the order of their step and kind.

        Raises:
            StorageError: as above.
        """

    async def events(self, case_id: str) -> tuple[ActivityEvent, ...]:
        """Return the activity log of a case in order.

        Raises:
            StorageError: as above.
        """

    def overdue(self, now: datetime) -> AsyncIterator[Held]:
        """Yield active cases whose `due_at` has passed.

        Raises:
            StorageError: as above.
        """

    def recent(self, limit: int) -> AsyncIterator[Held]:
        """Yield at most `limit` cases, active ones first.

        Raises:
            StorageError: as above.
        """


class Wakeups(Protocol):
    """The stage queues. A message names a case and a seq, nothing else, and is trusted for nothing."""

    async def put(self, stage: str, case_id: str, *, seq: int, delay_seconds: int = 0) -> None:
        """Enqueue one wake-up for a stage.

        Raises:
            StorageError: the queue did not accept it.
        """


class Sealer(Protocol):
    """Encrypts working data with the tenant's own data key."""

    async def seal(self, tenant_id: str, *, purpose: str, text: str) -> str:
        """Return `text` encrypted and bound to tenant and purpose.

        Raises:
            VaultError: the tenant's key cannot be had.
        """

    async def open(self, tenant_id: str, *, purpose: str, sealed: str) -> str:
        """Return the text that `seal` was given.

        Raises:
            VaultError: the key cannot be had, or the text was sealed for something else or altered.
        """


class Channel(Protocol):
    """How Remit speaks to people."""

    async def ask(self, notice: ApprovalNotice) -> tuple[SentCard, ...]:
        """Show the approval card to every approver that was asked; return those that can be shown anew later.

        Raises:
            NotShowableError: the plan cannot be shown exactly, so nobody is asked to approve it.
            ChannelError: nobody could be reached.
        """

    async def update(self, case: Case, cards: Sequence[SentCard]) -> None:
        """Show these cards of the case anew, each as its `shows` says; tries each of them.

        Raises:
            ChannelError: one of them could not be shown anew.
        """

    async def tell(self, tenant_id: str, person_id: str, *, text: str, reply_to: str = "") -> None:
        """Send a person one message, one to one: in the chat where `reply_to` is their account, else in Teams.

        Raises:
            ChannelError: the message was not accepted.
        """

    async def deliver_secret(self, tenant_id: str, person_id: str, *, intro: str, secret: str) -> None:
        """Show a secret to one verified person, one to one; it is stored nowhere else.

        Raises:
            ChannelError: the message was not accepted.
        """


class Attempts(Protocol):
    """The attempts of the case in hand; the loop binds it to the case's own hold."""

    def of(self, step_index: int, kind: str) -> Attempt | None:
        """Return the stored attempt of this step and kind, if any."""

    def all(self) -> tuple[Attempt, ...]:
        """Return every attempt of the case."""

    async def begin(self, attempt: Attempt, *, events: tuple[ActivityEvent, ...] = ()) -> None:
        """Store the intent durably and take the lease; `events` led to it and are logged with it, once.

        Nothing may be sent before this returns.

        Raises:
            AlreadySupersededError: another worker has the case.
            StorageError: it could not be stored.
        """


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything a stage may use, for one case's tenant. Made by `agent.wiring`, bound per turn by the loop."""

    tenant: TenantProfile
    directory: Directory
    identities: Identities
    planner: Planner
    policy: PolicyStore
    channel: Channel
    itsm: Itsm
    sealer: Sealer
    ids: Ids
    attempts: Attempts
    controls: Controls
    grants: GrantBook
    memory: MeaningBook
    clock: Clock
    siblings: Siblings = field(default_factory=NoSiblings)
