"""How Remit speaks to people in Teams: approval cards, messages and one-time secrets, always one to one."""

import asyncio
import re
from collections.abc import Sequence
from typing import Any, TypeVar

from agent.channels.approval_card import HEADLINE, closed_card, pending_card
from agent.channels.card_elements import Card, TextBlock, to_json
from agent.channels.card_words import Words
from agent.channels.connector import Connector
from agent.channels.grant_card import third_button
from agent.channels.own_pages import OwnPages
from agent.channels.secret_card import secret_card
from agent.errors import ChannelError
from agent.gate import excluded_approvers
from agent.model.case import Case
from agent.model.sent_card import SentCard
from agent.port_values import notice_of
from agent.ports import ApprovalNotice

Json = dict[str, Any]
_Value = TypeVar("_Value")

_OBJECT_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_MAX_TEXT_CHARS = 8_000
_MAX_REMEMBERED = 2_000
_OTHERS_AWAITED = "others are still to answer"


class TeamsChannel:
    """Implements `agent.ports.Channel`. Conversations it remembers only in this process, and sent questions until the
    case has them: after a crash between the two somebody may be asked a second time, and both cards answer the same.
    """

    def __init__(self, connector: Connector, *, pages: OwnPages) -> None:
        self._connector = connector
        self._pages = pages
        self._conversations: dict[tuple[str, str], str] = {}
        self._asked: dict[tuple[str, str], SentCard] = {}

    async def ask(self, notice: ApprovalNotice) -> tuple[SentCard, ...]:
        """Show the card to everybody who was asked and may answer. One who is reached is enough.

        Of a plan that fits no card it leads to the page that shows the whole of it.

        Raises:
            ChannelError: nobody could be reached.
        """
        sent = await self.reach(notice)
        if not sent:
            raise ChannelError(f"expected to reach one of {len(people_to_ask(notice))} approvers, got nobody")
        return sent

    async def reach(self, notice: ApprovalNotice) -> tuple[SentCard, ...]:
        """Show the card as `ask` does, and return the cards that people have now; nobody is no error here."""
        told = await asyncio.gather(*(self._ask_one(notice, person) for person in people_to_ask(notice)))
        return tuple(one for one in told if one is not None)

    async def update(self, case: Case, cards: Sequence[SentCard]) -> None:
        """Show these cards anew for whoever sees them, all at once.

        Raises:
            ChannelError: one of them could not be shown anew; the others were.
        """
        done = await asyncio.gather(*(self._update_one(case, one) for one in cards), return_exceptions=True)
        failed = [one for one in done if isinstance(one, BaseException)]
        if failed:
            raise failed[0]

    async def _update_one(self, case: Case, sent: SentCard) -> None:
        card = shown_again(case, sent, pages=self._pages)
        activity = _card_message(card, summary=HEADLINE[sent.shows])
        await self._connector.update(sent.conversation_id, sent.activity_id, activity=activity)

    async def tell(self, tenant_id: str, person_id: str, *, text: str, reply_to: str = "") -> None:
        """Send a person one plain text message; formatting marks in it are shown as they are.

        Raises:
            ChannelError: the message was not accepted.
        """
        message = {"type": "message", "textFormat": "plain", "text": text[:_MAX_TEXT_CHARS]}
        await self._send(tenant_id, person_id, activity=message)

    async def deliver_secret(self, tenant_id: str, person_id: str, *, intro: str, secret: str) -> None:
        """Show a secret to one person. It stands in a card, so no notification or preview repeats it.

        Raises:
            ChannelError: the message was not accepted, or the secret could not be shown unchanged.
        """
        activity = _card_message(secret_card(intro, secret), summary=Words.ONE_TIME_SECRET)
        await self._send(tenant_id, person_id, activity=activity)

    async def _ask_one(self, notice: ApprovalNotice, person_id: str) -> SentCard | None:
        asked = (notice.request.id, person_id)
        if asked in self._asked and not notice.case.sign_in_of:
            return self._asked[asked]
        card = pending_card(notice, pages=self._pages, third=third_button(notice, person_id))
        activity = _card_message(card, summary=Words.APPROVAL_NEEDED)
        try:
            place = await self._send(notice.case.request.tenant_id, person_id, activity=activity)
        except ChannelError:
            return None  # The others may be reached; `ask` fails if nobody is.
        given = sum(one.request_id == notice.request.id for one in notice.case.approvals)
        sent = SentCard(
            request_id=notice.request.id,
            person_id=person_id,
            conversation_id=place[0],
            activity_id=place[1],
            answers=given,
        )
        _remember(self._asked, asked, value=sent)
        return sent

    async def _send(self, tenant_id: str, person_id: str, *, activity: Json) -> tuple[str, str]:
        """Post to a person's own chat; return the ids of the conversation and of what was posted."""
        if not _OBJECT_ID.fullmatch(person_id):
            raise ChannelError("expected a person's object id")
        known = (tenant_id, person_id)
        conversation_id = self._conversations.get(known)
        if conversation_id is None:
            conversation_id = await self._connector.open_conversation(tenant_id, person_id)
            _remember(self._conversations, known, value=conversation_id)
        try:
            return conversation_id, await self._connector.post(conversation_id, activity)
        except ChannelError:
            # The conversation may be gone (the app was removed and added again): open it anew next time.
            self._conversations.pop(known, None)
            raise


def people_to_ask(notice: ApprovalNotice) -> tuple[str, ...]:
    """Return the object ids of those to whom a question is put, each once."""
    asked = (person for one in notice.request.asked for person in one.approver_ids)
    # Of a case that waits for a sign-in only those are asked whose sign-in it is.
    people = dict.fromkeys(notice.case.sign_in_of or asked)
    # Somebody whose answer would be refused is not asked.
    barred = excluded_approvers(notice.case)
    return tuple(person for person in people if person not in barred)


def shown_again(case: Case, sent: SentCard, *, pages: OwnPages) -> Card:
    """Return the card that belongs where `sent` stands, as its `shows` says. Pure."""
    request = case.approval_request
    if sent.shows == "changed" or request is None or request.id != sent.request_id:
        # What was shown there is planned no more, and the case in hand knows only what is.
        return Card(body=(TextBlock(text=Words.CHANGED, size="Medium", weight="Bolder"),))
    notice = notice_of(case)
    if sent.shows == "open":
        return pending_card(notice, pages=pages, third=third_button(notice, sent.person_id))
    if sent.shows == "answered":
        return closed_card(notice, "approved", note=_OTHERS_AWAITED)
    return closed_card(notice, sent.shows)


def _remember(memory: dict[tuple[str, str], _Value], key: tuple[str, str], *, value: _Value) -> None:
    if len(memory) >= _MAX_REMEMBERED:
        memory.pop(next(iter(memory)))
    memory[key] = value


def _card_message(card: Card, *, summary: Words) -> Json:
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": to_json(card)}
    return {"type": "message", "summary": summary.value, "attachments": [attachment]}
