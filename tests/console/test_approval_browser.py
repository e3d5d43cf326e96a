"""A real browser signs in and approves at 320 px; what other sites send with the same form and cookies is refused."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from aiohttp import web

from devhost.errors import ToolError
from simulator import ca
from simulator.server import Simulator
from tests.agent.world import BOB
from tests.cards.browser import command_of
from tests.console.desk import OURS, Console, Served

# One is of the same site as ours, so browsers send our cookies along with its forms.
FOREIGN = ("https://evil.example", "https://other.remit.example")


class Site:
    """Our host by TLS on loopback. Whoever comes to Entra from here is Bob; `seen` are the answers that were sent."""

    def __init__(self, console: Console) -> None:
        self._served = Served(console.desk, console.requests)
        self._console = console
        self.seen: list[dict[str, Any]] = []

    async def handle(self, request: web.Request) -> web.Response:
        address, headers = f"{OURS}{request.path_qs}", list(request.headers.items())
        sent = httpx.Request(request.method, address, headers=headers, content=await request.read())
        answer = await self._served.handle_async_request(sent)
        headers = [(name, value) for name, value in answer.headers.multi_items() if name != "content-length"]
        entra = answer.headers.get("location", "")
        if "/authorize?" in entra:
            headers = [(name, f"{entra}&sim_user={BOB}" if name == "location" else value) for name, value in headers]
        if request.method == "POST" and "/approvals/" in request.path:
            told = {name: request.headers.get(name) for name in ("origin", "sec-fetch-site")}
            case = await self._console.case()
            has_session = "-session=" in request.headers.get("cookie", "")
            self.seen.append(
                {**told, "session": has_session, "status": answer.status_code, "answers": len(case.approvals)}
            )
        return web.Response(status=answer.status_code, headers=headers, body=answer.content)


@pytest.fixture
async def site(console: Console, entra: Simulator) -> AsyncIterator[tuple[Site, int]]:
    await console.ask()
    made, app = Site(console), web.Application()
    app.router.add_route("*", "/{tail:.*}", made.handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    tls = ca.ensure(entra._options.state_dir).server_context()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    yield made, runner.addresses[0][1]
    await runner.cleanup()


async def in_browser(**asked: Any) -> dict[str, Any]:
    try:
        command, surroundings = command_of("approve.mjs")
    except ToolError as problem:
        pytest.skip(f"no browser can be had: {problem}")
    pipes = {"stdin": asyncio.subprocess.PIPE, "stdout": asyncio.subprocess.PIPE, "stderr": asyncio.subprocess.PIPE}
    process = await asyncio.create_subprocess_exec(*command, env=surroundings, **pipes)
    try:
        out, wrong = await asyncio.wait_for(process.communicate(json.dumps(asked).encode()), 150)
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode == 0, wrong.decode()[-1500:]
    return dict(json.loads(out))


async def test_a_browser_approves_on_our_page_and_from_no_other(site: tuple[Site, int], console: Console) -> None:
    served, port = site
    link = console.desk.address_of(console.approval_id)
    told = await in_browser(link=link, resolve=f"127.0.0.1:{port}", foreign=FOREIGN)
    assert (told["before"], told["asked"], told["after"]) == ("Approval", "Approval needed", "Approved")
    assert told["address"] == link and told["said"] == []
    # The sign-in under way is spent; what is left no script and no other site's form can use.
    assert told["scripts_see"] == "" and all(one["name"].startswith("__Host-remit-") for one in told["cookies"])
    kept = {(one["secure"], one["httpOnly"], one["sameSite"], one["path"]) for one in told["cookies"]}
    assert len(told["cookies"]) == 2 and kept == {(True, True, "Lax", "/")}
    assert told["framed"] == [False, False] and set(told["attempts"]) == {403}

    *foreign, own = served.seen
    assert len(foreign) == 8 and {one["status"] for one in foreign} == {403}
    # Nothing was answered by any of them, although two came with the session, the form and its secret.
    assert {one["answers"] for one in foreign} == {0} and sum(one["session"] for one in foreign) >= 2
    assert {one["origin"] for one in foreign} == {*FOREIGN, "null"}
    assert {one["sec-fetch-site"] for one in foreign} == {"cross-site", "same-site"}
    assert own == {"origin": OURS, "sec-fetch-site": "same-origin", "session": True, "status": 303, "answers": 1}
    (approval,) = (await console.case()).approvals
    assert (approval.approver_id, approval.granted, approval.proof) == (BOB, True, "sign_in")
