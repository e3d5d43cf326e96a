"""What stands in people's chats is what is so, for whoever did not click too; a dead connector holds nothing."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from agent import sent_cards
from agent.model.case import Case, Stage
from agent.model.sent_card import SentCard
from agent.sent_cards import are_behind
from tests.agent.world import ASK_OWNER, BOB, EVE, READERS, World, add_member

Shown = list[tuple[str, str, int]]


def asking(count: int) -> dict[str, Any]:
    """A rule that asks so many administrators."""
    (rule,) = ASK_OWNER["rules"]
    return {"layer": "action", "rules": [{**rule, "approval": {"from": ["tenant_admin"], "count": count}}]}


async def waiting(*, count: int = 1) -> tuple[World, str]:
    """Return a world in which Bob and Eve have a card, and so many of them must say yes."""
    world = World()
    world.tenant = replace(world.tenant, people={"tenant_admin": (BOB, EVE)})
    world.give_roles(BOB, "Global Administrator")
    await world.publish(asking(count))
    world.plan(add_member(READERS))
    case_id = await world.open()
    await world.run(case_id)
    assert {one.person_id for one in (await world.case(case_id)).cards} == {BOB, EVE}
    return world, case_id


def shown(world: World) -> Shown:
    """Return what was shown anew since the last time: to whom, what, with how many answers."""
    taken = sorted((one.person_id, one.shows, one.answers) for one in world.people.updated)
    world.people.updated.clear()
    return taken


async def test_a_question_that_nobody_answered_yet_leaves_its_cards_alone() -> None:
    world, case_id = await waiting()
    case = await world.case(case_id)
    assert not are_behind(case, now=world.clock.now()) and shown(world) == []


@pytest.mark.parametrize(("granted", "how"), [(True, "approved"), (False, "refused")])
async def test_everybody_who_was_asked_sees_how_one_of_them_decided(granted: bool, how: str) -> None:
    world, case_id = await waiting()
    await world.answer(case_id, granted=granted, reason="" if granted else "no")
    closed = await world.run(case_id)
    assert closed.stage is Stage.CLOSED and closed.cards == ()
    assert shown(world) == [(BOB, how, 1), (EVE, how, 1)]


async def test_while_a_second_yes_is_awaited_each_sees_their_own_part_of_it() -> None:
    world, case_id = await waiting(count=2)
    await world.answer(case_id, person=BOB)
    half = await world.run(case_id)
    assert half.stage is Stage.APPROVE and shown(world) == [(BOB, "answered", 1), (EVE, "open", 1)]
    held = await world.store.load(case_id)
    assert held is not None and half.approval_request is not None
    assert held.due_at == half.approval_request.expires_at, "it waits for people again, not for the sweep"
    await world.answer(case_id, person=EVE)
    await world.run(case_id)
    assert shown(world) == [(BOB, "approved", 2), (EVE, "approved", 2)]


@pytest.mark.parametrize("answers", [0, 1])
async def test_a_question_that_ran_out_shows_so_also_when_one_of_two_had_agreed(answers: int) -> None:
    world, case_id = await waiting(count=2)
    for _ in range(answers):
        await world.answer(case_id, person=BOB)
        await world.run(case_id)
    shown(world)
    world.clock.pass_(world.tenant.approval_seconds + 1)
    await world.loop.sweep()
    await world.run(case_id)
    assert shown(world) == [(BOB, "expired", answers), (EVE, "expired", answers)]


async def test_a_case_that_was_stopped_takes_the_buttons_away() -> None:
    world, case_id = await waiting()
    await world.order("stop", case=case_id)
    await world.run(case_id)
    assert shown(world) == [(BOB, "changed", 0), (EVE, "changed", 0)]


async def test_a_changed_plan_closes_the_old_cards_and_puts_new_ones() -> None:
    world, case_id = await waiting()
    old = (await world.case(case_id)).cards
    await world.order("modify", case=case_id, step=1, params={"group_id": "0b0b0b0b-0000-4000-8000-00000000000b"})
    case = await world.run(case_id)
    assert shown(world) == [(BOB, "changed", 0), (EVE, "changed", 0)]
    assert len(case.cards) == 2 and not {one.activity_id for one in old} & {one.activity_id for one in case.cards}


async def test_a_paused_case_leaves_its_cards_and_goes_on_with_them() -> None:
    world, case_id = await waiting()
    await world.order("pause", case=case_id)
    await world.run(case_id)
    assert shown(world) == []
    await world.order("resume", case=case_id)
    assert len((await world.run(case_id)).cards) == 2


async def test_a_connector_that_is_down_is_tried_once_for_each_state_and_keeps_nothing_from_going_on() -> None:
    world, case_id = await waiting(count=2)
    world.people.unreachable = True
    await world.answer(case_id, person=BOB)
    half = await world.run(case_id, turns=5)
    assert half.stage is Stage.APPROVE and not are_behind(half, now=world.clock.now())
    world.people.unreachable = False
    await world.answer(case_id, person=EVE)
    closed = await world.run(case_id)
    assert closed.outcome == "resolved" and shown(world) == [(BOB, "approved", 2), (EVE, "approved", 2)]


async def test_a_connector_that_hangs_costs_a_bounded_time(monkeypatch: pytest.MonkeyPatch) -> None:
    world, case_id = await waiting()
    monkeypatch.setattr(sent_cards, "_SECONDS", 0.05)

    async def hang(case: Case, cards: Sequence[SentCard]) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(world.people, "update", hang)
    await world.answer(case_id)
    assert (await world.run(case_id)).outcome == "resolved"


async def test_a_card_that_cannot_be_made_keeps_no_case_from_going_on(monkeypatch: pytest.MonkeyPatch) -> None:
    world, case_id = await waiting()

    async def fail(case: Case, cards: Sequence[SentCard]) -> None:
        raise AssertionError("the smallest card is over its limit")

    monkeypatch.setattr(world.people, "update", fail)
    await world.answer(case_id)
    assert (await world.run(case_id)).outcome == "resolved"


async def test_a_worker_that_dies_after_showing_them_leaves_them_to_be_shown_again() -> None:
    world, case_id = await waiting()
    await world.answer(case_id)
    held = await world.store.load(case_id)
    assert held is not None
    for _ in range(2):
        # What a dead worker did is in the chats, and nothing of it is in the case.
        await sent_cards.with_cards_shown(held.case, ports_for=world._ports, now=world.clock.now())
    assert shown(world) == sorted([(BOB, "approved", 1), (EVE, "approved", 1)] * 2)
    assert are_behind((await world.case(case_id)), now=world.clock.now())


async def test_a_lost_wake_up_for_the_cards_is_found_by_the_sweep() -> None:
    world, case_id = await waiting(count=2)
    await world.answer(case_id, person=BOB)
    world.wakeups.messages.clear()
    world.clock.pass_(61)
    assert await world.loop.sweep() == 1
    await world.run(case_id)
    assert shown(world) == [(BOB, "answered", 1), (EVE, "open", 1)]
