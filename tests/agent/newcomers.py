"""A world in which one after the other asks to join the Readers, and Bob, who owns them, is asked each time."""

from typing import Any

from agent.model.case import Case
from agent.model.plan import Step
from agent.model.service_request import Assurance, ServiceRequest
from tests.agent.granted import ASK_STANDING
from tests.agent.test_callback import Chat, click
from tests.agent.world import BOB, READERS, TENANT, World, add_member, by_address, user


def settle_in(world: World, number: int, *, department: str = "Sales") -> str:
    """Let there be one more employee; return their object id."""
    person, name = f"dddddddd-0000-4000-8000-{number:012d}", f"new{number}"
    profile = {**user(person, name), "department": department}
    world.directory.put(f"/users/{person}", profile)
    world.directory.put(by_address(f"{name}@contoso.example"), {"value": [profile]})
    world.directory.put(f"/users/{person}/transitiveMemberOf/graph.group", {"value": []})
    return person


class Newcomers:
    """The clients of a world, and people who come to it."""

    def __init__(self) -> None:
        self.chat = Chat()
        self.world = self.chat.world
        self.count = 0

    async def asks(self, *, department: str = "Sales", by: int | None = None, steps: tuple[Step, ...] = ()) -> Case:
        """Somebody new asks for themselves, or newcomer number `by` for them; return the case as it waits."""
        self.count += 1
        person = settle_in(self.world, self.count, department=department)
        self.world.plan(*(steps or (add_member(READERS, user=person),)))
        request = ServiceRequest(
            tenant_id=TENANT,
            source="desk",
            external_id=f"T-{self.count}",
            channel="itsm",
            requester=f"new{by or self.count}@contoso.example",
            assurance=Assurance.PORTAL,
            text="please",
            received_at=self.world.clock.now(),
        )
        self.chat.case_id = (await self.world.loop.open(request)).case_id
        return await self.world.run(self.chat.case_id)

    async def approved(self, times: int = 1, **asked: Any) -> Case:
        """So many newcomers ask, and Bob approves each; return the last case as it ended."""
        for _ in range(times):
            await self.answer(await self.asks(**asked))
            self.world.clock.pass_(600)
        return await self.chat.case()

    async def answer(self, case: Case, verb: str = "approve", **data: str) -> Any:
        """Bob presses; what comes of it is worked off. Return what his client is shown."""
        reply = await self.chat.press(click(case, verb, by=BOB, **data))
        assert reply.status == 200, reply
        await self.world.run(case.id, seconds_per_turn=40)
        return reply.body["value"]


async def newcomers(*documents: dict[str, Any]) -> Newcomers:
    """Return a world under ASK_STANDING, or other documents, whose newcomers can all be looked up."""
    made = Newcomers()
    await made.world.publish(*(documents or (ASK_STANDING,)))
    return made
