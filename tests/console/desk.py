"""The approval pages over HTTP: the function app's own routes, cases in memory, a browser that signs in to Entra."""

import os
import re
import ssl
from datetime import datetime
from functools import cache
from html import unescape
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import azure.functions as func
import httpx
import requests
from azure.core.credentials import AccessToken

from agent.answering import Answering
from agent.approval_desk import ApprovalDesk
from agent.channels.own_pages import OwnPages
from agent.chat_cases import ChatCases
from agent.identity.sign_in import SignIn
from agent.identity.user_tokens import UserTokens
from agent.model.case import Case
from agent.model.plan import Step
from agent.published_keys import fetch_with
from agent.request_desk import RequestDesk
from simulator.entra import mint
from simulator.server import Simulator
from tests.agent.environments import environment
from tests.agent.world import ASK_OWNER, READERS, TENANT, World, add_member
from tests.conformance.memory_chats import MemoryChats
from tests.conformance.memory_sealer import MemorySealer

_HTTP = "httpTrigger"
OURS = "https://remit.example"
OTHER_TENANT = "55555555-5555-4555-8555-555555555555"
ELSEWHERE = "dddddddd-0000-4000-8000-000000000004"  # of the other tenant
UNKNOWN = f"{'f' * 32}-{'0' * 24}"


class Kept:
    """Delegations that remember what they were given."""

    def __init__(self) -> None:
        self.tokens: list[tuple[str, str, str, str]] = []

    async def keep(self, case_id: str, *, tenant_id: str, person_id: str, user_token: str, until: datetime) -> None:
        self.tokens.append((case_id, tenant_id, person_id, user_token))


class Identity:
    """The managed identity of the simulated cloud."""

    def __init__(self, running: Simulator) -> None:
        self._cloud = running.cloud

    async def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        return AccessToken(*mint.managed_identity(self._cloud, scopes[0].removesuffix("/.default")))


class Console:
    """A stack in memory with one case that waits for Bob, and the pages on which he answers."""

    def __init__(self, running: Simulator, client: httpx.AsyncClient) -> None:
        self.world = World()
        self.cloud = running.cloud
        self.kept = Kept()
        self._browsers: list[Browser] = []
        self._session = session = requests.Session()
        session.verify, session.trust_env = running.ready["ca"], False
        app_id, tenants = running.ready["app_id"], (TENANT, OTHER_TENANT)
        tokens = UserTokens(
            fetch_with(client),
            audiences=frozenset({app_id}),
            tenant_ids=frozenset(tenants),
            authority=running.ready["entra"],
        )
        self.desk = ApprovalDesk(
            store=self.world.store,
            answering=Answering(
                self.world.loop,
                store=self.world.store,
                ports_for=self.world._ports,
                clock=self.world.clock,
                delegations=self.kept,
            ),
            sign_in=SignIn(
                app_id,
                identity=Identity(running),  # type: ignore[arg-type]  # It needs no more of a credential.
                tokens=tokens,
                redirect_uri=f"{OURS}/api/sign-in",
                authority=running.ready["entra"],
                http_client=session,
            ),
            cookies=MemorySealer(),
            clock=self.world.clock,
            pages=OwnPages(OURS),
            tenant_ids=tenants,
        )
        self.chats = MemoryChats()
        self.requests = RequestDesk(
            self.world.loop,
            cases=ChatCases(self.world.store, self.chats),
            ports_for=self.world._ports,
            clock=self.world.clock,
        )
        self.approval_id = ""
        self._trusted = ssl.create_default_context(cafile=running.ready["ca"])

    async def ask(self, *steps: Step, documents: tuple[dict[str, Any], ...] = (ASK_OWNER,)) -> Case:
        await self.world.publish(*documents)
        self.world.plan(*(steps or (add_member(READERS),)))
        case = await self.world.run(await self.world.open(text="please <b>now</b>"))
        assert case.approval_request is not None and case.approval_asked
        self.approval_id = case.approval_request.id
        return case

    async def case(self) -> Case:
        return await self.world.case(self.approval_id.partition("-")[0])

    def browser(self) -> "Browser":
        self._browsers.append(Browser(self))
        return self._browsers[-1]

    async def close(self) -> None:
        for one in self._browsers:
            await one.client.aclose()
        self._session.close()

    def client(self) -> httpx.AsyncClient:
        pages = {OURS: Served(self.desk, self.requests)}
        return httpx.AsyncClient(mounts=pages, verify=self._trusted, follow_redirects=True, trust_env=False)


