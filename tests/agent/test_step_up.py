"""A risky plan is approved only by somebody for whom Entra signed: no other yes counts, and the click asks for it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from agent.actions import CATALOGUE, parse_step
from agent.answering import Answering
from agent.callback import Callback
from agent.channels.card_answer import StepUp
from agent.channels.card_words import Words
from agent.errors import NotAuthorizedError
from agent.gate import STEP_UP_RISK, grant, grant_undo, needs_step_up
from agent.model.case import Case, Stage
from policy import Requirement, Verdict
from tests.agent.channels.card_reading import PAGES
from tests.agent.gate_cases import ASK, LATER, answered, case_with, decision
from tests.agent.identity.entra import APP, access_token, issuer
from tests.agent.test_callback import Chat, click
from tests.agent.world import ANN, BOB, EVE, READERS, START, TENANT, add_member, reset_password

ASK_ADMIN = {
    "layer": "action",
    "rules": [
        {
            "id": "action.ask-admin",
            "effect": "require_approval",
            "actions": ["entra.user.password.reset"],
            "approval": {"from": ["tenant_admin"], "count": 1, "standing": "never"},
        }
    ],
}
ENABLE = parse_step("entra.user.enable", {"user_id": ANN})


class RiskyChat(Chat):
    """A case in memory that asks Eve whether Ann gets a new password."""

    async def ask(self) -> Case:
        await self.world.publish(ASK_ADMIN)
        self.world.plan(reset_password())
        self.case_id = await self.world.open()
        waiting = await self.world.run(self.case_id)
        assert waiting.stage is Stage.APPROVE and waiting.approval_asked
        return waiting

    def token(self, **changes: Any) -> str:
        """The token that Eve's client has for us."""
        now = int(self.world.clock.now().timestamp())
        own = {"oid": EVE, "tid": TENANT, "iss": issuer(TENANT), "nbf": now - 60, "exp": now + 600}
        return access_token(**{**own, **changes})


def signed(sent: dict[str, Any], token: str) -> dict[str, Any]:
    sent["value"]["authentication"] = {"id": "f:1", "connectionName": "remit", "token": token}
    return sent


@pytest.fixture
async def chat() -> RiskyChat:
    opened = RiskyChat()
    await opened.ask()
    return opened


async def test_a_click_alone_approves_no_password_but_asks_the_client_for_a_token(chat: RiskyChat) -> None:
    before = await chat.case()
    reply = await chat.press(click(before, by=EVE))
    login = reply.body["value"]
    assert (reply.status, reply.body["statusCode"]) == (200, 401)
    assert reply.body["type"] == "application/vnd.microsoft.activity.loginRequest"
    assert login["tokenExchangeResource"] == {"id": "f:1", "uri": f"api://{APP}"}
    assert login["connectionName"] == "remit" and login["buttons"][0]["type"] == "signin"
    assert await chat.case() == before


async def test_the_repeated_click_with_the_own_token_approves_and_keeps_the_evidence_only(chat: RiskyChat) -> None:
    token = chat.token()
    reply = await chat.press(signed(click(await chat.case(), by=EVE), token))
    assert reply.body["statusCode"] == 200
    case = await chat.case()
    assert (case.stage, case.approvals[0].proof) == (Stage.EXECUTE, "user_token")
    assert case.approvals[0].evidence["user_token_id"] == "uti-1" and case.approvals[0].evidence["activity_id"] == "f:1"
    assert token.split(".")[2] not in case.model_dump_json() + reply.text
    given = [one for one in await chat.world.store.events(chat.case_id) if one.code.value == "approval.given"]
    assert [one.data["proof"] for one in given] == ["user_token"]


BAD: dict[str, Callable[[RiskyChat], str]] = {
    "of another person": lambda chat: chat.token(oid=BOB),
    "of another tenant": lambda chat: chat.token(tid=ANN, iss=issuer(ANN)),
    "expired": lambda chat: chat.token(exp=int(START.timestamp()) - 3_600),
    "an app's own": lambda chat: chat.token(scp=None, idtyp="app"),
    "an ID token": lambda chat: chat.token(scp=None, azp=None),
    "rubbish": lambda _: "a.b.c",
}


@pytest.mark.parametrize("name", BAD)
async def test_a_click_is_not_taken_with_a_token_that_is(chat: RiskyChat, name: str) -> None:
    before = await chat.case()
    reply = await chat.press(signed(click(before, by=EVE), BAD[name](chat)))
    assert reply.body["statusCode"] == (403 if name == "of another person" else 412)
    assert await chat.case() == before


async def test_where_no_token_is_needed_a_bad_one_is_not_overlooked() -> None:
    chat = Chat()
    before = await chat.ask()
    assert (await chat.press(signed(click(before), "a.b.c"))).body["statusCode"] == 412
    assert await chat.case() == before


async def test_the_card_says_before_the_click_that_a_yes_takes_a_sign_in(chat: RiskyChat) -> None:
    shown = await chat.press(click(await chat.case(), "view", by=EVE))
    assert Words.NEEDS_SIGN_IN.value in shown.text


async def test_a_refusal_stops_something_and_needs_no_token(chat: RiskyChat) -> None:
    await chat.press(click(await chat.case(), "refuse", by=EVE, reason="not her"))
    assert (await chat.world.run(chat.case_id)).outcome == "refused"


