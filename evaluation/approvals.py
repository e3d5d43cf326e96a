"""Waits for a case to need somebody or to end, and answers its approvals as the people whom an item lists."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

import httpx

from devhost.desk import Desk
from devhost.errors import StoryError
from evaluation.event_facts import approvers_of
from evaluation.seen import Json

#: How long a case may take to the next point at which it needs somebody; a loaded machine is slow.
PATIENCE_SECONDS: Final = 90.0
_CLOSED: Final = "closed"


def is_asking_back(case: Json) -> bool:
    """Whether a question to the requester is open."""
    codes = [one["code"] for one in case["events"]]
    asked, answered = codes.count("question.asked"), codes.count("question.answered")
    return case["stage"] == "clarify" and asked > answered


def is_asking_people(case: Json) -> bool:
    """Whether approvers have been asked and not all who must have answered."""
    return case["stage"] == "approve" and bool(case["approval"] and case["approval"]["is_asked"])


def settled(desk: Desk, case_id: str) -> Json | None:
    """Return the case once it has ended or needs somebody, or as it stands when that takes too long."""
    try:
        return desk.wait(
            case_id,
            until=lambda one: one["stage"] == _CLOSED or is_asking_back(one) or is_asking_people(one),
            seconds=PATIENCE_SECONDS,
        )
    except StoryError:
        return desk.case(case_id)


def all_settled(desk: Desk, case_id: str) -> list[Json]:
    """Return the case and those of the further wishes of its request, each as `settled` does; none if there is none."""
    first = settled(desk, case_id)
    if first is None:
        return []
    ids = siblings(desk, first)
    return [first, *(case for one in ids if (case := settled(desk, one)) is not None)]


def siblings(desk: Desk, first: Json) -> list[str]:
    """Return the ids of the further cases of a request, in the order of its wishes."""
    if first.get("parts", 0) < 2:
        return []
    rows = [one for one in desk.listed() if (one["source"], one["ticket"]) == (first["source"], first["ticket"])]
    return [str(one["id"]) for one in sorted(rows, key=lambda one: int(one["part"])) if one["id"] != first["id"]]


@dataclass(slots=True)
class Answering:
    """The people whom an item lists, who say yes once each. `before` is called before the first of them does."""

    desk: Desk
    names: dict[str, str]
    before: Callable[[], None]
    clicked: int = 0
    taken: int = 0

    def answer(self, case: Json, approvers: Iterable[str]) -> Json:
        """Approve as listed approvers who were asked, until the case needs nobody of them; return it as it stands."""
        waiting = list(dict.fromkeys(approvers))
        while is_asking_people(case):
            asked = set(approvers_of(case))
            person = next((one for one in waiting if self.names.get(one) in asked), None)
            if person is None:
                return case
            waiting.remove(person)
            case = self._approve(case, person)
        return case

    def _approve(self, case: Json, person: str) -> Json:
        if not self.clicked:
            self.before()
        self.clicked += 1
        answer = click(self.desk, person, **_card_of(self.desk, case, person=person))
        if answer["status"] == 200 and answer["body"].get("statusCode") == 200:
            self.taken += 1
        given = _answers(case)
        try:
            # The turn after a click takes a moment: what stands there now may be the question just answered.
            self.desk.wait(
                case["id"],
                until=lambda one: one["stage"] != "approve" or _answers(one) > given,
                seconds=PATIENCE_SECONDS,
            )
        except StoryError:
            return self.desk.case(case["id"]) or case
        return settled(self.desk, case["id"]) or case


def click(desk: Desk, person: str, **more: Any) -> Json:
    """Press Approve on the newest card that a person has, signing in when the bot asks for it."""
    order = {"user": person, "verb": "approve", **({} if "activity_id" in more else {"latest": True}), **more}
    try:
        return dict(desk.control("POST", "/teams/click", body=order))
    except httpx.HTTPStatusError as problem:
        return {"status": problem.response.status_code, "body": {}}


def _card_of(desk: Desk, case: Json, *, person: str) -> Json:
    """Return which card of a person is the case's own: with several wishes the newest may be another's."""
    question = str(case["approval"]["id"])
    mine = [one for one in desk.messages(person) if question in json.dumps(one)]
    return {"activity_id": mine[-1]["id"]} if mine and "id" in mine[-1] else {}


def _answers(case: Json) -> int:
    return len(case["approval"]["answers"]) if case["approval"] else 0
