"""Graph's HTTP face. For each request, in order:

1. Note it if it could write; let a fault rule strike.
2. Authenticate: a token of this Entra, for Graph, in time, of a simulated tenant.
3. Find the route and refuse query options that are not simulated.
4. Authorize: the permissions in the token, then the caller's rights over the target.
5. Let the route answer, from the present for writes and from the (possibly stale) past for reads.
"""

import json
from copy import deepcopy
from typing import Any

from aiohttp import web

from simulator.cloud import Cloud, Tenant
from simulator.entra.mint import GRAPH
from simulator.errors import GraphError, RefusalError, TokenError
from simulator.faults import DROPPED, FaultRule, strike
from simulator.graph.calls import Answer, Call, Caller, Route, bad_request, denied
from simulator.graph.routing import Router
from simulator.signing import Claims
from simulator.site import bearer, failure, not_simulated, observe
from simulator.traffic import Entry

_REQUEST_ID = web.RequestKey("request-id", str)
_PREFIX = "/v1.0"
# Clients name the resource with and without the slash; both are Graph's audience.
_AUDIENCES = frozenset({GRAPH, f"{GRAPH}/"})
_TYPE = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
_DIAGNOSTIC = json.dumps(
    {"ServerInfo": {"DataCenter": "Simulator", "Slice": "E", "Ring": "1", "ScaleUnit": "001", "RoleInstance": "SIM01"}}
)
_CHALLENGE = (
    'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", '
    'client_id="00000003-0000-0000-c000-000000000000"'
)


def site(cloud: Cloud) -> web.Application:
    """Graph as a site."""
    face = _Face(cloud)
    app = web.Application(middlewares=[observe(cloud, "graph")], client_max_size=4 * 1024 * 1024)
    app.router.add_route("*", "/{tail:.*}", face.handle)
    return app


