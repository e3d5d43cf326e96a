"""How a site is put together: its routes, its faults, its error envelope, and 501 for everything else."""

import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from aiohttp import web
from aiohttp.typedefs import Handler

from simulator.errors import RefusalError
from simulator.faults import DROPPED, FaultRule, strike
from simulator.traffic import Arrived

if TYPE_CHECKING:
    from simulator.cloud import Cloud

Render = Callable[[RefusalError, web.Request], web.Response]
# Graph refuses bodies over 4 MB; nothing simulated here needs more than one.
_BODY_BYTES = 1024 * 1024


def application(cloud: "Cloud", name: str, *, routes: Iterable[web.RouteDef], render: Render) -> web.Application:
    """A site called `name` that logs, can fail on demand, and draws refusals with `render`."""
    guarded = _guard(cloud, name, render=render)
    app = web.Application(middlewares=[observe(cloud, name), guarded], client_max_size=_BODY_BYTES)
    app.add_routes([*routes, web.route("*", "/{tail:.*}", _not_simulated)])
    return app


def observe(cloud: "Cloud", name: str) -> Any:
    """A middleware that notes every request of the site with the status it was answered."""

    @web.middleware
    async def observed(request: web.Request, handler: Handler) -> web.StreamResponse:
        entry = cloud.traffic.open_request(name, request)
        response = await handler(request)
        entry["status"] = None if request.get(DROPPED) else response.status
        return response

    return observed


def _guard(cloud: "Cloud", name: str, *, render: Render) -> Any:
    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        async def act() -> web.StreamResponse:
            try:
                return await handler(request)
            except RefusalError as refusal:
                return render(refusal, request)

        def fail(rule: FaultRule) -> web.Response:
            return failure(rule, render, request=request)

        rule = cloud.faults.take(name, request.method, path=request.path)
        return await act() if rule is None else await strike(rule, request, act=act, fail=fail)

    return guarded


def failure(rule: FaultRule, render: Render, *, request: web.Request) -> web.Response:
    """The error answer of a fault rule: its own body, or the site's envelope."""
    status = rule.status or 500
    if rule.body is not None:
        return web.json_response(rule.body, status=status, headers=rule.answer_headers)
    code, message = _FAILURES.get(status, ("UnknownError", "The simulator was told to fail."))
    return render(RefusalError(status, code, message=message, headers=rule.answer_headers), request)


_FAILURES = {
    429: ("TooManyRequests", "Please retry again later."),
    500: ("InternalServerError", "An internal server error occurred."),
    502: ("BadGateway", "The server received an invalid response from an upstream server."),
    503: ("serviceNotAvailable", "The service is temporarily unavailable."),
    504: ("GatewayTimeout", "The server did not answer in time."),
}


def plain_envelope(refusal: RefusalError, _request: web.Request) -> web.Response:
    """`{"error": {"code", "message"}}`, as Key Vault and the connector answer."""
    body = {"error": {"code": refusal.code, "message": refusal.message}}
    return web.json_response(body, status=refusal.status, headers=refusal.headers)


async def read_json(request: web.Request, error: type[RefusalError]) -> Any:
    """The request's JSON body, `{}` when there is none.

    Raises:
        RefusalError: (`error`, 400) the body is not JSON.
    """
    text = await request.read()
    try:
        return json.loads(text) if text else {}
    except ValueError as broken:
        raise error(400, "BadRequest", message="Unable to read JSON request payload.") from broken


async def _not_simulated(request: web.Request) -> web.Response:
    raise not_simulated(f"{request.method} {request.path}")


def not_simulated(what: str) -> RefusalError:
    """The refusal for whatever the simulator does not know: 501 `NotSimulated`."""
    return RefusalError(501, "NotSimulated", message=f"`{what}` is not simulated")


def bearer(request: Arrived) -> str:
    """The bearer token of the request, or an empty text when there is none."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
