"""A chat in memory: people write to the bot, and what it says to whom and where can be read."""

import copy
import json
from dataclasses import replace
from typing import Any
from uuid import uuid4

from agent.channels.activities import Message, VerifiedActivity
from agent.chat_cases import ChatCases
from agent.conversation import Conversation
from agent.errors import ChannelError
from agent.model.case import Case
from agent.planners.planner import RunbookPlanner
from agent.ports import Ports
from tests.agent.stand_ins import Numbers
from tests.agent.world import ANN, ASK_OWNER, READERS, TENANT, WRITERS, World
from tests.conformance.memory_chats import MemoryChats
from tests.conformance.memory_deliveries import MemoryDeliveries

BOT = "28:bot"
SERVICE_URL = "https://smba.trafficmanager.net/emea/"


class Places:
    """What was said where messages were written: (conversation, text)."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []
        self.is_closed = False

    async def __call__(self, conversation_id: str, *, service_url: str, text: str) -> None:
        if self.is_closed or service_url != SERVICE_URL:
            raise ChannelError("the place takes no message")
        self.said.append((conversation_id, text))


def conversation_over(
    world: World, *, chats: MemoryChats, deliveries: MemoryDeliveries, places: Places
) -> Conversation:
    """Return the conversation of a world in memory."""
    cases, clock, ids = ChatCases(world.store, chats), world.clock, Numbers()

    async def ports_for(tenant_id: str) -> Ports:
        # The world counts its ids anew for every turn; a nonce must differ from the one before.
        return replace(await world._ports(tenant_id), ids=ids)

    return Conversation(
        world.loop, cases=cases, deliveries=deliveries, ports_for=ports_for, in_place=places, clock=clock
    )


class Room:
    """The world with the runbooks, an open ear, and groups called Readers and Writers that Bob owns."""

    def __init__(self) -> None:
        self.world = World()
        self.world.planner = RunbookPlanner()  # type: ignore[assignment]  # The real one, in place of the script.
        self.places, self.chats, self.deliveries = Places(), MemoryChats(), MemoryDeliveries()
        self.conversation = conversation_over(
            self.world, chats=self.chats, deliveries=self.deliveries, places=self.places
        )
        plain = {"groupTypes": [], "mailEnabled": False, "securityEnabled": True}
        groups = [
            {"id": one, "displayName": name, **plain} for one, name in ((READERS, "Readers"), (WRITERS, "Writers"))
        ]
        self.world.directory.put("/groups", {"value": groups})
        for group in (READERS, WRITERS):
            shape = self.world.directory.objects[f"/groups/{group}"]
            self.world.directory.put(f"/groups/{group}", {**shape, "mailEnabled": False, "securityEnabled": True})

    async def says(self, text: str, *, by: str = ANN, runs: bool = True, **changes: Any) -> VerifiedActivity:
        """Somebody writes; what comes of it is worked off until it waits."""
        sent = message(text, by=by, **changes)
        await self.conversation.hear(sent)
        if runs:
            await self.run()
        return sent

    async def run(self) -> None:
        """Work off what waits."""
        for _ in range(200):
            if not await self.world.turn(""):
                return
            self.world.clock.pass_(1)
        raise AssertionError("the cases do not come to rest")

    async def all_cases(self) -> list[Case]:
        """Every case there is, open ones first."""
        return [held.case async for held in self.world.store.recent(100)]

    async def the_case(self) -> Case:
        """The only case there is."""
        (case,) = await self.all_cases()
        return case

    def told(self, person: str = ANN) -> list[str]:
        """What the bot said to a person in their own chat."""
        return [text for whom, text in self.world.people.told if whom == person]


async def room() -> Room:
    """A room in which Bob is asked about his groups, and nothing else is allowed."""
    made = Room()
    await made.world.publish(ASK_OWNER)
    return made


def message(text: str, *, by: str = ANN, activity_id: str = "", **changes: Any) -> VerifiedActivity:
    """A message in the person's own chat, as verified. `group` writes it in a group chat, with or without a mention."""
    group, mentioned = changes.pop("group", ""), changes.pop("mentioned", True)
    sent: dict[str, Any] = {
        "type": "message",
        "id": activity_id or f"f:{uuid4()}",
        "channelId": "msteams",
        "serviceUrl": SERVICE_URL,
        "from": {"id": f"29:{by}", "aadObjectId": by},
        "recipient": {"id": BOT},
        "conversation": {"id": group or f"a:{by}", "tenantId": TENANT, "conversationType": "personal"},
        "channelData": {"tenant": {"id": TENANT}},
        "text": text,
        "locale": "en-GB",
        **copy.deepcopy(changes),
    }
    if group:
        sent["conversation"]["conversationType"] = "groupChat"
        mention = {"type": "mention", "mentioned": {"id": BOT, "name": "Remit"}, "text": "<at>Remit</at>"}
        sent["entities"] = [mention] if mentioned else []
    activity = Message.model_validate_json(json.dumps(sent))
    return VerifiedActivity(activity, tenant_id=TENANT, person_id=by, evidence={"activity_id": str(sent["id"])})
