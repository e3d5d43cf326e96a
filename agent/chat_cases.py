"""A person's own cases in a chat: found by what they opened there, believed only as storage has them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

from agent.model.case import Case, Stage
from agent.model.service_request import Language
from agent.phrasebook import ref_of, state_line
from agent.ports import CaseStore, Held
from agent.wishes import ids_of

#: How many cases of one person are open at a time. Nobody needs more at once, and approvers, Graph and the other
#: employees must not wait for one chat.
MAX_OPEN: Final = 5
# A message names its case and creates it at once after that; a name without a case for longer was left by a crash.
_UNBORN: Final = timedelta(minutes=10)
_SAID_CHARS: Final = 60
_ENDING: Final = (Stage.ESCALATE, Stage.CLOSE, Stage.CLOSED)
_STATES: Final = {
    Stage.CLARIFY: "asked",
    Stage.APPROVE: "approval",
    Stage.EXECUTE: "writing",
    Stage.VERIFY: "writing",
    Stage.ROLLBACK: "writing",
}


class Chats(Protocol):
    """Remembers which cases a person opened by chat. It only names them; the case is always read."""

    async def add(self, tenant_id: str, person_id: str, *, case_id: str, at: datetime) -> None:
        """Name a case of a person, before it exists; naming it twice changes nothing.

        Raises:
            StorageError: storage did not answer or refused.
        """

    async def cases(self, tenant_id: str, person_id: str) -> tuple[tuple[str, datetime], ...]:
        """Return the ids of the person's cases and when they were named, the newest first. Raises as above."""

    async def forget(self, tenant_id: str, person_id: str, *, case_id: str) -> None:
        """Name a case no more; one that is not named is no problem. Raises as above."""

    async def once(self, tenant_id: str, person_id: str, *, note: str, now: datetime, every: timedelta) -> bool:
        """Whether `note` was not told to the person within `every`; from now on it was. Raises as above."""


class ChatCases:
    """Finds a person's open cases. A case counts as theirs only if it says so itself."""

    def __init__(self, store: CaseStore, chats: Chats) -> None:
        self._store = store
        self._chats = chats

    async def of(self, tenant_id: str, person_id: str, *, channel: str, now: datetime) -> tuple[Held, ...]:
        """Return the person's open cases of one channel, the newest first, and forget those of all that are closed.

        Raises:
            StorageError: storage did not answer or refused.
        """
        found: list[Held] = []
        for case_id, named_at in await self._chats.cases(tenant_id, person_id):
            first = await self._store.load(case_id)
            open_now = [one for one in await self._with_siblings(first) if one.case.stage is not Stage.CLOSED]
            is_over = now - named_at >= _UNBORN if first is None else not open_now
            if is_over:
                await self._chats.forget(tenant_id, person_id, case_id=case_id)
            found += [one for one in open_now if is_of(one.case, tenant_id, person_id=person_id, channel=channel)]
        return tuple(found)

    async def _with_siblings(self, first: Held | None) -> list[Held]:
        """Return a case and those of the further wishes of its message, which no list names."""
        if first is None:
            return []
        others = [await self._store.load(one) for one in ids_of(first.case.request)[1:]]
        return [first, *(one for one in others if one is not None)]

    async def take_place(self, tenant_id: str, person_id: str, *, case_id: str, now: datetime) -> int:
        """Name a case that is about to be, and return 0; or how many others are open, when there is no place for it.

        Named first and counted then, so that of many at once not one too many is let in. What counts is what `of` left.
        A message has a case for each of its wishes and counts once.
        """
        await self._chats.add(tenant_id, person_id, case_id=case_id, at=now)
        others = sum(one != case_id for one, _ in await self._chats.cases(tenant_id, person_id))
        if others < MAX_OPEN:
            return 0
        await self._chats.forget(tenant_id, person_id, case_id=case_id)
        return others

    async def load(self, case_id: str) -> Held | None:
        """Return a case as it is stored now."""
        return await self._store.load(case_id)

    async def exists(self, case_id: str) -> bool:
        """Whether there is a case of this id."""
        return await self._store.load(case_id) is not None

    async def once(self, tenant_id: str, person_id: str, *, note: str, now: datetime, every: timedelta) -> bool:
        """Whether `note` may be told to the person now; see `Chats.once`."""
        return await self._chats.once(tenant_id, person_id, note=note, now=now, every=every)


def newest_question(mine: Sequence[Held]) -> Held | None:
    """Return the case whose question was put last, of those that wait for their requester; None if none does."""
    waiting = [held for held in mine if held.case.open_question is not None]
    return max(waiting, key=lambda held: held.case.clarifications[-1].expires_at, default=None)


def not_ended(held: Held, ref: str) -> bool:
    """Whether a case is still at work and, if `ref` is given, is the one of that short name."""
    return held.case.stage not in _ENDING and (not ref or ref_of(held.case.id) == ref)


def refs(cases: Sequence[Held]) -> str:
    """Return the short names of some cases."""
    return ", ".join(ref_of(one.case.id) for one in cases)


def short(case: Case, language: Language) -> str:
    """Return one line on how a case stands, for its own requester."""
    said = " ".join(case.request.text.split())
    said = said if len(said) <= _SAID_CHARS else f"{said[: _SAID_CHARS - 1]}\N{HORIZONTAL ELLIPSIS}"
    return state_line(_STATES.get(case.stage, "working"), language, ref=ref_of(case.id), said=said)


def is_of(case: Case, tenant_id: str, *, person_id: str, channel: str) -> bool:
    """Whether a case is the person's own, asked for in this very channel."""
    # INVARIANT: the list only says where to look: a case is told about, answered and ended by its own requester alone,
    # and in the channel in which it was asked for: one that proves less must not go on with what another began.
    request = case.request
    return (request.channel, request.tenant_id, request.requester) == (channel, tenant_id, person_id)
