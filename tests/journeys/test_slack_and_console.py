"""Slack on a whole stack: a wish in the app's direct chat, and what Slack did not send."""

from uuid import uuid4

from devhost.desk import Desk

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
