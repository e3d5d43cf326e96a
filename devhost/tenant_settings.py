"""The app settings of a local stack, made from a tenant file of schema `corpus-tenant/1`."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from devhost.errors import StartError
from policy.foreign import without_repeats
from simulator import seed, tenant_file
from simulator.directory import Directory
from simulator.errors import TenantFileError
from simulator.slack.workspace import APP_ID as SLACK_APP_ID
from simulator.slack.workspace import TEAM_ID as SLACK_TEAM_ID

APP_ID = "7c1f6f0e-5c3b-4c55-9b0e-0d2f6b8f1a11"
IDENTITY_ID = "0f3e5d1c-2a9b-4f77-a1de-6c8e9b0d3f33"
SOURCE_ID = "service-desk"
WEBHOOK_SECRET_NAME = "service-desk-webhook"
REPLY_SECRET_NAME = "service-desk-reply"
MAIL_SECRET_NAME = "mail-relay"
SLACK_SECRET_NAME, SLACK_TOKEN_NAME = "slack-signing", "slack-token"

# Tenants name their zone as Windows does; the stack wants IANA names (Unicode CLDR windowsZones).
_ZONES = {
    "GMT Standard Time": "Europe/London",
    "W. Europe Standard Time": "Europe/Berlin",
    "Central European Standard Time": "Europe/Warsaw",
    "Romance Standard Time": "Europe/Paris",
    "Eastern Standard Time": "America/New_York",
    "Central Standard Time": "America/Chicago",
    "Pacific Standard Time": "America/Los_Angeles",
    "Tokyo Standard Time": "Asia/Tokyo",
    "AUS Eastern Standard Time": "Australia/Sydney",
}


def read_tenant(file: Path) -> dict[str, Any]:
    """Return a tenant file's content.

    Raises:
        StartError: it cannot be read or is no valid file of schema `corpus-tenant/1`; the message names the key.
    """
    try:
        tenant = json.loads(file.read_text(encoding="utf-8"), object_pairs_hook=without_repeats)
    except (OSError, ValueError, RecursionError) as problem:
        raise StartError(f"tenant file `{file.name}` cannot be read: {_reason(problem)}") from problem
    try:
        _directory(tenant)
    except TenantFileError as problem:
        raise StartError(f"tenant file `{file.name}`: {problem}") from problem
    return dict(tenant)


def names_in(tenant: Mapping[str, Any]) -> dict[str, str]:
    """Return the display names of the tenant's users, guests and groups by object id."""
    directory = _directory(tenant)
    return {key: str(one["displayName"]) for key, one in (*directory.users.items(), *directory.groups.items())}


def time_zone_of(tenant: Mapping[str, Any]) -> str:
    """Return the tenant's time zone as an IANA name; a zone that nobody knows is UTC."""
    name = str(tenant["organization"].get("timeZone"))
    return _ZONES.get(name) or (name if name in available_timezones() else "Etc/UTC")


def app_settings(
    tenant: Mapping[str, Any], cloud: Mapping[str, Any], *, storage: str, public_url: str
) -> dict[str, str]:
    """Return the environment of the function app. `cloud` is what the simulator said when it was ready."""
    directory = _directory(tenant)
    tenant_id = directory.tenant_id
    policy_data = tenant.get("policyData") or {}
    admins = _people(directory, policy_data.get("admin_approvers"))
    protected = _people(directory, [*(policy_data.get("protected_users") or ()), *_break_glass(tenant)])
    profile = {
        "tenant_id": tenant_id,
        "name": tenant["organization"]["displayName"],
        "vault_url": cloud["vaults"][tenant_id],
        "time_zone": time_zone_of(tenant),
        "people": {"tenant_admin": admins, "security": admins, "oncall": admins},
        "break_glass_ids": protected,
        "vip_ids": _people(directory, policy_data.get("vip")),
        "password_writeback": directory.password_writeback,
        "mail": _mail(cloud["smtp"]),
        "prohibited_software": list(policy_data.get("prohibited_software") or ()),
        # Everybody's account says their mail, as where people sign in to Slack by Entra ID.
        "slack": {
            "team_id": SLACK_TEAM_ID,
            "app_id": SLACK_APP_ID,
            "signing_secret_name": SLACK_SECRET_NAME,
            "token_secret_name": SLACK_TOKEN_NAME,
            "people_by_mail": True,
        },
    }
    source = {
        "id": SOURCE_ID,
        "tenant_id": tenant_id,
        "assurance": "portal",
        "secret_name": WEBHOOK_SECRET_NAME,
        "reply_url": f"{cloud['itsm']}/tickets/{{id}}/events",
        "reply_secret_name": REPLY_SECRET_NAME,
    }
    return {
        "AzureWebJobsStorage": storage,
        "AZURE_CLIENT_ID": IDENTITY_ID,
        "AZURE_AUTHORITY_HOST": cloud["entra"],
        "IDENTITY_ENDPOINT": cloud["msi"],
        "IDENTITY_HEADER": cloud["msi_header"],
        "REMIT_APP_ID": APP_ID,
        "REMIT_BOT_ID": IDENTITY_ID,
        "REMIT_TENANTS": json.dumps([profile]),
        "REMIT_SOURCES": json.dumps([source]),
        "REMIT_GRAPH_URL": cloud["graph"],
        "REMIT_BOT_OPENID_URL": cloud["connector_openid"],
        "REMIT_CONNECTOR_URL": cloud["connector"],
        "REMIT_SLACK_URL": cloud["slack"],
        "REMIT_PUBLIC_URL": public_url,
        "REMIT_APP_ID_URI": f"api://{APP_ID}",
        "REMIT_SIGN_IN_CONNECTION": "remit",
        # The real clients trust the simulator's own authority for as long as this process lives, and no longer.
        "SSL_CERT_FILE": cloud["ca"],
        "REQUESTS_CA_BUNDLE": cloud["ca"],
    }


def _mail(relay: str) -> dict[str, Any]:
    """Return how mails are handed in at the address that the simulator said."""
    at = urlsplit(relay)
    sender = "remit@localhost.example"
    return {
        "host": at.hostname,
        "port": at.port,
        "user_name": "remit",
        "secret_name": MAIL_SECRET_NAME,
        "sender": sender,
    }


def _reason(problem: Exception) -> str:
    """Return why a file is no JSON: what its author can correct, in one line, or else the kind of the failure."""
    return " ".join(str(problem).split()) if isinstance(problem, ValueError) else type(problem).__name__


def _directory(tenant: object) -> Directory:
    """Read the file as the simulator does, so that both mean the same people: ids may be left out in it."""
    return seed.directory_of(tenant_file.parse(tenant))


def _people(directory: Directory, names: Iterable[str] | None) -> list[str]:
    """Return the object ids of people named by principal name or id, each once; other names are nobody's."""
    found = (directory.user(str(name)) for name in names or ())
    return list(dict.fromkeys(str(one["id"]) for one in found if one is not None))


def _break_glass(tenant: Mapping[str, Any]) -> list[str]:
    special = tenant.get("specialAccounts") or ()
    return [str(one["userPrincipalName"]) for one in special if one.get("accountPurpose") == "breakglass"]
