"""A plan after which a team goes on, a refusal that a team must hear of, and which team gets what policy stopped."""

from dataclasses import replace
from typing import Any

import pytest

from agent.model.case import Case, Stage
from agent.model.plan import Plan, Step
from agent.ports import Proposal
from agent.stages.close import outcome_text
from tests.agent.granted import give, grant_of, world_with
from tests.agent.world import (
    ALLOW_ALL,
    ANN,
    ASK_OWNER,
    BASELINES,
    BOB,
    READERS,
    TENANT,
    World,
    add_member,
    bundle_of,
    reset_password,
)

WHY = "the mailbox is for the security team to look at"


def going_on(*steps: Step) -> Proposal:
    whole = Plan(summary="s", reason="r", steps=steps or (add_member(READERS),))
    return Proposal(why="as asked", plan=whole, then_hand_over="security", then_why=WHY)


async def ended(*documents: dict[str, Any], proposal: Proposal | None = None) -> tuple[World, Case]:
    world = World()
    await world.publish(*(documents or (ALLOW_ALL,)))
    world.planner.proposals = [proposal or going_on()]
    return world, await world.run(await world.open())


async def test_after_a_verified_plan_the_named_team_goes_on_and_nothing_is_undone() -> None:
    world, case = await ended()
    assert (case.outcome, case.queue, case.why) == ("escalated", "security", WHY)
    assert world.members[READERS] == {ANN} and case.effects == ("verified",)
    (handoff,) = world.tickets.handoffs
    assert handoff.queue == "security" and handoff.why_stopped == WHY
    assert len(handoff.done) == 1 and "in effect" in handoff.done[0]


async def test_the_requester_hears_what_was_done_and_who_goes_on_and_the_ticket_stays_open() -> None:
    world, _ = await ended()
    ((_, told),) = world.people.told
    assert told.startswith("Done and checked: ") and "The security team" in told
    assert world.tickets.comments == [(told, False)]


async def test_a_team_goes_on_also_where_nothing_was_left_to_write() -> None:
    world = World()
    await world.publish(ALLOW_ALL)
    world.planner.proposals = [going_on()]
    world.members[READERS].add(ANN)
    world._memberships(READERS)
    case = await world.run(await world.open())
    assert (case.outcome, case.queue, case.effects) == ("escalated", "security", ("already",))
    assert world.directory.written == []


async def test_a_standing_grant_stays_in_force_when_a_team_only_goes_on_from_what_was_done_by_it() -> None:
    world = await world_with()
    await give(world)
    world.planner.proposals = [going_on()]
    case = await world.run(await world.open())
    assert case.went_well and case.grants == ("gr-1",)
    kept = await grant_of(world)
    assert (kept.state, len(kept.uses.reservations)) == ("in_force", 1)


async def test_a_plan_that_fails_is_handed_to_the_team_that_would_have_gone_on() -> None:
    world = World()
    await world.publish(ALLOW_ALL)
    world.planner.proposals = [going_on()]
    world.directory.on("POST", f"/groups/{READERS}/members/$ref", lambda _body: (403, {}))
    case = await world.run(await world.open())
    assert (case.outcome, case.queue, world.members[READERS]) == ("escalated", "security", set())
    assert not case.went_well and "Done and checked" not in world.people.told[-1][1]


async def test_who_says_no_to_the_plan_does_not_keep_the_team_from_hearing_of_it() -> None:
    world, case = await ended(ASK_OWNER)
    await world.answer(case.id, person=BOB, granted=False)
    case = await world.run(case.id)
    assert case.outcome == "refused" and [one.queue for one in world.tickets.handoffs] == ["security"]
    assert world.members[READERS] == set()


async def test_a_team_that_does_not_exist_is_never_named_by_a_planner() -> None:
    world, case = await ended(proposal=replace(going_on(), then_hand_over="the boss"))
    assert case.queue == "service-desk-l2" and world.directory.written == []


async def test_a_refusal_is_told_politely_and_the_team_that_must_hear_of_it_does() -> None:
    world, case = await ended(proposal=Proposal(why="it is too risky", refuse=True, handover_to="security"))
    assert (case.outcome, case.plan) == ("refused", None)
    assert [one.queue for one in world.tickets.handoffs] == ["security"]
    ((_, told),) = world.people.told
    assert "sorry" in told and "it is too risky" in told and world.tickets.comments == [(told, False)]
    codes = await world.codes(case.id)
    assert codes[-2:] == ["case.escalated", "case.refused"]


RISK = {
    "layer": "global",
    "rules": [{"id": "global.risk", "effect": "deny", "actions": ["*"], "when": {"requester.at_risk": True}}],
}


async def test_what_an_open_risk_forbids_is_refused_and_security_hears_of_it() -> None:
    world = World()
    await world.publish(ALLOW_ALL, RISK)
    world.directory.put(f"/identityProtection/riskyUsers/{ANN}", {"id": ANN, "riskState": "atRisk"})
    world.plan(add_member(READERS))
    case = await world.run(await world.open())
    assert (case.outcome, case.queue) == ("refused", "security")
    assert [one.queue for one in world.tickets.handoffs] == ["security"]


SUNDAYS = {"days": ["Sun"], "from": "01:00", "to": "02:00"}


def permits(layer: str, **when: Any) -> dict[str, Any]:
    return {"layer": layer, "rules": [{"id": f"{layer}.few", "effect": "permit", "actions": ["*"], "when": when}]}


@pytest.mark.parametrize(
    ("document", "step", "team"),
    [
        (permits("target", **{"target.is_synced": True}), reset_password(), "identity"),
        (permits("target", **{"target.is_dynamic": True}), add_member(READERS), "identity"),
        (permits("target", **{"target.is_exchange_managed": True}), add_member(READERS), "exchange"),
        (permits("runtime", **{"time.local_hours": SUNDAYS}), reset_password(), "service-desk-l2"),
        (permits("action", **{"requester.department": "Nobody"}), add_member(READERS), "service-desk-l2"),
        (permits("action", **{"requester.department": "Nobody"}), reset_password(), "identity"),
    ],
)
async def test_what_no_rule_permits_goes_to_the_team_that_looks_after_what_stopped_it(
    document: dict[str, Any], step: Step, team: str
) -> None:
    world = World()
    kept = [one for one in (*BASELINES, ALLOW_ALL) if one["layer"] != document["layer"]]
    world.policies.set_in_force(TENANT, bundle_of(*kept, document))
    world.plan(step)
    case = await world.run(await world.open())
    assert (case.outcome, case.queue) == ("escalated", team), case.why


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "pt"])
@pytest.mark.parametrize("outcome", ["resolved", "refused", "escalated", "rolled_back"])
async def test_every_end_is_told_in_the_requesters_language(language: str, outcome: str) -> None:
    _, case = await ended()
    request = case.request.model_copy(update={"language": language})
    told = {
        outcome_text(case.evolve(request=one, outcome=outcome, why="w", queue="hr", stage=Stage.CLOSED))
        for one in (request, case.request)
    }
    assert len(told) == (1 if language == "en" else 2)
