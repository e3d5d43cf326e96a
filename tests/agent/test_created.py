"""A plan may be about somebody whom its own first step creates: people approve it whole, and no id is ever guessed."""

from typing import Any

import pytest

from agent.actions import parse_step
from agent.created import is_in_order, plan_now, promised, step_in_hand
from agent.errors import NotAuthorizedError
from agent.gate import excluded_approvers
from agent.model.case import Case
from agent.model.plan import Plan, Step
from tests.agent.world import ANN, EVE, READERS, START, World, add_member
from tests.conformance.samples import case as sample

REAL = "dddddddd-0000-4000-8000-00000000000d"
UPN = "wanda.moor@contoso.example"


def creation(**more: Any) -> Step:
    given = {"upn": UPN, "called": "Wanda Moor", "nickname": "wanda.moor", "country": "GB", "receiver_id": ANN, **more}
    return parse_step("entra.user.create", given)


def stand_in(step: Step) -> str:
    assert step.creates is not None
    return step.creates.stand_in


def invitation() -> Step:
    return parse_step("entra.guest.invite", {"mail": "mo@partner.example"})


def case_of(*steps: Step, **more: Any) -> Case:
    return sample().evolve(plan=Plan(summary="s", reason="r", steps=steps), **more)


def joining() -> tuple[Step, Step]:
    first = creation()
    return first, add_member(READERS, user=stand_in(first))


def test_the_stand_in_is_the_addresss_own_and_nobody_elses() -> None:
    assert stand_in(creation()) == stand_in(creation(called="W. Moor", upn=UPN.upper()))
    assert len({stand_in(creation()), stand_in(creation(upn="w@contoso.example")), stand_in(invitation())}) == 3


def test_until_the_person_is_there_the_plan_says_what_will_be_seen_of_them() -> None:
    first, second = joining()
    seen = promised(case_of(first, second), now=START)
    profile = seen["user.get", stand_in(first)].facts
    assert (profile["displayName"], profile["usageLocation"], profile["userType"]) == ("Wanda Moor", "GB", "Member")
    assert seen["user.risk", stand_in(first)].state == "absent"
    assert seen["user.directory_roles", stand_in(first)].facts == {"roles": []}
    guest = promised(case_of(invitation()), now=START)["user.get", stand_in(invitation())].facts
    assert (guest["userType"], guest["mail"]) == ("Guest", "mo@partner.example")


def test_once_they_are_there_nothing_is_promised_and_the_later_steps_are_about_the_real_id() -> None:
    first, second = joining()
    before = case_of(first, second)
    after = before.evolve(created={stand_in(first): REAL}, step_index=1)
    assert promised(after, now=START) == {}
    assert plan_now(after).steps == (first, add_member(READERS, user=REAL))
    assert step_in_hand(after) == add_member(READERS, user=REAL)
    assert after.plan_digest == before.plan_digest
    assert REAL in excluded_approvers(after)


def test_a_step_about_somebody_who_is_not_there_yet_is_never_in_hand() -> None:
    first, second = joining()
    with pytest.raises(NotAuthorizedError, match="not created yet"):
        step_in_hand(case_of(first, second, step_index=1))


@pytest.mark.parametrize("order", [(1, 0), (0, 0), (0, 1, 0)])
def test_a_plan_creates_once_and_before_it_uses(order: tuple[int, ...]) -> None:
    steps = joining()
    assert is_in_order(steps)
    assert not is_in_order([steps[index] for index in order])


class Tenant:
    """A world in which a guest is invited and comes into the Readers, if an administrator agrees to both at once."""

    def __init__(self) -> None:
        self.world = World()
        self.there: list[dict[str, Any]] = []
        self.shown = {"id": REAL, "displayName": "Mo", "mail": "mo@partner.example", "userType": "Guest"}
        self.shown |= {"accountEnabled": True, "onPremisesSyncEnabled": None}
        self.world.directory.put("/users", {"value": []})
        self.world.directory.on("POST", "/invitations", self._invite)

    def _invite(self, _body: Any) -> tuple[int, Any]:
        self.world.directory.put("/users", {"value": [self.shown]})
        self.world.directory.put(f"/users/{REAL}", self.shown)
        self.world.directory.put(f"/users/{REAL}/transitiveMemberOf/graph.group", {"value": []})
        return 201, {"invitedUser": {"id": REAL}}

    async def asks(self, *rules: dict[str, Any]) -> Case:
        first = parse_step("entra.guest.invite", {"mail": "mo@partner.example", "called": "Mo"})
        member = {"group_id": READERS, "user_id": stand_in(first), "user_name": "Mo"}
        self.world.plan(first, parse_step("entra.group.member.add", member))
        await self.world.publish({"layer": "action", "rules": [ASK, *rules]})
        return await self.world.run(await self.world.open(), seconds_per_turn=30)

    async def agreed(self, *rules: dict[str, Any]) -> Case:
        asked = await self.asks(*rules)
        await self.world.answer(asked.id, person=EVE)
        return await self.world.run(asked.id, seconds_per_turn=30)


ASK = {
    "id": "action.ask",
    "effect": "require_approval",
    "actions": ["*"],
    "when": {"beneficiary.kind": "guest", "target.is_vip": False},
    "approval": {"from": ["tenant_admin"], "count": 1, "standing": "never"},
}


async def test_one_yes_is_for_the_whole_plan_and_the_later_step_is_written_for_who_came() -> None:
    tenant = Tenant()
    case = await tenant.agreed()
    assert (case.outcome, case.effects) == ("resolved", ("verified", "verified"))
    assert tenant.world.members[READERS] == {REAL}
    assert list(case.created.values()) == [REAL]
    asked = [one for one in await tenant.world.codes(case.id) if one == "approval.asked"]
    assert len(asked) == 1


async def test_before_it_is_written_policy_decides_on_what_the_tenant_shows_and_not_on_the_promise() -> None:
    tenant = Tenant()
    tenant.shown["mail"] = "mo@elsewhere.example"
    deny = {"id": "action.deny", "effect": "deny", "actions": ["entra.group.member.add"]}
    asked = await tenant.asks({**deny, "when": {"beneficiary.mail_domain": ["elsewhere.example"]}})
    assert asked.stage.value == "approve"
    await tenant.world.answer(asked.id, person=EVE)
    case = await tenant.world.run(asked.id, seconds_per_turn=30)
    assert tenant.world.members[READERS] == set()
    assert case.outcome != "resolved"


async def test_graph_is_never_asked_about_a_stand_in_for_a_decision() -> None:
    tenant = Tenant()
    asked = await tenant.asks()
    logged = [event for event in await tenant.world.store.events(asked.id) if event.code.value == "lookup.answered"]
    assert logged and asked.plan is not None
    assert all(stand_in(asked.plan.steps[0]) not in str(event.data) for event in logged)


async def test_a_plan_that_names_somebody_before_they_are_created_is_handed_over() -> None:
    world = World()
    await world.publish({"layer": "action", "rules": [ASK]})
    first, second = joining()
    world.plan(second, first)
    case = await world.run(await world.open())
    assert (case.outcome, world.directory.written) == ("escalated", [])
