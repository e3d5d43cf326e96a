"""The card callback of a running stack: forged, foreign and repeated clicks move nothing, the real one does, once."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, get_args
from uuid import uuid4

import pytest

from devhost.desk import Desk, Ticket
from devhost.stack import LocalStack
from simulator.connector.delivery import Tamper
from tests.agent.channels.tampered import TAMPERED

OWNER = "gwen.tallow@quillmere.example"
GROUP = "QG-Recipes"
STRANGER = "hugo.rast@quillmere.example"


class Question:
    """A case that waits for the owner of a group, and the card that she has."""

    def __init__(self, desk: Desk, requester: str) -> None:
        self.desk = desk
        self.requester = requester
        text = f"Please add me to the group {GROUP}."
        self.id = desk.file(Ticket(f"CB-{uuid4().hex[:8]}", requester, summary="Recipes", description=text))
        asked = desk.wait(self.id, until=lambda one: bool(one["approval"] and one["approval"]["is_asked"]), seconds=60)
        self.card = next(
            one for one in reversed(desk.messages(OWNER)) if asked["approval"]["id"] in json.dumps(one["activity"])
        )

    @property
    def case(self) -> dict[str, Any]:
        found = self.desk.case(self.id)
        assert found is not None
        return found

    def count(self, code: str) -> int:
        return [one["code"] for one in self.case["events"]].count(code)

    def press(self, user: str = OWNER, verb: str = "approve", **order: Any) -> dict[str, Any]:
        """Press a button of this very card, whoever `user` is."""
        whole = {"user": user, "activity_id": self.card["id"], "verb": verb, "inputs": {}, **order}
        return dict(self.desk.control("POST", "/teams/click", body=whole))

    def closed(self) -> dict[str, Any]:
        return self.desk.wait(self.id, until=lambda one: one["stage"] == "closed", seconds=60)


@pytest.fixture(scope="module")
def waiting(desk: Desk) -> Question:
    """A question that no test of this module answers, until the last one proves that it could be answered."""
    return Question(desk, "nuno.teles@quillmere.example")


def unchanged(question: Question, act: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Act, see that the case waits exactly as before, and return what was answered."""
    before = question.case
    answer = act()
    assert question.case == before and before["stage"] == "approve"
    return answer


def test_every_forgery_that_the_simulator_knows_is_tried_here() -> None:
    assert set(TAMPERED) == set(get_args(Tamper))


@pytest.mark.parametrize("tamper", TAMPERED)
def test_a_forged_click_is_refused_and_the_case_still_waits(waiting: Question, tamper: str) -> None:
    answer = unchanged(waiting, lambda: waiting.press(tamper=tamper))
    assert answer["status"] == TAMPERED[tamper]
    assert list(answer["body"]) == ["error"] and "\n" not in answer["body"]["error"]


def test_a_stranger_who_got_the_card_is_told_nothing(waiting: Question) -> None:
    answer = unchanged(waiting, lambda: waiting.press(STRANGER))
    assert answer["body"]["value"] == {"code": "notApprover", "message": "There is no open question for you here."}


def test_the_requester_cannot_answer_the_own_request(waiting: Question) -> None:
    answer = unchanged(waiting, lambda: waiting.press(waiting.requester))
    assert answer["body"]["statusCode"] == 403


def test_a_refusal_without_a_reason_asks_for_one(waiting: Question) -> None:
    answer = unchanged(waiting, lambda: waiting.press(verb="refuse"))
    assert "reason" in answer["body"]["value"]


def test_typing_approve_to_the_bot_approves_nothing(waiting: Question) -> None:
    order = {"user": OWNER, "text": "approve"}
    answer = unchanged(waiting, lambda: dict(waiting.desk.control("POST", "/teams/say", body=order)))
    assert answer["status"] == 202


def test_who_writes_from_another_organisation_gets_a_help_text_and_moves_nothing(waiting: Question) -> None:
    desk, known = waiting.desk, waiting.desk.cases()
    order = {"user": STRANGER, "text": f"Please add me to the group {GROUP}.", "tamper": "wrong_tenant"}
    answer = unchanged(waiting, lambda: dict(desk.control("POST", "/teams/say", body=order)))
    assert answer["status"] == 202 and desk.cases() == known
    assert "For your account I can do nothing here" in desk.messages(STRANGER)[-1]["activity"]["text"]


def test_the_callback_is_no_place_for_anything_but_the_connector(waiting: Question, stack: LocalStack) -> None:
    answer = unchanged(waiting, lambda: waiting.press(url=f"{stack.url}/api/hooks/service-desk"))
    assert answer["status"] == 401


def test_after_all_these_the_real_click_still_counts(waiting: Question) -> None:
    assert waiting.count("approval.given") == 0
    assert waiting.press()["body"]["statusCode"] == 200
    assert waiting.closed()["outcome"] == "resolved"
    assert waiting.desk.is_member(waiting.requester, GROUP)


def test_a_press_on_what_a_slow_client_still_shows_is_answered_and_changes_nothing(waiting: Question) -> None:
    closed, last = waiting.case, waiting.desk.messages(OWNER)
    (now,) = (one for one in last if one["id"] == waiting.card["id"])
    assert now["updated_at"] and "Action.Execute" not in json.dumps(now["activity"]), "the message itself was updated"
    assert waiting.press()["body"]["statusCode"] == 200 and waiting.case == closed


def test_a_double_click_gets_one_answer_twice_and_counts_once(desk: Desk) -> None:
    question = Question(desk, "ainhoa.etxe@quillmere.example")
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: question.press(), range(2)))
    assert [(one["status"], one["body"]["statusCode"]) for one in answers] == [(200, 200)] * 2
    assert all("Approved" in json.dumps(one["body"]["value"]) for one in answers)
    closed = question.closed()
    assert closed["outcome"] == "resolved" and len(closed["writes"]) == 1
    assert question.count("approval.given") == 1 and len(closed["approval"]["answers"]) == 1


def test_of_a_yes_and_a_no_at_once_one_counts(desk: Desk) -> None:
    question = Question(desk, "ed.oshea@quillmere.example")
    orders: list[dict[str, Any]] = [{"verb": "approve"}, {"verb": "refuse", "inputs": {"reason": "no"}}]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda order: question.press(**order), orders))
    assert all(one["status"] == 200 for one in answers)
    closed = question.closed()
    assert len(closed["approval"]["answers"]) == 1
    granted = closed["approval"]["answers"][0]["granted"]
    assert closed["outcome"] == ("resolved" if granted else "refused")
    assert desk.is_member(question.requester, GROUP) is granted
