"""A complete environment of the function app that names nobody's real service."""

import json
from typing import Any

from tests.agent.world import TENANT

APP = "22222222-2222-4222-8222-222222222222"
BOT = "33333333-3333-4333-8333-333333333333"
IDENTITY = "44444444-4444-4444-8444-444444444444"


def tenant(**changes: Any) -> dict[str, Any]:
    """One entry of REMIT_TENANTS; a change to None leaves the field out."""
    fields = {
        "tenant_id": TENANT,
        "name": "Contoso",
        "vault_url": "https://kv-contoso.vault.azure.net",
        "time_zone": "Europe/London",
        "people": {"tenant_admin": []},
        "break_glass_ids": [],
        **changes,
    }
    return {name: value for name, value in fields.items() if value is not None}


def source(**changes: Any) -> dict[str, Any]:
    """One entry of REMIT_SOURCES; a change to None leaves the field out."""
    fields = {"id": "desk", "tenant_id": TENANT, "assurance": "portal", "secret_name": "desk-webhook", **changes}
    return {name: value for name, value in fields.items() if value is not None}


def environment(**changes: str | None) -> dict[str, str]:
    """Everything that the stack needs in Azure; a change to None leaves the setting out."""
    settings = {
        "REMIT_APP_ID": APP,
        "REMIT_BOT_ID": BOT,
        "REMIT_PUBLIC_URL": "https://remit.contoso.example",
        "AZURE_CLIENT_ID": IDENTITY,
        "REMIT_TENANTS": json.dumps([tenant()]),
        "REMIT_SOURCES": json.dumps([source()]),
        "AzureWebJobsStorage__tableServiceUri": "https://contoso.table.core.windows.net",
        "AzureWebJobsStorage__queueServiceUri": "https://contoso.queue.core.windows.net",
        "AzureWebJobsStorage__blobServiceUri": "https://contoso.blob.core.windows.net",
        **changes,
    }
    return {name: value for name, value in settings.items() if value is not None}
