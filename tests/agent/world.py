"""A small world for the stages' tests: one tenant in memory, a clock that obeys, and a planner that reads a script."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from agent.actions import CATALOGUE, parse_step
from agent.actions.role_names import BUILT_IN_ROLES
from agent.alarms import Alarms
from agent.lookups import LOOKUPS
from agent.loop import Loop
from agent.model.approval import Approval
from agent.model.case import Case, Stage
from agent.model.plan import Plan, Step
from agent.model.service_request import Assurance, ServiceRequest
from agent.ports import Attempts, Ports, Proposal, TenantProfile
from agent.steering import Steering
from policy import Bundle, parse_document
from tests.agent.stand_ins import START as START
from tests.agent.stand_ins import NoAttempts, Numbers, People, Script, Tickets, Time, TokensAtHand
from tests.conformance.fake_directory import FakeDirectory
from tests.conformance.memory import MemoryCaseStore, MemoryWakeups
from tests.conformance.memory_grants import MemoryGrantBook
from tests.conformance.memory_meanings import MemoryMeaningBook
from tests.conformance.memory_oversight import MemoryAlertBox, MemoryControls
from tests.conformance.memory_policies import MemoryPolicyStore
from tests.conformance.memory_sealer import MemorySealer

TENANT = "11111111-1111-4111-8111-111111111111"
ANN = "aaaaaaaa-0000-4000-8000-000000000001"  # asks
BOB = "bbbbbbbb-0000-4000-8000-000000000002"  # owns the groups
EVE = "eeeeeeee-0000-4000-8000-000000000003"  # administers the tenant
GUEST = "99999999-0000-4000-8000-000000000009"
READERS = "0a0a0a0a-0000-4000-8000-00000000000a"
WRITERS = "0b0b0b0b-0000-4000-8000-00000000000b"
ANN_UPN = "ann@contoso.example"

BASELINES: tuple[dict[str, Any], ...] = tuple(
    {"layer": layer, "rules": [{"id": f"{layer}.baseline", "effect": "permit", "actions": ["*"]}]}
    for layer in ("global", "tenant", "target", "department", "runtime")
)
ALLOW_ALL = {"layer": "action", "rules": [{"id": "action.all", "effect": "permit", "actions": ["*"]}]}
ASK_OWNER = {
    "layer": "action",
    "rules": [
        {
            "id": "action.ask",
            "effect": "require_approval",
            "actions": ["entra.group.member.*"],
            "approval": {"from": ["group_owner"], "count": 1, "standing": "never"},
        }
    ],
}


def bundle_of(*documents: Mapping[str, Any]) -> Bundle:
    """Return a bundle of documents with the ceremony filled in."""
    whole = [{"apiVersion": "policy/v1", "tenant": "*", **one} for one in documents]
    catalogue = frozenset(CATALOGUE)
    return Bundle.of(parse_document(one, source=f"{one['layer']}.yaml", catalogue=catalogue) for one in whole)


def add_member(group: str, user: str = ANN) -> Step:
    return parse_step("entra.group.member.add", {"group_id": group, "user_id": user})


def reset_password(user: str = ANN) -> Step:
    return parse_step("entra.user.password.reset", {"user_id": user})


class World:
    """One stack in memory. `publish` sets policy, `plan` what is proposed, `run` turns the loop until it waits."""

    def __init__(self, clock: Time | None = None) -> None:
        self.clock = clock or Time()
        self.store = MemoryCaseStore()
        self.wakeups = MemoryWakeups()
        self.policies = MemoryPolicyStore(frozenset(CATALOGUE))
        self.sealer = MemorySealer()
        self.people = People()
        self.tickets = Tickets()
        self.planner = Script()
        self.directory = FakeDirectory(TENANT)
        self.identities = TokensAtHand()
        self.members: dict[str, set[str]] = {READERS: set(), WRITERS: set()}
        self.tenant = TenantProfile(
            tenant_id=TENANT,
            name="Contoso",
            time_zone="Europe/London",
            people={"tenant_admin": (EVE,)},
            break_glass_ids=frozenset(),
            vip_ids=frozenset(),
            password_writeback=False,
            approval_seconds=3600,
        )
        self.controls = MemoryControls()
        self.grants = MemoryGrantBook()
        self.memory = MemoryMeaningBook()
        self.alerts = MemoryAlertBox()
        self.alarms = Alarms(self.alerts, ports_for=self._ports)
        self.loop = Loop(self.store, self.wakeups, ports_for=self._ports, alarms=self.alarms, clock=self.clock)
        self.steering = Steering(
            self.loop,
            store=self.store,
            controls=self.controls,
            tenant_ids=[TENANT],
            clock=self.clock,
            sleep=self._sleep,
        )
        self._populate()

    async def publish(self, *documents: Mapping[str, Any]) -> None:
        self.policies.set_in_force(TENANT, bundle_of(*BASELINES, *documents))

    def plan(self, *steps: Step) -> None:
        self.planner.proposals = [Proposal(why="as asked", plan=Plan(summary="s", reason="r", steps=steps))]

    async def open(self, *, text: str = "please", requester: str = ANN_UPN) -> str:
        request = ServiceRequest(
            tenant_id=TENANT,
            source="desk",
            external_id="T-1",
            channel="itsm",
            requester=requester,
            assurance=Assurance.PORTAL,
            text=text,
            received_at=self.clock.now(),
        )
        return (await self.loop.open(request)).case_id

    async def turn(self, case_id: str) -> bool:
        """Deliver the waiting messages of every stage once; return whether there was one."""
        messages = [(stage, one) for stage in Stage for one in self.wakeups.messages.get(stage, [])]
        self.wakeups.messages.clear()
        for stage, (case, seq) in messages:
            await self.loop.advance(stage, case, seq=seq)
        return bool(messages)

    async def run(self, case_id: str, *, seconds_per_turn: float = 1, turns: int = 200) -> Case:
        """Turn the loop until no message waits."""
        for _ in range(turns):
            if not await self.turn(case_id):
                return await self.case(case_id)
            self.clock.pass_(seconds_per_turn)
        raise AssertionError(f"the case does not come to rest: {(await self.case(case_id)).stage}")

    async def case(self, case_id: str) -> Case:
        held = await self.store.load(case_id)
        assert held is not None
        return held.case

    async def codes(self, case_id: str) -> list[str]:
        return [event.code.value for event in await self.store.events(case_id)]

    async def answer(self, case_id: str, *, person: str = BOB, granted: bool = True, **changes: Any) -> Case:
        """Answer the open question as the callback would after its checks."""
        held = await self.store.load(case_id)
        assert held is not None and held.case.approval_request is not None
        return await self.loop.answer(
            held, approval_of(held.case, person=person, granted=granted, now=self.clock.now(), **changes)
        )

    async def order(self, order: str, *, status: int = 200, **about: Any) -> dict[str, Any]:
        """Give an order over HTTP, as Olga the operator, and return what was answered."""
        body = {"order": order, "by": "Olga", "why": "to be safe", **about}
        reply = await self.steering.receive(json.dumps(body).encode())
        assert reply.status == status, reply
        return dict(reply.body)

    async def _sleep(self, seconds: float) -> None:
        self.clock.pass_(seconds)

    async def _ports(self, tenant_id: str) -> Ports:
        attempts: Attempts = NoAttempts()  # type: ignore[assignment]  # It must fail when used.
        return Ports(
            tenant=self.tenant,
            directory=self.directory,
            identities=self.identities,
            planner=self.planner,
            policy=self.policies,
            channel=self.people,
            itsm=self.tickets,
            sealer=self.sealer,
            ids=Numbers(),
            attempts=attempts,
            controls=self.controls,
            grants=self.grants,
            memory=self.memory,
            clock=self.clock,
        )

    def give_roles(self, principal: str, *names: str, scope: str = "/") -> None:
        """Let a person or a group hold these directory roles now, and no others."""
        held = [
            {"principalId": principal, "roleDefinitionId": role_id, "directoryScopeId": scope}
            for role_id, name in BUILT_IN_ROLES.items()
            if name in names
        ]
        self.directory.put(asked_as("user.directory_roles", principal), {"value": held})

    def _populate(self) -> None:
        put = self.directory.put
        put("/roleManagement/directory/roleAssignments", {"value": []})
        self.give_roles(EVE, "Global Administrator")
        for person, name in ((ANN, "ann"), (BOB, "bob"), (EVE, "eve")):
            profile = user(person, name)
            put(f"/users/{person}", profile)
            put(by_address(f"{name}@contoso.example"), {"value": [profile]})
            put(f"/users/{person}/transitiveMemberOf/graph.group", {"value": []})
        put(f"/users/{GUEST}", {**user(GUEST, "guest"), "userType": "Guest"})
        for group, name in ((READERS, "Readers"), (WRITERS, "Writers")):
            shape: dict[str, Any] = {"groupTypes": [], "isAssignableToRole": None, "onPremisesSyncEnabled": None}
            put(f"/groups/{group}", {"id": group, "displayName": name, **shape})
            put(f"/groups/{group}/owners", {"value": [{"id": BOB, "displayName": "bob", "accountEnabled": True}]})
            self._memberships(group)

    def _memberships(self, group: str) -> None:
        def show() -> None:
            self.directory.put(f"/groups/{group}/members", {"value": [{"id": one} for one in self.members[group]]})

        def add(body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
            self.members[group].add(str(body["@odata.id"]).rsplit("/", 1)[1])
            show()
            return 204, {}

        def remove(person: str) -> Any:
            def effect(body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
                self.members[group].discard(person)
                show()
                return 204, {}

            return effect

        show()
        self.directory.on("POST", f"/groups/{group}/members/$ref", add)
        for person in (ANN, BOB, EVE):
            self.directory.on("DELETE", f"/groups/{group}/members/{person}/$ref", remove(person))


def by_address(address: str) -> str:
    """Return where the fake directory keeps the answer to a look-up by address."""
    return asked_as("user.get", address)


def asked_as(name: str, subject: str) -> str:
    """Return where the fake directory keeps the answer to exactly this question."""
    call = LOOKUPS[name].call(subject)
    return f"{call.path}?{'&'.join(f'{name}={value}' for name, value in call.query)}"


def user(person: str, name: str) -> dict[str, Any]:
    """Return a user as Graph shows one."""
    return {
        "id": person,
        "displayName": name,
        "userPrincipalName": f"{name}@contoso.example",
        "accountEnabled": True,
        "userType": "Member",
        "department": "Sales",
        "onPremisesSyncEnabled": None,
        "employeeId": None,
        "onPremisesImmutableId": None,
        "lastPasswordChangeDateTime": "2025-01-01T00:00:00Z",
        "signInSessionsValidFromDateTime": "2025-01-01T00:00:00Z",
    }


def approval_of(case: Case, *, person: str, granted: bool = True, now: datetime, **changes: Any) -> Approval:
    """Return a person's answer to the case's open question."""
    asked = case.approval_request
    assert asked is not None
    fields = {
        "request_id": asked.id,
        "plan_digest": asked.plan_digest,
        "rules_digest": asked.rules_digest,
        "approver_id": person,
        "resolvers": asked.resolvers_of(person),
        "granted": granted,
        "answered_at": now,
        "expires_at": asked.expires_at,
        "proof": "user_token",
    }
    return Approval.model_validate({**fields, **changes})


async def allowed(*steps: Step) -> tuple[World, str]:
    """Return a world whose policy allows everything, and a case in it that was just opened."""
    world = World()
    await world.publish(ALLOW_ALL)
    world.plan(*(steps or (add_member(READERS),)))
    return world, await world.open()
