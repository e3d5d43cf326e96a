"""Several wishes in one request: a case each, opened once whatever dies, and a ticket that is done when all are."""

from typing import Any

import pytest

from agent.errors import StorageError
from agent.model.case import Case, Stage
from agent.model.clarification import Missing
from agent.model.plan import Plan
from agent.model.service_request import MAX_PARTS, ServiceRequest
from agent.ports import Proposal
from agent.wishes import ids_of
from tests.agent.chat_room import room
from tests.agent.stand_ins import Script
from tests.agent.world import ALLOW_ALL, ANN, READERS, WRITERS, World, add_member

GROUPS = (READERS, WRITERS)
NO = Proposal(why="no", refuse=True)


class Wishes(Script):
    """A planner of a request with several wishes: each is proposed something of its own."""

    def __init__(self, *proposals: Proposal) -> None:
        super().__init__(list(proposals), wishes=len(proposals))

    def propose(self, request: ServiceRequest, *args: Any, **kwargs: Any) -> Proposal:
        return self.proposals[min(request.part, len(self.proposals) - 1)]


def joining(group: str) -> Proposal:
    return Proposal(why="as asked", plan=Plan(summary="s", reason="r", steps=(add_member(group),)))


async def world_of(*proposals: Proposal) -> tuple[World, str]:
    world = World()
    await world.publish(ALLOW_ALL)
    world.planner = Wishes(*(proposals or map(joining, GROUPS)))
    return world, await world.open()


async def cases(world: World, first: str) -> list[Case]:
    return [await world.case(one) for one in ids_of((await world.case(first)).request)]


async def count(world: World) -> int:
    return len([one async for one in world.store.recent(100)])


async def test_each_wish_becomes_a_case_that_is_planned_and_done_by_itself() -> None:
    world, first = await world_of()
    await world.run(first)
    both = await cases(world, first)
    assert [one.outcome for one in both] == ["resolved", "resolved"]
    assert [(one.request.part, one.request.parts) for one in both] == [(0, 2), (1, 2)]
    assert world.members == {READERS: {ANN}, WRITERS: {ANN}}
    opened = (await world.store.events(both[1].id))[0].data
    assert (opened["part"], opened["first_case"]) == (1, first)
    assert "part" not in (await world.store.events(first))[0].data


async def test_a_request_with_one_wish_is_one_case_under_the_id_that_it_always_had() -> None:
    world, first = await world_of(joining(READERS))
    case = await world.run(first)
    assert ids_of(case.request) == (first,) and case.request.parts == 1
    assert world.tickets.comments[0][0].startswith("Done and checked")


@pytest.mark.parametrize(("counted", "opened"), [(9, MAX_PARTS), (0, 1), (-3, 1)])
async def test_a_planner_that_counts_badly_opens_few_cases(counted: int, opened: int) -> None:
    world, first = await world_of(NO)
    world.planner.wishes = counted
    await world.run(first)
    assert await count(world) == opened


async def test_the_ticket_is_resolved_when_the_last_wish_is_and_every_answer_says_which_it_is_about() -> None:
    world, first = await world_of()
    await world.run(first)
    said = sorted(world.tickets.comments)
    assert [text.partition(":")[0] for text, _ in said] == ["About wish 1 of 2", "About wish 2 of 2"]
    assert any(resolved for _, resolved in said)


async def test_a_wish_that_waits_or_was_refused_keeps_the_ticket_open() -> None:
    for other in (NO, Proposal(why="for people", handover_to="hr")):
        world, first = await world_of(joining(READERS), other)
        await world.run(first)
        assert not any(resolved for _, resolved in world.tickets.comments)
        assert (await world.case(first)).outcome == "resolved"


async def test_a_redelivery_opens_nothing_and_counts_nothing_again() -> None:
    world, first = await world_of()
    await world.run(first)
    assert await world.open(text="please, again") == first
    await world.run(first)
    assert await count(world) == 2 and len(world.directory.written) == 2


async def test_a_death_between_opening_and_saving_ends_in_the_same_cases() -> None:
    world, first = await world_of()
    commit = world.store.commit
    deaths = []

    async def dies(held: Any, case: Case, **saved: Any) -> Any:
        if case.request.parts and not deaths:
            deaths.append(case.id)
            raise StorageError("the worker died")
        return await commit(held, case, **saved)

    world.store.commit = dies  # type: ignore[method-assign]
    with pytest.raises(StorageError):
        await world.run(first)
    assert deaths == [first] and await count(world) == 2
    world.clock.pass_(300)
    assert await world.loop.sweep() > 0
    await world.run(first)
    assert [one.outcome for one in await cases(world, first)] == ["resolved", "resolved"]
    assert await count(world) == 2 and len(world.directory.written) == 2
    opened = [[one.code.value for one in await world.store.events(case.id)] for case in await cases(world, first)]
    assert [codes.count("case.opened") for codes in opened] == [1, 1]


class AskedSecond(Wishes):
    """Refuses the first wish, and lacks a group for the second until it is told one."""

    def __init__(self) -> None:
        missing = Missing(about="group", doubt="unknown", said="x")
        super().__init__(NO, Proposal(why="w", handover_to="hr", missing=missing))

    def propose(self, request: ServiceRequest, *args: Any, **kwargs: Any) -> Proposal:
        return NO if kwargs["replies"] else super().propose(request)


async def test_in_a_chat_the_case_of_every_wish_is_the_persons_own_until_it_closes() -> None:
    chat = await room()
    chat.world.planner = AskedSecond()
    await chat.says("both of them, please")
    first, second = sorted(await chat.all_cases(), key=lambda one: one.request.part)
    assert (first.outcome, second.stage) == ("refused", Stage.CLARIFY)
    asked = next(text for text in chat.told() if text.startswith("About wish 2 of 2"))
    assert "I find no group" in asked
    await chat.says("status")
    assert second.id[:8] in chat.told()[-1] and first.id[:8] not in chat.told()[-1]
    await chat.says("Readers")
    assert [one.outcome for one in await chat.all_cases()] == ["refused", "refused"]
