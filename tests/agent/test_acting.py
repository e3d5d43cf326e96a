"""In whose name a step is written: chosen by rule, decided by policy, held by the gate, told by the log."""

from datetime import timedelta

import pytest

from agent.acting import actor_for, permissions_for
from agent.actions import CATALOGUE, parse_step
from agent.errors import NotAuthorizedError
from agent.gate import grant, grant_undo
from agent.model.actor import WORKLOAD, Actor, Label, acting_for
from agent.model.case import Case, Stage
from agent.model.plan import Step
from tests.agent.areas.collected import PARAMS
from tests.agent.gate_cases import ALLOW, ASK, LATER, answered, case_with
from tests.agent.halfway import until
from tests.agent.world import ALLOW_ALL, ANN, ASK_OWNER, BOB, EVE, READERS, World, add_member

ANN_HERSELF = acting_for(ANN, whose="requester")
BOB_APPROVES = acting_for(BOB, whose="approver")
SIGN_OUT = parse_step("entra.user.sessions.revoke", {"user_id": ANN})


@pytest.fixture
def delegated_only(monkeypatch: pytest.MonkeyPatch) -> Step:
    """A step that no application can do by itself."""
    monkeypatch.setattr(CATALOGUE["entra.group.member.add"], "application_permissions", ())
    return add_member(READERS)


def test_people_change_their_own_things_with_their_own_rights() -> None:
    assert actor_for(SIGN_OUT, requester_id=ANN, at_hand=(ANN_HERSELF,)) == ANN_HERSELF
    assert ANN_HERSELF.label == "requester-delegated"


def test_without_a_token_of_theirs_the_agent_acts_itself() -> None:
    assert actor_for(SIGN_OUT, requester_id=ANN, at_hand=()) == WORKLOAD
    assert WORKLOAD.label == "workload"


@pytest.mark.parametrize(
    ("step", "person"),
    [
        (parse_step("entra.user.sessions.revoke", {"user_id": BOB}), ANN_HERSELF),
        (parse_step("entra.user.password.reset", {"user_id": ANN}), ANN_HERSELF),
        (add_member(READERS), ANN_HERSELF),
        (SIGN_OUT, acting_for(BOB, whose="requester")),
        (SIGN_OUT, BOB_APPROVES),
    ],
    ids=["somebody else", "not by oneself", "a group", "another's token", "an approver"],
)
def test_a_token_is_not_used_for_what_its_owner_cannot_do_to_themselves(step: Step, person: Actor) -> None:
    assert actor_for(step, requester_id=ANN, at_hand=(person,)) == WORKLOAD


def test_what_no_application_can_do_is_done_in_the_name_of_an_approver(delegated_only: Step) -> None:
    assert actor_for(delegated_only, requester_id=ANN, at_hand=(ANN_HERSELF, BOB_APPROVES)) == BOB_APPROVES
    assert BOB_APPROVES.label == "approver-delegated"
    nobody_yet = actor_for(delegated_only, requester_id=ANN, at_hand=())
    assert (nobody_yet.kind, nobody_yet.user_id) == ("delegated", "")


@pytest.mark.parametrize("requester", [ANN, EVE])
def test_what_people_can_do_to_themselves_only_is_done_in_no_other_name(requester: str) -> None:
    step = parse_step("entra.pim.role.activate_self", {**PARAMS["entra.pim.role.activate_self"], "user_id": ANN})
    own = acting_for(requester, whose="requester")
    actor = actor_for(step, requester_id=requester, at_hand=(BOB_APPROVES, acting_for(ANN, whose="approver")))
    assert actor == acting_for("", whose="requester")
    chosen = actor_for(step, requester_id=requester, at_hand=(own, BOB_APPROVES))
    assert chosen == (own if requester == ANN else acting_for("", whose="requester"))


def test_a_token_is_asked_with_the_least_permissions_of_its_step() -> None:
    permit = grant(case_with(SIGN_OUT), ALLOW, now=LATER, actor=ANN_HERSELF)
    assert (permit.actor, permit.permissions) == (ANN_HERSELF, ("User.RevokeSessions.All",))
    assert permissions_for("entra.group.member.add", WORKLOAD) == ("GroupMember.ReadWrite.All",)
    forth, back = (permissions_for("entra.group.create", WORKLOAD, is_rollback=one) for one in (False, True))
    assert (forth, back) == (("Group.Create",), ("Group.Create", "Group.ReadWrite.All"))
    assert grant(case_with(), ALLOW, now=LATER).actor == WORKLOAD


@pytest.mark.parametrize(
    "actor",
    [
        acting_for("", whose="approver"),
        acting_for(EVE, whose="approver"),
        acting_for(BOB, whose="requester"),
        acting_for("", whose="requester"),
        Actor(kind="delegated", user_id=BOB),
    ],
    ids=["no approver yet", "one who did not approve", "not the requester", "nobody", "for no reason"],
)
def test_the_gate_opens_in_nobody_elses_name(actor: Actor) -> None:
    case = answered(case_with(), BOB)
    with pytest.raises(NotAuthorizedError, match="own token"):
        grant(case, ASK, now=LATER, actor=actor)
    with pytest.raises(NotAuthorizedError, match="own token"):
        grant_undo(case, ASK, now=LATER + timedelta(minutes=1), created_id="", actor=actor)


