"""Asking back: one question at a time, a bounded number of them, and words of a reply that are only data."""

from datetime import timedelta

import pytest

from agent.errors import AlreadySupersededError
from agent.inquiry import Seen, look_up
from agent.model.case import Case, Stage
from agent.model.clarification import Missing
from agent.model.plan import Plan
from agent.model.service_request import Assurance, ServiceRequest
from agent.ports import Proposal
from agent.stages.clarify import RepliedMessage, take_reply
from agent.stages.plan import ANSWER_WITHIN, MAX_QUESTIONS
from tests.agent.world import ALLOW_ALL, ANN, READERS, TENANT, World, add_member

WHICH = Missing(about="group", doubt="unknown", said="project")
ASK = Proposal(why="the group was not found", handover_to="exchange", missing=WHICH)
PLAN = Proposal(why="as asked", plan=Plan(summary="s", reason="r", steps=(add_member(READERS),)))


async def asked(*proposals: Proposal, channel: str = "teams") -> tuple[World, str]:
    """A chat's case whose planner lacks something, turned until it waits."""
    world = World()
    await world.publish(ALLOW_ALL)
    world.planner.proposals = list(proposals or (ASK, PLAN))
    request = ServiceRequest.model_validate(
        {
            "tenant_id": TENANT,
            "source": "teams",
            "external_id": "m1",
            "channel": channel,
            "requester": ANN,
            "assurance": Assurance.SSO,
            "text": "add me to the project group",
            "received_at": world.clock.now(),
        }
    )
    case_id = (await world.loop.open(request)).case_id
    await world.run(case_id)
    return world, case_id


async def reply(world: World, case_id: str, text: str = "Readers", key: str = "k1") -> Case:
    held = await world.store.load(case_id)
    assert held is not None
    ports = await world._ports(TENANT)
    seen: Seen = await look_up([("user.get", ANN)], ports, now=world.clock.now())
    message = RepliedMessage(
        text=text, key=key, evidence={"activity_id": "a1"}, seen=seen.observations, events=seen.events
    )
    return (await world.loop.save(held, take_reply(held.case, message, now=world.clock.now()))).case


async def test_what_is_missing_is_asked_once_in_the_requesters_own_chat_and_the_case_waits() -> None:
    world, case_id = await asked()
    case = await world.case(case_id)
    assert case.stage is Stage.CLARIFY and case.open_question is not None
    assert world.people.told == [
        (ANN, f"I find no group that is called “project”. What is its exact name? (case {case_id[:8]})")
    ]
    held = await world.store.load(case_id)
    assert held is not None
    await world.loop.advance(Stage.CLARIFY, case_id, seq=held.seq)
    assert len(world.people.told) == 1 and world.directory.written == []


async def test_a_reply_goes_on_with_the_case_and_everything_is_read_anew() -> None:
    world, case_id = await asked(Proposal(why="find it", lookups=(("group.find", "project"),)), ASK, PLAN)
    assert "group.find:project" in (await world.case(case_id)).seen
    before = (await world.codes(case_id)).count("lookup.answered")
    replied = await reply(world, case_id)
    assert replied.stage is Stage.INVESTIGATE and list(replied.seen) == [f"user.get:{ANN}"]
    assert replied.replies[0].text == "Readers" and (replied.why, replied.queue) == ("", "")
    done = await world.run(case_id)
    assert done.outcome == "resolved" and world.members[READERS] == {ANN}
    assert (await world.codes(case_id)).count("lookup.answered") > before


async def test_the_words_of_a_reply_are_in_no_log_and_in_no_closed_case() -> None:
    world, case_id = await asked()
    await reply(world, case_id, "the word is Xylophone")
    await world.run(case_id)
    said = [one.model_dump_json() for one in await world.store.events(case_id)]
    assert not any("Xylophone" in one or "project" in one for one in said)
    (answered,) = [one for one in await world.store.events(case_id) if one.code.value == "question.answered"]
    assert answered.data == {"question_id": f"{case_id}-q1", "chars": 21, "evidence": {"activity_id": "a1"}}
    assert "Xylophone" not in (await world.case(case_id)).model_dump_json()


