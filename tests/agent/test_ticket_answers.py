"""A ticket's requester is asked on the ticket, and only that person's comment on that question lets the case go on."""

import json
from dataclasses import replace
from typing import Any

import pytest

from agent.errors import StorageError
from agent.intake import Reply
from agent.model.case import Case, Stage
from agent.model.clarification import Missing
from agent.model.plan import Plan
from agent.model.service_request import Assurance
from agent.ports import Proposal
from agent.stages.plan import ANSWER_WITHIN
from tests.agent.test_intake import SOURCE, Door, signed, ticket
from tests.agent.world import ALLOW_ALL, ANN, ANN_UPN, BOB, READERS, START, add_member

WHICH = Missing(about="group", doubt="unknown", said="project")
ASK = Proposal(why="the group was not found", handover_to="exchange", missing=WHICH)
PLAN = Proposal(why="as asked", plan=Plan(summary="s", reason="r", steps=(add_member(READERS),)))


class Desk(Door):
    """A ticket whose requester was asked which group is meant. `assurance` is that of the source."""

    def __init__(self, assurance: Assurance = Assurance.PORTAL) -> None:
        super().__init__()
        self.intake._sources = {SOURCE.id: replace(SOURCE, assurance=assurance)}

    async def asked(self, *proposals: Proposal) -> Case:
        await self.world.publish(ALLOW_ALL)
        self.world.planner.proposals = list(proposals or (ASK, PLAN))
        self.case_id = str((await self.knock(ticket())).body["case"])
        return await self.world.run(self.case_id)

    async def comments(self, text: str = "Readers", *, by: str = ANN_UPN, **changes: Any) -> Reply:
        wanted = {
            "id": "c1",
            "ticket": "T-1",
            "message": "msg_2",
            "via": "portal",
            "author": {"email": by},
            "late": 0,
            **changes,
        }
        said = {"id": wanted["id"], "text": text, "author": wanted["author"], "via": wanted["via"]}
        data = {"ticket": {"id": wanted["ticket"]}, "comment": said}
        body = json.dumps({"type": "ticket.commented", "data": data}).encode()
        headers = signed(body, message_id=str(wanted["message"]), late=float(wanted["late"]))
        reply = await self.intake.receive("desk", headers, body=body)
        assert reply.status == 202, reply.body
        return reply

    async def replies(self) -> list[str]:
        return [one.text for one in (await self.world.case(self.case_id)).replies]


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_what_is_missing_is_asked_once_on_the_ticket_and_the_case_waits(desk: Desk) -> None:
    case = await desk.asked()
    assert case.stage is Stage.CLARIFY and case.open_question is not None
    ((question_id, text),) = desk.world.tickets.questions
    assert question_id == case.open_question.id and "project" in text
    assert desk.world.tickets.comments == [] and desk.world.people.told == []


async def test_the_requesters_comment_lets_the_case_go_on(desk: Desk) -> None:
    case = await desk.asked()
    assert (await desk.comments()).body == {"case": case.id}
    assert await desk.replies() == ["Readers"]
    done = await desk.world.run(case.id)
    assert done.outcome == "resolved" and desk.world.members[READERS] == {ANN}
    (answered,) = [one for one in await desk.world.store.events(case.id) if one.code.value == "question.answered"]
    assert answered.data["evidence"] == {"source": "desk", "comment_id": "c1"}


@pytest.mark.parametrize(
    "changes",
    [
        {"by": "bob@contoso.example"},
        {"by": "nobody@contoso.example"},
        {"author": {"entraObjectId": BOB}},
        # An object id outweighs an address: the address may be anybody's by now.
        {"author": {"entraObjectId": BOB, "email": ANN_UPN}},
        {"via": "email"},
        {"via": None},
        {"ticket": "T-2"},
        {"text": "   "},
    ],
)
async def test_what_somebody_else_says_or_says_elsewhere_or_proves_less_is_no_answer(
    desk: Desk, changes: dict[str, Any]
) -> None:
    case = await desk.asked()
    assert "ignored" in (await desk.comments(**changes)).body
    assert await desk.replies() == [] and (await desk.world.case(case.id)).open_question is not None
    assert "case" in (await desk.comments(id="c2", message="msg_3")).body


async def test_an_address_that_belongs_to_somebody_else_by_now_is_not_the_requester(desk: Desk) -> None:
    await desk.asked()
    place = next(key for key in desk.world.directory.objects if ANN_UPN in key)
    other = {**desk.world.directory.objects[place]["value"][0], "id": BOB}
    desk.world.directory.put(place, {"value": [other]})
    assert "ignored" in (await desk.comments()).body and await desk.replies() == []


async def test_a_mail_answers_a_ticket_that_began_as_a_mail_but_never_proves_who_asks() -> None:
    desk = Desk(Assurance.EMAIL)
    await desk.asked()
    assert "case" in (await desk.comments()).body
    proof = Missing(about="details", doubt="missing", said="identity")
    unproven = Desk(Assurance.EMAIL)
    await unproven.asked(Proposal(why="nothing proves it", handover_to="identity", missing=proof))
    assert "ignored" in (await unproven.comments("it is really me")).body


async def test_a_comment_that_comes_again_is_one_answer_to_one_question(desk: Desk) -> None:
    case = await desk.asked(ASK)
    for number in range(3):
        await desk.comments(message=f"msg_{number}")
        await desk.world.run(case.id)
    assert await desk.replies() == ["Readers"]
    assert len((await desk.world.case(case.id)).clarifications) == 2


async def test_what_was_said_before_anything_was_asked_answers_nothing_later(desk: Desk) -> None:
    await desk.world.publish(ALLOW_ALL)
    desk.world.planner.proposals = [ASK, PLAN]
    desk.case_id = str((await desk.knock(ticket())).body["case"])
    assert "ignored" in (await desk.comments("any news?")).body
    await desk.world.run(desk.case_id)
    assert "ignored" in (await desk.comments("any news?", message="msg_3")).body
    assert await desk.replies() == []


async def test_a_death_after_the_comment_was_remembered_is_healed_by_its_redelivery(desk: Desk) -> None:
    case = await desk.asked()
    commit = desk.world.store.commit

    async def dies(*_: Any, **__: Any) -> Any:
        raise StorageError("the worker died")

    desk.world.store.commit = dies  # type: ignore[method-assign]
    with pytest.raises(AssertionError, match="send it again later"):
        await desk.comments()
    desk.world.store.commit = commit  # type: ignore[method-assign]
    assert (await desk.comments()).body == {"case": case.id} and await desk.replies() == ["Readers"]


async def test_an_answer_that_comes_too_late_is_for_people(desk: Desk) -> None:
    case = await desk.asked()
    desk.world.clock.pass_(ANSWER_WITHIN.total_seconds())
    late = (desk.world.clock.now() - START).total_seconds()
    assert "ignored" in (await desk.comments(late=late)).body and await desk.replies() == []
    await desk.world.loop.sweep()
    done = await desk.world.run(case.id)
    assert done.outcome == "escalated" and done.queue == "exchange"


async def test_where_no_answer_can_come_back_people_take_over_at_once(desk: Desk) -> None:
    desk.world.tickets.listens = False
    done = await desk.asked()
    assert (done.outcome, done.queue) == ("escalated", "exchange")
    assert "question.asked" not in await desk.world.codes(done.id)
