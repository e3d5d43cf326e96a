"""Whoever answers could be asked today: looked up at the click, told plainly if not, and the question stays open."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from agent import answering
from agent.channels.card_answer import response_to
from agent.errors import DirectoryError
from agent.model.case import Case, Stage
from agent.outcomes import Answered, AskAgain, Expired, NotApprover, Unfit
from agent.ports import Answer
from tests.agent.approvers_world import DAN, Staffed, asking, people_asked
from tests.agent.channels.card_reading import PAGES
from tests.agent.world import ANN, BOB, EVE

_ABLE = "Global Administrator"


async def open_question(*, count: int = 1, resolvers: tuple[str, ...] = ("tenant_admin",)) -> tuple[Staffed, Case]:
    """Return a world in which Eve and Dan were asked."""
    world = Staffed()
    world.give_roles(EVE, _ABLE)
    world.give_roles(DAN, _ABLE)
    case = await world.asked(policy=asking(*resolvers, count=count))
    assert {EVE, DAN} <= people_asked(case)
    return world, case


def make_disabled(world: Staffed) -> None:
    world.change_user(EVE, accountEnabled=False)


def make_guest(world: Staffed) -> None:
    world.change_user(EVE, userType="Guest")


def remove(world: Staffed) -> None:
    del world.directory.objects[f"/users/{EVE}"]


def take_role(world: Staffed) -> None:
    world.give_roles(EVE, "Helpdesk Administrator")


def tie_to_requester(world: Staffed) -> None:
    world.share("employeeId", "QM7", ANN, EVE)


def appoint_others(world: Staffed) -> None:
    world.tenant = replace(world.tenant, people={"tenant_admin": (DAN,)})


@pytest.mark.parametrize(
    ("change", "why", "said"),
    [
        (make_disabled, "disabled", "disabled"),
        (make_guest, "guest", "Guests do not decide"),
        (remove, "no_account", "not in this tenant"),
        (take_role, "no_role", "User Administrator, Global Administrator or Groups Administrator"),
        (tie_to_requester, "own_request", "another account of yours"),
        (appoint_others, "no_relation", "yours no more"),
    ],
)
@pytest.mark.parametrize("verb", ["approve", "refuse"])
async def test_who_could_not_be_asked_any_more_is_told_why_and_the_question_stays_open(
    change: Any, why: str, said: str, verb: str
) -> None:
    world, case = await open_question()
    change(world)
    outcome = await world.press(case, EVE, verb=verb)
    assert isinstance(outcome, Unfit) and said in outcome.problem
    assert response_to(outcome, pages=PAGES)["value"] == {"code": "notFit", "message": outcome.problem}
    after = await world.case(case.id)
    assert (after.stage, after.approvals) == (Stage.APPROVE, ())
    (logged,) = await world.logged(case, "approver.unfit")
    assert (logged["approver_id"], logged["unfit"]) == (EVE, [["tenant_admin", why]])
    # Whoever is fit answers the very same question.
    assert after.approval_request is not None and case.approval_request is not None
    assert after.approval_request.id == case.approval_request.id
    assert isinstance(await world.press(case, DAN), Answered)
    assert (await world.run(case.id)).outcome == "resolved"


async def test_who_tries_again_and_again_fills_no_log() -> None:
    world, case = await open_question()
    take_role(world)
    for _ in range(3):
        assert isinstance(await world.press(case, EVE), Unfit)
    make_disabled(world)
    assert isinstance(await world.press(case, EVE), Unfit)
    logged = await world.logged(case, "approver.unfit")
    assert [one["unfit"][0][1] for one in logged] == ["no_role", "disabled"]


async def test_an_expired_question_is_swept_also_after_an_unfit_answer() -> None:
    world, case = await open_question()
    take_role(world)
    await world.press(case, EVE)
    world.clock.pass_(3601)
    assert await world.loop.sweep() == 1
    assert (await world.run(case.id)).outcome == "escalated" and world.directory.written == []


@pytest.mark.parametrize(
    "silence",
    [
        DirectoryError("no answer"),
        Answer(status=403, body={}, request_id="r"),
        Answer(status=503, body={}, request_id="r"),
        Answer(status=429, body={}, request_id="r", retry_after_seconds=60),
    ],
    ids=["no answer", "forbidden", "not now", "throttled"],
)
@pytest.mark.parametrize("path", [f"/users/{EVE}", "/roleManagement/directory/roleAssignments"])
async def test_when_graph_is_silent_nothing_is_taken_and_nothing_changes(silence: Any, path: str) -> None:
    world, case = await open_question()
    before = await world.store.load(case.id)
    world.directory.refuse("GET", path, silence)
    outcome = await world.press(case, EVE)
    assert isinstance(outcome, AskAgain) and "try again in a minute" in outcome.problem
    assert await world.store.load(case.id) == before
    world.directory.allow("GET", path)
    assert isinstance(await world.press(case, EVE), Answered)


async def test_a_tenant_that_hangs_keeps_nobody_waiting_for_teams_to_give_up(monkeypatch: pytest.MonkeyPatch) -> None:
    world, case = await open_question()

    async def never(_: Any) -> Any:
        await asyncio.Event().wait()

    monkeypatch.setattr(world.directory, "read_many", never)
    assert 0 < answering._CHECK_SECONDS < 10
    monkeypatch.setattr(answering, "_CHECK_SECONDS", 0.01)
    assert isinstance(await world.press(case, EVE), AskAgain)


async def test_an_answer_that_was_in_time_before_the_look_up_and_is_late_after_it_is_late() -> None:
    world, case = await open_question()
    world.clock.pass_(3599)
    read_many = world.directory.read_many

    async def slowly(calls: Any) -> Any:
        world.clock.pass_(1)
        return await read_many(calls)

    world.directory.read_many = slowly  # type: ignore[method-assign]
    assert isinstance(await world.press(case, EVE), Expired)
    assert (await world.case(case.id)).approvals == ()


async def test_an_answer_counts_only_for_what_its_person_is_fit_for() -> None:
    world = Staffed()
    world.give_roles(EVE, _ABLE)
    world.tenant = replace(world.tenant, people={"tenant_admin": (EVE, DAN), "security": (EVE, BOB)})
    for one in (DAN, BOB):
        world.give_roles(one, _ABLE)
    case = await world.asked(policy=asking("tenant_admin", "security"))
    world.tenant = replace(world.tenant, people={"tenant_admin": (EVE, DAN), "security": (BOB,)})
    outcome = await world.press(case, EVE)
    assert isinstance(outcome, Answered) and outcome.approval.resolvers == ("tenant_admin",)
    assert "further approvals are awaited" in outcome.note
    assert (await world.case(case.id)).stage is Stage.APPROVE
    assert isinstance(await world.press(case, BOB), Answered)
    assert (await world.run(case.id)).outcome == "resolved"


async def test_the_second_account_of_one_human_is_no_second_person() -> None:
    world, case = await open_question(count=2)
    assert isinstance(await world.press(case, EVE), Answered)
    world.share("employeeId", "QM7", EVE, DAN)
    outcome = await world.press(case, DAN)
    assert isinstance(outcome, Unfit) and "another account of yours" in outcome.problem
    assert len((await world.case(case.id)).approvals) == 1


async def test_a_stranger_is_looked_up_nowhere_and_an_application_is_a_stranger() -> None:
    world, case = await open_question()
    world.directory.read_paths.clear()
    for person in (BOB, "0f3e5d1c-2a9b-4f77-a1de-6c8e9b0d3f33"):
        assert isinstance(await world.press(case, person), NotApprover)
    assert world.directory.read_paths == []


async def test_what_was_looked_up_at_the_click_is_logged_before_the_answer() -> None:
    world, case = await open_question()
    before = world.directory._count
    await world.press(case, EVE)
    codes = await world.codes(case.id)
    assert codes[-2:] == ["approvers.resolved", "approval.given"]
    looked = (await world.logged(case, "approvers.resolved"))[-1]
    # Who it is, which roles and groups they have, and what the group is; of nobody else.
    asked = [f"request-{number}" for number in range(before + 1, world.directory._count + 1)]
    assert [one[3] for one in looked["lookups"]] == asked and len(asked) == 4
    assert looked["approver_ids"] == [EVE] and DAN not in str(looked["lookups"])
