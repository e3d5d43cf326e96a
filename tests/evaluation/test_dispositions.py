"""What happened to a request is said by what people see of it."""

from typing import Any

import pytest

from evaluation.dispositions import of_case, of_item, of_parts
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


def _part(intent: str, disposition: str = "auto") -> Part:
    return Part.model_validate({"intent": intent, "disposition": disposition})


def _read_as(kind: str, outcome: str) -> Json:
    case = _case(outcome)
    return {**case, "events": [{"code": "case.reasoned", "data": {"intent": kind}}]}


def test_of_wishes_that_share_a_case_one_that_is_done_counts_by_itself() -> None:
    parts, seen = (_part("-"), _part("-")), _seen(_case("escalated"))
    assert of_parts(parts, seen, done=(True, False)) == ["auto", "escalate"]
    assert of_parts(parts[:1], seen, done=(True,)) == ["escalate"]


def test_a_wish_has_the_case_of_its_kind_and_else_the_one_in_its_place() -> None:
    parts = (_part("licence_assign"), _part("reset_own_password"), _part("strange"))
    cases = (_read_as("password_reset", "refused"), _read_as("other", "escalated"), _read_as("licence", "resolved"))
    assert of_parts(parts, _seen(*cases), done=(False,) * 3) == ["auto", "refuse", "escalate"]
    # That it is done in the end makes nothing of what became of its own case.
    assert of_parts(parts, _seen(*cases), done=(True,) * 3) == ["auto", "refuse", "escalate"]


def test_a_wish_that_was_not_read_shares_the_strictest_of_what_happened() -> None:
    parts = (_part("licence_assign"), _part("group_access"), _part("mover"))
    cases = (_read_as("licence", "resolved"), _read_as("group_access", "refused"))
    assert of_parts(parts, _seen(*cases), done=(False,) * 3) == ["auto", "refuse", "refuse"]


def test_several_wishes_of_one_request_are_together_what_the_strictest_is() -> None:
    assert of_item(_seen(_case("resolved"), _case("refused"), _case("escalated"))) == "refuse"
    assert of_item(_seen(_case("resolved"), _case(stage="plan"))) == NOTHING
    earlier = {**_case("refused"), "ticket": "T-1"}
    assert of_item(_seen(earlier, {**_case("resolved"), "ticket": "T-2"})) == "auto"
