"""The control site: state, logs, faults and staleness; people and Teams have files of their own.

It is bound to loopback, asks for no password and is no part of Microsoft's cloud: tests and demonstrations use it.
"""

from aiohttp import web

from simulator.cloud import Cloud
from simulator.control import people, slack, teams
from simulator.control.requests import ItsmSettings, Limits, MailSettings, Staleness, read
from simulator.errors import ControlError
from simulator.faults import FaultRule
from simulator.site import application, plain_envelope, read_json


def site(cloud: Cloud) -> web.Application:
    """The control site."""
    face = _Face(cloud)
    routes = [
        web.get("/state", face.state),
        web.post("/state", face.load),
        web.post("/reset", face.reset),
        web.get("/writes", face.writes),
        web.get("/requests", face.requests),
        web.get("/audits", face.audits),
        web.get("/graph-activity", face.graph_activity),
        web.get("/faults", face.faults),
        web.post("/faults", face.add_fault),
        web.delete("/faults", face.clear_faults),
        web.post("/staleness", face.staleness),
        web.get("/throttling", face.throttling),
        web.post("/throttling", face.set_throttling),
        web.delete("/throttling", face.clear_throttling),
        web.post("/itsm", face.itsm),
        web.get("/itsm/tickets/{ticket}", face.ticket),
        web.post("/mail", face.mail),
        web.get("/mail", face.letters),
        *people.routes(cloud),
        *teams.routes(cloud),
        *slack.routes(cloud),
    ]
    return application(cloud, "control", routes=routes, render=plain_envelope)


class _Face:
    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    async def state(self, _request: web.Request) -> web.Response:
        """`GET /state`: everything, vault values included."""
        return web.json_response(self._cloud.dump())

    async def load(self, request: web.Request) -> web.Response:
        """`POST /state`: go back to what `GET /state` gave."""
        document = await read_json(request, ControlError)
        if not isinstance(document, dict):
            raise ControlError(400, "BadState", message="expected a JSON object")
        self._cloud.load(document)
        return web.Response(status=204)

    async def reset(self, _request: web.Request) -> web.Response:
        """`POST /reset`: back to the tenant files."""
        self._cloud.reset()
        return web.Response(status=204)

    async def writes(self, request: web.Request) -> web.Response:
        """`GET /writes[?tenant=]`: the Graph writes, secrets masked."""
        tenant = request.query.get("tenant")
        found = [one for one in self._cloud.traffic.writes if tenant in (None, one["tenant"])]
        return web.json_response({"writes": found})

    async def requests(self, request: web.Request) -> web.Response:
        """`GET /requests[?site=]`: the requests to every site."""
        site = request.query.get("site")
        found = [one for one in self._cloud.traffic.requests if site in (None, one["site"])]
        return web.json_response({"requests": found})

    async def audits(self, request: web.Request) -> web.Response:
        """`GET /audits[?tenant=]`: the native audit log, without the delay."""
        tenant = request.query.get("tenant")
        tenants = (one.directory for one in self._cloud.tenants.values() if tenant in (None, one.directory.tenant_id))
        return web.json_response({"audits": [entry for directory in tenants for entry in directory.audits]})

    async def graph_activity(self, request: web.Request) -> web.Response:
        """`GET /graph-activity[?tenant=]`: Graph's own log of requests, as `MicrosoftGraphActivityLogs` has it."""
        tenant = request.query.get("tenant")
        found = [one for one in self._cloud.traffic.graph_activity if tenant in (None, one["AadTenantId"])]
        return web.json_response({"activity": found})

    async def faults(self, _request: web.Request) -> web.Response:
        """`GET /faults`: the rules in force."""
        return web.json_response({"faults": self._cloud.faults.dump()})

    async def add_fault(self, request: web.Request) -> web.Response:
        """`POST /faults`: one more rule."""
        self._cloud.faults.add(await read(request, FaultRule))
        return web.json_response({"faults": self._cloud.faults.dump()}, status=201)

    async def clear_faults(self, _request: web.Request) -> web.Response:
        """`DELETE /faults`: no more faults."""
        self._cloud.faults.clear()
        return web.Response(status=204)

    async def staleness(self, request: web.Request) -> web.Response:
        """`POST /staleness`: how far reads and audit entries lag."""
        wanted = await read(request, Staleness)
        self._cloud.stale_seconds, self._cloud.index_stale_seconds = wanted.seconds, wanted.index_seconds
        self._cloud.new_object_seconds = wanted.new_object_seconds
        self._cloud.audit_delay_seconds = wanted.audit_seconds
        return web.Response(status=204)

    async def throttling(self, _request: web.Request) -> web.Response:
        """`GET /throttling`: the budgets in force."""
        return self._budgets(200)

    async def set_throttling(self, request: web.Request) -> web.Response:
        """`POST /throttling`: these budgets and no others; nothing is spent yet."""
        self._cloud.throttling.set((await read(request, Limits)).in_force())
        return self._budgets(201)

    async def clear_throttling(self, _request: web.Request) -> web.Response:
        """`DELETE /throttling`: no more budgets."""
        self._cloud.throttling.set({})
        return web.Response(status=204)

    def _budgets(self, status: int) -> web.Response:
        held = self._cloud.throttling.budgets
        shown = {name: [one.model_dump() for one in budgets] for name, budgets in held.items()}
        return web.json_response({"budgets": shown}, status=status)

    async def itsm(self, request: web.Request) -> web.Response:
        """`POST /itsm`: the secret that signs events."""
        self._cloud.tickets.secret = (await read(request, ItsmSettings)).secret
        return web.Response(status=204)

    async def ticket(self, request: web.Request) -> web.Response:
        """`GET /itsm/tickets/{id}`: what was told to a ticket."""
        ticket = request.match_info["ticket"]
        return web.json_response({"id": ticket, "events": self._cloud.tickets.events(ticket)})

    async def mail(self, request: web.Request) -> web.Response:
        """`POST /mail`: the password with which mails are handed in, and who gets none."""
        wanted = await read(request, MailSettings)
        self._cloud.letters.password, self._cloud.letters.refused = wanted.password, frozenset(wanted.refused)
        return web.Response(status=204)

    async def letters(self, request: web.Request) -> web.Response:
        """`GET /mail[?to=]`: the mails that were handed in, oldest first."""
        to = request.query.get("to")
        found = [one for one in self._cloud.letters.all if to is None or to in one["to"]]
        return web.json_response({"mails": found})
