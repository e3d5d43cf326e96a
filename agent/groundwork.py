"""What the composition root builds on: the account's clients, who proves a click, what settings say of a tenant."""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from agent.errors import ChannelError
from agent.ports import Channel, Clock, TenantProfile
from agent.settings import Settings, SlackSettings, TenantSettings

if TYPE_CHECKING:
    import httpx
    from azure.core.credentials_async import AsyncTokenCredential
    from azure.storage.blob.aio import BlobServiceClient

    from agent.channels.bot_token import BotTokens
    from agent.channels.connector import Connector
    from agent.channels.own_pages import OwnPages
    from agent.channels.slack_api import SlackApi
    from agent.identity.delegations import Delegations
    from agent.identity.user_tokens import UserTokens
    from agent.storage.connections import StorageConnections
    from agent.storage.delegations import TableDelegations
    from agent.vault.sealer import VaultSealer
    from agent.vault.secrets import TenantVault

_BOT_SCOPE = "https://api.botframework.com/.default"


def storage_of(settings: Settings, identity: "AsyncTokenCredential") -> "StorageConnections":
    """Return the clients of the tables and queues that the settings name.

    Raises:
        SettingsError: they name none, or two.
    """
    from agent.storage.connections import CONNECTION_STRING, QUEUE_URL, TABLE_URL, connect

    given = {CONNECTION_STRING: settings.storage, TABLE_URL: settings.table_url, QUEUE_URL: settings.queue_url}
    return connect(given, identity)


def blobs_of(settings: Settings, identity: "AsyncTokenCredential") -> "BlobServiceClient":
    """Return the client of the blobs of the same account."""
    # Most cases are short, so most workers never load this SDK.
    from agent.storage.blob_connection import BLOB_URL, connect_blobs
    from agent.storage.connections import CONNECTION_STRING

    return connect_blobs({CONNECTION_STRING: settings.storage, BLOB_URL: settings.blob_url}, identity)


def profile_of(tenant: TenantSettings) -> TenantProfile:
    """Return what the stages know of a tenant."""
    return TenantProfile(
        tenant_id=tenant.tenant_id,
        name=tenant.name,
        time_zone=tenant.time_zone,
        people={str(name): ids for name, ids in tenant.people.items()},
        break_glass_ids=frozenset(tenant.break_glass_ids),
        vip_ids=frozenset(tenant.vip_ids),
        password_writeback=tenant.password_writeback,
        approval_seconds=tenant.approval_seconds,
        same_person=tuple(map(frozenset, tenant.same_person)),
        prohibited_software=tenant.prohibited_software,
    )


@dataclass(frozen=True, slots=True)
class Speaking:
    """What a tenant's channel is made of; its relay's password and its Slack app's token are in `vault`."""

    connector: "Connector"
    pages: "OwnPages"
    vault: "TenantVault"
    clock: Clock
    client: "httpx.AsyncClient"
    slack_url: str


def channel_of(tenant: TenantSettings, by: Speaking) -> Channel:
    """Return how people of a tenant are spoken to: in Teams, by mail too if the tenant has a relay, and those who wrote
    in its Slack there.
    """
    told = _by_teams_and_mail(tenant, by)
    if tenant.slack is None:
        return told
    from agent.channels.slack import TeamsAndSlack

    return TeamsAndSlack(told, slack_api_of(tenant.slack, by.vault, client=by.client, url=by.slack_url))


def slack_api_of(slack: SlackSettings, vault: "TenantVault", *, client: "httpx.AsyncClient", url: str) -> "SlackApi":
    """Return Slack's interface as the app of a workspace sees it."""
    from agent.channels.slack_api import SlackApi

    return SlackApi(client, base_url=url, token=partial(vault.get, slack.token_secret_name))


def connector_of(settings: Settings, identity: "AsyncTokenCredential", *, client: "httpx.AsyncClient") -> "Connector":
    """Return the bot connector as our bot sees it."""
    from agent.channels.connector import Connector

    token = partial(bot_token, identity)
    return Connector(client, base_url=settings.connector_url, bot_app_id=settings.bot_id, token=token)


def _by_teams_and_mail(tenant: TenantSettings, by: Speaking) -> Channel:
    from agent.channels.teams import TeamsChannel

    teams = TeamsChannel(by.connector, pages=by.pages)
    if tenant.mail is None:
        return teams
    from agent.channels.mail import TeamsAndMail
    from agent.channels.mail_relay import MailRelay, Relay

    mail, vault = tenant.mail, by.vault
    relay = Relay(host=mail.host, port=mail.port, tls=mail.tls, user_name=mail.user_name, sender=mail.sender)
    return TeamsAndMail(
        teams,
        relay=MailRelay(relay, password=partial(vault.get, mail.secret_name)),
        pages=by.pages,
        clock=by.clock,
        tells_all=mail.tells == "everybody",
    )


def bot_tokens_of(settings: Settings, client: "httpx.AsyncClient") -> "BotTokens":
    """Return who verifies the bot connector's tokens."""
    from agent.channels.bot_token import BotTokens
    from agent.published_keys import PublishedKeys, fetch_with

    keys = PublishedKeys(fetch_with(client), metadata_url=settings.bot_openid_url, publisher="the bot connector")
    tenants = frozenset(one.tenant_id for one in settings.tenants)
    return BotTokens(keys, bot_app_id=settings.bot_id, tenant_ids=tenants)


def user_tokens_of(settings: Settings, client: "httpx.AsyncClient") -> "UserTokens":
    """Return who verifies people's own tokens."""
    from agent.identity.user_tokens import UserTokens
    from agent.published_keys import fetch_with

    return UserTokens(
        fetch_with(client),
        audiences=frozenset({settings.app_id}),
        tenant_ids=frozenset(one.tenant_id for one in settings.tenants),
        authority=settings.authority_url,
    )


def names_of(
    settings: Settings,
    kept: "TableDelegations",
    *,
    sealer: "VaultSealer",
    identity: "AsyncTokenCredential",
    clock: Clock,
) -> "Delegations":
    """Return who knows in whose names steps of a case can be written."""
    from agent.identity.delegations import Delegations

    return Delegations(
        kept, sealer=sealer, identity=identity, app_id=settings.app_id, clock=clock, authority=settings.authority_url
    )


async def bot_token(identity: "AsyncTokenCredential") -> str:
    """Return a token with which the bot connector lets us speak.

    Raises:
        ChannelError: there is none to be had.
    """
    from azure.core.exceptions import AzureError

    try:
        return str((await identity.get_token(_BOT_SCOPE)).token)
    except AzureError as error:
        raise ChannelError(f"no token for the bot connector: `{type(error).__name__}`") from None
