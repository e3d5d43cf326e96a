"""Sends answers and hand-overs back to the ticket system a request came from, as signed webhooks."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from agent.errors import ChannelError, RemitError
from agent.itsm.source import SourceProfile
from agent.itsm.standard_webhooks import sign
from agent.model.handoff import Handoff
from agent.model.service_request import ServiceRequest
from agent.ports import Clock
from policy.canonical import digest

#: Reads the secret `name` of a tenant's vault: (tenant id, name) -> secret.
SecretReader = Callable[[str, str], Awaitable[str]]

_TIMEOUT_SECONDS = 10
#: The state of a ticket whose requester is asked something.
WAITING = "waiting_for_requester"


class TicketReplies:
    """Implements `agent.ticket_port.Itsm` for every source with a `reply_url`; others are left alone.

    Events are `ticket.comment`, `ticket.question` and `ticket.handoff`. Their `webhook-id` is a digest of what they
    say, so a receiver that remembers ids keeps only one of two deliveries after a retry.
    """

    def __init__(
        self, client: httpx.AsyncClient, *, sources: Mapping[str, SourceProfile], secret: SecretReader, clock: Clock
    ) -> None:
        self._client = client
        self._sources = sources
        self._secret = secret
        self._clock = clock

    async def comment(self, request: ServiceRequest, *, text: str, resolved: bool) -> None:
        """Add an answer to the ticket; `resolved` says that nothing is left to do.

        Raises:
            ChannelError: the ticket system did not accept it, or its secret cannot be had.
        """
        await self._send(request, event="ticket.comment", said={"comment": {"text": text, "resolved": resolved}})

    async def ask(self, request: ServiceRequest, *, text: str, question_id: str) -> bool:
        """Put a question to the requester on the ticket; False for a source without a way back.

        Raises:
            ChannelError: as above.
        """
        said = {"question": {"id": question_id, "text": text}, "state": WAITING}
        return await self._send(request, event="ticket.question", said=said)

    async def hand_over(self, request: ServiceRequest, *, handoff: Handoff) -> None:
        """Give the ticket to the team that `handoff.queue` names, with everything it needs.

        Raises:
            ChannelError: as above.
        """
        await self._send(request, event="ticket.handoff", said={"handoff": handoff.model_dump(mode="json")})

    async def _send(self, request: ServiceRequest, *, event: str, said: dict[str, Any]) -> bool:
        """Return whether the ticket system took it: False where none stands behind the request, or none listens."""
        if request.channel != "itsm":
            return False
        source = self._sources.get(request.source)
        # INVARIANT: an answer goes only to the source of the request's own tenant.
        if source is None or source.tenant_id != request.tenant_id:
            raise ChannelError(f"no ticket system `{request.source}` is configured for the case's tenant")
        if not source.reply_url:
            return False
        url = _address(source, request.external_id)
        now = self._clock.now().astimezone(UTC)
        data = {"ticket": {"id": request.external_id}, **said}
        envelope = {"type": event, "timestamp": now.isoformat().replace("+00:00", "Z"), "data": data}
        body = json.dumps(envelope, ensure_ascii=False).encode()
        message_id = f"msg_{digest([source.tenant_id, source.id, event, data])[:32]}"
        try:
            secret = await self._secret(source.tenant_id, source.reply_secret_name)
            headers = sign(body, secret, message_id=message_id, sent_at=now)
        except RemitError as error:
            raise ChannelError(f"the reply secret of source `{source.id}` is not usable: {error}") from None
        status = await self._post(url, body, headers=headers)
        if not 200 <= status < 300:
            reason = f"status {status}" if status else "no answer"
            raise ChannelError(f"expected source `{source.id}` to accept `{event}`, got {reason}")
        return True

    async def _post(self, url: str, body: bytes, *, headers: dict[str, str]) -> int:
        """Return the status, or 0 without an answer. The answer's body is never read: nothing in it is needed."""
        headers = {**headers, "content-type": "application/json"}
        try:
            async with (
                asyncio.timeout(_TIMEOUT_SECONDS),
                self._client.stream("POST", url, content=body, headers=headers, follow_redirects=False) as response,
            ):
                return response.status_code
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError):
            return 0


def _address(source: SourceProfile, external_id: str) -> str:
    """Return the reply address of one ticket; its host is always the configured one."""
    # A ticket named `..` would climb out of the configured path: dots are not escaped by `quote`.
    if not external_id.strip("."):
        raise ChannelError(f"source `{source.id}` has a ticket id of dots only, which has no address")
    url = source.reply_url.replace("{id}", quote(external_id, safe=""))
    wanted, got = urlsplit(source.reply_url), urlsplit(url)
    if (got.scheme, got.netloc) != ("https", wanted.netloc):
        raise ChannelError(f"the reply address of source `{source.id}` leaves its configured host")
    return url
