"""The conversation with an employee: a verified message opens a case, answers a question, or asks how things stand.

It is the same in every chat (`agent.channels.heard`), and each chat is apart: what was asked in one is not answered in
another, because they prove a person differently.

In this order, for every message that is no click:
1. In a group only a message that mentions the bot is heard, and the answer goes to the person's own chat.
2. Who writes is looked up (`agent.chat_member`); whoever is no employee gets a help text and nothing else.
3. A word for the bot (help, status, cancel) is followed, for the person's own cases only; that a case was wrong may be
   said by everybody whom it concerns (`agent/standing/complaints.py`).
4. In the person's own chat a message answers the newest question that is open to that person.
5. Anything else is a request and opens a case, of which a person has `MAX_OPEN` at a time.

The connector delivers a message again when our answer is late. What a message is about is stored before anything is
done (`Deliveries`), so a repeated message is about the same case, and it is answered at most once.
"""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Final

from agent.channels.activities import Activity, Message, VerifiedActivity
from agent.channels.heard import Heard, heard_in_teams
from agent.channels.utterance import read_utterance
from agent.chat_cases import ChatCases, newest_question, not_ended, refs, short
from agent.chat_member import Member, member_of
from agent.controls import cancel
from agent.errors import AlreadySupersededError, ChannelError, OrderRefusedError, StorageError
from agent.intake import Deliveries
from agent.loop import Loop
from agent.model.case import case_id_for
from agent.model.control import Control
from agent.model.service_request import Assurance, ServiceRequest
from agent.phrasebook import phrase, ref_of
from agent.planners.reading.language import in_its_language
from agent.ports import Clock, Held, Ports
from agent.replying import RELOADS, give_reply
from agent.stages.clarify import RepliedMessage
from agent.standing.complaints import complain
from agent.talk import Saying, Talk
from policy.canonical import digest

_log = logging.getLogger("remit.conversation")

# What is the same for every message of a flood is said once in this time.
_FLOOD: Final = timedelta(minutes=10)
# What is said to strangers, or where others read, is said once in this time.
_STRANGERS: Final = timedelta(minutes=1)
# Stands in the place of a tenant for people of tenants that the stack does not serve.
_OUTSIDE: Final = "outside"


