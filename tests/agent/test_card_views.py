"""Every client that shows a question's card may ask for its own view, and gets buttons only if it may press them."""

import json
from typing import Any

import pytest

from agent.intake import Reply
from agent.model.case import Stage
from tests.agent.channels.card_reading import PAGES
from tests.agent.test_callback import NEVER, Chat, click
from tests.agent.world import ANN, BOB, EVE


@pytest.fixture
async def chat() -> Chat:
    opened = Chat()
    await opened.ask()
    return opened


def automatic(sent: dict[str, Any]) -> dict[str, Any]:
    """The request that a client sends by itself when it shows the card (msteams-docs, user-specific views)."""
    sent["value"]["trigger"] = "automatic"
    return sent


def presses(reply: Reply) -> list[str]:
    assert (reply.status, reply.body["statusCode"]) == (200, 200)
    return [one["verb"] for one in reply.body["value"].get("actions", []) if one["type"] == "Action.Execute"]


async def test_an_approver_sees_buttons_until_they_have_answered(chat: Chat) -> None:
    waiting = await chat.case()
    view = automatic(click(waiting, "view", by=BOB))
    assert presses(await chat.press(view)) == ["approve", "refuse"]
    assert await chat.case() == waiting
    await chat.press(click(waiting, by=BOB))
    answered = await chat.press(view)
    assert presses(answered) == [] and "Approved" in answered.text
    done = await chat.world.run(chat.case_id)
    assert presses(await chat.press(view)) == [] and await chat.case() == done


@pytest.mark.parametrize("person", [EVE, ANN])
async def test_who_may_not_answer_sees_nothing_to_press_and_nothing_of_the_case(chat: Chat, person: str) -> None:
    waiting = await chat.case()
    shown = await chat.press(automatic(click(waiting, "view", by=person)))
    assert presses(shown) == [] and "refresh" not in shown.body["value"]
    assert waiting.approval_request is not None and waiting.approval_request.id not in shown.text
    assert PAGES.public_url not in shown.text and "Readers" not in shown.text


async def test_a_strangers_view_is_the_same_for_a_case_and_for_none(chat: Chat) -> None:
    real = await chat.press(click(await chat.case(), "view", by=EVE))
    invented = await chat.press(click(await chat.case(), "view", by=EVE, approval=NEVER))
    assert json.dumps(real.body) == json.dumps(invented.body)


async def test_an_edited_approval_id_leads_to_another_case_and_answers_neither(chat: Chat) -> None:
    before = await chat.case()
    assert before.approval_request is not None
    other = f"{before.id}-{'f' * 24}"
    reply = await chat.press(click(before, by=BOB, approval=other))
    assert presses(reply) == ["approve", "refuse"], "the present question is shown instead"
    assert await chat.case() == before and before.stage is Stage.APPROVE
