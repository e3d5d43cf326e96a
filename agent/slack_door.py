"""The door for Slack: a signed event becomes a message in the one conversation, or leaves nothing behind.

In this order:
1. The address names a workspace of the settings; its signing secret, in the tenant's vault, proves the request. An
   address of none is refused like a wrong signature.
2. A question of Slack whether we are there is answered; what is no direct message of a person is left alone.
3. The account is somebody's: listed in the settings, or, where the settings allow it, by the mail address that Slack
   has confirmed and that is the sign-in name or mail of exactly one account. Anybody else gets a help text, once a
   minute at most, and nothing else.
4. The conversation goes on as in any chat. It looks up afresh that the account is an enabled member's.

Slack waits three seconds and then sends the event again, three times in an hour. The message is known by its chat and
time, so however often it comes it is one case, one answer and one reply.
"""

import base64
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from agent.channels.heard import Heard
from agent.channels.slack import SlackPeople
from agent.channels.slack_events import Challenge, SlackMessage, parse_event
from agent.channels.slack_signature import verify
from agent.channels.utterance import utterance_of
from agent.chat_cases import ChatCases
from agent.conversation import Conversation
from agent.errors import BadRequestError, ChannelError, PortError
from agent.inquiry import look_up
from agent.intake import Reply, SecretReader
from agent.phrasebook import phrase
from agent.ports import Clock, Ports
from policy.canonical import digest

_log = logging.getLogger("remit.slack")

_NOBODYS_KEY = base64.b64encode(secrets.token_bytes(32)).decode()
_STRANGERS: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Workspace:
    """A Slack workspace whose people are those of one tenant; `signing_secret` is a name in that tenant's vault."""

    tenant_id: str
    team_id: str
    app_id: str
    signing_secret: str
    people: SlackPeople


class SlackDoor:
    """Receives the events of the configured workspaces. The workspace's own settings say whose tenant it is."""

    def __init__(
        self,
        workspaces: Mapping[str, Workspace],
        *,
        conversation: Conversation,
        cases: ChatCases,
        secret: SecretReader,
        ports_for: Callable[[str], Awaitable[Ports]],
        clock: Clock,
    ) -> None:
        self._workspaces = workspaces
        self._conversation = conversation
        self._cases = cases
        self._secret = secret
        self._ports_for = ports_for
        self._clock = clock

    async def receive(self, team_id: str, headers: Mapping[str, str], *, body: bytes) -> Reply:
        """Return 200 for what was taken or left alone, or why not: 400 malformed, 401 not proven, 403 of another
        workspace or app, 413 too large, 503 when it cannot be checked or stored now, so that Slack sends it again.
        """
        try:
            return await self._accept(team_id, headers, body=body)
        except BadRequestError as error:
            return Reply(error.status, {"error": str(error)})
        except PortError:
            return Reply(503, {"error": "the event cannot be checked or stored now: send it again later"})

    async def _accept(self, team_id: str, headers: Mapping[str, str], *, body: bytes) -> Reply:
        now, workspace = self._clock.now(), self._workspaces.get(team_id)
        if workspace is None:  # (1)
            # Checked like any other, with a key that nobody has, so that nobody can try out workspaces.
            verify(headers, body, secrets=(_NOBODYS_KEY,), now=now)
            raise BadRequestError("the signature is not right", status=401)
        keys = tuple((await self._secret(workspace.tenant_id, workspace.signing_secret)).split())
        verify(headers, body, secrets=keys, now=now)
        sent = parse_event(body, team_id=workspace.team_id, app_id=workspace.app_id)
        if isinstance(sent, Challenge):  # (2)
            return Reply(200, {"challenge": sent.text})
        if sent is not None:
            await self._hear(workspace, sent, now=now)
        return Reply(200, {})

    async def _hear(self, workspace: Workspace, sent: SlackMessage, *, now: datetime) -> None:
        ports = await self._ports_for(workspace.tenant_id)
        person_id = await self._person_of(workspace, sent.user, ports=ports, now=now)
        if person_id in ("unlinked", "unproven"):
            await self._turn_away(workspace, sent, ports=ports, why=person_id)  # (3)
            return
        heard = Heard(
            channel="slack",
            tenant_id=workspace.tenant_id,
            person_id=person_id,
            said=utterance_of(sent.text),
            place=sent.channel,
            message_id=sent.ts,
            evidence={
                "channel": "slack",
                "event_id": sent.event_id,
                "team_id": workspace.team_id,
                "slack_user": sent.user,
                "ts": sent.ts,
            },
            account=sent.user,
        )
        await self._conversation.take(heard)  # (4)

    async def _person_of(
        self, workspace: Workspace, user: str, *, ports: Ports, now: datetime
    ) -> str | Literal["unlinked", "unproven"]:
        """Return the object id of whose account it is (3)."""
        try:
            name = await workspace.people.name_of(user)
            if "@" not in name:
                return name or "unlinked"
            seen = (await look_up([("user.get", name)], ports, now=now)).observations[f"user.get:{name}"]
        except ChannelError as error:
            _log.warning("Slack does not say who an account is: %s", error)
            return "unproven"
        except PortError:
            return "unproven"
        if seen.state == "unknown":
            return "unproven"
        # An alias of a mailbox is not enough: it may be a second name of something that many share.
        names = {str(seen.facts.get(field, "")).casefold() for field in ("mail", "userPrincipalName")}
        is_theirs = seen.state == "known" and name.casefold() in names
        return str(seen.facts["id"]) if is_theirs else "unlinked"

    async def _turn_away(self, workspace: Workspace, sent: SlackMessage, *, ports: Ports, why: str) -> None:
        # What is kept names neither the person nor the account.
        place = digest(["slack", workspace.team_id, sent.user])[:32]
        if not await self._cases.once(workspace.tenant_id, place, note=why, now=self._clock.now(), every=_STRANGERS):
            return
        text = phrase(why, utterance_of(sent.text).language)
        try:
            await ports.channel.tell(workspace.tenant_id, "", text=text, reply_to=sent.user)
        except ChannelError:
            _log.info("an unknown account could not be answered")
