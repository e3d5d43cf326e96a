"""Fifty clicks at once on real tables, by several people, doubled and edited: one decision is made of them."""

import asyncio
import dataclasses
import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from agent.answering import Answering
from agent.callback import Callback
from agent.channels.bot_token import BotTokens
from agent.channels.card_answer import StepUp
from agent.granting import Granting
from agent.graph.batches import MAX_PARTS
from agent.identity.user_tokens import UserTokens
from agent.intake import Reply
from agent.model.case import Case, Stage
from agent.model.graph_call import GraphCall
from agent.standing.giving import Giving
from agent.storage.connections import StorageConnections
from agent.storage.payloads import BlobPayloads
from tests.agent.channels.card_reading import PAGES
from tests.agent.channels.signing import BOT, Site, keys_of
from tests.agent.identity.entra import APP, Entra
from tests.agent.storage.test_turn_requests import Counted
from tests.agent.test_callback import Chat, bearer, click
from tests.agent.world import ANN, BOB, EVE, TENANT
from tests.conformance.storage_fixtures import RequestCount

ASK_ADMIN = {
    "layer": "action",
    "rules": [
        {
            "id": "action.ask-an-admin",
            "effect": "require_approval",
            "actions": ["entra.group.member.*"],
            "approval": {"from": ["tenant_admin"], "count": 1, "standing": "never"},
        }
    ],
}
OTHER_PLAN = "0" * 64


class Crowd:
    """A case on real storage that waits for one of Bob and Eve, and the callback that everybody presses at."""

    def __init__(self, counted: Counted) -> None:
        self.counted = counted
        clock, giving = counted.world.clock, Giving(ports_for=counted.world._ports)
        given: dict[str, Any] = {"store": counted.store, "clock": clock}
        answering = Answering(counted.loop, ports_for=counted.world._ports, **given)
        self.callback = Callback(
            answering,
            granting=Granting(answering, giving, ports_for=counted.world._ports, pages=PAGES, **given),
            tokens=BotTokens(keys_of(Site()), bot_app_id=BOT, tenant_ids=frozenset({TENANT})),
            people=UserTokens(Entra().fetch, audiences=frozenset({APP}), tenant_ids=frozenset({TENANT})),
            pages=PAGES,
            step_up=StepUp(),
            conversation=Chat().callback._conversation,
            clock=clock,
        )
        self.case_id = ""

    async def ask(self) -> Case:
        world = self.counted.world
        world.tenant = dataclasses.replace(world.tenant, people={"tenant_admin": (BOB, EVE)})
        world.give_roles(BOB, "Global Administrator")
        await world.publish(ASK_ADMIN)
        self.case_id, _ = await self.counted.open()
        await self.counted.until(self.case_id, Stage.APPROVE)
        await self.counted.turn(self.case_id)
        return await self.case()

    async def case(self) -> Case:
        held = await self.counted.store.load(self.case_id)
        assert held is not None
        return held.case

    async def press(self, sent: dict[str, Any]) -> Reply:
        return await self.callback.receive(bearer(self.counted.world), json.dumps(sent).encode())

    async def codes(self) -> Counter[str]:
        return Counter(one.code.value for one in await self.counted.store.events(self.case_id))


@pytest.fixture
async def crowd(storage: StorageConnections, payloads: BlobPayloads, request_count: RequestCount) -> Crowd:
    return Crowd(Counted(storage, payloads, count=request_count))


async def test_fifty_clicks_at_once_make_one_decision_and_everybody_is_answered_by_it(crowd: Crowd) -> None:
    waiting = await crowd.ask()
    presses = [
        *[click(waiting, by=BOB)] * 15,
        *[click(waiting, by=EVE)] * 10,
        *[click(waiting, "refuse", by=EVE, reason="no")] * 10,
        *[click(waiting, by=ANN)] * 5,
        *[click(waiting, by=BOB, plan=OTHER_PLAN)] * 5,
        *[click(waiting, "view", by=EVE)] * 5,
    ]
    replies = await asyncio.gather(*map(crowd.press, presses))
    case, codes = await crowd.case(), await crowd.codes()
    # One answer was taken, whosever it was: one of a yes and a no is enough to decide.
    assert len(presses) == 50 and len(case.approvals) == 1
    assert codes["approval.given"] + codes["approval.refused"] == 1
    assert case.stage is (Stage.EXECUTE if case.approvals[0].granted else Stage.CLOSE)
    assert {(one.status, one.text if one.status != 200 else "") for one in replies} == {(200, "")}
    decided = "Approved" if case.approvals[0].granted else "Refused"
    for sent, reply in zip(presses, replies, strict=True):
        shown = json.dumps(reply.body["value"])
        if sent["from"]["aadObjectId"] == ANN:
            assert reply.body["statusCode"] == 403
        elif sent["value"]["action"]["verb"] == "view" or sent["value"]["action"]["data"]["plan"] == OTHER_PLAN:
            assert reply.body["statusCode"] == 200
        else:
            assert decided in shown


async def test_after_the_fifty_the_plan_runs_once_and_the_old_clicks_change_nothing(crowd: Crowd) -> None:
    waiting = await crowd.ask()
    sent = click(waiting, by=BOB)
    await asyncio.gather(*(crowd.press(sent) for _ in range(50)))
    assert (await crowd.case()).stage is Stage.EXECUTE
    await crowd.counted.until(crowd.case_id, Stage.CLOSED)
    done = await crowd.case()
    replayed = [await crowd.press(sent) for _ in range(2)]
    assert len(crowd.counted.world.directory.written) == 1 and len(done.approvals) == 1
    assert [one.body["statusCode"] for one in replayed] == [200, 200]
    assert replayed[0].body == replayed[1].body and await crowd.case() == done


async def test_a_click_costs_three_storage_requests_and_one_round_of_questions_and_a_late_one_a_single_read(
    crowd: Crowd,
) -> None:
    waiting = await crowd.ask()
    directory, rounds = crowd.counted.world.directory, list[int]()
    read_many = directory.read_many

    async def counted_read(calls: Sequence[GraphCall]) -> Any:
        rounds.append(len(calls))
        return await read_many(calls)

    directory.read_many = counted_read  # type: ignore[method-assign]
    costs = list[tuple[int, int]]()
    for sent in (click(waiting, "view"), click(waiting), click(waiting), click(waiting, by=ANN)):
        crowd.counted.count.reset()
        rounds.clear()
        await crowd.press(sent)
        costs.append((crowd.counted.count.value, len(rounds)))
        # A round fits into one request to Graph's `$batch`; another one asks after what else a person might hold or be.
        assert all(one <= MAX_PARTS for one in rounds)
    # Read, save and wake for who answers; one read for who only looks, is late or was not asked.
    assert costs == [(1, 0), (3, 1), (1, 0), (1, 0)]
