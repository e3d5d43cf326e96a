"""A comment on a ticket that answers the question its requester was asked: whose it is, and of which question.

A verified delivery brings the comment. It is an answer only if all of this holds, and else it is left alone:

1. A case of this very ticket of this source waits for its requester's answer, and the time has not run out.
2. Its author is that requester, by the identity that the ticket system gives and never by what the text says; and the
   directory still knows that identity as the person for whom the case was begun.
3. It is proven as well as the request was: a mail answers a ticket that began as a mail, and no other; a question
   that asks for proof of who asks it never answers.
4. It is the answer to the question that was open when it first came. A comment that came while nothing was asked, or
   that answered an earlier question, is no answer to a later one, however often it is delivered.
"""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final, Protocol

from agent.errors import AlreadySupersededError, StorageError
from agent.inquiry import Seen, look_up
from agent.itsm.source import SourceProfile
from agent.itsm.tickets import TicketComment
from agent.loop import Loop
from agent.model.case import case_id_for
from agent.model.service_request import Assurance
from agent.ports import CaseStore, Held, Ports
from agent.question_phrases import IDENTITY
from agent.stages.clarify import RepliedMessage, take_reply
from agent.wishes import ids_of
from policy.canonical import digest

_log = logging.getLogger("remit.intake")

# Stands in the place of a question for a comment that came while none was open.
_NOTHING_ASKED: Final = "nothing was asked"
# The sweep and a comment may save a case in the same second; whoever is later looks again.
_RELOADS: Final = 3


class Remembered(Protocol):
    """What a delivery or a comment was about when it first came."""

    async def find_or_insert(self, source: str, webhook_id: str, *, case_id: str) -> str:
        """Remember what this is about and return it, or what it was about before.

        Raises:
            StorageError: it could not be stored.
        """


class TicketAnswers:
    """Takes comments as answers. What it does not take it leaves to people, who read the ticket."""

    def __init__(
        self,
        loop: Loop,
        *,
        store: CaseStore,
        remembered: Remembered,
        ports_for: Callable[[str], Awaitable[Ports]],
    ) -> None:
        self._loop = loop
        self._store = store
        self._remembered = remembered
        self._ports_for = ports_for

    async def take(self, comment: TicketComment, *, source: SourceProfile, now: datetime) -> str:
        """Return the case that goes on with this comment, or nothing when it answers none.

        Raises:
            PortError: storage or the directory did not answer, and the comment must come again.
        """
        key = digest(["comment", source.tenant_id, source.id, comment.ticket_id, comment.id])[:32]
        cases = await self._cases_of(comment.ticket_id, source=source)
        # Whoever it is, a comment that came before the question is none to it (4).
        held = _asked_last(cases, now=now)
        question = held.case.open_question if held else None
        about = question.id if question else _NOTHING_ASKED
        if not cases or await self._remembered.find_or_insert(source.id, f"comment-{key}", case_id=about) != about:
            return ""
        if held is None or not _is_as_proven(comment, held, source=source):
            return ""
        seen = await self._seen_as_requester(comment, held, now=now)
        if seen is None:
            _log.info("case %s: a comment of somebody else is no answer to its question", held.case.id)
            return ""
        evidence = {"source": source.id, "comment_id": comment.id}
        message = RepliedMessage(
            text=comment.text, key=key, evidence=evidence, seen=seen.observations, events=seen.events
        )
        return await self._go_on(held, message, question_id=about, now=now)

    async def _cases_of(self, ticket_id: str, *, source: SourceProfile) -> list[Held]:
        # (1) The id of the first case follows from the ticket, and those of its further wishes from that case.
        first_id = case_id_for(tenant_id=source.tenant_id, source=source.id, external_id=ticket_id)
        first = await self._store.load(first_id)
        if first is None:
            return []
        others = [await self._store.load(one) for one in ids_of(first.case.request)[1:]]
        return [first, *(one for one in others if one is not None)]

    async def _seen_as_requester(self, comment: TicketComment, held: Held, *, now: datetime) -> Seen | None:
        """Return what the directory says of the author, if that is the person for whom the case was begun (2)."""
        case = held.case
        ports = await self._ports_for(case.request.tenant_id)
        # By the identity of the request, so that what was learned counts for the case as it goes on.
        names = dict.fromkeys((("user.get", case.request.requester), ("user.get", comment.author)))
        seen = await look_up(tuple(names), ports, now=now)
        people = {str(one.facts.get("id", "")) for one in seen.observations.values()}
        known = all(one.state == "known" for one in seen.observations.values())
        return seen if known and people == {case.requester_id} else None

    async def _go_on(self, held: Held, message: RepliedMessage, *, question_id: str, now: datetime) -> str:
        found: Held | None = held
        for _ in range(_RELOADS):
            question = found.case.open_question if found else None
            if found is None or question is None or question.id != question_id:
                return ""
            try:
                await self._loop.save(found, take_reply(found.case, message, now=now))
                return found.case.id
            except AlreadySupersededError:
                found = await self._store.load(held.case.id)
        raise StorageError("the case is being changed by others all the time")


def _asked_last(cases: list[Held], *, now: datetime) -> Held | None:
    """Return the case whose question was put last, of those whose requester can still answer."""
    waiting = [(one.case.open_question, one) for one in cases]
    open_now = [(asked.expires_at, one) for asked, one in waiting if asked is not None and now < asked.expires_at]
    return max(open_now, key=lambda one: (one[0], one[1].case.id), default=(now, None))[1]


def _is_as_proven(comment: TicketComment, held: Held, *, source: SourceProfile) -> bool:
    # (3)
    question = held.case.open_question
    if not comment.text.strip() or question is None:
        return False
    if not comment.is_mail and source.assurance is not Assurance.EMAIL:
        return True
    asks_for_proof = (question.missing.about, question.missing.said) == ("details", IDENTITY)
    return held.case.request.assurance is Assurance.EMAIL and not asks_for_proof