async def test_a_stranger_is_not_even_asked_to_sign_in(chat: RiskyChat) -> None:
    assert (await chat.press(click(await chat.case(), by=BOB))).body["value"]["code"] == "notApprover"


async def test_where_teams_cannot_sign_in_the_click_leads_to_the_page_and_never_counts(chat: RiskyChat) -> None:
    whole = chat.callback
    answering = Answering(chat.world.loop, store=chat.world.store, ports_for=chat.world._ports, clock=chat.world.clock)
    parts: dict[str, Any] = {
        name: getattr(whole, f"_{name}") for name in ("granting", "tokens", "people", "conversation")
    }
    chat.callback = Callback(answering, pages=PAGES, step_up=StepUp(), clock=chat.world.clock, **parts)
    before = await chat.case()
    reply = await chat.press(click(before, by=EVE))
    assert before.approval_request is not None
    assert reply.body["type"] == "application/vnd.microsoft.activity.message"
    assert PAGES.approval(before.approval_request.id).url in reply.body["value"]
    assert await chat.case() == before


async def test_a_yes_that_got_around_the_click_still_opens_nothing(chat: RiskyChat) -> None:
    waiting = await chat.world.answer(chat.case_id, person=EVE, proof="channel")
    assert waiting.stage is Stage.APPROVE, "one more yes is awaited: this one does not count"
    held = await chat.world.store.load(chat.case_id)
    assert held is not None
    forced = held.case.evolve(stage=Stage.EXECUTE)
    saved = await chat.world.store.commit(held, forced, events=(), attempts=(), due_at=START)
    await chat.world.loop.advance(Stage.EXECUTE, chat.case_id, seq=saved.seq)
    await chat.world.run(chat.case_id)
    assert not chat.world.directory.written


@pytest.mark.parametrize("proof", ["user_token", "sign_in"])
def test_the_gate_counts_a_yes_to_a_risky_plan_only_from_whom_entra_signed_for(proof: str) -> None:
    case = case_with(ENABLE)
    assert grant(answered(case, BOB, proof=proof), ASK, now=LATER).approver_ids == (BOB,)
    with pytest.raises(NotAuthorizedError, match="missing from `group_owner` x1") as refusal:
        grant(answered(case, BOB, proof="channel"), ASK, now=LATER)
    assert refusal.value.needs_people


def test_of_two_that_are_needed_both_must_be_signed_for() -> None:
    two = Requirement("group_owner", 2, "never")
    case = answered(case_with(ENABLE, requirement=two, approvers=(BOB, EVE)), BOB, EVE)
    weak = case.approvals[1].model_copy(update={"proof": "channel"})
    both = decision(Verdict.APPROVAL, requirements=frozenset({two}))
    assert grant(case, both, now=LATER).approver_ids == (BOB, EVE)
    with pytest.raises(NotAuthorizedError, match="missing"):
        grant(case.evolve(approvals=(case.approvals[0], weak)), both, now=LATER)


def test_one_risky_step_makes_every_step_of_its_plan_need_the_proof() -> None:
    case = answered(case_with(add_member(READERS), ENABLE), BOB, proof="channel")
    with pytest.raises(NotAuthorizedError, match="missing"):
        grant(case, ASK, now=LATER)


def test_an_everyday_plan_needs_no_more_than_the_channel() -> None:
    assert grant(answered(case_with(), BOB, proof="channel"), ASK, now=LATER).approver_ids == (BOB,)


def test_what_was_approved_with_proof_may_be_put_back_after_the_approvals_end() -> None:
    late = START + timedelta(days=2)
    case = case_with(ENABLE)
    assert grant_undo(answered(case, BOB), ASK, now=late, created_id="").approver_ids == (BOB,)
    with pytest.raises(NotAuthorizedError, match="missing"):
        grant_undo(answered(case, BOB, proof="channel"), ASK, now=late, created_id="")


def test_the_limit_itself_is_risky_and_what_lies_below_is_not() -> None:
    phone = parse_step(
        "entra.auth.method.phone.delete", {"user_id": ANN, "phone_type": "mobile", "was_number": "+44 2079460000"}
    )
    disable = parse_step("entra.user.disable", {"user_id": ANN})
    assert CATALOGUE[phone.action].risk == STEP_UP_RISK > CATALOGUE[disable.action].risk
    assert needs_step_up(case_with(phone))
    assert not needs_step_up(case_with(disable))


def test_passwords_sign_in_methods_roles_and_wipes_all_lie_above_the_limit() -> None:
    grave = ("entra.user.password.reset", "entra.auth.method.", "entra.auth.tap.create", "entra.role.", "entra.pim.")
    named = [name for name in CATALOGUE if name.startswith((*grave, "intune.device.wipe", "entra.user.delete"))]
    assert len(named) >= 15
    assert [name for name in named if CATALOGUE[name].risk < STEP_UP_RISK] == []


def test_what_the_catalogue_does_not_know_is_risky() -> None:
    unknown = add_member(READERS).model_copy(update={"action": "entra.unheard.of", "risk": 0})
    assert needs_step_up(case_with(unknown))
