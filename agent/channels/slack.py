"""Slack beside Teams: whose account wrote, and how its owner is answered.

A requester who wrote in Slack is answered there. All else stays in Teams and on our pages: who is asked to approve is
asked with a card, and a one-time secret is shown in the beneficiary's Teams chat only. A workspace keeps every message
for its owners to export, and an account there is proven by its own administrators and not by Entra ID, so no secret and
no yes of anybody goes through it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent.channels.slack_api import SlackApi
from agent.errors import ChannelError
from agent.model.case import Case
from agent.model.mail_address import is_mail_address
from agent.model.sent_card import SentCard
from agent.port_values import ApprovalNotice
from agent.ports import Channel

_MAX_TEXT_CHARS = 8_000
_MAX_REMEMBERED = 2_000


@dataclass(frozen=True, slots=True)
class SlackPeople:
    """Who of a workspace is who: `listed` maps Slack users to object ids, `by_mail` takes the address of others."""

    api: SlackApi
    team_id: str
    listed: Mapping[str, str]
    by_mail: bool

    async def name_of(self, user: str) -> str:
        """Return the object id or the mail address by which the directory may know a Slack user; empty for nobody.

        Raises:
            ChannelError: Slack did not say.
        """
        if user in self.listed:
            return self.listed[user]
        return _confirmed_mail(await self.api.user(user), user, team_id=self.team_id) if self.by_mail else ""


def _confirmed_mail(found: Mapping[str, Any], user: str, *, team_id: str) -> str:
    """Return the address of a full, active, human member of the workspace who has confirmed it; else nothing."""
    # INVARIANT: absent is no answer: of whom one of these is not told, nothing is taken.
    must_not = ("deleted", "is_bot", "is_restricted", "is_ultra_restricted")
    is_theirs = found.get("id") == user and found.get("team_id") == team_id
    is_full = all(found.get(name) is False for name in must_not) and not found.get("is_stranger")
    profile = found.get("profile")
    mail = profile.get("email") if isinstance(profile, dict) else None
    is_good = is_theirs and is_full and found.get("is_email_confirmed") is True
    return mail if is_good and isinstance(mail, str) and is_mail_address(mail) else ""


class TeamsAndSlack:
    """Implements `agent.ports.Channel`: answers go to Slack where they are wanted there, all else is `rest`'s."""

    def __init__(self, rest: Channel, api: SlackApi) -> None:
        self._rest = rest
        self._api = api
        self._chats: dict[str, str] = {}

    async def ask(self, notice: ApprovalNotice) -> tuple[SentCard, ...]:
        """See ports.Channel."""
        return await self._rest.ask(notice)

    async def update(self, case: Case, cards: Sequence[SentCard]) -> None:
        """See ports.Channel."""
        await self._rest.update(case, cards)

    async def tell(self, tenant_id: str, person_id: str, *, text: str, reply_to: str = "") -> None:
        """See ports.Channel. In Slack the chat is the one that we open for the user, whatever an event names."""
        if not reply_to:
            await self._rest.tell(tenant_id, person_id, text=text)
            return
        chat = self._chats.get(reply_to) or await self._open(reply_to)
        try:
            await self._api.post(chat, text[:_MAX_TEXT_CHARS])
        except ChannelError:
            # The chat may be gone (the app was removed and added again): open it anew next time.
            self._chats.pop(reply_to, None)
            raise

    async def deliver_secret(self, tenant_id: str, person_id: str, *, intro: str, secret: str) -> None:
        """See ports.Channel. Never in Slack."""
        await self._rest.deliver_secret(tenant_id, person_id, intro=intro, secret=secret)

    async def _open(self, user: str) -> str:
        if len(self._chats) >= _MAX_REMEMBERED:
            self._chats.pop(next(iter(self._chats)))
        self._chats[user] = await self._api.open_chat(user)
        return self._chats[user]
