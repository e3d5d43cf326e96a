"""The stack's settings, read once at start from the environment; a missing one stops the start by name."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BeforeValidator, Field, ValidationError, field_validator

from agent.errors import SettingsError
from agent.model.frozen import Frozen
from agent.model.mail_address import is_mail_address
from agent.model.service_request import Assurance

_GUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


# INVARIANT: ids are compared letter by letter later, so another spelling must never get in: a principal name in
# the list of emergency accounts would silently protect nobody.
ObjectId = Annotated[str, BeforeValidator(_lower), Field(pattern=_GUID)]


class MailSettings(Frozen):
    """The relay by which a tenant's people are told by mail that they were asked. It is used by TLS only.

    Its password is the secret `secret_name` in the tenant's vault. `tells` says who gets a mail: those who have no
    card in Teams, or everybody who was asked.
    """

    host: str = Field(pattern=r"^[A-Za-z0-9.-]{1,253}$")
    port: int = Field(default=587, ge=1, le=65_535)
    tls: Literal["starttls", "implicit"] = "starttls"
    user_name: str = Field(pattern=r"^[!-~]{1,254}$")
    secret_name: str = Field(pattern=r"^[0-9A-Za-z-]{1,127}$")
    sender: str
    tells: Literal["unreached", "everybody"] = "unreached"

    @field_validator("sender")
    @classmethod
    def _sender_is_an_address(cls, sender: str) -> str:
        if not is_mail_address(sender):
            raise ValueError("expected a plain mail address as `sender`")
        return sender


class SlackSettings(Frozen):
    """The Slack workspace of a tenant's people. Its secrets are names in the tenant's vault, never values.

    `people` maps Slack users to object ids. `people_by_mail` also takes the mail address that Slack has confirmed,
    which proves as much as the workspace's own sign-in does.
    """

    team_id: str = Field(pattern=r"^[TE][A-Z0-9]{2,30}$")
    app_id: str = Field(pattern=r"^A[A-Z0-9]{2,30}$")
    signing_secret_name: str = Field(pattern=r"^[0-9A-Za-z-]{1,127}$")
    token_secret_name: str = Field(pattern=r"^[0-9A-Za-z-]{1,127}$")
    people: dict[Annotated[str, Field(pattern=r"^[UW][A-Z0-9]{2,30}$")], ObjectId] = {}
    people_by_mail: bool = False


class TenantSettings(Frozen):
    """One Entra tenant that the stack serves. Ids are lower-case GUIDs; `time_zone` is an IANA name.

    `people` maps `tenant_admin`, `security` and `oncall` to the object ids of those who may approve as such.
    `same_person` lists accounts that are one human's, each account in one list at most. Without `mail` nobody is told
    by mail, without `slack` nobody is heard there.
    """

    tenant_id: str = Field(pattern=_GUID)
    name: str = Field(min_length=1)
    vault_url: str
    time_zone: str
    people: dict[Literal["tenant_admin", "security", "oncall"], tuple[ObjectId, ...]]
    break_glass_ids: tuple[ObjectId, ...]
    vip_ids: tuple[ObjectId, ...] = ()
    password_writeback: bool = False
    approval_seconds: int = Field(default=86_400, ge=60, le=604_800)
    same_person: tuple[Annotated[tuple[ObjectId, ...], Field(min_length=2)], ...] = ()
    prohibited_software: tuple[Annotated[str, Field(min_length=2, max_length=100)], ...] = ()
    mail: MailSettings | None = None
    slack: SlackSettings | None = None

    @field_validator("time_zone")
    @classmethod
    def _zone_is_known(cls, name: str) -> str:
        if name not in available_timezones():
            raise ValueError(f"expected an IANA time zone such as `Europe/London`, got `{name}`")
        ZoneInfo(name)
        return name

    @field_validator("same_person")
    @classmethod
    def _accounts_have_one_human(cls, people: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
        # An account in two lists would tie both together, which nobody who wrote one of them may have meant.
        _once("account", [account for one in people for account in one])
        return people

    @field_validator("vault_url")
    @classmethod
    def _vault_is_https(cls, url: str) -> str:
        return _https(url)


class SourceSettings(Frozen):
    """One ticket system. Its secrets are names in the tenant's vault, never values."""

    id: str
    tenant_id: str = Field(pattern=_GUID)
    assurance: Assurance
    secret_name: str
    reply_url: str = ""
    reply_secret_name: str = ""


