"""The loop's promises: one case a ticket, one turn a message, one write a step, and never silence."""

from datetime import timedelta

import pytest

from agent.actions import parse_step
from agent.errors import DirectoryError, StorageError
from agent.model.case import Case, Stage
from agent.model.graph_call import GraphCall
from agent.ports import Answer, Proposal
from tests.agent.world import (
    ALLOW_ALL,
    ANN,
    ASK_OWNER,
    BOB,
    READERS,
    WRITERS,
    World,
    add_member,
    by_address,
    reset_password,
)

DENY_READERS = {
    "layer": "target",
    "rules": [{"id": "target.no-readers", "effect": "deny", "actions": ["*"], "when": {"target.id": READERS}}],
}


async def allowed(*steps: object) -> tuple[World, str]:
    world = World()
    await world.publish(ALLOW_ALL)
    world.plan(*(steps or (add_member(READERS),)))  # type: ignore[arg-type]
    return world, await world.open()


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
    assert "target.no-readers" in world.tickets.comments[0][0]


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


async def test_a_lost_answer_is_looked_up_and_never_sent_twice() -> None:
    world, case_id = await allowed()
    world.directory.lose_next_answer(when="after")
    case = await world.run(case_id)
    assert case.outcome == "resolved" and len(world.directory.written) == 1
    assert "write.found_done" in await world.codes(case_id)


async def test_a_write_lost_on_the_way_is_sent_again_after_its_patience() -> None:
    world, case_id = await allowed()
    world.directory.lose_next_answer(when="before")
    case = await world.run(case_id, seconds_per_turn=10)
    assert case.outcome == "resolved" and len(world.directory.written) == 1


async def test_a_crash_between_intent_and_answer_is_healed_by_the_sweep_without_a_second_write() -> None:
    world, case_id = await allowed()
    commit = world.store.commit

    async def die(*args: object, **kwargs: object) -> None:
        if world.directory.written:
            world.store.commit = commit  # type: ignore[method-assign]
            raise StorageError("the process died here")
        return await commit(*args, **kwargs)  # type: ignore[arg-type, return-value]

    world.store.commit = die  # type: ignore[method-assign, assignment]
    with pytest.raises(StorageError):
        await world.run(case_id)
    world.clock.pass_(600)
    assert await world.loop.sweep() == 1
    assert (await world.run(case_id)).outcome == "resolved"
    assert len(world.directory.written) == 1


async def test_a_case_with_a_live_lease_is_left_alone() -> None:
    world, case_id = await allowed()
    for _ in range(3):
        await world.turn(case_id)
    held = await world.store.load(case_id)
    assert held is not None and held.case.stage in (Stage.EXECUTE, Stage.VERIFY, Stage.AUTHORIZE, Stage.CLOSED)


async def test_a_state_that_is_wanted_already_is_not_written_and_not_undone() -> None:
    world, case_id = await allowed(add_member(READERS), add_member(WRITERS))
    world.members[READERS].add(ANN)
    world.directory.put(f"/groups/{READERS}/members", {"value": [{"id": ANN}]})
    world.directory.refuse("POST", f"/groups/{WRITERS}/members/$ref", Answer(403, {}, "r"))
    case = await world.run(case_id)
    assert case.effects == ("already",) and world.directory.written == []
    assert world.members[READERS] == {ANN}, "a membership that was there before is never taken away"


async def test_a_failed_second_step_undoes_the_first() -> None:
    world, case_id = await allowed(add_member(READERS), add_member(WRITERS))
    world.directory.refuse("POST", f"/groups/{WRITERS}/members/$ref", Answer(403, {"error": {"code": "Denied"}}, "r"))
    case = await world.run(case_id)
    assert case.outcome == "rolled_back" and case.effects == ("undone",)
    assert world.members[READERS] == set()
    assert [one.method for one in world.directory.written] == ["POST", "DELETE"]
    assert world.tickets.handoffs[0].would_have_done and "403" in world.tickets.handoffs[0].why_stopped


