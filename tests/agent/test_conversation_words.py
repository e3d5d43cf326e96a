"""Words for the bot, answers to its questions, and what they can and cannot do to a case."""

import asyncio
import string

import pytest

from agent.errors import AlreadySupersededError
from agent.model.case import Stage
from agent.phrasebook import PHRASES, QUESTIONS
from tests.agent.chat_room import Room, message, room
from tests.agent.world import ANN, BOB, EVE, READERS, TENANT, approval_of

WISH = "add me to the group Readers"


async def asked() -> Room:
    """A room in which Ann is asked which group she means."""
    chat = await room()
    await chat.says("add me to the project group")
    assert (await chat.the_case()).open_question is not None
    return chat


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("", "Write in your own words"),
        ("Help!", "Write in your own words"),
        ("Hello", "Write in your own words"),
        ("Hilfe", "Schreiben Sie mit Ihren"),
        ("Guten Morgen", "Write in your own words"),
        ("aide", "Écrivez avec vos propres"),
        ("¿Ayuda?", "Escriba con sus propias"),
        ("bom dia", "Write in your own words"),
        ("thank you", "You are welcome"),
        ("Approved", "An approval is given with the buttons"),
    ],
)
async def test_a_word_for_the_bot_opens_no_case(text: str, begins: str) -> None:
    chat = await room()
    await chat.says(text)
    assert await chat.all_cases() == [] and len(chat.told()) == 1 and chat.told()[0].startswith(begins)


@pytest.mark.parametrize("text", ["help", "thanks", "status", "cancel", "approved"])
async def test_a_word_that_comes_again_is_answered_once(text: str) -> None:
    chat = await room()
    sent = await chat.says(text)
    await chat.conversation.hear(sent)
    assert len(chat.told()) == 1


async def test_the_language_of_the_client_is_used_where_the_words_show_none() -> None:
    chat = await room()
    await chat.says("bom dia", locale="pt-BR")
    await chat.says("QG-Nowhere", locale="de-DE")
    assert chat.told()[0].startswith("Escreva com") and chat.told()[1].startswith("Ich kümmere mich darum")


async def test_a_german_is_asked_and_told_in_german() -> None:
    chat = await room()
    await chat.says("Bitte fügen Sie mich zur Gruppe Projekt hinzu")
    await chat.says("Readers")
    assert chat.told()[1].startswith("Ich finde keine Gruppe, die „Projekt“ heißt")
    assert "Es fehlt noch die Zustimmung von: jemand, dem die Gruppe gehört" in chat.told()[2]


