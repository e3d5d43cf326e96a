"""How Remit speaks to people in Teams: approval cards, messages and one-time secrets, always one to one."""

import asyncio
import re
from typing import Any, TypeVar

from agent.channels.approval_card import pending_card
from agent.channels.card_elements import Card, to_json
from agent.channels.card_words import Words
from agent.channels.connector import Connector
from agent.channels.grant_card import third_button
from agent.channels.own_pages import OwnPages
from agent.channels.secret_card import secret_card
from agent.errors import ChannelError
from agent.gate import excluded_approvers
from agent.ports import ApprovalNotice

Json = dict[str, Any]
_Value = TypeVar("_Value")

_OBJECT_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_MAX_TEXT_CHARS = 8_000
_MAX_REMEMBERED = 2_000


class TeamsChannel:
    """Implements `agent.ports.Channel`. It remembers conversations and sent questions only in this process:
    after a restart a repeated turn may ask somebody a second time, and both cards answer the same question.
    """

    def __init__(self, connector: Connector, *, pages: OwnPages) -> None:
        self._connector = connector
        self._pages = pages
        self._conversations: dict[tuple[str, str], str] = {}
        self._asked: dict[tuple[str, str], None] = {}

    async def ask(self, notice: ApprovalNotice) -> None:
        """Show the card to everybody who was asked and may answer. One who is reached is enough.

        Of a plan that fits no card it leads to the page that shows the whole of it.

        Raises:
            ChannelError: nobody could be reached.
        """
        if not await self.reach(notice):
            raise ChannelError(f"expected to reach one of {len(people_to_ask(notice))} approvers, got nobody")

    async def reach(self, notice: ApprovalNotice) -> frozenset[str]:
        """Show the card as `ask` does, and return who has it now; nobody is no error here."""
        people = people_to_ask(notice)
        told = await asyncio.gather(*(self._ask_one(notice, person) for person in people))
        return frozenset(person for person, has_it in zip(people, told, strict=True) if has_it)

    async def tell(self, tenant_id: str, person_id: str, *, text: str) -> None:
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

    async def _ask_one(self, notice: ApprovalNotice, person_id: str) -> bool:
        asked = (notice.request.id, person_id)
        if asked in self._asked and not notice.case.sign_in_of:
            return True
        card = pending_card(notice, pages=self._pages, third=third_button(notice, person_id))
        activity = _card_message(card, summary=Words.APPROVAL_NEEDED)
        try:
            await self._send(notice.case.request.tenant_id, person_id, activity=activity)
        except ChannelError:
            return False  # The others may be reached; `ask` fails if nobody is.
        _remember(self._asked, asked, value=None)
        return True

    async def _send(self, tenant_id: str, person_id: str, *, activity: Json) -> None:
        if not _OBJECT_ID.fullmatch(person_id):
            raise ChannelError("expected a person's object id")
        known = (tenant_id, person_id)
        conversation_id = self._conversations.get(known)
        if conversation_id is None:
            conversation_id = await self._connector.open_conversation(tenant_id, person_id)
            _remember(self._conversations, known, value=conversation_id)
        try:
            await self._connector.post(conversation_id, activity)
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


def _remember(memory: dict[tuple[str, str], _Value], key: tuple[str, str], *, value: _Value) -> None:
    if len(memory) >= _MAX_REMEMBERED:
        memory.pop(next(iter(memory)))
    memory[key] = value


def _card_message(card: Card, *, summary: Words) -> Json:
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": to_json(card)}
    return {"type": "message", "summary": summary.value, "attachments": [attachment]}