async def test_an_undo_that_fails_is_an_urgent_hand_over() -> None:
    world, case_id = await allowed(add_member(READERS), add_member(WRITERS))
    world.directory.refuse("POST", f"/groups/{WRITERS}/members/$ref", Answer(403, {}, "r"))
    world.directory.refuse("DELETE", f"/groups/{READERS}/members/{ANN}/$ref", Answer(403, {}, "r"))
    case = await world.run(case_id)
    assert case.outcome == "escalated" and world.tickets.handoffs[0].urgent
    assert "rollback.failed" in await world.codes(case_id)


async def test_success_is_never_inferred_from_a_2xx() -> None:
    world, case_id = await allowed()
    world.directory.on("POST", f"/groups/{READERS}/members/$ref", lambda body: (204, {}))
    case = await world.run(case_id, seconds_per_turn=20)
    assert case.outcome == "rolled_back" and "effect.refuted" in await world.codes(case_id)


async def test_an_effect_that_cannot_be_seen_is_not_undone_but_handed_over_urgently() -> None:
    world, case_id = await allowed()

    def add(body: dict[str, object]) -> tuple[int, dict[str, object]]:
        world.directory.refuse("GET", f"/groups/{READERS}/members", Answer(403, {}, "r"))
        return 204, {}

    world.directory.on("POST", f"/groups/{READERS}/members/$ref", add)
    case = await world.run(case_id, seconds_per_turn=20)
    assert case.effects == ("unknown",) and world.tickets.handoffs[0].urgent
    assert len(world.directory.written) == 1


async def test_throttling_waits_and_then_writes_once() -> None:
    world, case_id = await allowed()
    path = f"/groups/{READERS}/members/$ref"
    world.directory.refuse("POST", path, Answer(429, {}, "r", retry_after_seconds=7.5))
    for _ in range(5):
        await world.turn(case_id)
    world.directory.allow("POST", path)
    assert 8 in world.wakeups.delays
    assert (await world.run(case_id)).outcome == "resolved" and len(world.directory.written) == 1


async def test_a_write_that_is_throttled_for_ever_is_handed_over() -> None:
    world, case_id = await allowed()
    world.directory.refuse("POST", f"/groups/{READERS}/members/$ref", Answer(429, {}, "r"))
    assert (await world.run(case_id)).outcome == "escalated"


async def test_a_secret_reaches_its_owner_only_and_stands_nowhere_else() -> None:
    world, case_id = await allowed(reset_password())

    def change(body: dict[str, object]) -> tuple[int, dict[str, object]]:
        world.directory.objects[f"/users/{ANN}"]["lastPasswordChangeDateTime"] = world.clock.now().isoformat()
        return 204, {}

    world.directory.on("PATCH", f"/users/{ANN}", change)
    case = await world.run(case_id)
    secret = "Correct-Horse-Battery-9999"
    assert case.outcome == "resolved" and world.people.secrets == [(ANN, secret)]
    everything = [case.model_dump_json(), *(one.model_dump_json() for one in await world.store.events(case_id))]
    everything += [one.model_dump_json() for one in await world.store.attempts(case_id)]
    assert not [one for one in everything if secret in one]
    assert all(not one.sealed_secret for one in await world.store.attempts(case_id))


async def test_a_secret_that_cannot_be_delivered_is_handed_over_urgently_and_erased() -> None:
    world, case_id = await allowed(reset_password())

    def change(body: dict[str, object]) -> tuple[int, dict[str, object]]:
        world.directory.objects[f"/users/{ANN}"]["lastPasswordChangeDateTime"] = world.clock.now().isoformat()
        world.people.unreachable = True
        return 204, {}

    world.directory.on("PATCH", f"/users/{ANN}", change)
    case = await world.run(case_id, seconds_per_turn=30)
    assert case.outcome == "escalated" and world.tickets.handoffs[0].urgent
    assert all(not one.sealed_secret for one in await world.store.attempts(case_id))


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
