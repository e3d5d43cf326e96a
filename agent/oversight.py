"""What watching and stopping need from the world, as Protocols: orders in force, alerts on their way, poison messages.

As in `agent.ports`, an adapter raises only the errors named here.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from agent.model.activity_event import ActivityEvent
from agent.model.alert import Alert
from agent.model.control import Control, Scope


class Controls(Protocol):
    """The orders on tenants and on the stack, each with a log of its own. Those on a case stand in the case.

    INVARIANT: without any order the work goes on; an order that cannot be read holds every write.
    """

    async def holding(self, tenant_id: str) -> tuple[Control, ...]:
        """Return the orders that hold the tenant's writes now: the stack's, then the tenant's own; those in force only.

        Raises:
            ControlsUnknownError: storage did not answer, or what it has cannot be read.
        """

    async def of(self, scope: Scope, subject: str) -> Control | None:
        """Return the newest order on a tenant, or on the stack (`subject` is empty); None if there never was one.

        Raises:
            ControlsUnknownError: as above.
        """

    async def record(self, control: Control, event: ActivityEvent) -> None:
        """Put an order on a tenant or on the stack in force, and log it, both or neither. The last one wins.

        Raises:
            StorageError: it could not be stored.
        """

    async def log(self, scope: Scope, subject: str, *, event: ActivityEvent) -> None:
        """Append an entry to the log of a tenant's or the stack's orders, and leave the order in force alone.

        Raises:
            StorageError: as above.
        """

    async def events(self, scope: Scope, subject: str) -> tuple[ActivityEvent, ...]:
        """Return the log of orders on a tenant or on the stack, oldest first.

        Raises:
            StorageError: as above.
        """


class AlertBox(Protocol):
    """Alerts that people have not been told of yet. It holds each kind of a case once at most."""

    async def keep(self, alert: Alert) -> None:
        """Remember an alert until `told`; keeping it again changes nothing that matters.

        Raises:
            StorageError: it could not be stored.
        """

    async def told(self, alert: Alert) -> None:
        """Forget an alert that people were told of.

        Raises:
            StorageError: as above.
        """

    def waiting(self) -> AsyncIterator[Alert]:
        """Yield the alerts that nobody was told of yet.

        Raises:
            StorageError: storage did not answer.
        """


@dataclass(frozen=True, slots=True)
class PoisonMessage:
    """A message that the host gave up after it failed too often. `receipt` is opaque and names this delivery."""

    stage: str
    body: bytes
    receipt: object


class PoisonBox(Protocol):
    """What the host put aside: for every stage the queue `<stage>-poison`."""

    def waiting(self) -> AsyncIterator[PoisonMessage]:
        """Yield messages of all stages; each comes again after a while unless it is dropped.

        Raises:
            StorageError: a queue did not answer; what the others hold is yielded first.
        """

    async def drop(self, message: PoisonMessage) -> None:
        """Remove a message for good.

        Raises:
            StorageError: the queue did not answer.
        """
