"""Clicks about standing grants: what would it be, give it with this approval, take it back.

The click says which question it is about, and which of the offered patterns, how long and how often. Everything else is
in storage, and is found out anew with each click.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final

from pydantic import ValidationError

from agent.answering import Answering
from agent.channels.activities import CardAction, CardData, VerifiedActivity
from agent.channels.card_answer import answer_in, card_response, message_response, response_to
from agent.channels.card_elements import Question
from agent.channels.grant_card import given_card, offer_card
from agent.channels.own_pages import OwnPages
from agent.model.approval import case_id_in
from agent.model.case import Case, Stage
from agent.outcomes import Answered, AskAgain, ClosedQuestion, Outcome, StillOpen
from agent.port_values import notice_of
from agent.ports import CaseStore, Clock, Ports
from agent.standing.giving import DEFAULT_DAYS, DEFAULT_USES, Choice, Giving, NoOffer, Offer, grant_in
from agent.standing.kept import ended_entry, grant_id_for, newly_given, taken_back
from policy.evidence.grant import StandingGrant

Json = dict[str, Any]
Signed = Mapping[str, str] | None

#: The clicks that are taken here.
ABOUT_GRANTS: Final = frozenset({"always", "grant", "revoke"})

# Where a case goes on from: anywhere else a grant that is not kept yet never will be.
_MAY_COME: Final = frozenset({Stage.APPROVE, Stage.EXECUTE})
_NO_CHOICE: Final = "Please choose for how long, and how often: at least once, at most 1000 times. Then confirm."
_NO_GRANT: Final = "There is no standing grant of yours here."


class Granting:
    """Answers the clicks `always`, `grant` and `revoke`."""

    def __init__(
        self,
        answering: Answering,
        giving: Giving,
        *,
        store: CaseStore,
        ports_for: Callable[[str], Awaitable[Ports]],
        pages: OwnPages,
        clock: Clock,
    ) -> None:
        self._answering = answering
        self._giving = giving
        self._store = store
        self._ports_for = ports_for
        self._pages = pages
        self._clock = clock

    async def take(self, activity: VerifiedActivity, click: CardAction, *, signed: Signed = None) -> Json:
        """Return the body to answer the invoke with; a grant is given or revoked when this returns.

        `signed` as of `agent.channels.card_answer.answer_in`.

        Raises:
            PortError: storage did not answer. BadRequestError: as Answering.take.
        """
        if click.verb == "revoke":
            return await self._revoke(activity, click)
        return await (self._give if click.verb == "grant" else self._offer)(activity, click, signed=signed)

    async def _offer(self, activity: VerifiedActivity, click: CardAction, *, signed: Signed) -> Json:
        seen = await self._answering.take(answer_in(activity, click, signed=signed))
        if not isinstance(seen, StillOpen) or seen.case is None:
            return await self._shown(seen, activity, click=click)
        offer = await self._giving.offer(seen.case, activity.person_id)
        return message_response(offer.problem) if isinstance(offer, NoOffer) else card_response(offer_card(offer))

    async def _give(self, activity: VerifiedActivity, click: CardAction, *, signed: Signed) -> Json:
        answer = answer_in(activity, click, signed=signed)
        choice = await self._choice(activity, click.data)
        if choice is None:
            return message_response(_NO_CHOICE)
        adding = partial(self._with_grant, choice=choice)
        return await self._shown(await self._answering.take(answer, adding=adding), activity, click=click)

    async def _with_grant(self, answered: Answered, *, choice: Choice) -> Outcome:
        assert answered.case is not None, "who answered was shown a case"
        added = await self._giving.added(answered.case, answered.approval, choice=choice)
        if isinstance(added, NoOffer):
            return AskAgain(answered.case, problem=added.problem)
        return replace(answered, approval=added)

    async def _choice(self, activity: VerifiedActivity, data: CardData) -> Choice | None:
        name = data.pattern
        if name is None:
            # With one pattern there was nothing to choose, unless it is one that a precedent proposes: that is named.
            held = await self._store.load(case_id_in(data.approval))
            offer = await self._giving.offer(held.case, activity.person_id) if held else None
            names = [one.name for one in offer.patterns] if isinstance(offer, Offer) else []
            name = names[0] if len(names) == 1 and names != ["seen"] else "requester"
        try:
            return Choice(
                pattern=name,
                days=DEFAULT_DAYS if data.days is None else data.days,
                uses=DEFAULT_USES if data.uses is None else data.uses,
            )
        except ValidationError:
            return None

    async def _shown(self, outcome: Outcome, activity: VerifiedActivity, *, click: CardAction) -> Json:
        """Show what came of an answer: the grant that this person gave with it, however often it is asked for."""
        case = outcome.case if isinstance(outcome, ClosedQuestion) else None
        if case is None:
            return response_to(outcome, pages=self._pages, person_id=activity.person_id)
        if isinstance(outcome, Answered):
            case = case.evolve(approvals=(*case.approvals, outcome.approval))
        book = (await self._ports_for(activity.tenant_id)).grants
        kept = await book.get(activity.tenant_id, grant_id_for(click.data.approval, activity.person_id))
        grant = kept.grant if kept else _given_in(case, activity, click=click)
        if grant is None:
            return response_to(outcome, pages=self._pages, person_id=activity.person_id)
        return card_response(given_card(grant, kept=kept, question=_question(click), notice=notice_of(case)))

    async def _revoke(self, activity: VerifiedActivity, click: CardAction) -> Json:
        book = (await self._ports_for(activity.tenant_id)).grants
        held = await self._store.load(case_id_in(click.data.approval))
        waiting = _given_in(held.case, activity, click=click) if held else None
        to = partial(taken_back, by=activity.person_id, why="revoked on the card", now=self._clock.now())
        ended = to(newly_given(waiting, case_id=held.case.id)) if held and waiting else None
        if ended is not None:
            # One that would come in force later is kept as a revoked one, so that it is in force at no time.
            await book.give(ended, entry=ended_entry)
        grant_id = grant_id_for(click.data.approval, activity.person_id)
        kept = await book.change(activity.tenant_id, grant_id, to=to, entry=ended_entry)
        if kept is None:
            return message_response(_NO_GRANT)
        return card_response(given_card(kept.grant, kept=kept, question=_question(click)))


def _given_in(case: Case, activity: VerifiedActivity, *, click: CardAction) -> StandingGrant | None:
    """Return the grant that this person gave with this very question, while it may still come in force."""
    mine = [one for one in case.approvals if (one.request_id, one.approver_id) == _who(activity, click) and one.granted]
    is_here = case.request.tenant_id.lower() == activity.tenant_id and case.stage in _MAY_COME
    return grant_in(mine[-1]) if mine and is_here else None


def _who(activity: VerifiedActivity, click: CardAction) -> tuple[str, str]:
    return click.data.approval, activity.person_id


def _question(click: CardAction) -> Question:
    return Question(click.data.approval, click.data.plan)