class _Face:
    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._router = Router()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request, in the order the module names."""
        request[_REQUEST_ID] = self._cloud.ids.guid()
        body = await _body(request)
        entry = None if request.method == "GET" else self._note(request, body)  # (1)
        rule = self._cloud.faults.take("graph", request.method, path=request.path)
        response = await self._under(rule, request, body=body, entry=entry)
        if entry is not None:
            entry["status"] = None if request.get(DROPPED) else response.status
        return response

    def _note(self, request: web.Request, body: object) -> Entry | None:
        if request.path.lower().endswith("/checkmembergroups"):
            return None
        entry = self._cloud.traffic.open_write(request, body)
        entry["request_id"] = request[_REQUEST_ID]
        return entry

    async def _under(
        self, rule: FaultRule | None, request: web.Request, *, body: Any, entry: Entry | None
    ) -> web.StreamResponse:
        async def act() -> web.Response:
            return self._act(request, body, entry=entry)

        if rule is None:
            return await act()
        if rule.ignore:
            return self._pretend(request, body, entry=entry)
        return await strike(rule, request, act=act, fail=lambda one: failure(one, self._refusal, request=request))

    def _act(self, request: web.Request, body: Any, *, entry: Entry | None) -> web.Response:
        try:
            answer = self._answer(request, body, entry=entry)
        except RefusalError as refusal:
            return self._refusal(refusal, request)
        return self._response(request, answer)

    def _pretend(self, request: web.Request, body: Any, *, entry: Entry | None) -> web.Response:
        """Answer as if it had been done, then forget it: the directory is put back as it was."""
        kept = {tenant_id: deepcopy(tenant.directory) for tenant_id, tenant in self._cloud.tenants.items()}
        response = self._act(request, body, entry=entry)
        for tenant_id, directory in kept.items():
            self._cloud.tenants[tenant_id].directory = directory
        if entry is not None:
            entry["applied"] = False
        return response

    def _answer(self, request: web.Request, body: Any, *, entry: Entry | None) -> Answer:
        tenant, claims = self._authenticate(request)  # (2)
        caller = _caller(tenant, claims)
        if entry is not None:
            entry |= {"tenant": caller.tenant_id, "app": caller.app_id, "actor": caller.object_id}
        route, path, parameters = self._route(request, caller)  # (3)
        call = self._call(request, tenant, route=route, caller=caller, path=path, parameters=parameters, body=body)
        _authorize(route, call)  # (4)
        if route.writes:
            tenant.remember(call.now, stale_seconds=self._cloud.stale_seconds)
        answer = route.handler(call)  # (5)
        if entry is not None:
            entry["applied"] = True
        return answer

    def _authenticate(self, request: web.Request) -> tuple[Tenant, Claims]:
        token = bearer(request)
        if not token:
            raise _unauthenticated("Access token is empty.")
        try:
            claims = self._cloud.verifier.claims(token, _AUDIENCES, now=self._cloud.clock.unix())
        except TokenError as wrong:
            raise _unauthenticated(_TOKEN_FAULTS[wrong.reason]) from wrong
        tenant = self._cloud.tenants.get(claims.get("tid", ""))
        if tenant is None or claims.get("appid") is None:
            raise _unauthenticated("Access token validation failure. Invalid tenant or application.")
        if claims.get("idtyp") != "app" and claims.get("oid") not in tenant.directory.users:
            raise _unauthenticated("Access token validation failure. The user does not exist.")
        return tenant, claims

    def _route(self, request: web.Request, caller: Caller) -> tuple[Route, str, dict[str, str]]:
        raw = request.rel_url.raw_path
        path = raw.removeprefix(_PREFIX) if raw.startswith(f"{_PREFIX}/") else ""
        if path == "/me" or path.startswith("/me/"):
            if caller.app_only:
                message = "/me request is only valid with delegated authentication flow."
                raise bad_request(message, code="BadRequest")
            path = f"/users/{caller.object_id}{path[3:]}"
        found = self._router.find(request.method, path)
        if found is None:
            raise not_simulated(f"{request.method} {request.path}")
        unknown = sorted(name for name in request.query if name.startswith("$") and name not in found[0].options)
        if unknown and unknown != ["$count"]:
            raise not_simulated(f"{unknown[0]} on {request.method} {found[0].path}")
        return found[0], path, found[1]

    def _call(
        self,
        request: web.Request,
        tenant: Tenant,
        *,
        route: Route,
        caller: Caller,
        path: str,
        parameters: dict[str, str],
        body: Any,
    ) -> Call:
        cloud = self._cloud
        now = cloud.clock.now()
        directory = tenant.directory if route.writes else tenant.seen(now, stale_seconds=cloud.stale_seconds)
        return Call(
            directory=directory,
            caller=caller,
            path=path,
            root=cloud.addresses.graph,
            now=now,
            ids=cloud.ids,
            correlation_id=request.headers.get("client-request-id") or request[_REQUEST_ID],
            parameters=parameters,
            query=dict(request.query),
            body=body,
            eventual=request.headers.get("ConsistencyLevel", "").lower() == "eventual",
            audit_delay_seconds=cloud.audit_delay_seconds,
        )

    def _response(self, request: web.Request, answer: Answer) -> web.Response:
        headers = {**self._headers(request), **answer.headers}
        if answer.body is None:
            return web.Response(status=answer.status, headers=headers)
        headers["Content-Type"] = _TYPE
        return web.Response(status=answer.status, body=json.dumps(answer.body).encode(), headers=headers)

    def _refusal(self, refusal: RefusalError, request: web.Request) -> web.Response:
        ids = {"request-id": request[_REQUEST_ID], "client-request-id": self._correlation(request)}
        inner = {"date": self._cloud.clock.now().strftime("%Y-%m-%dT%H:%M:%S"), **ids}
        body = {"error": {"code": refusal.code, "message": refusal.message, "innerError": inner}}
        headers = {**self._headers(request), **refusal.headers, "Content-Type": _TYPE}
        return web.Response(status=refusal.status, body=json.dumps(body).encode(), headers=headers)

    def _headers(self, request: web.Request) -> dict[str, str]:
        return {
            "request-id": request[_REQUEST_ID],
            "client-request-id": self._correlation(request),
            "x-ms-ags-diagnostic": _DIAGNOSTIC,
            "OData-Version": "4.0",
        }

    def _correlation(self, request: web.Request) -> str:
        return str(request.headers.get("client-request-id") or request[_REQUEST_ID])


async def _body(request: web.Request) -> Any:
    text = await request.read()
    try:
        return json.loads(text) if text else None
    except ValueError:
        # A body that is no JSON is no object either; the route that needs one refuses it.
        return "unreadable"


def _caller(tenant: Tenant, claims: Claims) -> Caller:
    app_only = claims.get("idtyp") == "app"
    permissions = claims.get("roles", []) if app_only else str(claims.get("scp", "")).split()
    app = tenant.applications.get(claims["appid"])
    return Caller(
        tenant_id=tenant.directory.tenant_id,
        app_id=claims["appid"],
        app_name=app.display_name if app is not None else claims["appid"],
        object_id=claims["oid"],
        app_only=app_only,
        permissions=frozenset(permissions),
    )


def _authorize(route: Route, call: Call) -> None:
    permissions = call.caller.permissions
    if all(needed & permissions for needed in route.needs):
        route.right(call)
    elif not (route.own & permissions and _about_oneself(call)):
        raise denied()


def _about_oneself(call: Call) -> bool:
    user = call.directory.user(call.parameters.get("user", ""))
    return not call.caller.app_only and user is not None and user["id"] == call.caller.object_id


_TOKEN_FAULTS = {
    "signature": "Access token validation failure. Invalid signature.",
    "audience": "Access token validation failure. Invalid audience.",
    "expired": "Access token has expired or is not yet valid.",
    "not_yet_valid": "Access token has expired or is not yet valid.",
    "claims": "CompactToken parsing failed.",
}


def _unauthenticated(message: str) -> GraphError:
    return GraphError(401, "InvalidAuthenticationToken", message=message, headers={"WWW-Authenticate": _CHALLENGE})