class Settings(Frozen):
    """Everything the stack is told from outside. There is deliberately no switch that weakens enforcement.

    `storage` is a connection string (development only) or empty; then `table_url`, `queue_url` and `blob_url` name
    the account and the managed identity opens it. `app_id` is the app registration that acts in Microsoft Graph;
    `identity_client_id` the user-assigned managed identity that stands behind it; `bot_id` the bot's app id.
    With `app_id_uri` and `sign_in_connection` people can sign in inside of Teams; without, in the console only.
    """

    tenants: tuple[TenantSettings, ...] = Field(min_length=1)
    sources: tuple[SourceSettings, ...]
    app_id: str = Field(pattern=_GUID)
    bot_id: str = Field(pattern=_GUID)
    identity_client_id: str = Field(pattern=_GUID)
    storage: str = ""
    table_url: str = ""
    queue_url: str = ""
    blob_url: str = ""
    authority_url: str
    graph_url: str
    bot_openid_url: str
    connector_url: str
    slack_url: str
    public_url: str
    app_id_uri: str = Field(default="", pattern=r"^(api://\S+)?$")
    sign_in_connection: str = ""

    @field_validator("authority_url", "graph_url", "bot_openid_url", "connector_url", "slack_url", "public_url")
    @classmethod
    def _addresses_are_https(cls, url: str) -> str:
        return _https(url)

    @field_validator("public_url")
    @classmethod
    def _public_address_is_plain(cls, url: str) -> str:
        # Addresses of pages are made by adding to it.
        if urlsplit(url).query or urlsplit(url).fragment:
            raise ValueError(f"expected an address without query and fragment, got `{url}`")
        return url

    @field_validator("tenants")
    @classmethod
    def _tenants_differ(cls, tenants: tuple[TenantSettings, ...]) -> tuple[TenantSettings, ...]:
        _once("tenant", [one.tenant_id for one in tenants])
        # What one tenant's vault holds, its keys among it, is no other's.
        _once("vault", [one.vault_url for one in tenants])
        _once("Slack workspace", [one.slack.team_id for one in tenants if one.slack])
        return tenants

    @field_validator("sources")
    @classmethod
    def _sources_differ(cls, sources: tuple[SourceSettings, ...]) -> tuple[SourceSettings, ...]:
        # Of two sources with one id the last would win silently, and with it its tenant and its assurance.
        _once("source", [one.id for one in sources])
        return sources

    def tenant(self, tenant_id: str) -> TenantSettings:
        """Return one tenant's settings.

        Raises:
            SettingsError: the stack does not serve that tenant.
        """
        for one in self.tenants:
            if one.tenant_id == tenant_id:
                return one
        raise SettingsError(f"the stack does not serve tenant `{tenant_id}`: add it to `REMIT_TENANTS`")


# Setting name in the environment -> (field, value when absent; None means that it is required).
_TEXT: Mapping[str, tuple[str, str | None]] = {
    "REMIT_APP_ID": ("app_id", None),
    "REMIT_BOT_ID": ("bot_id", None),
    "REMIT_PUBLIC_URL": ("public_url", None),
    "AZURE_CLIENT_ID": ("identity_client_id", None),
    "AZURE_AUTHORITY_HOST": ("authority_url", "https://login.microsoftonline.com"),
    "REMIT_GRAPH_URL": ("graph_url", "https://graph.microsoft.com/v1.0"),
    "REMIT_BOT_OPENID_URL": (
        "bot_openid_url",
        "https://login.botframework.com/v1/.well-known/openidconfiguration",
    ),
    "REMIT_APP_ID_URI": ("app_id_uri", ""),
    "REMIT_SIGN_IN_CONNECTION": ("sign_in_connection", ""),
    "REMIT_CONNECTOR_URL": ("connector_url", "https://smba.trafficmanager.net/teams/"),
    "REMIT_SLACK_URL": ("slack_url", "https://slack.com/api"),
}
_LISTS = {"REMIT_TENANTS": "tenants", "REMIT_SOURCES": "sources"}


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Return the stack's settings.

    Raises:
        SettingsError: a setting is missing or malformed; the one-sentence message names it.
    """
    values: dict[str, Any] = {}
    for name, (field, fallback) in _TEXT.items():
        values[field] = environment.get(name) or (_missing(name) if fallback is None else fallback)
    for name, field in _LISTS.items():
        values[field] = _list(name, environment.get(name) or _missing(name))
    values.update(_storage(environment))
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        raise SettingsError(_first_problem(error)) from None
    for source in settings.sources:
        settings.tenant(source.tenant_id)
    if bool(settings.app_id_uri) != bool(settings.sign_in_connection):
        raise SettingsError("expected both `REMIT_APP_ID_URI` and `REMIT_SIGN_IN_CONNECTION`, or neither, got one")
    return settings


def _storage(environment: Mapping[str, str]) -> dict[str, str]:
    if connection := environment.get("AzureWebJobsStorage", ""):
        return {"storage": connection}
    # The names under which an identity-based host connection is configured (Functions docs).
    prefix = "AzureWebJobsStorage__"
    return {
        "table_url": _service(f"{prefix}tableServiceUri", environment),
        "queue_url": _service(f"{prefix}queueServiceUri", environment),
        "blob_url": _service(f"{prefix}blobServiceUri", environment),
    }


def _service(name: str, environment: Mapping[str, str]) -> str:
    try:
        return _https(environment.get(name) or _missing(name))
    except ValueError as problem:
        raise SettingsError(f"the setting `{name}` is not usable: {problem}") from None


def _missing(name: str) -> str:
    raise SettingsError(f"the setting `{name}` is missing: add it to the app settings and start again")


def _list(name: str, text: str) -> Any:
    try:
        value = json.loads(text)
    except ValueError:
        raise SettingsError(f"the setting `{name}` is not JSON: expected a list of objects") from None
    if not isinstance(value, list):
        raise SettingsError(f"the setting `{name}` is not a list: expected a JSON list of objects")
    return value


def _first_problem(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    names = {field: name for name, (field, _) in _TEXT.items()} | {field: name for name, field in _LISTS.items()}
    setting = names.get(str(first["loc"][0]), str(first["loc"][0]))
    place = ".".join(str(part) for part in first["loc"][1:])
    where = f"`{setting}` at `{place}`" if place else f"`{setting}`"
    return f"the setting {where} is not usable: {first['msg'].removeprefix('Value error, ')}"


def _once(kind: str, ids: list[str]) -> None:
    twice = sorted({one for one in ids if ids.count(one) > 1})
    if twice:
        raise ValueError(f"expected every {kind} once, got `{twice[0]}` twice")


def _https(url: str) -> str:
    parts = urlsplit(url)
    if "@" in parts.netloc:
        # It is not repeated: what stands before the `@` may be a password.
        raise ValueError("expected an https address without a user name")
    if parts.scheme != "https" or not parts.hostname:
        raise ValueError(f"expected an https address, got `{url}`")
    return url.rstrip("/") if parts.path in ("", "/") else url
