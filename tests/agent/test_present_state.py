"""Before people are asked the tenant is read once, in the open: what is unread stays so, and nothing is kept of it."""

from typing import Any

import pytest

from agent.actions import parse_step
from agent.errors import DirectoryError
from agent.model.case import Case, Stage
from agent.ports import Answer
from tests.agent.areas.collected import PARAMS
from tests.agent.world import ANN, ASK_OWNER, BOB, EVE, READERS, World, add_member

MEMBERS = f"/groups/{READERS}/members"


async def asked(world: World, *steps: Any) -> Case:
    await world.publish(ASK_OWNER)
    world.plan(*(steps or (add_member(READERS),)))
    case = await world.run(await world.open())
    assert case.stage is Stage.APPROVE and case.approval_asked
    return case


async def test_people_are_told_what_the_tenant_shows_when_they_are_asked() -> None:
    world = World()
    case = await asked(world)
    assert case.briefing is not None and case.briefing.present is not None
    assert case.briefing.present.words == (f"members: without {ANN}",)
    assert (case.written_as, case.briefing.names) == (("workload",), {BOB: "bob"})
    assert case.briefing.because == {"action.ask": "without condition"}


async def test_what_is_so_already_is_said_to_be_so() -> None:
    world = World()
    world.members[READERS].add(ANN)
    world._memberships(READERS)
    case = await asked(world)
    assert case.briefing is not None and case.briefing.present is not None
    assert case.briefing.present.already == (1,) and case.briefing.present.words == (f"members: with {ANN}",)


@pytest.mark.parametrize(
    "refusal",
    [
        Answer(status=403, body={}, request_id="request-403"),
        Answer(status=429, body={}, request_id="request-429", retry_after_seconds=5.0),
        Answer(status=200, body={"value": "no list"}, request_id="request-200"),
        DirectoryError("no answer"),
    ],
    ids=["forbidden", "throttled", "malformed", "no answer"],
)
async def test_what_cannot_be_read_is_told_as_unread_and_people_are_asked_all_the_same(refusal: Any) -> None:
    world = World()
    world.directory.refuse("GET", MEMBERS, refusal)
    case = await asked(world)
    assert case.briefing is not None and case.briefing.present is not None
    assert case.briefing.present.unread == (1,)
    assert case.briefing.present.words[0].endswith("could not be read")


async def test_of_many_steps_each_thing_is_read_once_and_named_in_the_log() -> None:
    world = World()
    steps = [add_member(READERS, person) for person in (ANN, EVE)] * 4
    before = len(world.directory.read_paths)
    case = await asked(world, *steps)
    looks = [path for path in world.directory.read_paths[before:] if path == MEMBERS]
    assert len(looks) == 2, "two people, looked up once each"
    assert case.briefing is not None and case.briefing.present is not None
    assert (case.briefing.present.words, case.briefing.present.unread) == ((), ())
    (entry,) = [one for one in await world.store.events(case.id) if one.code.value == "approval.asked"]
    assert [state for state, _ in entry.data["reads"]] == ["known"] * 2
    assert all(request_id.startswith("request-") for _, request_id in entry.data["reads"])
    assert "without" not in str(entry.data), "what was read is no matter of the log"


async def test_where_nobody_is_asked_nothing_is_read_for_them() -> None:
    world = World()
    world.directory.put(f"/groups/{READERS}/owners", {"value": []})
    await world.publish(ASK_OWNER)
    world.plan(add_member(READERS))
    closed = await world.run(await world.open())
    assert closed.outcome == "escalated" and MEMBERS not in world.directory.read_paths


async def test_nothing_of_what_people_were_told_outlives_the_case() -> None:
    world = World()
    case = await asked(world)
    await world.answer(case.id)
    closed = await world.run(case.id)
    assert closed.stage is Stage.CLOSED and closed.briefing is None


def test_no_check_of_the_catalogue_would_show_a_secret() -> None:
    checks = {name: parse_step(name, params).check.call for name, params in PARAMS.items()}
    assert [name for name, call in checks.items() if call.reveals or call.writes] == []
