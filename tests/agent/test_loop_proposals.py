"""What a requester or planner can do wrong: unknown people, forged steps, endless or broken proposals."""

from agent.model.graph_call import GraphCall
from agent.ports import Proposal
from tests.agent.world import (
    ANN,
    BOB,
    READERS,
    add_member,
    allowed,
    by_address,
)

DENY_READERS = {
    "layer": "target",
    "rules": [{"id": "target.no-readers", "effect": "deny", "actions": ["*"], "when": {"target.id": READERS}}],
}


async def test_a_requester_whom_nobody_knows_is_not_served() -> None:
    world, _ = await allowed()
    case_id = await world.open(requester="stranger@contoso.example")
    # The same ticket id belongs to the first case: a stranger cannot take it over.
    assert (await world.case(case_id)).request.requester == "ann@contoso.example"
    world.directory.put(by_address("ann@contoso.example"), {"value": []})
    case = await world.run(case_id)
    assert case.outcome == "escalated" and case.queue == "identity" and world.directory.written == []


async def test_a_planner_that_proposes_a_forged_step_changes_nothing() -> None:
    world, case_id = await allowed(
        add_member(READERS).model_copy(update={"call": GraphCall(method="DELETE", path=f"/users/{BOB}")})
    )
    case = await world.run(case_id)
    assert case.outcome == "escalated" and world.directory.written == []
    assert "catalogue" in case.why


async def test_a_planner_that_asks_for_ever_is_stopped() -> None:
    world, case_id = await allowed()
    world.planner.proposals = [Proposal(why="hm", lookups=(("user.groups", ANN),))]
    case = await world.run(case_id)
    assert case.outcome == "escalated" and case.reasoning_steps < 40


async def test_a_planner_that_asks_too_much_is_stopped_at_forty() -> None:
    world, case_id = await allowed()
    names = tuple(("user.get", f"p{number}@contoso.example") for number in range(60))
    world.planner.proposals = [Proposal(why="hm", lookups=names)]
    case = await world.run(case_id)
    assert case.outcome == "escalated" and "40" in case.why


async def test_a_planner_that_breaks_is_a_hand_over_and_its_words_are_not_logged() -> None:
    world, case_id = await allowed()

    def broken(*args: object, **kwargs: object) -> Proposal:
        raise RuntimeError("body of the ticket: my password is hunter2")

    world.planner.propose = broken  # type: ignore[method-assign, assignment]
    case = await world.run(case_id, seconds_per_turn=700)
    assert case.outcome == "escalated"
    logged = " ".join(one.model_dump_json() for one in await world.store.events(case_id))
    assert "hunter2" not in logged and "RuntimeError" in logged
