"""The door for Slack, as stories: only what Slack signed is read, only linked people are heard, and nothing twice."""

import asyncio
import json
from typing import Any

import pytest

from agent.errors import DirectoryError
from agent.model.case import Stage
from agent.model.service_request import Assurance
from tests.agent.slack_room import ANNA, MAILED, OLD_SECRET, TEAM, account, event, signed, slack_room
from tests.agent.stand_ins import Script
from tests.agent.world import ALLOW_ALL, ANN, BOB, EVE, GUEST, READERS, TENANT, by_address, reset_password, user

WISH = "add me to the group Readers"
UNLINKED = "I do not know whose Slack account this is"


async def test_the_whole_talk_in_slack_from_a_wish_in_plain_words_to_its_one_outcome() -> None:
    chat = await slack_room()
    await chat.types("Hi! Please add me to the project group")
    await chat.types("Readers")
    case = await chat.the_case()
    assert case.stage is Stage.APPROVE
    await chat.world.answer(case.id, person=BOB)
    await chat.run()
    ref = case.id[:8]
    assert chat.texts() == [
        f"I am on it (case {ref}).",
        f"I find no group that is called “project”. What is its exact name? (case {ref})",
        f"Case {ref}: waiting for approval by an owner of the group.",
        "Done and checked: Add ann to the group Readers.",
    ]
    assert chat.world.members[READERS] == {ANN}
    # The approver was asked in Teams, and nothing of it was said there to who asked.
    assert chat.teams.told == [] and chat.teams.asked


async def test_the_case_says_through_which_channel_and_by_which_account_it_came() -> None:
    chat = await slack_room()
    await chat.types(WISH)
    request = (await chat.the_case()).request
    assert (request.channel, request.source, request.requester) == ("slack", "slack", ANN)
    assert (request.tenant_id, request.assurance, request.reply_to) == (TENANT, Assurance.SSO, ANNA)


FORGED: dict[str, dict[str, Any]] = {
    "another secret": {"secret": "0" * 32},
    "a time of five minutes ago": {"late": 301},
    "a time in five minutes": {"late": -301},
    "no signature": {"X_Slack_Signature": ""},
    "a signature of another version": {"X_Slack_Signature": "v1=" + "0" * 64},
    "a signature that is no text of ours": {"X_Slack_Signature": "v0=\u00e9" + "0" * 63},
    "no time": {"X_Slack_Request_Timestamp": ""},
    "a time that is no number": {"X_Slack_Request_Timestamp": "abc"},
    "a time of too many digits": {"X_Slack_Request_Timestamp": "9" * 5_000},
    "a second signature": {"x_slack_signature": "v0=" + "0" * 64},
}


@pytest.mark.parametrize("how", FORGED)
async def test_what_slack_did_not_sign_now_is_refused_and_leaves_nothing(how: str) -> None:
    chat = await slack_room()
    assert (await chat.knock(event(WISH), **FORGED[how])).status == 401
    assert await chat.all_cases() == [] and chat.slack.asked == []


async def test_a_body_that_was_changed_or_is_of_no_workspace_is_refused_alike() -> None:
    chat = await slack_room()
    good, now = event(WISH), chat.world.clock.now().timestamp()
    changed = good.replace(b"Readers", b"Writers")
    answers = [
        await chat.door.receive(TEAM, signed(good, at=now), body=changed),
        await chat.knock(good, team="T0NOBODY"),
        await chat.knock(good, team="T0NOBODY", secret=""),
    ]
    assert [one.status for one in answers] == [401, 401, 401] and await chat.all_cases() == []


async def test_what_is_too_large_is_not_even_hashed_and_without_a_secret_nobody_is_believed() -> None:
    chat = await slack_room()
    assert (await chat.knock(b"x" * 262_145)).status == 413
    for broken in ("", "short"):
        chat.secrets = broken
        assert (await chat.knock(event(WISH), secret=broken)).status == 503
    assert await chat.all_cases() == []


async def test_while_a_secret_is_rotated_both_count() -> None:
    chat = await slack_room()
    assert (await chat.knock(event(WISH), secret=OLD_SECRET)).status == 200
    assert len(await chat.all_cases()) == 1


async def test_slacks_question_whether_we_are_there_is_answered_only_when_signed() -> None:
    chat = await slack_room()
    asked = json.dumps({"type": "url_verification", "challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY"}).encode()
    assert (await chat.knock(asked)).body == {"challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY"}
    assert (await chat.knock(asked, secret="0" * 32)).status == 401
    assert (await chat.knock(json.dumps({"type": "url_verification", "challenge": "<b>\n"}).encode())).status == 400


