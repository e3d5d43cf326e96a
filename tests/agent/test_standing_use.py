"""A standing grant stands in for its owner: where that is so nobody is asked, and where it is not people are."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from agent.actions import parse_step
from agent.errors import NotAuthorizedError
from agent.gate import grant, may_stand_in
from agent.model.case import Stage
from agent.standing.evidence import Standing
from agent.standing.kept import execution_id_for, newly_given, reserved, taken_back
from policy import AuthorizationRequest, Requirement, Verdict
from policy.errors import EngineError
from policy.evidence.grant import parse_grant
from policy.evidence.question import asked_by
from tests.agent.areas.collected import PARAMS
from tests.agent.gate_cases import LATER, RULE, case_with, decision
from tests.agent.granted import ADD, ASK_STANDING, asking, give, grant_of, revoke, suspend, world_with
from tests.agent.world import ALLOW_ALL, ANN, BOB, EVE, READERS, START, TENANT, WRITERS, World, add_member


async def test_where_a_grant_stands_in_nobody_is_asked_and_the_log_says_whose_it_is() -> None:
    world = await world_with()
    await give(world)
    case_id = await world.open()
    done = await world.run(case_id)
    assert done.outcome == "resolved" and world.members[READERS] == {ANN} and world.people.asked == []
    events = {one.code.value: one.data for one in await world.store.events(case_id)}
    assert "approval.asked" not in events
    expected = {"grant_id": "gr-1", "owner_id": BOB, "resolver": "group_owner", "rules": ["action.ask"]}
    assert events["grant.applied"] == {**expected, "steps": [0]}
    assert events["grant.used"] == {**expected, "step": 0, "uses": 1, "max_uses": 3}
    assert events["write.attempted"]["grant_ids"] == ["gr-1"] and events["write.attempted"]["approver_ids"] == []
    assert (await grant_of(world)).executions_of(case_id) == (execution_id_for(case_id, 0, step=add_member(READERS)),)


async def changed_rule(world: World) -> None:
    await world.publish(asking(valid_for="1h"))


async def used_up(world: World) -> None:
    for number in range(3):
        kept = await world.grants.change(
            TENANT, "gr-1", to=lambda it, n=number: reserved(it, execution_id=f"x-{n}", now=START, execute_by=START)
        )
    assert kept is not None and len(kept.uses.reservations) == 3


async def expired(world: World) -> None:
    world.clock.pass_(timedelta(days=30).total_seconds())


async def owner_left(world: World) -> None:
    world.directory.put(f"/users/{BOB}", {"id": BOB, "accountEnabled": False, "userType": "Member"})
    owners = [{"id": one, "displayName": "x", "accountEnabled": True} for one in (BOB, EVE)]
    world.directory.put(f"/groups/{READERS}/owners", {"value": owners})


async def owner_owns_the_group_no_more(world: World) -> None:
    world.directory.put(f"/groups/{READERS}/owners", {"value": [{"id": EVE, "accountEnabled": True}]})


async def storage_is_down(world: World) -> None:
    world.grants.is_down = True


Spoilt = Callable[[World], Awaitable[None]]
ENDS: list[Spoilt] = [revoke, suspend, changed_rule, used_up, expired, owner_left, owner_owns_the_group_no_more]


@pytest.mark.parametrize("spoil", [*ENDS, storage_is_down], ids=lambda one: one.__name__)
async def test_a_grant_that_ended_stands_in_for_nobody_so_people_are_asked(spoil: Spoilt) -> None:
    world = await world_with()
    await give(world)
    await spoil(world)
    waiting = await world.run(await world.open())
    assert waiting.stage is Stage.APPROVE and world.members[READERS] == set() and len(world.people.asked) == 1


@pytest.mark.parametrize("spoil", ENDS, ids=lambda one: one.__name__)
async def test_a_grant_that_ends_between_the_decision_and_the_write_lets_nothing_through(spoil: Spoilt) -> None:
    world = await world_with()
    await give(world)
    case_id = await world.open()
    while (await world.case(case_id)).stage is not Stage.EXECUTE:
        assert await world.turn(case_id)
    await spoil(world)
    waiting = await world.run(case_id)
    assert waiting.stage is Stage.APPROVE and world.members[READERS] == set() and len(world.people.asked) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"when": {"target.id": WRITERS, "beneficiary.department": "Sales"}},
        {"when": {"target.id": READERS, "beneficiary.department": "HR"}},
        {"when": {"target.id": READERS, "beneficiary.at_risk": True}},
        {"granted_by": EVE},
        {"granted_by": ANN},
        {"discharges": "tenant_admin"},
        {"actions": ["entra.group.member.remove"]},
    ],
    ids=str,
)
async def test_a_grant_for_something_else_or_of_somebody_who_may_not_answer_is_none(changes: dict[str, Any]) -> None:
    world = await world_with()
    await give(world, **changes)
    assert (await world.run(await world.open())).stage is Stage.APPROVE


async def test_where_policy_says_never_a_grant_is_none() -> None:
    world = await world_with(asking(standing="never"))
    await give(world)
    assert (await world.run(await world.open())).stage is Stage.APPROVE


async def test_a_grant_lifts_no_deny() -> None:
    never = {"layer": "target", "rules": [{"id": "target.never", "effect": "deny", "actions": ["*"]}]}
    world = await world_with(ASK_STANDING, never)
    await give(world)
    refused = await world.run(await world.open())
    assert refused.outcome == "refused" and world.members[READERS] == set()


ADMIN = {
    "layer": "runtime",
    "rules": [
        {"id": "runtime.pass", "effect": "permit", "actions": ["*"]},
        {"id": "runtime.ask", "effect": "require_approval", "actions": ["*"], "approval": {"from": ["tenant_admin"]}},
    ],
}


async def test_of_two_requirements_only_the_one_without_a_grant_is_asked_and_both_are_needed() -> None:
    world = await world_with(ASK_STANDING, ADMIN)
    await give(world)
    case_id = await world.open()
    waiting = await world.run(case_id)
    assert waiting.approval_request is not None
    assert [one.requirement.resolver for one in waiting.approval_request.asked] == ["tenant_admin"]
    await world.answer(case_id, person=EVE)
    done = await world.run(case_id)
    assert done.outcome == "resolved" and world.members[READERS] == {ANN}
    attempted = next(one.data for one in await world.store.events(case_id) if one.code.value == "write.attempted")
    assert (attempted["approver_ids"], attempted["grant_ids"]) == ([EVE], ["gr-1"])


@pytest.mark.parametrize("is_revoked", [True, False])
async def test_a_yes_to_another_requirement_stands_in_for_no_revoked_grant_and_saves_no_use(is_revoked: bool) -> None:
    """Eve owns the group and is an administrator: asked as the one, she has not answered as the other."""
    world = await world_with(ASK_STANDING, ADMIN)
    owners = [{"id": one, "displayName": "x", "accountEnabled": True} for one in (BOB, EVE)]
    world.directory.put(f"/groups/{READERS}/owners", {"value": owners})
    await give(world, granted_by=EVE)
    case_id = await world.open()
    waiting = await world.run(case_id)
    assert waiting.approval_request is not None
    assert [one.requirement.resolver for one in waiting.approval_request.asked] == ["tenant_admin"]
    await world.answer(case_id, person=EVE)
    if is_revoked:
        await revoke(world)
    done = await world.run(case_id)
    assert (done.outcome == "resolved") is not is_revoked
    assert len((await grant_of(world)).uses.reservations) == (0 if is_revoked else 1)
    assert world.members[READERS] == (set() if is_revoked else {ANN})


@pytest.mark.parametrize(("uses", "asked"), [(1, 1), (2, 0)])
async def test_a_plan_that_needs_more_uses_than_are_left_asks_people(uses: int, asked: int) -> None:
    world = await world_with(steps=(add_member(READERS), add_member(READERS, user=EVE)))
    await give(world, max_uses=uses)
    case = await world.run(await world.open())
    assert len(world.people.asked) == asked
    assert (case.outcome == "resolved") is (asked == 0)
    assert len((await grant_of(world)).uses.reservations) == (0 if asked else 2)


def standing_in(
    action: str = ADD, *, reserve: bool = True, owner: str = BOB, is_revoked: bool = False
) -> tuple[Any, ...]:
    """A case that asked nobody, a decision on it, and a grant that meets it."""
    step = parse_step(action, {"group_id": READERS, "user_id": ANN})
    case = case_with(step).evolve(approval_request=None)
    wanted = decision(Verdict.APPROVAL, requirements=frozenset({Requirement("group_owner", 1, "allowed")}))
    record = {
        "id": "gr-1",
        "tenant_id": TENANT,
        "actions": [action],
        "when": {"target.id": READERS},
        "discharges": "group_owner",
        "rules": [{"id": RULE.id, "digest": RULE.digest}],
        "granted_by": owner,
        "not_before": START,
        "expires": START + timedelta(days=1),
        "max_uses": 1,
        "revoked": False,
    }
    kept = newly_given(parse_grant(record, source="t", catalogue=frozenset({action})), case_id=case.id)
    execution_id = execution_id_for(case.id, 0, step=step)
    if reserve:
        kept = reserved(kept, execution_id=execution_id, now=LATER, execute_by=LATER) or kept
    if is_revoked:
        kept = taken_back(kept, by=owner, why="one click", now=LATER) or kept
    standing = Standing(
        request=AuthorizationRequest(action, {"target.id": READERS}),
        asked_by={"group_owner": frozenset({RULE})},
        execution_id=execution_id,
        grants=(kept.evidence,),
        owners={"group_owner": frozenset({owner})},
    )
    return case, wanted, standing


def test_the_gate_opens_for_a_reserved_use_and_the_permit_names_the_grant() -> None:
    case, wanted, standing = standing_in()
    permit = grant(case, wanted, now=LATER, standing=standing)
    assert (permit.grant_ids, permit.approver_ids) == (("gr-1",), ())
    with pytest.raises(NotAuthorizedError, match="was not given for these rules"):
        grant(case, wanted, now=LATER)


def test_the_gate_stays_shut_without_a_reserved_use_and_for_a_requesters_own_grant() -> None:
    case, wanted, unreserved = standing_in(reserve=False)
    with pytest.raises(NotAuthorizedError, match="no use of the grant `gr-1`"):
        grant(case, wanted, now=LATER, standing=unreserved)
    case, wanted, own = standing_in(owner=ANN)
    with pytest.raises(NotAuthorizedError):
        grant(case, wanted, now=LATER, standing=own)


def test_the_gate_stays_shut_for_a_grant_that_was_revoked_after_its_use_was_reserved() -> None:
    case, wanted, standing = standing_in(is_revoked=True)
    assert standing.is_reserved("gr-1")
    with pytest.raises(NotAuthorizedError, match="was not given for these rules"):
        grant(case, wanted, now=LATER, standing=standing)


def test_the_gate_itself_takes_no_grant_for_a_step_of_high_risk() -> None:
    case, wanted, standing = standing_in("entra.group.owner.add")
    with pytest.raises(NotAuthorizedError, match="was not given for these rules"):
        grant(case, wanted, now=LATER, standing=standing)


@pytest.mark.parametrize(
    "step",
    [
        parse_step("entra.user.password.reset", {"user_id": ANN}),
        parse_step("entra.auth.tap.create", {"user_id": ANN}),
        add_member(READERS).model_copy(update={"risk": 55}),
    ],
    ids=["a secret", "a way to sign in", "a high risk"],
)
def test_no_grant_ever_stands_in_for_a_secret_a_way_to_sign_in_or_a_high_risk(step: Any) -> None:
    assert not may_stand_in(step) and may_stand_in(add_member(READERS))


@pytest.mark.parametrize(
    ("action", "change"),
    [
        ("entra.user.profile.update", {"changes": [{"field": "department", "to": "Finance", "was": "Sales"}]}),
        ("entra.group.update", {"attribute": "displayName", "value": "Finance Approvers", "was": "Readers"}),
        ("exo.mailbox.settings.update", {"time_zone": "Tokyo Standard Time"}),
        ("sec.alert.update", {"determination": "malware"}),
        ("sec.incident.update", {"determination": "malware"}),
    ],
)
def test_no_grant_stands_in_where_policy_is_told_which_property_is_written_and_not_what(
    action: str, change: dict[str, Any]
) -> None:
    """No pattern tells the department that people saw from one that gives access to whatever they like."""
    assert "params.attributes" in parse_step(action, PARAMS[action] | change).told
    assert not may_stand_in(parse_step(action, PARAMS[action] | change))


async def test_the_rules_that_ask_are_those_of_the_decision_and_of_no_other_policy() -> None:
    world = await world_with()
    engine = await world.policies.engine(TENANT)
    decided = engine.decide(AuthorizationRequest(ADD, {"risk": 30}))
    (found,) = asked_by(decided, engine.rules_of(decided)).values()
    assert {one.id for one in found} == {"action.ask"}
    await world.publish(ALLOW_ALL)
    with pytest.raises(EngineError, match="decide again"):
        (await world.policies.engine(TENANT)).rules_of(decided)
