"""People's own tokens, for one case each: kept when they answer, redeemed for each step, dropped when Entra says so.

1. What a person signs in with is exchanged at once, on their behalf, and thrown away. What is kept is one refresh
   token, sealed with the tenant's data key for this very tenant, person and case, until its deadline (24 h at most).
2. Every step redeems it anew, for the permissions of that step alone. Nothing is cached, in memory or elsewhere.
3. When Entra refuses (signed out, disabled, consent taken back, a further proof wanted), the row is dropped, and only
   that version of it: a sign-in that came meanwhile stays.
4. A claims challenge of Graph is met once, by a token that shows what it asks for. Asked for the same again, the row is
   dropped.
MSAL is loaded by the first call, in a thread.
"""

import asyncio
import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from azure.core.credentials import AccessToken
from azure.core.credentials_async import AsyncTokenCredential

from agent.delegation_ports import Delegation, DelegationBox
from agent.errors import DirectoryError, SignInNeededError
from agent.identity.tokens import EXCHANGE_SCOPE, PUBLIC_AUTHORITY
from agent.model.actor import Actor, acting_for
from agent.model.case import Case
from agent.ports import Clock, Sealer

if TYPE_CHECKING:
    from agent.identity.authority_client import AuthorityClient
    from agent.identity.redeeming import Redeemer

#: No person's token is kept for longer, whatever a tenant allows its approvers.
LONGEST: Final = timedelta(hours=24)
_SECONDS: Final = 9
_GONE: Final = "no token of this person is kept for this case any more"


