"""Makes tokens: app-only, delegated, the user's own, and the managed identity's.

Microsoft Graph, Key Vault and the connector get v1.0 tokens whatever endpoint issued them; an application
of one's own gets v2.0 ones (Entra documentation, "Access token claims reference").
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from simulator.applications import Application
from simulator.cloud import Cloud, Tenant
from simulator.directory import Directory, Resource
from simulator.entra.wishes import Wish
from simulator.ids import stable

GRAPH = "https://graph.microsoft.com"
EXCHANGE = "api://AzureADTokenExchange"
# Resources an application may ask tokens for, with the audience their tokens carry.
RESOURCES = (GRAPH, "https://vault.azure.net", "https://api.botframework.com", EXCHANGE, "https://storage.azure.com")
LIFETIME_SECONDS = 3600
_IDENTITY_LIFETIME_SECONDS = 86_400
_SECRET, _CERTIFICATE = "1", "2"
NO_WISH = Wish()


def issuer(cloud: Cloud, tenant_id: str) -> str:
    """The issuer of v2.0 tokens of a tenant, as its OpenID metadata names it."""
    return f"{cloud.addresses.entra}/{tenant_id}/v2.0"


def app_only(
    cloud: Cloud, tenant: Tenant, *, app: Application, audience: str, by_secret: bool, wish: Wish = NO_WISH
) -> str:
    """A token in which the application speaks for itself. `roles` is there for Graph only."""
    claims = {
        **_v1(cloud, tenant.directory.tenant_id, audience=audience),
        **wish.claims,
        "app_displayname": app.display_name,
        "appid": app.app_id,
        "appidacr": _SECRET if by_secret else _CERTIFICATE,
        "idtyp": "app",
        "oid": app.object_id,
        "sub": app.object_id,
        "wids": _template_ids(tenant.directory, app.object_id),
    }
    if audience == GRAPH and app.roles:
        claims["roles"] = sorted(app.roles)
    return cloud.keys.entra.sign(claims)


def delegated(
    cloud: Cloud,
    tenant: Tenant,
    *,
    app: Application,
    user: Resource,
    audience: str,
    scopes: set[str],
    wish: Wish = NO_WISH,
) -> str:
    """A token in which the application speaks for a user; `scp` holds the permissions it may use."""
    claims = {
        **_v1(cloud, tenant.directory.tenant_id, audience=audience),
        **wish.claims,
        "acct": 1 if user.get("userType") == "Guest" else 0,
        "acr": "1",
        "amr": ["pwd", "mfa"],
        "app_displayname": app.display_name,
        "appid": app.app_id,
        "appidacr": _CERTIFICATE,
        "family_name": user.get("surname"),
        "given_name": user.get("givenName"),
        "idtyp": "user",
        "ipaddr": "127.0.0.1",
        "name": user["displayName"],
        "oid": user["id"],
        "scp": " ".join(sorted(scopes)),
        "sub": stable("pairwise", audience, user["id"]),
        "unique_name": user["userPrincipalName"],
        "upn": user["userPrincipalName"],
        "wids": _template_ids(tenant.directory, user["id"]),
    }
    return cloud.keys.entra.sign(claims)


def user_token(
    cloud: Cloud,
    tenant: Tenant,
    *,
    app_id: str,
    user: Resource,
    lifetime_seconds: int,
    scope: str = "user_impersonation",
) -> str:
    """What a user's sign-in to the application `app_id` yields: a v2.0 access token for that application."""
    claims = {**_person(cloud, tenant, app_id=app_id, user=user, lifetime_seconds=lifetime_seconds)}
    return cloud.keys.entra.sign({**claims, "azp": app_id, "azpacr": "0", "scp": scope})


def id_token(
    cloud: Cloud,
    tenant: Tenant,
    *,
    app_id: str,
    user: Resource,
    nonce: str | None = None,
    more: Mapping[str, Any] = MappingProxyType({}),
) -> str:
    """The OpenID Connect id token beside it (OpenID Connect Core, section 2); `more` are further claims."""
    claims = {**_person(cloud, tenant, app_id=app_id, user=user, lifetime_seconds=LIFETIME_SECONDS), **more}
    return cloud.keys.entra.sign({**claims, "nonce": nonce} if nonce else claims)


def managed_identity(cloud: Cloud, resource: str) -> tuple[str, int]:
    """The managed identity's own token for `resource`, and when it expires (unix seconds)."""
    names, home = cloud.names, cloud.home_tenant_id
    now = cloud.clock.unix()
    claims = {
        **_v1(cloud, home, audience=resource),
        "exp": now + _IDENTITY_LIFETIME_SECONDS,
        "appid": names.identity_client_id,
        "appidacr": _CERTIFICATE,
        "idtyp": "app",
        "oid": names.identity_object_id,
        "sub": names.identity_object_id,
    }
    if resource == EXCHANGE:
        # Workload identity federation compares the v2.0 issuer, character by character.
        claims |= {"iss": issuer(cloud, home), "azp": names.identity_client_id, "ver": "2.0"}
    roles = cloud.tenants[home].applications[names.identity_client_id].roles
    if resource == GRAPH and roles:
        claims["roles"] = sorted(roles)
    return cloud.keys.entra.sign(claims), now + _IDENTITY_LIFETIME_SECONDS


def _v1(cloud: Cloud, tenant_id: str, *, audience: str) -> dict[str, Any]:
    sts = f"https://sts.windows.net/{tenant_id}/"
    now = cloud.clock.unix()
    times = {"iat": now, "nbf": now, "exp": now + LIFETIME_SECONDS}
    return {
        "aud": audience,
        "iss": sts,
        "idp": sts,
        "tid": tenant_id,
        "uti": cloud.ids.hex()[:22],
        "ver": "1.0",
        **times,
    }


def _person(cloud: Cloud, tenant: Tenant, *, app_id: str, user: Resource, lifetime_seconds: int) -> dict[str, Any]:
    tenant_id = tenant.directory.tenant_id
    now = cloud.clock.unix()
    # A guest proves himself at home; Entra says so by another identity provider.
    elsewhere = {"idp": f"https://sts.windows.net/{stable('home tenant', user['id'])}/"}
    return {
        **(elsewhere if user.get("userType") == "Guest" else {}),
        "aud": app_id,
        "iss": issuer(cloud, tenant_id),
        "iat": now,
        "nbf": now,
        "exp": now + lifetime_seconds,
        "name": user["displayName"],
        "oid": user["id"],
        "preferred_username": user["userPrincipalName"],
        "sub": stable("pairwise", app_id, user["id"]),
        "tid": tenant_id,
        "uti": cloud.ids.hex()[:22],
        "ver": "2.0",
    }


def _template_ids(directory: Directory, principal_id: str) -> list[str]:
    held = directory.roles_of(principal_id)
    return sorted(role["templateId"] for role in directory.role_definitions.values() if role["displayName"] in held)
