"""Where policy is kept, and who stands in front of it: one storage account, and the person who is signed in.

The environment names the storage, with the settings of the function app:

1. `AzureWebJobsStorage` is the connection string of an emulator on this machine; whoever `--as` names signs.
2. `AzureWebJobsStorage__tableServiceUri` and `AzureWebJobsStorage__queueServiceUri` are the addresses of an account
   in Azure; whoever is signed in there signs, by the object id in Entra's token.

A name given with `--as` proves nothing, so it is taken on an emulator only. In Azure the name comes from Entra's
token; what keeps others from writing signatures by hand is who may write to the storage account.
"""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from policy.command.errors import UsageError
from policy.field import lowered

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential

    from agent.storage.connections import StorageConnections
    from agent.storage.drafts import TableDrafts
    from agent.storage.publications import TablePublications

_START: Final = (
    "`python -m devhost.azurite --data FOLDER` starts an emulator and prints the connection string "
    "to export as `AzureWebJobsStorage`"
)
# Any token of the account tells who is signed in; this is the audience that storage is asked with anyway.
_SCOPE: Final = "https://storage.azure.com/.default"


@dataclass(frozen=True, slots=True)
class Office:
    """The stores of an account, and the authenticated name of the person who uses them; empty when nobody signs."""

    drafts: "TableDrafts"
    publications: "TablePublications"
    person: str


@asynccontextmanager
async def open_office(
    catalogue: frozenset[str], *, name: str | None, environment: Mapping[str, str] = os.environ
) -> AsyncIterator[Office]:
    """Connect to the storage that `environment` names; `name` is what `--as` says.

    Raises:
        UsageError: no storage is named, no emulator answers, `--as` is given in Azure, or nobody is signed in there.
        SettingsError: the settings contradict each other.
    """
    # The storage SDKs take a second to load, so that commands about files do not pay for them.
    from agent.storage.connections import CONNECTION_STRING, TABLE_URL, connect
    from agent.storage.drafts import TableDrafts
    from agent.storage.publications import TablePublications

    async with AsyncExitStack() as stack:
        if environment.get(CONNECTION_STRING):
            connections, person = connect({CONNECTION_STRING: _emulator(environment)}, None), name or ""
        elif environment.get(TABLE_URL):
            credential, person = await _signed_in(name, stack)
            connections = connect(environment, credential)
        else:
            raise UsageError(
                f"expected storage in the setting `{CONNECTION_STRING}` or `{TABLE_URL}`, got neither; {_START}"
            )
        stack.push_async_callback(connections.close)
        if environment.get(CONNECTION_STRING):
            _require_emulator(connections)
            await _furnish(connections)
        tables = connections.tables
        yield Office(
            TableDrafts(tables, catalogue=catalogue), TablePublications(tables, catalogue=catalogue), person=person
        )


def person_in(token: str) -> str:
    """Return the object id of the person for whom Entra made `token`.

    The signature is not verified: the token came to this process straight from Entra, and storage verifies it.

    Raises:
        UsageError: the token is an application's own, or says nothing about a person.
    """
    import jwt

    try:
        claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    except jwt.PyJWTError:
        raise UsageError("expected a token of Microsoft Entra, got another; sign in with `az login`") from None
    # Only a token for a person has scopes (Microsoft identity platform, access token claims reference).
    if not claims.get("scp") or not isinstance(claims.get("oid"), str):
        raise UsageError("expected a person who is signed in, got an application; sign in with `az login`")
    return str(lowered(claims["oid"]))


async def _signed_in(name: str | None, stack: AsyncExitStack) -> "tuple[AsyncTokenCredential, str]":
    """Return the credential of whoever is signed in, closed with `stack`, and that person's object id."""
    from azure.core.exceptions import ClientAuthenticationError
    from azure.identity.aio import DefaultAzureCredential

    if name is not None:
        raise UsageError("expected no `--as` with storage in Azure, where whoever is signed in signs; leave it out")
    credential = DefaultAzureCredential(exclude_managed_identity_credential=True)
    stack.push_async_callback(credential.close)
    try:
        token = await credential.get_token(_SCOPE)
    except ClientAuthenticationError:
        raise UsageError("nobody is signed in to Azure: sign in with `az login`") from None
    return credential, person_in(token.token)


def _emulator(environment: Mapping[str, str]) -> str:
    from agent.storage.connections import CONNECTION_STRING
    from devhost.errors import StartError
    from devhost.production_guard import connection_string

    try:
        return connection_string(CONNECTION_STRING, environment)
    except StartError as problem:
        raise UsageError(f"{problem}; policy in Azure is published by identity only") from None


def _require_emulator(connections: "StorageConnections") -> None:
    """Refuse storage elsewhere by the address that the SDK really made of the connection string, before any call."""
    from devhost.production_guard import is_local_address

    if not is_local_address(connections.tables.url):
        raise UsageError("expected tables on loopback, got others; policy in Azure is published by identity only")


async def _furnish(connections: "StorageConnections") -> None:
    from azure.core.exceptions import ServiceRequestError

    from agent.storage.connections import CONNECTION_STRING
    from agent.storage.failures import storage_errors

    # An emulator begins empty; in Azure the Bicep templates make the table.
    with storage_errors("create table `policies`"):
        try:
            await connections.tables.create_table_if_not_exists("policies")
        except ServiceRequestError:
            # Nothing was sent, because nobody listens there.
            where = urlsplit(connections.tables.url).netloc
            raise UsageError(
                f"expected a storage emulator at `{where}`, as `{CONNECTION_STRING}` names it, got no answer; {_START}"
            ) from None
