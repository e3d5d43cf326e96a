"""Requests that people file on the console's page, freshly signed in: a case each, its question and its answer.

What is asked for here has the channel `console`. That is a fact for policy and no right: whoever may sign in may ask,
and which role makes more of it is for policy to say. A case is shown to, answered by and counted for its own requester
only, as in a chat (`agent.chat_cases`).
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from agent.channels.utterance import utterance_of
from agent.chat_cases import ChatCases, is_of
from agent.chat_member import Member, member_of
from agent.loop import Loop
from agent.model.case import case_id_for
from agent.model.service_request import Assurance, ServiceRequest
from agent.planners.reading.language import in_its_language
from agent.ports import Clock, Held, Ports
from agent.replying import Given, give_reply
from agent.stages.clarify import RepliedMessage
from policy.canonical import digest

#: The channel and the source of these cases.
CONSOLE: Literal["console"] = "console"
#: Why somebody cannot file or answer now: no employee, not known whether, or enough cases open already.
Refused = Literal["stranger", "unproven", "too_many"]


@dataclass(frozen=True, slots=True)
class Signed:
    """Who sits there, as a fresh sign-in proved it; `evidence` are ids of that sign-in, never a token."""

    tenant_id: str
    person_id: str
    evidence: Mapping[str, str]


class RequestDesk:
    """Files requests and takes answers of people who are signed in."""

    def __init__(
        self, loop: Loop, *, cases: ChatCases, ports_for: Callable[[str], Awaitable[Ports]], clock: Clock
    ) -> None:
        self._loop = loop
        self._cases = cases
        self._ports_for = ports_for
        self._clock = clock

    async def file(self, who: Signed, *, text: str, key: str) -> str | Refused:
        """Return the id of the case that this request has, however often its form is sent; `key` is the form's own.

        Raises:
            PortError: it cannot be stored now; sending it again is one case, too.
        """
        now = self._clock.now()
        member = await member_of(await self._ports_for(who.tenant_id), who.person_id, now=now)
        if not isinstance(member, Member):
            return member
        external_id = digest([CONSOLE, who.tenant_id, who.person_id, key])[:32]
        case_id = case_id_for(tenant_id=who.tenant_id, source=CONSOLE, external_id=external_id)
        if await self._cases.exists(case_id):
            return case_id
        if await self._cases.take_place(who.tenant_id, who.person_id, case_id=case_id, now=now):
            return "too_many"
        said = utterance_of(text)
        request = ServiceRequest(
            tenant_id=who.tenant_id,
            source=CONSOLE,
            external_id=external_id,
            channel=CONSOLE,
            requester=who.person_id,
            assurance=Assurance.SSO,
            text=said.text,
            language=said.language,
            evidence=dict(who.evidence),
            received_at=now,
        )
        return (await self._loop.open(in_its_language(request), known=member.seen)).case_id

    async def open_cases(self, who: Signed) -> tuple[Held, ...]:
        """Return the person's open requests, the newest first.

        Raises:
            StorageError: storage did not answer.
        """
        return await self._cases.of(who.tenant_id, who.person_id, channel=CONSOLE, now=self._clock.now())

    async def case(self, who: Signed, case_id: str) -> Held | None:
        """Return a request of the person, open or closed; None for anybody else's and for none. Raises as above."""
        held = await self._cases.load(case_id)
        is_theirs = held and is_of(held.case, who.tenant_id, person_id=who.person_id, channel=CONSOLE)
        return held if is_theirs else None

    async def answer(self, who: Signed, held: Held, *, text: str, key: str) -> Given | Refused:
        """Give the person's words to the open question of their own case; see `agent.replying.give_reply`."""
        member = await member_of(await self._ports_for(who.tenant_id), who.person_id, now=self._clock.now())
        if not isinstance(member, Member):
            return member
        message = RepliedMessage(
            text=utterance_of(text).text,
            key=digest([CONSOLE, "reply", held.case.id, who.person_id, key])[:32],
            evidence=who.evidence,
            seen=member.seen.observations,
            events=member.seen.events,
        )
        return await give_reply(held, message, cases=self._cases, loop=self._loop, clock=self._clock)
