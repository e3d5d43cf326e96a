"""The loop's promises: one case a ticket, one turn a message, and never silence."""

from datetime import timedelta

from agent.actions import parse_step
from agent.errors import DirectoryError
from agent.model.case import Case, Stage
from agent.ports import Proposal
from tests.agent.world import (
    ALLOW_ALL,
    ANN,
    READERS,
    WRITERS,
    World,
    add_member,
    allowed,
)

DENY_READERS = {
    "layer": "target",
    "rules": [{"id": "target.no-readers", "effect": "deny", "actions": ["*"], "when": {"target.id": READERS}}],
}


async def test_an_allowed_request_is_written_verified_and_closed() -> None:
    world, case_id = await allowed()
    case = await world.run(case_id)
    assert (case.stage, case.outcome, case.effects) == (Stage.CLOSED, "resolved", ("verified",))
    assert world.members[READERS] == {ANN}
    assert world.tickets.comments == [(f"Done and checked: Add {ANN} to the group {READERS}.", True)]
    assert world.people.told[0][0] == ANN


async def test_a_redelivered_request_finds_the_same_case() -> None:
    world, case_id = await allowed()
    again = await world.open(text="please, again")
    assert again == case_id
    await world.run(case_id)
    assert len(world.directory.written) == 1


async def test_a_message_delivered_twice_is_one_turn() -> None:
    world, case_id = await allowed()
    await world.loop.advance(Stage.INVESTIGATE, case_id, seq=0)
    await world.loop.advance(Stage.INVESTIGATE, case_id, seq=0)
    held = await world.store.load(case_id)
    assert held is not None and held.seq == 1


async def test_a_message_for_another_stage_or_an_unknown_case_does_nothing() -> None:
    world, case_id = await allowed()
    await world.loop.advance(Stage.EXECUTE, case_id, seq=0)
    await world.loop.advance(Stage.INVESTIGATE, "f" * 32, seq=0)
    held = await world.store.load(case_id)
    assert held is not None and held.seq == 0 and world.directory.written == []


async def test_every_message_of_a_whole_case_delivered_twice_writes_once() -> None:
    world, case_id = await allowed(add_member(READERS), add_member(WRITERS))
    for _ in range(60):
        for messages in world.wakeups.messages.values():
            messages *= 2
        await world.turn(case_id)
        world.clock.pass_(1)
    assert [one.path for one in world.directory.written] == [
        f"/groups/{READERS}/members/$ref",
        f"/groups/{WRITERS}/members/$ref",
    ]
    assert (await world.case(case_id)).outcome == "resolved"


async def test_the_log_tells_the_whole_story_in_order() -> None:
    world, case_id = await allowed()
    await world.run(case_id)
    codes = [code for code in await world.codes(case_id) if code != "lookup.answered"]
    assert codes == [
        "case.opened",
        "case.reasoned",
        "plan.made",
        "step.decided",
        "step.decided",
        "permit.granted",
        "write.attempted",
        "write.answered",
        "effect.verified",
        "case.closed",
    ]


async def test_no_policy_means_no_action_and_a_person() -> None:
    world = World()
    world.plan(add_member(READERS))
    await world.publish()
    case = await world.run(await world.open())
    assert case.outcome == "escalated" and world.directory.written == []
    assert "action layer" in world.tickets.handoffs[0].why_stopped


async def test_an_unpublished_tenant_is_handed_over_after_some_tries() -> None:
    world = World()
    world.plan(add_member(READERS))
    case = await world.run(await world.open(), seconds_per_turn=100)
    assert case.outcome == "escalated" and world.directory.written == []
    assert (await world.codes(case.id)).count("stage.troubled") == 5


async def test_an_explicit_deny_refuses_and_tells_the_requester_why() -> None:
    world = World()
    await world.publish(ALLOW_ALL, DENY_READERS)
    world.plan(add_member(READERS))
    case = await world.run(await world.open())
    assert case.outcome == "refused" and world.directory.written == [] and world.tickets.handoffs == []
    assert "target.no-readers" in case.why and "target.id is" in case.why
    told = world.tickets.comments[0][0]
    assert "Policy does not allow this" in told and "target.no-readers" not in told


async def test_a_ticket_system_that_is_down_delays_the_hand_over_but_never_loses_it() -> None:
    world, case_id = await allowed()
    world.planner.proposals = [Proposal(why="not ours", handover_to="service-desk-l2")]
    world.tickets.down = True
    for _ in range(12):
        await world.turn(case_id)
        world.clock.pass_(700)
    assert (await world.case(case_id)).stage is Stage.ESCALATE
    world.tickets.down = False
    assert (await world.run(case_id)).outcome == "escalated" and len(world.tickets.handoffs) == 1


async def test_nothing_read_from_the_tenant_outlives_the_case() -> None:
    world, case_id = await allowed()
    case = await world.run(case_id)
    assert case.seen == {} and case.request.text == "" and case.request.subject == ""
    assert case.plan is not None and case.closed_at is not None


async def test_names_are_erased_with_the_case_and_the_approved_digest_stays() -> None:
    step = parse_step(
        "entra.group.member.add",
        {"group_id": READERS, "user_id": ANN, "group_name": "Readers", "user_name": "ann"},
    )
    world, case_id = await allowed(step)
    while (await world.case(case_id)).stage is not Stage.CLOSE:
        await world.turn(case_id)
    before = (await world.case(case_id)).plan_digest
    case = await world.run(case_id)
    assert case.final_plan_digest == before and case.plan is not None
    assert "Readers" not in case.plan.model_dump_json() and '"ann"' not in case.plan.model_dump_json()
    assert case.plan.steps[0].call == step.call


async def test_unknown_facts_stop_a_write_that_was_allowed_a_moment_ago() -> None:
    world = World()
    await world.publish(
        {
            "layer": "action",
            "rules": [
                {
                    "id": "action.sales",
                    "effect": "permit",
                    "actions": ["*"],
                    "when": {"beneficiary.department": "Sales", "beneficiary.at_risk": False},
                }
            ],
        }
    )
    world.plan(add_member(READERS))
    case_id = await world.open()
    while (await world.case(case_id)).stage is not Stage.EXECUTE:
        await world.turn(case_id)
    world.directory.refuse("GET", f"/identityProtection/riskyUsers/{ANN}", DirectoryError("no answer"))  # type: ignore[arg-type]
    case = await world.run(case_id)
    assert case.outcome == "escalated" and world.directory.written == []


async def test_the_sweep_wakes_only_what_is_overdue() -> None:
    world, case_id = await allowed()
    assert await world.loop.sweep() == 0
    world.clock.pass_(timedelta(minutes=5).total_seconds())
    assert await world.loop.sweep() == 1
    assert (await world.run(case_id)).outcome == "resolved"
    assert await world.loop.sweep() == 0


def test_every_stage_has_a_function_of_its_name() -> None:
    from agent.loop import STAGES

    assert set(STAGES) == set(Stage) - {Stage.CLOSED}
    assert all(function.__name__ == stage.value for stage, function in STAGES.items())  # type: ignore[attr-defined]
    assert Case.model_config["frozen"] is True
