"""The HTTP triggers: routes, keys, and the request and response as the host and the worker pass them on.

Rules (azure-functions-host AuthenticationLevelHandler.cs, GrpcMessageConversionExtensions.cs, WebJobsRouter.cs):
  1. No route or a wrong method answers 404; `/admin` is never a function's.
  2. A key comes from `x-functions-key`, or from `?code=` only when that header is absent. Level function takes any
     key, level admin only `_master`, level anonymous none; otherwise 401.
  3. Header names arrive lower-cased, empty query values are dropped, repeated values are joined with a comma.
  4. `x-ms-client-principal*` is the caller's own text unless Easy Auth put it there, so it is stripped without it.
  5. A function that fails answers 500 with an empty body.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Final

from aiohttp import web
from azure.functions.meta import Datum

from devhost.errors import DevhostError
from devhost.function import LoadedFunction
from devhost.invocation import Invoker
from devhost.routes import Route, compile_route, find, ordered

MASTER_KEY: Final = "_master"
"""The name of the key that opens level admin."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Key values by name. An empty mapping opens nothing but level anonymous."""

    by_name: Mapping[str, str] = field(default_factory=dict)

    def opens(self, level: str, request: web.BaseRequest) -> bool:
        """Whether `request` carries a key for `level` (anonymous, function or admin)."""
        if level == "anonymous":
            return True
        header = request.headers.get("x-functions-key")
        given = header if header is not None else request.query.get("code", "")
        names = [n for n, v in self.by_name.items() if given and hmac.compare_digest(v.encode(), given.encode())]
        return MASTER_KEY in names if level == "admin" else bool(names)


class HttpFront:
    """Finds the function of a request and runs it."""

    def __init__(
        self, functions: Mapping[str, LoadedFunction], invoker: Invoker, *, prefix: str, keys: Keys, easyauth: bool
    ) -> None:
        """`functions` are those with an HTTP trigger; `prefix` is host.json's routePrefix.

        Raises:
            AppError: a route template is not understood.
        """
        self._functions = functions
        self._invoker = invoker
        self._keys = keys
        self._easyauth = easyauth
        self._routes = ordered(_route(function, prefix) for function in functions.values())

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request that is not for `/admin`."""
        # An escaped slash stays escaped inside a segment, as in ASP.NET Core.
        path = request.rel_url.path_safe.replace("%25", "%")
        found = find(self._routes, request.method, path=path)
        if found is None:
            return web.Response(status=404)
        function, route_values = self._functions[found[0]], found[1]
        if not self._keys.opens(auth_level(function), request):
            return web.Response(status=401)
        try:
            data = await self._request_datum(request, route_values)
        except web.HTTPRequestEntityTooLarge:
            return web.Response(status=413)
        try:
            answer = await self._invoker.invoke(function, data, metadata={})
            return _response(answer)
        except Exception:  # The invoker has logged it (rule 5).
            return web.Response(status=500)

    async def _request_datum(self, request: web.Request, route_values: Mapping[str, str]) -> Datum:
        headers = {name: ",".join(request.headers.getall(name)) for name in map(str.lower, request.headers)}
        if not self._easyauth:
            headers = {name: text for name, text in headers.items() if not name.startswith("x-ms-client-principal")}
        query = {name: ",".join(request.query.getall(name)) for name in request.query}
        value = {
            "method": Datum(request.method, "string"),
            "url": Datum(f"{request.scheme}://{request.host}{request.raw_path}", "string"),
            "headers": _texts(headers),
            "query": _texts({name: text for name, text in query.items() if text}),
            "params": _texts(route_values),
            "body": Datum(await request.read(), "bytes"),
        }
        return Datum(value, "http")


def auth_level(function: LoadedFunction) -> str:
    """Return anonymous, function or admin."""
    level = function.trigger.fields.get("authLevel", "function")
    return str(getattr(level, "value", level)).lower()


def _route(function: LoadedFunction, prefix: str) -> Route:
    fields = function.trigger.fields
    methods = [str(getattr(method, "value", method)) for method in fields.get("methods", ())]
    return compile_route(function.name, fields.get("route") or function.name, prefix=prefix, methods=methods or None)


def _texts(values: Mapping[str, str]) -> dict[str, Datum]:
    return {name: Datum(text, "string") for name, text in values.items()}


def _response(answer: Datum | None) -> web.Response:
    if answer is not None and answer.type == "string":
        return web.Response(text=answer.value)
    if answer is None or answer.type != "http":
        raise DevhostError("an HTTP function answered with something that is no response")
    headers = {name: datum.value for name, datum in answer.value["headers"].items()}
    response = web.Response(
        status=int(answer.value["status_code"].value), body=answer.value["body"].value, headers=headers
    )
    for cookie in answer.value.get("cookies") or ():
        _add_cookies(response, cookie)
    return response


def _add_cookies(response: web.Response, cookie: SimpleCookie) -> None:
    for morsel in cookie.values():
        response.headers.add("Set-Cookie", morsel.OutputString())
