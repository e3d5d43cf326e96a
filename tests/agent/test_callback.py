"""The card callback: only a believed click of an asked person moves a case, once, and each gets its answer."""

import copy
import json
from datetime import timedelta
from typing import Any

import pytest

from agent.answering import Answering
from agent.callback import Callback
from agent.channels.bot_token import BotTokens
from agent.channels.card_answer import StepUp
from agent.errors import AlreadySupersededError, StorageError
from agent.granting import Granting
from agent.identity.user_tokens import UserTokens
from agent.intake import Reply
from agent.model.case import Case, Stage
from agent.standing.giving import Giving
from tests.agent.channels.card_reading import PAGES
from tests.agent.channels.cases import INVOKE
from tests.agent.channels.signing import BOT, UNENDORSED, Site, keys_of, token
from tests.agent.chat_room import Places, conversation_over
from tests.agent.identity.entra import APP, Entra
from tests.agent.world import ANN, ASK_OWNER, BOB, EVE, READERS, START, TENANT, WRITERS, World, add_member
from tests.conformance.memory_chats import MemoryChats
from tests.conformance.memory_deliveries import MemoryDeliveries

OTHER_TENANT = "55555555-5555-4555-8555-555555555555"
NEVER = "f" * 32 + "-" + "0" * 24


class Chat:
    """A case in memory that waits for Bob, and everybody's clients."""

    def __init__(self) -> None:
        self.world = World()
        self.site = Site()
        tokens = BotTokens(keys_of(self.site), bot_app_id=BOT, tenant_ids=frozenset({TENANT}))
        people = UserTokens(Entra().fetch, audiences=frozenset({APP}), tenant_ids=frozenset({TENANT}))
        step_up = StepUp(resource=f"api://{APP}", connection_name="remit")
        given: dict[str, Any] = {"store": self.world.store, "clock": self.world.clock}
        giving = Giving(ports_for=self.world._ports)
        answering = Answering(self.world.loop, ports_for=self.world._ports, **given)
        granting = Granting(answering, giving, ports_for=self.world._ports, pages=PAGES, **given)
        self.chats, self.places = MemoryChats(), Places()
        hears = conversation_over(self.world, chats=self.chats, deliveries=MemoryDeliveries(), places=self.places)
        proof: dict[str, Any] = {"tokens": tokens, "people": people, "step_up": step_up, "conversation": hears}
        self.callback = Callback(answering, granting=granting, pages=PAGES, clock=self.world.clock, **proof)
        self.case_id = ""

    async def ask(self, *documents: dict[str, Any]) -> Case:
        await self.world.publish(*(documents or (ASK_OWNER,)))
        self.world.plan(add_member(READERS))
        self.case_id = await self.world.open()
        waiting = await self.world.run(self.case_id)
        assert waiting.stage is Stage.APPROVE and waiting.approval_asked
        return waiting

    async def press(self, activity: dict[str, Any], authorization: str | None = None) -> Reply:
        if authorization is None:
            authorization = bearer(self.world)
        return await self.callback.receive(authorization, json.dumps(activity).encode())

    async def case(self) -> Case:
        return await self.world.case(self.case_id)

    async def codes(self, code: str) -> int:
        return (await self.world.codes(self.case_id)).count(code)


@pytest.fixture
async def chat() -> Chat:
    opened = Chat()
    await opened.ask()
    return opened


def bearer(world: World, **changes: Any) -> str:
    now = int(world.clock.now().timestamp())
    return f"Bearer {token(**{'nbf': now - 60, 'exp': now + 3_600, **changes})}"


def click(case: Case, verb: str = "approve", *, by: str = BOB, **data: str) -> dict[str, Any]:
    """The activity of a press on the card of the case's question as it stands in `case`."""
    assert case.approval_request is not None
    sent = copy.deepcopy(INVOKE)
    sent["from"]["aadObjectId"] = by
    sent["conversation"]["tenantId"] = sent["channelData"]["tenant"]["id"] = TENANT
    card = {"approval": case.approval_request.id, "plan": case.approval_request.plan_digest}
    sent["value"]["action"] |= {"verb": verb, "data": {**card, **data}}
    return sent


def typed(text: str, case: Case) -> dict[str, Any]:
    """The activity of a message that Bob writes in his own chat."""
    sent = {name: value for name, value in click(case).items() if name not in ("value", "name")}
    return sent | {"type": "message", "text": text}


def headline(reply: Reply) -> str:
    return json.dumps(reply.body["value"])