async def test_silence_is_handed_over_to_the_team_that_would_have_had_it_at_once() -> None:
    world, case_id = await asked()
    world.clock.pass_((ANSWER_WITHIN - timedelta(seconds=1)).total_seconds() - 10)
    assert await world.loop.sweep() == 0
    world.clock.pass_(20)
    assert await world.loop.sweep() == 1
    done = await world.run(case_id)
    assert done.outcome == "escalated" and done.handoff is not None and done.handoff.queue == "exchange"
    assert "did not answer in time" in done.handoff.why_stopped and done.handoff.asked.startswith("add me to the")
    assert "question.expired" in await world.codes(case_id)


async def test_after_three_questions_a_person_takes_over_with_all_replies() -> None:
    world, case_id = await asked(ASK)
    for number in range(MAX_QUESTIONS):
        assert len((await world.case(case_id)).clarifications) == number + 1
        await reply(world, case_id, f"answer {number}", key=f"k{number}")
        await world.run(case_id)
    done = await world.case(case_id)
    assert done.outcome == "escalated" and done.handoff is not None
    assert all(f"answer {number}" in done.handoff.asked for number in range(MAX_QUESTIONS))
    assert (await world.codes(case_id)).count("question.asked") == MAX_QUESTIONS == 3


async def test_a_chat_case_that_is_handed_over_keeps_its_hand_over_because_no_ticket_has_it() -> None:
    world, case_id = await asked(Proposal(why="for people", handover_to="identity"))
    done = await world.case(case_id)
    assert done.stage is Stage.CLOSED and world.tickets.handoffs == []
    assert done.handoff is not None and done.handoff.queue == "identity"
    assert [text for _, text in world.people.told] == [
        "This needs a person. The identity team has your request with everything that was found."
    ]


async def test_a_question_that_cannot_be_put_is_tried_again_and_then_handed_over() -> None:
    world, case_id = await _unreachable()
    done = await world.case(case_id)
    assert done.outcome == "escalated" and "question.asked" not in await world.codes(case_id)
    assert (await world.codes(case_id)).count("stage.troubled") == 5


async def _unreachable() -> tuple[World, str]:
    world, case_id = await asked(PLAN)
    world.people.unreachable = True
    world.planner.proposals = [ASK]
    request = (await world.case(case_id)).request.model_copy(update={"external_id": "m2", "text": "add me"})
    case_id = (await world.loop.open(request)).case_id
    await world.run(case_id, seconds_per_turn=400)
    return world, case_id


async def test_of_two_replies_at_once_one_counts() -> None:
    world, case_id = await asked()
    held = await world.store.load(case_id)
    assert held is not None
    await reply(world, case_id, "first")
    with pytest.raises(AlreadySupersededError):
        late = RepliedMessage(text="second", key="k2", evidence={}, seen={})
        await world.loop.save(held, take_reply(held.case, late, now=world.clock.now()))
    assert [one.text for one in (await world.case(case_id)).replies] == ["first"]


async def test_a_paused_case_takes_the_reply_and_goes_on_when_it_is_resumed() -> None:
    world, case_id = await asked()
    await world.order("pause", case=case_id)
    await reply(world, case_id)
    assert not await world.turn(case_id) and world.members[READERS] == set()
    await world.order("resume", case=case_id)
    assert (await world.run(case_id)).outcome == "resolved"


async def test_a_stop_ends_the_waiting_for_a_reply() -> None:
    world, case_id = await asked()
    await world.order("stop", case=case_id)
    assert (await world.run(case_id)).outcome == "escalated"


@pytest.mark.parametrize("said", ["", "{said}", "{0}", "%s", "x" * 120, "“]"])
async def test_the_requesters_own_words_in_a_question_are_a_value_and_never_a_template(said: str) -> None:
    missing = Missing(about="group", doubt="unknown", said=said)
    world, case_id = await asked(Proposal(why="w", handover_to="exchange", missing=missing))
    assert f"“{said}”" in world.people.told[0][1]
    assert (await world.case(case_id)).stage is Stage.CLARIFY


async def test_a_proposal_whose_question_cannot_be_written_is_refused() -> None:
    missing = Missing.model_construct(about="group", doubt="unknown", said="\ud800")
    world, case_id = await asked(Proposal(why="w", handover_to="exchange", missing=missing))
    done = await world.case(case_id)
    assert done.outcome == "escalated" and "question.asked" not in await world.codes(case_id)
