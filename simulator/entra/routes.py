"""Entra's HTTP face: OpenID metadata, signing keys, and the authorize and token endpoints of every tenant."""

import base64
import json
from collections.abc import Mapping
from datetime import UTC
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from simulator.cloud import Cloud, Tenant
from simulator.entra import grants, mint, sign_in
from simulator.entra.clients import identify, required
from simulator.errors import EntraError, RefusalError
from simulator.site import application

_ON_BEHALF_OF = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def site(cloud: Cloud) -> web.Application:
    """The sign-in site of every tenant."""

    async def metadata(request: web.Request) -> web.Response:
        tenant_id = _tenant(cloud, request).directory.tenant_id
        return web.json_response(_metadata(cloud, tenant_id))

    async def keys(request: web.Request) -> web.Response:
        issuer = mint.issuer(cloud, _tenant(cloud, request).directory.tenant_id)
        return web.json_response({"keys": [{**cloud.keys.entra.jwk(), "issuer": issuer}]})

    async def authorize(request: web.Request) -> web.Response:
        address, answer = sign_in.authorize(cloud, _tenant(cloud, request), query=request.query)
        if request.query.get("response_mode") == "form_post":
            return web.Response(text=sign_in.posting_page(address, answer), content_type="text/html")
        return web.Response(status=302, headers={"Location": f"{address}?{urlencode(answer)}"})

    async def token(request: web.Request) -> web.Response:
        form = {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
        answer = _grant(cloud, _tenant(cloud, request), form=form)
        return web.json_response(answer, headers={"Cache-Control": "no-store", "Pragma": "no-cache"})

    def render(refusal: RefusalError, request: web.Request) -> web.Response:
        return _error(cloud, refusal, request=request)

    routes = [
        web.get("/{tenant}/v2.0/.well-known/openid-configuration", metadata),
        web.get("/{tenant}/discovery/v2.0/keys", keys),
        web.get("/{tenant}/oauth2/v2.0/authorize", authorize),
        web.post("/{tenant}/oauth2/v2.0/token", token),
    ]
    return application(cloud, "entra", routes=routes, render=render)


def _tenant(cloud: Cloud, request: web.Request) -> Tenant:
    name = request.match_info["tenant"].lower()
    if name not in cloud.tenants:
        message = f"Tenant '{name}' not found. Check to make sure you have the correct tenant ID."
        raise EntraError(400, "invalid_tenant", aadsts=90002, message=message)
    return cloud.tenants[name]


def _grant(cloud: Cloud, tenant: Tenant, *, form: Mapping[str, str]) -> dict[str, Any]:
    kind = required(form, "grant_type")
    app, by_secret = identify(cloud, tenant, form=form)
    match kind:
        case "client_credentials":
            return grants.client_credentials(cloud, tenant, app=app, form=form, by_secret=by_secret)
        case "authorization_code":
            answer = sign_in.redeem(cloud, tenant, app=app, form=form)
        case "refresh_token":
            answer = grants.refresh(cloud, tenant, app=app, form=form)
        case _ if kind == _ON_BEHALF_OF:
            answer = grants.on_behalf_of(cloud, tenant, app=app, form=form)
        case _:
            message = f"The app requested an unsupported grant type '{kind}'."
            raise EntraError(400, "unsupported_grant_type", aadsts=70003, message=message)
    return {**answer, "client_info": _client_info(tenant, answer)} if "id_token" in answer else answer


def _client_info(tenant: Tenant, answer: dict[str, Any]) -> str:
    """What MSAL builds its account id from: the user's id and home tenant, in base64."""
    body = answer["id_token"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    info = {"uid": claims["oid"], "utid": tenant.directory.tenant_id}
    return base64.urlsafe_b64encode(json.dumps(info).encode()).rstrip(b"=").decode()


def _metadata(cloud: Cloud, tenant_id: str) -> dict[str, Any]:
    base = f"{cloud.addresses.entra}/{tenant_id}"
    return {
        "issuer": mint.issuer(cloud, tenant_id),
        "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
        "token_endpoint": f"{base}/oauth2/v2.0/token",
        "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
        "jwks_uri": f"{base}/discovery/v2.0/keys",
        "response_types_supported": ["code", "id_token"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "tenant_region_scope": "EU",
    }


def _error(cloud: Cloud, refusal: RefusalError, *, request: web.Request) -> web.Response:
    if not isinstance(refusal, EntraError):
        body: dict[str, Any] = {"error": {"code": refusal.code, "message": refusal.message}}
        return web.json_response(body, status=refusal.status, headers=refusal.headers)
    trace, correlation = cloud.ids.guid(), request.headers.get("client-request-id") or cloud.ids.guid()
    at = cloud.clock.now().astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    story = f"AADSTS{refusal.aadsts}: {refusal.message}"
    body = {
        "error": refusal.code,
        "error_description": f"{story} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {at}",
        "error_codes": [refusal.aadsts],
        "timestamp": at,
        "trace_id": trace,
        "correlation_id": correlation,
    }
    return web.json_response(body, status=refusal.status, headers={"x-ms-request-id": trace})