async def test_the_asked_person_approves_and_the_case_goes_on(chat: Chat) -> None:
    reply = await chat.press(click(await chat.case()))
    assert (reply.status, reply.body["statusCode"]) == (200, 200) and "Approved" in headline(reply)
    done = await chat.world.run(chat.case_id)
    assert done.outcome == "resolved" and chat.world.members[READERS] == {ANN}


async def test_the_evidence_of_the_click_is_kept_and_the_token_is_not(chat: Chat) -> None:
    authorization = bearer(chat.world)
    await chat.press(click(await chat.case()), authorization)
    approval = (await chat.case()).approvals[0]
    assert approval.evidence["activity_id"] == "f:1" and len(approval.evidence["token_sha256"]) == 64
    assert authorization.removeprefix("Bearer ") not in (await chat.case()).model_dump_json()


async def test_a_refusal_with_a_reason_ends_the_case_without_a_write(chat: Chat) -> None:
    await chat.press(click(await chat.case(), "refuse", reason="Not on this project"))
    done = await chat.world.run(chat.case_id)
    assert done.outcome == "refused" and chat.world.members[READERS] == set()


async def test_a_double_click_is_answered_alike_and_counts_once(chat: Chat) -> None:
    sent = click(await chat.case())
    first, second = await chat.press(sent), await chat.press(sent)
    assert first.status == second.status == 200
    assert "Approved" in headline(first) and "Approved" in headline(second)
    assert await chat.codes("approval.given") == 1 and len((await chat.case()).approvals) == 1


async def test_a_double_click_after_the_end_is_answered_alike_too(chat: Chat) -> None:
    sent = click(await chat.case())
    await chat.press(sent)
    done = await chat.world.run(chat.case_id)
    again = await chat.press(sent)
    assert (again.status, again.body["statusCode"]) == (200, 200) and "Approved" in headline(again)
    assert await chat.case() == done


async def test_a_no_after_the_yes_changes_nothing(chat: Chat) -> None:
    waiting = await chat.case()
    await chat.press(click(waiting))
    reply = await chat.press(click(waiting, "refuse", reason="on second thoughts"))
    assert "Approved" in headline(reply)
    assert await chat.codes("approval.refused") == 0 and (await chat.case()).stage is Stage.EXECUTE


@pytest.mark.parametrize(("person", "code"), [(EVE, "notApprover"), (ANN, "notApprover")])
async def test_a_click_of_somebody_who_was_not_asked_changes_nothing(chat: Chat, person: str, code: str) -> None:
    before = await chat.case()
    reply = await chat.press(click(before, by=person))
    assert (reply.body["statusCode"], reply.body["value"]["code"]) == (403, code)
    assert await chat.case() == before


async def test_a_stranger_learns_the_same_of_a_case_that_exists_and_of_one_that_does_not(chat: Chat) -> None:
    real = click(await chat.case(), by=EVE)
    invented = click(await chat.case(), by=EVE, approval=NEVER)
    assert await chat.press(real) == await chat.press(invented)


async def test_a_click_after_the_expiry_is_no_approval(chat: Chat) -> None:
    waiting = await chat.case()
    assert waiting.approval_request is not None
    chat.world.clock.moment = waiting.approval_request.expires_at
    reply = await chat.press(click(waiting))
    assert reply.body["statusCode"] == 200 and "Expired" in headline(reply)
    assert await chat.codes("approval.given") == 0
    assert await chat.world.loop.sweep() == 1
    assert (await chat.world.run(chat.case_id)).outcome == "escalated"


async def test_a_click_in_the_last_second_counts(chat: Chat) -> None:
    waiting = await chat.case()
    assert waiting.approval_request is not None
    chat.world.clock.moment = waiting.approval_request.expires_at - timedelta(seconds=1)
    assert "Approved" in headline(await chat.press(click(waiting)))


async def test_an_old_card_approves_nothing_after_the_plan_changed(chat: Chat) -> None:
    old = await chat.case()
    assert old.plan is not None and old.approval_request is not None
    plan = old.plan.model_copy(update={"steps": (add_member(WRITERS),)})
    changed = old.evolve(plan=plan)
    question = old.approval_request.model_copy(update={"id": f"{old.id}-new", "plan_digest": changed.plan_digest})
    await _save(chat.world, changed.evolve(approval_request=question))
    reply = await chat.press(click(old))
    assert reply.body["statusCode"] == 200 and question.id in headline(reply)
    assert await chat.codes("approval.given") == 0 and (await chat.case()).stage is Stage.APPROVE
    assert "Approved" in headline(await chat.press(click(await chat.case())))


