"""Many answer the same question at once: each is told what stands, and the crowd alone is never an error."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from agent.errors import AlreadySupersededError, StorageError
from agent.model.case import Stage
from agent.one_at_a_time import OneAtATime
from tests.agent.test_callback import Chat, click, headline
from tests.agent.world import BOB

_A_LITTLE = timedelta(seconds=1)


@pytest.fixture
async def chat() -> Chat:
    opened = Chat()
    await opened.ask()
    return opened


class Commits:
    """Counts the commits of a chat's store, and lets each be preceded or answered as a test says."""

    def __init__(self, chat: Chat) -> None:
        self.tried = 0
        self.before: Callable[[int], None] = lambda _: None
        self.after: Callable[[int], None] = lambda _: None
        commit = chat.world.store.commit

        async def committing(*arguments: Any, **named: Any) -> Any:
            self.tried += 1
            self.before(self.tried)
            saved = await commit(*arguments, **named)
            self.after(self.tried)
            return saved

        chat.world.store.commit = committing  # type: ignore[method-assign]


def lost(_number: int) -> None:
    raise AlreadySupersededError("another worker was faster")


def unanswered(_number: int) -> None:
    raise StorageError("storage did not answer in time")


async def test_who_loses_any_number_of_races_in_time_is_answered_by_what_they_said(chat: Chat) -> None:
    commits = Commits(chat)
    commits.before = lambda number: lost(number) if number <= 40 else None
    assert "Approved" in headline(await chat.press(click(await chat.case())))
    assert commits.tried == 41 and await chat.codes("approval.given") == 1


async def test_who_loses_races_for_longer_than_a_client_waits_is_told_to_try_again(chat: Chat) -> None:
    commits = Commits(chat)

    def slowly(number: int) -> None:
        chat.world.clock.pass_(_A_LITTLE.total_seconds())
        lost(number)

    commits.before = slowly
    assert (await chat.press(click(await chat.case()))).status == 503
    assert 1 < commits.tried < 10 and await chat.codes("approval.given") == 0
    commits.before = lambda _: None
    assert "Approved" in headline(await chat.press(click(await chat.case())))


async def test_who_loses_to_a_decision_is_shown_that_decision_and_tries_no_more(chat: Chat) -> None:
    waiting, commits = await chat.case(), Commits(chat)
    held = await chat.world.store.load(chat.case_id)
    assert held is not None
    no = click(waiting, "refuse", reason="not now")
    pressed = [await chat.press(no)]
    # As it was read before that refusal: its save can only lose.
    load, stale = chat.world.store.load, [held]

    async def load_stale(case_id: str) -> Any:
        return stale.pop() if stale else await load(case_id)

    chat.world.store.load = load_stale  # type: ignore[method-assign]
    pressed.append(await chat.press(click(waiting)))
    assert all("Refused" in headline(one) for one in pressed)
    assert commits.tried == 2 and await chat.codes("approval.given") == 0


async def test_a_save_that_was_made_and_not_answered_is_no_error_for_who_clicked(chat: Chat) -> None:
    commits = Commits(chat)
    commits.after = unanswered
    assert "Approved" in headline(await chat.press(click(await chat.case())))
    assert commits.tried == 1 and await chat.codes("approval.given") == 1
    commits.after = lambda _: None
    # The wake-up was not put either, so the sweep puts it.
    chat.world.clock.pass_(120)
    assert await chat.world.loop.sweep() == 1
    assert (await chat.world.run(chat.case_id)).outcome == "resolved"


async def test_a_save_that_was_not_made_is_503_at_once(chat: Chat) -> None:
    commits = Commits(chat)
    commits.before = unanswered
    assert (await chat.press(click(await chat.case()))).status == 503
    assert commits.tried == 1 and (await chat.case()).stage is Stage.APPROVE


async def test_fifty_at_one_worker_try_one_save_and_look_one_person_up(chat: Chat) -> None:
    waiting, commits = await chat.case(), Commits(chat)
    load = chat.world.store.load

    async def load_by_turns(case_id: str) -> Any:
        held = await load(case_id)
        # All fifty have read the open question before the first of them saves.
        await asyncio.sleep(0)
        return held

    chat.world.store.load = load_by_turns  # type: ignore[method-assign]
    chat.world.directory.read_paths.clear()
    await chat.press(click(waiting, by=BOB, plan="0" * 64))
    assert chat.world.directory.read_paths == []
    replies = await asyncio.gather(*(chat.press(click(waiting)) for _ in range(50)))
    looked_up = list(chat.world.directory.read_paths)
    assert all(one.status == 200 and "Approved" in headline(one) for one in replies)
    assert commits.tried == 1 and await chat.codes("approval.given") == 1
    alone = Chat()
    await alone.ask()
    alone.world.directory.read_paths.clear()
    await alone.press(click(await alone.case()))
    assert looked_up == alone.world.directory.read_paths != []


async def test_a_place_is_waited_for_a_moment_only_and_then_forgotten() -> None:
    savers, order = OneAtATime(0.01), list[str]()
    async with savers.at("case") as had_to_wait:
        assert not had_to_wait
        async with savers.at("case") as impatient, savers.at("other") as other:
            order.append("went on without it")
            assert impatient and not other
    async with savers.at("case") as had_to_wait:
        assert not had_to_wait
    assert order and not savers._places


async def test_a_place_that_is_given_back_goes_to_who_waits() -> None:
    savers, order = OneAtATime(60), list[str]()

    async def save(name: str) -> None:
        async with savers.at("case"):
            order.append(name)
            await asyncio.sleep(0)
            order.append(name)

    with pytest.raises(ValueError, match="gone wrong"):
        async with savers.at("case"):
            raise ValueError("gone wrong")
    await asyncio.gather(save("a"), save("b"))
    assert order == ["a", "a", "b", "b"]
