"""People's own tokens, as ports: who brings one, where what came of it is kept, and whose are there for a case."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from agent.model.actor import Actor
from agent.model.case import Case


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Delegation:
    """One person's leave to act in their name for one case, until `ends_at` (aware, UTC).

    `sealed` is what a token can be had with; it opens for this tenant, case and person only. `version` is opaque, and
    empty for one that was not stored yet.
    """

    tenant_id: str
    case_id: str
    person_id: str
    sealed: str
    ends_at: datetime
    version: str = ""


class DelegationBox(Protocol):
    """Delegations, one for each person and case."""

    async def keep(self, delegation: Delegation) -> bool:
        """Store a delegation: over any other when it has no version, else over that very version only.

        Return whether it was stored.

        Raises:
            StorageError: storage did not answer or refused.
        """

    async def of_case(self, case_id: str) -> tuple[Delegation, ...]:
        """Return the delegations of a case, by person.

        Raises:
            StorageError: as `keep`, or one of them is damaged.
        """

    async def drop(self, delegation: Delegation) -> None:
        """Remove this very version; what is gone already, or was replaced by a newer sign-in, stays as it is.

        Raises:
            StorageError: as `keep`.
        """

    async def forget(self, case_id: str) -> int:
        """Remove all delegations of a case, also damaged ones; return how many there were.

        Raises:
            StorageError: as `keep`.
        """


class DelegationKeeper(Protocol):
    """Takes the token of a person who has just been proven by it."""

    async def keep(self, case_id: str, *, tenant_id: str, person_id: str, user_token: str, until: datetime) -> None:
        """Exchange the token and keep what came of it for this case, at most until `until`.

        The caller has verified the token: who it is, and that it was made for us.

        Raises:
            SignInNeededError: Entra does not let the agent act for this person.
            PortError: Entra, the vault or storage did not answer; nothing was kept.
        """


class Identities(Protocol):
    """The people in whose name a case's steps can be written, beside the agent itself."""

    async def at_hand(self, case: Case) -> tuple[Actor, ...]:
        """Return whose tokens are kept for the case now, requester first. Nobody's is the usual answer.

        Raises:
            StorageError: it could not be read.
        """

    async def forget(self, case: Case) -> None:
        """Remove all of people's tokens that are kept for the case.

        Raises:
            StorageError: they could not be removed.
        """
