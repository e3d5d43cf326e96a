"""A world in which people in IT's name are asked: Eve and Dan may be, and each test says what they hold."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from agent.answering import Answering
from agent.model.case import Case, Stage
from agent.model.plan import Step
from agent.outcomes import PersonsAnswer
from tests.agent.world import EVE, READERS, TENANT, World, add_member, asked_as, by_address, user

DAN = "dddddddd-0000-4000-8000-000000000004"
ADM_ANN = "aaaaaaaa-0000-4000-8000-00000000000a"  # another account of whoever asks
STAFF = "5a5a5a5a-0000-4000-8000-0000000000aa"  # a group that can hold roles
UNIT = "4b4b4b4b-0000-4000-8000-0000000000bb"


def asking(*resolvers: str, count: int = 1) -> dict[str, Any]:
    """A policy in which everything is asked of these resolvers."""
    approval = {"from": list(resolvers), "count": count, "standing": "never"}
    rule = {"id": "action.ask", "effect": "require_approval", "actions": ["*"], "approval": approval}
    return {"layer": "action", "rules": [rule]}


class Staffed(World):
    """Eve and Dan answer as tenant_admin; neither holds a role until a test gives one."""

    def __init__(self) -> None:
        super().__init__()
        self.answering = Answering(self.loop, store=self.store, ports_for=self._ports, clock=self.clock)
        self.tenant = replace(self.tenant, people={"tenant_admin": (EVE, DAN), "security": (EVE,)})
        for person, name in ((DAN, "dan"), (ADM_ANN, "adm-ann")):
            self.add_user(person, name)
        self.give_roles(EVE)

    def add_user(self, person: str, name: str, **changes: Any) -> None:
        profile = user(person, name) | changes
        self.directory.put(f"/users/{person}", profile)
        self.directory.put(by_address(f"{name}@contoso.example"), {"value": [profile]})
        self.directory.put(f"/users/{person}/transitiveMemberOf/graph.group", {"value": []})

    def change_user(self, person: str, **changes: Any) -> None:
        self.directory.objects[f"/users/{person}"].update(changes)

    def share(self, field: str, value: str, *people: str) -> None:
        """Let several accounts have the same value, and the tenant know who has it."""
        for person in people:
            self.change_user(person, **{field: value})
        self.directory.put(asked_as("user.filter", f"{field}:{value}"), {"value": [{"id": one} for one in people]})

    def put_into(self, group: str, *people: str, can_hold_roles: bool = False) -> None:
        """Let a group have these people in it, and no others."""
        self.directory.put(asked_as("group.people", group), {"value": [{"id": one} for one in people]})
        shown = {"value": [{"id": group, "isAssignableToRole": can_hold_roles or None}]}
        for person in people:
            self.directory.put(asked_as("user.in_group", f"{group}/{person}"), {"value": [{"id": group}]})
            self.directory.put(asked_as("user.groups", person), shown)

    async def asked(self, *steps: Step, policy: Mapping[str, Any] | None = None) -> Case:
        """Return a case that asked people about these steps, or was handed over."""
        await self.publish(policy or asking("tenant_admin"))
        self.plan(*(steps or (add_member(READERS),)))
        return await self.run(await self.open())

    async def press(
        self, case: Case, person: str, *, verb: Any = "approve", tenant_id: str = TENANT, proof: Any = "channel"
    ) -> Any:
        """Answer as a proven person does, and return what came of it."""
        assert case.approval_request is not None
        answer = PersonsAnswer(
            tenant_id=tenant_id,
            person_id=person,
            verb=verb,
            approval_id=case.approval_request.id,
            plan_digest=case.approval_request.plan_digest,
            reason="because",
            shows_whole=lambda _: True,
            proof=proof,
            evidence={},
        )
        return await self.answering.take(answer)

    async def logged(self, case: Case, code: str) -> list[dict[str, Any]]:
        return [one.data for one in await self.store.events(case.id) if one.code.value == code]


def people_asked(case: Case) -> set[str]:
    """Return who was asked, nobody when it was handed over instead."""
    assert (case.stage is Stage.APPROVE) != (case.outcome == "escalated")
    request = case.approval_request
    return {one for asked in request.asked for one in asked.approver_ids} if request else set()
