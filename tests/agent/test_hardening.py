"""What an adversary or bad luck may try on a whole case; each of these once went wrong or nearly did."""

from datetime import timedelta
from typing import Any

import pytest

from agent.actions import parse_step
from agent.errors import ChannelError, NotAuthorizedError
from agent.gate import grant
from agent.lookups import LOOKUPS
from agent.model.case import Case, Stage
from agent.model.plan import Plan
from agent.model.service_request import Assurance
from agent.ports import Answer, Proposal
from agent.stages.authorize import STEPS_A_TURN
from policy import Verdict
from tests.agent.gate_cases import ALLOW, LATER, case_with, decision
from tests.agent.world import (
    ANN,
    ASK_OWNER,
    BOB,
    READERS,
    WRITERS,
    World,
    add_member,
    allowed,
    reset_password,
)


def slow_down_reads(world: World, *, seconds: float) -> None:
    read = world.directory.read

    async def slow(call: Any) -> Answer:
        world.clock.pass_(seconds)
        return await read(call)

    world.directory.read = slow  # type: ignore[method-assign]


async def waiting_for_bob() -> tuple[World, Case]:
    world = World()
    await world.publish(ASK_OWNER)
    world.plan(add_member(READERS))
    return world, await world.run(await world.open())


@pytest.mark.parametrize(
    "proposal",
    [
        Proposal(why="x" * 600_000, handover_to="identity"),
        Proposal(why="\ud800", handover_to="identity"),
        Proposal(why="w", lookups=(("user.get", "x" * 600_000),)),
        Proposal(why="w", lookups=(("user.get", "\ud800"),)),
        Proposal(why="w", lookups=tuple(("user.get", f"p{n}@contoso.example") for n in range(41))),
        Proposal(why="w", answer="x" * 600_000),
        Proposal(why="w", handover_to="a team of the planner's own"),
        Proposal(why="w", plan=Plan(summary="s", reason="r", steps=(add_member(READERS),) * 301)),
    ],
)
async def test_a_proposal_out_of_all_bounds_is_a_hand_over(proposal: Proposal) -> None:
    world, case_id = await allowed()
    world.planner.proposals = [proposal]
    case = await world.run(case_id)
    assert case.outcome == "escalated" and "proposal is refused" in case.why and world.directory.written == []


async def test_a_turn_looks_everything_up_once_however_many_steps_it_decides() -> None:
    groups = [f"0c0c0c0c-0000-4000-8000-{number:012d}" for number in range(STEPS_A_TURN)]
    world, case_id = await allowed(*(add_member(group) for group in groups))
    while (await world.case(case_id)).stage is not Stage.AUTHORIZE:
        await world.turn(case_id)
    before = len(world.directory.read_paths)
    await world.turn(case_id)
    asked = world.directory.read_paths[before:]
    assert (await world.case(case_id)).stage is not Stage.AUTHORIZE
    assert len([path for path in asked if path.startswith("/identityProtection")]) == 1


async def test_a_turn_that_can_never_be_stored_is_handed_over_and_not_tried_for_ever() -> None:
    world, case_id = await allowed()
    profile = world.directory.objects[f"/users/{ANN}"]
    for key, answer in list(world.directory.objects.items()):
        if answer.get("value") and answer["value"][0].get("id") == ANN:
            world.directory.put(key, {"value": [{**profile, "department": "\ud800"}]})
    case = await world.run(case_id)
    assert case.outcome == "escalated" and world.tickets.handoffs and world.directory.written == []


async def test_an_attempt_carries_the_time_of_its_sending_and_not_of_the_turn() -> None:
    world, case_id = await allowed()
    slow_down_reads(world, seconds=4)
    world.directory.lose_next_answer(when="before")
    await world.run(case_id)
    (attempt,) = await world.store.attempts(case_id)
    assert attempt.tries == 2 and attempt.is_doubtful
    sent = [one.at for one in await world.store.events(case_id) if one.code.value == "write.attempted"]
    assert sent[1] - sent[0] >= timedelta(seconds=120), "the second send waited out the patience of the first"


async def test_a_write_does_not_leave_late_in_a_turn() -> None:
    world, case_id = await allowed()
    slow_down_reads(world, seconds=30)
    case = await world.run(case_id)
    assert world.directory.written == [] and case.outcome == "escalated"