NOBODYS_WISH: dict[str, dict[str, Any]] = {
    "in a channel": {"channel_type": "channel"},
    "in a group of several": {"channel_type": "mpim"},
    "where it is not told where": {"channel_type": None},
    "changed afterwards": {"subtype": "message_changed"},
    "marked as edited": {"edited": {"user": ANNA, "ts": "1"}},
    "deleted": {"subtype": "message_deleted", "hidden": True},
    "of a bot": {"bot_id": "B01"},
    "of a bot of the old kind": {"subtype": "bot_message", "user": None},
    "of another app": {"app_id": "A0OTHER"},
    "of another organisation": {"user_team": "T0OTHER"},
    "in a shared chat": {"outer": {"is_ext_shared_channel": True}},
    "no message": {"type": "reaction_added"},
    "no event": {"outer": {"type": "app_rate_limited"}},
}


@pytest.mark.parametrize("which", NOBODYS_WISH)
async def test_what_is_no_direct_message_of_a_person_is_left_alone(which: str) -> None:
    chat = await slack_room()
    await chat.types(WISH, **NOBODYS_WISH[which])
    assert (await chat.all_cases(), chat.slack.asked) == ([], [])


@pytest.mark.parametrize("outer", [{"team_id": "T0OTHER"}, {"api_app_id": "A0OTHER"}], ids=["team", "app"])
async def test_an_event_of_another_workspace_or_for_another_app_is_refused(outer: dict[str, str]) -> None:
    chat = await slack_room()
    assert (await chat.knock(event(WISH, outer=outer))).status == 403
    assert await chat.all_cases() == []


MALFORMED = [b"", b"null", b"[]", b"{}", b"[" * 50_000, b"\xff", b'{"type": "event_callback"}', event(WISH, by="Ann")]


@pytest.mark.parametrize("body", MALFORMED, ids=range(len(MALFORMED)))
async def test_what_is_malformed_is_refused_without_repeating_it(body: bytes) -> None:
    chat = await slack_room()
    reply = await chat.knock(body)
    assert reply.status == 400 and "Readers" not in reply.text and await chat.all_cases() == []


async def test_an_event_that_comes_again_is_one_case_and_one_reply() -> None:
    chat = await slack_room()
    body = await chat.types(WISH)
    for _ in range(3):
        chat.world.clock.pass_(60)
        await chat.knock(body)
    await asyncio.gather(*(chat.knock(body, runs=False) for _ in range(20)))
    assert len(await chat.all_cases()) == 1 and sum("I am on it" in text for text in chat.texts()) == 1


async def test_whoever_is_not_listed_is_known_by_the_address_that_slack_has_confirmed() -> None:
    chat = await slack_room()
    await chat.types(WISH, by=MAILED)
    case = await chat.the_case()
    assert (case.request.requester, case.request.reply_to) == (ANN, MAILED) and "I am on it" in chat.texts(MAILED)[0]


UNPROVEN: dict[str, dict[str, Any]] = {
    "an address that is not confirmed": {"is_email_confirmed": False},
    "an address of which it is not told": {"is_email_confirmed": None},
    "no address": {"email": None},
    "an address of nobody": {"email": "mallory@contoso.example"},
    "an address with a blank": {"email": "ann@contoso.example evil"},
    "a guest of the workspace": {"is_restricted": True},
    "a guest of one channel": {"is_ultra_restricted": True},
    "an account of which it is not told whether it is a guest's": {"is_restricted": None},
    "a bot": {"is_bot": True},
    "an account that was switched off": {"deleted": True},
    "a stranger": {"is_stranger": True},
    "another workspace": {"team_id": "T0OTHER"},
    "another account": {"id": ANNA},
}


@pytest.mark.parametrize("which", UNPROVEN)
async def test_whose_account_is_not_proven_gets_a_help_text_once_a_minute_and_nothing_else(which: str) -> None:
    chat = await slack_room()
    chat.world.directory.put(by_address("mallory@contoso.example"), {"value": []})
    chat.slack.users[MAILED] = account(MAILED, **UNPROVEN[which])
    for text in (WISH, "status", "cancel"):
        await chat.types(text, by=MAILED)
    assert await chat.all_cases() == [] and len(chat.texts(MAILED)) == 1
    assert chat.texts(MAILED)[0].startswith(UNLINKED) and chat.teams.told == []


