"""What somebody approved again and again is told with the next question, and proposed: never more than that."""

import json
from datetime import timedelta
from typing import Any

import pytest

from agent.channels.grant_card import third_button
from agent.model.case import Case, Stage
from agent.port_values import notice_of
from agent.ports import Answer
from agent.standing.mining import LEAST_TIMES
from tests.agent.granted import asking, give
from tests.agent.newcomers import Newcomers, newcomers
from tests.agent.test_callback import click
from tests.agent.world import BOB, EVE, READERS, TENANT


def told(case: Case, person: str = BOB) -> str:
    """What a person's card says of what they approved before."""
    third = third_button(notice_of(case), person)
    return "".join(one.text for one in third.why.inlines) if third and third.why else ""


async def offer(made: Newcomers, case: Case) -> str:
    reply = await made.chat.press(click(case, "always", by=BOB))
    return json.dumps(reply.body["value"])


async def remembered(made: Newcomers) -> int:
    habits = await made.world.grants.habits.get(TENANT, BOB)
    return sum(len(one.sightings) for one in habits.habits)


async def test_from_the_threshold_on_the_card_says_how_often_the_same_was_approved_and_the_offer_begins_with_it() -> (
    None
):
    made = await newcomers()
    await made.approved(LEAST_TIMES - 1)
    before = await made.asks()
    assert told(before) == "" and "Only what you approved before" not in await offer(made, before)
    await made.answer(before)
    case = await made.asks()
    assert f"exactly this {LEAST_TIMES} times in the last day, for {LEAST_TIMES} people" in told(case)
    assert told(case, EVE) == ""
    shown = await offer(made, case)
    assert "Only what you approved before" in shown and f"exactly this {LEAST_TIMES} times" in shown
    # It stands in place of the pattern for the same department that is made of this one request.
    assert "When anybody of the same department asks" not in shown
    # Nobody was given anything by that, and it is confirmed as ever.
    assert await made.world.grants.all(TENANT) == () and (await made.chat.case()).stage is Stage.APPROVE
    await made.answer(case, "grant", pattern="seen", uses="3")
    (kept,) = await made.world.grants.all(TENANT)
    when = kept.grant.when.authored()
    assert (when["beneficiary.department"], when["target.id"]) == (["Sales"], [READERS])
    # Not "at most": what would do less harm was not seen either.
    risk = made.world.planner.proposals[0].plan.steps[0].risk  # type: ignore[union-attr]
    assert when["risk"] == {"min": risk, "max": risk}
    assert (await made.asks()).outcome == "resolved"
    assert (await made.asks(department="HR")).stage is Stage.APPROVE


async def test_departments_that_were_each_approved_as_often_are_proposed_together_and_no_other_is() -> None:
    made = await newcomers()
    for department, times in (("Sales", LEAST_TIMES), ("HR", LEAST_TIMES), ("Legal", LEAST_TIMES - 1)):
        await made.approved(times, department=department)
    await made.answer(await made.asks(department="Sales"), "grant", pattern="seen")
    (kept,) = await made.world.grants.all(TENANT)
    assert kept.grant.when.authored()["beneficiary.department"] == ["HR", "Sales"]
    assert (await made.asks(department="HR")).outcome == "resolved"
    assert (await made.asks(department="Legal")).stage is Stage.APPROVE


async def test_the_same_person_asking_for_others_is_proposed_for_that_person_alone() -> None:
    made = await newcomers()
    await made.approved(1)
    await made.approved(LEAST_TIMES, by=1, department="HR")
    await made.answer(await made.asks(by=1, department="HR"), "grant", pattern="seen")
    (kept,) = await made.world.grants.all(TENANT)
    assert kept.grant.when.authored()["requester.id"] == ["dddddddd-0000-4000-8000-000000000001"]
    assert (await made.asks(by=1, department="HR")).outcome == "resolved"
    assert (await made.asks(by=2, department="HR")).stage is Stage.APPROVE


async def refused(made: Newcomers) -> None:
    await made.answer(await made.asks(), "refuse", reason="Not this one.")


async def failed(made: Newcomers) -> None:
    directory, add = made.world.directory, f"/groups/{READERS}/members/$ref"
    directory.refuse("POST", add, Answer(403, {"error": {"code": "Forbidden"}}, "r"))
    await made.answer(await made.asks())
    assert (await made.chat.case()).outcome == "escalated"
    directory.allow("POST", add)


