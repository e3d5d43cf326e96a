"""What happened to a request is said by what people see of it."""

from typing import Any

import pytest

from evaluation.dispositions import of_case, of_item, of_part
from evaluation.items import Part
from evaluation.scoring import NOTHING
from evaluation.seen import Json, Seen

EMPTY: Json = {"users": {"g1": {"id": "g1", "userType": "Guest"}, "m1": {"id": "m1", "userType": "Member"}}}


def _case(
    outcome: str = "open", *, stage: str = "closed", codes: tuple[str, ...] = (), asked: tuple[str, ...] = ()
) -> Json:
    approval = {"asked": [{"resolver": one, "approver_ids": []} for one in asked]} if asked else None
    return {"outcome": outcome, "stage": stage, "events": [{"code": one} for one in codes], "approval": approval}


def _seen(*cases: Json, **more: Any) -> Seen:
    return Seen(tenant={}, start=EMPTY, now=EMPTY, requester_id=more.pop("who", "m1"), cases=cases, **more)


@pytest.mark.parametrize(
    ("case", "happened"),
    [
        (_case("resolved"), "auto"),
        (_case("refused"), "refuse"),
        (_case("escalated"), "escalate"),
        (_case("rolled_back"), "escalate"),
        (_case(stage="plan"), NOTHING),
        (_case(stage="clarify", codes=("question.asked",)), "ask_info"),
        (_case(stage="clarify", codes=("question.asked", "question.answered")), NOTHING),
        (_case("resolved", codes=("approval.asked",), asked=("group_owner",)), "approve_owner"),
        (_case("escalated", codes=("approval.asked",), asked=("manager",)), "approve_owner"),
        (_case(stage="approve", codes=("approval.asked",), asked=("tenant_admin",)), "approve_admin"),
        (_case("resolved", codes=("approval.asked",), asked=("group_owner", "security")), "approve_admin"),
    ],
)
def test_a_case_is_what_its_outcome_and_its_questions_make_of_it(case: Json, happened: str) -> None:
    assert of_case(case) == happened


def test_without_a_case_the_front_door_and_the_bot_tell() -> None:
    said = {"m1": ({"activity": {}},), "g1": ({"activity": {}},)}
    assert of_item(_seen(answers=(401,))) == "reject"
    assert of_item(_seen(answers=(202,))) == "ignore"
    assert of_item(_seen(answers=(202,), chats=said)) == "auto"
    assert of_item(_seen(answers=(202,), chats=said, who="g1")) == "refuse"
    assert of_item(_seen()) == NOTHING


def test_of_several_wishes_one_that_is_done_counts_by_itself() -> None:
    part = Part.model_validate({"intent": "-", "disposition": "auto"})
    seen = _seen(_case("escalated"))
    assert of_part(part, seen, is_done=True, parts=2) == "auto"
    assert of_part(part, seen, is_done=False, parts=2) == "escalate"
    assert of_part(part, seen, is_done=True, parts=1) == "escalate"
