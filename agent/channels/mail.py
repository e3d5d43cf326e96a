"""How people are told that they were asked: a card in Teams, and by mail those who have none, or everybody.

A mail carries a link and nothing of the case, so a question can be answered only in Teams or on its page. Messages and
secrets are for Teams alone.
"""

import logging
from collections.abc import Sequence

from agent.channels.mail_notice import mail_notice
from agent.channels.mail_relay import MailRelay
from agent.channels.own_pages import OwnPages
from agent.channels.teams import TeamsChannel, people_to_ask
from agent.errors import ChannelError
from agent.model.case import Case
from agent.model.mail_address import is_mail_address
from agent.model.sent_card import SentCard
from agent.ports import ApprovalNotice, Clock

_log = logging.getLogger("remit.mail")


class TeamsAndMail:
    """Implements `agent.ports.Channel`. `tells_all`: also those get a mail who have the card.

    Addresses are those that the tenant gave when it was found out who may answer.
    """

    def __init__(
        self,
        teams: TeamsChannel,
        *,
        relay: MailRelay,
        pages: OwnPages,
        clock: Clock,
        tells_all: bool = False,
    ) -> None:
        self._teams = teams
        self._relay = relay
        self._pages = pages
        self._clock = clock
        self._tells_all = tells_all

    async def ask(self, notice: ApprovalNotice) -> tuple[SentCard, ...]:
        """Show the card, then mail. One who is reached either way is enough.

        Raises:
            ChannelError: nobody could be reached.
        """
        cards = await self._teams.reach(notice)
        reached = {one.person_id for one in cards}
        people = people_to_ask(notice)
        told = await self._mail(notice, tuple(one for one in people if self._tells_all or one not in reached))
        if not reached and not told:
            raise ChannelError(f"expected to reach one of {len(people)} approvers in Teams or by mail, got nobody")
        return cards

    async def update(self, case: Case, cards: Sequence[SentCard]) -> None:
        """See ports.Channel. A mail says nothing that could become untrue."""
        await self._teams.update(case, cards)

    async def tell(self, tenant_id: str, person_id: str, *, text: str, reply_to: str = "") -> None:
        """See ports.Channel."""
        await self._teams.tell(tenant_id, person_id, text=text)

    async def deliver_secret(self, tenant_id: str, person_id: str, *, intro: str, secret: str) -> None:
        """See ports.Channel."""
        await self._teams.deliver_secret(tenant_id, person_id, intro=intro, secret=secret)

    async def _mail(self, notice: ApprovalNotice, people: tuple[str, ...]) -> int:
        """Mail to these people, and return how many mails were taken."""
        known = notice.case.briefing.mails if notice.case.briefing is not None else {}
        page, sender, now = self._pages.approval(notice.request.id), self._relay.sender, self._clock.now()
        letters = [
            mail_notice(notice, one, page=page, to=known[one], sender=sender, now=now)
            for one in people
            if is_mail_address(known.get(one))
        ]
        taken = sum(await self._relay.send(letters))
        if taken < len(people):
            _log.warning("%d of %d people were not told by mail that they are asked", len(people) - taken, len(people))
        return taken
