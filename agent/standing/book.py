"""Where standing grants are kept, as a Protocol; as in `agent.ports`, an adapter raises only the errors named here."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Protocol

from agent.model.activity_event import ActivityEvent
from agent.standing.habits import Habits
from agent.standing.kept import KeptGrant

#: A pure change of a grant as it stands; None leaves it as it is.
Change = Callable[[KeptGrant], KeptGrant | None]
#: A pure change of what is remembered of a person; None leaves it as it is.
HabitChange = Callable[[Habits], Habits | None]
#: The entry that a change of a grant is logged with.
Entry = Callable[[KeptGrant], ActivityEvent]


class HabitBook(Protocol):
    """What people of every tenant approved, as far as it is remembered. It decides nothing, and proposes at most.

    INVARIANT: a history that cannot be read is an empty one: a forged or damaged row proposes nothing.
    """

    async def get(self, tenant_id: str, person_id: str) -> Habits:
        """Return the history of a person, empty if there is none.

        Raises:
            StorageError: storage did not answer, or the tenant's key cannot be had.
        """

    async def all(self, tenant_id: str) -> tuple[Habits, ...]:
        """Return the histories of all people of a tenant, sorted by object id.

        Raises:
            StorageError: as above.
        """

    async def change(self, tenant_id: str, person_id: str, *, to: HabitChange) -> None:
        """Make of the history as it stands what `to` says; of two changes at once both count.

        Raises:
            StorageError: as above.
        """


class GrantBook(Protocol):
    """The standing grants of every tenant, each with its uses, and one log a tenant of what was given and ended.

    INVARIANT: a change is saved only over the very grant that it was made of, so of two at once both count. A grant
    that cannot be read helps nobody: it is neither among those in force nor is anything reserved of it.
    """

    @property
    def habits(self) -> HabitBook:
        """What grants are proposed from."""

    async def give(self, kept: KeptGrant, *, entry: Entry) -> KeptGrant:
        """Keep and log a new grant, both or neither; return it, or the one that has its id already, as that stands.

        Raises:
            StorageError: it could not be stored.
        """

    async def get(self, tenant_id: str, grant_id: str) -> KeptGrant | None:
        """Return a grant as it stands, or None if there is none.

        Raises:
            DamagedError: what is stored is not what was put there.
            StorageError: storage did not answer, or the tenant's key cannot be had.
        """

    async def in_force(self, tenant_id: str, action: str, *, now: datetime) -> tuple[KeptGrant, ...]:
        """Return the grants for one action that are in force and have not expired at `now`, sorted by id.

        Raises:
            StorageError: storage did not answer, or the tenant's key cannot be had.
        """

    async def all(self, tenant_id: str) -> tuple[KeptGrant, ...]:
        """Return every grant that was ever given in a tenant, however it stands, the newest first.

        Raises:
            StorageError: as above.
        """

    async def change(
        self, tenant_id: str, grant_id: str, *, to: Change, entry: Entry | None = None
    ) -> KeptGrant | None:
        """Make of a grant as it stands what `to` says and return it as it stands then, or None if there is none.

        With `entry` a change is logged in the same transaction; what changes nothing is not logged.

        Raises:
            DamagedError, StorageError: as `get`.
        """

    async def events(self, tenant_id: str) -> tuple[ActivityEvent, ...]:
        """Return the log of a tenant's grants, oldest first.

        Raises:
            StorageError: as above.
        """

    def untold(self) -> AsyncIterator[KeptGrant]:
        """Yield the grants of all tenants that ended without their owner having been told yet.

        Raises:
            StorageError: as above.
        """