async def test_a_change_that_may_be_somebody_elses_is_never_undone() -> None:
    world, case_id = await allowed(add_member(READERS), add_member(WRITERS))
    world.directory.lose_next_answer(when="before")
    while not await world.store.attempts(case_id):
        await world.turn(case_id)
    # An administrator adds Ann by hand while our own write was lost on the way.
    world.members[READERS].add(ANN)
    world.directory.put(f"/groups/{READERS}/members", {"value": [{"id": ANN}]})
    world.directory.refuse("POST", f"/groups/{WRITERS}/members/$ref", Answer(403, {}, "r"))
    case = await world.run(case_id, seconds_per_turn=10)
    assert world.members[READERS] == {ANN} and "DELETE" not in [one.method for one in world.directory.written]
    assert case.outcome == "escalated" and world.tickets.handoffs[0].urgent


async def test_a_write_that_shows_up_after_all_patience_is_not_called_somebody_elses() -> None:
    world, case_id = await allowed()
    world.directory.lose_next_answer(when="before")
    while not await world.store.attempts(case_id):
        await world.turn(case_id)
    world.clock.pass_(600)
    read, reads = world.directory.read, []

    async def late(call: Any) -> Answer:
        answer = await read(call)
        if call.path.endswith("/members"):
            reads.append(call)
            # The first read of the resumed turn still says no; from the second on it is there.
            world.directory.put(f"/groups/{READERS}/members", {"value": [{"id": ANN}]})
        return answer

    world.directory.read = late  # type: ignore[method-assign]
    case = await world.run(case_id)
    assert case.effects == ("found",) and world.directory.written == []


async def test_nobody_is_told_that_all_was_put_back_while_a_try_is_in_doubt() -> None:
    world, case_id = await allowed(add_member(READERS), add_member(WRITERS))
    path = f"/groups/{WRITERS}/members/$ref"
    while (await world.case(case_id)).step_index == 0:
        await world.turn(case_id)
        world.clock.pass_(1)
    world.directory.lose_next_answer(when="before")
    for _ in range(3):
        await world.turn(case_id)
        world.clock.pass_(1)
    world.directory.refuse("POST", path, Answer(400, {"error": {"code": "Request_BadRequest"}}, "r"))
    case = await world.run(case_id, seconds_per_turn=10)
    assert case.outcome == "escalated" and world.tickets.handoffs[0].urgent
    assert not any("put back" in text for _, text in world.people.told)
    assert any("written" in line for line in world.tickets.handoffs[0].done)


async def test_a_ticket_system_that_never_answers_does_not_keep_the_case_or_the_requester_waiting() -> None:
    world, case_id = await allowed()

    async def refuse(*args: object, **kwargs: object) -> None:
        raise ChannelError("expected 2xx, got status 404")

    world.tickets.comment = refuse  # type: ignore[method-assign]
    case = await world.run(case_id)
    assert case.stage is Stage.CLOSED and case.outcome == "resolved" and case.seen == {}
    assert [person for person, _ in world.people.told] == [ANN]
    assert (await world.codes(case_id)).count("reply.failed") == 1


async def test_a_hand_over_that_no_ticket_system_takes_is_kept_for_the_console() -> None:
    world, case_id = await allowed()
    world.planner.proposals = [Proposal(why="not ours", handover_to="endpoint")]
    world.tickets.down = True
    case = await world.run(case_id)
    assert case.stage is Stage.CLOSED and case.handoff is not None and case.handoff.queue == "endpoint"
    assert "reply.failed" in await world.codes(case_id)


async def test_a_step_that_calls_things_by_wrong_names_is_stopped_before_policy() -> None:
    world = World()
    await world.publish(ASK_OWNER)
    names = {"group_name": "Lunch club", "user_name": "Bob Trusted"}
    world.plan(parse_step("entra.group.member.add", {"group_id": READERS, "user_id": ANN, **names}))
    case = await world.run(await world.open())
    assert case.outcome == "escalated" and case.queue == "security" and world.people.asked == []


async def test_the_words_on_a_card_are_made_from_the_steps() -> None:
    world = World()
    await world.publish(ASK_OWNER)
    lie = Plan(summary="Just a harmless look-up", reason="r", steps=(add_member(READERS),))
    world.planner.proposals = [Proposal(why="w", plan=lie)]
    await world.run(await world.open())
    shown = world.people.asked[0].case.plan
    assert shown is not None and shown.summary == shown.steps[0].title


