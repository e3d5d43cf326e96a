"""Cards reach those who may answer, messages one person, and secrets nobody else."""

import json
import logging
from typing import Any

import httpx
import pytest

from agent.channels.card_elements import to_json
from agent.channels.connector import Connector
from agent.channels.teams import TeamsChannel, shown_again
from agent.errors import ChannelError
from agent.model.approval import Asked
from agent.model.sent_card import SentCard
from agent.ports import ApprovalNotice
from policy.decision import Requirement
from tests.agent.channels.card_reading import PAGES, buttons, lines
from tests.agent.channels.cases import ADMIN, MEGAN, OWNER, TENANT, step, waiting
from tests.agent.channels.fake_teams import FakeTeams

SECRET = "Vq7!kd(y)*Zr3:)pw_2L"


async def token() -> str:
    return "bot-token"


def channel(teams: FakeTeams) -> TeamsChannel:
    client = httpx.AsyncClient(transport=httpx.MockTransport(teams))
    connector = Connector(client, base_url="https://localhost:7443/teams/", bot_app_id="bot", token=token)
    return TeamsChannel(connector, pages=PAGES)


def notice(**changes: Any) -> ApprovalNotice:
    case = waiting(**changes)
    assert case.approval_request is not None
    return ApprovalNotice(case=case, request=case.approval_request, requester_label="Megan")


async def test_everybody_who_was_asked_gets_the_card_once() -> None:
    teams = FakeTeams()
    people = channel(teams)
    await people.ask(notice())
    await people.ask(notice())
    for person in (OWNER, ADMIN):
        (message,) = teams.sent_to(person)
        card = message["attachments"][0]["content"]
        assert message["attachments"][0]["contentType"] == "application/vnd.microsoft.card.adaptive"
        assert card["actions"][0]["data"]["plan"] == notice().request.plan_digest


async def test_a_question_that_waits_for_a_sign_in_is_put_again_to_those_whose_sign_in_it_is() -> None:
    teams = FakeTeams()
    people = channel(teams)
    await people.ask(notice())
    await people.ask(notice(sign_in_of=(OWNER,)))
    assert (len(teams.sent_to(OWNER)), len(teams.sent_to(ADMIN))) == (2, 1)


async def test_of_a_plan_that_fits_no_card_people_get_the_way_to_its_page_and_no_approve() -> None:
    teams = FakeTeams()
    await channel(teams).ask(notice(steps=(step(user_name="\U0001f600" * 12),) * 150))
    (message,) = teams.sent_to(OWNER)
    card = message["attachments"][0]["content"]
    titles = {one["title"]: one for one in buttons(card)}
    assert "Approve" not in titles and "open the full plan" in str(card["body"])
    assert titles["Full plan"]["url"] == PAGES.approval("approval-1").url


async def test_one_approver_who_is_reached_is_enough_and_the_others_are_tried_again() -> None:
    teams = FakeTeams()
    people = channel(teams)
    teams.unreachable = {OWNER}
    await people.ask(notice())
    teams.unreachable = set()
    await people.ask(notice())
    assert (len(teams.sent_to(OWNER)), len(teams.sent_to(ADMIN))) == (1, 1)


async def test_when_nobody_can_be_reached_it_is_an_error() -> None:
    teams = FakeTeams()
    teams.unreachable = {OWNER, ADMIN}
    with pytest.raises(ChannelError):
        await channel(teams).ask(notice())


async def test_the_requester_is_not_asked_about_their_own_request() -> None:
    teams = FakeTeams()
    case = waiting()
    assert case.approval_request is not None
    asked = (Asked(requirement=Requirement("tenant_admin"), approver_ids=(MEGAN,)),)
    request = case.approval_request.model_copy(update={"asked": asked})
    with pytest.raises(ChannelError):
        await channel(teams).ask(ApprovalNotice(case=case, request=request, requester_label="Megan"))
    assert teams.requests == []


async def test_a_message_is_plain_text_to_one_person_in_their_tenant() -> None:
    teams = FakeTeams()
    await channel(teams).tell(TENANT, MEGAN, text="*Done* and <b>checked</b>.")
    (message,) = teams.sent_to(MEGAN)
    assert (message["text"], message["textFormat"]) == ("*Done* and <b>checked</b>.", "plain")
    assert json.loads(teams.requests[0].content)["tenantId"] == TENANT


async def test_a_conversation_is_opened_once_and_again_after_it_failed() -> None:
    teams = FakeTeams()
    people = channel(teams)
    for _ in range(2):
        await people.tell(TENANT, MEGAN, text="x")
    assert len(teams.requests) == 3
    teams.people.clear()
    with pytest.raises(ChannelError):
        await people.tell(TENANT, MEGAN, text="x")
    await people.tell(TENANT, MEGAN, text="x")


