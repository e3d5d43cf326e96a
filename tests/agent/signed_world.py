"""A world whose tenant is the simulated one, over HTTP: Hugo asks, Gunther, an administrator, signs in to approve."""

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from azure.core.credentials import AccessToken

from agent.actions import parse_step
from agent.answering import Answering
from agent.graph.sender import GraphDirectory
from agent.model.plan import Step
from agent.model.service_request import Assurance, ServiceRequest
from agent.outcomes import Outcome, PersonsAnswer
from tests.agent.identity.place import Place
from tests.agent.stand_ins import Time
from tests.agent.world import BASELINES, World, bundle_of

HUGO, GUNTHER = "hugo.rast", "gunther.pils"
GROUP = "QG-Recipes"
RESET = "entra.user.password.reset_admin"
ASK_ADMIN = {
    "layer": "action",
    "rules": [
        {
            "id": "action.ask-admin",
            "effect": "require_approval",
            "actions": ["*"],
            "approval": {"from": ["tenant_admin"], "count": 1, "standing": "never"},
        }
    ],
}


class Ahead(Time):
    """The machine's clock, as far ahead as a test lets time pass: tokens are checked by libraries with that clock."""

    def __init__(self) -> None:
        super().__init__()
        self._ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def pass_(self, seconds: float) -> None:
        self._ahead += timedelta(seconds=seconds)


class _Workload:
    """The product's app in the tenant, in its own name."""

    def __init__(self, place: Place) -> None:
        self._place = place

    async def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        return AccessToken(self._place.app_only(), int(time.time()) + 3600)


async def _at_once(_seconds: float) -> None:
    """Keep no pace: what the services allow a second is for other tests."""


class SignedWorld(World):
    """A World with the real sender, MSAL and delegations, against the simulator of `place`."""

    def __init__(self, place: Place) -> None:
        super().__init__(Ahead())
        self.place = place
        place.clock = self.clock
        self.gunther, self.hugo = (str(place.person(name)["id"]) for name in (GUNTHER, HUGO))
        # Hugo comes from on-premises, where only an administrator's own token reaches.
        place.tenant.directory.password_writeback = True
        tenant_id = place.tenant.directory.tenant_id
        self.tenant = replace(self.tenant, tenant_id=tenant_id, people={"tenant_admin": (self.gunther,)})
        self.identities = place.delegations = place.made_delegations()  # type: ignore[assignment]
        graph = place.simulator.cloud.addresses.graph
        self.graph = GraphDirectory(
            tenant_id, _Workload(place), base_url=graph, delegated=place.delegations, sleep=_at_once
        )
        self.directory = self.graph  # type: ignore[assignment]
        self.answering = Answering(
            self.loop, store=self.store, ports_for=self._ports, clock=self.clock, delegations=place.delegations
        )

    async def publish(self, *documents: Mapping[str, Any]) -> None:
        self.policies.set_in_force(self.tenant.tenant_id, bundle_of(*BASELINES, *documents))

    async def open(self, *, text: str = "please", requester: str = "") -> str:
        request = ServiceRequest(
            tenant_id=self.tenant.tenant_id,
            source="desk",
            external_id="T-1",
            channel="itsm",
            requester=requester or f"{HUGO}@quillmere.example",
            assurance=Assurance.PORTAL,
            text=text,
            received_at=self.clock.now(),
        )
        return (await self.loop.open(request)).case_id

    async def asked(self, *steps: Step) -> str:
        """Return a case that waits for Gunther's answer on these steps."""
        await self.publish(ASK_ADMIN)
        self.plan(*steps)
        case_id = await self.open()
        await self.run(case_id)
        return case_id

    async def sign_in(self, case_id: str, *, token: str | None = None) -> Outcome:
        """Approve as Gunther does, with the token that his sign-in brought."""
        case = await self.case(case_id)
        assert case.approval_request is not None
        return await self.answering.take(
            PersonsAnswer(
                tenant_id=self.tenant.tenant_id,
                person_id=self.gunther,
                verb="approve",
                approval_id=case.approval_request.id,
                plan_digest=case.approval_request.plan_digest,
                shows_whole=lambda _plan: True,
                proof="user_token",
                evidence={},
                user_token=self.place.signed_in(GUNTHER) if token is None else token,
            )
        )

    def reset(self) -> Step:
        """What only people can do: Hugo's password, on-premises too."""
        return parse_step(RESET, {"user_id": self.hugo})

    def join(self) -> Step:
        """What the agent itself may do: Hugo becomes a member of a group."""
        groups = self.place.tenant.directory.groups.values()
        (group,) = [one for one in groups if one["displayName"] == GROUP]
        return parse_step("entra.group.member.add", {"group_id": group["id"], "user_id": self.hugo})

    def is_member(self) -> bool:
        return GROUP in {one["displayName"] for one in self.place.tenant.directory.groups_of(self.hugo)}

    def writes(self) -> list[tuple[str, str]]:
        """What was written and took effect: the last word of its path, and the object id of whoever Graph saw."""
        found = self.place.simulator.cloud.traffic.writes
        return [(one["path"].rsplit("/", 1)[1], one["actor"]) for one in found if one["applied"]]