async def expired(made: Newcomers) -> None:
    made.world.clock.pass_(timedelta(days=91).total_seconds())


async def other_rules(made: Newcomers) -> None:
    await made.world.publish(asking(valid_for="1h"))


@pytest.mark.parametrize("end", [refused, failed, expired, other_rules], ids=lambda one: one.__name__)
async def test_a_no_a_failure_a_quarter_of_a_year_and_a_changed_rule_begin_the_count_anew(end: Any) -> None:
    made = await newcomers()
    await made.approved(LEAST_TIMES)
    await end(made)
    case = await made.asks()
    assert told(case) == "" and "Only what you approved before" not in await offer(made, case)
    await made.answer(case)
    await made.approved(LEAST_TIMES - 1)
    assert told(await made.asks()) != ""


async def test_a_no_between_the_card_and_the_confirmation_leaves_nothing_to_confirm() -> None:
    made = await newcomers()
    await made.approved(LEAST_TIMES)
    first = await made.asks()
    await refused(made)
    made.chat.case_id = first.id
    said = await made.answer(first, "grant", pattern="seen")
    assert "approve it once" in json.dumps(said) and (await made.chat.case()).approvals == ()
    assert await made.world.grants.all(TENANT) == ()


async def test_a_card_without_the_proposal_never_confirms_it() -> None:
    """It was made while the history could not be read, and had one pattern: there was nothing to choose on it."""
    made = await newcomers()
    for department in ("Sales", "HR"):
        await made.approved(LEAST_TIMES, department=department)
    case = await made.asks(department="Sales")
    made.world.grants.habits.is_down = True
    shown = await offer(made, case)
    assert "HR" not in shown and '"id": "pattern"' not in shown
    made.world.grants.habits.is_down = False
    await made.answer(case, "grant")
    assert [one.grant.when.authored()["beneficiary.department"] for one in await made.world.grants.all(TENANT)] == []
    # Whoever opens the card again sees the proposal, and says that this is what they mean.
    shown = await offer(made, case)
    assert "HR" in shown and '"id": "pattern"' in shown and '"value": "seen"' in shown


async def test_what_was_shown_is_what_is_given_though_more_was_approved_meanwhile() -> None:
    made = await newcomers()
    await made.approved(LEAST_TIMES)
    await made.approved(LEAST_TIMES - 1, department="HR")
    first = await made.asks()
    await made.approved(department="HR")
    made.chat.case_id = first.id
    await made.answer(first, "grant", pattern="seen")
    (kept,) = await made.world.grants.all(TENANT)
    assert kept.grant.when.authored()["beneficiary.department"] == ["Sales"]


async def test_what_a_grant_did_unasked_is_no_yes_and_neither_is_a_case_in_which_nothing_was_written() -> None:
    made = await newcomers()
    await give(made.world)
    await made.asks()
    assert await remembered(made) == 0
    made = await newcomers()
    case = await made.asks()
    made.world.directory.put(f"/groups/{READERS}/members", {"value": [{"id": case.requester_id}]})
    await made.answer(case)
    assert (await made.chat.case()).effects == ("already",) and await remembered(made) == 0


async def test_where_policy_says_never_nothing_is_remembered() -> None:
    made = await newcomers(asking(standing="never"))
    await made.approved()
    assert await remembered(made) == 0 and await made.world.grants.habits.all(TENANT) == ()


async def test_without_the_history_people_are_asked_as_ever() -> None:
    made = await newcomers()
    await made.approved(LEAST_TIMES)
    made.world.grants.habits.is_down = True
    case = await made.asks()
    assert case.stage is Stage.APPROVE and told(case) == "" and "department" in await offer(made, case)


async def test_a_case_whose_end_is_saved_twice_counts_once_and_no_ticket_text_is_kept() -> None:
    made = await newcomers()
    made.world.tickets.down = True
    await made.answer(await made.asks())
    made.world.tickets.down = False
    made.world.clock.pass_(900)
    await made.world.loop.sweep()
    closed = await made.world.run(made.chat.case_id)
    assert closed.stage is Stage.CLOSED and closed.briefing is None and await remembered(made) == 1
    (habits,) = await made.world.grants.habits.all(TENANT)
    assert "please" not in habits.model_dump_json() and closed.requester_id not in habits.model_dump_json()
