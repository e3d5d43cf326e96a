"""The app settings of a local stack, made from a tenant file of schema `corpus-tenant/1`."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from devhost.errors import StartError

APP_ID = "7c1f6f0e-5c3b-4c55-9b0e-0d2f6b8f1a11"
IDENTITY_ID = "0f3e5d1c-2a9b-4f77-a1de-6c8e9b0d3f33"
SOURCE_ID = "service-desk"
WEBHOOK_SECRET_NAME = "service-desk-webhook"
REPLY_SECRET_NAME = "service-desk-reply"

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
        StartError: it cannot be read or is not of schema `corpus-tenant/1`.
    """
    try:
        tenant = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise StartError(f"tenant file `{file.name}` cannot be read: {type(problem).__name__}") from problem
    if not isinstance(tenant, dict) or tenant.get("schema") != "corpus-tenant/1":
        raise StartError(f"tenant file `{file.name}`: expected the schema `corpus-tenant/1`")
    return tenant


def names_in(tenant: Mapping[str, Any]) -> dict[str, str]:
    """Return the display names of the tenant's users, guests and groups by object id."""
    kinds = ("users", "specialAccounts", "guests", "groups")
    return {str(one["id"]): str(one["displayName"]) for kind in kinds for one in tenant.get(kind, ())}


def app_settings(
    tenant: Mapping[str, Any], cloud: Mapping[str, Any], *, storage: str, public_url: str
) -> dict[str, str]:
    """Return the environment of the function app. `cloud` is what the simulator said when it was ready."""
    tenant_id = str(tenant["organization"]["id"])
    ids = {one["userPrincipalName"]: str(one["id"]) for one in (*tenant["users"], *tenant.get("specialAccounts", ()))}
    policy_data = tenant.get("policyData", {})
    admins = [ids[name] for name in policy_data.get("admin_approvers", ()) if name in ids]
    protected = [ids[name] for name in policy_data.get("protected_users", ()) if name in ids]
    profile = {
        "tenant_id": tenant_id,
        "name": tenant["organization"]["displayName"],
        "vault_url": cloud["vaults"][tenant_id],
        "time_zone": _ZONES.get(str(tenant["organization"].get("timeZone")), "Etc/UTC"),
        "people": {"tenant_admin": admins, "security": admins, "oncall": admins},
        "break_glass_ids": protected,
        "vip_ids": [ids[name] for name in policy_data.get("vip", ()) if name in ids],
        "password_writeback": bool(tenant["organization"].get("passwordWriteback", False)),
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
        "REMIT_PUBLIC_URL": public_url,
        # The real clients trust the simulator's own authority for as long as this process lives, and no longer.
        "SSL_CERT_FILE": cloud["ca"],
        "REQUESTS_CA_BUNDLE": cloud["ca"],
    }
