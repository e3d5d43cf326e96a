"""Whom it concerns can say that what a standing grant did unasked was wrong, and that ends it; nobody else can."""

import json

import pytest

from agent.channels.card_elements import Question, to_json
from agent.channels.grant_card import given_card
from agent.model.case import Case, Stage
from agent.phrasebook import ref_of
from agent.standing.suspension import OwnersNotices
from tests.agent.chat_room import Places, Room, conversation_over, message
from tests.agent.granted import ASK_STANDING, give, grant_of
from tests.agent.newcomers import newcomers, settle_in
from tests.agent.stand_ins import Script
from tests.agent.test_precedents import told
from tests.agent.world import ANN, BOB, EVE, GUEST, READERS, TENANT, add_member
from tests.conformance.memory_chats import MemoryChats
from tests.conformance.memory_deliveries import MemoryDeliveries


@pytest.fixture
async def room() -> Room:
    """Bob's grant lets people of Sales into the Readers."""
    made = Room()
    await made.world.publish(ASK_STANDING)
    await give(made.world)
    return made


async def joined(room: Room) -> Case:
    """Ann asked in her chat and is in, and nobody was asked."""
    await room.says("Add me to the group Readers")
    case = await room.the_case()
    assert case.outcome == "resolved" and room.world.members[READERS] == {ANN} and room.world.people.asked == []
    return case


async def entries(room: Room) -> list[str]:
    return [one.code.value for one in await room.world.grants.events(TENANT)]


async def test_what_was_done_unasked_is_told_to_requester_and_owner_with_the_word_that_ends_the_grant(
    room: Room,
) -> None:
    ref = ref_of((await joined(room)).id)
    assert "Nobody was asked this time" in room.told()[-1] and f"“wrong {ref}”" in room.told()[-1]
    (owners,) = room.told(BOB)
    assert "gr-1, without asking you (1 of 3 uses): Add" in owners and f"write: wrong {ref}." in owners


@pytest.mark.parametrize("person", [ANN, BOB], ids=["its requester", "the owner"])
async def test_a_complaint_suspends_the_grant_at_once_is_logged_and_the_owner_hears_of_it(
    room: Room, person: str
) -> None:
    case = await joined(room)
    said = await room.says(f"This was wrong {ref_of(case.id)}.", by=person)
    await room.conversation.hear(said)
    kept = await grant_of(room.world)
    assert (kept.state, kept.by, kept.case_id) == ("suspended", person, case.id)
    assert await entries(room) == ["grant.given", "grant.suspended"]
    assert [text for text in room.told(person) if "counts no more" in text] == room.told(person)[-1:]
    notices = OwnersNotices(room.world.grants, ports_for=room.world._ports, clock=room.world.clock)
    assert await notices.tell() == 1
    # Nor does the card of the grant tell its owner who complained.
    question = Question("ap-1", "a" * 64)
    shown = json.dumps(to_json(given_card(kept.grant, kept=kept, question=question)))
    assert ANN not in shown and "suspended" in shown and ("suspended by you" in shown) is (person == BOB)
    assert "is suspended" in room.told(BOB)[-1] and case.id in room.told(BOB)[-1] and ANN not in room.told(BOB)[-1]
    # What was done stays; whoever wants the same again is asked about.
    assert room.world.members[READERS] == {ANN}
    room.world.directory.put(f"/groups/{READERS}/members", {"value": []})
    await room.says("Add me to the group Readers")
    assert len(room.world.people.asked) == 1


async def test_who_gains_by_it_may_complain_though_somebody_else_asked(room: Room) -> None:
    room.world.planner = Script()
    room.world.plan(add_member(READERS, user=ANN))
    room.world.give_roles(EVE)
    case = await room.world.run(await room.world.open(requester="eve@contoso.example"))
    assert case.outcome == "resolved" and case.requester_id == EVE
    await room.says(f"falsch {ref_of(case.id)}", by=ANN)
    kept = await grant_of(room.world)
    assert (kept.state, kept.by) == ("suspended", ANN)


async def test_a_strangers_complaint_changes_nothing_and_tells_no_more_than_one_about_no_case(room: Room) -> None:
    ref, stranger = ref_of((await joined(room)).id), settle_in(room.world, 7)
    for one in (ref, "0" * 8):
        await room.says(f"wrong {one}", by=stranger)
    real, none = room.told(stranger)
    assert real.replace(ref, "0" * 8) == none
    await room.says(f"wrong {ref}", by=GUEST)
    assert (await grant_of(room.world)).state == "in_force" and await entries(room) == ["grant.given"]


@pytest.mark.parametrize("words", ["wrong", "It was wrong case", "Das war falsch, Vorgang", "C'était faux", "errado"])
async def test_the_word_is_known_in_each_language_and_only_with_a_case(room: Room, words: str) -> None:
    ref = ref_of((await joined(room)).id)
    await room.says(words.replace(",", ""))
    assert (await grant_of(room.world)).state == "in_force"
    await room.says(f"{words.replace(',', '')} {ref}!")
    assert (await grant_of(room.world)).state == "suspended"


async def test_what_people_approved_or_found_done_is_told_as_ever_and_nothing_can_be_ended_by_it(room: Room) -> None:
    room.world.members[READERS].add(ANN)
    room.world.directory.put(f"/groups/{READERS}/members", {"value": [{"id": ANN}]})
    await room.says("Add me to the group Readers")
    case = await room.the_case()
    assert case.outcome == "resolved" and "Nobody was asked" not in room.told()[-1] and room.told(BOB) == []
    await room.says(f"wrong {ref_of(case.id)}")
    assert "I know no case" in room.told()[-1] and (await grant_of(room.world)).state == "in_force"


async def test_an_owner_who_cannot_be_reached_keeps_no_case_open(room: Room) -> None:
    room.world.people.unreachable = True
    await room.says("Add me to the group Readers")
    assert (await room.the_case()).stage is Stage.CLOSED


async def test_after_a_complaint_the_owner_is_not_told_how_often_the_same_was_approved() -> None:
    made = await newcomers()
    await made.approved(5)
    await made.answer(await made.asks(), "grant", pattern="seen")
    done = await made.asks()
    assert done.outcome == "resolved" and len((await made.world.grants.habits.get(TENANT, BOB)).habits) == 1
    hears = conversation_over(made.world, chats=MemoryChats(), deliveries=MemoryDeliveries(), places=Places())
    await hears.hear(message(f"wrong {ref_of(done.id)}", by=done.requester_id))
    (kept,) = await made.world.grants.all(TENANT)
    assert kept.state == "suspended" and (await made.world.grants.habits.get(TENANT, BOB)).habits == ()
    waiting = await made.asks()
    assert waiting.stage is Stage.APPROVE and told(waiting) == ""