class Served(httpx.AsyncBaseTransport):
    """Our host: requests go to the functions whose routes they match, as the Functions host sends them."""

    def __init__(self, desk: ApprovalDesk, requests: RequestDesk) -> None:
        async def approval_desk() -> ApprovalDesk:
            return desk

        async def request_desk() -> RequestDesk:
            return requests

        self._module, functions = _function_app()
        self._stack = SimpleNamespace(approval_desk=approval_desk, request_desk=request_desk)
        self._routes = [(one.get_trigger(), one.get_user_function()) for one in functions]

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        for trigger, function in self._routes:
            pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", f"/api/{trigger.route}")
            found = re.fullmatch(pattern, request.url.path)
            if found and request.method in [method.value for method in trigger.methods]:
                # None of these needs a function key: the sign-in is the authentication.
                assert trigger.auth_level is func.AuthLevel.ANONYMOUS
                return await self._answer(function, request, found.groupdict())
        return httpx.Response(404)

    async def _answer(self, function: Any, request: httpx.Request, values: dict[str, str]) -> httpx.Response:
        given = func.HttpRequest(
            method=request.method,
            url=str(request.url),
            headers=dict(request.headers),
            params=dict(request.url.params),
            route_params=values,
            body=await request.aread(),
        )
        with patch.object(self._module, "stack", self._stack):
            answer = await function(given)
        return httpx.Response(answer.status_code, headers=list(answer.headers.items()), content=answer.get_body())


@cache
def _function_app() -> tuple[Any, tuple[Any, ...]]:
    """The module and its HTTP functions; it is imported once, and lists them once."""
    with patch.dict(os.environ, environment()):
        import function_app
    return function_app, tuple(one for one in function_app.app.get_functions() if one.get_trigger().type == _HTTP)


class Browser:
    """One browser with its cookies. It sends what browsers send with a form: the origin of the page that has it."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.client = console.client()

    async def get(self, path: str) -> httpx.Response:
        return await self.client.get(f"{OURS}{path}")

    async def open(self, approval_id: str = "") -> httpx.Response:
        return await self.get(f"/api/approvals/{approval_id or self.console.approval_id}")

    async def at_entra(self, user: str, *, approval_id: str = "", drop: tuple[str, ...] = (), **query: str) -> Any:
        """Begin a sign-in and return the form that Entra's page would send; `drop` edits the address by hand."""
        path = f"/api/approvals/{approval_id or self.console.approval_id}/sign-in"
        begun = await self.client.get(f"{OURS}{path}", follow_redirects=False)
        assert begun.status_code == 303, begun.text
        asked = httpx.URL(begun.headers["location"])
        edited = {name: value for name, value in asked.params.items() if name not in drop}
        page = await self.client.get(asked.copy_with(params={**edited, "sim_user": user, **query}))
        assert page.status_code == 200, page.text
        fields = re.findall(r'name="([^"]*)" value="([^"]*)"', page.text)
        return {name: unescape(value) for name, value in fields}

    async def send(self, form: dict[str, str]) -> httpx.Response:
        """Send the form of Entra's page to us."""
        entra = {"origin": "https://login.microsoftonline.com", "sec-fetch-site": "cross-site"}
        return await self.client.post(f"{OURS}/api/sign-in", data=form, headers=entra)

    async def sign_in(self, user: str, *, approval_id: str = "", **query: Any) -> httpx.Response:
        return await self.send(await self.at_entra(user, approval_id=approval_id, **query))

    async def answer(self, page: httpx.Response, verb: str, *, headers: Any = None, **changes: str) -> httpx.Response:
        """Press a button of the page's form; `changes` are made to its fields, and an empty one takes a field away."""
        fields = dict(re.findall(r"<input type=hidden name=(\w+) value='([^']*)'>", page.text))
        assert set(fields) == {"form_token", "plan"}, "the page has no form"
        form = {**fields, "reason": "", "answer": verb, **changes}
        own = {"origin": OURS, "sec-fetch-site": "same-origin", **(headers or {})}
        return await self.client.post(
            str(page.url),
            data={name: value for name, value in form.items() if value or name == "reason"},
            headers={name: value for name, value in own.items() if value},
        )


def tenant_file(tenant_id: str, *people: tuple[str, str, str]) -> dict[str, Any]:
    """A tenant of (object id, name, user type)."""
    domain = f"{tenant_id[:4]}.example"
    users = [
        {"id": one, "userPrincipalName": f"{name}@{domain}", "displayName": name, "userType": kind}
        for one, name, kind in people
    ]
    organization = {"id": tenant_id, "displayName": name_of(tenant_id), "defaultDomain": domain}
    guests = [one for one in users if one["userType"] == "Guest"]
    members = [one for one in users if one["userType"] == "Member"]
    return {"schema": "corpus-tenant/1", "organization": organization, "users": members, "guests": guests}


def name_of(tenant_id: str) -> str:
    return f"Tenant {tenant_id[:4]}"