@pytest.mark.parametrize("found", [{"mail": "team@contoso.example"}, {"userType": "Guest"}, {"accountEnabled": False}])
async def test_an_alias_a_guest_and_a_disabled_account_are_nobody(found: dict[str, Any]) -> None:
    chat = await slack_room()
    shape = {**user(EVE, "eve"), "mail": "team@contoso.example", **found}
    chat.world.directory.put(f"/users/{EVE}", shape)
    alias = "alias@contoso.example" if "mail" in found else "team@contoso.example"
    chat.world.directory.put(by_address(alias), {"value": [shape]})
    chat.slack.users[MAILED] = account(MAILED, email=alias)
    await chat.types(WISH, by=MAILED)
    assert await chat.all_cases() == [] and len(chat.texts(MAILED)) == 1


async def test_an_address_that_two_accounts_have_is_nobodys() -> None:
    chat = await slack_room()
    both = [{**user(one, name), "mail": "ann@contoso.example"} for one, name in ((ANN, "ann"), (GUEST, "guest"))]
    chat.world.directory.put(by_address("ann@contoso.example"), {"value": both})
    await chat.types(WISH, by=MAILED)
    assert await chat.all_cases() == [] and "cannot check who you are" in chat.texts(MAILED)[0]


async def test_while_slack_or_the_directory_is_silent_nobody_is_believed() -> None:
    chat = await slack_room()
    chat.slack.is_down = True
    await chat.types(WISH, by=MAILED)
    chat.slack.is_down = False
    chat.world.directory.refuse("GET", f"/users/{ANN}", DirectoryError("no answer"))
    await chat.types(WISH)
    assert await chat.all_cases() == [] and "cannot check who you are" in chat.texts()[0]


async def test_a_question_put_in_teams_is_not_answered_in_slack_and_the_other_way_round() -> None:
    chat = await slack_room()
    await chat.says("add me to the project group")
    await chat.types("Readers")
    asked = [case for case in await chat.all_cases() if case.request.channel == "teams"]
    assert asked[0].replies == () and len(await chat.all_cases()) == 2
    await chat.types("status")
    assert "Readers" in chat.texts()[-1] and "project" not in chat.texts()[-1]
    await chat.types(f"cancel {asked[0].id[:8]}")
    assert (await chat.world.case(asked[0].id)).stage is Stage.CLARIFY


async def test_codes_of_slack_are_read_as_people_see_them_and_ours_are_none() -> None:
    chat = await slack_room()
    await chat.types("<@U0BOT> add <mailto:ann@contoso.example|Ann &amp; Co> to <https://x.example|the group> Readers")
    assert (await chat.the_case()).request.text == "add ann@contoso.example to https://x.example Readers"
    await chat.types("cancel")
    await chat.types("add me to the group &lt;!channel&gt; &lt;https://evil.example|Readers&gt;")
    assert not any("<" in text or ">" in text for text in chat.texts())


async def test_a_secret_for_who_asked_in_slack_is_shown_in_teams_and_the_outcome_says_so() -> None:
    chat = await slack_room()
    await chat.world.publish(ALLOW_ALL)
    chat.world.planner = Script()
    chat.world.plan(reset_password())

    def effect(_body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        changed_at = chat.world.clock.now().isoformat()
        chat.world.directory.put(f"/users/{ANN}", {**user(ANN, "ann"), "lastPasswordChangeDateTime": changed_at})
        return 204, {}

    chat.world.directory.on("PATCH", f"/users/{ANN}", effect)
    await chat.types("I forgot my password")
    ((person, secret),) = chat.teams.secrets
    assert person == ANN and "shown in the Teams chat" in chat.texts()[-1]
    assert not any(secret in text for _, text in chat.slack.posted)


async def test_an_outcome_that_slack_does_not_take_is_told_in_teams() -> None:
    chat = await slack_room()
    await chat.types("add me to the project group")
    chat.slack.is_down = True
    await chat.types("cancel")
    assert [whom for whom, _ in chat.teams.told] == [ANN] and "Cancelled" in chat.teams.told[0][1]


async def test_the_log_has_the_ids_of_the_message_that_opened_a_case() -> None:
    chat = await slack_room()
    await chat.types(WISH)
    opened, *_ = await chat.world.store.events((await chat.the_case()).id)
    evidence = opened.data["evidence"]
    assert (evidence["slack_user"], evidence["event_id"], evidence["team_id"]) == (ANNA, "Ev01", TEAM)
