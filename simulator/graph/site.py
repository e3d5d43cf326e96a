"""Graph's HTTP face. For each request, in order:

1. Note it if it could write; let a fault rule strike.
2. Authenticate: a token that counts (`simulator.graph.tokens`).
3. Find the route and refuse query options that are not simulated; count the request against its class's budget.
4. Authorize: the permissions in the token, then the caller's rights over the target.
5. Let the route answer, from the present for writes and from the (possibly stale) past for reads.
"""

import json
from collections.abc import Awaitable, Callable
from copy import deepcopy
from dataclasses import replace
from typing import Any

from aiohttp import web

from simulator.cloud import Cloud, Tenant
from simulator.directory import Resource
from simulator.errors import RefusalError
from simulator.faults import DROPPED, FaultRule, strike
from simulator.graph import activity, batch, limits
from simulator.graph.asked import Asked
from simulator.graph.calls import Answer, Call, Caller, Route, bad_request, denied
from simulator.graph.refusals import OUTDATED, challenged
from simulator.graph.routing import Router
from simulator.graph.tokens import authenticate, caller_of, shown_by
from simulator.site import failure, not_simulated, observe
from simulator.traffic import Entry

_PREFIX = "/v1.0"
_TYPE = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
_DIAGNOSTIC = json.dumps(
    {"ServerInfo": {"DataCenter": "Simulator", "Slice": "E", "Ring": "1", "ScaleUnit": "001", "RoleInstance": "SIM01"}}
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
        asked = await _asked(request, self._cloud.ids.guid())
        if not batch.is_batch(asked):
            return await self._one(asked, request)
        rule = self._fault(asked)
        return await self._under(rule, asked, request=request, act=lambda: self._batch(asked, request))

    async def _one(self, asked: Asked, request: web.Request) -> web.StreamResponse:
        """Answer what came over the line of `request`, alone or as a part of a batch."""
        entry = None if asked.method == "GET" else self._note(asked)  # (1)
        rule = self._fault(asked)
        if rule is None:
            response: web.StreamResponse = self._act(asked, entry=entry)
        elif rule.outcome is not None:
            response = self._act(replace(asked, outcome=rule.outcome), entry=entry)
        elif rule.ignore:
            response = self._pretend(asked, entry=entry)
        else:
            response = await self._under(rule, asked, request=request, act=lambda: self._acted(asked, entry))
        if entry is not None:
            entry["status"] = None if request.get(DROPPED) else response.status
        if asked.noted:
            # The service knows what it answered, also when the answer is lost on its way.
            told = {} if request.get(DROPPED) else {"ResponseStatusCode": response.status}
            self._cloud.traffic.graph_activity.append({**asked.noted, **told})
        return response

    async def _batch(self, whole: Asked, request: web.Request) -> web.StreamResponse:
        try:
            authenticate(self._cloud, whole)
            body = await batch.answered(batch.parts_of(whole), lambda part: self._part(part, request))
        except RefusalError as refusal:
            return self._refusal(refusal, whole)
        return self._response(whole, Answer(body=body))

    async def _part(self, asked: Asked, request: web.Request) -> Resource:
        noted = self._cloud.traffic.open_request("graph", asked)
        response = await self._one(asked, request)
        noted["status"] = None if request.get(DROPPED) else response.status
        found: Resource = {"status": response.status, "headers": dict(response.headers)}
        content = response.body if isinstance(response, web.Response) else None
        return {**found, "body": json.loads(content)} if isinstance(content, bytes) and content else found

    def _note(self, asked: Asked) -> Entry | None:
        if asked.path.lower().endswith("/checkmembergroups"):
            return None
        entry = self._cloud.traffic.open_write(asked, asked.body)
        entry["request_id"] = asked.request_id
        return entry

    async def _under(
        self,
        rule: FaultRule | None,
        asked: Asked,
        *,
        request: web.Request,
        act: Callable[[], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse:
        def fail(one: FaultRule) -> web.Response:
            if one.since is not None:
                return self._refusal(challenged(OUTDATED, since=one.since), asked)
            told = self._scoped(one, asked)
            return failure(told, lambda refusal, _: self._refusal(refusal, asked), request=request)

        return await act() if rule is None else await strike(rule, request, act=act, fail=fail)

    async def _acted(self, asked: Asked, entry: Entry | None) -> web.StreamResponse:
        return self._act(asked, entry=entry)

    def _act(self, asked: Asked, *, entry: Entry | None) -> web.Response:
        try:
            answer = self._answer(asked, entry=entry)
        except RefusalError as refusal:
            return self._refusal(refusal, asked)
        return self._response(asked, answer)

    def _pretend(self, asked: Asked, *, entry: Entry | None) -> web.Response:
        """Answer as if it had been done, then forget it: the directory is put back as it was."""
        kept = {tenant_id: deepcopy(tenant.directory) for tenant_id, tenant in self._cloud.tenants.items()}
        response = self._act(asked, entry=entry)
        for tenant_id, directory in kept.items():
            self._cloud.tenants[tenant_id].directory = directory
        if entry is not None:
            entry["applied"] = False
        return response

    def _answer(self, asked: Asked, *, entry: Entry | None) -> Answer:
        tenant, claims = authenticate(self._cloud, asked)  # (2)
        caller = caller_of(tenant, claims)
        asked.noted.update(activity.row(asked, claims, clock=self._cloud.clock, root=self._cloud.addresses.graph))
        if entry is not None:
            entry |= {"tenant": caller.tenant_id, "app": caller.app_id, "actor": caller.object_id}
        route, path, parameters = self._route(asked, caller)  # (3)
        call = self._call(asked, tenant, route=route, caller=caller, path=path, parameters=parameters)
        spent = limits.spend(self._cloud, call, tenant=tenant, method=asked.method)
        _authorize(route, call)  # (4)
        limits.refuse_too_new(self._cloud, call, tenant=tenant)
        if route.writes:
            tenant.remember(call.now, stale_seconds=self._cloud.longest_lag_seconds)
        answer = route.handler(call)  # (5)
        limits.note_made(call, answer, tenant=tenant)
        asked.noted["ResponseStatusCode"] = answer.status
        if entry is not None:
            entry["applied"] = True
        return replace(answer, headers={**answer.headers, **spent})

    def _fault(self, asked: Asked) -> FaultRule | None:
        shown = shown_by(self._cloud, asked)
        return self._cloud.faults.take("graph", asked.method, path=asked.path, shown=shown)

    def _scoped(self, rule: FaultRule, asked: Asked) -> FaultRule:
        try:
            tenant, claims = authenticate(self._cloud, asked)
        except RefusalError:
            return rule
        return limits.scoped(rule, tenant, app_id=claims["appid"])

    def _route(self, asked: Asked, caller: Caller) -> tuple[Route, str, dict[str, str]]:
        raw = asked.raw_path
        path = raw.removeprefix(_PREFIX) if raw.startswith(f"{_PREFIX}/") else ""
        if path == "/me" or path.startswith("/me/"):
            if caller.app_only:
                message = "/me request is only valid with delegated authentication flow."
                raise bad_request(message, code="BadRequest")
            path = f"/users/{caller.object_id}{path[3:]}"
        found = self._router.find(asked.method, path)
        if found is None:
            raise not_simulated(f"{asked.method} {asked.path}")
        unknown = sorted(name for name in asked.query if name.startswith("$") and name not in found[0].options)
        if unknown and unknown != ["$count"]:
            raise not_simulated(f"{unknown[0]} on {asked.method} {found[0].path}")
        return found[0], path, found[1]

    def _call(
        self, asked: Asked, tenant: Tenant, *, route: Route, caller: Caller, path: str, parameters: dict[str, str]
    ) -> Call:
        cloud = self._cloud
        now = cloud.clock.now()
        lag = cloud.lag_seconds(of_index=bool({"$filter", "$search"} & set(asked.query)))
        directory = tenant.directory if route.writes else tenant.seen(now, stale_seconds=lag)
        return Call(
            directory=directory,
            caller=caller,
            path=path,
            root=cloud.addresses.graph,
            now=now,
            ids=cloud.ids,
            correlation_id=asked.correlation,
            parameters=parameters,
            query=asked.query,
            body=asked.body,
            eventual=asked.headers.get("ConsistencyLevel", "").lower() == "eventual",
            audit_delay_seconds=cloud.audit_delay_seconds,
            outcome=asked.outcome,
            if_match=asked.headers.get("If-Match", ""),
        )

    def _response(self, asked: Asked, answer: Answer) -> web.Response:
        headers = {**_headers(asked), **answer.headers}
        if answer.body is None:
            return web.Response(status=answer.status, headers=headers)
        headers["Content-Type"] = _TYPE
        return web.Response(status=answer.status, body=json.dumps(answer.body).encode(), headers=headers)

    def _refusal(self, refusal: RefusalError, asked: Asked) -> web.Response:
        ids = {"request-id": asked.request_id, "client-request-id": asked.correlation}
        inner = {"date": self._cloud.clock.now().strftime("%Y-%m-%dT%H:%M:%S"), **ids}
        body = {"error": {"code": refusal.code, "message": refusal.message, "innerError": inner}}
        headers = {**_headers(asked), **refusal.headers, "Content-Type": _TYPE}
        return web.Response(status=refusal.status, body=json.dumps(body).encode(), headers=headers)


def _headers(asked: Asked) -> dict[str, str]:
    return {
        "request-id": asked.request_id,
        "client-request-id": asked.correlation,
        "x-ms-ags-diagnostic": _DIAGNOSTIC,
        "OData-Version": "4.0",
    }


async def _asked(request: web.Request, request_id: str) -> Asked:
    address = request.rel_url
    return Asked(
        method=request.method,
        raw_path=address.raw_path,
        path=request.path,
        query=dict(request.query),
        query_string=request.query_string,
        headers=request.headers,
        body=await _body(request),
        request_id=request_id,
    )


async def _body(request: web.Request) -> Any:
    text = await request.read()
    try:
        return json.loads(text) if text else None
    except ValueError:
        # A body that is no JSON is no object either; the route that needs one refuses it.
        return "unreadable"


def _authorize(route: Route, call: Call) -> None:
    permissions = call.caller.permissions
    if all(needed & permissions for needed in route.needs):
        route.right(call)
    elif not (route.own & permissions and _about_oneself(call)):
        raise denied()


def _about_oneself(call: Call) -> bool:
    user = call.directory.user(call.parameters.get("user", ""))
    return not call.caller.app_only and user is not None and user["id"] == call.caller.object_id
