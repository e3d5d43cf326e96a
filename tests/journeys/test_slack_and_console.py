"""Slack and the console's page on a whole stack: a wish, a question, its answer, and what neither of them sent."""

from uuid import uuid4

from devhost.browser import Browser
from devhost.desk import Desk
from devhost.stack import LocalStack

PERSON, STRANGER = "ulrike.zang@quillmere.example", "hugo.rast@quillmere.example"


def test_a_wish_in_slack_is_asked_back_about_and_goes_on_with_the_answer(desk: Desk) -> None:
    before, known = set(desk.cases()), len(desk.slack_texts(PERSON))
    first = desk.say_in_slack(PERSON, f"please add me to the group no-such-{uuid4().hex[:8]}")
    again = desk.say_in_slack(PERSON, "", ts=first["ts"], retry=1)
    assert (first["status"], again["status"]) == (200, 200)
    (case_id,) = set(desk.cases()) - before
    asked = desk.wait(case_id, until=lambda _: len(desk.slack_texts(PERSON)) == known + 2, seconds=60)
    assert (asked["stage"], asked["channel"]) == ("clarify", "slack")
    assert desk.say_in_slack(PERSON, "cancel")["status"] == 200
    closed = desk.wait(case_id, until=lambda one: one["stage"] == "closed", seconds=60)
    accepted, question, outcome = desk.slack_texts(PERSON)[known:]
    assert "I am on it" in accepted and question.endswith(f"(case {case_id[:8]})") and "Cancelled" in outcome
    assert closed["outcome"] == "refused" and set(desk.cases()) - before == {case_id}


def test_what_slack_did_not_sign_and_whom_it_does_not_vouch_for_open_nothing(desk: Desk) -> None:
    before, known = set(desk.cases()), len(desk.slack_texts(STRANGER))
    assert desk.say_in_slack(STRANGER, "add me to the group QG-Recipes", tamper="other_secret")["status"] == 401
    assert desk.say_in_slack(STRANGER, "add me to the group QG-Recipes", tamper="other_team")["status"] == 403
    desk.control("POST", "/slack/accounts", body={"user": STRANGER, "changes": {"is_email_confirmed": False}})
    assert desk.say_in_slack(STRANGER, "add me to the group QG-Recipes")["status"] == 200
    desk.control("POST", "/slack/accounts", body={"user": STRANGER, "changes": {"is_email_confirmed": True}})
    (told,) = desk.slack_texts(STRANGER)[known:]
    assert "whose Slack account" in told and set(desk.cases()) == before


def test_a_wish_in_the_console_is_asked_back_about_on_its_page_and_shown_to_nobody_else(
    stack: LocalStack, desk: Desk
) -> None:
    with Browser(stack.address) as browser, Browser(stack.address) as other:
        page = browser.ask(PERSON, f"please add me to the group no-such-{uuid4().hex[:8]}")
        case_id = page.url.path.rpartition("/")[2]
        case = desk.wait(case_id, until=lambda one: one["stage"] == "clarify", seconds=60)
        assert (case["channel"], case["requester"]) == ("console", desk.object_id(PERSON))
        desk.wait(case_id, until=lambda _: "I find no group" in browser.open(str(page.url)).text, seconds=30)
        other.sign_in(other.open(f"{stack.public_url}/api/requests"), STRANGER)
        assert other.open(str(page.url)).status_code == 404
        browser.send(browser.open(str(page.url)), reply=f"no-such-{uuid4().hex[:8]}")
    codes = [one["code"] for one in (desk.case(case_id) or {})["events"]]
    assert "question.answered" in codes
