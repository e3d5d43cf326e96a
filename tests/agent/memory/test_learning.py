"""A case teaches what words meant only when it ended well, and a memory that is down keeps no case open."""

from datetime import timedelta

import pytest

from agent.memory.learning import learn, lessons_of
from agent.memory.meaning import REMEMBERED, Meaning, meant
from agent.model.case import Case
from agent.model.clarification import Clarification, Missing
from agent.model.plan import Plan
from tests.agent.world import ANN, READERS, START, TENANT, WRITERS, add_member, allowed
from tests.conformance.memory_meanings import MemoryMeaningBook

SAID = "The Finance share"


async def _ended(*groups: str, about: str = "group", **changes: object) -> Case:
    world, case_id = await allowed()
    case = await world.case(case_id)
    steps = tuple(add_member(one) for one in groups)
    missing = Missing.model_validate({"about": about, "doubt": "unknown", "said": SAID})
    question = Clarification(id="q-1", missing=missing, expires_at=START, is_put=True, reply="Readers", reply_key="k")
    return case.evolve(
        requester_id=ANN,
        plan=Plan(summary="s", reason="r", steps=steps),
        effects=("verified",) * len(steps),
        clarifications=(question,),
        outcome="resolved",
        **changes,
    )


async def test_the_answer_to_a_question_teaches_what_the_words_meant() -> None:
    assert lessons_of(await _ended(READERS)) == (("group", "the finance share", READERS),)


@pytest.mark.parametrize(
    "changes", [{"outcome": "escalated"}, {"effects": ("already",)}, {"effects": ("undone",)}, {"clarifications": ()}]
)
async def test_what_did_not_end_well_or_was_not_asked_teaches_nothing(changes: dict[str, object]) -> None:
    assert lessons_of((await _ended(READERS)).evolve(**changes)) == ()


async def test_words_that_stood_for_several_objects_teach_nothing() -> None:
    assert lessons_of(await _ended(READERS, WRITERS)) == ()


async def test_an_answer_about_a_person_is_never_remembered() -> None:
    assert lessons_of(await _ended(READERS, about="person")) == ()


async def test_a_memory_that_is_down_keeps_no_case_open() -> None:
    book = MemoryMeaningBook()
    book.is_down = True
    await learn(await _ended(READERS), book=book, now=START)
    book.is_down = False
    assert await book.all(TENANT) == ()


async def test_a_closed_case_has_taught_what_it_can() -> None:
    world, case_id = await allowed()
    await world.run(case_id)
    assert await world.memory.all(TENANT) == ()
    await learn(await _ended(READERS), book=world.memory, now=START)
    (one,) = await world.memory.all(TENANT)
    assert (one.words, one.senses[0].object_id, one.senses[0].people) == ("the finance share", READERS, 1)


def test_what_nobody_meant_for_ninety_days_is_no_hint() -> None:
    fresh = Meaning(tenant_id=TENANT, kind="group", words="share")
    learned = meant(fresh, object_id=READERS, person_id=ANN, case_id="c" * 32, at=START)
    assert learned is not None
    assert learned.at(START + REMEMBERED - timedelta(seconds=1)) != ()
    assert learned.at(START + REMEMBERED) == ()


def test_one_person_who_says_it_often_is_one_person() -> None:
    meaning: Meaning | None = Meaning(tenant_id=TENANT, kind="group", words="share")
    for number in range(3):
        assert meaning is not None
        meaning = meant(meaning, object_id=WRITERS, person_id=ANN, case_id=f"{number:032x}", at=START)
    assert meaning is not None
    meaning = meant(meaning, object_id=READERS, person_id="somebody", case_id="d" * 32, at=START)
    assert meaning is not None
    assert [one.people for one in meaning.at(START)] == [1, 1]