async def test_an_approver_who_was_disabled_since_does_not_count() -> None:
    world, case = await waiting_for_bob()
    await world.answer(case.id)
    world.directory.objects[f"/users/{BOB}"]["accountEnabled"] = False
    assert (await world.run(case.id)).outcome == "escalated" and world.directory.written == []


async def test_an_approver_who_no_longer_owns_the_group_does_not_count() -> None:
    world, case = await waiting_for_bob()
    await world.answer(case.id)
    world.directory.put(f"/groups/{READERS}/owners", {"value": []})
    assert (await world.run(case.id)).outcome == "escalated" and world.directory.written == []


@pytest.mark.parametrize("asked", [3e6, 1e300, float("inf"), float("nan"), -5.0])
async def test_no_foreign_number_puts_a_case_to_sleep_for_long(asked: float) -> None:
    world, case_id = await allowed()
    refusal = Answer(429, {}, "r", retry_after_seconds=asked)
    world.directory.refuse("POST", f"/groups/{READERS}/members/$ref", refusal)
    await world.run(case_id)
    assert all(0 <= delay <= 601 for delay in world.wakeups.delays)


async def test_nothing_sealed_outlives_the_case() -> None:
    world, case_id = await allowed()
    await world.run(case_id)
    (attempt,) = await world.store.attempts(case_id)
    assert attempt.receipt is not None and not attempt.sealed_before and not attempt.sealed_secret


async def test_two_workers_with_one_message_show_a_secret_once() -> None:
    world, case_id = await allowed(reset_password())

    def change(body: dict[str, object]) -> tuple[int, dict[str, object]]:
        world.directory.objects[f"/users/{ANN}"]["lastPasswordChangeDateTime"] = world.clock.now().isoformat()
        return 204, {}

    world.directory.on("PATCH", f"/users/{ANN}", change)
    while (await world.case(case_id)).stage is not Stage.VERIFY:
        await world.turn(case_id)
    held = await world.store.load(case_id)
    assert held is not None
    import asyncio

    await asyncio.gather(*(world.loop.advance(Stage.VERIFY, case_id, seq=held.seq) for _ in range(4)))
    await world.run(case_id)
    assert len(world.people.secrets) == 1


def test_a_secret_never_follows_a_mail_whatever_policy_says() -> None:
    case = case_with(reset_password())
    by_mail = case.evolve(request=case.request.model_copy(update={"assurance": Assurance.EMAIL}))
    assert grant(case, ALLOW, now=LATER)
    with pytest.raises(NotAuthorizedError, match="mail does not prove"):
        grant(by_mail, ALLOW, now=LATER)


def test_a_secret_for_somebody_else_needs_people_whatever_policy_says() -> None:
    with pytest.raises(NotAuthorizedError, match="somebody else"):
        grant(case_with(reset_password(BOB)), ALLOW, now=LATER)
    assert decision(Verdict.ALLOW).verdict is Verdict.ALLOW


async def after_a_mail(*proposals: Proposal) -> tuple[str | None, int]:
    world, case_id = await allowed()
    world.planner.proposals = list(proposals)
    held = await world.store.load(case_id)
    assert held is not None
    mailed = held.case.evolve(request=held.case.request.model_copy(update={"assurance": Assurance.EMAIL}))
    await world.store.commit(held, mailed, events=(), attempts=(), due_at=None)
    await world.loop.advance(Stage.INVESTIGATE, case_id, seq=1)
    return (await world.run(case_id)).outcome, len(world.tickets.comments)


async def test_an_answer_about_an_account_is_not_sent_after_a_mail() -> None:
    assert await after_a_mail(Proposal(why="w", answer="You already have it.")) == ("escalated", 0)
    look = Proposal(why="w", lookups=(("user.risk", ANN),))
    assert await after_a_mail(look, Proposal(why="w", answer="No.", is_general=True)) == ("escalated", 0)


async def test_an_answer_that_is_the_same_for_everybody_follows_a_mail() -> None:
    assert await after_a_mail(Proposal(why="w", answer="Press F1.", is_general=True)) == ("resolved", 1)


def test_every_lookup_of_a_step_exists() -> None:
    assert {"user.get", "user.risk", "user.directory_roles", "user.groups"} <= set(LOOKUPS)
