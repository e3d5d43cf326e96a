"""The chat, as stories: who is heard, what opens a case, and that nothing is done or said twice."""

import asyncio
from typing import Any

import pytest

from agent.chat_cases import MAX_OPEN
from agent.errors import DirectoryError, StorageError
from agent.model.case import Stage
from agent.model.service_request import Assurance
from tests.agent.chat_room import message, room
from tests.agent.world import ANN, BOB, EVE, GUEST, READERS, TENANT, WRITERS, user

GROUP, OTHER_GROUP = "19:project@thread.v2", "19:other@thread.v2"
NOBODY = "77777777-0000-4000-8000-000000000007"
HELP = "Write in your own words"


async def test_the_whole_talk_from_a_wish_in_plain_words_to_its_one_outcome() -> None:
    chat = await room()
    await chat.says("Hi! Please add me to the project group")
    await chat.says("Readers")
    case = await chat.the_case()
    assert case.stage is Stage.APPROVE
    await chat.world.answer(case.id, person=BOB)
    await chat.run()
    ref = case.id[:8]
    assert chat.told() == [
        f"I am on it (case {ref}).",
        f"I find no group that is called “project”. What is its exact name? (case {ref})",
        f"Case {ref}: waiting for approval by an owner of the group.",
        "Done and checked: Add ann to the group Readers.",
    ]
    assert chat.world.members[READERS] == {ANN} and chat.places.said == []


async def test_the_case_is_the_persons_own_as_the_directory_knows_them_at_that_moment() -> None:
    chat = await room()
    await chat.says("add me to the group Readers", runs=False)
    request = (await chat.the_case()).request
    assert (request.requester, request.tenant_id, request.channel) == (ANN, TENANT, "teams")
    assert (request.source, request.assurance) == ("teams", Assurance.SSO)
    first, second = (await chat.world.store.events((await chat.the_case()).id))[:2]
    assert (first.code.value, second.code.value) == ("case.opened", "lookup.answered")
    assert second.data["object_id"] == ANN and "Readers" not in first.model_dump_json()


STRANGERS: dict[str, dict[str, Any] | None] = {
    "a guest": {**user(EVE, "eve"), "userType": "Guest"},
    "a disabled account": {**user(EVE, "eve"), "accountEnabled": False},
    "an account whose state is not told": {**user(EVE, "eve"), "accountEnabled": None},
    "a person of whom it is not told what they are": {**user(EVE, "eve"), "userType": None},
    "somebody of another tenant": None,
}


@pytest.mark.parametrize("who", STRANGERS)
async def test_whoever_is_no_employee_gets_a_help_text_and_nothing_else(who: str) -> None:
    chat = await room()
    chat.world.directory.objects.pop(f"/users/{EVE}")
    if (profile := STRANGERS[who]) is not None:
        chat.world.directory.put(f"/users/{EVE}", profile)
    for text in ("add me to the group Readers", "status", "cancel", "help"):
        await chat.says(text, by=EVE)
        chat.world.clock.pass_(120)
    assert await chat.all_cases() == [] and chat.told(EVE) == []
    assert len(chat.places.said) == 4 and {place for place, _ in chat.places.said} == {f"a:{EVE}"}
    assert all("I can do nothing here" in text for _, text in chat.places.said)


async def test_a_flood_of_a_stranger_is_answered_once() -> None:
    chat = await room()
    for _ in range(5):
        await chat.says("let me in", by=GUEST)
    assert len(chat.places.said) == 1


@pytest.mark.parametrize("fault", ["silent", "throttled"])
async def test_while_the_directory_is_silent_nobody_is_believed_and_nothing_is_done(fault: str) -> None:
    chat = await room()
    wait = 60.0 if fault == "throttled" else None
    chat.world.directory.refuse("GET", f"/users/{ANN}", DirectoryError("no answer", retry_after_seconds=wait))
    await chat.says("add me to the group Readers")
    assert await chat.all_cases() == [] and chat.told() == []
    assert "cannot check who you are" in chat.places.said[0][1]
    chat.world.directory.allow("GET", f"/users/{ANN}")
    await chat.says("add me to the group Readers")
    assert len(await chat.all_cases()) == 1


async def test_a_message_that_comes_again_is_one_case_and_one_reply() -> None:
    chat = await room()
    sent = await chat.says("add me to the group Readers", activity_id="again")
    for _ in range(3):
        await chat.conversation.hear(sent)
        await chat.run()
    assert len(await chat.all_cases()) == 1
    assert [text for text in chat.told() if "I am on it" in text] == [chat.told()[0]]


async def test_the_same_message_twenty_times_at_once_is_one_case_and_one_reply() -> None:
    chat = await room()
    sent = message("add me to the group Readers")
    await asyncio.gather(*(chat.conversation.hear(sent) for _ in range(20)))
    assert len(await chat.all_cases()) == 1 and len(chat.told()) == 1


async def test_the_same_words_of_another_person_or_another_chat_are_another_case() -> None:
    chat = await room()
    await chat.says("add me to the group Readers", activity_id="1")
    await chat.says("add me to the group Readers", activity_id="1", by=EVE)
    await chat.says("add me to the group Writers", activity_id="1", group=GROUP)
    assert len(await chat.all_cases()) == 3


