"""The callback over HTTP, pressed by people in the simulated Teams: what is forged is refused, and signing in works."""

import dataclasses
import json
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest
from aiohttp import web

from agent.answering import Answering
from agent.callback import Callback
from agent.channels.bot_token import BotTokens
from agent.channels.card_answer import StepUp
from agent.channels.connector import Connector
from agent.channels.teams import TeamsChannel
from agent.granting import Granting
from agent.identity.user_tokens import UserTokens
from agent.model.case import Case, Stage
from agent.port_values import notice_of
from agent.published_keys import PublishedKeys, fetch_with
from agent.standing.giving import Giving
from policy import Requirement
from simulator.connector.delivery import Tamper
from simulator.entra import mint
from simulator.server import Options, Simulator
from tests.agent.channels.card_reading import PAGES
from tests.agent.channels.tampered import TAMPERED
from tests.agent.gate_cases import case_with
from tests.agent.test_callback import Chat
from tests.agent.world import READERS, World, add_member, reset_password, user

SAMPLE = Path(__file__).parents[2] / "samples" / "tenant.json"
OWNER, STRANGER = "gwen.tallow@quillmere.example", "hugo.rast@quillmere.example"


@dataclass
class Place:
    """A simulated cloud, the callback on a port of its own, and one case that waits for the owner of a group."""

    simulator: Simulator
    client: httpx.AsyncClient
    world: World
    url: str = ""
    case_id: str = ""

    def person(self, upn: str) -> dict[str, Any]:
        found = self.tenant.directory.user(upn)
        assert found is not None
        return found

    @property
    def tenant(self) -> Any:
        return next(iter(self.simulator.cloud.tenants.values()))

    async def ask(self, step: Any) -> None:
        """Put a question about `step` to the owner, with a card in her chat."""
        owner = self.person(OWNER)["id"]
        # She is the tenant's administrator in the directory that the answer is checked with, too.
        self.world.tenant = dataclasses.replace(self.world.tenant, people={"tenant_admin": (owner,)})
        self.world.directory.put(f"/users/{owner}", user(owner, "gwen"))
        self.world.directory.put(f"/users/{owner}/transitiveMemberOf/graph.group", {"value": []})
        self.world.give_roles(owner, "Global Administrator")
        case = case_with(step, requirement=Requirement("tenant_admin", 1, "never"), approvers=(owner,))
        request = case.request.model_copy(update={"tenant_id": self.tenant.directory.tenant_id})
        case = case.evolve(request=request, stage=Stage.APPROVE, approval_asked=True)
        assert case.approval_request is not None
        asked = case.approval_request.model_copy(update={"plan_digest": case.plan_digest})
        case = case.evolve(approval_request=asked)
        self.world.clock.moment = self.simulator.cloud.clock.now()
        moments = {"asked_at": self.world.clock.moment, "expires_at": self.world.clock.moment.replace(year=2099)}
        case = case.evolve(approval_request=asked.model_copy(update=moments))
        await self.world.store.create(case, (), due_at=self.world.clock.moment)
        self.case_id = case.id
        connector = Connector(
            self.client, base_url=f"{self.simulator.ready['connector']}", bot_app_id=self.bot_id, token=self._token
        )
        await TeamsChannel(connector, pages=PAGES).ask(notice_of(case))

    async def case(self) -> Case:
        return await self.world.case(self.case_id)

    async def press(self, upn: str = OWNER, verb: str = "approve", **order: Any) -> dict[str, Any]:
        card = self.simulator.cloud.chats.messages_of(self.tenant.directory.tenant_id, self.person(OWNER)["id"])[-1]
        body = {"user": upn, "activity_id": card["id"], "verb": verb, "url": self.url, **order}
        answer = await self.client.post(f"{self.simulator.ready['control']}/teams/click", json=body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    @property
    def bot_id(self) -> str:
        return str(self.simulator.cloud.names.bot_app_id)

    async def _token(self) -> str:
        return mint.managed_identity(self.simulator.cloud, "https://api.botframework.com")[0]

    async def receive(self, request: web.Request) -> web.Response:
        reply = await self.callback.receive(request.headers.get("Authorization", ""), await request.read())
        return web.Response(status=reply.status, text=reply.text, content_type="application/json")

    @property
    def callback(self) -> Callback:
        cloud, fetch = self.simulator.cloud, fetch_with(self.client)
        tenants = frozenset(cloud.tenants)
        keys = PublishedKeys(fetch, metadata_url=self.simulator.ready["connector_openid"], publisher="the connector")
        people = UserTokens(
            fetch,
            audiences=frozenset({cloud.names.app_id}),
            tenant_ids=tenants,
            authority=cloud.addresses.entra,
        )
        given: dict[str, Any] = {"store": self.world.store, "clock": self.world.clock}
        answering, giving = (
            Answering(self.world.loop, ports_for=self.world._ports, **given),
            Giving(ports_for=self.world._ports),
        )
        return Callback(
            answering,
            granting=Granting(answering, giving, ports_for=self.world._ports, pages=PAGES, **given),
            tokens=BotTokens(keys, bot_app_id=self.bot_id, tenant_ids=tenants),
            people=people,
            pages=PAGES,
            step_up=StepUp(resource=f"api://{cloud.names.app_id}", connection_name="remit"),
            conversation=Chat().callback._conversation,
            clock=self.world.clock,
        )


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with Simulator(Options(tenants=[SAMPLE], state_dir=tmp_path)) as simulator:
        trusting = ssl.create_default_context(cafile=simulator.ready["ca"])
        async with httpx.AsyncClient(verify=trusting, timeout=20) as client:
            found = Place(simulator, client, World())
            app = web.Application()
            app.router.add_post("/api/messages", found.receive)
            runner = web.AppRunner(app)
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            assert runner.addresses
            found.url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/messages"
            yield found
            await runner.cleanup()


def test_every_forgery_that_the_simulator_knows_is_tried_here() -> None:
    assert set(TAMPERED) == set(get_args(Tamper)) and len(TAMPERED) >= 13


async def test_no_bad_token_moves_the_case_or_makes_us_send_our_own(place: Place) -> None:
    await place.ask(add_member(READERS))
    before, sent = await place.case(), len(outbound(place))
    answered = {tamper: (await place.press(tamper=tamper))["status"] for tamper in TAMPERED}
    assert answered == TAMPERED
    assert await place.case() == before
    assert len(outbound(place)) == sent, "nothing was posted anywhere with the bot's own token"
    assert (await place.press())["body"]["statusCode"] == 200 and (await place.case()).stage is Stage.EXECUTE


async def test_a_client_that_is_signed_in_answers_the_step_up_by_itself(place: Place) -> None:
    await place.ask(reset_password())
    before = await place.case()
    unsigned = await place.press(signs_in=False)
    assert unsigned["body"]["type"] == "application/vnd.microsoft.activity.loginRequest"
    borrowed = await place.press(signs_in_as=STRANGER)
    assert borrowed["body"]["value"]["code"] == "otherPerson"
    assert (await place.press(STRANGER))["body"]["value"]["code"] == "notApprover"
    assert await place.case() == before
    assert (await place.press())["body"]["statusCode"] == 200
    (approval,) = (await place.case()).approvals
    assert (approval.proof, approval.approver_id) == ("user_token", place.person(OWNER)["id"])
    assert approval.evidence["user_issuer"] == mint.issuer(place.simulator.cloud, place.tenant.directory.tenant_id)
    assert "eyJ" not in json.dumps(approval.evidence)


def outbound(place: Place) -> list[Any]:
    """The requests to the connector that carry our token."""
    return [
        one for one in place.simulator.cloud.traffic.requests if one["site"] == "connector" and "/v3/" in one["path"]
    ]
