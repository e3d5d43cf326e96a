"""Cases that are carried out in an approver's name, with the real MSAL and sender against the simulated tenant."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from agent.actions import CATALOGUE
from agent.errors import StorageError
from agent.model.case import Case, Stage
from agent.outcomes import Answered, AskAgain, SignedIn, Unfit
from simulator.faults import FaultRule
from tests.agent.identity.place import Place, place, simulator
from tests.agent.signed_world import GUNTHER, SignedWorld

__all__ = ["place", "simulator"]

RESET_SCOPE = "UserAuthenticationMethod.ReadWrite.All"


@pytest.fixture
async def world(place: Place) -> AsyncIterator[SignedWorld]:
    made = SignedWorld(place)
    yield made
    await made.graph.close()


@pytest.fixture
def only_people_add_members(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CATALOGUE["entra.group.member.add"], "application_permissions", ())


async def events(world: SignedWorld, case_id: str, code: str) -> list[dict[str, Any]]:
    return [one.data for one in await world.store.events(case_id) if one.code.value == code]


async def run(world: SignedWorld, case_id: str) -> Case:
    return await world.run(case_id, seconds_per_turn=0)


def revoke(world: SignedWorld) -> None:
    world.place.app.scopes.discard(RESET_SCOPE)


def consent(world: SignedWorld) -> None:
    world.place.app.scopes.add(RESET_SCOPE)


async def parked(world: SignedWorld) -> str:
    """Return a case whose first step is written, and whose second waits, because a consent was revoked in between."""
    case_id = await world.asked(world.join(), world.reset())
    assert isinstance(await world.sign_in(case_id), Answered)
    while not world.is_member():
        assert await world.turn(case_id)
    revoke(world)
    case = await run(world, case_id)
    assert (case.stage, case.sign_in_of, case.step_index) == (Stage.APPROVE, (world.gunther,), 1)
    return case_id


async def test_an_approver_who_signs_in_has_what_only_people_can_do_done_in_their_name(world: SignedWorld) -> None:
    case_id = await world.asked(world.reset())
    assert (await world.case(case_id)).written_as == ("approver-delegated",)
    assert isinstance(await world.sign_in(case_id), Answered)
    assert len(world.place.box.rows) == 1
    case = await run(world, case_id)
    assert (case.stage, case.outcome) == (Stage.CLOSED, "resolved")
    assert world.writes() == [("resetPassword", world.gunther)]
    (attempted,) = await events(world, case_id, "write.attempted")
    assert (attempted["identity"], attempted["acting_id"]) == ("approver-delegated", world.gunther)
    assert await events(world, case_id, "delegation.kept") == [{"person_id": world.gunther}]
    assert await events(world, case_id, "delegation.erased") == [{"person_ids": [world.gunther]}]
    assert world.place.box.rows == {}


async def test_no_token_is_kept_for_a_plan_that_needs_nobodys_name(world: SignedWorld) -> None:
    case_id = await world.asked(world.join())
    assert isinstance(await world.sign_in(case_id), Answered)
    case = await run(world, case_id)
    assert world.place.token_requests() == [] and case.outcome == "resolved"
    assert world.writes() == [("$ref", world.place.app.object_id)]
    assert not {one for one in await world.codes(case_id) if one.startswith("delegation.")}


async def test_without_a_sign_in_what_only_people_can_do_is_never_done_by_the_agent(world: SignedWorld) -> None:
    case_id = await world.asked(world.reset())
    assert isinstance(await world.sign_in(case_id, token=""), Answered)
    case = await run(world, case_id)
    assert (case.stage, case.sign_in_of) == (Stage.APPROVE, (world.gunther,))
    assert isinstance(await world.sign_in(case_id, token=""), AskAgain)
    assert isinstance(await world.sign_in(case_id), SignedIn)
    assert (await run(world, case_id)).outcome == "resolved"
    assert world.writes() == [("resetPassword", world.gunther)]


async def test_a_consent_revoked_mid_case_lets_it_wait_for_a_sign_in_and_undoes_nothing(
    world: SignedWorld, only_people_add_members: None
) -> None:
    case_id = await parked(world)
    assert world.is_member() and world.writes() == [("$ref", world.gunther)]
    assert "65001" in str(await events(world, case_id, "write.failed"))
    (lost,) = await events(world, case_id, "delegation.lost")
    assert lost["person_ids"] == [world.gunther] and world.place.box.rows == {}
    # Nothing moves by itself, and a sign-in that Entra does not accept changes nothing.
    world.clock.pass_(600)
    await world.loop.sweep()
    assert (await run(world, case_id)).stage is Stage.APPROVE
    assert len(world.people.asked) == 2, "the question is asked again, once"


async def test_after_the_sign_in_the_same_plan_goes_on_where_it_stood(
    world: SignedWorld, only_people_add_members: None
) -> None:
    case_id = await parked(world)
    given = (await world.case(case_id)).approvals
    consent(world)
    assert isinstance(await world.sign_in(case_id), SignedIn)
    case = await run(world, case_id)
    assert (case.outcome, case.approvals) == ("resolved", given)
    assert world.writes() == [("$ref", world.gunther), ("resetPassword", world.gunther)]
    assert len(await events(world, case_id, "approval.given")) == 1
    assert len(await events(world, case_id, "delegation.kept")) == 2


async def test_a_sign_in_that_comes_too_late_puts_back_what_the_agent_did_and_hands_over(world: SignedWorld) -> None:
    case_id = await parked(world)
    world.clock.pass_(world.tenant.approval_seconds)
    await world.loop.sweep()
    case = await run(world, case_id)
    assert (case.outcome, world.is_member()) == ("rolled_back", False)
    assert {actor for _, actor in world.writes()} == {world.place.app.object_id}
    assert "nobody signed in again in time" in case.why and world.tickets.handoffs


async def test_what_was_done_in_a_persons_name_is_not_undone_by_the_agent(
    world: SignedWorld, only_people_add_members: None
) -> None:
    case_id = await parked(world)
    world.clock.pass_(world.tenant.approval_seconds)
    await world.loop.sweep()
    case = await run(world, case_id)
    assert (case.outcome, case.urgent) == ("escalated", True)
    assert world.is_member() and world.writes() == [("$ref", world.gunther)]
    assert "could not be rolled back" in case.why


async def test_a_refusal_while_it_waits_puts_back_and_hands_over(world: SignedWorld) -> None:
    case_id = await parked(world)
    await world.answer(case_id, person=world.gunther, granted=False, reason="not like this")
    assert (await run(world, case_id)).outcome == "rolled_back"
    assert not world.is_member()


async def test_a_challenge_that_no_token_meets_waits_for_a_sign_in(world: SignedWorld) -> None:
    case_id = await world.asked(world.reset())
    await world.sign_in(case_id)
    world.place.simulator.cloud.faults.add(FaultRule(path="/resetPassword", challenge=True, lasting=True))
    case = await run(world, case_id)
    assert (case.stage, case.sign_in_of) == (Stage.APPROVE, (world.gunther,))
    assert world.writes() == []
    world.place.simulator.cloud.faults.clear()
    assert isinstance(await world.sign_in(case_id), SignedIn)
    assert (await run(world, case_id)).outcome == "resolved"


async def test_a_sign_in_that_entra_does_not_exchange_is_no_answer(world: SignedWorld) -> None:
    case_id = await world.asked(world.reset())
    world.place.person(GUNTHER)["accountEnabled"] = False
    token = world.place.signed_in(GUNTHER)
    refused = await world.sign_in(case_id, token=token)
    # The look-up at the answer sees it before Entra is asked to exchange anything.
    assert isinstance(refused, Unfit) and "disabled" in refused.problem and token not in refused.problem
    assert (await world.case(case_id)).approvals == () and world.place.box.rows == {}


async def test_what_cannot_be_kept_is_not_taken(world: SignedWorld) -> None:
    case_id = await world.asked(world.reset())
    world.place.box.down = True
    with pytest.raises(StorageError):
        await world.sign_in(case_id)
    assert (await world.case(case_id)).approvals == ()


async def test_tokens_are_erased_before_a_ticket_system_that_is_down_is_waited_for(world: SignedWorld) -> None:
    case_id = await world.asked(world.reset())
    await world.sign_in(case_id)
    world.tickets.down = True
    while (await world.case(case_id)).stage is not Stage.CLOSE or world.place.box.rows:
        assert await world.turn(case_id)
    assert (await world.case(case_id)).reply_tries == 0


async def test_tokens_are_erased_before_a_hand_over_that_no_ticket_system_takes(world: SignedWorld) -> None:
    case_id = await world.asked(world.reset())
    await world.sign_in(case_id)
    await world.order("stop", case=case_id)
    world.tickets.down = True
    while (await world.case(case_id)).reply_tries == 0:
        assert await world.turn(case_id)
    case = await world.case(case_id)
    assert (case.stage, case.lent_by, world.place.box.rows) == (Stage.ESCALATE, (), {})
    assert await events(world, case_id, "delegation.erased") == [{"person_ids": [world.gunther]}]