async def test_a_message_that_died_after_it_was_known_is_served_when_it_comes_again() -> None:
    chat = await room()
    create, chat.world.store.create = chat.world.store.create, _down  # type: ignore[method-assign]
    sent = message("add me to the group Readers")
    with pytest.raises(StorageError):
        await chat.conversation.hear(sent)
    assert chat.told() == []
    chat.world.store.create = create  # type: ignore[method-assign]
    await chat.conversation.hear(sent)
    assert len(await chat.all_cases()) == 1 and len(chat.told()) == 1


async def test_in_a_group_only_a_mention_is_heard_and_the_answer_is_private() -> None:
    chat = await room()
    await chat.says("add me to the group Readers", group=GROUP, mentioned=False)
    assert (await chat.all_cases(), chat.places.said, chat.told()) == ([], [], [])
    await chat.says("<at>Remit</at> add me to the group Readers", group=GROUP)
    assert chat.places.said == [(GROUP, "I answer in a private chat.")]
    assert (await chat.the_case()).stage is Stage.APPROVE and "I am on it" in chat.told()[0]


@pytest.mark.parametrize("by", [ANN, GUEST], ids=["an employee", "a guest"])
async def test_nobody_makes_the_bot_flood_a_group(by: str) -> None:
    chat = await room()
    for number in range(30):
        await chat.says(f"<at>Remit</at> {number}", group=GROUP, by=by, runs=False)
    await chat.says("<at>Remit</at> help", group=OTHER_GROUP, by=by, runs=False)
    assert [place for place, _ in chat.places.said] == [GROUP, OTHER_GROUP]
    chat.world.clock.pass_(60)
    await chat.says("<at>Remit</at> help", group=GROUP, by=by, runs=False)
    assert len(chat.places.said) == 3


async def test_a_group_learns_the_same_of_an_employee_and_of_a_stranger() -> None:
    chat = await room()
    for person in (ANN, GUEST, NOBODY):
        await chat.says("<at>Remit</at> status", group=GROUP, by=person)
    assert chat.places.said == [(GROUP, "I answer in a private chat.")] * 3


async def test_what_is_said_in_a_group_never_answers_a_question() -> None:
    chat = await room()
    await chat.says("add me to the project group")
    await chat.says("<at>Remit</at> Readers", group=GROUP)
    asked = [case for case in await chat.all_cases() if case.request.text == "add me to the project group"]
    assert asked[0].replies == () and len(await chat.all_cases()) == 2


async def test_a_person_has_so_many_open_cases_and_hears_once_that_there_are_no_more() -> None:
    chat = await room()
    for number in range(MAX_OPEN + 4):
        await chat.says(f"add me to the group Readers, {number}")
    assert len(await chat.all_cases()) == MAX_OPEN
    assert sum(f"You have {MAX_OPEN} open requests already" in text for text in chat.told()) == 1
    await chat.says("cancel")
    await chat.says("add me to the group Writers")
    assert len(await chat.all_cases()) == MAX_OPEN + 1
    await chat.says("add me to the group Readers", by=EVE)
    assert len(await chat.all_cases()) == MAX_OPEN + 2


async def test_of_many_messages_at_once_never_one_too_many_is_let_in() -> None:
    chat = await room()
    flood = [message(f"add me to the group Readers, {number}") for number in range(30)]
    await asyncio.gather(*(chat.conversation.hear(one) for one in flood))
    assert len(await chat.all_cases()) <= MAX_OPEN


async def test_a_name_that_a_crash_left_without_a_case_takes_nobodys_place_for_long() -> None:
    chat = await room()
    for number in range(MAX_OPEN):
        await chat.chats.add(TENANT, ANN, case_id=f"{number:032x}", at=chat.world.clock.now())
    await chat.says("add me to the group Readers")
    assert await chat.all_cases() == []
    chat.world.clock.pass_(601)
    await chat.says("add me to the group Readers")
    assert len(await chat.all_cases()) == 1


HOSTILE = ["add me to \u202eReaders\u0007", "add me to the group {said}", "\N{GRINNING FACE}"]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
async def test_any_text_is_kept_short_and_clean_and_ends_in_a_question_at_worst(text: str) -> None:
    chat = await room()
    await chat.says(text)
    case = await chat.the_case()
    assert len(case.request.text) <= 8_000 and "\u202e" not in case.request.text
    assert case.stage in (Stage.CLARIFY, Stage.APPROVE)


async def test_a_text_that_is_no_one_wish_is_cut_and_goes_to_people_with_nothing_planned() -> None:
    chat = await room()
    await chat.says("x" * 100_000)
    case = await chat.the_case()
    assert len(case.request.text) <= 8_000
    assert (case.stage, case.outcome, case.plan) == (Stage.CLOSED, "escalated", None)


async def test_storage_that_is_down_is_told_to_the_connector_and_nothing_is_said() -> None:
    chat = await room()
    chat.deliveries.down = True
    with pytest.raises(StorageError):
        await chat.says("add me to the group Readers")
    assert (await chat.all_cases(), chat.told()) == ([], [])


async def test_an_employee_who_cannot_be_reached_in_chat_still_has_the_case() -> None:
    chat = await room()
    chat.world.people.unreachable = True
    await chat.says("add me to the group Writers", runs=False)
    chat.world.people.unreachable = False
    await chat.run()
    assert (await chat.the_case()).stage is Stage.APPROVE and chat.world.members[WRITERS] == set()


async def _down(*_arguments: Any, **_named: Any) -> Any:
    raise StorageError("storage is down")
