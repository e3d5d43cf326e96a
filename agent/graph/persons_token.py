"""Tokens of people, for writing in their names: had for one step, checked to be theirs, never replaced by another's."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from azure.core.credentials_async import AsyncTokenCredential

from agent.errors import DirectoryError, PortError
from agent.graph.tenant_token import TenantToken, tenant_token
from agent.model.actor import Actor
from agent.model.permit import Permit


class DelegatedCredentials(Protocol):
    """Where the credentials of people come from, for one case."""

    async def credential(self, case_id: str, user_id: str) -> AsyncTokenCredential:
        """Return the credential of the person.

        Raises:
            SignInNeededError: there is none, or none any more.
            PortError: whether there is one cannot be told.
        """

    async def challenged(self, case_id: str, user_id: str, *, claims: str) -> None:
        """Remember what the person's next token must show, because Graph refused the last one.

        Raises:
            SignInNeededError: no other token will do.
            PortError: it could not be remembered.
        """


async def persons_token(
    permit: Permit, delegated: DelegatedCredentials | None, *, tenant_id: str, resource: str
) -> TenantToken:
    """Return a token of the person in whose name `permit` is, asked for with the permissions of that step alone.

    Raises:
        SignInNeededError: there is none, or none any more.
        DirectoryError: it cannot be had now, or is another person's.
    """
    actor = permit.actor
    if delegated is None:
        raise DirectoryError(f"expected a token of the {actor.whose} to write with, got no way to have one")
    with _nothing_left(actor):
        credential = await delegated.credential(permit.case_id, actor.user_id)
    scopes = tuple(f"{resource}/{one}" for one in permit.permissions)
    return await tenant_token(credential, *scopes, tenant_id=tenant_id, user_id=actor.user_id)


async def challenge(permit: Permit, delegated: DelegatedCredentials | None, *, claims: str) -> None:
    """Have it remembered that Graph refused the token of the person in whose name `permit` is.

    Raises:
        SignInNeededError: no other token will do.
        DirectoryError: it could not be remembered.
    """
    if delegated is not None:
        with _nothing_left(permit.actor):
            await delegated.challenged(permit.case_id, permit.actor.user_id, claims=claims)


@contextmanager
def _nothing_left(actor: Actor) -> Iterator[None]:
    """Run the block, in which nothing leaves for Graph; whatever fails in it is a DirectoryError."""
    try:
        yield
    except DirectoryError:
        raise
    except PortError as error:
        raise DirectoryError(f"the token of the {actor.whose} cannot be had: `{type(error).__name__}`") from None
