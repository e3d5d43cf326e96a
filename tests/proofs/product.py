"""The whole product in this process, wired as in production, in a simulated Microsoft cloud on loopback.

The function app's own `Stack` does all the work: real storage, real clients of Entra ID, Graph, Key Vault and the bot
connector. Tickets, clicks and orders come in over HTTP; what a click was is kept, so that it can be sent again. The
queues alone are a list here, so that a test says when a turn is taken.
"""

import copy
import json
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from aiohttp import web

from agent.itsm.standard_webhooks import sign
from agent.model.case import Case
from agent.settings import read_settings
from agent.wiring import Stack
from devhost.desk import Ticket
from devhost.publish import publish_bundle
from devhost.tenant_settings import SOURCE_ID, WEBHOOK_SECRET_NAME, app_settings
from policy import Bundle
from simulator.connector.activities import card_of
from simulator.server import Simulator
from tests.agent.signed_world import Ahead
from tests.conformance.memory import MemoryWakeups

SECRET = "whsec_" + urlsafe_b64encode(b"s" * 32).decode()
DOMAIN = "quillmere.example"


@dataclass(frozen=True, slots=True)
class Pressed:
    """One request to the callback as it came over the wire."""

    authorization: str
    body: bytes


@dataclass
class Product:
    """One stack, its simulated cloud, and everybody's hands. `clock` is both theirs and the cloud's."""

    simulator: Simulator
    stack: Stack
    client: httpx.AsyncClient
    clock: Ahead
    storage: str
    url: str = ""
    wakeups: MemoryWakeups = field(default_factory=MemoryWakeups)
    pressed: list[Pressed] = field(default_factory=list)
    tickets: int = 0

    @property
    def tenant(self) -> Any:
        return next(iter(self.simulator.cloud.tenants.values()))

    @property
    def tenant_id(self) -> str:
        return str(self.tenant.directory.tenant_id)

    def person(self, name: str) -> dict[str, Any]:
        found = self.tenant.directory.user(f"{name}@{DOMAIN}")
        assert found is not None
        return dict(found)

    def group_id(self, name: str) -> str:
        (found,) = [one for one in self.tenant.directory.groups.values() if one["displayName"] == name]
        return str(found["id"])

    def is_member(self, name: str, group: str) -> bool:
        return group in {one["displayName"] for one in self.tenant.directory.groups_of(self.person(name)["id"])}

    def writes_on(self, group: str) -> list[str]:
        """Who wrote to a group, by the object id that Graph saw, for each write that took effect."""
        found = self.simulator.cloud.traffic.writes
        return [one["actor"] for one in found if one["applied"] and self.group_id(group) in one["path"]]

    async def publish(self, bundle: Bundle) -> None:
        await publish_bundle(bundle, self.tenant_id, storage=self.storage)

    async def post(self, path: str, body: Mapping[str, Any] | bytes, headers: Mapping[str, str] | None = None) -> Any:
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self.client.post(f"{self.url}{path}", content=sent, headers=dict(headers or {}))

    async def ask(self, requester: str, group: str, *, owner: str) -> "Question":
        """File a ticket for a group, and run its case until it waits for somebody or ends."""
        self.tickets += 1
        text = f"Please add me to the group {group}."
        body = Ticket(f"PF-{self.tickets}", f"{requester}@{DOMAIN}", summary="Access", description=text).body
        headers = sign(body, SECRET, message_id=f"msg_{self.tickets}", sent_at=self.clock.now())
        answer = await self.post(f"/api/hooks/{SOURCE_ID}", body, headers)
        assert answer.status_code == 202, answer.text
        question = Question(self, str(answer.json()["case"]), owner)
        await self.run()
        question.find_card()
        return question

    async def run(self) -> None:
        """Take turns until no case of ours has one to take."""
        for _ in range(400):
            stage = next((one for one, waiting in self.wakeups.messages.items() if waiting), None)
            if stage is None:
                return
            taken = self.wakeups.take(stage)
            assert taken is not None
            await self.stack.advance(stage, json.dumps({"case": taken[0], "seq": taken[1]}).encode())
        raise AssertionError("the cases do not come to rest")

    async def forget_people(self) -> None:
        """Close the connection over which people's own tokens were had."""
        await (await self.stack._built())._names.close()

    async def receive(self, request: web.Request) -> web.Response:
        """Answer as `function_app.py` does."""
        body = await request.read()
        if request.path == "/api/messages":
            self.pressed.append(Pressed(request.headers.get("Authorization", ""), body))
            reply = await (await self.stack.callback()).receive(self.pressed[-1].authorization, body)
        elif request.path == "/api/control":
            reply = await (await self.stack.steering()).receive(body)
        else:
            reply = await (await self.stack.intake()).receive(SOURCE_ID, request.headers, body=body)
        return web.Response(status=reply.status, text=reply.text, content_type="application/json")