async def test_a_card_whose_digest_was_edited_approves_nothing(chat: Chat) -> None:
    await chat.press(click(await chat.case(), plan="0" * 64))
    assert await chat.codes("approval.given") == 0 and (await chat.case()).stage is Stage.APPROVE


TAMPERED = {
    "nothing": (401, ""),
    "no bearer": (401, "Basic YWxhZGRpbg=="),
    "rubbish": (401, "Bearer a.b.c"),
    "another audience": (401, {"aud": "99999999-9999-4999-8999-999999999999"}),
    "another issuer": (401, {"iss": f"https://sts.windows.net/{TENANT}/"}),
    "expired": (401, {"nbf": 1, "exp": 3_600}),
    "another address": (403, {"serviceurl": "https://smba.trafficmanager.net/elsewhere/"}),
    "no address": (403, {"serviceurl": None}),
    "a key for another channel": (403, {"key": UNENDORSED, "kid": "plain"}),
}


@pytest.mark.parametrize("name", TAMPERED)
async def test_a_token_that_is_not_the_connectors_changes_nothing(chat: Chat, name: str) -> None:
    status, how = TAMPERED[name]
    before = await chat.case()
    reply = await chat.press(click(before), how if isinstance(how, str) else bearer(chat.world, **how))
    assert reply.status == status and list(reply.body) == ["error"] and "\n" not in reply.text
    assert await chat.case() == before


async def test_a_click_from_another_tenant_is_refused(chat: Chat) -> None:
    sent = click(await chat.case())
    sent["conversation"]["tenantId"] = sent["channelData"]["tenant"]["id"] = OTHER_TENANT
    assert (await chat.press(sent)).status == 403
    assert await chat.codes("approval.given") == 0


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"type": "invoke"}', b"\xff", b"[" * 50_000])
async def test_a_malformed_activity_is_400_in_one_line(chat: Chat, body: bytes) -> None:
    reply = await chat.callback.receive(bearer(chat.world), body)
    assert reply.status == 400 and "\n" not in str(reply.body["error"])


async def test_an_oversized_activity_is_413(chat: Chat) -> None:
    reply = await chat.callback.receive(bearer(chat.world), b" " * 300_000)
    assert reply.status == 413


async def test_a_believed_message_opens_a_case_and_a_forged_one_nothing(chat: Chat) -> None:
    sent = typed("add me to the group Writers", await chat.case())
    for status, how in TAMPERED.values():
        refused = await chat.press(sent, how if isinstance(how, str) else bearer(chat.world, **how))
        assert refused.status == status and await chat.chats.cases(TENANT, BOB) == ()
    assert (await chat.press(sent)).status == 202
    assert len(await chat.chats.cases(TENANT, BOB)) == 1


async def test_a_lost_race_is_tried_again_on_the_fresh_case(chat: Chat) -> None:
    racing = _Racing(chat.world, losses=1)
    assert "Approved" in headline(await chat.press(click(await chat.case())))
    assert racing.commits == 2 and await chat.codes("approval.given") == 1


async def test_keys_that_cannot_be_read_are_503_and_no_answer(chat: Chat) -> None:
    chat.site.is_down = True
    assert (await chat.press(click(await chat.case()))).status == 503
    assert await chat.codes("approval.given") == 0


async def test_storage_that_is_down_is_503_and_no_answer(chat: Chat) -> None:
    waiting = await chat.case()
    load, chat.world.store.load = chat.world.store.load, _down  # type: ignore[method-assign]
    assert (await chat.press(click(waiting))).status == 503
    chat.world.store.load = load  # type: ignore[method-assign]
    assert await chat.codes("approval.given") == 0


class _Racing:
    """Lets another worker win the first `losses` commits."""

    def __init__(self, world: World, *, losses: int) -> None:
        self.commits = 0
        commit = world.store.commit

        async def losing(*arguments: Any, **named: Any) -> Any:
            self.commits += 1
            if self.commits <= losses:
                raise AlreadySupersededError("another worker was faster")
            return await commit(*arguments, **named)

        world.store.commit = losing  # type: ignore[method-assign]


async def _save(world: World, case: Case) -> None:
    held = await world.store.load(case.id)
    assert held is not None
    await world.store.commit(held, case, events=(), attempts=(), due_at=START + timedelta(days=1))


async def _down(*_arguments: Any, **_named: Any) -> Any:
    raise StorageError("storage is down")