def test_an_approver_whose_yes_counts_may_be_acted_for() -> None:
    case = answered(case_with(), BOB)
    assert grant(case, ASK, now=LATER, actor=BOB_APPROVES).actor == BOB_APPROVES


ONLY_PEOPLE = {
    "layer": "runtime",
    "rules": [
        {"id": "runtime.people", "effect": "deny", "actions": ["*"], "when": {"identity.kind": {"not": "delegated"}}}
    ],
}


async def world_with(*people: Actor) -> World:
    """A world in which Ann is signed out, by policy only with a person's own rights."""
    world = World()
    await world.publish(ALLOW_ALL, ONLY_PEOPLE)
    world.identities.people = people
    world.plan(SIGN_OUT)
    world.directory.on("POST", SIGN_OUT.call.path, lambda _sent: (200, {}))
    await world.run(await world.open())
    return world


async def test_the_log_and_policy_are_told_in_whose_name_a_step_was_written() -> None:
    world = await world_with(ANN_HERSELF)
    (held,) = [one async for one in world.store.recent(1)]
    events = {one.code.value: one.data for one in await world.store.events(held.case.id)}
    assert events["step.decided"]["identity"] == "requester-delegated"
    assert events["step.decided"]["facts"]["identity.kind"] == "delegated"
    assert events["write.attempted"]["identity"] == "requester-delegated"
    assert [one.path for one in world.directory.written] == [SIGN_OUT.call.path]


async def test_where_policy_wants_a_persons_rights_the_agent_alone_writes_nothing() -> None:
    assert (await world_with()).directory.written == []


@pytest.mark.parametrize("action", sorted(CATALOGUE))
def test_no_action_that_needs_a_person_is_ever_the_agents_own(action: str) -> None:
    step = parse_step(action, PARAMS[action])
    if not CATALOGUE[action].application_permissions:
        assert actor_for(step, requester_id=ANN, at_hand=()).kind == "delegated"
    for shown, whose in (("requester-delegated", "requester"), ("approver-delegated", "approver")):
        gone = actor_for(step, requester_id=ANN, at_hand=(), shown=shown)
        assert gone == acting_for("", whose=whose), "a token that is gone is not replaced by the agent's own"
    assert actor_for(step, requester_id=ANN, at_hand=(ANN_HERSELF, BOB_APPROVES), shown="workload") == WORKLOAD


def shown_as(label: Label, *people: str) -> Case:
    case = answered(case_with(), *people)
    return case.evolve(decisions=(ASK,), written_as=(label,))


@pytest.mark.parametrize("label", ["requester-delegated", "approver-delegated"])
def test_the_gate_opens_in_no_other_name_than_was_decided(label: Label) -> None:
    case, said = shown_as(label, BOB), f"decided to be written as `{label}`, not `workload`"
    with pytest.raises(NotAuthorizedError, match=said) as refused:
        grant(case, ASK, now=LATER, actor=WORKLOAD)
    assert refused.value.sign_in_of == ()
    with pytest.raises(NotAuthorizedError, match=said):
        grant_undo(case, ASK, now=LATER, created_id="", actor=WORKLOAD)
    with pytest.raises(NotAuthorizedError, match="not `approver-delegated`"):
        grant(shown_as("workload", BOB), ASK, now=LATER, actor=BOB_APPROVES)
    assert grant(shown_as("approver-delegated", BOB), ASK, now=LATER, actor=BOB_APPROVES).actor == BOB_APPROVES


def test_what_a_plan_was_shown_as_says_nothing_about_one_that_is_decided_anew() -> None:
    assert shown_as("approver-delegated").shown_as(0) == "approver-delegated"
    assert shown_as("approver-delegated").evolve(decisions=()).shown_as(0) is None


def test_only_those_whose_yes_counts_are_asked_to_sign_in() -> None:
    case = shown_as("approver-delegated", BOB, EVE)
    with pytest.raises(NotAuthorizedError, match="own token") as refused:
        grant(case, ASK, now=LATER, actor=acting_for("", whose="approver"))
    assert refused.value.sign_in_of == (BOB,)


async def test_a_requester_whose_token_is_gone_is_not_replaced_by_the_agent() -> None:
    world = World()
    await world.publish(ALLOW_ALL)
    world.identities.people = (ANN_HERSELF,)
    world.plan(SIGN_OUT)
    world.directory.on("POST", SIGN_OUT.call.path, lambda _sent: (200, {}))
    case_id = await world.open()
    await until(world, case_id, Stage.EXECUTE)
    world.identities.people = ()
    case = await world.run(case_id)
    assert (case.outcome, world.directory.written) == ("escalated", [])


async def test_of_two_who_lent_their_names_the_one_whose_yes_counts_today_is_acted_for(delegated_only: Step) -> None:
    world = World()
    await world.publish(ASK_OWNER)
    world.identities.people = (acting_for(EVE, whose="approver"), BOB_APPROVES)
    world.plan(delegated_only)
    case_id = await world.open()
    await world.run(case_id)
    await world.answer(case_id)
    assert (await world.run(case_id)).outcome == "resolved"
    (sent,) = world.directory.written
    assert sent.permit.actor == BOB_APPROVES
