"""People of organisations that the stack does not serve: a help text where they wrote, and nothing else whatsoever."""

import json
from typing import Any

import httpx
import pytest

from agent.channels.connector import Connector
from agent.channels.in_place import InPlace
from tests.agent.channels.fake_teams import FakeTeams
from tests.agent.chat_room import BOT, SERVICE_URL
from tests.agent.test_callback import OTHER_TENANT, TAMPERED, Chat, bearer, click, typed
from tests.agent.world import BOB, EVE, TENANT

GROUP = "19:project@thread.v2"
# The tenant of the conversation, and that of which Teams says the activity is.
FEDERATED = {"of another tenant": (OTHER_TENANT, OTHER_TENANT), "of two": (TENANT, OTHER_TENANT)}


@pytest.fixture
async def chat() -> Chat:
    opened = Chat()
    await opened.ask()
    return opened


async def written(
    chat: Chat,
    text: str = "add me to the group Readers",
    *,
    tenants: tuple[str, str] = FEDERATED["of another tenant"],
    **changes: Any,
) -> dict[str, Any]:
    sent = {**typed(text, await chat.case()), "serviceUrl": SERVICE_URL, "recipient": {"id": BOT}, **changes}
    sent["conversation"] = {"conversationType": "personal", "id": "a:outside", **sent["conversation"]}
    sent["conversation"] = {**sent["conversation"], "tenantId": tenants[0], **changes.get("conversation", {})}
    return {**sent, "channelData": {"tenant": {"id": tenants[1]}}}


async def hear(chat: Chat, sent: dict[str, Any], **claims: Any) -> int:
    """Deliver a message as the connector would, and see that it changes and looks up nothing."""
    before, read = await chat.case(), list(chat.world.directory.read_paths)
    reply = await chat.press(sent, bearer(chat.world, **{"serviceurl": sent["serviceUrl"], **claims}))
    assert await chat.case() == before and chat.world.directory.read_paths == read
    assert len([one async for one in chat.world.store.recent(10)]) == 1
    for tenant_id in (TENANT, OTHER_TENANT):
        assert [await chat.chats.cases(tenant_id, one) for one in (BOB, EVE)] == [(), ()]
    assert reply.body == {} or list(reply.body) == ["error"]
    return reply.status


@pytest.mark.parametrize("which", FEDERATED)
@pytest.mark.parametrize("text", ["add me to the group Readers", "status", "cancel", "approve", "help", ""])
async def test_whoever_writes_gets_the_help_text_of_strangers_where_they_wrote(
    chat: Chat, which: str, text: str
) -> None:
    sent = await written(chat, text, tenants=FEDERATED[which])
    assert await hear(chat, sent) == 202
    ((place, said),) = chat.places.said
    assert place == sent["conversation"]["id"] and "I can do nothing here" in said
    assert chat.world.people.told == []


async def test_the_text_is_in_the_language_of_the_message(chat: Chat) -> None:
    await hear(chat, await written(chat, "Bitte setzen Sie mein Kennwort zurück", locale="de-DE"))
    assert "kann ich hier nichts tun" in chat.places.said[0][1]


async def test_a_flood_is_answered_once_a_minute(chat: Chat) -> None:
    for _ in range(5):
        await hear(chat, await written(chat))
    assert len(chat.places.said) == 1
    chat.world.clock.pass_(61)
    await hear(chat, await written(chat))
    assert len(chat.places.said) == 2


async def test_in_a_group_only_a_mention_is_answered_and_once_for_all_who_write_there(chat: Chat) -> None:
    place = {"id": GROUP, "conversationType": "groupChat"}
    assert await hear(chat, await written(chat, conversation=place)) == 202 and chat.places.said == []
    mention = {"type": "mention", "mentioned": {"id": BOT, "name": "Remit"}, "text": "<at>Remit</at>"}
    for who in (BOB, EVE):
        sender = {"id": f"29:{who}", "aadObjectId": who}
        await hear(chat, await written(chat, conversation=place, entities=[mention], **{"from": sender}))
    assert [where for where, _ in chat.places.said] == [GROUP]


async def test_what_is_kept_to_be_silent_names_nobody(chat: Chat) -> None:
    sent = await written(chat)
    await hear(chat, sent)
    kept = json.dumps([list(one) for one in chat.chats._notes])
    assert "outside" in kept and not any(one in kept for one in (OTHER_TENANT, BOB, sent["conversation"]["id"]))


async def test_a_click_gets_no_text_and_the_same_refusal_as_ever(chat: Chat) -> None:
    case = await chat.case()
    pressed = {**click(case), "serviceUrl": SERVICE_URL}
    data = pressed["value"]["action"]["data"]
    for sent in (pressed, {**typed("", case), "serviceUrl": SERVICE_URL, "value": {**data, "answer": "approve"}}):
        sent["conversation"] = {**sent["conversation"], "tenantId": OTHER_TENANT}
        sent["channelData"] = {"tenant": {"id": OTHER_TENANT}}
        assert await hear(chat, sent) == 403
    assert await hear(chat, {**await written(chat), "type": "conversationUpdate"}) == 403
    assert chat.places.said == []


@pytest.mark.parametrize("name", TAMPERED)
async def test_before_the_token_is_believed_nothing_is_said(chat: Chat, name: str) -> None:
    status, how = TAMPERED[name]
    sent = await written(chat)
    authorization = how if isinstance(how, str) else bearer(chat.world, **{"serviceurl": SERVICE_URL, **how})
    reply = await chat.press(sent, authorization)
    assert reply.status == status and chat.places.said == []


async def test_an_address_that_is_not_on_the_list_gets_neither_text_nor_token(chat: Chat) -> None:
    teams, asked = FakeTeams(), []

    async def own_token() -> str:
        asked.append("token")
        return "bot-token"

    async with httpx.AsyncClient(transport=httpx.MockTransport(teams)) as client:
        connector = Connector(client, base_url="https://localhost:7443/teams/", bot_app_id=BOT, token=own_token)
        chat.callback._conversation._in_place = InPlace(connector)
        assert await hear(chat, {**await written(chat), "serviceUrl": "https://evil.example/"}) == 202
        assert (teams.requests, asked) == ([], [])
        chat.world.clock.pass_(61)
        assert await hear(chat, await written(chat)) == 202
    assert [str(one.url.host) for one in teams.requests] == ["smba.trafficmanager.net"] and asked == ["token"]
