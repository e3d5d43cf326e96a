"""What every list of a person's chat cases promises, checked on Table Storage and on its in-memory twin."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from agent.chat_cases import Chats
from agent.storage.chats import TableChats
from tests.conformance.memory_chats import MemoryChats
from tests.conformance.samples import NOW

MINUTE = timedelta(minutes=1)


@pytest.fixture(params=["memory", "table"])
def chats(request: pytest.FixtureRequest) -> Chats:
    if request.param == "memory":
        return MemoryChats()
    return TableChats(request.getfixturevalue("storage").tables)


async def test_cases_are_named_once_newest_first_and_forgotten(chats: Chats) -> None:
    person = (str(uuid4()), str(uuid4()))
    for minutes, case_id in ((0, "a" * 32), (2, "b" * 32), (1, "c" * 32), (9, "a" * 32)):
        await chats.add(*person, case_id=case_id, at=NOW + minutes * MINUTE)
    assert await chats.cases(*person) == (
        ("b" * 32, NOW + 2 * MINUTE),
        ("c" * 32, NOW + MINUTE),
        ("a" * 32, NOW),
    )
    for _ in range(2):
        await chats.forget(*person, case_id="b" * 32)
    assert [case_id for case_id, _ in await chats.cases(*person)] == ["c" * 32, "a" * 32]


async def test_nobody_sees_what_another_person_or_the_same_id_elsewhere_opened(chats: Chats) -> None:
    tenant, person = str(uuid4()), str(uuid4())
    await chats.add(tenant, person, case_id="a" * 32, at=NOW)
    for other in ((tenant, str(uuid4())), (str(uuid4()), person)):
        assert await chats.cases(*other) == ()
        await chats.forget(*other, case_id="a" * 32)
        assert await chats.once(*other, note="x", now=NOW, every=MINUTE)
    assert len(await chats.cases(tenant, person)) == 1
    assert await chats.once(tenant, person, note="x", now=NOW, every=MINUTE)


async def test_a_note_is_told_once_in_its_time_and_names_no_case(chats: Chats) -> None:
    person = (str(uuid4()), str(uuid4()))
    told = [await chats.once(*person, note="x", now=NOW + step * MINUTE / 2, every=MINUTE) for step in range(5)]
    assert told == [True, False, True, False, True]
    assert await chats.once(*person, note="y", now=NOW, every=MINUTE) and await chats.cases(*person) == ()


async def test_of_many_at_once_one_is_told_yes(chats: Chats) -> None:
    person = (str(uuid4()), str(uuid4()))
    for now in (NOW, NOW + MINUTE):
        asked = (chats.once(*person, note="x", now=now, every=MINUTE) for _ in range(8))
        assert sum(await asyncio.gather(*asked)) == 1
