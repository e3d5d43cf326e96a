"""Approve Always: what is offered to whom, what a confirmation makes, and how it is taken back, all by clicks."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from agent.actions import parse_step
from agent.channels.approval_card import question_of
from agent.channels.card_elements import to_json
from agent.channels.grant_card import given_card, offer_card, third_button
from agent.errors import StorageError
from agent.intake import Reply
from agent.model.case import Case, Stage
from agent.port_values import notice_of
from agent.standing.giving import Giving, Offer
from agent.standing.kept import KeptGrant, grant_id_for, newly_given
from policy import AuthorizationRequest
from policy.evidence.grant import parse_grant
from tests.agent.areas.collected import PARAMS
from tests.agent.granted import ASK_STANDING, asking
from tests.agent.test_callback import Chat, click
from tests.agent.world import ANN, BOB, EVE, READERS, START, TENANT, WRITERS, World, add_member, reset_password

ADMIN_TOO = {
    "layer": "runtime",
    "rules": [
        {"id": "runtime.pass", "effect": "permit", "actions": ["*"]},
        {
            **ASK_STANDING["rules"][0],
            "id": "runtime.ask",
            "approval": {"from": ["tenant_admin"], "standing": "allowed"},
        },
    ],
}
RECORD: dict[str, Any] = {
    "id": "gr-1",
    "tenant_id": TENANT,
    "when": {"target.id": READERS},
    "discharges": "group_owner",
    "rules": [{"id": "action.ask", "digest": "d" * 64}],
    "granted_by": BOB,
    "not_before": START,
    "expires": START + timedelta(days=1),
    "max_uses": 1,
    "revoked": False,
}
MOVED = {"user_id": ANN, "changes": [{"field": "department", "to": "HR", "was": "Sales"}]}


@pytest.fixture
async def chat() -> Chat:
    """Ann wants to join the Readers, and Bob, who owns the group, may say yes from now on."""
    opened = Chat()
    await opened.ask(ASK_STANDING)
    return opened


async def confirm(chat: Chat, *, by: str = BOB, **choice: str) -> Reply:
    return await chat.press(click(await chat.case(), "grant", by=by, **choice))


async def bobs(chat: Chat) -> KeptGrant | None:
    case = await chat.case()
    assert case.approval_request is not None
    return await chat.world.grants.get(TENANT, grant_id_for(case.approval_request.id, BOB))


def said(reply: Reply) -> str:
    assert reply.status == 200
    return json.dumps(reply.body["value"])


async def eve_asks(world: World) -> Case:
    """Eve of Sales, who is no administrator here, asks for the same group, in a ticket of her own."""
    world.give_roles(EVE)
    world.plan(add_member(READERS, user=EVE))
    request = await world.store.load(next(iter(await ids(world))))
    assert request is not None
    asked = request.case.request.model_copy(update={"external_id": "T-2", "requester": "eve@contoso.example"})
    return await world.run((await world.loop.open(asked)).case_id)


async def ids(world: World) -> list[str]:
    return [held.case.id async for held in world.store.recent(9)]


async def test_the_second_card_says_all_of_the_pattern_in_words_and_changes_nothing(chat: Chat) -> None:
    reply = await chat.press(click(await chat.case(), "always"))
    words = said(reply)
    for one in (
        "For anybody of",
        "Sales",
        READERS,
        "action.ask",
        "group_owner",
        "how the channel proved",
        "identity risk",
    ):
        assert one in words, one
    verbs = [one["verb"] for one in reply.body["value"]["actions"]]
    assert verbs == ["grant", "view"] and (await chat.case()).stage is Stage.APPROVE
    assert {"approval", "plan"} == set(reply.body["value"]["actions"][0]["data"])
    assert await bobs(chat) is None and (await chat.case()).approvals == ()


async def test_both_cards_say_which_parameters_the_pattern_does_not_hold_to_what_they_are_now(chat: Chat) -> None:
    case = await chat.case()
    offer = await Giving(ports_for=chat.world._ports).offer(case, BOB)
    assert isinstance(offer, Offer)
    question = question_of(notice_of(case))
    for action, free in (
        ("teams.channel.create", "channel, description"),
        ("exo.autoreply.set", "status, internal text, external text, starts at, ends at"),
        ("entra.group.member.add", ""),
    ):
        step = parse_step(action, PARAMS[action])
        other = replace(offer, step=step, request=AuthorizationRequest(action, offer.request.facts))
        record = {**RECORD, "actions": [action]}
        kept = newly_given(parse_grant(record, source="t", catalogue=frozenset({action})), case_id=case.id)
        for card in (offer_card(other), given_card(kept.grant, kept=kept, question=question)):
            words = json.dumps(to_json(card))
            assert ("May differ each time" in words) is bool(free) and free in words


async def test_confirming_approves_this_case_and_from_then_on_nobody_is_asked_for_cases_like_it(chat: Chat) -> None:
    reply = await confirm(chat, days="7", uses="2")
    assert "standing grant given" in said(reply) and "everybody who was asked has agreed" in said(reply)
    # It is in the approval only, until the case goes on.
    assert await bobs(chat) is None
    done = await chat.world.run(chat.case_id)
    assert done.outcome == "resolved" and chat.world.members[READERS] == {ANN}
    kept = await bobs(chat)
    assert kept is not None and (kept.state, kept.owner_id, kept.given_in) == ("in_force", BOB, chat.case_id)
    assert kept.grant.max_uses == 2 and kept.grant.expires - kept.grant.not_before == timedelta(days=7)
    assert kept.grant.when.authored()["beneficiary.department"] == ["Sales"]
    assert "grant.given" in await chat.world.codes(chat.case_id)
    assert (await eve_asks(chat.world)).outcome == "resolved" and len(chat.world.people.asked) == 1
    assert chat.world.members[READERS] == {ANN, EVE}


async def test_a_double_confirmation_is_one_approval_and_one_grant_and_the_same_card(chat: Chat) -> None:
    case = await chat.case()
    press = click(case, "grant", uses="5")
    first, second = await chat.press(press), await chat.press(press)
    assert first.body == second.body and len((await chat.case()).approvals) == 1
    await chat.world.run(chat.case_id)
    third = await chat.press(press)
    assert "in force" in said(third) and len(await chat.world.grants.all(TENANT)) == 1


@pytest.mark.parametrize("is_closed", [False, True])
async def test_it_is_revoked_in_one_click_before_and_after_it_came_in_force(chat: Chat, is_closed: bool) -> None:
    case = await chat.case()
    await confirm(chat)
    if is_closed:
        await chat.world.run(chat.case_id)
    assert "no standing grant of yours" in said(await chat.press(click(case, "revoke", by=EVE)))
    reply = await chat.press(click(case, "revoke"))
    assert "revoked by you" in said(reply) and "actions" not in reply.body["value"]
    await chat.world.run(chat.case_id)
    kept = await bobs(chat)
    assert kept is not None and kept.state == "revoked"
    assert (await eve_asks(chat.world)).stage is Stage.APPROVE


async def test_with_two_to_ask_it_comes_in_force_once_both_agreed_and_never_if_one_refuses() -> None:
    for verdict, outcome in (("approve", "resolved"), ("refuse", "refused")):
        chat = Chat()
        await chat.ask(ASK_STANDING, ADMIN_TOO)
        await confirm(chat)
        waiting = await chat.world.run(chat.case_id)
        assert waiting.stage is Stage.APPROVE and await bobs(chat) is None
        await chat.press(click(waiting, verdict, by=EVE, reason="because"))
        assert (await chat.world.run(chat.case_id)).outcome == outcome
        assert (await bobs(chat) is not None) is (verdict == "approve")


async def test_once_somebody_refused_it_is_neither_shown_as_given_nor_kept_by_whoever_presses_again() -> None:
    chat = Chat()
    await chat.ask(ASK_STANDING, ADMIN_TOO)
    await confirm(chat)
    case = await chat.case()
    await chat.press(click(case, "refuse", by=EVE, reason="because"))
    again = await confirm(chat)
    assert "Refused" in said(again) and "standing grant" not in said(again)
    assert "no standing grant of yours" in said(await chat.press(click(case, "revoke")))
    assert await chat.world.grants.all(TENANT) == ()


async def test_one_that_is_revoked_before_it_came_in_force_is_in_force_at_no_time(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silent(*_: Any, **__: Any) -> None:
        raise StorageError("storage does not answer")

    await confirm(chat)
    with monkeypatch.context() as down:
        down.setattr(chat.world.grants, "change", silent)
        assert (await chat.press(click(await chat.case(), "revoke"))).status == 503
    kept = await bobs(chat)
    assert kept is None or kept.state == "revoked"


async def test_a_case_that_goes_wrong_suspends_the_grant_that_was_given_with_it(chat: Chat) -> None:
    chat.world.directory.on("POST", f"/groups/{READERS}/members/$ref", lambda _: (403, {"error": {"code": "x"}}))
    await confirm(chat)
    await chat.world.run(chat.case_id)
    kept = await bobs(chat)
    assert kept is not None and kept.state == "suspended"


@pytest.mark.parametrize(
    "choice",
    [{"pattern": "requester"}, {"uses": "0"}, {"uses": "1001"}, {"days": "91"}, {"days": "0"}],
    ids=str,
)
async def test_what_was_not_offered_is_not_given_and_nothing_is_approved(chat: Chat, choice: dict[str, str]) -> None:
    reply = await confirm(chat, **choice)
    assert reply.body["type"].endswith("activity.message")
    assert (await chat.case()).approvals == () and (await chat.case()).stage is Stage.APPROVE


async def test_who_was_not_asked_gives_nothing_and_learns_nothing(chat: Chat) -> None:
    for verb in ("always", "grant"):
        reply = await chat.press(click(await chat.case(), verb, by=EVE))
        assert reply.body["statusCode"] == 403 and "Sales" not in said(reply)
    assert (await chat.case()).approvals == ()


async def test_after_a_change_of_policy_it_is_approved_once_or_asked_again_but_not_given(chat: Chat) -> None:
    await chat.world.publish(asking(valid_for="1h"))
    for verb in ("always", "grant"):
        assert "policy has changed" in said(await chat.press(click(await chat.case(), verb)))
    assert (await chat.case()).approvals == ()


@pytest.mark.parametrize(
    ("documents", "steps"),
    [
        ([asking(standing="never")], [add_member(READERS)]),
        ([ASK_STANDING], [add_member(READERS), add_member(WRITERS)]),
        ([ASK_STANDING], [add_member(READERS).model_copy(update={"risk": 55})]),
        ([asking(**{"from": ["tenant_admin"]})], [reset_password(ANN)]),
        ([asking(**{"from": ["tenant_admin"]})], [parse_step("entra.user.profile.update", MOVED)]),
    ],
    ids=["never", "two steps", "a high risk", "a secret", "a value that no pattern names"],
)
async def test_the_button_is_not_there_where_no_grant_can_be_given(
    documents: list[dict[str, Any]], steps: list[Any]
) -> None:
    chat = Chat()
    await chat.ask(ASK_STANDING)
    open_case = await chat.case()
    assert third_button(notice_of(open_case), BOB) is not None and third_button(notice_of(open_case), EVE) is None
    engine_world = World()
    await engine_world.publish(*documents)
    engine_world.plan(*steps)
    waiting = await engine_world.run(await engine_world.open())
    if waiting.approval_request is not None:
        people = [one for asked in waiting.approval_request.asked for one in asked.approver_ids]
        assert people and not any(third_button(notice_of(waiting), one) for one in people)
    else:
        # A step that the catalogue would not build is not even asked about.
        assert waiting.stage is Stage.CLOSED
