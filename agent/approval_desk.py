"""What the console's approval pages work with, gathered in one place, and how it is put together."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.channels.own_pages import OwnPages
from agent.ports import CaseStore, Clock, Sealer

if TYPE_CHECKING:
    import httpx
    from azure.core.credentials_async import AsyncTokenCredential

    from agent.answering import Answering
    from agent.identity.sign_in import SignIn
    from agent.settings import Settings
    from agent.vault.secrets import TenantVault


_REQUESTS = "requests-"


def place_of_requests(tenant_id: str) -> str:
    """Return what stands for a tenant's page of requests where the id of an approval would stand in a sign-in."""
    return f"{_REQUESTS}{tenant_id}"


@dataclass(frozen=True, slots=True)
class ApprovalDesk:
    """Where people sign in, look at a plan and answer. `cookies` seals what their browser keeps for us meanwhile.

    `pages` knows the stack's own address; `tenant_ids` are those it serves.
    """

    store: CaseStore
    answering: "Answering"
    sign_in: "SignIn"
    cookies: Sealer
    clock: Clock
    pages: OwnPages
    tenant_ids: tuple[str, ...]

    def address_of(self, place: str) -> str:
        """Return the address of an approval's page or of a tenant's requests: where to look, and proof of nothing."""
        if place.startswith(_REQUESTS):
            return self.pages.requests(place.removeprefix(_REQUESTS))
        return self.pages.approval(place).url


@dataclass(frozen=True, slots=True)
class Behind:
    """What stands behind the desk: adapters that `agent.wiring` has built already."""

    store: CaseStore
    answering: "Answering"
    pages: OwnPages
    identity: "AsyncTokenCredential"
    client: "httpx.AsyncClient"
    vaults: Mapping[str, "TenantVault"]


def open_desk(settings: "Settings", behind: Behind, *, clock: Clock) -> ApprovalDesk:
    """Return the desk of a stack. Nothing is asked of anybody yet."""
    from agent.identity.sign_in import REDIRECT_PATH, SignIn
    from agent.identity.user_tokens import UserTokens
    from agent.published_keys import fetch_with
    from agent.vault.cookie_sealer import CookieSealer

    tenant_ids = tuple(one.tenant_id for one in settings.tenants)
    tokens = UserTokens(
        fetch_with(behind.client),
        audiences=frozenset({settings.app_id}),
        tenant_ids=frozenset(tenant_ids),
        authority=settings.authority_url,
    )
    return ApprovalDesk(
        store=behind.store,
        answering=behind.answering,
        sign_in=SignIn(
            settings.app_id,
            identity=behind.identity,
            tokens=tokens,
            redirect_uri=f"{behind.pages.public_url.rstrip('/')}{REDIRECT_PATH}",
            authority=settings.authority_url,
        ),
        cookies=CookieSealer(behind.vaults),
        clock=clock,
        pages=behind.pages,
        tenant_ids=tenant_ids,
    )
