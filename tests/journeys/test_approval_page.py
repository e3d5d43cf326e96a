"""The way without Teams on a whole stack: a mail, its link, a fresh sign-in, the plan, a yes, and the change itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from devhost.browser import Browser
from devhost.desk import Desk, Ticket
from devhost.stack import LocalStack
from tests.journeys.mails import link_in, mails_to

REQUESTER, OWNER, STRANGER = (f"{name}@quillmere.example" for name in ("ulrike.zang", "gwen.tallow", "hugo.rast"))
GROUP = "QG-Recipes"
BEFORE = "To see what you are asked, prove who you are."


@dataclass
class Asked:
    """A case that waits for somebody whom the bot cannot write to."""

    id: str
    mails: list[dict[str, Any]]
    cards_before: int


@pytest.fixture(scope="module")
def asked(stack: LocalStack, desk: Desk) -> Iterator[Asked]:
    desk.control("POST", "/teams/app", body={"user": OWNER, "installed": False})
    known, cards = len(mails_to(desk, OWNER)), len(desk.messages(OWNER))
    text = f"Please add me to the group {GROUP}. My cat Mrs Whiskerby needs it."
    case_id = desk.file(Ticket(f"AP-{uuid4().hex[:8]}", REQUESTER, summary="Recipes for Whiskerby", description=text))
    desk.wait(case_id, until=lambda one: bool(one["approval"] and one["approval"]["is_asked"]), seconds=60)
    yield Asked(case_id, mails_to(desk, OWNER)[known:], cards)
    desk.control("POST", "/teams/app", body={"user": OWNER, "installed": True})


def test_who_cannot_be_written_to_in_teams_gets_one_mail_that_tells_nothing(
    asked: Asked, stack: LocalStack, desk: Desk
) -> None:
    (mail,) = asked.mails
    assert len(desk.messages(OWNER)) == asked.cards_before
    assert link_in(mail).startswith(f"{stack.public_url}/api/approvals/{asked.id}-")
    for word in ("Whiskerby", "Recipes", "Ulrike", "ulrike", "Gwen", "group", "member"):
        assert word not in mail["raw"].replace(OWNER, ""), word


def test_a_sign_in_that_is_too_old_is_asked_for_again(asked: Asked, stack: LocalStack) -> None:
    with Browser(stack.address) as browser:
        page = browser.open(link_in(asked.mails[0]))
        assert BEFORE in page.text and GROUP not in page.text
        # Without the wish for a fresh one Entra takes the browser's session of this morning.
        drop = ("prompt", "max_age")
        old = browser.sign_in(page, OWNER, drop=drop, sim_signed_in_seconds_ago=3600)
        assert old.status_code == 401 and "did not confirm a fresh sign-in" in old.text
        page = browser.open(link_in(asked.mails[0]))
        assert BEFORE in page.text and GROUP not in page.text
        assert GROUP in browser.sign_in(page, OWNER).text


def test_a_stranger_to_whom_the_mail_was_forwarded_sees_nothing(asked: Asked, stack: LocalStack) -> None:
    with Browser(stack.address) as browser:
        page = browser.sign_in(browser.open(link_in(asked.mails[0])), STRANGER)
    assert page.status_code == 403 and "There is no open question for you here." in page.text
    assert GROUP not in page.text and "Whiskerby" not in page.text


def test_the_plan_is_seen_approved_done_and_checked(asked: Asked, stack: LocalStack, desk: Desk) -> None:
    with Browser(stack.address) as browser:
        link = link_in(asked.mails[0])
        page = browser.sign_in(browser.open(link), OWNER)
        case = desk.case(asked.id)
        assert case is not None and case["stage"] == "approve"
        assert str(page.url) == link and GROUP in page.text and "Whiskerby" in page.text
        assert case["approval"]["plan_digest"] in page.text and "/members/$ref" in page.text
        answered = browser.answer(page, "approve")
        assert answered.status_code == 200 and "<h1>Approved</h1>" in answered.text
        assert "<h1>Approved</h1>" in browser.answer(page, "approve").text
    closed = desk.wait(asked.id, until=lambda one: one["stage"] == "closed", seconds=60)
    codes = [one["code"] for one in closed["events"]]
    assert closed["outcome"] == "resolved" and len(closed["writes"]) == 1 and codes.count("approval.given") == 1
    assert "effect.verified" in codes and desk.is_member(REQUESTER, GROUP)
    (given,) = (one for one in closed["events"] if one["code"] == "approval.given")
    assert given["data"]["proof"] == "sign_in"
