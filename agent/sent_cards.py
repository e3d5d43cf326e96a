"""Keeps the cards in people's chats true: what was sent is remembered in the case, and shown anew when it changes.

Whoever clicks gets the new card as the answer to the click; everybody else would go on seeing buttons that do nothing.
A click only saves and enqueues, so cards are brought up to date by the next turn of the case, before its stage runs.

A card is tried once for each state, within `_SECONDS`: a client that looks at it asks how it stands anyway (the card's
own refresh), and a connector that is down must keep no case from going on.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final

from agent.answer_rules import answers_to, how_it_stands
from agent.model.case import Case
from agent.model.sent_card import CardState, SentCard
from agent.ports import Ports

_log = logging.getLogger("remit.sent_cards")

_SECONDS: Final = 5.0


def with_sent(case: Case, cards: tuple[SentCard, ...]) -> Case:
    """Return the case with newly posted cards beside those it knew; what a channel names again is known once."""
    known = {(one.conversation_id, one.activity_id): one for one in (*cards, *case.cards)}
    return case.evolve(cards=tuple(known.values()))


def are_behind(case: Case, *, now: datetime) -> bool:
    """Whether a card in somebody's chat shows something else than what is so."""
    return any(_as_it_is(case, one, now=now) != one for one in case.cards)


async def with_cards_shown(case: Case, *, ports_for: Callable[[str], Awaitable[Ports]], now: datetime) -> Case:
    """Return the case after its cards were brought up to date; a card that can change no more is remembered no more."""
    wanted = tuple(_as_it_is(case, one, now=now) for one in case.cards)
    behind = tuple(one for one, before in zip(wanted, case.cards, strict=True) if one != before)
    if not behind:
        return case
    try:
        async with asyncio.timeout(_SECONDS):
            channel = (await ports_for(case.request.tenant_id)).channel
            await channel.update(case, behind)
    except Exception as error:
        # Whatever it is that cannot be shown, it keeps no case from going on; only the type is safe to log.
        _log.warning("case %s: a card in somebody's chat is not up to date: %s", case.id, type(error).__name__)
    return case.evolve(cards=tuple(one for one in wanted if not one.is_final))


def _as_it_is(case: Case, card: SentCard, *, now: datetime) -> SentCard:
    request = case.approval_request
    if request is None or card.request_id != request.id:
        return card.model_copy(update={"shows": "changed"})
    shows: CardState = how_it_stands(case, request, now=now) or "open"
    given = answers_to(case, request)
    has_answered = any(one.approver_id == card.person_id for one in given)
    # Of a case that waits for somebody's new sign-in nobody else has anything to answer.
    if shows == "open" and (card.person_id not in case.sign_in_of if case.sign_in_of else has_answered):
        shows = "answered"
    return card.model_copy(update={"shows": shows, "answers": len(given)})