def test_every_phrase_is_there_in_every_language_with_the_same_values() -> None:
    def names(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    for texts in (*PHRASES.values(), *QUESTIONS.values()):
        assert set(texts) == {"en", "de", "fr", "es", "pt"}
        assert len({frozenset(names(text)) for text in texts.values()}) == 1


@pytest.mark.parametrize("text", ["please cancel my Visio licence", "what is the status of my mailbox and help me"])
async def test_a_sentence_with_such_a_word_in_it_is_a_request(text: str) -> None:
    chat = await room()
    await chat.says(text)
    assert len(await chat.all_cases()) == 1


async def test_an_answer_that_comes_again_answers_once_and_opens_nothing() -> None:
    chat = await asked()
    sent = await chat.says("Nowhere", activity_id="a1")
    for _ in range(3):
        await chat.conversation.hear(sent)
        await chat.run()
    case = await chat.the_case()
    # The same message is no answer to the second question either.
    assert [one.text for one in case.replies] == ["Nowhere"] and len(case.clarifications) == 2
    await chat.says("Readers")
    await chat.conversation.hear(sent)
    await chat.run()
    assert (await chat.the_case()).stage is Stage.APPROVE


async def test_the_same_answer_twenty_times_at_once_counts_once() -> None:
    chat = await asked()
    sent = message("Readers")
    await asyncio.gather(*(chat.conversation.hear(sent) for _ in range(20)))
    await chat.run()
    case = await chat.the_case()
    assert len(case.replies) == 1 and case.stage is Stage.APPROVE
    assert (await chat.world.codes(case.id)).count("question.answered") == 1


async def test_the_answer_of_somebody_else_is_a_request_of_their_own() -> None:
    chat = await asked()
    await chat.says("Readers", by=EVE)
    cases = await chat.all_cases()
    assert len(cases) == 2 and all(case.replies == () for case in cases)


async def test_of_two_open_questions_the_newest_is_answered_and_the_person_hears_which() -> None:
    chat = await room()
    await chat.says("add me to the project group", runs=False)
    await chat.says("add me to the other group", runs=False)
    await chat.run()
    await chat.says("Readers")
    answered = [case for case in await chat.all_cases() if case.replies]
    (open_one,) = [case for case in await chat.all_cases() if case.open_question]
    assert len(answered) == 1
    assert f"your answer for case {answered[0].id[:8]}" in chat.told()[-2]
    assert f"case {open_one.id[:8]} is still open" in chat.told()[-2]


async def test_an_answer_after_the_last_moment_is_not_taken() -> None:
    chat = await asked()
    case = await chat.the_case()
    chat.world.clock.moment = case.clarifications[0].expires_at
    await chat.says("Readers", runs=False)
    assert (await chat.the_case()).replies == () and "was not used" in chat.told()[-1]
    await chat.world.loop.sweep()
    await chat.run()
    assert (await chat.the_case()).outcome == "escalated"


async def test_cancel_ends_a_case_before_anything_was_written_and_nobody_takes_over() -> None:
    chat = await room()
    await chat.says(WISH)
    await chat.says("cancel")
    case = await chat.the_case()
    assert (case.stage, case.outcome, case.handoff) == (Stage.CLOSED, "refused", None)
    assert chat.world.directory.written == [] and chat.world.tickets.handoffs == []
    assert chat.told()[-1] == f"Cancelled as you asked; nothing was changed (case {case.id[:8]})."
    assert sum("Cancelled" in text for text in chat.told()) == 1
    stopped = next(one for one in await chat.world.store.events(case.id) if one.code.value == "control.stopped")
    assert (stopped.data["by"], stopped.data["why"]) == ("its requester", "cancelled")


async def test_a_cancel_that_comes_again_ends_no_other_case() -> None:
    chat = await room()
    await chat.says(WISH)
    await chat.says("add me to the group Writers")
    sent = await chat.says("cancel", activity_id="c1")
    await chat.conversation.hear(sent)
    await chat.run()
    assert sorted(case.stage for case in await chat.all_cases()) == [Stage.APPROVE, Stage.CLOSED]


async def test_an_approval_after_the_cancel_writes_nothing() -> None:
    chat = await room()
    await chat.says(WISH)
    before = await chat.world.store.load((await chat.the_case()).id)
    await chat.says("cancel")
    assert before is not None
    with pytest.raises(AlreadySupersededError):
        await chat.world.loop.answer(before, approval_of(before.case, person=BOB, now=chat.world.clock.now()))
    await chat.run()
    assert chat.world.members[READERS] == set()


async def test_a_case_that_is_being_written_is_not_cancelled_and_the_person_hears_so() -> None:
    chat = await room()
    await chat.says(WISH)
    case = await chat.the_case()
    await chat.world.answer(case.id, person=BOB)
    await chat.says("cancel", runs=False)
    assert "is under way already" in chat.told()[-1] and (await chat.the_case()).control is None
    await chat.run()
    assert (await chat.the_case()).outcome == "resolved" and chat.world.members[READERS] == {ANN}


async def test_a_case_is_cancelled_by_its_short_name() -> None:
    chat = await room()
    await chat.says(WISH)
    older = await chat.the_case()
    await chat.says("add me to the group Writers")
    await chat.says(f"Cancel case {older.id[:8]}")
    stages = {case.id: case.stage for case in await chat.all_cases()}
    assert stages.pop(older.id) is Stage.CLOSED and list(stages.values()) == [Stage.APPROVE]


async def test_nobody_sees_or_cancels_the_case_of_another_person() -> None:
    chat = await room()
    await chat.says(WISH)
    before = await chat.the_case()
    # Not even when the list of names is wrong: the case itself says whose it is.
    await chat.chats.add(TENANT, EVE, case_id=before.id, at=chat.world.clock.now())
    for text in ("status", "cancel", f"cancel {before.id[:8]}", f"status {before.id[:8]}"):
        await chat.says(text, by=EVE)
    assert await chat.the_case() == before
    assert chat.told(EVE) == ["You have no open request that fits."] * 4


async def test_status_tells_how_the_persons_own_open_cases_stand() -> None:
    chat = await asked()
    await chat.says("status")
    ref = (await chat.the_case()).id[:8]
    assert chat.told()[-1] == f"case {ref}, “add me to the project group”: I wait for your answer"
    assert (await chat.the_case()).open_question is not None
    await chat.says("Readers")
    await chat.says("status")
    assert chat.told()[-1].endswith("waiting for approval")
    await chat.says("cancel")
    await chat.says("status")
    assert chat.told()[-1] == "You have no open request that fits."


async def test_a_help_word_leaves_an_open_question_open() -> None:
    chat = await asked()
    await chat.says("help")
    assert (await chat.the_case()).open_question is not None
