"""Asking people: a plan waits for its yes, a no ends it, and nothing that changed since is covered."""

from agent.model.case import Stage
from tests.agent.world import (
    ANN,
    ASK_OWNER,
    BOB,
    READERS,
    World,
    add_member,
)

DENY_READERS = {
    "layer": "target",
    "rules": [{"id": "target.no-readers", "effect": "deny", "actions": ["*"], "when": {"target.id": READERS}}],
}


async def test_a_plan_waits_for_the_owner_and_runs_after_the_yes() -> None:
    world = World()
    await world.publish(ASK_OWNER)
    world.plan(add_member(READERS))
    case = await world.run(await world.open())
    assert case.stage is Stage.APPROVE and world.directory.written == []
    assert world.people.asked[0].request.resolvers_of(BOB) == ("group_owner",)
    await world.answer(case.id)
    assert (await world.run(case.id)).outcome == "resolved"
    assert world.directory.written[0].permit.approver_ids == (BOB,)


async def test_a_no_ends_the_case_without_a_write() -> None:
    world = World()
    await world.publish(ASK_OWNER)
    world.plan(add_member(READERS))
    case = await world.run(await world.open())
    await world.answer(case.id, granted=False, reason="not now")
    closed = await world.run(case.id)
    assert closed.outcome == "refused" and world.directory.written == []
    assert "not now" in world.tickets.comments[0][0]


async def test_silence_is_never_a_yes() -> None:
    world = World()
    await world.publish(ASK_OWNER)
    world.plan(add_member(READERS))
    case = await world.run(await world.open())
    world.clock.pass_(3601)
    assert await world.loop.sweep() == 1
    closed = await world.run(case.id)
    assert closed.outcome == "escalated" and world.directory.written == []
    assert "approval.expired" in await world.codes(case.id)


async def test_policy_that_changed_after_the_approval_is_asked_again() -> None:
    world = World()
    await world.publish(ASK_OWNER)
    world.plan(add_member(READERS))
    case = await world.run(await world.open())
    edited = {**ASK_OWNER["rules"][0], "note": "edited"}  # type: ignore[dict-item]
    await world.publish({"layer": "action", "rules": [edited]})
    await world.answer(case.id)
    waiting = await world.run(case.id)
    assert waiting.stage is Stage.APPROVE and world.directory.written == []
    assert len(world.people.asked) == 2


async def test_a_deny_that_appeared_after_the_approval_stops_the_write() -> None:
    world = World()
    await world.publish(ASK_OWNER)
    world.plan(add_member(READERS))
    case = await world.run(await world.open())
    await world.publish(ASK_OWNER, DENY_READERS)
    await world.answer(case.id)
    closed = await world.run(case.id)
    assert closed.outcome == "escalated" and world.directory.written == []


async def test_a_group_without_a_fit_owner_is_handed_over() -> None:
    world = World()
    await world.publish(ASK_OWNER)
    world.directory.put(
        f"/groups/{READERS}/owners", {"value": [{"id": ANN, "displayName": "ann", "accountEnabled": True}]}
    )
    world.plan(add_member(READERS))
    case = await world.run(await world.open())
    assert case.outcome == "escalated" and world.people.asked == []


async def test_a_disabled_owner_is_not_asked() -> None:
    world = World()
    await world.publish(ASK_OWNER)
    world.directory.objects[f"/users/{BOB}"]["accountEnabled"] = False
    world.plan(add_member(READERS))
    assert (await world.run(await world.open())).outcome == "escalated"