@dataclass
class Question:
    """A case, and the card about it that its group's owner has, if one was sent."""

    product: Product
    id: str
    owner: str
    card: dict[str, Any] | None = None

    def find_card(self) -> None:
        """Take the newest card of this case that the owner has."""
        owner = self.product.person(self.owner)["id"]
        chats = self.product.simulator.cloud.chats
        cards = [one for one in chats.messages_of(self.product.tenant_id, owner) if self.id in json.dumps(card_of(one))]
        self.card = cards[-1] if cards else None

    @property
    def was_asked(self) -> bool:
        return self.card is not None

    async def case(self) -> Case:
        held = await (await self.product.stack.store()).load(self.id)
        assert held is not None
        return held.case

    async def codes(self) -> Counter[str]:
        return Counter(one.code.value for one in await (await self.product.stack.store()).events(self.id))

    async def press(self, verb: str = "approve", *, by: str = "", **order: Any) -> dict[str, Any]:
        """Press a button of this card in Teams; return {"status": ..., "body": ...} of our answer."""
        assert self.card is not None
        control = self.product.simulator.ready["control"]
        user = f"{by or self.owner}@{DOMAIN}"
        body = {"user": user, "activity_id": self.card["id"], "verb": verb, "url": f"{self.product.url}/api/messages"}
        answer = await self.product.client.post(f"{control}/teams/click", json={**body, **order})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def wake(self) -> None:
        """Wake the case as the sweep does when its moment has passed."""
        held = await (await self.product.stack.store()).load(self.id)
        assert held is not None
        await self.product.wakeups.put(held.case.stage, self.id, seq=held.seq)
        await self.product.run()

    def edited(self, **data: str) -> None:
        """Edit what the buttons of this card carry, as whoever holds a card can."""
        assert self.card is not None
        _edit(self.card["activity"], data)

    def kept(self) -> dict[str, Any]:
        """A copy of the card, to put back later what an answer has replaced."""
        assert self.card is not None
        return copy.deepcopy(self.card["activity"])

    def put_back(self, kept: dict[str, Any]) -> None:
        """Show the card again as it was, as a client does that never learned better."""
        assert self.card is not None
        self.card["activity"] = copy.deepcopy(kept)


def shown(pressed: Mapping[str, Any]) -> str:
    """What the answer to a press shows, as text."""
    assert pressed["status"] == 200, pressed
    return json.dumps(pressed["body"]["value"])


def code_of(pressed: Mapping[str, Any]) -> str:
    """The code of an answer that refuses."""
    assert (pressed["status"], pressed["body"]["statusCode"]) == (200, 403), pressed
    return str(pressed["body"]["value"]["code"])


def stack_on(simulator: Simulator, tenant: Mapping[str, Any], *, storage: str, approval_seconds: int) -> Stack:
    """Return the stack that the function app would build; the environment must say where the cloud is."""
    settings = app_settings(tenant, simulator.ready, storage=storage, public_url="https://localhost:1")
    (profile,) = json.loads(settings["REMIT_TENANTS"])
    profile["approval_seconds"] = approval_seconds
    return Stack(read_settings({**settings, "REMIT_TENANTS": json.dumps([profile])}))


async def wire(product: Product) -> None:
    """Give the stack the shared clock and the list that stands for its queues, before anything else is built."""
    product.stack._clock = product.clock  # type: ignore[assignment]
    parts = await product.stack._built()
    parts.loop._wakeups = product.wakeups
    vault = product.tenant.vault
    cloud = product.simulator.cloud
    values = {WEBHOOK_SECRET_NAME: SECRET, "service-desk-reply": SECRET}
    values["remit-data-key"] = urlsafe_b64encode(b"k" * 32).decode()
    for name, value in values.items():
        vault.put(name, {"value": value}, ids=cloud.ids, now=cloud.clock.unix())
    cloud.tickets.secret = SECRET


def _edit(node: Any, data: Mapping[str, str]) -> None:
    if isinstance(node, dict):
        if node.get("type") == "Action.Execute":
            node["data"] = {**node.get("data", {}), **data}
        for value in node.values():
            _edit(value, data)
    elif isinstance(node, list):
        for value in node:
            _edit(value, data)