class Conversation:
    """Hears verified messages. `in_place` speaks where a message was written."""

    def __init__(
        self,
        loop: Loop,
        *,
        cases: ChatCases,
        deliveries: Deliveries,
        ports_for: Callable[[str], Awaitable[Ports]],
        in_place: Saying,
        clock: Clock,
    ) -> None:
        self._loop = loop
        self._cases = cases
        self._deliveries = deliveries
        self._ports_for = ports_for
        self._in_place = in_place
        self._clock = clock

    async def hear(self, activity: VerifiedActivity) -> None:
        """Do what a message in Teams asks for; anything that is no message is left alone. Raises as `take`."""
        heard = heard_in_teams(activity)
        if heard is not None:
            await self.take(heard)

    async def take(self, heard: Heard) -> None:
        """Do what a message asks for.

        Raises:
            PortError: storage did not answer, and the message may come again.
        """
        # (1)
        if not heard.is_for_us:
            return
        ports = await self._ports_for(heard.tenant_id)
        key = digest(["message", heard.tenant_id, heard.person_id, heard.place, heard.message_id])[:32]
        talk = Talk(heard, key=key, ports=ports, now=self._clock.now())
        # (2)
        who = await member_of(ports, heard.person_id, now=talk.now)
        if not heard.is_personal:
            await self._point_elsewhere(talk)
        if not isinstance(who, Member):
            _log.info("a message of person %s is not served: %s", heard.person_id, who)
            await self._turn_away(talk, who)
            return
        await self._follow(talk, who)

    async def turn_away(self, outsider: Activity) -> bool:
        """Tell somebody of a tenant that is not served so, where they wrote; return whether it is a message at all.

        Nobody is looked up, and of what was written nothing is read but its language.

        Raises:
            StorageError: storage did not answer, so it cannot be known what was said before.
        """
        if not isinstance(outsider, Message) or outsider.value is not None:
            return False
        if outsider.is_personal or outsider.mentions_bot:
            # In a group once for all who write there. What is kept names neither person nor tenant.
            place = digest(["outsiders", outsider.conversation.tenant_id, outsider.conversation.id])[:32]
            if await self._cases.once(_OUTSIDE, place, note="stranger", now=self._clock.now(), every=_STRANGERS):
                text = phrase("stranger", read_utterance(outsider).language)
                await self._post(outsider.conversation.id, text, service_url=outsider.service_url)
        return True

    async def _follow(self, talk: Talk, who: Member) -> None:
        # (3)
        match talk.said.kind:
            case "help":
                await self._say(talk, talk.phrase("help"))
            case "thanks":
                await self._say(talk, talk.phrase("welcome"))
            case "approval":
                await self._say(talk, talk.phrase("card_only"))
            case "status":
                await self._tell_status(talk)
            case "cancel":
                await self._cancel(talk, who)
            case "complaint":
                await self._complain(talk)
            case "request":
                await self._serve(talk, who)

    async def _serve(self, talk: Talk, who: Member) -> None:
        own_id = case_id_for(tenant_id=talk.heard.tenant_id, source=talk.heard.channel, external_id=talk.key)
        # (4) What is said in a group is never an answer: others read there, and the question was not put there.
        mine = await self._mine(talk)
        asked = newest_question(mine) if talk.heard.is_personal else None
        about = asked.case.id if asked else own_id
        if await self._deliveries.find_or_insert(talk.heard.channel, talk.key, case_id=about) != about:
            return  # It came before, and was about another case then.
        if asked is None or about == own_id:
            await self._open(talk, who, case_id=own_id)
            return
        others = [one for one in mine if one.case.open_question and one.case.id != about]
        await self._reply(talk, who, held=asked, others=others)

    async def _open(self, talk: Talk, who: Member, *, case_id: str) -> None:
        # (5)
        if await self._cases.exists(case_id):
            return
        if open_now := await self._cases.take_place(*talk.whose, case_id=case_id, now=talk.now):
            if await self._cases.once(*talk.whose, note="too_many", now=talk.now, every=_FLOOD):
                await self._say(talk, talk.phrase("too_many", count=str(open_now)))
            return
        request = ServiceRequest(
            tenant_id=talk.heard.tenant_id,
            source=talk.heard.channel,
            external_id=talk.key,
            channel=talk.heard.channel,
            requester=talk.heard.person_id,
            assurance=Assurance.SSO,
            text=talk.said.text,
            language=talk.said.language,
            reply_to=talk.heard.account,
            evidence=dict(talk.heard.evidence),
            received_at=talk.now,
        )
        opened = await self._loop.open(in_its_language(request), known=who.seen)
        if opened.created:
            await self._say(talk, talk.phrase("accepted", ref=ref_of(case_id)))

    async def _reply(self, talk: Talk, who: Member, *, held: Held, others: list[Held]) -> None:
        message = RepliedMessage(
            text=talk.said.text,
            key=talk.key,
            evidence=talk.heard.evidence,
            seen=who.seen.observations,
            events=who.seen.events,
        )
        given = await give_reply(held, message, cases=self._cases, loop=self._loop, clock=self._clock)
        if given == "too_late":
            await self._say(talk, talk.phrase("already_answered", ref=ref_of(held.case.id)))
        if given == "taken" and others:
            await self._say(talk, talk.phrase("taken_for", ref=ref_of(held.case.id), others=refs(others)))

    async def _cancel(self, talk: Talk, who: Member) -> None:
        mine = [one for one in await self._mine(talk) if not_ended(one, talk.said.ref)]
        held = next((one for one in mine if not one.case.effects), mine[0] if mine else None)
        if held is None:
            await self._say(talk, talk.phrase("nothing_open"))
            return
        case_id = held.case.id
        if await self._deliveries.find_or_insert(talk.heard.channel, talk.key, case_id=case_id) != case_id:
            return
        by = Control(scope="case", subject=case_id, state="stopped", by="its requester", why="cancelled", at=talk.now)
        answer = talk.phrase("cancelled", ref=ref_of(case_id))
        for _ in range(RELOADS):
            try:
                turn = cancel(held.case, by, answer=answer, now=talk.now)
                # The outcome says that it was cancelled, so nothing is said here.
                await self._loop.save(held, replace(turn, events=(*who.seen.events, *turn.events)))
                return
            except OrderRefusedError:
                await self._say(talk, talk.phrase("under_way", ref=ref_of(case_id)))
                return
            except AlreadySupersededError:
                held = await self._cases.load(case_id) or held
        raise StorageError("the case is being changed by others all the time")

    async def _mine(self, talk: Talk) -> tuple[Held, ...]:
        return await self._cases.of(*talk.whose, channel=talk.heard.channel, now=talk.now)

    async def _complain(self, talk: Talk) -> None:
        (tenant_id, person_id), said, load = talk.whose, talk.said, self._cases.load
        is_heard = await complain(person_id, said.ref, tenant_id=tenant_id, ports=talk.ports, load=load, now=talk.now)
        await self._say(talk, talk.phrase("complained" if is_heard else "no_complaint", ref=said.ref))

    async def _tell_status(self, talk: Talk) -> None:
        mine = [one for one in await self._mine(talk) if not_ended(one, talk.said.ref)]
        lines = [short(one.case, talk.said.language) for one in mine]
        await self._say(talk, "\n\n".join(lines) or talk.phrase("nothing_open"))

    async def _point_elsewhere(self, talk: Talk) -> None:
        # Of each group by itself: whoever reads there shall not have to read it again and again.
        note = f"place-{digest(['place', talk.heard.place])[:16]}"
        if not await self._is_first(talk, "place"):
            return
        if await self._cases.once(*talk.whose, note=note, now=talk.now, every=_STRANGERS):
            await self._say_in_place(talk, "elsewhere")

    async def _turn_away(self, talk: Talk, why: str) -> None:
        if not await self._cases.once(*talk.whose, note=why, now=talk.now, every=_STRANGERS):
            return
        if talk.heard.is_personal and not talk.heard.account:
            # Nobody of another tenant has a chat that we could open, and this text is for anybody to read.
            await self._say_in_place(talk, why)
        else:
            await self._say(talk, talk.phrase(why))

    async def _say(self, talk: Talk, text: str) -> None:
        """Tell the person, in the chat that we open for the object id, whatever conversation the message names."""
        if not await self._is_first(talk, "said"):
            return
        try:
            await talk.ports.channel.tell(*talk.whose, text=text, reply_to=talk.heard.account)
        except ChannelError:
            _log.info("person %s could not be answered", talk.heard.person_id)

    async def _say_in_place(self, talk: Talk, name: str) -> None:
        await self._post(talk.heard.place, talk.phrase(name), service_url=talk.heard.service_url)

    async def _post(self, place: str, text: str, *, service_url: str) -> None:
        try:
            await self._in_place(place, service_url=service_url, text=text)
        except ChannelError:
            _log.info("a message could not be answered where it was written")

    async def _is_first(self, talk: Talk, what: str) -> bool:
        """Whether nobody has claimed to say this of this message; whoever dies after that leaves it unsaid."""
        nonce = talk.ports.ids.new()
        return await self._deliveries.find_or_insert(talk.heard.channel, f"{talk.key}-{what}", case_id=nonce) == nonce
