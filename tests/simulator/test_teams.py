"""Teams: a bot posts cards, people press buttons and type, and forged presses look just like real ones."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import jwt
import pytest
from aiohttp import web

from simulator.entra import mint
from simulator.server import Options, Simulator

TENANT_FILE = Path(__file__).parents[2] / "samples" / "tenant.json"
CARD = "application/vnd.microsoft.card.adaptive"
DOMINIC = "dominic.ashe@quillmere.example"


def _card(text: str) -> dict[str, Any]:
    button = {"type": "Action.Execute", "title": "Approve once", "verb": "approve", "data": {"aid": "a1", "hash": "h"}}
    body = [{"type": "TextBlock", "text": text}, {"type": "ActionSet", "actions": [button]}]
    return {"type": "AdaptiveCard", "version": "1.5", "body": body}


@dataclass
class Bot:
    """A bot that keeps what it gets and answers every press with a card."""

    url: str = ""
    heard: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    status: int = 200

    async def hear(self, request: web.Request) -> web.Response:
        self.heard.append((request.headers["Authorization"].removeprefix("Bearer "), await request.json()))
        answer = {"statusCode": 200, "type": CARD, "value": _card("approved")}
        return web.json_response(answer, status=self.status)


@dataclass
class Stage:
    """A simulator, a bot, and a client."""

    simulator: Simulator
    bot: Bot
    client: aiohttp.ClientSession

    async def control(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        async with self.client.request(method, self.simulator.ready["control"] + path, json=body) as answer:
            return answer.status, await answer.json()

    async def connector(self, method: str, path: str, body: object, *, token: str | None = None) -> tuple[int, Any]:
        bearer = token or mint.managed_identity(self.simulator.cloud, "https://api.botframework.com")[0]
        headers = {"Authorization": f"Bearer {bearer}"}
        address = self.simulator.ready["connector"] + "v3/" + path
        async with self.client.request(method, address, json=body, headers=headers) as answer:
            return answer.status, await answer.json()

    async def post_card(self, upn: str = DOMINIC) -> tuple[str, str]:
        """Open the chat with a person and post a card; returns the two ids."""
        directory = self.simulator.cloud.tenants[self.simulator.ready["tenants"][0]].directory
        user = directory.user(upn)
        assert user is not None
        opened = {"members": [{"id": user["id"]}], "tenantId": directory.tenant_id, "bot": {"id": "28:x"}}
        _, conversation = await self.connector("POST", "conversations", opened)
        activity = {"type": "message", "attachments": [{"contentType": CARD, "content": _card("approve?")}]}
        status, posted = await self.connector("POST", f"conversations/{conversation['id']}/activities", activity)
        assert status == 201
        return conversation["id"], posted["id"]

    async def keys(self) -> dict[str, dict[str, Any]]:
        async with self.client.get(self.simulator.ready["connector_openid"]) as metadata:
            address = (await metadata.json())["jwks_uri"]
        async with self.client.get(address) as keys:
            return {key["kid"]: key for key in (await keys.json())["keys"]}


@pytest.fixture
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    bot, app = Bot(), web.Application()
    app.router.add_post("/api/messages", bot.hear)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    bot.url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/messages"
    state = tmp_path_factory.getbasetemp() / "teams"
    async with Simulator(Options(tenants=[TENANT_FILE], state_dir=state, bot_endpoint=bot.url)) as simulator:
        trusted = aiohttp.TCPConnector(ssl=ssl.create_default_context(cafile=simulator.ready["ca"]))
        async with aiohttp.ClientSession(connector=trusted) as client:
            yield Stage(simulator, bot, client)
    await runner.cleanup()


def _verified(stage: Stage, token: str, key: dict[str, Any]) -> dict[str, Any]:
    audience = stage.simulator.ready["bot_app_id"]
    issuer = "https://api.botframework.com"
    return jwt.decode(token, jwt.PyJWK(key), algorithms=["RS256"], audience=audience, issuer=issuer)


async def test_a_press_is_a_signed_invoke_and_the_answer_takes_the_cards_place(stage: Stage) -> None:
    conversation, activity = await stage.post_card()
    press = {"user": DOMINIC, "latest": True, "verb": "approve", "inputs": {"why": "fine"}}
    status, outcome = await stage.control("POST", "/teams/click", press)
    assert (status, outcome["status"]) == (200, 200)
    token, heard = stage.bot.heard[0]
    assert (heard["type"], heard["name"], heard["replyToId"]) == ("invoke", "adaptiveCard/action", activity)
    assert heard["value"]["action"]["data"] == {"aid": "a1", "hash": "h", "why": "fine"}
    assert heard["conversation"]["id"] == conversation
    key = (await stage.keys())[jwt.get_unverified_header(token)["kid"]]
    assert "msteams" in key["endorsements"]
    assert _verified(stage, token, key)["serviceurl"] == heard["serviceUrl"] == stage.simulator.ready["connector"]
    _, shown = await stage.control("GET", f"/teams/{DOMINIC}/messages")
    card = shown["messages"][-1]["activity"]["attachments"][0]["content"]
    assert card["body"][0]["text"] == "approved"


async def test_an_answer_that_is_no_success_leaves_the_card(stage: Stage) -> None:
    await stage.post_card()
    stage.bot.status = 403
    _, outcome = await stage.control("POST", "/teams/click", {"user": DOMINIC, "latest": True, "verb": "approve"})
    assert outcome["status"] == 403
    _, shown = await stage.control("GET", f"/teams/{DOMINIC}/messages")
    assert shown["messages"][-1]["activity"]["attachments"][0]["content"]["body"][0]["text"] == "approve?"


async def test_a_stranger_can_press_a_forwarded_card(stage: Stage) -> None:
    _, activity = await stage.post_card()
    stranger = "hugo.rast@quillmere.example"
    press = {"user": stranger, "activity_id": activity, "verb": "approve"}
    await stage.control("POST", "/teams/click", press)
    assert stage.bot.heard[0][1]["from"]["name"] == "Hugo Rast"


@pytest.mark.parametrize(
    "tamper",
    ["wrong_audience", "wrong_issuer", "expired", "unsigned", "wrong_serviceurl", "no_serviceurl", "unendorsed_key"],
)
async def test_a_tampered_token_is_wrong_in_just_that_way(stage: Stage, tamper: str) -> None:
    await stage.post_card()
    press = {"user": DOMINIC, "latest": True, "verb": "approve", "tamper": tamper}
    await stage.control("POST", "/teams/click", press)
    token, heard = stage.bot.heard[0]
    refusals: dict[str, type[jwt.InvalidTokenError]] = {
        "wrong_audience": jwt.InvalidAudienceError,
        "wrong_issuer": jwt.InvalidIssuerError,
        "expired": jwt.ExpiredSignatureError,
        "unsigned": jwt.InvalidAlgorithmError,
    }
    kid = jwt.get_unverified_header(token).get("kid")
    keys = await stage.keys()
    key = keys.get(str(kid)) or next(iter(keys.values()))
    if tamper in refusals:
        with pytest.raises(refusals[tamper]):
            _verified(stage, token, key)
        return
    claims = _verified(stage, token, key)
    right_url = claims.get("serviceurl") == heard["serviceUrl"]
    assert (right_url, "msteams" in key["endorsements"]) == (tamper == "unendorsed_key", tamper != "unendorsed_key")


async def test_a_press_from_another_tenant_has_a_good_token(stage: Stage) -> None:
    await stage.post_card()
    press = {"user": DOMINIC, "latest": True, "verb": "approve", "tamper": "wrong_tenant"}
    await stage.control("POST", "/teams/click", press)
    token, heard = stage.bot.heard[0]
    keys = await stage.keys()
    assert _verified(stage, token, keys[jwt.get_unverified_header(token)["kid"]])
    assert heard["conversation"]["tenantId"] not in stage.simulator.ready["tenants"]


async def test_what_a_person_types_reaches_the_bot_and_stays_in_the_chat(stage: Stage) -> None:
    await stage.control("POST", "/teams/say", {"user": DOMINIC, "text": "I lost my phone"})
    [(_, heard)] = stage.bot.heard
    assert (heard["type"], heard["text"], heard["from"]["name"]) == ("message", "I lost my phone", "Dominic Ashe")
    _, shown = await stage.control("GET", f"/teams/{heard['from']['aadObjectId']}/messages")
    assert [one["activity"]["text"] for one in shown["messages"]] == ["I lost my phone"]


async def test_a_message_that_is_delivered_again_has_its_id_and_stays_in_the_chat_once(stage: Stage) -> None:
    for _ in range(2):
        await stage.control("POST", "/teams/say", {"user": DOMINIC, "text": "hello", "activity_id": "f:7"})
    (_, first), (_, again) = stage.bot.heard
    assert (first["id"], again["id"], again["text"]) == ("f:7", "f:7", "hello")
    _, shown = await stage.control("GET", f"/teams/{first['from']['aadObjectId']}/messages")
    assert len(shown["messages"]) == 1


async def test_a_posted_message_is_updated_in_place_and_the_chat_is_the_same_every_time(stage: Stage) -> None:
    conversation, activity = await stage.post_card()
    again, _ = await stage.post_card()
    assert again == conversation
    path = f"conversations/{conversation}/activities/{activity}"
    assert await stage.connector("PUT", path, {"type": "message", "text": "done"}) == (200, {"id": activity})
    status, refused = await stage.connector("PUT", f"{path}9", {"type": "message"})
    assert (status, refused["error"]["code"]) == (404, "ActivityNotFoundInConversation")


async def test_the_connector_refuses_other_tokens_strangers_and_long_messages(stage: Stage) -> None:
    cloud = stage.simulator.cloud
    graph, _ = mint.managed_identity(cloud, "https://graph.microsoft.com")
    tenant = cloud.tenants[cloud.home_tenant_id]
    product = tenant.applications[cloud.names.app_id]
    other = mint.app_only(cloud, tenant, app=product, audience="https://api.botframework.com", by_secret=False)
    opened = {"members": [{"id": "29:nobody"}], "tenantId": cloud.home_tenant_id}
    assert (await stage.connector("POST", "conversations", opened, token=graph))[0] == 401
    someone = {**opened, "members": [{"id": next(iter(tenant.directory.users))}]}
    assert (await stage.connector("POST", "conversations", someone, token=other))[0] == 403
    assert (await stage.connector("POST", "conversations", opened))[0] == 403
    conversation, _ = await stage.post_card()
    long = {"type": "message", "text": "x" * 60_000}
    status, refused = await stage.connector("POST", f"conversations/{conversation}/activities", long)
    assert (status, refused["error"]["code"]) == (413, "MessageSizeTooBig")


@pytest.mark.parametrize(
    ("press", "status"),
    [
        ({"user": "nobody@x.example", "latest": True, "verb": "approve"}, 404),
        ({"user": DOMINIC, "latest": True, "verb": "no such verb"}, 404),
        ({"user": DOMINIC, "activity_id": "1", "verb": "approve"}, 404),
        ({"user": DOMINIC, "verb": "approve"}, 400),
        ({"user": DOMINIC, "latest": True, "verb": "approve", "tamper": "magic"}, 400),
        ({"user": DOMINIC, "latest": True, "verb": "approve", "url": "https://bot.example/api"}, 400),
        ({"user": DOMINIC, "latest": True, "verb": "approve", "url": "http://127.0.0.1:9/"}, 502),
    ],
)
async def test_a_press_that_cannot_be_made_is_refused(stage: Stage, press: dict[str, Any], status: int) -> None:
    await stage.post_card()
    assert (await stage.control("POST", "/teams/click", press))[0] == status
    assert stage.bot.heard == []


async def test_two_presses_at_once_reach_the_bot_twice(stage: Stage) -> None:
    await stage.post_card()
    press = {"user": DOMINIC, "latest": True, "verb": "approve"}
    await asyncio.gather(*(stage.control("POST", "/teams/click", press) for _ in range(2)))
    assert len(stage.bot.heard) == 2
