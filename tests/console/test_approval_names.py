"""What the console's sign-in brings beside its proof: the person's own token, for steps in their name alone."""

import pytest

from agent.actions import CATALOGUE
from agent.model.actor import acting_for
from agent.model.case import Stage
from tests.agent.world import BOB
from tests.console.desk import Console


@pytest.fixture
async def lent(console: Console, monkeypatch: pytest.MonkeyPatch) -> Console:
    """A console on which Bob is asked for what only people can do."""
    monkeypatch.setattr(CATALOGUE["entra.group.member.add"], "application_permissions", ())
    await console.ask()
    return console


async def test_no_token_is_handed_on_for_a_plan_that_the_agent_itself_can_carry_out(console: Console) -> None:
    await console.ask()
    browser = console.browser()
    await browser.answer(await browser.sign_in(BOB), "approve")
    assert (await console.case()).approvals and not console.kept.tokens


async def test_a_case_that_waits_for_a_sign_in_goes_on_from_the_page_under_the_same_approval(lent: Console) -> None:
    browser = lent.browser()
    await browser.answer(await browser.sign_in(BOB), "approve")
    waiting = await lent.world.run((await lent.case()).id)
    assert (waiting.stage, waiting.sign_in_of) == (Stage.APPROVE, (BOB,))
    spent = await browser.answer(await browser.open(), "approve")
    assert "sign in again" in spent.text and (await lent.case()) == waiting
    done = await browser.answer(await browser.sign_in(BOB), "approve")
    assert "<h1>Approved</h1>" in done.text and len(lent.kept.tokens) == 2
    lent.world.identities.people = (acting_for(BOB, whose="approver"),)
    closed = await lent.world.run(waiting.id)
    assert (closed.outcome, closed.approvals) == ("resolved", waiting.approvals)
