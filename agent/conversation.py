"""The conversation with an employee: a verified message opens a case, answers a question, or asks how things stand.

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
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from agent.channels.activities import Activity, Message, VerifiedActivity
from agent.channels.utterance import Utterance, read_utterance
from agent.chat_cases import ChatCases, newest_question, not_ended, refs, short
from agent.chat_member import Member, member_of
from agent.controls import cancel
from agent.errors import AlreadySupersededError, ChannelError, OrderRefusedError, StorageError
from agent.intake import Deliveries
from agent.itsm.source import CHAT_SOURCE
from agent.loop import Loop
from agent.model.case import case_id_for
from agent.model.control import Control
from agent.model.service_request import Assurance, ServiceRequest
from agent.phrasebook import phrase, ref_of
from agent.ports import Clock, Held, Ports
from agent.stages.clarify import RepliedMessage, take_reply
from agent.standing.complaints import complain
from policy.canonical import digest

_log = logging.getLogger("remit.conversation")

#: How many cases of one person are open at a time. Nobody needs more at once, and approvers, Graph and the other
#: employees must not wait for one chat.
MAX_OPEN: Final = 5
# What is the same for every message of a flood is said once in this time.
_FLOOD: Final = timedelta(minutes=10)
# What is said to strangers, or where others read, is said once in this time.
_STRANGERS: Final = timedelta(minutes=1)
# Stands in the place of a tenant for people of tenants that the stack does not serve.
_OUTSIDE: Final = "outside"
# A person and a worker may save a case in the same second; whoever is later looks again.
_RELOADS: Final = 3


class Saying(Protocol):
    """Speaks where a message was written, to whoever reads there: only what anybody may read."""

    async def __call__(self, conversation_id: str, *, service_url: str, text: str) -> None:
        """Post one plain text.

        Raises:
            ChannelError: it was not accepted, or the address is not on the list of allowed hosts.
        """


@dataclass(frozen=True, slots=True)
class _Talk:
    """One message in hand: whose it is, what it says, and the key under which it is known when it comes again."""

    activity: VerifiedActivity
    message: Message
    said: Utterance
    key: str
    ports: Ports
    now: datetime

    @property
    def whose(self) -> tuple[str, str]:
        return self.activity.tenant_id, self.activity.person_id

    def phrase(self, name: str, **values: str) -> str:
        return phrase(name, self.said.language, **values)


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
        """Do what a message asks for; anything that is no message is left alone.

        Raises:
            PortError: storage did not answer, and the message may come again.
        """
        message = activity.activity
        # (1)
        if not isinstance(message, Message) or not (message.is_personal or message.mentions_bot):
            return
        ports = await self._ports_for(activity.tenant_id)
        key = digest(["message", activity.tenant_id, activity.person_id, message.conversation.id, message.id])[:32]
        talk = _Talk(activity, message, read_utterance(message), key=key, ports=ports, now=self._clock.now())
        # (2)
        who = await member_of(ports, activity.person_id, now=talk.now)
        if not message.is_personal:
            await self._point_elsewhere(talk)
        if not isinstance(who, Member):
            _log.info("a message of person %s is not served: %s", activity.person_id, who)
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
                await self._post(outsider, phrase("stranger", read_utterance(outsider).language))
        return True

    async def _follow(self, talk: _Talk, who: Member) -> None:
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
                await self._take(talk, who)

    async def _take(self, talk: _Talk, who: Member) -> None:
        own_id = case_id_for(tenant_id=talk.activity.tenant_id, source=CHAT_SOURCE, external_id=talk.key)
        # (4) What is said in a group is never an answer: others read there, and the question was not put there.
        mine = await self._cases.of(*talk.whose, now=talk.now)
        asked = newest_question(mine) if talk.message.is_personal else None
        about = asked.case.id if asked else own_id
        if await self._deliveries.find_or_insert(CHAT_SOURCE, talk.key, case_id=about) != about:
            return  # It came before, and was about another case then.
        if asked is None or about == own_id:
            await self._open(talk, who, case_id=own_id)
            return
        others = [one for one in mine if one.case.open_question and one.case.id != about]
        await self._reply(talk, who, held=asked, others=others)

    async def _open(self, talk: _Talk, who: Member, *, case_id: str) -> None:
        # (5) Named first and counted then, so that of many messages at once not one too many is let in.
        if await self._cases.exists(case_id):
            return
        await self._cases.name(*talk.whose, case_id=case_id, now=talk.now)
        open_now = await self._cases.count_open(*talk.whose, besides=case_id)
        if open_now >= MAX_OPEN:
            await self._cases.forget(*talk.whose, case_id=case_id)
            if await self._cases.once(*talk.whose, note="too_many", now=talk.now, every=_FLOOD):
                await self._say(talk, talk.phrase("too_many", count=str(open_now)))
            return
        request = ServiceRequest(
            tenant_id=talk.activity.tenant_id,
            source=CHAT_SOURCE,
            external_id=talk.key,
            channel="teams",
            requester=talk.activity.person_id,
            assurance=Assurance.SSO,
            text=talk.said.text,
            language=talk.said.language,
            received_at=talk.now,
        )
        opened = await self._loop.open(request, known=who.seen)
        if opened.created:
            await self._say(talk, talk.phrase("accepted", ref=ref_of(case_id)))

    async def _reply(self, talk: _Talk, who: Member, *, held: Held, others: list[Held]) -> None:
        message = RepliedMessage(
            text=talk.said.text,
            key=talk.key,
            evidence=talk.activity.evidence,
            seen=who.seen.observations,
            events=who.seen.events,
        )
        found: Held | None = held
        for _ in range(_RELOADS):
            if found is None or any(one.reply_key == talk.key for one in found.case.clarifications):
                return
            if found.case.open_question is None or talk.now >= found.case.open_question.expires_at:
                await self._say(talk, talk.phrase("already_answered", ref=ref_of(found.case.id)))
                return
            try:
                await self._loop.save(found, take_reply(found.case, message, now=talk.now))
                break
            except AlreadySupersededError:
                found = await self._cases.load(held.case.id)
        else:
            raise StorageError("the case is being changed by others all the time")
        if others:
            await self._say(talk, talk.phrase("taken_for", ref=ref_of(held.case.id), others=refs(others)))

    async def _cancel(self, talk: _Talk, who: Member) -> None:
        mine = [one for one in await self._cases.of(*talk.whose, now=talk.now) if not_ended(one, talk.said.ref)]
        held = next((one for one in mine if not one.case.effects), mine[0] if mine else None)
        if held is None:
            await self._say(talk, talk.phrase("nothing_open"))
            return
        case_id = held.case.id
        if await self._deliveries.find_or_insert(CHAT_SOURCE, talk.key, case_id=case_id) != case_id:
            return
        by = Control(scope="case", subject=case_id, state="stopped", by="its requester", why="cancelled", at=talk.now)
        answer = talk.phrase("cancelled", ref=ref_of(case_id))
        for _ in range(_RELOADS):
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

    async def _complain(self, talk: _Talk) -> None:
        person_id, said, load = talk.activity.person_id, talk.said, self._cases.load
        tenant_id, ports = talk.activity.tenant_id, talk.ports
        is_heard = await complain(person_id, said.ref, tenant_id=tenant_id, ports=ports, load=load, now=talk.now)
        await self._say(talk, talk.phrase("complained" if is_heard else "no_complaint", ref=said.ref))

    async def _tell_status(self, talk: _Talk) -> None:
        mine = [one for one in await self._cases.of(*talk.whose, now=talk.now) if not_ended(one, talk.said.ref)]
        lines = [short(one.case, talk.said.language) for one in mine]
        await self._say(talk, "\n\n".join(lines) or talk.phrase("nothing_open"))

    async def _point_elsewhere(self, talk: _Talk) -> None:
        # Of each group by itself: whoever reads there shall not have to read it again and again.
        note = f"place-{digest(['place', talk.message.conversation.id])[:16]}"
        if not await self._is_first(talk, "place"):
            return
        if await self._cases.once(*talk.whose, note=note, now=talk.now, every=_STRANGERS):
            await self._say_in_place(talk, "elsewhere")

    async def _turn_away(self, talk: _Talk, why: str) -> None:
        if not await self._cases.once(*talk.whose, note=why, now=talk.now, every=_STRANGERS):
            return
        if talk.message.is_personal:
            # Nobody of another tenant has a chat that we could open, and this text is for anybody to read.
            await self._say_in_place(talk, why)
        else:
            await self._say(talk, talk.phrase(why))

    async def _say(self, talk: _Talk, text: str) -> None:
        """Tell the person, in the chat that we open for the object id, whatever conversation the message names."""
        if not await self._is_first(talk, "said"):
            return
        try:
            await talk.ports.channel.tell(*talk.whose, text=text)
        except ChannelError:
            _log.info("person %s could not be answered", talk.activity.person_id)

    async def _say_in_place(self, talk: _Talk, name: str) -> None:
        await self._post(talk.message, talk.phrase(name))

    async def _post(self, message: Message, text: str) -> None:
        try:
            await self._in_place(message.conversation.id, service_url=message.service_url, text=text)
        except ChannelError:
            _log.info("a message could not be answered where it was written")

    async def _is_first(self, talk: _Talk, what: str) -> bool:
        """Whether nobody has claimed to say this of this message; whoever dies after that leaves it unsaid."""
        nonce = talk.ports.ids.new()
        return await self._deliveries.find_or_insert(CHAT_SOURCE, f"{talk.key}-{what}", case_id=nonce) == nonce