@pytest.mark.parametrize("person", ["", "megan@contoso.example", "../x", MEGAN.upper() + "0"])
async def test_only_object_ids_are_spoken_to(person: str) -> None:
    teams = FakeTeams()
    with pytest.raises(ChannelError):
        await channel(teams).tell(TENANT, person, text="x")
    assert teams.requests == []


async def test_a_secret_is_shown_unchanged_to_one_person_and_in_no_preview() -> None:
    teams = FakeTeams()
    await channel(teams).deliver_secret(TENANT, MEGAN, intro="Your temporary password", secret=SECRET)
    (message,) = teams.messages.values()
    assert message["to"] == MEGAN and "text" not in message and SECRET not in message["summary"]
    assert lines(message["attachments"][0]["content"]) == ["Your temporary password" + SECRET]


@pytest.mark.parametrize("fault", ["status", "broken", "closed"])
async def test_a_secret_that_cannot_be_delivered_is_in_no_error_and_no_log(
    fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    teams = FakeTeams()
    people = channel(teams)
    await people.tell(TENANT, MEGAN, text="hello")
    if fault == "status":
        teams.status, teams.answer = 500, SECRET.encode()
    elif fault == "broken":
        teams.broken = httpx.ConnectError(SECRET)
    else:
        teams.people.clear()
    with caplog.at_level(logging.DEBUG), pytest.raises(ChannelError) as caught:
        await people.deliver_secret(TENANT, MEGAN, intro="x", secret=SECRET)
    assert SECRET not in str(caught.value) and caught.value.__context__ is None and caught.value.__cause__ is None
    assert SECRET not in caplog.text


@pytest.mark.parametrize("secret", ["", "two words", "caf\u00e9" * 6, "a{{b", "a${b", "x" * 257, "line\nbreak"])
async def test_a_secret_that_a_card_would_change_is_not_sent(secret: str) -> None:
    teams = FakeTeams()
    with pytest.raises(ChannelError):
        await channel(teams).deliver_secret(TENANT, MEGAN, intro="x", secret=secret)
    assert teams.requests == []


async def test_a_card_is_shown_anew_where_it_was_posted_and_says_how_it_ended() -> None:
    teams = FakeTeams()
    people = channel(teams)
    sent = await people.ask(notice())
    assert {one.person_id for one in sent} == {OWNER, ADMIN}
    ended = [one.model_copy(update={"shows": "refused", "answers": 1}) for one in sent]
    await people.update(notice().case, ended)
    for person in (OWNER, ADMIN):
        (message,) = teams.sent_to(person)
        assert message["summary"] == "Refused" and buttons(message["attachments"][0]["content"]) == []


@pytest.mark.parametrize(
    ("shows", "headline", "presses"),
    [
        ("open", "Approval needed", {"Approve", "Refuse"}),
        ("answered", "Approved", set()),
        ("approved", "Approved", set()),
        ("expired", "Expired without an answer", set()),
        ("changed", "Closed: the plan or the case has changed", set()),
    ],
)
async def test_every_state_of_a_card_has_its_headline_and_its_buttons(
    shows: Any, headline: str, presses: set[str]
) -> None:
    sent = SentCard(request_id="approval-1", person_id=OWNER, conversation_id="c", activity_id="a", shows=shows)
    card = to_json(shown_again(notice().case, sent, pages=PAGES))
    assert card["body"][0]["text"] == headline
    assert {one["title"] for one in buttons(card)} - {"Full plan"} == presses


async def test_a_card_of_an_older_question_shows_nothing_of_the_present_plan() -> None:
    sent = SentCard(request_id="older", person_id=OWNER, conversation_id="c", activity_id="a", shows="changed")
    assert len(to_json(shown_again(notice().case, sent, pages=PAGES))["body"]) == 1


async def test_one_card_that_cannot_be_shown_anew_keeps_no_other_from_it() -> None:
    teams = FakeTeams()
    people = channel(teams)
    sent = await people.ask(notice())
    gone = sent[0].model_copy(update={"activity_id": "gone", "shows": "approved"})
    with pytest.raises(ChannelError):
        await people.update(notice().case, [gone, sent[1].model_copy(update={"shows": "approved"})])
    (message,) = teams.sent_to(sent[1].person_id)
    assert message["summary"] == "Approved"


async def test_a_card_that_awaits_a_new_sign_in_says_so() -> None:
    teams = FakeTeams()
    await channel(teams).ask(notice(sign_in_of=(OWNER,)))
    (message,) = teams.sent_to(OWNER)
    assert "it goes on when you have signed in again" in str(message["attachments"][0]["content"]["body"])
