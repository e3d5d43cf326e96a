"""Intake: a signed webhook becomes a case or an answer to its question, or a one-line refusal that leaves nothing."""

import base64
import json
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from agent.errors import BadRequestError, PortError
from agent.itsm.source import SourceProfile
from agent.itsm.standard_webhooks import verify
from agent.itsm.tickets import comment_in, to_service_request
from agent.loop import Loop
from agent.model.case import case_id_for
from agent.planners.reading.language import in_its_language
from agent.ports import Clock
from agent.ticket_answers import TicketAnswers

#: Reads the secret `name` of a tenant's vault: (tenant id, name) -> secret.
SecretReader = Callable[[str, str], Awaitable[str]]

_NOBODYS_KEY = base64.b64encode(secrets.token_bytes(32)).decode()


class Deliveries(Protocol):
    """Remembers which delivery opened which case."""

    async def find_or_insert(self, source: str, webhook_id: str, *, case_id: str) -> str:
        """Remember that this delivery belongs to `case_id` and return it, or the case that it already belongs to.

        Raises:
            StorageError: it could not be stored.
        """


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer: `body` is sent as JSON."""

    status: int
    body: Mapping[str, Any]

    @property
    def text(self) -> str:
        """The body as JSON text."""
        return json.dumps(dict(self.body))


class Intake:
    """Receives webhooks of the configured ticket systems. The source's record says whose tenant it is."""

    def __init__(
        self,
        loop: Loop,
        *,
        sources: Mapping[str, SourceProfile],
        secret: SecretReader,
        deliveries: Deliveries,
        answers: TicketAnswers,
        clock: Clock,
    ) -> None:
        self._loop = loop
        self._sources = sources
        self._secret = secret
        self._deliveries = deliveries
        self._answers = answers
        self._clock = clock

    async def receive(self, source_id: str, headers: Mapping[str, str], *, body: bytes) -> Reply:
        """Return 202 with the case, or why not: 400 malformed, 401 not proven, 413 too large, 503 try again.

        A replay of an accepted delivery returns the case that it opened.
        """
        try:
            return await self._accept(source_id, headers, body=body)
        except BadRequestError as error:
            return Reply(error.status, {"error": str(error)})
        except PortError:
            # The sender is not at fault: most ticket systems retry a 503, and never a 401.
            return Reply(503, {"error": "the request cannot be checked or stored now: send it again later"})

    async def _accept(self, source_id: str, headers: Mapping[str, str], *, body: bytes) -> Reply:
        source = self._sources.get(source_id)
        now = self._clock.now()
        if source is None:
            # Checked like any other, with a key that nobody has, so that nobody can try out source names.
            verify(headers, body, secrets=(_NOBODYS_KEY,), now=now)
            raise BadRequestError("no signature in `webhook-signature` is right", status=401)
        # A vault secret may hold several keys, one a line, while one is being rotated.
        keys = tuple((await self._secret(source.tenant_id, source.secret_name)).split())
        delivery = verify(headers, body, secrets=keys, now=now)
        if (comment := comment_in(body)) is not None:
            answered = await self._answers.take(comment, source=source, now=now)
            return Reply(202, {"case": answered} if answered else {"ignored": "this comment answers no question"})
        request = to_service_request(body, source=source, received_at=now)
        if request is None:
            return Reply(202, {"ignored": "this type of event opens no case"})
        case_id = case_id_for(tenant_id=request.tenant_id, source=request.source, external_id=request.external_id)
        # The delivery is remembered before the case exists: a refused one must leave no case behind.
        if await self._deliveries.find_or_insert(source.id, delivery.id, case_id=case_id) != case_id:
            raise BadRequestError("expected a `webhook-id` of its own, got one that named another ticket", status=400)
        opened = await self._loop.open(in_its_language(request))
        return Reply(202, {"case": opened.case_id, "created": opened.created})