class Delegations:
    """Keeps and redeems people's tokens for the cases of one stack: ports.Identities and DelegationKeeper.

    `identity` is the stack's managed identity, which proves the app `app_id` in the customer's tenant.

    Raises:
        SettingsError: `authority` is not an https address of a host.
    """

    def __init__(
        self,
        box: DelegationBox,
        *,
        sealer: Sealer,
        identity: AsyncTokenCredential,
        app_id: str,
        clock: Clock,
        authority: str = PUBLIC_AUTHORITY,
    ) -> None:
        self._box = box
        self._sealer = sealer
        self._identity = identity
        self._app_id = app_id
        self._clock = clock
        self._authority = authority
        self._client: AuthorityClient | None = None

    async def keep(self, case_id: str, *, tenant_id: str, person_id: str, user_token: str, until: datetime) -> None:
        """See delegation_ports.DelegationKeeper."""
        redeemer = await self._redeemer(tenant_id)
        kept = await _in_time(lambda: redeemer.exchanged(user_token, person_id=person_id))
        ends_at = min(until, self._clock.now() + LONGEST)
        bare = Delegation(tenant_id=tenant_id, case_id=case_id, person_id=person_id, sealed="", ends_at=ends_at)
        await self._box.keep(await self._sealed(bare, {"cache": kept, "claims": ""}))

    async def at_hand(self, case: Case) -> tuple[Actor, ...]:
        """See ports.Identities. Of a case for which nobody lent anything, nothing is read."""
        if not case.lent_by:
            return ()
        there = [one.person_id for one in await self._box.of_case(case.id) if one.ends_at > self._clock.now()]
        lent = [one for one in case.lent_by if one in there]
        requester = [acting_for(one, whose="requester") for one in lent if one == case.requester_id]
        return (*requester, *(acting_for(one, whose="approver") for one in lent if one != case.requester_id))

    async def forget(self, case: Case) -> None:
        """See ports.Identities."""
        await self._box.forget(case.id)

    async def credential(self, case_id: str, user_id: str) -> "PersonCredential":
        """Return the credential of a person who lent their name to the case.

        Raises:
            SignInNeededError: there is none, or its time is over.
            StorageError, VaultError: whether there is one cannot be told.
        """
        return PersonCredential(self, await self._found(case_id, user_id))

    async def challenged(self, case_id: str, user_id: str, *, claims: str) -> None:
        """Remember what the next token of a person must show, because Graph refused the last one for want of it.

        Raises:
            SignInNeededError: the last one was asked for with just that, so no other will do; the row is dropped.
        """
        found = await self._found(case_id, user_id)
        state = await self._opened(found)
        if state["claims"] == claims:
            await self._box.drop(found)
            raise SignInNeededError("Graph wants more of this person than a new token: they must sign in again")
        await self._box.keep(await self._sealed(found, {**state, "claims": claims}))

    async def redeem(self, found: Delegation, scopes: tuple[str, ...], *, claims: str) -> AccessToken:
        """Return a new token of a person for `scopes`.

        Raises:
            SignInNeededError: Entra gives none any more; the row is dropped.
            DirectoryError: it did not answer in time; the row stays.
        """
        state = await self._opened(found)
        redeemer = await self._redeemer(found.tenant_id)
        wanted = claims or state["claims"]
        try:
            token, expires = await _in_time(lambda: redeemer.redeemed(state["cache"], scopes, claims=wanted))
        except SignInNeededError:
            await self._box.drop(found)
            raise
        return AccessToken(token, expires)

    async def close(self) -> None:
        """Close the connection to the authority, if there ever was one."""
        if self._client is not None:
            self._client.close()

    async def _found(self, case_id: str, user_id: str) -> Delegation:
        there = [one for one in await self._box.of_case(case_id) if one.person_id == user_id]
        if not there or there[0].ends_at <= self._clock.now():
            raise SignInNeededError(_GONE)
        return there[0]

    async def _sealed(self, delegation: Delegation, state: dict[str, str]) -> Delegation:
        text = json.dumps(state)
        sealed = await self._sealer.seal(delegation.tenant_id, purpose=_purpose(delegation), text=text)
        return replace(delegation, sealed=sealed)

    async def _opened(self, found: Delegation) -> dict[str, str]:
        purpose = _purpose(found)
        state: dict[str, str] = json.loads(
            await self._sealer.open(found.tenant_id, purpose=purpose, sealed=found.sealed)
        )
        return state

    async def _redeemer(self, tenant_id: str) -> "Redeemer":
        from agent.identity.authority_client import AuthorityClient

        if self._client is None:
            self._client = AuthorityClient(self._authority)
        try:
            assertion = (await self._identity.get_token(EXCHANGE_SCOPE)).token
        except Exception as error:
            raise DirectoryError(f"the stack cannot prove itself to Entra: `{type(error).__name__}`") from None
        redeeming = await asyncio.to_thread(_redeeming)
        return redeeming.Redeemer(tenant_id, self._app_id, self._authority, assertion, self._client)  # type: ignore[no-any-return]


class PersonCredential(AsyncTokenCredential):
    """A person's credential for one case; every call asks Entra anew."""

    def __init__(self, delegations: Delegations, found: Delegation) -> None:
        self._delegations = delegations
        self._found = found

    async def get_token(self, *scopes: str, claims: str | None = None, **_options: Any) -> AccessToken:
        """Return a token for `scopes`, each a permission of one resource.

        Raises:
            SignInNeededError: Entra gives none any more.
            DirectoryError: it did not answer.
        """
        return await self._delegations.redeem(self._found, scopes, claims=claims or "")

    async def close(self) -> None:
        """Hold nothing, so close nothing."""

    async def __aenter__(self) -> "PersonCredential":
        return self

    async def __aexit__(self, *details: object) -> None:
        await self.close()


def _purpose(delegation: Delegation) -> str:
    # The tenant is bound by the sealer. A row that is moved to another case or person opens no more.
    return f"delegation/{delegation.case_id}/{delegation.person_id}"


def _redeeming() -> Any:
    from agent.identity import redeeming

    return redeeming


async def _in_time(work: Any) -> Any:
    try:
        async with asyncio.timeout(_SECONDS):
            return await asyncio.to_thread(work)
    except TimeoutError:
        raise DirectoryError(f"Entra gave no token of a person within {_SECONDS} s") from None
