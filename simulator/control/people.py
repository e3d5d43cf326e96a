"""The part of the control site about who may do what: users, sign-ins, applications and vault secrets."""

from typing import Any

from aiohttp import web

from simulator import seed
from simulator.applications import Application, service_principal_id
from simulator.cloud import Cloud, Tenant
from simulator.control.requests import AppChange, SecretValue, SignIn, read
from simulator.directory import Directory, Resource
from simulator.entra import mint
from simulator.errors import ControlError


def routes(cloud: Cloud) -> list[web.RouteDef]:
    """The routes `/users`, `/sign-in`, `/apps` and `/vault`."""

    async def user(request: web.Request) -> web.Response:
        tenant, found = cloud.tenant_of_user(request.match_info["user"], request.query.get("tenant"))
        return web.json_response(_person(tenant.directory, found))

    async def sign_in(request: web.Request) -> web.Response:
        return web.json_response(_sign_in(cloud, await read(request, SignIn)))

    async def apps(request: web.Request) -> web.Response:
        return web.json_response(_change_app(cloud, await read(request, AppChange)).dump())

    async def put_secret(request: web.Request) -> web.Response:
        tenant = _tenant(cloud, request.match_info["tenant"])
        wanted = await read(request, SecretValue)
        name = request.match_info["name"]
        version = tenant.vault.put(name, {"value": wanted.value}, ids=cloud.ids, now=cloud.clock.unix())
        return web.json_response({"name": name, "version": version["version"]}, status=201)

    return [
        web.get("/users/{user}", user),
        web.post("/sign-in", sign_in),
        web.post("/apps", apps),
        web.post("/vault/{tenant}/secrets/{name}", put_secret),
    ]


def _tenant(cloud: Cloud, name: str | None) -> Tenant:
    """The tenant of an id, the home tenant for None."""
    tenant_id = cloud.home_tenant_id if name is None else name.lower()
    if tenant_id not in cloud.tenants:
        raise ControlError(404, "NoSuchTenant", message=f"expected one of {sorted(cloud.tenants)}, got `{tenant_id}`")
    return cloud.tenants[tenant_id]


def _person(directory: Directory, user: Resource) -> Resource:
    """A user with everything the tests ask about one: groups, roles, methods, manager."""
    manager = directory.users.get(directory.managers.get(user["id"], ""))
    return {
        **user,
        "manager": manager and manager["userPrincipalName"],
        "groups": sorted(group["displayName"] for group in directory.groups_of(user["id"])),
        "directoryRoles": sorted(directory.roles_of(user["id"])),
        "authenticationMethods": directory.authentication_methods.get(user["id"], []),
        "risk": directory.risky_users.get(user["id"]),
    }


def _sign_in(cloud: Cloud, wanted: SignIn) -> dict[str, Any]:
    """What a browser would have brought home: an access token for the application, and an id token."""
    tenant, user = cloud.tenant_of_user(wanted.user, wanted.tenant)
    if not user["accountEnabled"]:
        raise ControlError(403, "AADSTS50057", message="The user account is disabled.")
    app_id = wanted.app_id or cloud.names.app_id
    access = mint.user_token(cloud, tenant, app_id=app_id, user=user, lifetime_seconds=wanted.lifetime_seconds)
    identity = mint.id_token(cloud, tenant, app_id=app_id, user=user, nonce=wanted.nonce)
    return {"access_token": access, "id_token": identity, "expires_in": wanted.lifetime_seconds}


def _change_app(cloud: Cloud, change: AppChange) -> Application:
    tenant = _tenant(cloud, change.tenant)
    app_id = change.app_id or cloud.names.app_id
    object_id = service_principal_id(tenant.directory.tenant_id, app_id)
    app = tenant.applications.setdefault(app_id, Application(app_id, f"App {app_id[:8]}", object_id))
    app.roles = (app.roles | set(change.grant)) - set(change.revoke)
    app.scopes = (app.scopes | set(change.grant_scopes)) - set(change.revoke_scopes)
    if change.redirect_uris is not None:
        app.redirect_uris = set(change.redirect_uris)
    if change.secret is not None:
        app.add_secret(change.secret)
    if change.directory_roles is not None:
        _give_roles(tenant.directory, app, names=change.directory_roles)
    return app


def _give_roles(directory: Directory, app: Application, *, names: list[str]) -> None:
    """Make `names` the only directory roles of the application's service principal."""
    known = {role["displayName"] for role in directory.role_definitions.values()}
    if set(names) - known:
        raise ControlError(400, "NoSuchRole", message=f"expected directory roles, got {sorted(set(names) - known)}")
    kept = {key: one for key, one in directory.role_assignments.items() if one["principalId"] != app.object_id}
    directory.role_assignments = kept
    for name in names:
        seed.assign_role(directory, name, principal_id=app.object_id)
